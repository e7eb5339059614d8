"""An ErrorResponse, read in both protocols, and as far as it goes when it is cut off.

Servers before PostgreSQL 14 answer very early errors in protocol 2 (backend_startup.c): an ``E``, a text, a NUL.

Source: PostgreSQL documentation, "Error and Notice Message Fields"; src/backend/utils/error/elog.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# libpq believes no longer error message before authentication (MAX_ERRLEN, src/interfaces/libpq/fe-connect.c).
MAX_MESSAGE = 30_000
# With this word STOMP and others begin: in PostgreSQL's protocol 2 it would be ``EERROR``.
_ERROR_WORD = b"ERROR"
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
# How an error of protocol 2 begins beyond doubt: a severity, translated or not, a colon and two spaces (elog.c), or
# the one that has no severity (postmaster.c, report_fork_failure_to_client).
_BEGUN_TEXT = re.compile(rb"E([^\0\s:]{1,40}:  |could not fork )")


@dataclass(frozen=True)
class ServerError:
    """An ErrorResponse. Protocol 2 has no fields, only a text: its SQLSTATE is empty.

    One that is not *whole* was still arriving when the connection or the time ended: what follows is not known.
    """

    severity: str
    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    protocol: int = 3
    whole: bool = True


def is_framed(data: bytes) -> bool:
    """Whether a type byte and a believable protocol 3 length stand at the beginning of *data*."""
    return len(data) >= 5 and 4 <= int.from_bytes(data[1:5]) < MAX_MESSAGE


def parse_error(message: bytes) -> ServerError | None:
    """Read the ErrorResponse that *message* begins with: protocol 3, or the older ``E`` text NUL; None if neither."""
    if is_framed(message):
        body = message[5 : int.from_bytes(message[1:5]) + 1]
        error = _fields(body[:-2])
        return error if body.endswith(b"\0\0") and error.sqlstate and error.message else None
    text, end, _ = message[1:].partition(b"\0")
    return _parse_text(text) if end and not message.startswith(_ERROR_WORD) else None


def begun_error(data: bytes) -> ServerError | None:
    """Read as much of an ErrorResponse as *data*, cut off within it, has; None if nothing shows that it is one."""
    error = _parse_text(data[1:]) if _BEGUN_TEXT.match(data) else None
    if data[:1] == b"E" and is_framed(data) and data[5:6] == b"S":  # the severity comes first (elog.c)
        error = _fields(data[5:])
    return replace(error, whole=False) if error else None


def _parse_text(text: bytes) -> ServerError | None:
    severity, colon, message = text.decode("utf-8", "backslashreplace").strip().partition(":")
    if not colon:
        severity, message = "", severity
    return ServerError(severity, "", message.strip(), protocol=2) if message else None


def _fields(body: bytes) -> ServerError:
    fields: dict[str, str] = {}
    for field in body.split(b"\0"):
        fields.setdefault(chr(field[0]) if field else "", field[1:].decode("utf-8", "backslashreplace"))
    # V is the severity that is never translated; PostgreSQL 9.5 and older lack it.
    severity, sqlstate = fields.get("V") or fields.get("S", ""), fields.get("C", "")
    return ServerError(
        severity,
        sqlstate if _SQLSTATE.fullmatch(sqlstate) else "",
        fields.get("M", ""),
        fields.get("D", ""),
        fields.get("H", ""),
    )
