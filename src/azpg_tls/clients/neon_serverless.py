"""@neondatabase/serverless and @vercel/postgres: node-postgres over a WebSocket, or queries over HTTPS.

Sources: index.js of @neondatabase/serverless 0.4 to 1.2; dist/index-node.cjs of @vercel/postgres 0.10.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_OTHER_SERVER = (
    "This driver reaches Neon's own services only: for another server, or one on the same machine, take pg or postgres."
)

_SOCKET = (
    likely("client-library-bug", "The driver speaks over a WebSocket, which servers other than Neon's do not have."),
    possible("tcp-refused", "No proxy for WebSockets may listen there."),
    possible("not-postgres", "Another service may answer at that address."),
)
# The cause stands beside it, if it was printed: it is surer than these.
_FETCH = (
    possible("tcp-timeout", "The driver's request over HTTPS failed, mostly for want of an answer: see sourceError."),
    possible("dns-failure", "The host's name may have no address: a project that was deleted, or a wrong URL."),
    possible("tcp-refused", "A proxy or firewall may refuse HTTPS to that host."),
)
_URL = (likely("sslmode-invalid", "The connection string is missing, or is not of the kind that is wanted here."),)

NEON_SERVERLESS = Client(
    "neon-serverless",
    "Neon's serverless driver",
    marks=(
        r"@neondatabase[/\\]serverless",
        r"@vercel[/\\]postgres",
        r"\bNeonDbError\b",
        r"\bVercelPostgresError\b",
        r"\bneonConfig\b",
    ),
    over=("node-postgres",),
    signs=(
        sign(r"Error connecting to database: ", *_FETCH),
        sign(
            r"Server error \(HTTP status (?P<status>\d{3})\)",
            likely("server-not-ready", "Neon's proxy answered with HTTP status {status} and no error of PostgreSQL."),
            possible("password-rejected", "The user, the password or the database's name may be wrong."),
        ),
        sign(r"Error getting auth token", likely("password-rejected", "The function that gives the token failed.")),
        sign(
            r"All attempts to open a WebSocket to connect to the database failed",
            certain("client-library-bug", "This Node has no WebSocket: neonConfig.webSocketConstructor = ws."),
        ),
        sign(r"No WebSocket proxy is configured", *_SOCKET),
        sign(r"_closeCode: 1006", *_SOCKET),
        sign(r"_url: '?wss://[^' ]{1,80}", *_SOCKET),
        sign(
            r"you must set `neonConfig\.subtls`",
            likely("client-library-bug", "Without Neon's proxy TLS needs the subtls library, which is not there."),
        ),
        sign(r"No database connection string was provided", *_URL),
        sign(r"Database connection string format for `?neon\(\)`? should be", *_URL),
        sign(r"connection string provided to `?neon\(\)`? is not a valid URL", *_URL),
        sign(r"Wrong URL scheme or missing user, host or database in connection string", *_URL),
        sign(r"No database host or connection string was set, and key parameters have default values", *_URL),
        sign(r"VercelPostgresError\W{1,8}(?:missing|invalid|localhost)_connection", *_URL),
        sign(r"code: 'invalid_connection_(?:string|type)", *_URL),
    ),
    fixes={
        "sslmode-invalid": (
            "createPool and sql want the pooled URL (host with -pooler), createClient the direct one.",
            "See that the variable is set where the code runs: POSTGRES_URL, POSTGRES_URL_NON_POOLING or DATABASE_URL.",
        ),
        "client-library-bug": (
            "Node below 22: `import ws from 'ws'; neonConfig.webSocketConstructor = ws`.",
            _OTHER_SERVER,
        ),
        "tcp-timeout": ("Print error.sourceError.cause: it has the name and what failed.", _OTHER_SERVER),
    },
    aliases=("vercel-postgres", "neondatabase"),
)
