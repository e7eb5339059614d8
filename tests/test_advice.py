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
        "it does not work, use sslmode=disable",
        "never use sslmode=disable, but here: sslmode=disable",
        "sslmode: disable",
        "ssl_mode: :disable",
        "SSL Mode=Disable",
        "?sslmode=no-verify",
        "{ checkServerIdentity: () => undefined }",
        "checkServerIdentity: function () { return null }",
        "TrustServerCertificate=yes",
        "conn.UserCertificateValidationCallback = (a, b, c, d) => true;",
        "onBadCertificate: (_) => true",
        "insecure_skip_verify: true",
        "ssl_verify_peer => false",
        "'verify_peer' => false",
        "context.check_hostname = False",
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
        "do not set rejectUnauthorized: false",
        "never use sslmode=disable",
        "the server refuses sslmode=disable",
        "verify_peer (not :verify_none)",
        "gssencmode=disable",
        "server_tls_sslmode=require",
        "'verify_peer' => true",
        "ServerCertificateValidationCallback",
        "",
    ],
)
def test_other_settings_are_not_advice(text: str) -> None:
    assert advice(text) == ()


def test_each_advice_says_what_it_costs() -> None:
    (found,) = advice("set rejectUnauthorized: false, then rejectUnauthorized: false")
    assert found.matched == "rejectUnauthorized: false"
    assert "anybody on the way can read the password" in found.cost
