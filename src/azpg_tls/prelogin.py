"""PostgreSQL before and just after TLS: bytes in and out, nothing secret.

The client asks for TLS with an SSLRequest; the server answers with a single byte, ``S`` or ``N``, or with an
ErrorResponse, and nothing may follow an ``S`` (CVE-2021-23222). Inside TLS the client sends a StartupMessage;
the first message that comes back tells a refusal from an authentication request.

Source: PostgreSQL documentation, "Message Flow" and "Message Formats"; src/backend/tcop/backend_startup.c.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from azpg_tls.wire import Receive, Send

if TYPE_CHECKING:
    from azpg_tls.wire import Wire

SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # 1234 << 16 | 5679, src/include/libpq/pqcomm.h
PROTOCOL_3_0 = 196608  # 3 << 16
TERMINATE = b"X" + struct.pack("!i", 4)

# libpq believes no longer error message before authentication (MAX_ERRLEN, src/interfaces/libpq/fe-connect.c).
MAX_MESSAGE = 30_000
MAX_NOTICES = 10  # messages before the first that decides; PostgreSQL sends at most two
KEPT_BYTES = 512  # of an answer that is not PostgreSQL's: enough to recognise a greeting

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


@dataclass(frozen=True)
class ServerError:
    """An ErrorResponse. Protocol 2 has no fields, only a text: its SQLSTATE is empty."""

    severity: str
    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    protocol: int = 3


class Answer(StrEnum):
    """What came back for the SSLRequest."""

    TLS = "tls"
    NO_TLS = "no-tls"
    ERROR = "error"
    INJECTED = "injected"
    OTHER = "other"
    CLOSED = "closed"
    RESET = "reset"
    SILENT = "silent"


@dataclass(frozen=True)
class Negotiation:
    """The answer to the SSLRequest, its first bytes, and the server's error if it sent one."""

    answer: Answer
    data: bytes = b""
    error: ServerError | None = None


class Reply(StrEnum):
    """What came back for the StartupMessage."""

    AUTHENTICATION = "authentication"
    ERROR = "error"
    OTHER = "other"
    CLOSED = "closed"
    RESET = "reset"
    SILENT = "silent"


@dataclass(frozen=True)
class StartupReply:
    """The first deciding message inside TLS. *auth_method* uses libpq's ``require_auth`` words."""

    reply: Reply
    auth_method: str = ""
    sasl_mechanisms: tuple[str, ...] = ()
    error: ServerError | None = None
    data: bytes = b""


# AuthenticationRequest codes (src/include/libpq/protocol.h) in the words of libpq's require_auth.
AUTH_METHODS = {0: "none", 2: "krb5", 3: "password", 5: "md5", 7: "gss", 9: "sspi", 10: "scram-sha-256"}


def request_tls() -> Wire[Negotiation]:
    """Send an SSLRequest and say what the server made of it."""
    inbox = _Inbox()
    try:
        yield Send(SSL_REQUEST)
        inbox.data = yield Receive()
        if inbox.data[:1] != b"E":
            return _negotiated(inbox.data)
        message = yield from inbox.message()
    except TimeoutError:
        return Negotiation(Answer.OTHER if inbox.data else Answer.SILENT, inbox.kept)
    except ConnectionError:
        return Negotiation(Answer.OTHER if inbox.data else Answer.RESET, inbox.kept)
    error = parse_error(message) if message else None
    return Negotiation(Answer.ERROR if error else Answer.OTHER, (message or inbox.data)[:KEPT_BYTES], error)


def _negotiated(data: bytes) -> Negotiation:
    if not data:
        return Negotiation(Answer.CLOSED)
    if data == b"S":
        return Negotiation(Answer.TLS, data)
    if data == b"N":
        return Negotiation(Answer.NO_TLS, data)
    # A banner that happens to begin with S is no acceptance: SSH servers greet with "SSH-2.0-...".
    injected = data.startswith(b"S") and not data.startswith(b"SSH-")
    return Negotiation(Answer.INJECTED if injected else Answer.OTHER, data[:KEPT_BYTES])


def parse_error(message: bytes) -> ServerError | None:
    """Read a whole ErrorResponse of protocol 3, or the older ``E`` text NUL; None if it is neither.

    Servers before PostgreSQL 14 answer very early errors in protocol 2 (backend_startup.c).
    """
    if _is_framed(message):
        return _parse_fields(message[5:])
    severity, colon, text = message[1:-1].decode("utf-8", "backslashreplace").strip().partition(":")
    if not colon:
        severity, text = "", severity
    return ServerError(severity, "", text.strip(), protocol=2) if text else None


def _parse_fields(body: bytes) -> ServerError | None:
    if not body.endswith(b"\0\0"):
        return None
    fields: dict[str, str] = {}
    for field in body[:-2].split(b"\0"):
        fields.setdefault(chr(field[0]) if field else "", field[1:].decode("utf-8", "backslashreplace"))
    sqlstate = fields.get("C", "")
    if not _SQLSTATE.fullmatch(sqlstate) or "M" not in fields:
        return None
    # V is the severity that is never translated; PostgreSQL 9.5 and older lack it.
    severity = fields.get("V") or fields.get("S", "")
    return ServerError(severity, sqlstate, fields["M"], fields.get("D", ""), fields.get("H", ""))


def startup(user: str, dbname: str) -> Wire[StartupReply]:
    """Send a StartupMessage and read the first message that decides; send no secret, whatever is asked.

    The connection is then left as it is: a server that waits for a password takes its end for an answer
    and logs nothing.
    """
    inbox = _Inbox()
    try:
        yield Send(startup_message(user, dbname))
        for _ in range(MAX_NOTICES):
            message = yield from inbox.message()
            if message is None:
                return StartupReply(Reply.OTHER if inbox.data else Reply.CLOSED, data=inbox.kept)
            if message[:1] not in (b"N", b"v"):  # NoticeResponse, NegotiateProtocolVersion
                return (yield from _decided(message))
    except TimeoutError:
        return StartupReply(Reply.SILENT, data=inbox.kept)
    except ConnectionError:
        return StartupReply(Reply.RESET, data=inbox.kept)
    return StartupReply(Reply.OTHER, data=inbox.kept)


def startup_message(user: str, dbname: str) -> bytes:
    """Return a StartupMessage of protocol 3.0 with two parameters."""
    parameters = b"".join(part.encode() + b"\0" for part in ("user", user, "database", dbname))
    body = struct.pack("!i", PROTOCOL_3_0) + parameters + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def _decided(message: bytes) -> Wire[StartupReply]:
    kept = message[:KEPT_BYTES]
    if message[:1] == b"E":
        error = parse_error(message)
        return StartupReply(Reply.ERROR if error else Reply.OTHER, error=error, data=kept)
    if message[:1] != b"R" or len(message) < 9:
        return StartupReply(Reply.OTHER, data=kept)
    code = int.from_bytes(message[5:9])
    if code == 0:
        yield Send(TERMINATE)  # logged in without being asked for anything: leave politely
    mechanisms = tuple(part.decode("ascii", "backslashreplace") for part in message[9:].split(b"\0") if part)
    return StartupReply(
        Reply.AUTHENTICATION,
        AUTH_METHODS.get(code, f"unknown ({code})"),
        mechanisms if code == 10 else (),
        data=kept,
    )


class _Inbox:
    """Cuts what is received into messages, and bounds it."""

    def __init__(self) -> None:
        self.data = b""

    @property
    def kept(self) -> bytes:
        return self.data[:KEPT_BYTES]

    def message(self) -> Wire[bytes | None]:
        """Take the next whole message; None if the peer closed before its end, or it cannot be one."""
        while (size := _message_size(self.data)) is None:
            more = yield Receive()
            if not more:
                return None
            self.data += more
        if not size:
            return None
        message, self.data = self.data[:size], self.data[size:]
        return message


def _is_framed(data: bytes) -> bool:
    """Whether a type byte and a believable protocol 3 length stand at the beginning of *data*."""
    return len(data) >= 5 and 4 <= int.from_bytes(data[1:5]) < MAX_MESSAGE


def _message_size(data: bytes) -> int | None:
    """Return the size in bytes of the first message of *data*; None while more must come, 0 if it is none."""
    if len(data) < 5:
        return None
    if _is_framed(data):
        size = int.from_bytes(data[1:5]) + 1
        return size if len(data) >= size else None
    if data[:1] != b"E":
        return 0
    end = data.find(b"\0") + 1
    return end or (None if len(data) < MAX_MESSAGE else 0)
