"""A TLS client on memory BIOs: bytes in and out, no socket.

The handshake runs to its end whatever the certificates say, so that the whole chain is seen even where a strict
client would have stopped. Nothing here calls a server trusted: that is judged afterwards, from the certificates.
Possession of the leaf's private key is proved by the handshake itself (RFC 8446 section 4.4.3).

For the same reason weak keys, signatures and ciphers are let in (OpenSSL security level 0): they are named later.
Versions below TLS 1.2 are not offered, as libpq and every current client refuse them (RFC 8996).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from OpenSSL import SSL, crypto

from azpg_tls.wire import RECEIVE_SIZE, Receive, Send

if TYPE_CHECKING:
    from azpg_tls.wire import Wire

T = TypeVar("T")

ALPN = b"postgresql"  # PG_ALPN_PROTOCOL, src/include/libpq/pqcomm.h; libpq sends it since version 17

MAX_RECEIVED = 1024 * 1024  # bytes, for handshake and startup together; a real server sends under 20 kB
# Reasons of our own, beside OpenSSL's.
FLOODED = "more than 1 MiB"
NO_REASON = "no reason given"
KEPT_BYTES = 512  # of the first that came: enough to recognise what is not TLS

_FATAL = 2  # AlertLevel, RFC 8446 section 6
_READ_CERTIFICATE_REQUEST = b"read server certificate request"  # OpenSSL, ssl/ssl_stat.c


class Ending(StrEnum):
    """How the handshake ended."""

    COMPLETED = "completed"
    REJECTED = "rejected"  # the server sent a fatal alert
    REFUSED = "refused"  # OpenSSL would not go on with what the server sent
    CLOSED = "closed"
    RESET = "reset"
    SILENT = "silent"
    FLOODED = "flooded"  # more bytes than any handshake needs


@dataclass(frozen=True)
class Handshake:
    """What the handshake showed; *certificates* are DER, in the order in which the server sent them.

    *version*, *cipher*, *group* and *alpn* are empty unless it completed. *alert* is the number of the fatal alert
    that the server sent, *alert_sent* of ours (RFC 8446 section 6); *refusal* is OpenSSL's own reason.
    *data* holds the first bytes received.
    """

    ending: Ending
    sni: str = ""
    version: str = ""
    cipher: str = ""
    group: str = ""
    alpn: str = ""
    client_certificate_requested: bool = False
    ocsp_response: bytes = b""
    certificates: tuple[bytes, ...] = ()
    alert: int | None = None
    alert_sent: int | None = None
    refusal: str = ""
    data: bytes = b""


class _FloodedError(ConnectionError):
    """More than `MAX_RECEIVED` bytes came."""


class TlsClient:
    """One TLS connection, seen from the client. *server_name* goes out as SNI; none is sent if it is empty."""

    def __init__(self, server_name: str = "") -> None:
        self._sni = server_name
        self._received = 0
        self._head = b""
        self._requested = False
        self._ocsp = b""
        self.refusal = ""  # why this side gave up after the handshake, empty unless it did
        self._alerts: dict[int, int] = {}  # the last fatal alert by direction
        self._tls = SSL.Connection(self._context(), None)
        if server_name:
            self._tls.set_tlsext_host_name(server_name.encode("ascii"))
        self._tls.request_ocsp()
        self._tls.set_connect_state()

    @property
    def alert(self) -> int | None:
        """The number of the last fatal alert received."""
        return self._alerts.get(SSL.SSL_CB_READ)

    def _context(self) -> SSL.Context:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
        context.set_alpn_protos([ALPN])
        context.set_info_callback(self._note)
        context.set_ocsp_client_callback(self._note_ocsp)
        return context

    def _note(self, connection: SSL.Connection, where: int, value: int) -> None:
        if where & SSL.SSL_CB_ALERT and value >> 8 == _FATAL:
            self._alerts[where & (SSL.SSL_CB_READ | SSL.SSL_CB_WRITE)] = value & 0xFF
        elif connection.get_state_string().endswith(_READ_CERTIFICATE_REQUEST):
            self._requested = True

    def _note_ocsp(self, _connection: SSL.Connection, response: bytes, _data: object) -> bool:
        self._ocsp = response
        return True

    def handshake(self) -> Wire[Handshake]:
        """Shake hands; every way in which that can end is a result."""
        try:
            while not (yield from self._step()):
                yield from self._feed()
        except TimeoutError:
            return self._ended(Ending.SILENT)
        except _FloodedError:
            return self._ended(Ending.FLOODED)
        except (EOFError, SSL.ZeroReturnError):  # without or with a close_notify
            return self._ended(Ending.CLOSED)
        except ConnectionError:
            return self._ended(Ending.RESET)
        except SSL.Error as error:
            yield from self._farewell()
            if self.alert is not None:
                return self._ended(Ending.REJECTED)
            return self._ended(Ending.REFUSED, reason(error))
        return self._ended(Ending.COMPLETED)

    def inside(self, inner: Wire[T]) -> Wire[T]:
        """Run *inner* within this connection: what it sends is encrypted, what it receives decrypted."""
        try:
            request = next(inner)
            while True:
                try:
                    received = yield from self._carry_out(request)
                except (TimeoutError, ConnectionError) as error:
                    request = inner.throw(error)
                else:
                    request = inner.send(received)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def close(self) -> Wire[None]:
        """Say goodbye (close_notify) without waiting for the answer."""
        with contextlib.suppress(SSL.Error):
            self._tls.shutdown()
        yield from self._farewell()

    def _step(self) -> Wire[bool]:
        """Go on with the handshake as far as the bytes at hand allow; say whether it is complete."""
        try:
            self._tls.do_handshake()
            done = True
        except SSL.WantReadError:
            done = False
        yield from self._flush()
        return done

    def _flush(self) -> Wire[None]:
        """Send what OpenSSL has ready."""
        with contextlib.suppress(SSL.WantReadError):
            while True:
                yield Send(self._tls.bio_read(RECEIVE_SIZE))

    def _farewell(self) -> Wire[None]:
        """Send OpenSSL's last alert; whether it gets through changes nothing."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            yield from self._flush()

    def _feed(self) -> Wire[None]:
        """Receive once, for OpenSSL; raises `EOFError` when the server has closed."""
        data = yield Receive()
        if not data:
            raise EOFError
        self._received += len(data)
        if self._received > MAX_RECEIVED:
            raise _FloodedError
        self._head += data[: KEPT_BYTES - len(self._head)]
        self._tls.bio_write(data)

    def _carry_out(self, request: Send | Receive) -> Wire[bytes]:
        try:
            if isinstance(request, Receive):
                return (yield from self._receive(request.size))
            self._tls.sendall(request.data)
        except (EOFError, SSL.ZeroReturnError):
            return b""
        except _FloodedError:
            self.refusal = FLOODED
            raise
        except SSL.Error as error:
            yield from self._farewell()
            if self.alert is None:
                self.refusal = reason(error) or NO_REASON
            raise ConnectionResetError(reason(error)) from None
        yield from self._flush()
        return b""

    def _receive(self, size: int) -> Wire[bytes]:
        while True:
            try:
                return self._tls.recv(size)
            except SSL.WantReadError:
                yield from self._flush()  # the answer to a KeyUpdate, for instance
            yield from self._feed()

    def _ended(self, ending: Ending, refusal: str = "") -> Handshake:
        tls, completed = self._tls, ending is Ending.COMPLETED
        return Handshake(
            ending,
            sni=self._sni,
            version=tls.get_protocol_version_name() if completed else "",
            cipher=(tls.get_cipher_name() or "") if completed else "",
            group=(tls.get_group_name() or "") if completed else "",
            alpn=tls.get_alpn_proto_negotiated().decode("ascii", "backslashreplace") if completed else "",
            client_certificate_requested=self._requested,
            ocsp_response=self._ocsp,
            certificates=self._certificates(),
            alert=self.alert,
            alert_sent=self._alerts.get(SSL.SSL_CB_WRITE),
            refusal=refusal,
            data=self._head,
        )

    def _certificates(self) -> tuple[bytes, ...]:
        chain = self._tls.get_peer_cert_chain() or []
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) for certificate in chain)


def reason(error: SSL.Error) -> str:
    """Return OpenSSL's reason for *error*, empty where it gave none.

    These texts stand in OpenSSL's source (crypto/err/openssl.txt) and are not translated.
    """
    queue = error.args[0] if error.args else []
    return str(queue[0][2]) if queue and isinstance(queue, list) else ""
