"""The sockets, against servers on loopback: one connection, one deadline, and a result whatever happens."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import select
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from azpg_tls.errorresponse import ServerError
from azpg_tls.handshake import Ending
from azpg_tls.lab import generations
from azpg_tls.lab.answers import cleartext, context, message, postgres, says
from azpg_tls.lab.endpoint import LOOPBACK, Behaviour, Door, Endpoint
from azpg_tls.lab.peer import GoneError, Peer
from azpg_tls.network import MAX_ADDRESSES, Clock, Deadline, Line, Resolver, connect, observe, system_resolver
from azpg_tls.observation import Attempt, Connection, Lookup, NotReached, Observation, Reach, Resolution, Seen, value
from azpg_tls.prelogin import Answer, Negotiation, Reply, StartupReply, request_tls, startup_message
from azpg_tls.target import Target, TargetOptions, parse
from azpg_tls.wire import Receive, Send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azpg_tls.wire import Wire

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CLOCK = Clock(lambda: AT, time.monotonic)
CHAIN = generations.chain("g2-2025", at=AT)
TLS = context(CHAIN)
SHORT = 0.3  # seconds, for what consists of waiting
PATIENT = 20.0

NO_TCP = NotReached("no TCP connection")
NO_TLS = NotReached("no TLS connection")


def at(port: int, words: str = "", options: TargetOptions | None = None) -> Target:
    return parse(f"host=localhost hostaddr={LOOPBACK} port={port} {words}", options)


def named(port: int) -> Target:
    return parse(f"pg.example:{port}")


def resolving(*addresses: str) -> Resolver:
    return lambda _host: (addresses, "pg.canonical.example")


def look(
    behaviour: Behaviour, words: str = "", *, timeout: float = PATIENT, options: TargetOptions | None = None
) -> Observation:
    """Probe a server once; it must have seen one connection."""
    with Endpoint(behaviour) as server:
        seen = observe(at(server.port, words, options), timeout=timeout, clock=CLOCK)
    assert server.accepted == 1
    return seen


def accept_tls(peer: Peer) -> None:
    peer.read_ssl_request()
    peer.send(b"S")


def read_client_hello(peer: Peer) -> None:
    peer.read(int.from_bytes(peer.read(5)[3:]))


def test_a_probe_is_one_connection_and_every_stage_is_seen() -> None:
    seen = look(postgres(TLS, cleartext))
    assert (seen.started, seen.target.host) == (AT, "localhost")
    assert value(seen.resolution) == Resolution(Lookup.GIVEN, (LOOPBACK,))
    assert value(seen.connection) == Connection((Attempt(LOOPBACK, Reach.CONNECTED),))
    assert value(seen.negotiation) == Negotiation(Answer.TLS, b"S")
    handshake, startup = value(seen.handshake), value(seen.startup)
    assert handshake is not None
    assert (handshake.ending, handshake.version, handshake.sni) == (Ending.COMPLETED, "TLSv1.3", "localhost")
    assert startup is not None
    assert (startup.reply.reply, startup.reply.auth_method, startup.alert) == (Reply.AUTHENTICATION, "password", None)
    stages = (seen.resolution, seen.connection, seen.negotiation, seen.handshake, seen.startup)
    times = [stage.ms for stage in stages if isinstance(stage, Seen)]
    assert len(times) == 5
    assert 0 < sum(times) <= seen.elapsed_ms


def test_the_startup_message_holds_the_names_and_the_end_is_a_farewell() -> None:
    bodies: list[bytes] = []
    farewells: list[bool] = []

    def serve(peer: Peer) -> None:
        accept_tls(peer)
        peer.start_tls(TLS)
        bodies.append(peer.read_startup())
        peer.send(message(b"R", b"\0\0\0\x03"))
        peer.wait_for_end()
        tls = peer._tls
        assert tls is not None
        farewells.append(bool(tls.get_shutdown() & SSL.RECEIVED_SHUTDOWN))

    look(serve, "user=me dbname=db")
    assert bodies == [startup_message("me", "db")[4:]]
    assert farewells == [True]


def test_no_startup_stops_after_tls() -> None:
    counts: list[int] = []

    def serve(peer: Peer) -> None:
        accept_tls(peer)
        peer.start_tls(TLS)
        peer.wait_for_end()
        counts.append(peer.received)

    seen = look(serve, options=TargetOptions(startup=False))
    assert seen.startup == NotReached("--no-startup")
    assert counts == [8]  # the SSLRequest, and nothing inside TLS


def test_direct_tls_begins_without_a_request() -> None:
    at_once: list[bool] = []

    def serve(peer: Peer) -> None:
        at_once.append(peer.starts_tls_at_once())
        peer.start_tls(TLS)
        peer.read_startup()
        peer.send(message(b"R", b"\0\0\0\0"))
        at_once.append(peer.read_message() == b"X\0\0\0\x04")

    seen = look(serve, "sslnegotiation=direct")
    assert at_once == [True, True]
    assert seen.negotiation == NotReached("sslnegotiation=direct starts TLS at once")
    startup = value(seen.startup)
    assert startup is not None
    assert startup.reply.auth_method == "none"


@pytest.mark.parametrize(
    ("words", "options", "sent"),
    [
        ("", TargetOptions(), b"localhost"),
        ("", TargetOptions(server_name="pg.example"), b"pg.example"),
        ("sslsni=0", TargetOptions(), None),
        ("", TargetOptions(sni=False), None),
        ("host=127.0.0.1", TargetOptions(), None),
    ],
)
def test_the_name_goes_out_unless_it_is_an_address_or_unwanted(
    words: str, options: TargetOptions, sent: bytes | None
) -> None:
    names: list[bytes | None] = []
    tls = context(CHAIN)
    tls.set_tlsext_servername_callback(lambda connection: names.append(connection.get_servername()))
    look(postgres(tls), words, options=options)
    assert names == [sent]


@pytest.mark.parametrize(
    ("answer", "negotiation"),
    [
        (b"N", Negotiation(Answer.NO_TLS, b"N")),
        (b"S" + bytes(8), Negotiation(Answer.INJECTED, b"S" + bytes(8))),
        (b"EFATAL:  no\n\0", Negotiation(Answer.ERROR, b"EFATAL:  no\n\0", ServerError("FATAL", "", "no", protocol=2))),
    ],
)
def test_nothing_follows_an_answer_that_is_not_consent(answer: bytes, negotiation: Negotiation) -> None:
    counts: list[int] = []

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        says(answer)(peer)
        counts.append(peer.received)

    seen = look(serve)
    assert value(seen.negotiation) == negotiation
    assert seen.handshake == NotReached("the server did not agree to TLS")
    assert seen.startup == NO_TLS
    assert counts == [8]


def test_a_handshake_that_fails_is_the_last_that_is_seen() -> None:
    def serve(peer: Peer) -> None:
        accept_tls(peer)
        read_client_hello(peer)
        says(b"\x15\x03\x03\0\x02\x02\x50")(peer)

    seen = look(serve)
    handshake = value(seen.handshake)
    assert handshake is not None
    assert (handshake.ending, handshake.alert) == (Ending.REJECTED, 80)
    assert seen.startup == NO_TLS


def test_a_certificate_demanded_in_tls_1_3_is_told_at_startup() -> None:
    tls = context(CHAIN)
    tls.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    seen = look(postgres(tls))
    startup = value(seen.startup)
    assert startup is not None
    assert (startup.reply.reply, startup.alert) == (Reply.RESET, 116)


# Silence, a close or a reset at every point of a conversation.


def before(then: Behaviour) -> Behaviour:
    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        then(peer)

    return serve


def in_handshake(then: Behaviour) -> Behaviour:
    def serve(peer: Peer) -> None:
        accept_tls(peer)
        read_client_hello(peer)
        peer.send(b"\x16\x03\x03")
        then(peer)

    return serve


def inside(then: Behaviour) -> Behaviour:
    return postgres(TLS, then)


def within_a_message(then: Behaviour) -> Behaviour:
    def answer(peer: Peer) -> None:
        peer.send(b"R\0\0\0\x0c\0")
        then(peer)

    return postgres(TLS, answer)


ENDINGS: dict[str, Behaviour] = {
    "silence": Peer.wait_for_end,
    "close": lambda _peer: None,
    "reset": Peer.reset,
}


@pytest.mark.parametrize(
    ("ending", "outcomes"),
    [
        ("silence", (Answer.SILENT, Ending.SILENT, Reply.SILENT, Reply.SILENT)),
        ("close", (Answer.CLOSED, Ending.CLOSED, Reply.CLOSED, Reply.CLOSED)),
        ("reset", (Answer.RESET, Ending.RESET, Reply.RESET, Reply.RESET)),
    ],
)
def test_every_stage_may_be_the_last(ending: str, outcomes: tuple[str, str, str, str]) -> None:
    then = ENDINGS[ending]
    timeout = SHORT if ending == "silence" else PATIENT
    seen = [look(where(then), timeout=timeout) for where in (before, in_handshake, inside, within_a_message)]
    negotiation, handshake = value(seen[0].negotiation), value(seen[1].handshake)
    startups = [value(one.startup) for one in seen[2:]]
    assert negotiation is not None
    assert handshake is not None
    assert (negotiation.answer, handshake.ending) == outcomes[:2]
    assert [startup.reply.reply for startup in startups if startup] == list(outcomes[2:])
    if ending == "silence":
        assert all(SHORT * 1000 <= one.elapsed_ms < SHORT * 1000 + 1500 for one in seen)


def test_a_server_that_sends_byte_by_byte_is_understood() -> None:
    def serve(peer: Peer) -> None:
        accept_tls(peer)
        tls = SSL.Connection(TLS, None)
        tls.set_accept_state()
        while True:
            with contextlib.suppress(SSL.WantReadError):
                tls.do_handshake()
                break
            drip(peer, tls)
            tls.bio_write(peer.read(1))
        drip(peer, tls)

    def drip(peer: Peer, tls: SSL.Connection) -> None:
        with contextlib.suppress(SSL.WantReadError):
            for byte in tls.bio_read(100_000):
                peer.send(bytes([byte]))

    handshake = value(look(serve, options=TargetOptions(startup=False)).handshake)
    assert handshake is not None
    assert (handshake.ending, len(handshake.certificates)) == (Ending.COMPLETED, 3)


def test_a_server_that_never_comes_to_an_end_is_left_at_the_deadline() -> None:
    def forever() -> Wire[str]:
        try:
            while True:
                yield Receive(1)
        except TimeoutError:
            return "left"

    ticks = itertools.count()
    deadline = Deadline(5, lambda: float(next(ticks)))
    with contextlib.ExitStack() as cleanup:
        ours, theirs = (cleanup.enter_context(one) for one in socket.socketpair())
        theirs.sendall(bytes(100))
        assert Line(ours, deadline).run(forever()) == "left"
        assert len(ours.recv(100)) == 96  # every wait has cost one of five seconds


# TCP.


def test_a_closed_port_is_refused() -> None:
    with Endpoint(Peer.wait_for_end, door=Door.CLOSED) as server:
        seen = observe(at(server.port), timeout=PATIENT, clock=CLOCK)
    assert value(seen.connection) == Connection((Attempt(LOOPBACK, Reach.REFUSED, "ECONNREFUSED"),))
    assert (seen.negotiation, seen.handshake, seen.startup) == (NO_TCP, NO_TCP, NO_TLS)


def test_addresses_are_tried_in_turn_until_one_answers() -> None:
    addresses = ("127.0.0.2", "224.0.0.1", "fe80::1%nosuch", LOOPBACK, "127.0.0.3")
    with Endpoint(before(lambda _peer: None)) as server:
        seen = observe(named(server.port), timeout=PATIENT, clock=CLOCK, resolver=resolving(*addresses))
    assert value(seen.resolution) == Resolution(Lookup.FOUND, addresses, "pg.canonical.example")
    connection = value(seen.connection)
    assert connection is not None
    assert connection.address == LOOPBACK
    assert [(attempt.address, attempt.reach) for attempt in connection.attempts] == [
        ("127.0.0.2", Reach.REFUSED),
        ("224.0.0.1", Reach.UNREACHABLE),  # TCP has no multicast: the kernel refuses without sending anything
        ("fe80::1%nosuch", Reach.UNREACHABLE),
        (LOOPBACK, Reach.CONNECTED),
    ]
    assert connection.attempts[1].error == "ENETUNREACH"
    assert connection.attempts[2].error
    assert server.accepted == 1


def test_silent_addresses_share_the_time() -> None:
    with Endpoint(Peer.wait_for_end, door=Door.STUCK) as stuck, socket.create_server(("127.0.0.2", stuck.port)):
        resolver = resolving(LOOPBACK, LOOPBACK, "127.0.0.2")
        seen = observe(named(stuck.port), timeout=2 * SHORT, clock=CLOCK, resolver=resolver)
    connection = value(seen.connection)
    assert connection is not None
    assert [attempt.reach for attempt in connection.attempts] == [Reach.SILENT, Reach.SILENT, Reach.CONNECTED]
    assert connection.attempts[0] == Attempt(LOOPBACK, Reach.SILENT)
    assert value(seen.negotiation) == Negotiation(Answer.SILENT)
    assert seen.elapsed_ms < 2 * SHORT * 1000 + 1500


def test_nothing_is_said_of_addresses_for_which_no_time_was_left() -> None:
    seconds = itertools.chain([0.0, 0.0], itertools.repeat(9.0))  # when it begins, and for the first address
    deadline = Deadline(1, lambda: next(seconds))
    with Endpoint(Peer.wait_for_end, door=Door.CLOSED) as server:
        attempts, connected = connect((LOOPBACK, "127.0.0.2", "127.0.0.3"), server.port, deadline)
    assert (attempts, connected) == ((Attempt(LOOPBACK, Reach.REFUSED, "ECONNREFUSED"),), None)


def test_only_so_many_addresses_are_tried() -> None:
    with Endpoint(Peer.wait_for_end, door=Door.CLOSED) as server:
        seen = observe(named(server.port), timeout=PATIENT, clock=CLOCK, resolver=resolving(*[LOOPBACK] * 20))
    connection = value(seen.connection)
    assert connection is not None
    assert connection.address is None
    assert len(connection.attempts) == MAX_ADDRESSES == 8


@contextlib.contextmanager
def ipv6_server() -> Iterator[int]:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:

        def serve() -> None:
            peer = Peer(listener.accept()[0])
            with contextlib.closing(peer), contextlib.suppress(GoneError):
                postgres(TLS, cleartext)(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("text", ["[::1]:{}", "host=localhost hostaddr=::1 port={}", "postgresql://[::1]:{}/d"])
def test_ipv6_is_as_good(text: str) -> None:
    with ipv6_server() as port:
        seen = observe(parse(text.format(port)), timeout=PATIENT, clock=CLOCK)
    assert value(seen.connection) == Connection((Attempt("::1", Reach.CONNECTED),))
    assert isinstance(seen.startup, Seen)


def test_no_attempt_is_no_address() -> None:
    assert Connection(()).address is None


# Names.


@pytest.mark.parametrize(
    ("error", "resolution"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), Resolution(Lookup.NOT_FOUND, error="unknown")),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), Resolution(Lookup.FAILED, error="try again")),
        (socket.gaierror(socket.EAI_FAIL, "failure"), Resolution(Lookup.FAILED, error="failure")),
        (socket.gaierror(socket.EAI_SYSTEM, "system"), Resolution(Lookup.FAILED, error="system")),
        (socket.gaierror("nothing"), Resolution(Lookup.NOT_FOUND, error="nothing")),
        (OSError(24, "Too many open files"), Resolution(Lookup.FAILED, error="Too many open files")),
        (OSError("nothing"), Resolution(Lookup.FAILED, error="nothing")),
    ],
)
def test_a_resolvers_error_is_a_result(error: OSError, resolution: Resolution) -> None:
    def fail(_host: str) -> tuple[tuple[str, ...], str]:
        raise error

    seen = observe(named(1), timeout=PATIENT, clock=CLOCK, resolver=fail)
    assert value(seen.resolution) == resolution
    assert seen.connection == NotReached("the host name was not resolved")
    assert (seen.negotiation, seen.handshake, seen.startup) == (NO_TCP, NO_TCP, NO_TLS)


def test_a_resolver_that_hangs_is_left_behind() -> None:
    end, ended = threading.Event(), threading.Event()

    def hang(_host: str) -> tuple[tuple[str, ...], str]:
        end.wait()
        ended.set()
        return (), ""

    seen = observe(named(1), timeout=SHORT, clock=CLOCK, resolver=hang)
    assert value(seen.resolution) == Resolution(Lookup.SILENT, error="no answer within the deadline")
    assert SHORT * 1000 <= seen.elapsed_ms < SHORT * 1000 + 1500
    assert not ended.is_set()
    end.set()
    assert ended.wait(PATIENT)


def test_a_deadline_that_has_passed_leaves_no_time_to_ask() -> None:
    ticks = itertools.count()
    clock = Clock(lambda: AT, lambda: float(next(ticks)))
    seen = observe(named(1), timeout=1, clock=clock, resolver=resolving(LOOPBACK))
    assert value(seen.resolution) == Resolution(Lookup.SILENT, error="no answer within the deadline")


def test_the_system_knows_localhost() -> None:
    addresses, canonical_name = system_resolver("localhost")
    assert set(addresses) & {"127.0.0.1", "::1"}
    assert len(set(addresses)) == len(addresses)
    assert canonical_name


def test_an_address_needs_no_resolver() -> None:
    def never(host: str) -> tuple[tuple[str, ...], str]:
        raise AssertionError(host)

    with Endpoint(Peer.wait_for_end, door=Door.CLOSED) as server:
        seen = observe(parse(f"{LOOPBACK}:{server.port}"), timeout=PATIENT, clock=CLOCK, resolver=never)
    assert value(seen.resolution) == Resolution(Lookup.GIVEN, (LOOPBACK,))


# Connections that break.


@contextlib.contextmanager
def tcp_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with contextlib.ExitStack() as cleanup:
        listener = cleanup.enter_context(socket.create_server((LOOPBACK, 0)))
        ours = cleanup.enter_context(socket.create_connection(listener.getsockname()))
        theirs = cleanup.enter_context(listener.accept()[0])
        yield ours, theirs


def broken(ours: socket.socket) -> None:
    """Wait until the kernel knows that the peer has gone."""
    poll = select.poll()
    poll.register(ours, select.POLLRDHUP)
    assert poll.poll(PATIENT * 1000)


def line(ours: socket.socket) -> Line:
    return Line(ours, Deadline(PATIENT, time.monotonic))


@pytest.mark.parametrize(("said", "answer"), [(b"", Answer.RESET), (b"N", Answer.NO_TLS), (b"H", Answer.OTHER)])
def test_a_reset_before_the_request_is_a_reset(said: bytes, answer: Answer) -> None:
    with tcp_pair() as (ours, theirs):
        theirs.sendall(said)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        broken(ours)
        assert line(ours).run(request_tls()) == Negotiation(answer, said)


@pytest.mark.parametrize(("said", "answer"), [(b"", Answer.CLOSED), (b"N", Answer.NO_TLS)])
def test_a_close_before_the_request_is_a_close(said: bytes, answer: Answer) -> None:
    with contextlib.ExitStack() as cleanup:
        ours, theirs = (cleanup.enter_context(one) for one in socket.socketpair())
        theirs.sendall(said)
        theirs.close()
        assert line(ours).run(request_tls()) == Negotiation(answer, said)


def test_a_socket_that_is_gone_is_a_reset() -> None:
    with tcp_pair() as (ours, _theirs):
        ours.close()
        assert line(ours).run(request_tls()) == Negotiation(Answer.RESET)


def test_a_server_that_takes_nothing_is_left_at_the_deadline() -> None:
    def push() -> Wire[str]:
        try:
            while True:
                yield Send(bytes(1024 * 1024))
        except TimeoutError:
            return "left"

    with tcp_pair() as (ours, _theirs):
        assert Line(ours, Deadline(SHORT, time.monotonic)).run(push()) == "left"


def test_a_reply_is_heard_though_the_server_has_gone() -> None:
    seen = look(postgres(TLS, lambda peer: peer.send(message(b"R", b"\0\0\0\x03"))))
    startup = value(seen.startup)
    assert startup is not None
    assert startup.reply == StartupReply(Reply.AUTHENTICATION, "password", data=message(b"R", b"\0\0\0\x03"))
