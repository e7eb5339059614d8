"""PostgreSQL before and just after TLS: every answer, in every cutting."""

from __future__ import annotations

import dataclasses
import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.errorresponse import MAX_MESSAGE, ServerError, parse_error
from azpg_tls.lab.answers import error, message
from azpg_tls.prelogin import (
    KEPT_BYTES,
    MAX_NOTICES,
    SSL_REQUEST,
    TERMINATE,
    Answer,
    Negotiation,
    Reply,
    StartupReply,
    request_tls,
    startup,
    startup_message,
)
from azpg_tls.wire import RECEIVE_SIZE, Receive, Send
from tests.scripted import CLOSED, play, split

RESET = ConnectionResetError()

FULL = ServerError("FATAL", "53300", "sorry, too many clients already")
V3_FULL = error("53300", "sorry, too many clients already")
V2_FULL = b"EFATAL:  sorry, too many clients already\n\0"
SSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"
MYSQL = b"\x4a\x00\x00\x00\x0a8.4.0\x00"


def negotiated(*pieces: bytes | Exception) -> Negotiation:
    return play(request_tls(), pieces)[0]


def test_an_ssl_request_is_all_that_is_sent_in_clear() -> None:
    assert play(request_tls(), [b"S"]) == (Negotiation(Answer.TLS, b"S"), b"\x00\x00\x00\x08\x04\xd2\x16\x2f")


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        ([b"S"], Answer.TLS),
        ([b"N"], Answer.NO_TLS),
        ([b"N" + V3_FULL], Answer.NO_TLS),
        ([b"NE" + HTTP], Answer.OTHER),
        ([CLOSED], Answer.CLOSED),
        ([RESET], Answer.RESET),
        ([], Answer.SILENT),
        ([b"S\x16"], Answer.INJECTED),
        ([b"SS"], Answer.INJECTED),
        ([b"SSH", RESET], Answer.INJECTED),
        ([b"S" + V3_FULL], Answer.INJECTED),
        ([SSH], Answer.OTHER),
        ([HTTP], Answer.OTHER),
        ([MYSQL], Answer.OTHER),
        ([b"S" + MYSQL[1:]], Answer.OTHER),
        ([b"S" + MYSQL[1:3], MYSQL[3:]], Answer.OTHER),
        ([b"S\0\0", CLOSED], Answer.INJECTED),
        ([b"E" + MYSQL[1:]], Answer.OTHER),
        ([b"NOTICE AUTH :*** Looking up your hostname\r\n"], Answer.OTHER),
        ([b"NN", CLOSED], Answer.OTHER),
        ([b"\x15\x03\x01\0\x02\x02\x46"], Answer.OTHER),
        ([b"s", CLOSED], Answer.OTHER),
        ([b"\0", RESET], Answer.OTHER),
        ([b"H"], Answer.OTHER),
        # neither of the two forms of an ErrorResponse
        ([b"E"], Answer.OTHER),
        ([b"E\0\0\0", CLOSED], Answer.OTHER),
        ([b"E\0\0\0\x04"], Answer.OTHER),
        ([b"E\0\0\0\x05\0"], Answer.OTHER),
        ([b"E\x7f\xff\xff\xff", CLOSED], Answer.OTHER),
        ([b"EHLO to you", CLOSED], Answer.OTHER),
        # STOMP's word, not PostgreSQL's E and a text
        ([b"ERROR\nmessage:malformed frame received\n\n\0"], Answer.OTHER),
        # a greeting of one line is waited for, as its end tells what its beginning does not
        ([b"220 mail.example", b".com ESMTP\r\n"], Answer.OTHER),
        ([b"220 mail.example", CLOSED], Answer.OTHER),
        ([b"-ERR unkn", b"own command\r\n"], Answer.OTHER),
        # packet 0 of MySQL may be as long as a message of PostgreSQL's: all of it is kept
        ([b"E\0\0\0\x0a11.4.2-MariaDB\0"], Answer.OTHER),
        ([b"E    \n\0"], Answer.OTHER),
        ([message(b"E", b"SFATAL\0\0")], Answer.OTHER),
        ([message(b"E", b"SFATAL\0C53300\0Mfull\0")], Answer.OTHER),
        ([message(b"E", b"SFATAL\0C5330\0Mfull\0\0")], Answer.OTHER),
    ],
)
def test_every_answer_has_a_name(pieces: list[bytes | Exception], answer: Answer) -> None:
    assert negotiated(*pieces) == Negotiation(answer, b"".join(p for p in pieces if isinstance(p, bytes)))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (V3_FULL, FULL),
        (V2_FULL, ServerError("FATAL", "", "sorry, too many clients already", protocol=2)),
        (b"Eout of memory\0", ServerError("", "", "out of memory", protocol=2)),
        (b"E\xff: \xfe\0", ServerError(r"\xff", "", r"\xfe", protocol=2)),
        (
            message(b"E", b"SFATAL\0C28000\0Mno entry\0Dmore\0Hhint\0Fauth.c\0\0"),
            ServerError("FATAL", "28000", "no entry", "more", "hint"),
        ),
        # The severity of S is translated, that of V is not; the first of two fields counts.
        (message(b"E", b"SFATALE\0VFATAL\0C28000\0Ma\0Mb\0\0"), ServerError("FATAL", "28000", "a")),
        (message(b"E", b"C28000\0MEintrag f\xfcr Host\0\0"), ServerError("", "28000", r"Eintrag f\xfcr Host")),
        (message(b"E", b"C28000\0\0Ma\0\0"), ServerError("", "28000", "a")),
        (error("28000", "x" * 29_000), ServerError("FATAL", "28000", "x" * 29_000)),
    ],
)  # fmt: skip
def test_an_error_is_read_in_both_protocols(answer: bytes, expected: ServerError) -> None:
    assert negotiated(answer) == Negotiation(Answer.ERROR, answer[:KEPT_BYTES], expected)
    assert negotiated(answer + b"more", CLOSED) == Negotiation(Answer.ERROR, answer[:KEPT_BYTES], expected)
    assert parse_error(answer) == parse_error(answer + b"more") == expected
    assert parse_error(answer[:-1]) is None


@pytest.mark.parametrize("end", [CLOSED, RESET, TimeoutError()])
@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        (V3_FULL[:-1], FULL),
        (V3_FULL[:7], ServerError("F", "", "")),
        (V3_FULL[:6], ServerError("", "", "")),
        # Half a SQLSTATE is none.
        (V3_FULL[:24], ServerError("FATAL", "", "")),
        (V3_FULL[:32], ServerError("FATAL", "53300", "sorry")),
        (V2_FULL[:-1], ServerError("FATAL", "", "sorry, too many clients already", protocol=2)),
        (b"EFATAL:  s", ServerError("FATAL", "", "s", protocol=2)),
        (b"E\xd0\xa4\xd0\x90\xd0\xa2\xd0\x90\xd0\x9b:  s", ServerError("ФАТАЛ", "", "s", protocol=2)),
        (b"Ecould not fork new", ServerError("", "", "could not fork new", protocol=2)),
    ],
)
def test_an_error_that_is_cut_off_says_what_it_has_said(
    begun: bytes, expected: ServerError, end: bytes | Exception
) -> None:
    error = dataclasses.replace(expected, whole=False)
    assert negotiated(begun, end) == Negotiation(Answer.ERROR, begun, error)
    assert replied(begun, end) == StartupReply(Reply.ERROR, error=error, data=begun)


@pytest.mark.parametrize(
    "begun", [b"E", V3_FULL[:5], b"EFATAL", b"EFATAL:  ", b"ERROR\nmessage:  ", b"EHLO there", b"E\0\0\0\x0a11.4.2"]
)
def test_what_may_be_anything_is_no_error(begun: bytes) -> None:
    assert negotiated(begun, CLOSED) == Negotiation(Answer.OTHER, begun)


def test_an_error_of_protocol_2_has_the_same_limit() -> None:
    longest = b"E" + b"x" * (MAX_MESSAGE - 2) + b"\0"
    assert negotiated(longest).answer is Answer.ERROR
    assert negotiated(b"E" + b"x" * (MAX_MESSAGE - 1), b"\0").answer is Answer.OTHER
    assert negotiated(b"E\0\0\0\0") == Negotiation(Answer.OTHER, b"E\0\0\0\0")


@pytest.mark.parametrize("answer", [V3_FULL, V2_FULL, error("28000", "x" * 600), b"Eout of memory\0"])
def test_an_error_is_the_same_in_every_cutting(answer: bytes) -> None:
    whole = negotiated(answer)
    assert negotiated(*(bytes([byte]) for byte in answer)) == whole
    for cut in range(1, len(answer)):
        assert negotiated(answer[:cut], answer[cut:]) == whole


@pytest.mark.parametrize("greeting", [SSH, HTTP, MYSQL, b"220 mail.example ESMTP\r\n"])
@given(cuts=st.sets(st.integers(2, 12)))
def test_a_greeting_is_recognised_in_every_cutting(greeting: bytes, cuts: set[int]) -> None:
    seen = negotiated(*split(greeting, cuts), CLOSED)
    assert seen.answer is Answer.OTHER
    assert greeting.startswith(seen.data)
    # As much as tells one greeting from another, without waiting for what may never come.
    assert len(seen.data) >= 4


def test_other_greetings_may_also_be_cut_after_their_first_byte() -> None:
    assert negotiated(HTTP[:1], HTTP[1:4], HTTP[4:]) == Negotiation(Answer.OTHER, HTTP)


@pytest.mark.parametrize(
    ("first", "answer"),
    [(b"S", Answer.TLS), (b"N", Answer.NO_TLS)],
)
def test_a_single_byte_answers_though_more_may_follow(first: bytes, answer: Answer) -> None:
    # Together they are an injection, or a greeting. Apart, the first byte is the answer, as for libpq: to wait for
    # more would be to wait in front of every honest server. Whatever comes later is read by TLS, never as plain text.
    assert negotiated(first + b"H-2.0\r\n\r\n").answer is not answer
    wire = request_tls()
    next(wire)
    assert wire.send(b"") == Receive()
    with pytest.raises(StopIteration) as stopped:
        wire.send(first)
    assert stopped.value.value == Negotiation(answer, first)


@pytest.mark.parametrize("start", [b"E", b"EFATAL", b"E\x00\x00\x75\x2f", b"x", b"SSH", b"S", b"\0"])
def test_endless_data_is_bounded(start: bytes) -> None:
    endless = itertools.chain([start], itertools.repeat(b"x" * RECEIVE_SIZE))
    assert len(negotiated_from(endless).data) <= KEPT_BYTES


def negotiated_from(pieces: itertools.chain[bytes]) -> Negotiation:
    """Take no more of *pieces* than are asked for."""
    wire = request_tls()
    received = 0
    try:
        request = next(wire)
        while True:
            piece = next(pieces) if isinstance(request, Receive) else b""
            received += len(piece)
            assert received <= MAX_MESSAGE + RECEIVE_SIZE
            request = wire.send(piece)
    except StopIteration as stop:
        result: Negotiation = stop.value
        return result


@given(pieces=st.lists(st.binary(min_size=1, max_size=40)), end=st.sampled_from([CLOSED, RESET, TimeoutError()]))
def test_no_answer_raises(pieces: list[bytes], end: bytes | Exception) -> None:
    assert isinstance(negotiated(*pieces, end), Negotiation)
    assert isinstance(negotiated(b"E", *pieces, end), Negotiation)


@pytest.mark.parametrize("broken", [TimeoutError(), RESET, BrokenPipeError()])
def test_a_request_that_cannot_be_sent_is_a_result(broken: Exception) -> None:
    silent = isinstance(broken, TimeoutError)
    assert play(request_tls(), [], sending=broken)[0].answer is (Answer.SILENT if silent else Answer.RESET)
    assert play(startup("u", "d"), [], sending=broken)[0].reply is (Reply.SILENT if silent else Reply.RESET)


def test_a_startup_message_names_user_and_database() -> None:
    assert startup_message("me", "db") == b"\0\0\0\x1d" + b"\0\x03\0\0" + b"user\0me\0database\0db\0" + b"\0"
    assert startup_message("ü", "d")[8:16] == b"user\0\xc3\xbc\0"


SCRAM = message(b"R", b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")
PASSWORD = message(b"R", b"\0\0\0\x03")
NOTICE = message(b"N", b"SWARNING\0C01000\0Mhello\0\0")
HELLO = ServerError("WARNING", "01000", "hello")
ASKED = StartupReply(Reply.AUTHENTICATION, "password", data=PASSWORD, notice=HELLO)
VERSIONS = message(b"v", b"\0\x03\0\0\0\0\0\0")


def replied(*pieces: bytes | Exception) -> StartupReply:
    reply, sent = play(startup("u", "d"), pieces)
    assert sent == startup_message("u", "d")
    return reply


@pytest.mark.parametrize(
    ("code", "method"),
    [
        (1, "unknown (1)"),
        (2, "krb5"),
        (3, "password"),
        (5, "md5"),
        (7, "gss"),
        (9, "sspi"),
        (12, "unknown (12)"),
        (0xFFFFFFFF, "unknown (4294967295)"),
    ],
)
def test_authentication_methods_have_libpqs_names(code: int, method: str) -> None:
    request = message(b"R", struct.pack("!I", code) + b"salt")
    assert replied(request) == StartupReply(Reply.AUTHENTICATION, method, data=request)


@pytest.mark.parametrize(
    ("mechanisms", "method"),
    [
        (("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"), "scram-sha-256"),
        (("SCRAM-SHA-256",), "scram-sha-256"),
        (("OAUTHBEARER",), "oauth"),
        (("OAUTHBEARER", "SCRAM-SHA-256"), "scram-sha-256"),
        (("PLAIN", r"\xff"), "unknown (10)"),
        ((), "unknown (10)"),
    ],
)
def test_sasl_mechanisms_are_listed(mechanisms: tuple[str, ...], method: str) -> None:
    listed = "".join(f"{mechanism}\0" for mechanism in mechanisms).replace(r"\xff", "\xff").encode("latin-1")
    request = message(b"R", b"\0\0\0\x0a" + listed + b"\0")
    assert replied(request) == StartupReply(Reply.AUTHENTICATION, method, mechanisms, data=request)


@pytest.mark.parametrize("sending", [None, TimeoutError(), BrokenPipeError()])
def test_who_is_let_in_without_password_says_goodbye(sending: Exception | None) -> None:
    wire = startup("u", "d")
    next(wire)
    wire.send(b"")
    request = message(b"R", b"\0\0\0\0")
    goodbye = wire.send(request + message(b"Z", b"I"))
    assert getattr(goodbye, "data", None) == TERMINATE == b"X\0\0\0\x04"
    with pytest.raises(StopIteration) as stopped:
        wire.throw(sending) if sending else wire.send(b"")
    assert stopped.value.value == StartupReply(Reply.AUTHENTICATION, "none", data=request)


@pytest.mark.parametrize(
    ("pieces", "reply"),
    [
        ([CLOSED], StartupReply(Reply.CLOSED)),
        ([RESET], StartupReply(Reply.RESET)),
        ([], StartupReply(Reply.SILENT)),
        ([NOTICE, CLOSED], StartupReply(Reply.CLOSED, notice=HELLO)),
        ([NOTICE, RESET], StartupReply(Reply.RESET, notice=HELLO)),
        # Whoever goes on sending notices is not silent.
        ([NOTICE], StartupReply(Reply.OTHER, notice=HELLO)),
        ([NOTICE, NOTICE[:9]], StartupReply(Reply.OTHER, notice=HELLO, data=NOTICE[:9])),
        ([NOTICE + message(b"N", b"Mbye\0\0"), CLOSED], StartupReply(Reply.CLOSED, notice=HELLO)),
        ([VERSIONS], StartupReply(Reply.SILENT)),
        ([V3_FULL], StartupReply(Reply.ERROR, error=FULL, data=V3_FULL)),
        ([NOTICE + VERSIONS + V3_FULL], StartupReply(Reply.ERROR, error=FULL, data=V3_FULL, notice=HELLO)),
        ([NOTICE, VERSIONS, PASSWORD], ASKED),
        ([NOTICE * (MAX_NOTICES - 1) + PASSWORD], ASKED),
        ([NOTICE * MAX_NOTICES + PASSWORD], StartupReply(Reply.OTHER, data=NOTICE, notice=HELLO)),
        ([HTTP], StartupReply(Reply.OTHER, data=HTTP)),
        ([b"\0\0\0\0\0"], StartupReply(Reply.OTHER, data=b"\0\0\0\0\0")),
        ([message(b"Z", b"I")], StartupReply(Reply.OTHER, data=b"Z\0\0\0\x05I")),
        ([message(b"R", b"\0\0\0")], StartupReply(Reply.OTHER, data=b"R\0\0\0\x07\0\0\0")),
        ([message(b"E", b"\0")], StartupReply(Reply.OTHER, data=b"E\0\0\0\x05\0")),
        # cut off within a message
        ([b"R\0\0\0\x08\0", CLOSED], StartupReply(Reply.CLOSED, data=b"R\0\0\0\x08\0")),
        ([b"R\0\0\0\x08\0", RESET], StartupReply(Reply.RESET, data=b"R\0\0\0\x08\0")),
        ([b"R\0\0\0\x08\0"], StartupReply(Reply.SILENT, data=b"R\0\0\0\x08\0")),
        ([b"R", CLOSED], StartupReply(Reply.CLOSED, data=b"R")),
        ([b"H", CLOSED], StartupReply(Reply.OTHER, data=b"H")),
        ([b"R\0\0\x75\x2f" + b"x" * 600], StartupReply(Reply.SILENT, data=b"R\0\0\x75\x2f" + b"x" * 507)),
        ([b"R\0\0\x75\x30"], StartupReply(Reply.OTHER, data=b"R\0\0\x75\x30")),
    ],
)
def test_every_reply_has_a_name(pieces: list[bytes | Exception], reply: StartupReply) -> None:
    assert replied(*pieces) == reply


@given(cuts=st.sets(st.integers(1, 200)), last=st.sampled_from([SCRAM, PASSWORD, V3_FULL, V2_FULL, HTTP]))
def test_a_reply_is_the_same_in_every_cutting(cuts: set[int], last: bytes) -> None:
    stream = NOTICE + VERSIONS + last
    whole, cut = replied(stream, CLOSED), replied(*split(stream, cuts), CLOSED)
    assert (cut.reply, cut.auth_method, cut.sasl_mechanisms, cut.error) == (
        whole.reply,
        whole.auth_method,
        whole.sasl_mechanisms,
        whole.error,
    )
    assert whole.data.startswith(cut.data)


@given(pieces=st.lists(st.binary(min_size=1, max_size=40)), kind=st.sampled_from([b"", b"E", b"R", b"N"]))
def test_no_reply_raises(pieces: list[bytes], kind: bytes) -> None:
    reply, _ = play(startup("u", "d"), [kind + b"\0\0\0\x20" if kind else b"x", *pieces])
    assert isinstance(reply, StartupReply)
    assert len(reply.data) <= KEPT_BYTES


def test_a_tls_alert_decides_at_once() -> None:
    alert = b"\x15\x03\x03\x00\x02\x02\x0a"
    asking = request_tls()
    assert next(asking) == Send(SSL_REQUEST)
    assert isinstance(asking.send(b""), Receive)
    assert isinstance(asking.send(alert[:3]), Receive)
    with pytest.raises(StopIteration) as ended:
        asking.send(alert[3:])
    assert ended.value.value == Negotiation(Answer.OTHER, alert)
