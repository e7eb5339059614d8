"""On what terms one logs in to what a server offers."""

from __future__ import annotations

import pytest

from azpg_tls.report import StartupView
from azpg_tls.secret import Secret
from azpg_tls.session import End
from azpg_tls.target import parse
from azpg_tls.terms import Terms, Wish, objection, parameters, settled

PLUS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")


def offer(method: str | None, mechanisms: tuple[str, ...] = ()) -> StartupView:
    return StartupView("authentication" if method else "error", method, mechanisms, None)


@pytest.mark.parametrize(
    ("startup", "wish", "require_auth", "channel_binding"),
    [
        (offer("scram-sha-256", PLUS), Wish(), "scram-sha-256", "require"),
        (offer("scram-sha-256", PLUS[1:]), Wish(), "scram-sha-256", "prefer"),
        (offer("scram-sha-256", PLUS), Wish(channel_binding="disable"), "scram-sha-256", "disable"),
        (offer("md5"), Wish(), "md5", "prefer"),
        (offer("none"), Wish(), "none", "prefer"),
        (offer("password"), Wish(), "!password", "prefer"),
        (offer("password"), Wish(require_auth="password"), "password", "prefer"),
        (offer("password"), Wish(token=True), "password", "prefer"),
        (offer("unknown (99)"), Wish(), "!password", "prefer"),
        (offer(None), Wish(), "!password", "prefer"),
        (None, Wish(), "!password", "prefer"),
        (None, Wish(token=True), "password", "prefer"),
    ],
)
def test_what_is_offered_settles_what_nobody_asked_for(
    startup: StartupView | None, wish: Wish, require_auth: str, channel_binding: str
) -> None:
    assert settled(startup, wish) == Terms(wish, require_auth, channel_binding)


NOTHING = ": nothing secret was sent."


@pytest.mark.parametrize(
    ("startup", "wish", "end", "words"),
    [
        (offer("scram-sha-256", PLUS), Wish(), None, ""),
        (offer("password"), Wish(token=True), None, ""),
        (offer("password"), Wish(require_auth="scram-sha-256, password"), None, ""),
        (offer("md5"), Wish(require_auth="!password"), None, ""),
        (offer("krb5"), Wish(), None, ""),
        (offer(None), Wish(require_auth="scram-sha-256"), None, ""),
        (None, Wish(require_auth="scram-sha-256"), None, ""),
        (
            offer("password"),
            Wish(),
            End.METHOD,
            "The server asks for password in clear, inside TLS, and nobody has agreed to that" + NOTHING,
        ),
        (
            offer("md5"),
            Wish(require_auth="scram-sha-256"),
            End.METHOD,
            "The server asks for md5, and require_auth is scram-sha-256" + NOTHING,
        ),
        (
            offer("scram-sha-256", PLUS),
            Wish(token=True),
            End.METHOD,
            "The server asks for scram-sha-256, and a token is sent as a password in clear alone" + NOTHING,
        ),
        (
            offer("md5"),
            Wish(channel_binding="require"),
            End.BINDING,
            "channel_binding is require, and the server offers md5 alone.",
        ),
        (
            offer("scram-sha-256", PLUS[1:]),
            Wish(channel_binding="require"),
            End.BINDING,
            "channel_binding is require, and the server offers SCRAM-SHA-256 alone.",
        ),
    ],
)
def test_what_is_not_acceptable_is_objected_to_before_anything_is_sent(
    startup: StartupView | None, wish: Wish, end: End | None, words: str
) -> None:
    failed = objection(settled(startup, wish), startup)
    assert (failed.end if failed else None, failed.words if failed else "") == (end, words)


def test_libpq_is_told_everything_that_could_weaken_the_login() -> None:
    target = parse("host=db.example hostaddr=192.0.2.1 user=u dbname=d")
    terms = Terms(Wish(sslcert="c.pem", sslkey="k.pem", passfile="p"), "md5", "prefer")
    given = parameters(target, "192.0.2.1", "TLSv1.3", terms, root_file="r.pem", secret=Secret("s"))
    assert given == {
        "host": "db.example",
        "hostaddr": "192.0.2.1",
        "port": 5432,
        "user": "u",
        "dbname": "d",
        "password": "s",
        "passfile": "p",
        "sslmode": "verify-full",
        "sslrootcert": "r.pem",
        "sslsni": 1,
        "sslnegotiation": "postgres",
        "ssl_min_protocol_version": "TLSv1.3",
        "ssl_max_protocol_version": "",
        "sslcert": "c.pem",
        "sslkey": "k.pem",
        "sslcertmode": "allow",
        "sslpassword": "none",
        "sslkeylogfile": "",
        "sslcompression": 0,
        "require_auth": "md5",
        "channel_binding": "prefer",
        "gssencmode": "disable",
        "gssdelegation": 0,
        "target_session_attrs": "any",
        "replication": "",
        "client_encoding": "UTF8",
        "application_name": "azpg-tls",
    }
    plain = parameters(target, "192.0.2.1", "TLSv1.2", Terms(Wish(), "md5", "prefer"), root_file="r.pem", secret=None)
    assert (plain["sslcertmode"], "password" in plain, "passfile" in plain) == ("disable", False, False)
