"""What is wrong with an Entra access token, as far as can be said before a server is asked.

The pages of the codes are in `azpg_tls.pages.entra`. A finding is an error where no server of the cloud can accept the
token with that user name, as far as is known, and a warning where only the server knows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls import jwt
from azpg_tls.azure import CLOUDS, PGBOUNCER_PORT
from azpg_tls.pages.entra import ENTRA
from azpg_tls.principal import LONGEST_NAME, Kind, Principal, audiences, doubts, guest_name, principal, text, validity
from azpg_tls.render.escape import visible
from azpg_tls.report import Finding, Severity, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from azpg_tls.secret import Secret

# Bytes of a token that fit into PgBouncer's buffer for packets: pkt_buf, 4096 by default, without the message's
# type, length and NUL (https://www.pgbouncer.org/config.html, https://github.com/pgbouncer/pgbouncer/issues/874).
PGBOUNCER_LIMIT = 4096 - 6

SOON = dt.timedelta(minutes=5)  # azure-identity asks for a new token this long before the old one ends
SKEW = dt.timedelta(minutes=5)  # clocks that are further apart are wrong ones (RFC 7519 section 4.1.4: a few minutes)

# Other services' tokens that are sent by mistake, by their claim aud.
SERVICES = {
    "https://management.azure.com": "Azure's management (az account get-access-token without a resource)",
    "https://management.core.windows.net": "Azure's management (az account get-access-token without a resource)",
    "https://management.usgovcloudapi.net": "the management of Azure for the US government",
    "https://management.core.usgovcloudapi.net": "the management of Azure for the US government",
    "https://management.chinacloudapi.cn": "the management of Azure in China",
    "https://management.core.chinacloudapi.cn": "the management of Azure in China",
    "https://graph.microsoft.com": "Microsoft Graph",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "https://database.windows.net": "Azure SQL Database",
    "https://vault.azure.net": "Azure Key Vault",
    "https://storage.azure.com": "Azure Storage",
    "api://AzureADTokenExchange": "the exchange for an Entra token (a Kubernetes service account's)",
    "https://token.postgres.cosmos.azure.com": "Azure Cosmos DB for PostgreSQL",
}
# The application that the audience of the public cloud is one name of, as tokens of version 2.0 name it.
_BY_ID = "123cd850-d9df-40bd-94d5-c9f07b7fa203"


@dataclass(frozen=True)
class Login:
    """What a token is to be used for: a server of *cloud*, at the moment *at*, as *user* if that is known.

    *port* tells whether PgBouncer is in between; *tenant* is the tenant's id, where a particular one is meant.
    """

    cloud: str
    at: dt.datetime
    user: str | None = None
    port: int = 5432
    tenant: str | None = None


def findings(token: Secret, login: Login) -> tuple[Finding, ...]:
    """Return what is wrong with *token* for *login*, errors first; nothing of the token but its claims is in them."""
    read = jwt.read(token.reveal())
    if isinstance(read, jwt.Malformed):
        return (_malformed(read),)
    found = [
        *_audience(read, login),
        *_validity(read, login),
        *_object(read),
        *_user(read, login),
        *_length(read, login),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def nameless(who: Principal) -> Finding:
    """Return the finding that nobody named a user, and the token of *who* does not either.

    An application's name is in no token, and a guest's seldom.
    """
    kind = "someone unknown" if who.kind is Kind.UNKNOWN else f"{_article(who)} {who.kind.value}"
    detail = f"No user was named, and the token, {kind}'s, does not tell the user name that PostgreSQL expects."
    evidence = {"user": None, "kind": who.kind.value, "object_id": who.object_id, "app_id": who.app_id}
    return _finding("entra-wrong-username", Severity.ERROR, detail, evidence, ("Name it: --user NAME", *doubts(who)))


def _finding(
    code: str, severity: Severity, detail: str, evidence: Mapping[str, object], fix: tuple[str, ...] = ()
) -> Finding:
    page = ENTRA[code]
    shown = {name: visible(value) if isinstance(value, str) else value for name, value in evidence.items()}
    return Finding(code, severity, Stage.LOGIN, page.title, visible(detail, 2000), shown, fix or page.fixes)


def _malformed(read: jwt.Malformed) -> Finding:
    detail = f"This is not an Entra access token: {read.reason}."
    return _finding("entra-token-malformed", Severity.ERROR, detail, {"reason": read.reason, "length": read.length})


def _audience(read: jwt.Jwt, login: Login) -> Iterator[Finding]:
    wanted = CLOUDS[login.cloud].audience
    found = audiences(read.claims)
    if wanted in found:
        return
    evidence = {"audience": ", ".join(found) or None, "expected": wanted, "cloud": login.cloud}
    near = {item.rstrip("/") for item in found}
    if wanted in near or (login.cloud == "public" and _BY_ID in near):
        said = f"The token's audience is {found[0]}, another way to write {wanted}; a server may refuse it."
        yield _finding("entra-wrong-audience", Severity.WARNING, said, evidence, (_ask(login.cloud),))
        return
    whose = f"The token is for {_service(found)}" if found else "The token does not say whom it is for"
    detail = f"{whose}; a server of the cloud '{login.cloud}' takes tokens for {wanted} alone.{_nature(read.claims)}"
    yield _finding("entra-wrong-audience", Severity.ERROR, detail, evidence, (_ask(login.cloud),))


def _ask(cloud: str) -> str:
    facts = CLOUDS[cloud]
    return f"ask {facts.authority} for the scope {facts.scope}: azpg-tls token --cloud {cloud}"


def _nature(claims: Mapping[str, object]) -> str:
    """Return what the token is instead of an access token for a server, "" if nothing says that it is not one."""
    if "b2clogin.com" in (text(claims, "iss") or "") or text(claims, "tfp"):
        return " It is Azure AD B2C's, whose users no server knows."
    # An access token names the application that it was given to, and what it may do.
    if text(claims, "sub") and not any(claims.get(name) for name in ("appid", "azp", "scp", "roles")):
        return " It looks like an ID token, which says who signed in to an application, and is for no server."
    return ""


def _service(found: tuple[str, ...]) -> str:
    audience = found[0].rstrip("/")
    clouds = {cloud.audience: f"PostgreSQL in the cloud '{cloud.name}'" for cloud in CLOUDS.values()}
    name = (SERVICES | clouds).get(audience)
    return f"{name} ({found[0]})" if name else found[0]


def _validity(read: jwt.Jwt, login: Login) -> Iterator[Finding]:
    valid = validity(read.claims)
    evidence = {
        "begins": valid.begins.isoformat() if valid.begins else None,
        "ends": valid.ends.isoformat() if valid.ends else None,
        "now": login.at.isoformat(),
    }
    if valid.ends is None:
        said = "The token does not say until when it is valid (the claim exp), which every Entra token does."
        yield _finding("entra-token-malformed", Severity.ERROR, said, {"claim": "exp", "length": read.length})
    elif valid.ends <= login.at:
        detail = (
            f"The token ended at {_moment(valid.ends)}, {_span(login.at - valid.ends)} ago by this machine's clock "
            f"({_moment(login.at)}). If it was acquired just now, the clock is wrong."
        )
        yield _finding("entra-token-expired", Severity.ERROR, detail, evidence)
    elif valid.begins and valid.begins - login.at > SKEW:
        detail = (
            f"The token begins at {_moment(valid.begins)}, {_span(valid.begins - login.at)} from now by this machine's "
            f"clock ({_moment(login.at)}): the clock is behind, and the token may end earlier than it seems."
        )
        yield _finding("entra-token-expired", Severity.WARNING, detail, evidence, ("set the clock: timedatectl",))
    elif valid.ends - login.at < SOON:
        detail = (
            f"The token ends at {_moment(valid.ends)}, in {_span(valid.ends - login.at)}; logins later than that fail."
        )
        yield _finding("entra-token-expired", Severity.WARNING, detail, evidence)


def _object(read: jwt.Jwt) -> Iterator[Finding]:
    if text(read.claims, "oid") is None:
        said = "The token does not say whose it is by an object id (the claim oid), without which a server refuses it."
        yield _finding("entra-token-malformed", Severity.ERROR, said, {"claim": "oid", "length": read.length})


def _length(read: jwt.Jwt, login: Login) -> Iterator[Finding]:
    if login.port == PGBOUNCER_PORT and read.length > PGBOUNCER_LIMIT:
        detail = (
            f"The token has {read.length} characters; PgBouncer's buffer takes {PGBOUNCER_LIMIT} unless its pkt_buf "
            f"was raised, and Azure's on port {PGBOUNCER_PORT} has refused long tokens."
        )
        evidence = {"length": read.length, "limit": PGBOUNCER_LIMIT, "port": login.port}
        fix = (
            "Connect to port 5432, without PgBouncer",
            "Use a managed identity, or a user in fewer groups: the token is shorter",
        )
        yield _finding("entra-token-malformed", Severity.WARNING, detail, evidence, fix)


def _user(read: jwt.Jwt, login: Login) -> Iterator[Finding]:
    who = principal(read.claims)
    evidence = {
        "user": login.user,
        "expected": who.name,
        "kind": who.kind.value,
        "object_id": who.object_id,
        "app_id": who.app_id,
        "tenant": who.tenant,
    }
    if login.tenant and who.tenant and login.tenant.lower() != who.tenant.lower():
        said = f"The token is of the tenant {who.tenant}, not of {login.tenant}: a server knows its own tenant's names."
        yield _finding("entra-wrong-username", Severity.WARNING, said, evidence | {"expected_tenant": login.tenant})
    if login.user is None or login.user == who.name:
        return
    if mistake := _mistake(login.user, who):
        yield _finding("entra-wrong-username", Severity.ERROR, mistake, evidence, _as(who))
    elif doubt := _doubt(login.user, who):
        yield _finding("entra-wrong-username", Severity.WARNING, doubt, evidence, _as(who))


def _as(who: Principal) -> tuple[str, ...]:
    return (f"Log in as {who.name}", *ENTRA["entra-wrong-username"].fixes) if who.name else ()


def _mistake(user: str, who: Principal) -> str:
    """Return what is known to be wrong about *user*, "" if nothing is."""
    if who.name and user.lower() == who.name.lower():
        return f"The user name {user} differs from the token's {who.name} in upper and lower case, which count."
    for what, identifier in (
        ("the client id", who.app_id),
        ("the object id", who.object_id),
        ("the tenant", who.tenant),
    ):
        if identifier and user.lower() == identifier.lower():
            return f"The user name {user} is {what} of the token; PostgreSQL knows the principal by its name."
    if who.address and user.lower() == who.address.lower():
        return f"The user name {user} is a guest's own address; the role is named after it: {guest_name(user)}."
    if user.count("@") == 2 and "#EXT#" not in user.upper():
        return f"The user name {user} has the form of Azure's retired single server, user@tenant@server."
    return ""


def _doubt(user: str, who: Principal) -> str:
    """Return why *user* may be wrong, "" if there is no sign of it."""
    kind = f"{_article(who)} {who.kind.value}"
    if not who.human and who.kind is not Kind.UNKNOWN and "@" in user:
        return (
            f"The user name {user} looks like a person's, but the token is {kind}'s: a role that was made for a user "
            "does not take it."
        )
    if who.name:
        group = "a group that the principal is a member of, or " if who.human or who.groups else ""
        return f"The token is {kind}'s, {who.name}; the user name {user} has to be {group}a role mapped by object id."
    if len(user.encode()) > LONGEST_NAME:
        return f"The user name {user} has {len(user.encode())} bytes; PostgreSQL cuts it to {LONGEST_NAME}."
    return ""


def _article(who: Principal) -> str:
    return "an" if who.kind is Kind.APPLICATION else "a"


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _span(span: dt.timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 2:
        return f"{int(span.total_seconds())} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
