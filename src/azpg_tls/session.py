"""What one login showed: the session that it gave, or how it ended without one. No judgement, and nothing secret."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from azpg_tls.errorresponse import ServerError


class End(StrEnum):
    """How a login ended that gave no session."""

    REFUSED = "refused"  # the server said no
    NO_PASSWORD = "no-password"  # noqa: S105 -- it asked for one, and there was none
    METHOD = "method"  # it asked for one in a way that the terms do not allow
    BINDING = "binding"  # the login could not be bound to the TLS connection
    ANOTHER = "another"  # it was not the server that was probed
    SILENT = "silent"  # the time was up
    BROKEN = "broken"  # the connection or TLS failed; libpq says how


@dataclass(frozen=True)
class Failed:
    """A login without a session: *error* is the server's, if it sent one, *words* are libpq's or our own.

    *used_password* says that the server got an answer made with a password.
    """

    end: End
    words: str
    error: ServerError | None = None
    used_password: bool = False
    ms: float = 0.0


@dataclass(frozen=True)
class Who:
    """What the server says of the session: who it is for, where, and how it is encrypted (pg_stat_ssl)."""

    current_user: str
    session_user: str
    database: str
    in_recovery: bool
    tls_version: str | None
    tls_cipher: str | None


@dataclass(frozen=True)
class Rows:
    """What a statement gave: values in PostgreSQL's own text form, None for NULL; *left_out* rows were not kept."""

    status: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Abandoned:
    """A statement that we gave up: *words* say why. The server had no part in it."""

    words: str


@dataclass(frozen=True)
class Session:
    """A login that succeeded; *who* or *rows* is an error if the server refused that statement. Times in ms."""

    server_version: str
    who: Who | ServerError
    login_ms: float
    round_trip_ms: float
    rows: Rows | ServerError | Abandoned | None = None
