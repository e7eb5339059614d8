"""What a protocol asks of the one who holds the connection.

A protocol is a generator. It yields `Send` or `Receive`; it is resumed with the bytes that came, ``b""``
when the peer closed. A reset connection or a passed deadline is thrown into it, as `ConnectionError` or
`TimeoutError`; it catches both and returns what it saw, so that nothing observed so far is lost.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

RECEIVE_SIZE = 16 * 1024  # bytes; one TLS record at most (RFC 8446 section 5.1)


@dataclass(frozen=True)
class Send:
    """Write all of *data*; resume with ``b""``."""

    data: bytes


@dataclass(frozen=True)
class Receive:
    """Wait until something comes, and resume with at most *size* bytes of it."""

    size: int = RECEIVE_SIZE


Wire = Generator[Send | Receive, bytes, T]
