"""What is wrong with a token, before any server is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from azpg_tls.catalogue import BY_CODE
from azpg_tls.jwt import LARGEST
from azpg_tls.report import Finding, Stage
from azpg_tls.rules.token import PGBOUNCER_LIMIT, Login, findings
from azpg_tls.secret import Secret
from tests.entra import forged

MANAGEMENT = {"aud": "https://management.azure.com/"}
GOVERNMENT = {"aud": "https://ossrdbms-aad.database.usgovcloudapi.net"}


def found(claims: dict[str, Any], user: str | None = None, *, later: float = 0, **login: Any) -> tuple[Finding, ...]:
    at = forged.AT + dt.timedelta(minutes=later)
    given: dict[str, Any] = {"cloud": "public", "at": at, "user": user} | login
    return findings(Secret(forged.token(claims)), Login(**given))


def codes(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity.value) for finding in found]


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        (forged.USER, None),
        (forged.USER, "Alice@contoso.com"),
        (forged.APPLICATION, "my app"),
        (forged.IDENTITY, "App-Id"),
        (forged.GUEST, "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com"),
        ({}, "whoever@it.is"),
    ],
)
def test_nothing_is_wrong(claims: dict[str, Any], user: str | None) -> None:
    assert found(claims, user) == ()


ERROR, WARNING = "error", "warning"
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, str]] = {
    "management": (
        MANAGEMENT, {}, "entra-wrong-audience", ERROR,
        ("The token is for Azure's management (az account get-access-token without a resource) "
        "(https://management.azure.com/); a server of the cloud 'public' takes tokens for "
        "https://ossrdbms-aad.database.windows.net alone."),
    ),
    "another cloud's": (
        GOVERNMENT, {}, "entra-wrong-audience", ERROR,
        ("The token is for PostgreSQL in the cloud 'usgov' (https://ossrdbms-aad.database.usgovcloudapi.net); a server "
        "of the cloud 'public' takes tokens for https://ossrdbms-aad.database.windows.net alone."),
    ),
    "an unknown service": (
        {"aud": "api://mine"}, {"cloud": "china"}, "entra-wrong-audience", ERROR,
        ("The token is for api://mine; a server of the cloud 'china' takes tokens for "
        "https://ossrdbms-aad.database.chinacloudapi.cn alone."),
    ),
    "nobody": (
        {"aud": None}, {}, "entra-wrong-audience", ERROR,
        ("The token does not say whom it is for; a server of the cloud 'public' takes tokens for "
        "https://ossrdbms-aad.database.windows.net alone."),
    ),
    "Graph": (
        forged.USER | {"aud": "00000003-0000-0000-c000-000000000000"}, {}, "entra-wrong-audience", ERROR,
        ("The token is for Microsoft Graph (00000003-0000-0000-c000-000000000000); a server of the cloud 'public' "
        "takes tokens for https://ossrdbms-aad.database.windows.net alone."),
    ),
    "Cosmos DB": (
        forged.USER | {"aud": "https://token.postgres.cosmos.azure.com"}, {}, "entra-wrong-audience", ERROR,
        ("The token is for Azure Cosmos DB for PostgreSQL (https://token.postgres.cosmos.azure.com); a server of the "
        "cloud 'public' takes tokens for https://ossrdbms-aad.database.windows.net alone."),
    ),
    "an ID token": (
        forged.COMMON | {"aud": forged.APP, "name": "Alice"}, {}, "entra-wrong-audience", ERROR,
        (f"The token is for {forged.APP}; a server of the cloud 'public' takes tokens for "
        "https://ossrdbms-aad.database.windows.net alone. It looks like an ID token, which says who signed in to an "
        "application, and is for no server."),
    ),
    "Azure AD B2C's": (
        forged.COMMON | {"aud": forged.APP, "iss": "https://c.b2clogin.com/v2.0/"}, {}, "entra-wrong-audience", ERROR,
        (f"The token is for {forged.APP}; a server of the cloud 'public' takes tokens for "
        "https://ossrdbms-aad.database.windows.net alone. It is Azure AD B2C's, whose users no server knows."),
    ),
    "a slash more": (
        {"aud": f"{forged.AUDIENCE}/"}, {}, "entra-wrong-audience", WARNING,
        ("The token's audience is https://ossrdbms-aad.database.windows.net/, another way to write "
        "https://ossrdbms-aad.database.windows.net; a server may refuse it."),
    ),
    "the application's id": (
        {"aud": "123cd850-d9df-40bd-94d5-c9f07b7fa203"}, {}, "entra-wrong-audience", WARNING,
        ("The token's audience is 123cd850-d9df-40bd-94d5-c9f07b7fa203, another way to write "
        "https://ossrdbms-aad.database.windows.net; a server may refuse it."),
    ),
    "expired": (
        {}, {"later": 61}, "entra-token-expired", ERROR,
        ("The token ended at 2026-11-24 13:00:00 UTC, 60 s ago by this machine's clock (2026-11-24 13:01:00 UTC). If "
        "it was acquired just now, the clock is wrong."),
    ),
    "expired to the second": (
        {}, {"later": 60}, "entra-token-expired", ERROR,
        ("The token ended at 2026-11-24 13:00:00 UTC, 0 s ago by this machine's clock (2026-11-24 13:00:00 UTC). If it "
        "was acquired just now, the clock is wrong."),
    ),
    "expired long ago": (
        {}, {"later": 60 * 26}, "entra-token-expired", ERROR,
        ("The token ended at 2026-11-24 13:00:00 UTC, 25 h ago by this machine's clock (2026-11-25 14:00:00 UTC). If "
        "it was acquired just now, the clock is wrong."),
    ),
    "ends soon": (
        {}, {"later": 57}, "entra-token-expired", WARNING,
        "The token ends at 2026-11-24 13:00:00 UTC, in 3 min; logins later than that fail.",
    ),
    "begins later": (
        {}, {"later": -15}, "entra-token-expired", WARNING,
        ("The token begins at 2026-11-24 11:55:00 UTC, 10 min from now by this machine's clock (2026-11-24 11:45:00 "
        "UTC): the clock is behind, and the token may end earlier than it seems."),
    ),
    "without an end": (
        {"exp": None}, {}, "entra-token-malformed", ERROR,
        "The token does not say until when it is valid (the claim exp), which every Entra token does.",
    ),
    "without an object id": (
        {"oid": None}, {}, "entra-token-malformed", ERROR,
        "The token does not say whose it is by an object id (the claim oid), without which a server refuses it.",
    ),
    "another case": (
        forged.USER, {"user": "alice@contoso.com"}, "entra-wrong-username", ERROR,
        ("The user name alice@contoso.com differs from the token's Alice@contoso.com in upper and lower case, which "
        "count."),
    ),
    "the client id": (
        forged.APPLICATION, {"user": forged.APP}, "entra-wrong-username", ERROR,
        f"The user name {forged.APP} is the client id of the token; PostgreSQL knows the principal by its name.",
    ),
    "the object id": (
        forged.USER, {"user": forged.OBJECT.upper()}, "entra-wrong-username", ERROR,
        (f"The user name {forged.OBJECT.upper()} is the object id of the token; PostgreSQL knows the principal by its "
        "name."),
    ),
    "a guest's address": (
        forged.GUEST, {"user": "bob@fabrikam.com"}, "entra-wrong-username", ERROR,
        ("The user name bob@fabrikam.com is a guest's own address; the role is named after it: "
        "bob_fabrikam.com#EXT#@TENANT.onmicrosoft.com."),
    ),
    "single server": (
        forged.USER, {"user": "Alice@contoso.com@myserver"}, "entra-wrong-username", ERROR,
        "The user name Alice@contoso.com@myserver has the form of Azure's retired single server, user@tenant@server.",
    ),
    "a group's name, perhaps": (
        forged.USER, {"user": "dba team"}, "entra-wrong-username", WARNING,
        ("The token is a user's, Alice@contoso.com; the user name dba team has to be a group that the principal is a "
        "member of, or a role mapped by object id."),
    ),
    "a role's name, perhaps": (
        forged.IDENTITY, {"user": "app"}, "entra-wrong-username", WARNING,
        "The token is a managed identity's, App-Id; the user name app has to be a role mapped by object id.",
    ),
    "a person's name": (
        forged.APPLICATION, {"user": "Alice@contoso.com"}, "entra-wrong-username", WARNING,
        ("The user name Alice@contoso.com looks like a person's, but the token is an application's: a role that was "
        "made for a user does not take it."),
    ),
    "a long name": (
        forged.APPLICATION, {"user": "x" * 64}, "entra-wrong-username", WARNING,
        f"The user name {'x' * 64} has 64 bytes; PostgreSQL cuts it to 63.",
    ),
    "another tenant": (
        forged.USER, {"tenant": "00000000-0000-0000-0000-000000000000"}, "entra-wrong-username", WARNING,
        (f"The token is of the tenant {forged.TENANT}, not of 00000000-0000-0000-0000-000000000000: a server knows its "
        "own tenant's names."),
    ),
    "too long for PgBouncer": (
        {"groups": ["x" * 4000]}, {"port": 6432}, "entra-token-malformed", WARNING,
        ("The token has 5979 characters; PgBouncer's buffer takes 4090 unless its pkt_buf was raised, and Azure's on "
        "port 6432 has refused long tokens."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("claims", "login", "code", "severity", "detail"), CASES.values(), ids=CASES)
def test_one_thing_is_wrong(
    claims: dict[str, Any], login: dict[str, Any], code: str, severity: str, detail: str
) -> None:
    (finding,) = found(claims, **login)
    assert (finding.code, finding.severity.value, finding.stage) == (code, severity, Stage.LOGIN)
    assert finding.detail == detail
    assert finding.title == BY_CODE[code].title
    assert finding.fix


def test_a_long_token_is_in_order_without_pgbouncer_and_a_short_one_with_it() -> None:
    assert found({"groups": ["x" * 4000]}) == ()
    assert found({"groups": ["x" * 100]}, port=6432) == ()
    assert PGBOUNCER_LIMIT == 4090


def test_errors_come_first() -> None:
    both = found(MANAGEMENT | forged.USER, "someone else", later=57)
    assert codes(both) == [
        ("entra-wrong-audience", ERROR),
        ("entra-token-expired", WARNING),
        ("entra-wrong-username", WARNING),
    ]


@pytest.mark.parametrize("text", ["hunter2-hunter2", "x" * (LARGEST + 1), ""])
def test_what_is_no_token_is_said_alone_and_not_repeated(text: str) -> None:
    (finding,) = findings(Secret(text), Login("public", forged.AT, "u"))
    assert (finding.code, finding.severity.value) == ("entra-token-malformed", ERROR)
    assert not text or text not in str(finding)


def test_a_hostile_token_is_made_harmless() -> None:
    evil = "\x1b[2J" + "a" * 5000
    (finding,) = found(forged.USER | {"aud": evil, "upn": evil})
    assert "\x1b" not in finding.detail
    assert len(finding.detail) < 2100
    assert len(str(finding.evidence["audience"])) < 300
