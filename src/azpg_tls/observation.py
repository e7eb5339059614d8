"""What one probe saw, stage by stage, without any judgement. A stage that was not reached says why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from azpg_tls.handshake import Handshake
from azpg_tls.prelogin import Negotiation, StartupReply
from azpg_tls.target import Target

T = TypeVar("T")


class Lookup(StrEnum):
    """How the name's resolution ended."""

    FOUND = "found"
    GIVEN = "given"  # the target is an address, or hostaddr says where to connect
    NOT_FOUND = "not-found"
    FAILED = "failed"  # the resolver could not tell: try again
    SILENT = "silent"


@dataclass(frozen=True)
class Resolution:
    """The addresses of the host in the resolver's order, and the name at the end of its CNAMEs."""

    lookup: Lookup
    addresses: tuple[str, ...] = ()
    canonical_name: str = ""
    error: str = ""


class Reach(StrEnum):
    """How one attempt to open a TCP connection ended."""

    CONNECTED = "connected"
    REFUSED = "refused"
    SILENT = "silent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Attempt:
    """One address that was tried; *error* is the operating system's word for the failure."""

    address: str
    reach: Reach
    error: str = ""


@dataclass(frozen=True)
class Connection:
    """The attempts in order; only the last can have succeeded."""

    attempts: tuple[Attempt, ...]

    @property
    def address(self) -> str | None:
        """The address that is connected, or None."""
        last = self.attempts[-1] if self.attempts else None
        return last.address if last and last.reach is Reach.CONNECTED else None


@dataclass(frozen=True)
class Startup:
    """The reply to the StartupMessage, and the number of the fatal alert that came instead, if one did.

    TLS 1.3 servers refuse a missing client certificate only here (RFC 8446 section 4.4.2.4). *refusal* is the reason
    for which this side, and not the server, ended the connection.
    """

    reply: StartupReply
    alert: int | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Seen(Generic[T]):
    """What a stage showed, and how long it took, in milliseconds."""

    value: T
    ms: float


@dataclass(frozen=True)
class NotReached:
    """A stage that did not take place, and why."""

    reason: str


@dataclass(frozen=True)
class Observation:
    """One probe. *started* is aware and in UTC; *elapsed_ms* covers everything."""

    target: Target
    started: dt.datetime
    elapsed_ms: float
    resolution: Seen[Resolution]
    connection: Seen[Connection] | NotReached
    negotiation: Seen[Negotiation] | NotReached
    handshake: Seen[Handshake] | NotReached
    startup: Seen[Startup] | NotReached


def value(stage: Seen[T] | NotReached) -> T | None:
    """Return what *stage* showed, None if it was not reached."""
    return stage.value if isinstance(stage, Seen) else None
