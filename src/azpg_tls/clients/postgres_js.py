"""postgres.js: how its texts look, what they mean, and its fixes."""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.node_postgres import ENDED, ENVIRONMENT, NAME
from azpg_tls.clients.sign import likely, possible, sign

POSTGRES_JS = Client(
    "postgres-js",
    "postgres.js",
    marks=(
        r"\bwrite (?:CONNECT_TIMEOUT|CONNECTION_(?:CLOSED|ENDED|DESTROYED))\b",
        r"node_modules[\\/](?:\.pnpm[\\/][^ ]{0,80})?postgres[\\/@]",
        *(rf"\b{name}\b" for name in ("porsager", "postgresjs")),
        r"\bpostgres\.js\b",
    ),
    over=("node-postgres",),
    signs=(
        sign(
            r"\bwrite CONNECT_TIMEOUT\b",
            likely("tcp-timeout", "No connection was there after connect_timeout: a firewall drops the packets."),
            likely("handshake-timeout", "The server may be reached, and TLS or the login hang."),
            possible("unknown-issuer", "On Cloudflare's workers a certificate that is not trusted ends so too."),
        ),
        sign(
            r"reading 'replace'\).{0,80}? queryError",
            likely(
                "client-library-bug", "The driver failed while it reported an error, which is lost: update postgres."
            ),
        ),
        sign(
            r"TLS Handshake Failed",
            likely("unknown-issuer", "Cloudflare's workers do not trust the server's certificate."),
            possible("hostname-mismatch", "It may be for another name."),
        ),
        sign(r"\bCONNECTION_CLOSED\b", *ENDED),
        sign(r"\bCONNECTION_DESTROYED\b", *ENDED),
        sign(
            r"\bwrite CONNECTION_ENDED\b",
            likely("closed-after-tls", "The program itself had ended this pool (sql.end()) before the query."),
        ),
        sign(
            r"AUTH_TYPE_NOT_IMPLEMENTED",
            likely("password-rejected", "The server asks for a way to log in that postgres.js does not have."),
            possible("client-library-bug", "A newer version may have it."),
        ),
        sign(
            r"SASL_SIGNATURE_MISMATCH",
            likely("password-rejected", "The server that answers does not know the password's verifier."),
            possible("channel-binding-mismatch", "Something between may have changed the login."),
        ),
    ),
    fixes={
        "tls-required": (
            (
                "Switch TLS on: `postgres(url, { ssl: { ca: fs.readFileSync('ROOTS', 'utf8') } })`, or ssl: "
                "'verify-full' with Node's own roots."
            ),
        ),
        "unknown-issuer": (
            "Give it the roots: `postgres(url, { ssl: { ca: fs.readFileSync('ROOTS', 'utf8') } })`.",
            ENVIRONMENT,
        ),
        "hostname-mismatch": (NAME, "Or `ssl: { ca: …, servername: 'CERTIFICATE_NAME' }`."),
        "tls-not-offered": (
            (
                "postgres.js does not stop at the server's N, it goes on with TLS: switch TLS on at the server, or "
                "leave `ssl` out for a server on this machine."
            ),
        ),
    },
    aliases=("porsager",),
)
