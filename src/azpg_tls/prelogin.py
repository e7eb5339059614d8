"""PostgreSQL before and just after TLS: bytes in and out, nothing secret.

The client asks for TLS with an SSLRequest; the server answers with a single byte, ``S`` or ``N``, or with an
ErrorResponse, and nothing may follow an ``S`` (CVE-2021-23222). Inside TLS the client sends a StartupMessage;
the first message that comes back tells a refusal from an authentication request.

Source: PostgreSQL documentation, "Message Flow" and "Message Formats"; src/backend/tcop/backend_startup.c.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from azpg_tls.errorresponse import MAX_MESSAGE, ServerError, begun_error, is_framed, parse_error
from azpg_tls.greeting import LINES
from azpg_tls.wire import Receive, Send

if TYPE_CHECKING:
    from azpg_tls.wire import Wire

SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # 1234 << 16 | 5679, src/include/libpq/pqcomm.h
PROTOCOL_3_0 = 196608  # 3 << 16
TERMINATE = b"X" + struct.pack("!i", 4)
_BEFORE_THE_ANSWER = (b"N", b"v")  # NoticeResponse, NegotiateProtocolVersion

MAX_NOTICES = 10  # messages before the first that decides; PostgreSQL sends at most two
GREETING_BYTES = 8  # tell any greeting: the longest needed is HTTP's, of five
KEPT_BYTES = 512  # of an answer that is not PostgreSQL's: enough to recognise a greeting

# Greetings that happen to begin with an S: that of SSH (RFC 4253 section 4.2), and of MySQL, where it is 83 bytes long
# (packet 0, protocol version 10).
_ALERT = b"\x15\x03"  # type alert, major version 3 (RFC 8446 section 5.1)
_ALERT_BYTES = 7  # a record's header and the alert's two bytes
_LIKE_CONSENT = (b"SSH-", b"S\0\0\0\x0a")


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
    """The first deciding message inside TLS. *auth_method* uses libpq's ``require_auth`` words.

    *notice* is the last NoticeResponse before it. Where notices are all that came, the reply is `Reply.OTHER`.
    """

    reply: Reply
    auth_method: str = ""
    sasl_mechanisms: tuple[str, ...] = ()
    error: ServerError | None = None
    data: bytes = b""
    notice: ServerError | None = None


# AuthenticationRequest codes (src/include/libpq/protocol.h) in the words of libpq's require_auth.
AUTH_METHODS = {0: "none", 2: "krb5", 3: "password", 5: "md5", 7: "gss", 9: "sspi"}
AUTH_SASL = 10
# By mechanism, in the order in which libpq prefers them (src/interfaces/libpq/fe-auth.c).
SASL_METHODS = {
    "SCRAM-SHA-256-PLUS": "scram-sha-256",
    "SCRAM-SHA-256": "scram-sha-256",
    "OAUTHBEARER": "oauth",  # PostgreSQL 18
}


def request_tls() -> Wire[Negotiation]:
    """Send an SSLRequest and say what the server made of it.

    An S or N that comes alone decides at once, as in libpq: what follows an S later goes to TLS, which refuses it.
    """
    inbox, message, cut = _Inbox(), None, Answer.CLOSED
    try:
        yield Send(SSL_REQUEST)
        yield from inbox.more()
        if inbox.data[:1] == b"E":
            message = yield from inbox.message()
        else:
            yield from inbox.greeting()
    except TimeoutError:
        cut = Answer.SILENT
    except ConnectionError:
        cut = Answer.RESET
    data = (message or b"") + inbox.data
    if error := parse_error(message) if message else begun_error(data):
        return Negotiation(Answer.ERROR, (message or data)[:KEPT_BYTES], error)
    return Negotiation(_answer(data), data[:KEPT_BYTES]) if data else Negotiation(cut)


def _answer(data: bytes) -> Answer:
    if data == b"S":
        return Answer.TLS
    if data == b"N" or (data[:2] == b"NE" and is_framed(data[1:])):  # an error may follow at once
        return Answer.NO_TLS
    return Answer.INJECTED if data.startswith(b"S") and not data.startswith(_LIKE_CONSENT) else Answer.OTHER


def startup(user: str, dbname: str) -> Wire[StartupReply]:
    """Send a StartupMessage and read the first message that decides; send no secret, whatever is asked.

    The connection is then left as it is: a server that waits for a password takes its end for an answer
    and logs nothing.
    """
    inbox, message, notice, cut = _Inbox(), None, None, Reply.CLOSED
    try:
        yield Send(startup_message(user, dbname))
        for _ in range(MAX_NOTICES):
            message = yield from inbox.message()
            if message is None or message[:1] not in _BEFORE_THE_ANSWER:
                break
            notice = parse_error(message) or notice
    except TimeoutError:
        message, cut = None, Reply.SILENT
    except ConnectionError:
        message, cut = None, Reply.RESET
    reply = replace(_decided(message) if message else _undecided(inbox.data, notice, cut), notice=notice)
    if reply.auth_method == "none":
        # Logged in without being asked for anything: leave politely.
        with contextlib.suppress(TimeoutError, ConnectionError):
            yield Send(TERMINATE)
    return reply


def _undecided(data: bytes, notice: ServerError | None, cut: Reply) -> StartupReply:
    """Return what a connection says on which no whole message decided: *data* is what came of the next."""
    if error := begun_error(data):
        return StartupReply(Reply.ERROR, error=error, data=data[:KEPT_BYTES])
    hanging = notice is not None and cut is Reply.SILENT
    if hanging or (data and not _may_be_message(data)):
        cut = Reply.OTHER
    return StartupReply(cut, data=data[:KEPT_BYTES])


def startup_message(user: str, dbname: str) -> bytes:
    """Return a StartupMessage of protocol 3.0 with two parameters."""
    parameters = b"".join(part.encode() + b"\0" for part in ("user", user, "database", dbname))
    body = struct.pack("!i", PROTOCOL_3_0) + parameters + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def _decided(message: bytes) -> StartupReply:
    kept = message[:KEPT_BYTES]
    if message[:1] == b"E":
        error = parse_error(message)
        return StartupReply(Reply.ERROR if error else Reply.OTHER, error=error, data=kept)
    if message[:1] != b"R" or len(message) < 9:
        return StartupReply(Reply.OTHER, data=kept)
    code = int.from_bytes(message[5:9])
    if code != AUTH_SASL:
        return StartupReply(Reply.AUTHENTICATION, AUTH_METHODS.get(code, f"unknown ({code})"), data=kept)
    mechanisms = tuple(part.decode("ascii", "backslashreplace") for part in message[9:].split(b"\0") if part)
    return StartupReply(Reply.AUTHENTICATION, _sasl_method(mechanisms), mechanisms, data=kept)


def _sasl_method(mechanisms: tuple[str, ...]) -> str:
    known = (method for mechanism, method in SASL_METHODS.items() if mechanism in mechanisms)
    return next(known, f"unknown ({AUTH_SASL})")


class _Inbox:
    """Cuts what is received into messages, and bounds it."""

    def __init__(self) -> None:
        self.data = b""

    def more(self) -> Wire[bool]:
        """Take what comes next; false if the peer closed."""
        received = yield Receive()
        self.data += received
        return bool(received)

    def greeting(self) -> Wire[None]:
        """Wait until there is enough to tell a greeting from an answer to the SSLRequest."""
        while _may_be_greeting(self.data) and (yield from self.more()):
            pass

    def message(self) -> Wire[bytes | None]:
        """Take the next whole message; None if the peer closed before its end, or it cannot be one."""
        while (size := _message_size(self.data)) is None:
            if not (yield from self.more()):
                return None
        if not size:
            return None
        message, self.data = self.data[:size], self.data[size:]
        return message


def _may_be_greeting(data: bytes) -> bool:
    """Whether *data* is the beginning of what another protocol's server greets with, too short to tell which."""
    if data.startswith(LINES):
        return b"\n" not in data and len(data) < KEPT_BYTES
    if data[:1] == b"S":
        return len(data) > 1 and any(greeting.startswith(data) and data != greeting for greeting in _LIKE_CONSENT)
    if data.startswith(_ALERT):
        return len(data) < _ALERT_BYTES
    return data not in (b"", b"N") and len(data) < GREETING_BYTES


def _may_be_message(data: bytes) -> bool:
    """Whether *data* is the beginning of a message that may answer a StartupMessage."""
    return data[:1] in (b"R", b"E", *_BEFORE_THE_ANSWER) and (len(data) < 5 or is_framed(data))


def _message_size(data: bytes) -> int | None:
    """Return the size in bytes of the first message of *data*; None while more must come, 0 if it is none."""
    if len(data) < 5:
        return None
    if is_framed(data):
        size = int.from_bytes(data[1:5]) + 1
        return size if len(data) >= size else None
    if data[:1] != b"E":
        return 0
    end = data.find(b"\0") + 1
    return end or (None if len(data) < MAX_MESSAGE else 0)
