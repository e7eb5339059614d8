"""What Azure's own parts say: the gateway of the retired single server, Microsoft Entra ID at login.

Sources: MicrosoftDocs/azure-databases-docs (how-to-connect-with-managed-identity, troubleshooting), reports of users;
old texts say "Azure AD" and put the role in brackets, newer ones say "Microsoft Entra" and quote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

if TYPE_CHECKING:
    from azpg_tls.clues import Clues

_COMMAND = "az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv"
_DEMANDED = (
    likely("tls-required", "The server says that it takes connections with TLS only."),
    possible("client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."),
    possible("client-library-bug", "Versions of some drivers and tools lose the TLS setting on the way."),
)
_OTHER_KIND = (
    certain(
        "entra-wrong-username",
        "The role is mapped to another kind of principal (user, group, service) than the token's: sign in as the "
        "principal that the role was created for, or use the role of the one that signed in.",
    ),
)
_EXPIRED = (
    certain("entra-token-expired", "The token's life time is over, commonly about an hour: get a new one to connect."),
)
_AUDIENCE = (
    possible("entra-token-expired", "A tool may have sent an old token from its cache."),
    possible("entra-token-malformed", "The token may be one of another kind, such as an ID token."),
)


def _pgbouncer(said: Clues) -> bool:
    return said.pgbouncer


AZURE_SERVICE = Client(
    "azure-service",
    "Azure Database for PostgreSQL",
    signs=(
        sign(
            r"The access token has expired",
            *_EXPIRED,
        ),
        sign(
            r"does(?:n't| not) have a valid audience claim.{0,120}?token\.postgres\.cosmos\.azure\.com",
            likely(
                "entra-wrong-audience",
                "This is Cosmos DB for PostgreSQL, whose tokens are for https://token.postgres.cosmos.azure.com.",
            ),
            *_AUDIENCE,
        ),
        sign(
            r"have a valid audience claim",
            likely(
                "entra-wrong-audience",
                "The token was issued for another resource than https://ossrdbms-aad.database.windows.net (China and "
                "US Government have one of their own).",
            ),
            *_AUDIENCE,
        ),
        sign(
            r"have a valid oid claim",
            likely("entra-wrong-username", "The token's principal is not the one of this role, or is in a group."),
            possible("entra-token-malformed", "The token may be one of another kind, without an object id."),
            possible("entra-wrong-audience", "It may have been issued for another resource."),
        ),
        sign(
            r"The access token (?:does(?:n't| not) have a valid|is missing|has invalid) (?:(?!audience|oid)\w+ )?claim",
            likely("entra-token-malformed", "A claim is missing from the token, or the server does not accept it."),
            possible("entra-wrong-audience", "The token may have been issued for another resource."),
            possible("entra-wrong-username", "The token's principal may not be the one of this role."),
        ),
        sign(
            r"The access token has (?:an )?invalid format",
            likely(
                "entra-token-malformed", "What came as the password is no whole token: cut off, quoted, or a password."
            ),
            possible("password-rejected", "A password was sent for a role that signs in with tokens."),
        ),
        sign(
            r"An error occurred while validating the access token",
            likely("entra-token-malformed", "What came as the password is no token that the server can check."),
            possible("password-rejected", "A password was sent for a role that signs in with tokens."),
            possible("entra-wrong-audience", "The token may have been issued for another resource."),
        ),
        sign(
            r"The access token (?:is not valid|is invalid|could not be validated|signature)",
            likely("entra-token-malformed", "The server could not check the token."),
            possible("entra-token-expired", "It may be an old one."),
            possible("entra-wrong-audience", "It may have been issued for another resource or cloud."),
        ),
        sign(
            r"Service Principal oid mismatch for role",
            likely(
                "entra-wrong-username",
                "The role is bound to another object id than the token's: the identity may have been made anew.",
            ),
        ),
        sign(r"AAD_AUTH_TOKENTYPE_", *_OTHER_KIND),
        sign(r"Service Principals cannot generate", *_OTHER_KIND),
        sign(r"(?:Azure AD|Microsoft Entra) user token for role", *_OTHER_KIND),
        sign(
            r"Could not validate AAD user",
            certain("entra-wrong-username", "No principal of this name is known in the server's tenant."),
        ),
        sign(
            r"Cannot validate Microsoft Entra ID user",
            certain(
                "entra-wrong-username", "The principal's name is not found, or not unique, in the server's tenant."
            ),
        ),
        sign(
            r"(?:Azure AD|Microsoft Entra)(?: ID)? (?:authentication )?is not (?:enabled|configured)",
            likely("password-rejected", "The server does not take tokens: Entra authentication is off."),
            possible("entra-wrong-username", "No Entra administrator may have been set."),
        ),
        sign(
            r"Invalid Username specified",
            certain(
                "single-server-username-format", "The gateway of a single server wants user@server as the user name."
            ),
        ),
        sign(
            r"The Username should be in",
            certain(
                "single-server-username-format", "The gateway of a single server wants user@server as the user name."
            ),
        ),
        sign(r"SSL connection is required\. Please specify SSL", *_DEMANDED),
        sign(
            r"TLS version used does not meet minimal requirements",
            certain("tls-version-unsupported", "The client's version of TLS is below the minimum set for this server."),
        ),
        sign(
            r"Client from Azure Virtual Networks is not allowed",
            likely("no-pg-hba-entry", "The client's virtual network has no rule or service endpoint for this server."),
        ),
        sign(
            r"is ?n[o']t configured to allow ipv6 connections",
            likely("no-pg-hba-entry", "A service endpoint of a virtual network gave the client an IPv6 address."),
        ),
        sign(
            r"08P01: password authentication failed",
            likely("password-rejected", "PgBouncer passed on a refused login."),
            possible("entra-token-malformed", "Azure's PgBouncer (port 6432) cuts or refuses long tokens."),
            possible("client-library-bug", "Azure's PgBouncer (port 6432) may not take what port 5432 takes."),
        ),
        sign(
            r"password too long",
            likely(
                "entra-token-malformed",
                "PgBouncer takes no password as long as this token; port 5432 does.",
                _pgbouncer,
            ),
            possible("password-rejected", "The password or token is longer than the pooler takes."),
        ),
    ),
    fixes={
        "entra-token-expired": (
            f"Get a new token for each new connection: PGPASSWORD=$({_COMMAND})",
            "In a pool, give the driver a function that returns the password, not the password.",
        ),
        "entra-wrong-audience": (
            f"Ask for the right resource: {_COMMAND}",
            (
                "In code, the scope is https://ossrdbms-aad.database.windows.net/.default; in China "
                "https://ossrdbms-aad.database.chinacloudapi.cn/.default, in US Government "
                "https://ossrdbms-aad.database.usgovcloudapi.net/.default."
            ),
            "Cosmos DB for PostgreSQL: az account get-access-token --resource https://token.postgres.cosmos.azure.com",
        ),
        "entra-token-malformed": (
            f"Send the access token whole, as the password and nothing around it: {_COMMAND}",
            "If the token is cut off: port 5432 instead of PgBouncer's 6432, a variable instead of the terminal.",
        ),
        "single-server-username-format": (
            "On a single server the user is user@server, written user%40server inside a URL.",
            "A flexible server wants the plain user name; single servers are retired.",
        ),
    },
)
