"""Whoever is not the server gets no byte of a secret: what each kind of intruder receives is counted.

The fronts are fakes: PostgreSQL's first messages in the laboratory's hands. They ask for the password in clear, which
is the most that an intruder can wish for.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL

from azpg_tls.cli import main
from azpg_tls.lab import generations, pki
from azpg_tls.lab.answers import context, error, message
from azpg_tls.lab.endpoint import Endpoint
from azpg_tls.lab.scenarios.handshake import without_the_key
from tests.entra import forged
from tests.front import AT, CLEARTEXT, GENUINE, SCRAM, Front

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azpg_tls.lab.pki import Chain

SECRET = "planted-5ecret-9f31"


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, Any]]:
    root = tmp_path / "root.pem"
    root.write_bytes(GENUINE.root.certificate_pem)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(front: Front, *arguments: str, secret: str = SECRET) -> tuple[int, Any]:
        monkeypatch.setenv("PGPASSWORD", secret)
        entra = "--entra" in arguments
        how = [*(() if entra else ("--user", "app", "--require-auth", "password")), *arguments]
        how += ["--sslrootcert", str(root), "--format", "json"]
        with Endpoint(front) as endpoint, pytest.raises(SystemExit) as exited:
            main(["--debug", "login", f"host=localhost hostaddr=127.0.0.1 port={endpoint.port}", *how])
        out, err = capsys.readouterr()
        assert secret not in out + err
        return int(exited.value.code or 0), json.loads(out)

    return run


def leaf_pin(chain: Chain) -> str:
    der = chain.leaf.certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "sha256/" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def test_the_genuine_server_gets_the_password(run: Any) -> None:
    front = Front(context(GENUINE))
    code, report = run(front)
    assert (code, report["diagnosis"]["code"]) == (1, "password-rejected")
    assert front.heard == [b"", message(b"p", SECRET.encode() + b"\0")]


def test_another_root_gets_nothing(run: Any) -> None:
    front = Front(context(generations.chain("g2-2025", at=AT)))
    code, report = run(front)
    assert (code, report["diagnosis"]["code"]) == (1, "issuer-impostor")
    assert report["stages"][-1]["reason"] == "the server is not in order (issuer-impostor)"
    assert (front.begun, front.heard) == (1, [b""])


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_an_intruder_who_demands_a_client_certificate_gets_nothing(run: Any, tmp_path: Path, version: int) -> None:
    tls = context(generations.chain("g2-2025", at=AT))
    tls.set_max_proto_version(version)
    tls.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    (tmp_path / "client.pem").write_bytes(GENUINE.leaf.certificate_pem + GENUINE.leaf.key_pem)
    front = Front(tls)
    given = f"{tmp_path}/client.pem"
    code, report = run(front, "--sslcert", given, "--sslkey", given)
    assert (code, report["login"], front.begun) == (1, None, 1)
    assert "issuer-impostor" in [finding["code"] for finding in report["findings"]]
    assert b"".join(front.heard) == b""


def test_the_right_name_without_the_key_gets_nothing(run: Any) -> None:
    front = Front(without_the_key(GENUINE, AT))
    code, report = run(front)
    assert (code, report["diagnosis"]["code"], report["login"]) == (1, "malformed-tls", None)
    assert report["stages"][-1]["status"] == "skipped"
    assert (front.begun, front.heard) == (1, [])


@pytest.mark.parametrize("demand", [["--expires-within", "3650", "--strict"], ["--expect-issuer", "DigiCert"]])
def test_a_server_that_breaks_a_demand_gets_nothing(run: Any, demand: list[str]) -> None:
    front = Front(context(GENUINE))
    code, report = run(front, *demand)
    assert (code, report["login"]) == (1, None)
    assert (front.begun, front.heard) == (1, [b""])


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (lambda: context(generations.chain("g2-2025", at=AT)), "certificate verify failed"),
        (lambda: without_the_key(GENUINE, AT), "SSL error"),
    ],
)
def test_an_intruder_after_the_probe_gets_nothing(run: Any, second: Callable[[], SSL.Context], said: str) -> None:
    front = Front(context(GENUINE), second())
    code, report = run(front)
    assert (code, report["diagnosis"]["code"]) == (1, "login-failed")
    assert said in report["diagnosis"]["detail"]
    assert (front.begun, front.heard) == (2, [b""])


def sibling() -> Chain:
    """Another server by the same name, under the same root."""
    return dataclasses.replace(GENUINE, leaf=pki.server(GENUINE.intermediates[0], at=AT))


def test_another_server_of_that_name_gets_the_password_if_it_is_in_order(run: Any) -> None:
    front = Front(context(GENUINE), context(sibling()))
    assert run(front)[1]["diagnosis"]["code"] == "password-rejected"
    assert front.heard[1] == message(b"p", SECRET.encode() + b"\0")


def test_another_server_of_that_name_gets_nothing_if_it_breaks_a_demand(run: Any) -> None:
    front = Front(context(GENUINE), context(sibling()))
    code, report = run(front, "--pin", leaf_pin(GENUINE))
    assert (code, report["diagnosis"]["code"]) == (1, "login-failed")
    assert report["diagnosis"]["detail"].startswith(
        "at the login, the server presented other certificates than before: "
    )
    assert (front.begun, front.heard) == (2, [b"", b""])


def test_a_weaker_method_at_the_login_gets_nothing(run: Any) -> None:
    front = Front(context(GENUINE), asks=(SCRAM, CLEARTEXT))
    code, report = run(front, "--require-auth", "scram-sha-256,password")
    assert (code, report["diagnosis"]["code"]) == (1, "channel-binding-mismatch")
    assert (front.begun, front.heard) == (2, [b"", b""])
    unbound = Front(context(GENUINE), asks=(SCRAM, CLEARTEXT))
    code, report = run(unbound, "--require-auth", "scram-sha-256", "--channel-binding", "disable")
    assert (code, report["diagnosis"]["code"]) == (1, "auth-method-refused")
    assert (unbound.begun, unbound.heard) == (2, [b"", b""])


AZURE = {
    "The access token has expired. Acquire a new token and try again.": "entra-token-expired",
    "The access token has expired!": "entra-token-expired",
    "The access token does not have a valid audience claim. Please acquire a new token for the resource "
    '"https://ossrdbms-aad.database.windows.net".': "entra-wrong-audience",
    "The access token doesn't have a valid oid claim. Acquire a new token and try again": "entra-wrong-username",
    "The access token has invalid format": "entra-token-malformed",
    "An error occurred while validating the access token. Please acquire a new token and retry": (
        "entra-token-malformed"
    ),
    "Azure AD user token for role[app] is neither an AAD_AUTH_TOKENTYPE_APP_USER or an AAD_AUTH_TOKENTYPE_APP_OBO "
    "token.": "entra-wrong-username",
    'Microsoft Entra user token for role "app" is neither an AAD_AUTH_TOKENTYPE_APP_USER or an '
    "AAD_AUTH_TOKENTYPE_APP_OBO token.": "entra-wrong-username",
    "Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[app]": "entra-wrong-username",
    'Service principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role "app"': "entra-wrong-username",
    'role "App-Id" does not exist': "role-missing",
}
ANSWERS = [(text, "28000", code) for text, code in AZURE.items()]
ANSWERS += [
    ('password authentication failed for user "App-Id"', "28P01", "entra-wrong-username"),
    ("client sent partial pkt in startup phase", "08P01", "entra-token-malformed"),
]


@pytest.mark.parametrize(("text", "sqlstate", "code"), ANSWERS)
def test_azures_own_answers_to_a_token_become_their_codes(run: Any, text: str, sqlstate: str, code: str) -> None:
    token = forged.token(forged.IDENTITY | {"groups": ["g" * 5000]}, at=AT)
    front = Front(context(GENUINE), answer=error(sqlstate, text))
    exit_code, report = run(front, "--entra", secret=token)
    found = report["diagnosis"]
    assert (exit_code, found["code"], found["stage"]) == (1, code, "login")
    assert (found["evidence"]["sqlstate"], found["evidence"]["message"]) == (sqlstate, text)
    assert (found["evidence"]["user"], found["evidence"]["credential"]) == ("App-Id", "PGPASSWORD")
    assert front.heard == [b"", message(b"p", token.encode() + b"\0")]


@pytest.mark.parametrize(
    ("claims", "arguments", "code"),
    [
        ({"aud": "https://management.azure.com"}, [], "entra-wrong-audience"),
        ({"exp": 1000000000}, [], "entra-token-expired"),
        ({}, ["--user", "app-id"], "entra-wrong-username"),
    ],
)
def test_a_token_that_cannot_be_right_is_not_sent(
    run: Any, claims: dict[str, object], arguments: list[str], code: str
) -> None:
    front = Front(context(GENUINE))
    exit_code, report = run(front, "--entra", *arguments, secret=forged.token(forged.IDENTITY | claims, at=AT))
    assert (exit_code, report["diagnosis"]["code"], report["login"]) == (1, code, None)
    assert (report["stages"][-1]["name"], report["stages"][-1]["reason"]) == ("login", code)
    assert (front.begun, front.heard) == (1, [b""])


def test_what_is_no_token_is_not_sent(run: Any) -> None:
    front = Front(context(GENUINE))
    found = run(front, "--entra")[1]["diagnosis"]
    assert (found["code"], found["detail"].rpartition(": ")[2]) == (
        "entra-token-malformed",
        "it has one part where a signed token has three. It came from PGPASSWORD.",
    )
    assert (front.begun, front.heard) == (1, [b""])
