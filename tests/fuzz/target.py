"""What a server can send, handed to everything that reads it: the body of the fuzz target, without atheris.

The first byte of an input chooses the reader, the rest is what comes. Nothing may raise.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from azpg_tls import certificate, chain, errorresponse, hostname, prelogin
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


def negotiation(data: bytes) -> object:
    found, _ = play(prelogin.request_tls(), [*filter(None, [data]), *ENDS])
    assert len(found.data) <= prelogin.KEPT_BYTES
    return found


def negotiation_in_pieces(data: bytes) -> object:
    return play(prelogin.request_tls(), pieces(data))[0]


def startup(data: bytes) -> object:
    return play(prelogin.startup("user", "database"), pieces(data))[0]


def error(data: bytes) -> object:
    found = errorresponse.parse_error(data)
    assert found is None or visible(found.message).isprintable()
    return found


def handshake(data: bytes) -> object:
    """Bytes for OpenSSL, which cannot be predicted: the ClientHello is another each time."""
    return play(TlsClient("localhost").handshake(), pieces(data))[0]


def leaf(data: bytes) -> object:
    return _judged([data])


def beside(data: bytes) -> object:
    """A certificate that is sent beside a sound one, two bytes of length before each."""
    certificates = []
    while len(data) > 2:
        size = int.from_bytes(data[:2])
        certificates.append(data[2 : 2 + size])
        data = data[2 + size :]
    return _judged([Forged().der, *certificates[:20]])


def _judged(presented: list[bytes]) -> chain.Chain | None:
    for der in presented:
        read = certificate.read(der)
        assert all(
            text.isprintable()
            for text in (read.subject.text, read.issuer.text, *read.sans, read.names.fault, *read.problems)
        )
    presented = [der for der in presented if chain.is_certificate(der)]  # as OpenSSL took them from the server
    if not presented:
        return None
    judged = chain.judge(presented, TRUST, AT)
    hostname.matches("localhost", judged.leaf)
    return judged


READERS: tuple[Callable[[bytes], object], ...] = (
    negotiation, negotiation_in_pieces, startup, error, handshake, leaf, beside,
)  # fmt: skip


def outcome(data: bytes) -> object:
    """Read one input of at least one byte, and return what its reader made of it."""
    return READERS[data[0] % len(READERS)](data[1:])


def read(data: bytes) -> None:
    """Read one input, as atheris wants it: without a word."""
    if data:
        outcome(data)
