"""Wrong answers to the SSLRequest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab.answers import error
from azpg_tls.lab.pki import authority
from azpg_tls.lab.scenario import Setup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from azpg_tls.lab.endpoint import Behaviour
    from azpg_tls.lab.peer import Peer


def tls_not_offered(at: dt.datetime) -> Setup:
    """Answer N: no TLS here."""
    return _setup(at, _answers(b"N"))


def no_reply(at: dt.datetime) -> Setup:
    """Take the SSLRequest and say nothing."""
    return _setup(at, _answers(b""), timeout=0.5)


def closed_before_tls(at: dt.datetime) -> Setup:
    """Close the connection (FIN) instead of answering."""
    return _setup(at, _then(lambda peer: None))


def reset_before_tls(at: dt.datetime) -> Setup:
    """Break the connection (RST) instead of answering."""
    return _setup(at, _then(lambda peer: peer.reset()))


def not_postgres_http(at: dt.datetime) -> Setup:
    """Answer like a web server that does not understand."""
    return _setup(at, _answers(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))


def not_postgres_ssh(at: dt.datetime) -> Setup:
    """Greet like an SSH server, whose first letter is that of consent."""

    def serve(peer: Peer) -> None:
        peer.send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
        peer.wait_for_end()

    return _setup(at, serve)


def server_error_before_tls(at: dt.datetime) -> Setup:
    """Answer the SSLRequest with an error of protocol 3."""
    return _setup(at, _answers(error("58000", "could not fork new process for connection: out of memory")))


def full_before_tls(at: dt.datetime) -> Setup:
    """Answer like a full PostgreSQL 13, in protocol 2, before TLS."""
    return _setup(at, _answers(b"EFATAL:  sorry, too many clients already\n\0"))


def plaintext_injection(at: dt.datetime) -> Setup:
    """Send an S, and one more message in clear behind it."""
    return _setup(at, _answers(b"S" + error("28000", "injected")))


def direct_tls_unsupported(at: dt.datetime) -> Setup:
    """Close when TLS begins at once, as PostgreSQL 16 and older do."""
    return _setup(at, lambda peer: None, sslnegotiation="direct")


def _setup(at: dt.datetime, behaviour: Behaviour, *, timeout: float = 10.0, **words: str) -> Setup:
    return Setup(authority("Lab Root", at=at).certificate, behaviour, timeout=timeout, words=words)


def _answers(data: bytes) -> Behaviour:
    def answer(peer: Peer) -> None:
        peer.send(data)
        peer.wait_for_end()

    return _then(answer)


def _then(answer: Callable[[Peer], None]) -> Behaviour:
    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        answer(peer)

    return serve
