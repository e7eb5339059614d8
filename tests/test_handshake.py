"""The TLS client against OpenSSL's own server, both in memory."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPResponseBuilder, OCSPResponseStatus
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from azpg_tls.handshake import ALPN, KEPT_BYTES, MAX_RECEIVED, Ending, Handshake, TlsClient, reason
from azpg_tls.lab import generations
from azpg_tls.lab.answers import context
from azpg_tls.wire import RECEIVE_SIZE, Receive, Send
from tests.scripted import CLOSED, play

if TYPE_CHECKING:
    from azpg_tls.wire import Wire

T = TypeVar("T")
Change = Callable[[SSL.Context], object]

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CHAIN = generations.chain("g2-2025", at=AT)
PRESENTED = tuple(certificate.public_bytes(Encoding.DER) for certificate in CHAIN.presented)

VERSIONS = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}
OCSP_RESPONSE = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
CLIENT_HELLO = b"\x16\x03\x01"
CERTIFICATE_REQUIRED = 116
HANDSHAKE_FAILURE = 40
BAD_RECORD_MAC = 20
# TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 and renegotiation_info (RFC 5746)
SERVER_HELLO = b"\x16\x03\x03\0\x31\x02\0\0\x2d\x03\x03" + bytes(32) + b"\0\xc0\x2f\0" + b"\0\x05\xff\x01\0\x01\0"


class Server:
    """OpenSSL's server in memory: it shakes hands, then sends back what it receives.

    *waiting* is what it has sent and the client has not yet received.
    """

    def __init__(self, version: str = "TLSv1.3", *changes: Change) -> None:
        tls_context = context(CHAIN)
        tls_context.set_min_proto_version(VERSIONS[version])
        tls_context.set_max_proto_version(VERSIONS[version])
        for change in changes:
            change(tls_context)
        tls_context.set_info_callback(self.note)
        self.alerts: list[int] = []  # those received
        self.tls = SSL.Connection(tls_context, None)
        self.tls.set_accept_state()
        self.shaken = False
        self.waiting = b""

    def note(self, _connection: SSL.Connection, where: int, value: int) -> None:
        if where == SSL.SSL_CB_READ_ALERT:
            self.alerts.append(value & 0xFF)

    def hear(self, data: bytes) -> None:
        self.tls.bio_write(data)
        with contextlib.suppress(SSL.Error):
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
            while received := self.tls.recv(RECEIVE_SIZE):
                self.tls.sendall(received)
        self.flush()

    def flush(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            while True:
                self.waiting += self.tls.bio_read(RECEIVE_SIZE)

    def take(self, size: int) -> bytes:
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    @property
    def said_goodbye(self) -> bool:
        """Whether the client has."""
        return bool(self.tls.get_shutdown() & SSL.RECEIVED_SHUTDOWN)


class Damaging(Server):
    """A server whose byte at *position*, counted round its first flight, is changed by *change*."""

    def __init__(self, position: int, change: int, version: str) -> None:
        super().__init__(version)
        self.position, self.change = position, change

    def hear(self, data: bytes) -> None:
        super().hear(data)
        flight = bytearray(self.waiting)
        if flight:
            flight[self.position % len(flight)] ^= self.change
            self.waiting, self.change = bytes(flight), 0


def converse(
    wire: Wire[T],
    server: Server,
    *,
    piece: int = RECEIVE_SIZE,
    most: int = MAX_RECEIVED,
    end: bytes | Exception = CLOSED,
) -> T:
    """Run *wire* against *server*, which is heard in pieces of *piece* bytes, and no more than *most* bytes."""
    try:
        request = next(wire)
        while True:
            if isinstance(request, Send):
                server.hear(request.data)
                request = wire.send(b"")
                continue
            data = server.take(min(request.size, piece, most))
            most -= len(data)
            request = wire.throw(end) if not data and isinstance(end, Exception) else wire.send(data)
    except StopIteration as stop:
        result: T = stop.value
        return result


def connected(server: Server) -> TlsClient:
    client = TlsClient("localhost")
    assert converse(client.handshake(), server).ending is Ending.COMPLETED
    return client


def request_certificate(tls: SSL.Context) -> None:
    tls.set_verify(SSL.VERIFY_PEER, lambda *_: True)


def require_certificate(tls: SSL.Context) -> None:
    tls.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)


def no_alpn(tls: SSL.Context) -> None:
    tls.set_alpn_select_callback(lambda _connection, _offered: SSL.NO_OVERLAPPING_PROTOCOLS)


def staple(tls: SSL.Context) -> None:
    tls.set_ocsp_server_callback(lambda _connection, _data: OCSP_RESPONSE)


@pytest.mark.parametrize("piece", [1, RECEIVE_SIZE])
@pytest.mark.parametrize(
    ("version", "cipher"),
    [("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"), ("TLSv1.3", "TLS_AES_256_GCM_SHA384")],
)
def test_a_handshake_shows_what_was_agreed(version: str, cipher: str, piece: int) -> None:
    server = Server(version)
    seen = converse(TlsClient("localhost").handshake(), server, piece=piece)
    assert (seen.ending, seen.version, seen.cipher, seen.alpn) == (Ending.COMPLETED, version, cipher, "postgresql")
    assert seen.group
    assert seen.certificates == PRESENTED
    assert (seen.sni, server.tls.get_servername()) == ("localhost", b"localhost")
    assert (seen.alert, seen.alert_sent, seen.refusal, seen.ocsp_response) == (None, None, "", b"")
    assert not seen.client_certificate_requested
    assert seen.data.startswith(b"\x16\x03\x03")
    assert len(seen.data) == KEPT_BYTES


@pytest.mark.parametrize("version", VERSIONS)
def test_a_handshake_is_the_same_wherever_it_is_cut(version: str) -> None:
    results = {converse(TlsClient("h").handshake(), Server(version), piece=piece).ending for piece in range(1, 60)}
    assert results == {Ending.COMPLETED}


def test_no_name_is_sent_if_none_is_given() -> None:
    server = Server()
    assert converse(TlsClient().handshake(), server).sni == ""
    assert server.tls.get_servername() is None


def test_postgresql_is_offered_as_protocol_and_may_be_ignored() -> None:
    offered: list[list[bytes]] = []

    def note(tls: SSL.Context) -> None:
        def select(_connection: SSL.Connection, protocols: list[bytes]) -> bytes:
            offered.append(protocols)
            return protocols[0]

        tls.set_alpn_select_callback(select)

    assert converse(TlsClient().handshake(), Server("TLSv1.3", note)).alpn == "postgresql"
    assert offered == [[ALPN]]
    seen = converse(TlsClient().handshake(), Server("TLSv1.3", no_alpn))
    assert (seen.ending, seen.alpn) == (Ending.COMPLETED, "")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stapled_ocsp_response_is_kept(version: str) -> None:
    seen = converse(TlsClient().handshake(), Server(version, staple))
    assert (seen.ending, seen.ocsp_response) == (Ending.COMPLETED, OCSP_RESPONSE)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_requested_client_certificate_is_seen(version: str) -> None:
    seen = converse(TlsClient().handshake(), Server(version, request_certificate))
    assert (seen.ending, seen.client_certificate_requested) == (Ending.COMPLETED, True)


def test_tls_1_2_refuses_a_missing_client_certificate_within_the_handshake() -> None:
    seen = converse(TlsClient().handshake(), Server("TLSv1.2", require_certificate))
    assert (seen.ending, seen.alert, seen.client_certificate_requested) == (Ending.REJECTED, HANDSHAKE_FAILURE, True)
    assert (seen.certificates, seen.version, seen.alpn) == (PRESENTED, "", "")


def test_tls_1_3_refuses_a_missing_client_certificate_after_the_handshake() -> None:
    server, client = Server("TLSv1.3", require_certificate), TlsClient()
    seen = converse(client.handshake(), server)
    assert (seen.ending, seen.client_certificate_requested, seen.alert) == (Ending.COMPLETED, True, None)
    assert converse(client.inside(until_the_end()), server) == "ConnectionResetError"
    assert client.alert == CERTIFICATE_REQUIRED


@pytest.mark.parametrize("number", [0, 10, 40, 70, 80, 112, 116, 120, 255])
def test_a_fatal_alert_is_told_by_its_number(number: int) -> None:
    seen, _ = play(TlsClient("h").handshake(), [b"\x15\x03\x03\0\x02\x02" + bytes([number])])
    assert (seen.ending, seen.alert, seen.sni, seen.certificates) == (Ending.REJECTED, number, "h", ())


def test_a_warning_is_no_rejection() -> None:
    warning = b"\x15\x03\x03\0\x02\x01\x70"  # unrecognized_name, as some servers send before they go on
    server = Server("TLSv1.2")
    server.waiting = warning
    seen = converse(TlsClient("h").handshake(), server)
    assert (seen.ending, seen.alert) == (Ending.COMPLETED, None)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("end", "ending"),
    [(CLOSED, Ending.CLOSED), (ConnectionResetError(), Ending.RESET), (TimeoutError(), Ending.SILENT)],
)
def test_what_was_seen_before_the_end_is_kept(version: str, end: bytes | Exception, ending: Ending) -> None:
    nothing = converse(TlsClient("h").handshake(), Server(version), most=0, end=end)
    assert nothing == Handshake(ending, sni="h")
    server = Server(version)
    server.hear(play(TlsClient("h").handshake(), [])[1])
    # Without the end of the server's last message; the length of its signature differs by a few bytes.
    almost = converse(TlsClient("h").handshake(), Server(version), most=len(server.waiting) - 9, end=end)
    assert (almost.ending, almost.certificates, almost.version) == (ending, PRESENTED, "")
    assert len(almost.data) == KEPT_BYTES


def test_an_aborted_connection_is_no_flood() -> None:
    assert play(TlsClient().handshake(), [ConnectionAbortedError()])[0].ending is Ending.RESET


def test_a_farewell_within_the_handshake_closes_it() -> None:
    close_notify = b"\x15\x03\x03\0\x02\x01\0"
    assert play(TlsClient().handshake(), [close_notify])[0] == Handshake(Ending.CLOSED, data=close_notify)


@pytest.mark.parametrize(
    ("answer", "alert_sent", "refusal"),
    [
        (b"this is not TLS\r\n", None, "wrong version number"),
        (b"HTTP/1.1 400 Bad Request\r\n", None, "wrong version number"),
        (b"\x16\x03\x03\0\x04\x0e\0\0\0", 10, "unexpected message"),
        # ServerHello of TLS 1.1
        (b"\x16\x03\x02\0\x2a\x02\0\0\x26\x03\x02" + bytes(32) + b"\0\xc0\x13\0", 70, "unsupported protocol"),
        # ServerHello of TLS 1.2, and a list of one certificate, which is none, or of more than 100 kB
        (SERVER_HELLO + b"\x16\x03\x03\0\x0d\x0b\0\0\x09\0\0\x06\0\0\x03xyz", 42, "too long"),
        (SERVER_HELLO + b"\x16\x03\x03\0\x04\x0b\x02\0\0", 47, "excessive message size"),
    ],
)
@pytest.mark.parametrize("sending", [None, TimeoutError(), ConnectionResetError()])
def test_what_openssl_refuses_is_a_result(
    answer: bytes, alert_sent: int | None, refusal: str, sending: Exception | None
) -> None:
    wire = TlsClient().handshake()
    assert isinstance(next(wire), Send)
    assert wire.send(b"") == Receive()
    with pytest.raises(StopIteration) as stopped:  # noqa: PT012 -- an alert is sent for what is TLS at all
        last = wire.send(answer)
        assert isinstance(last, Send)
        assert (last.data[:1], last.data[3:]) == (b"\x15", b"\0\x02\x02" + bytes([alert_sent or 0]))
        wire.throw(sending) if sending else wire.send(b"")
    seen: Handshake = stopped.value.value
    assert (seen.ending, seen.data, seen.certificates) == (Ending.REFUSED, answer, ())
    assert (seen.alert, seen.alert_sent, seen.refusal) == (None, alert_sent, refusal)


HELLO_REQUESTS = b"\x16\x03\x03\x40\x00" + bytes(16 * 1024)  # 4096 of them, to be ignored: RFC 5246 section 7.4.1.1


def test_a_flood_ends_the_handshake() -> None:
    pieces = [HELLO_REQUESTS] * (MAX_RECEIVED // len(HELLO_REQUESTS) + 1)
    assert play(TlsClient().handshake(), pieces)[0].ending is Ending.FLOODED
    assert play(TlsClient().handshake(), pieces[:-1])[0].ending is Ending.SILENT


@given(pieces=st.lists(st.binary(min_size=1)), start=st.sampled_from([b"", b"\x16\x03\x03", b"\x15\x03\x03", b"\x17"]))
def test_no_bytes_make_the_handshake_raise(pieces: list[bytes], start: bytes) -> None:
    seen, sent = play(TlsClient("h").handshake(), [start + b"\0", *pieces])
    assert seen.ending in (Ending.REJECTED, Ending.REFUSED, Ending.SILENT, Ending.CLOSED)
    assert sent.startswith(CLIENT_HELLO)


@pytest.mark.parametrize("version", VERSIONS)
@given(position=st.integers(0, 1500), change=st.integers(1, 255))
def test_no_damage_makes_the_handshake_raise(version: str, position: int, change: int) -> None:
    server = Damaging(position, change, version)
    assert isinstance(converse(TlsClient("h").handshake(), server), Handshake)


def echoed(data: bytes) -> Wire[bytes]:
    """Send *data*, and return as much as comes back."""
    received = b""
    yield Send(data)
    while len(received) < len(data):
        received += yield Receive(1000)
    return received


def until_the_end() -> Wire[str]:
    """Receive until the server closes, and say how that went."""
    try:
        while (yield Receive()):
            pass
    except (TimeoutError, ConnectionError) as error:
        return type(error).__name__
    return "closed"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("piece", [1, RECEIVE_SIZE])
def test_a_protocol_runs_inside(version: str, piece: int) -> None:
    server = Server(version)
    client = connected(server)
    assert converse(client.inside(echoed(b"hello" * 1000)), server, piece=piece) == b"hello" * 1000
    assert client.alert is None


def test_more_than_a_record_is_sent_inside() -> None:
    server = Server()
    assert len(converse(connected(server).inside(echoed(bytes(100_000))), server)) == 100_000


@pytest.mark.parametrize("version", VERSIONS)
def test_a_servers_farewell_ends_what_is_inside(version: str) -> None:
    server = Server(version)
    client = connected(server)
    server.tls.shutdown()
    server.flush()
    assert converse(client.inside(until_the_end()), server) == "closed"


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (CLOSED, "closed"),
        (ConnectionResetError(), "ConnectionResetError"),
        (TimeoutError(), "TimeoutError"),
        (b"\x15\x03\x03\0\x02\x02\x50", "ConnectionResetError"),
        (b"not TLS at all", "ConnectionResetError"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_inside_learns_of_every_end(version: str, end: bytes | Exception, said: str) -> None:
    assert play(connected(Server(version)).inside(until_the_end()), [end])[0] == said


def test_damage_inside_is_answered_with_an_alert() -> None:
    server = Server()
    client = connected(server)
    said, sent = play(client.inside(until_the_end()), [b"\x17\x03\x03\0\x20" + bytes(32)])
    assert said == "ConnectionResetError"
    server.hear(sent)
    assert server.alerts == [BAD_RECORD_MAC]


@pytest.mark.parametrize("sending", [TimeoutError(), ConnectionResetError()])
def test_what_cannot_be_sent_is_told_inside(sending: Exception) -> None:
    def ask() -> Wire[str]:
        try:
            yield Send(b"hello")
        except (TimeoutError, ConnectionError) as error:
            return type(error).__name__
        return "sent"

    assert play(connected(Server()).inside(ask()), [], sending=sending)[0] == type(sending).__name__


def test_what_is_inside_may_go_on_after_an_error() -> None:
    def stubborn() -> Wire[list[str]]:
        ends: list[str] = []
        for request in (Receive(), Send(b"hello"), Receive()):
            try:
                yield request
            except (TimeoutError, ConnectionError) as error:
                ends.append(type(error).__name__)
        return ends

    ends, _ = play(connected(Server("TLSv1.2")).inside(stubborn()), [b"not TLS at all"])
    assert ends == ["ConnectionResetError"] * 3


def test_a_flood_inside_is_bounded() -> None:
    server = Server()
    client = connected(server)
    for _ in range(MAX_RECEIVED // RECEIVE_SIZE):
        server.tls.sendall(bytes(RECEIVE_SIZE))
    server.flush()
    assert len(server.waiting) > MAX_RECEIVED
    assert converse(client.inside(until_the_end()), server, end=TimeoutError()) == "_FloodedError"


@pytest.mark.parametrize("version", VERSIONS)
def test_close_says_goodbye(version: str) -> None:
    server = Server(version)
    client = connected(server)
    converse(client.close(), server)
    assert server.said_goodbye


@pytest.mark.parametrize("sending", [TimeoutError(), ConnectionResetError()])
def test_a_goodbye_that_cannot_be_sent_is_no_error(sending: Exception) -> None:
    assert play(connected(Server()).close(), [], sending=sending)[0] is None


def test_a_broken_connection_is_closed_without_goodbye() -> None:
    client = connected(Server("TLSv1.2"))
    play(client.inside(until_the_end()), [b"\x15\x03\x03\0\x02\x02\x50"])
    assert play(client.close(), []) == (None, b"")
    unstarted = TlsClient()
    assert play(unstarted.close(), []) == (None, b"")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SSL.Error([("SSL routines", "", "unsupported protocol"), ("", "", "another")]), "unsupported protocol"),
        (SSL.Error([]), ""),
        (SSL.Error(), ""),
        (SSL.SysCallError(-1, "Unexpected EOF"), ""),
    ],
)
def test_openssls_own_reason_is_the_first_of_its_queue(error: SSL.Error, text: str) -> None:
    assert reason(error) == text
