"""Bun.SQL, the client within Bun.

Sources: src/sql/postgres of Bun 1.2 to 1.4 (the ERR_POSTGRES_ codes), https://bun.com/docs/runtime/sql,
https://bun.com/reference/bun/SQL/TLSOptions
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_ROOTS = ("Give it the roots: `new SQL(url, { tls: Bun.file('ROOTS') })`; that selects verify-full.",)

BUN = Client(
    "bun-sql",
    "Bun.SQL",
    marks=(r"\bERR_POSTGRES_\w+", r"\bBun(?:\.SQL|\.sql| v\d)", r"\bbun:sql\b"),
    over=("postgres-js",),
    signs=(
        sign(
            r"ERR_POSTGRES_TLS_NOT_AVAILABLE",
            certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(r"Server does not support SSL(?!,)", likely("tls-not-offered", "The server has no TLS.")),
        sign(
            r"ERR_POSTGRES_TLS_UPGRADE_FAILED",
            likely("unknown-issuer", "TLS could not be set up; mostly the certificate is not trusted."),
            possible("hostname-mismatch", "The certificate may be for another name."),
            possible("handshake-rejected", "The server may have refused the handshake."),
        ),
        sign(
            r"ERR_POSTGRES_CONNECTION_CLOSED",
            likely("handshake-closed", "The other side ended the connection."),
            likely("closed-before-tls", "A firewall or pooler may have ended it early."),
            possible("tcp-refused", "Bun says so too if it could not connect."),
        ),
        sign(
            r"ERR_POSTGRES_CONNECTION_TIMEOUT",
            likely("tcp-timeout", "The server did not answer: a firewall drops the packets."),
            likely("handshake-timeout", "TLS or the login may hang."),
            possible("tls-not-offered", "With sslmode=prefer, Bun waits for ever after a server's N."),
        ),
        sign(
            r"ERR_POSTGRES_(?:IDLE|LIFETIME)_TIMEOUT",
            likely("closed-after-tls", "Bun itself ended the connection: idleTimeout or maxLifetime was over."),
        ),
        sign(
            r"ERR_POSTGRES_(?:SASL_SIGNATURE|INVALID_SERVER)_\w+",
            likely("password-rejected", "What answers does not know this role's password, or refused it."),
            possible("client-library-bug", "A pooler may speak SCRAM otherwise than Bun expects."),
        ),
        sign(
            r"ERR_POSTGRES_(?:INVALID_MESSAGE|UNEXPECTED_MESSAGE|EXPECTED_\w+)",
            likely("client-library-bug", "Bun did not understand what the server or pooler sent."),
            possible("not-postgres", "Another service may listen there."),
        ),
        sign(
            r"ERR_POSTGRES_AUTHENTICATION_FAILED",
            likely("password-rejected", "The password's proof could not be made or was refused."),
        ),
        sign(
            r"ERR_POSTGRES_(?:UNKNOWN|UNSUPPORTED)_AUTHENTICATION_METHOD",
            likely("client-library-bug", "The server asks for a way to log in that Bun does not have."),
            possible("password-rejected", "The role's password may have to be set anew, for SCRAM-SHA-256."),
        ),
    ),
    fixes={
        "unknown-issuer": _ROOTS,
        "root-store-outdated": _ROOTS,
        "self-signed": _ROOTS,
        "tls-required": ("Write sslmode=verify-full into the URL, or `new SQL(url, { tls: Bun.file('ROOTS') })`.",),
        "tls-not-offered": ("Switch TLS on at the server; `tls: 'prefer'` goes on without for a local database.",),
    },
    aliases=("bun",),
)
