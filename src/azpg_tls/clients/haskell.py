"""PostgREST, other users of hasql, and Hasura, which are libpq in Haskell with a pool before it.

Sources: docs.postgrest.org/en/stable/references/errors.html; hasura.io/docs (environment variables), pg-client.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_URI = ('In postgrest.conf: db-uri = "postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS".',)
_URL = ("HASURA_GRAPHQL_DATABASE_URL=postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS",)

POSTGREST = Client(
    "postgrest",
    "PostgREST",
    marks=(r"\bPGRST\d{3}\b", r"\bpostgrest\b", r"\bhasql\b"),
    over=("libpq",),
    signs=(
        sign(
            r"Timed out acquiring connection from connection pool",
            likely("pool-timeout", "The pool gave no connection within db-pool-acquisition-timeout."),
            possible("handshake-timeout", "New connections may not come about: see the lines before."),
        ),
        sign(
            r"\bAcquisitionTimeoutUsageError\b",
            likely("pool-timeout", "hasql-pool gave no connection in time."),
            possible("handshake-timeout", "New connections may not come about: see the lines before."),
        ),
    ),
    fixes={
        "tls-required": _URI,
        "unknown-issuer": _URI,
        "root-file-missing": _URI,
        "pool-timeout": (
            "See the lines before for a connection that failed; else raise db-pool, and db-pool-acquisition-timeout.",
        ),
    },
)

HASURA = Client(
    "hasura",
    "Hasura",
    marks=(r"\bhasura\b", r"pg-client", r"postgres connection error"),
    over=("libpq",),
    fixes={"tls-required": _URL, "unknown-issuer": _URL, "root-file-missing": _URL},
)
