"""The other side of a `Wire`, as a script: what comes, in which pieces, and how it ends."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from azpg_tls.wire import RECEIVE_SIZE, Send

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.wire import Wire

T = TypeVar("T")

CLOSED = b""


def play(wire: Wire[T], pieces: Iterable[bytes | Exception], *, sending: Exception | None = None) -> tuple[T, bytes]:
    """Run *wire* against *pieces*, silence after the last of them; return its result and all that it sent.

    An exception among the pieces is thrown where they are received, *sending* at every `Send`.
    """
    script, sent = deque(pieces), b""
    try:
        request = next(wire)
        while True:
            if isinstance(request, Send):
                sent += request.data
                request = wire.throw(sending) if sending else wire.send(b"")
                continue
            assert 0 < request.size <= RECEIVE_SIZE
            piece = script.popleft() if script else TimeoutError()
            if isinstance(piece, Exception):
                request = wire.throw(piece)
                continue
            if len(piece) > request.size:
                script.appendleft(piece[request.size :])
            request = wire.send(piece[: request.size])
    except StopIteration as stop:
        result: T = stop.value
        return result, sent


def split(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut *data* at the positions *cuts*."""
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(data)}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(bounds)]
