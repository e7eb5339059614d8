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
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((LOOPBACK, port))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.peers: list[Peer] = []

    @property
    def port(self) -> int:
        """The port it is bound to."""
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        if self._door is Door.OPEN:
            self._listener.listen()
            self._start(self._accept)
        elif self._door is Door.STUCK:
            self._listener.listen(0)
            self._fill_queue()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connected in (self._listener, *self._connections):
            # A thread that waits in accept or recv is only woken by shutdown, not by close.
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
            connected.close()
        for thread in self._threads:
            thread.join()

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections.append(connected)
                peer = Peer(connected)
                self.peers.append(peer)
                self._start(lambda peer=peer: self._serve(peer))  # type: ignore[misc]

    def _serve(self, peer: Peer) -> None:
        with contextlib.suppress(GoneError):
            self._behaviour(peer)
        peer.close()

    def _fill_queue(self) -> None:
        """Take the one place in the queue; from then on the kernel drops what asks to connect."""
        for _ in range(2):
            waiting = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            waiting.setblocking(False)
            waiting.connect_ex((LOOPBACK, self.port))
            self._connections.append(waiting)
