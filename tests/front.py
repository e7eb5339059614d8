"""A fake of PostgreSQL up to the login, and a little beyond: it writes down what it hears after the StartupMessage."""

from __future__ import annotations

import datetime as dt
import struct
from typing import TYPE_CHECKING

from azpg_tls.lab import generations
from azpg_tls.lab.answers import IN_CLEAR, NO_LOGIN, WITH_SCRAM, error, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from OpenSSL import SSL

    from azpg_tls.lab.peer import Peer

AT = dt.datetime.now(dt.UTC)
GENUINE = generations.chain("g2-2025", at=AT)

CLEARTEXT = IN_CLEAR
SCRAM = WITH_SCRAM
IDLE = message(b"Z", b"I")
KEY = message(b"K", struct.pack("!ii", 1, 1))  # what a CancelRequest has to bring
WELCOME = message(b"R", struct.pack("!i", 0)) + message(b"S", b"server_version\x009.9\0") + KEY + IDLE
REFUSAL = error("28P01", NO_LOGIN)


class Front:
    """A server that *asks* for the password and *answers* it; what it hears is kept, connection by connection.

    The first connection gets the first of the *contexts*, the second the second, and the last is for all others; so it
    is with what it asks. *then* goes on after the answer.
    """

    def __init__(
        self,
        *contexts: SSL.Context,
        asks: tuple[bytes, ...] = (CLEARTEXT,),
        answer: bytes = REFUSAL,
        then: Callable[[Peer], None] = lambda _peer: None,
    ) -> None:
        self._contexts = contexts
        self._asks = asks
        self._answer = answer
        self._then = then
        self.begun = 0
        self.heard: list[bytes] = []
        self.users: list[str] = []
        self.cancelled = 0

    def __call__(self, peer: Peer) -> None:
        """Serve one connection."""
        place = self.begun
        self.begun += 1
        peer.read_ssl_request()
        peer.send(b"S")
        peer.start_tls(self._contexts[min(place, len(self._contexts) - 1)])
        self.heard.append(b"")
        words = peer.read_startup()[4:].split(b"\0")
        if b"user" not in words:  # a CancelRequest
            self.cancelled += 1
            self._then(peer)
            return
        self.users.append(words[words.index(b"user") + 1].decode())
        peer.send(self._asks[min(place, len(self._asks) - 1)])
        self.heard[-1] = peer.read_message()
        peer.send(self._answer)
        self._then(peer)


def queries(*answers: bytes) -> Callable[[Peer], None]:
    """Return what answers one query after the other, each when it is whole (Sync), and then goes."""

    def answer(peer: Peer) -> None:
        for each in answers:
            while peer.read_message()[:1] != b"S":
                pass
            peer.send(message(b"1", b"") + message(b"2", b"") + each + IDLE)

    return answer
