"""What a bare SQLSTATE, or its name, says where the server's words are missing, cut off or in an unknown language.

Source: src/backend/utils/errcodes.txt of PostgreSQL; Erlang's drivers and asyncpg show the condition's name.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.server import WRONG_PASSWORD
from azpg_tls.clients.sign import likely, possible, sign

_REFUSED = (
    possible("tls-required", "The server may allow logins with TLS only."),
    possible("no-pg-hba-entry", "The server may have no rule for this address, user and database."),
    possible("role-missing", "The role may not exist, or may not log in."),
)

SQLSTATE = Client(
    "sqlstate",
    "the server",
    signs=(
        sign(r"\b28P01\b", *WRONG_PASSWORD),
        sign(r"\binvalid_password\b", *WRONG_PASSWORD),
        sign(r"\bInvalidPasswordError\b", *WRONG_PASSWORD),
        sign(r"(?<![\w.:>-])53300(?![\w>-])", likely("too-many-connections", "SQLSTATE 53300: too many connections.")),
        sign(r"\btoo_many_connections\b", likely("too-many-connections", "The server takes no more connections.")),
        sign(r"\b57P03\b", likely("server-not-ready", "SQLSTATE 57P03: cannot connect now.")),
        sign(r"\bcannot_connect_now\b", likely("server-not-ready", "The server says that it cannot connect now.")),
        sign(r"\bCannotConnectNowError\b", likely("server-not-ready", "The server says that it cannot connect now.")),
        sign(r"\b3D000\b", likely("database-missing", "SQLSTATE 3D000: no such database.")),
        sign(r"\binvalid_catalog_name\b", likely("database-missing", "The server has no such database.")),
        sign(r"\bInvalidCatalogNameError\b", likely("database-missing", "The server has no such database.")),
        sign(r"\bInvalidAuthorizationSpecificationError\b", *_REFUSED),
        sign(
            r"\binvalid_authorization_specification\b",
            possible(
                "tls-required", "SQLSTATE 28000 without its text: mostly a login in the clear where TLS is demanded."
            ),
            *_REFUSED[1:],
        ),
        sign(r"(?<![\w.:>-])28000(?![\w>-])", *_REFUSED),
    ),
)
