"""The laboratory's server, its side of a connection, and a scenario that runs."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from azpg_tls.lab import generations
from azpg_tls.lab.answers import context, message
from azpg_tls.lab.endpoint import LOOPBACK, Behaviour, Door, Endpoint
from azpg_tls.lab.peer import GSSENC_REQUEST, GoneError, Peer
from azpg_tls.lab.running import running
from azpg_tls.lab.scenario import Scenario, Setup
from azpg_tls.prelogin import SSL_REQUEST, startup_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CHAIN = generations.chain("rsa-2023", at=AT)
PATIENCE = 20.0  # seconds


def connect(server: Endpoint) -> socket.socket:
    return socket.create_connection((LOOPBACK, server.port), PATIENCE)


@contextlib.contextmanager
def talking(behaviour: Behaviour) -> Iterator[socket.socket]:
    """Yield a client's socket to a server that behaves like that."""
    with Endpoint(behaviour) as server, connect(server) as client:
        yield client


@contextlib.contextmanager
def hearing(sent: bytes) -> Iterator[tuple[Peer, socket.socket]]:
    """Yield a peer to which *sent* and then an end has come, and the client's socket."""
    with contextlib.ExitStack() as cleanup:
        ours, theirs = (cleanup.enter_context(one) for one in socket.socketpair())
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        yield Peer(ours), theirs


def test_every_connection_is_treated_alike_and_counted() -> None:
    with Endpoint(lambda peer: peer.send(b"hello")) as server:
        for _ in range(3):
            with connect(server) as client:
                assert client.recv(10) == b"hello"
                assert client.recv(10) == b""
    assert server.accepted == 3


def test_connections_are_served_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def serve(peer: Peer) -> None:
        both.wait(PATIENCE)
        peer.send(b"together")

    with Endpoint(serve) as server, connect(server) as one, connect(server) as other:
        assert [one.recv(10), other.recv(10)] == [b"together", b"together"]


def test_leaving_ends_the_connections_that_are_open() -> None:
    ends: list[str] = []

    def serve(peer: Peer) -> None:
        peer.send(b"hello")
        peer.wait_for_end()
        ends.append("gone")

    with contextlib.ExitStack() as cleanup:
        with Endpoint(serve) as server:
            client = cleanup.enter_context(connect(server))
            assert client.recv(10) == b"hello"
        assert ends == ["gone"]
        assert client.recv(10) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(client.getpeername())


def test_a_wanted_port_is_taken_and_can_be_taken_again() -> None:
    with Endpoint(Peer.wait_for_end) as server:
        port = server.port
        with pytest.raises(OSError, match="Address already in use"), Endpoint(Peer.wait_for_end, port=port):
            raise AssertionError("two servers on one port")
    with Endpoint(lambda peer: peer.send(b"again"), port=port) as server, connect(server) as client:
        assert (server.port, client.recv(10)) == (port, b"again")


def test_a_closed_door_refuses() -> None:
    with Endpoint(Peer.wait_for_end, door=Door.CLOSED) as server, pytest.raises(ConnectionRefusedError):
        connect(server)
    assert server.accepted == 0


def test_a_stuck_door_never_answers() -> None:
    with Endpoint(Peer.wait_for_end, door=Door.STUCK) as server, pytest.raises(TimeoutError):
        socket.create_connection((LOOPBACK, server.port), 0.2)
    assert server.accepted == 0


def test_a_behaviour_that_fails_still_closes_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[type[BaseException] | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: failures.append(failure.exc_type))

    def fail(_peer: Peer) -> None:
        raise ZeroDivisionError

    with talking(fail) as client:
        assert client.recv(10) == b""
    assert failures == [ZeroDivisionError]


@pytest.mark.parametrize(
    ("sent", "read", "expected"),
    [
        (b"12345", lambda peer: peer.read(5), b"12345"),
        (b"1234", lambda peer: peer.read(5), GoneError),
        (b"", lambda peer: peer.read(1), GoneError),
        (SSL_REQUEST, Peer.read_ssl_request, None),
        (b"\0\0\0\x08\0\x03\0\0", Peer.read_ssl_request, GoneError),
        (startup_message("u", "d"), Peer.read_startup, startup_message("u", "d")[4:]),
        (b"\0\0\0\x07\0\0\0", Peer.read_startup, GoneError),
        (b"\0\0\x27\x11", Peer.read_startup, GoneError),
        (message(b"p", b"secret\0"), Peer.read_message, message(b"p", b"secret\0")),
        (b"p\0\0\0\0", Peer.read_message, b"p\0\0\0\0"),
        (b"\x16\x03\x01", Peer.starts_tls_at_once, True),
        (SSL_REQUEST, Peer.starts_tls_at_once, False),
        (b"", Peer.starts_tls_at_once, False),
    ],
)
def test_what_a_client_sends_is_read(sent: bytes, read: Callable[[Peer], object], expected: object) -> None:
    with hearing(sent) as (peer, _):
        if expected is GoneError:
            with pytest.raises(GoneError):
                read(peer)
        else:
            assert read(peer) == expected


def test_what_comes_in_pieces_is_read_whole() -> None:
    with talking(lambda peer: peer.send(peer.read(3))) as client:
        for byte in b"123":
            client.sendall(bytes([byte]))
        assert client.recv(10) == b"123"


def test_the_first_byte_is_looked_at_and_not_taken() -> None:
    with hearing(b"\x16\x03") as (peer, _):
        assert peer.starts_tls_at_once()
        assert peer.read(2) == b"\x16\x03"


def test_kerberos_is_refused_politely_before_tls() -> None:
    with hearing(GSSENC_REQUEST + SSL_REQUEST) as (peer, client):
        peer.read_ssl_request()
        assert client.recv(10) == b"N"


def test_the_bytes_that_a_client_sends_are_counted() -> None:
    with hearing(b"1234567") as (peer, _):
        peer.read(3)
        peer.wait_for_end()
        assert peer.received == 7


def test_a_reset_is_no_farewell() -> None:
    def serve(peer: Peer) -> None:
        peer.read(1)  # the connection stands: a reset before that may be one of connect()
        peer.reset()

    with talking(serve) as client:
        client.sendall(b"!")
        with pytest.raises(ConnectionResetError):
            client.recv(10)


def test_a_client_that_has_gone_cannot_be_sent_to() -> None:
    with hearing(b"") as (peer, client):
        client.close()
        with pytest.raises(GoneError):
            peer.send(b"hello")


def client_tls(sock: socket.socket) -> SSL.Connection:
    tls = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), sock)
    sock.setblocking(True)
    tls.set_connect_state()
    return tls


def test_everything_is_encrypted_once_tls_has_begun() -> None:
    def serve(peer: Peer) -> None:
        peer.start_tls(context(CHAIN))
        peer.send(peer.read(5))

    with talking(serve) as client:
        tls = client_tls(client)
        tls.do_handshake()
        tls.sendall(b"hello")
        assert tls.recv(10) == b"hello"
        with pytest.raises(SSL.ZeroReturnError):
            tls.recv(10)


def test_a_reset_inside_tls_writes_no_farewell() -> None:
    def serve(peer: Peer) -> None:
        peer.start_tls(context(CHAIN))
        peer.read(1)
        peer.reset()

    with talking(serve) as client:
        tls = client_tls(client)
        tls.do_handshake()
        tls.sendall(b"x")
        with pytest.raises(SSL.SysCallError, match="ECONNRESET"):
            tls.recv(10)


def test_a_client_that_speaks_no_tls_has_gone() -> None:
    with hearing(b"this is not TLS") as (peer, _), pytest.raises(GoneError):
        peer.start_tls(context(CHAIN))


def healthy(at: dt.datetime) -> Setup:
    """Say hello."""
    return Setup(
        generations.chain("rsa-2023", at=at).root.certificate, lambda peer: peer.send(b"hello"), words={"user": "u"}
    )


def test_a_running_scenario_says_how_to_reach_it() -> None:
    scenario = Scenario("hello", healthy)
    with running(scenario, AT) as server:
        assert server.conninfo == f"host=localhost hostaddr=127.0.0.1 port={server.endpoint.port} user=u"
        assert server.scenario is scenario
        assert server.setup.root.not_valid_before_utc < AT
        with connect(server.endpoint) as client:
            assert client.recv(10) == b"hello"


def test_a_scenario_runs_on_the_port_that_is_wanted() -> None:
    with Endpoint(Peer.wait_for_end) as free:
        port = free.port
    with running(Scenario("hello", healthy), AT, port) as server:
        assert server.endpoint.port == port
