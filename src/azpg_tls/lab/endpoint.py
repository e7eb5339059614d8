"""A server on loopback that treats every connection in the same way, until it is stopped."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Self

from azpg_tls.lab.peer import GoneError, Peer

if TYPE_CHECKING:
    from types import TracebackType

Behaviour = Callable[[Peer], None]

LOOPBACK = "127.0.0.1"


class Door(Enum):
    """What happens to a TCP connection."""

    OPEN = "accepted"
    CLOSED = "refused"  # the port is taken, and nobody listens
    STUCK = "never answered"  # the queue of connections that wait to be accepted is full


class Endpoint:
    """Listens on a port of 127.0.0.1 (0: any free one) and runs *behaviour* for each connection, in a thread."""

    def __init__(self, behaviour: Behaviour, *, port: int = 0, door: Door = Door.OPEN) -> None:
        self._behaviour = behaviour
        self._door = door
        self._wanted_port = port
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._waiting: list[socket.socket] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._serving: dict[Peer, threading.Thread] = {}
        self.accepted = 0  # connections so far

    @property
    def port(self) -> int:
        """The port it is bound to."""
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as cleanup:
            cleanup.enter_context(self._listener)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((LOOPBACK, self._wanted_port))
            if self._door is Door.OPEN:
                self._listener.listen()
                self._acceptor.start()
            elif self._door is Door.STUCK:
                self._listener.listen(0)
                self._fill_queue()
            cleanup.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread that waits in accept or recv is only woken by shutdown, not by close. Once accept has ended, no
        # further connection begins. Each is closed by its own thread, as OpenSSL may still write to it by number.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        if self._acceptor.is_alive():
            self._acceptor.join()
        for peer, thread in tuple(self._serving.items()):
            peer.interrupt()
            thread.join()
        for connected in (self._listener, *self._waiting):
            connected.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.accepted += 1
                peer = Peer(connected)
                self._serving[peer] = threading.Thread(target=self._serve, args=(peer,), daemon=True)
                self._serving[peer].start()

    def _serve(self, peer: Peer) -> None:
        with contextlib.closing(peer), contextlib.suppress(GoneError):
            self._behaviour(peer)
        del self._serving[peer]

    def _fill_queue(self) -> None:
        """Take the one place in the queue; from then on the kernel drops what asks to connect."""
        for _ in range(2):
            waiting = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            waiting.setblocking(False)
            waiting.connect_ex((LOOPBACK, self.port))
            self._waiting.append(waiting)
