"""What servers say: PostgreSQL, Azure's gateways and Entra ID, poolers; every client passes it on.

The server's words may be translated: SQLSTATE, pg_hba.conf and role names are not. Where a client shows the SQLSTATE it
is matched first. Sources: src/backend/libpq/auth.c, src/backend/utils/init/{miscinit,postinit}.c,
src/backend/tcop/backend_startup.c, src/backend/utils/errcodes.txt and src/backend/po of PostgreSQL.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import Clues, on_azure


def _pgbouncer(said: Clues) -> bool:
    return said.pgbouncer


_PLAIN = (
    certain("tls-required", "The server read a login in the clear and has no entry that allows one: it demands TLS."),
    possible("client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."),
    possible("client-library-bug", "Versions of some drivers and tools lose the TLS setting on the way."),
)
_DEMANDED = (
    certain("tls-required", "The server says that it takes connections with TLS only."),
    possible("client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."),
)
_FIREWALL = (
    certain(
        "no-pg-hba-entry",
        "TLS was in use; the server has no rule that lets this address, user and database in. On Azure that is the "
        "firewall.",
    ),
)
_WRONG_PASSWORD = (
    likely("password-rejected", "The server knows the method, and the password or token was not the right one."),
    possible("entra-wrong-username", "With a token: the user name must be that of the Entra ID principal.", on_azure),
    possible("single-server-username-format", "Azure's retired single server wanted user@server.", on_azure),
)

SERVER = Client(
    "server",
    "the server",
    signs=(
        sign(r"(?:no )?pg_hba\.conf.{0,300}?(?:no encryption|SSL off)\b", *_PLAIN),
        sign(r"rejects connection for host .{0,300}?(?:no encryption|SSL off)\b", *_PLAIN),
        sign(r"(?:no )?pg_hba\.conf.{0,300}?(?:SSL encryption|SSL on)\b", *_FIREWALL),
        sign(
            r"no pg_hba\.conf entry",
            likely("no-pg-hba-entry", "No rule of the server lets this address, user and database in."),
            likely("tls-required", "If the line ends in 'no encryption' or 'SSL off', the server demands TLS."),
        ),
        sign(r"SSL connection is required", *_DEMANDED),
        sign(r"SSL/TLS required", *_DEMANDED),
        sign(r"connection is insecure", *_DEMANDED),
        sign(
            r"password authentication failed for user \"(?P<user>[^\"]{1,63})\"",
            likely("password-rejected", "The server did not accept the password or token of {user}."),
            possible("entra-wrong-username", "With a token: {user} must be the Entra ID principal's name.", on_azure),
            possible("single-server-username-format", "Azure's retired single server wanted user@server.", on_azure),
        ),
        sign(r"\b28P01\b", *_WRONG_PASSWORD),
        sign(
            r"connection requires a valid client certificate",
            likely("client-certificate-required", "A pg_hba.conf entry demands a client certificate (clientcert)."),
            possible("client-library-bug", "Some drivers leave a certificate out that they were given."),
        ),
        sign(
            r"(?:remaining connection slots are reserved|sorry, too many clients already)",
            certain("too-many-connections", "Every connection that the server allows is in use."),
        ),
        sign(r"\b53300\b", certain("too-many-connections", "SQLSTATE 53300: too many connections.")),
        sign(
            r"the database system is (?:starting up|shutting down|in recovery mode|not (?:yet )?accepting connections)",
            certain("server-not-ready", "The server is starting, stopping or recovering."),
        ),
        sign(r"\b57P03\b", certain("server-not-ready", "SQLSTATE 57P03: cannot connect now.")),
        sign(r"role \"[^\"]{1,63}\" does not exist", certain("role-missing", "The server has no such role.")),
        sign(
            r"database \"(?P<name>[^\"]{1,80}\?[^\"]{0,80})\" does not exist",
            certain("sslmode-invalid", "Options of the URL became part of the database's name: {name}."),
        ),
        sign(r"database \"[^\"]{1,63}\" does not exist", certain("database-missing", "No such database.")),
        sign(
            r"does not have a valid audience claim",
            certain("entra-wrong-audience", "The token was issued for another resource than this server's."),
            possible("entra-token-expired", "An old token from a cache may have been sent."),
        ),
        sign(
            r"access token has expired",
            certain("entra-token-expired", "The token's life time is over."),
        ),
        sign(
            r"AAD_AUTH_TOKENTYPE_",
            certain(
                "entra-wrong-username",
                "The role is mapped to another kind of principal (user, group, service) than the token's.",
            ),
        ),
        sign(
            r"08P01: password authentication failed",
            likely("password-rejected", "PgBouncer passed on a refused login."),
            possible("entra-token-malformed", "Azure's PgBouncer refuses tokens that are too long.", _pgbouncer),
        ),
        sign(
            r"\bAADSTS\d{4,9}\b",
            certain("entra-sign-in-refused", "Entra ID's own error, before any server of PostgreSQL was asked."),
        ),
    ),
)
