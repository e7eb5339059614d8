"""What a server can send, handed to everything that reads it: the body of the fuzz target, without atheris.

The first byte of an input chooses the reader, the rest is what comes. Nothing may raise.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from azpg_tls import certificate, chain, hostname, prelogin
from azpg_tls.handshake import TlsClient
from azpg_tls.render.escape import visible
from tests.forged import CA, Forged, name
from tests.scripted import CLOSED, play

if TYPE_CHECKING:
    from collections.abc import Callable

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TRUST = chain.Trust("fuzz", (Forged(name(b"Forger"), extensions=CA).der,))
BEFORE_CUT = 7  # bytes in the first piece
ENDS = [CLOSED] * 9


def pieces(data: bytes) -> list[bytes | Exception]:
    """Cut *data* once; then the server has closed, however often it is asked."""
    return [*filter(None, (data[:BEFORE_CUT], data[BEFORE_CUT:])), *ENDS]


def negotiation(data: bytes) -> None:
    found, _ = play(prelogin.request_tls(), [*filter(None, [data]), *ENDS])
    assert len(found.data) <= prelogin.KEPT_BYTES


def negotiation_in_pieces(data: bytes) -> None:
    play(prelogin.request_tls(), pieces(data))


def startup(data: bytes) -> None:
    play(prelogin.startup("user", "database"), pieces(data))


def error(data: bytes) -> None:
    found = prelogin.parse_error(data)
    assert found is None or visible(found.message).isprintable()


def handshake(data: bytes) -> None:
    """Bytes for OpenSSL, which cannot be predicted: the ClientHello is another each time."""
    play(TlsClient("localhost").handshake(), pieces(data))


def leaf(data: bytes) -> None:
    _judged([data])


def beside(data: bytes) -> None:
    """A certificate that is sent beside a sound one, two bytes of length before each."""
    certificates = []
    while len(data) > 2:
        size = int.from_bytes(data[:2])
        certificates.append(data[2 : 2 + size])
        data = data[2 + size :]
    _judged([Forged().der, *certificates[:20]])


def _judged(presented: list[bytes]) -> None:
    for der in presented:
        read = certificate.read(der)
        assert all(text.isprintable() for text in (read.subject.text, read.issuer.text, *read.sans, *read.problems))
    presented = [der for der in presented if chain.is_certificate(der)]  # as OpenSSL took them from the server
    if presented:
        judged = chain.judge(presented, TRUST, AT)
        hostname.matches("localhost", judged.leaf)


READERS: tuple[Callable[[bytes], None], ...] = (
    negotiation, negotiation_in_pieces, startup, error, handshake, leaf, beside,
)  # fmt: skip


def read(data: bytes) -> None:
    """Read one input."""
    if data:
        READERS[data[0] % len(READERS)](data[1:])
