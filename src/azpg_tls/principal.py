"""Whose an Entra access token is, and under which name PostgreSQL knows it, with the doubts that remain.

Sources: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference,
https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users (role names),
https://learn.microsoft.com/azure/app-service/overview-managed-identity (names of deployment slots' identities).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NAME = 63  # bytes of a role's name that PostgreSQL keeps (NAMEDATALEN - 1)

_RESOURCE = re.compile(r"/providers/(?P<provider>[^/]+)/(?P<path>.+?)/?", re.IGNORECASE)
_USER_ASSIGNED = "userassignedidentities"
_OF_ACCOUNT = "live.com#"  # stands before the address of a personal Microsoft account


class Kind(StrEnum):
    """What a token's principal is, as far as the token says."""

    USER = "user"
    GUEST = "guest"
    APPLICATION = "application"
    MANAGED_IDENTITY = "managed identity"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Principal:
    """Whose a token is: *name* is the user name that PostgreSQL expects, None if the token does not tell it.

    *address* is a guest's own address; *groups* counts those that the token lists, None if it lists none, and
    *more_groups* says that there are more than it lists.
    """

    kind: Kind
    name: str | None
    tenant: str | None
    object_id: str | None
    app_id: str | None
    address: str | None
    resource: str | None
    groups: int | None
    more_groups: bool
    mfa: bool

    @property
    def human(self) -> bool:
        """Whether it is a person, so that the role has to be one of a user or a group."""
        return self.kind in (Kind.USER, Kind.GUEST)


@dataclass(frozen=True)
class Validity:
    """When a token was issued, and from when to when it is valid; None where it does not say."""

    issued: dt.datetime | None
    begins: dt.datetime | None
    ends: dt.datetime | None


def principal(claims: Mapping[str, object]) -> Principal:
    """Return whose the token with these *claims* is."""
    kind = _kind(claims)
    resource = text(claims, "xms_mirid")
    address = _address(claims) if kind is Kind.GUEST else None
    groups = claims.get("groups")
    overage = claims.get("_claim_names")
    amr = claims.get("amr")
    return Principal(
        kind,
        _name(kind, claims, resource),
        text(claims, "tid"),
        text(claims, "oid"),
        text(claims, "appid") or text(claims, "azp"),
        address,
        resource,
        len(groups) if isinstance(groups, list) else None,
        claims.get("hasgroups") in (True, "true") or (isinstance(overage, dict) and "groups" in overage),
        isinstance(amr, list) and "mfa" in amr,
    )


def validity(claims: Mapping[str, object]) -> Validity:
    """Return when the token with these *claims* is valid."""
    return Validity(_moment(claims, "iat"), _moment(claims, "nbf"), _moment(claims, "exp"))


def audiences(claims: Mapping[str, object]) -> tuple[str, ...]:
    """Return whom the token with these *claims* is for; nobody, if it does not say."""
    value = claims.get("aud")
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, str) and item)


def text(claims: Mapping[str, object], name: str) -> str | None:
    """Return the claim *name* if it is a text that is not empty."""
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def doubts(who: Principal) -> tuple[str, ...]:
    """Return what the token leaves open about the user name that PostgreSQL expects."""
    found = list(_DOUBTS[who.kind])
    if who.kind is Kind.GUEST and who.name is None:
        found.insert(
            0, f"A guest's role is named {guest_name(who.address)}; the token does not name that tenant's domain."
        )
    if who.name and len(who.name.encode()) > LONGEST_NAME:
        found.append(
            f"The name has {len(who.name.encode())} bytes; PostgreSQL cuts a role's name to {LONGEST_NAME}, which two "
            "long names may share. pgaadauth_create_principal_with_oid makes a role of another, shorter name."
        )
    if who.human and not who.mfa:
        found.append("A role that was created with isMfa = true needs the claim mfa, which this token has not.")
    if who.groups is not None or who.more_groups:
        found.append(
            "A member of a group may also log in under the group's name; the token names groups by object id only."
        )
    return tuple(found)


def guest_name(address: str | None) -> str:
    """Return how the directory of a TENANT names the guest with that *address*."""
    return f"{address.replace('@', '_') if address else 'name_domain'}#EXT#@TENANT.onmicrosoft.com"


_ROLE = "A role that pgaadauth_create_principal_with_oid made has the name that was given to it there."
_GUEST = (
    "The directory has the name, not the guest's own one: "
    "az ad user list --filter \"mail eq 'ADDRESS'\" --query [].userPrincipalName shows it."
)
_APPLICATION = (
    "An application's role has the display name of its service principal, which no access token holds: "
    "az ad sp show --id APP_ID --query displayName shows it."
)
_IDENTITY = (
    "The name is the last part of the Azure resource that the token names: upper and lower case may differ from the "
    "role's."
)
_DOUBTS: dict[Kind, tuple[str, ...]] = {
    Kind.USER: ("The name has to be written as in the tenant: upper and lower case count.", _ROLE),
    Kind.GUEST: (_GUEST, _ROLE),
    Kind.APPLICATION: (_APPLICATION, _ROLE),
    Kind.MANAGED_IDENTITY: (_IDENTITY, _ROLE),
    Kind.UNKNOWN: ("The token does not say whether it is a user's or an application's.",),
}


def _kind(claims: Mapping[str, object]) -> Kind:
    if text(claims, "xms_mirid"):
        return Kind.MANAGED_IDENTITY
    named = any(text(claims, name) for name in ("upn", "unique_name", "preferred_username"))
    if claims.get("idtyp") == "app" or (not named and _speaks_for_itself(claims)):
        return Kind.APPLICATION
    if not named and not text(claims, "scp") and claims.get("idtyp") != "user":
        return Kind.UNKNOWN
    return Kind.GUEST if _is_guest(claims) else Kind.USER


def _speaks_for_itself(claims: Mapping[str, object]) -> bool:
    """Whether an application that proved who it is asked for itself: nobody's rights were passed on to it."""
    app = text(claims, "appid") or text(claims, "azp")
    proved = str(claims.get("appidacr", claims.get("azpacr"))) in ("1", "2")
    return bool(app) and not text(claims, "scp") and (proved or text(claims, "oid") == text(claims, "sub"))


def _is_guest(claims: Mapping[str, object]) -> bool:
    if "#EXT#" in (text(claims, "upn") or "").upper():
        return True
    foreign = text(claims, "idp") not in (None, text(claims, "iss"))
    return str(claims.get("acct")) == "1" or (foreign and not text(claims, "upn"))


def _address(claims: Mapping[str, object]) -> str | None:
    named = text(claims, "email") or text(claims, "unique_name") or text(claims, "preferred_username")
    return named.removeprefix(_OF_ACCOUNT) if named else None


def _name(kind: Kind, claims: Mapping[str, object], resource: str | None) -> str | None:
    if kind is Kind.MANAGED_IDENTITY:
        return _identity_name(resource or "")
    if kind is Kind.USER:
        return text(claims, "upn") or text(claims, "preferred_username") or text(claims, "unique_name")
    upn = text(claims, "upn") or ""
    return upn if kind is Kind.GUEST and "#EXT#" in upn.upper() else None


def _identity_name(resource: str) -> str | None:
    """Return the identity's name by the id of its resource: the identity itself, or the machine or site that has it."""
    match = _RESOURCE.fullmatch(resource[resource.lower().rfind("/providers/") :]) if "/" in resource else None
    if match is None:
        return None
    parts = match["path"].split("/")
    if len(parts) == 2:
        return parts[1]
    # A slot's identity is called SITE/slots/SLOT.
    if len(parts) == 4 and parts[2].lower() == "slots":
        return f"{parts[1]}/slots/{parts[3]}"
    return parts[-1] if len(parts) % 2 == 0 else None


def _moment(claims: Mapping[str, object], name: str) -> dt.datetime | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
