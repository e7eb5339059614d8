"""The server's side of one connection, in blocking calls: what a scenario is written in.

Every method raises `GoneError` when the client has gone; a scenario needs no handling of its own for that.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from OpenSSL import SSL

from azpg_tls.prelogin import SSL_REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

GSSENC_REQUEST = struct.pack("!ii", 8, 80877104)  # src/include/libpq/pqcomm.h
_HANDSHAKE_RECORD = 0x16  # the first byte of TLS, RFC 8446 section 5.1
_MAX_STARTUP = 10_000  # MAX_STARTUP_PACKET_LENGTH, src/include/libpq/pqcomm.h


class GoneError(Exception):
    """The client closed or broke the connection."""


class Peer:
    """One accepted connection, plain at first, inside TLS after `start_tls`."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._tls: SSL.Connection | None = None
        self.received = 0  # bytes that the client has sent, inside TLS those of the plain text

    def read(self, size: int) -> bytes:
        """Read exactly *size* bytes."""
        data = b""
        while len(data) < size:
            with _gone():
                more = (self._tls or self._socket).recv(size - len(data))
            if not more:
                raise GoneError
            data += more
        self.received += size
        return data

    def send(self, data: bytes) -> None:
        """Send *data*, encrypted if TLS has begun."""
        with _gone():
            (self._tls or self._socket).sendall(data)

    def wait_for_end(self) -> None:
        """Say nothing, and read until the client goes."""
        with contextlib.suppress(GoneError):
            while True:
                self.read(1)

    def reset(self) -> None:
        """End the connection with a reset (RST) instead of a farewell."""
        self._tls = None  # it would write its farewell to whatever gets the number of the closed socket
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def starts_tls_at_once(self) -> bool:
        """Whether the client's first byte is that of TLS (sslnegotiation=direct); it is not taken."""
        with _gone():
            first = self._socket.recv(1, socket.MSG_PEEK)
        return first == bytes([_HANDSHAKE_RECORD])

    def read_ssl_request(self) -> None:
        """Read the SSLRequest; politely refuse Kerberos, which libpq may ask for first."""
        while (request := self.read(8)) != SSL_REQUEST:
            if request != GSSENC_REQUEST:
                raise GoneError  # a client that wants no TLS
            self.send(b"N")

    def start_tls(self, context: SSL.Context) -> None:
        """Shake hands as the server."""
        tls = SSL.Connection(context, self._socket)
        tls.set_accept_state()
        with _gone():
            tls.do_handshake()
        self._tls = tls

    def read_startup(self) -> bytes:
        """Read the StartupMessage and return its body."""
        (length,) = struct.unpack("!i", self.read(4))
        if not 8 <= length <= _MAX_STARTUP:
            raise GoneError
        return self.read(length - 4)

    def read_message(self) -> bytes:
        """Read one message of protocol 3, type byte and length included."""
        head = self.read(5)
        return head + self.read(max(int.from_bytes(head[1:]) - 4, 0))

    def interrupt(self) -> None:
        """End the connection under whoever waits for the client, from another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye inside TLS, if it has begun, and close."""
        with contextlib.suppress(SSL.Error, OSError):
            if self._tls:
                self._tls.shutdown()
        with contextlib.suppress(OSError):
            self._socket.close()


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (SSL.Error, OSError):
        raise GoneError from None
