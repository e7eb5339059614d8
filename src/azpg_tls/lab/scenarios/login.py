"""Servers that are in order for a probe, and refuse whoever logs in. The chain is that of azure-g2-2025 throughout.

The texts about tokens are those of Azure's servers, in their newer and older wordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab import generations
from azpg_tls.lab.answers import IN_CLEAR, WITH_SCRAM, asks, context, error, postgres
from azpg_tls.lab.scenario import Setup, known

if TYPE_CHECKING:
    import datetime as dt

_REJECTED = 'password authentication failed for user "app"'


def entra_token_expired(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and find it expired."""
    return _refusing(at, "The access token has expired. Acquire a new token and try again.")


def entra_token_expired_in_old_words(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and find it expired, as older servers said it."""
    return _refusing(at, "The access token has expired!")


def entra_wrong_audience(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and find that it is for another service."""
    return _refusing(
        at,
        "The access token does not have a valid audience claim. Please acquire a new token for the resource "
        '"https://ossrdbms-aad.database.windows.net".',
    )


def entra_token_of_another_kind(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and miss the claim that a group's or principal's has."""
    return _refusing(at, "The access token doesn't have a valid oid claim. Acquire a new token and try again")


def entra_role_of_a_user(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and have a user's role for an application's token."""
    return _refusing(
        at,
        'Microsoft Entra user token for role "app" is neither an AAD_AUTH_TOKENTYPE_APP_USER or an '
        "AAD_AUTH_TOKENTYPE_APP_OBO token.",
    )


def entra_role_of_a_service(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and have a service's role for a user's token; in older words."""
    return _refusing(at, "Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[app]")


def entra_token_malformed(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and get something else."""
    return _refusing(at, "The access token has invalid format")


def entra_role_not_mapped(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and have a role of that name that is no Entra principal's."""
    return _refusing(at, _REJECTED, "28P01")


def role_missing(at: dt.datetime) -> Setup:
    """Ask for an Entra token, and have no role of that name."""
    return _refusing(at, 'role "app" does not exist')


def database_missing(at: dt.datetime) -> Setup:
    """Have no database of that name."""
    return _refusing(at, 'database "app" does not exist', "3D000", WITH_SCRAM)


def password_rejected(at: dt.datetime) -> Setup:
    """Refuse a password that is sent by SCRAM."""
    return _refusing(at, _REJECTED, "28P01", WITH_SCRAM)


def login_not_permitted(at: dt.datetime) -> Setup:
    """Refuse a role that may not log in."""
    return _refusing(at, 'role "app" is not permitted to log in', request=WITH_SCRAM)


def bound_elsewhere(at: dt.datetime) -> Setup:
    """Find the login bound to another TLS connection, as behind a proxy that ends TLS."""
    return _refusing(at, "SCRAM channel binding check failed", request=WITH_SCRAM)


def _refusing(at: dt.datetime, text: str, sqlstate: str = "28000", request: bytes = IN_CLEAR) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    behaviour = postgres(context(chain), asks(request, error(sqlstate, text)))
    return Setup(chain.root.certificate, behaviour, known=known(chain, "g2-2025"), refusal=text)
