"""What plain words suggest where no client's own are in a text."""

from __future__ import annotations

import pytest

from azpg_tls.clients.plain import PLAIN
from azpg_tls.clients.sign import Confidence
from azpg_tls.explanation import explain

WORDS = [
    ("ERR 17: the server's certificate expired on 2026-01-01", "expired"),
    ("warning: certificate of db.example.com does not match the name", "hostname-mismatch"),
    ("rejected: peer presented a self-signed cert", "self-signed"),
    ("frobdb: the certificate could not be validated", "unknown-issuer"),
    ("frobdb: client certificate was not sent", "client-certificate-required"),
    ("frobdb: this server requires an encrypted link", "tls-required"),
    ("frobdb: peer does not support TLS", "tls-not-offered"),
    ("frobdb: TLS version 1.0 refused", "tls-version-unsupported"),
    ("frobdb: no common cipher", "cipher-mismatch"),
    ("frobdb: handshake failed (7)", "handshake-closed"),
    ("frobdb: pool exhausted after 30 s", "pool-timeout"),
    ("frobdb: gave up, no response from db.example.com", "tcp-timeout"),
    ("frobdb: connect() was refused by 10.0.0.4", "tcp-refused"),
    ("frobdb: connection lost while it was set up", "handshake-closed"),
    ("frobdb: could not resolve db.example.com", "dns-failure"),
    ("frobdb: 10.0.0.4 is unreachable", "tcp-unreachable"),
    ("frobdb: login for app was rejected", "password-rejected"),
    ("frobdb: token is malformed", "entra-token-expired"),
    ("frobdb: unknown user app", "role-missing"),
    ("frobdb: unknown database app", "database-missing"),
    ("frobdb: too many open connections", "too-many-connections"),
    ("frobdb: connection string is malformed", "sslmode-invalid"),
    ("frobdb: private key has a wrong format, cannot go on", "root-file-permissions"),
    ("frobdb: key file /etc/app.key: permission denied", "root-file-permissions"),
    ("frobdb: /etc/ca.pem: cannot be read", "root-file-missing"),
]


@pytest.mark.parametrize(("text", "code"), WORDS)
def test_plain_words_suggest_a_cause_and_no_more(text: str, code: str) -> None:
    said = explain(text)
    assert said.client == PLAIN.name
    assert said.causes[0].code == code
    assert {cause.confidence for cause in said} == {Confidence.POSSIBLE}


def test_plain_words_count_only_where_nothing_else_is_known() -> None:
    said = explain("frobdb: unknown user app\npsql: error: SSL error: certificate verify failed")
    assert "role-missing" not in [cause.code for problem in said.rest for cause in problem.causes]
    assert {cause.code for cause in said} >= {"unknown-issuer"}


def test_a_client_that_is_known_by_its_marks_is_named() -> None:
    said = explain("asyncpg: the peer's certificate has been found to be expired")
    assert (said.client, said.causes[0].code) == ("asyncpg", "expired")


@pytest.mark.parametrize("text", ["frobdb: failed to connect", "frobdb: SSL error", "connect_timeout=10"])
def test_words_that_only_say_that_something_failed_mean_nothing(text: str) -> None:
    assert explain(text).causes == ()
