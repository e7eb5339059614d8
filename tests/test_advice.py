"""Advice that turns verification off is seen, and nothing else."""

from __future__ import annotations

import pytest

from azpg_tls.advice import advice


@pytest.mark.parametrize(
    "text",
    [
        "ssl: { rejectUnauthorized: false }",
        '"rejectUnauthorized":false',
        "NODE_TLS_REJECT_UNAUTHORIZED=0 node app",
        "SSL Mode=Require;Trust Server Certificate=true",
        "explicitly set 'Trust Server Certificate' to true",
        "ssl_opts: [verify: :verify_none]",
        "tls.Config{InsecureSkipVerify: true}",
        "builder.danger_accept_invalid_certs(true)",
        "?sslmode=require&sslaccept=accept_invalid_certs",
        "sslfactory=org.postgresql.ssl.NonValidatingFactory",
        "ctx.verify_mode = ssl.CERT_NONE",
        "or change sslmode to disable server certificate verification",
        "just use sslmode=disable",
        "try `sslmode=require`",
        "you can set sslmode=require",
    ],
)
def test_advice_that_costs_the_verification_is_seen(text: str) -> None:
    assert len(advice(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "sslmode=verify-full",
        "ssl: { rejectUnauthorized: true }",
        "psql 'host=db sslmode=require'",
        "verify_peer",
        "Trust Server Certificate=false",
        "",
    ],
)
def test_other_settings_are_not_advice(text: str) -> None:
    assert advice(text) == ()


def test_each_advice_says_what_it_costs() -> None:
    (found,) = advice("set rejectUnauthorized: false, then rejectUnauthorized: false")
    assert found.matched == "rejectUnauthorized: false"
    assert "anybody on the way can read the password" in found.cost
