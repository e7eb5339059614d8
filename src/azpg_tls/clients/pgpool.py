"""Pgpool-II: what it tells its clients and writes into its log.

Sources: pgpool/pgpool2 src/auth/pool_auth.c, pool_hba.c, auth-scram.c, src/utils/pool_ssl.c,
src/protocol/pool_connection_pool.c and child.c, 3.7 to 4.6; www.pgpool.net/docs.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_NO_POOL_PASSWD = (
    likely("password-rejected", "pool_passwd does not have this user, or not in the form that the method needs."),
    possible("role-missing", "The user may be misspelt."),
)
_BACKEND_LOGIN = (
    likely("password-rejected", "Pgpool-II could not log in to the server behind it in the user's name."),
    possible("no-pg-hba-entry", "The server behind it may have no rule that lets Pgpool-II's address in."),
    possible("tls-required", "The server behind it may demand TLS: ssl = on in pgpool.conf."),
)
_SOME_LOGIN = (possible("password-rejected", "Pgpool-II could not log in to the server behind it in the user's name."),)

PGPOOL = Client(
    "pgpool",
    "Pgpool-II",
    marks=(
        r"\bpgpool(?:-II|\.conf|2)?\b(?![.:\w-]*[@/])",
        r"\bpool_ssl\b",
        r"\bpool_hba\.conf\b",
        r"\bpool_passwd\b",
        r"see pgpool log for details",
    ),
    over=("openssl",),
    signs=(
        sign(
            r"no pool_hba\.conf entry for host (?:(?!pool_hba).){0,300}?SSL off",
            likely("tls-required", "The login came in the clear, and no rule of pool_hba.conf allows one."),
            possible("no-pg-hba-entry", "pool_hba.conf may have no rule for this address, user and database at all."),
            possible(
                "client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."
            ),
        ),
        sign(
            r"no pool_hba\.conf entry",
            likely("no-pg-hba-entry", "No rule of Pgpool-II's pool_hba.conf lets this address, user and database in."),
        ),
        sign(r"backend response with kind 'E' when expecting 'R'", *_BACKEND_LOGIN),
        sign(
            r"backend response with kind '.{0,4}?' when expecting 'R'",
            likely(
                "not-postgres", "What answered behind Pgpool-II is no PostgreSQL: a proxy or mesh that takes the port."
            ),
            possible("tls-required", "The server behind it may take TLS only: ssl = on in pgpool.conf."),
            possible("handshake-closed", "The connection to the server behind it may have been closed."),
        ),
        sign(r"pool_passwd file does not contain an entry for", *_NO_POOL_PASSWD),
        sign(r"unable to get password, password file descriptor is NULL", *_NO_POOL_PASSWD),
        sign(r"valid password not found", *_NO_POOL_PASSWD),
        sign(r"with pgpool failed for user", *_NO_POOL_PASSWD),
        sign(r"failed to authenticate with backend", *_BACKEND_LOGIN),
        sign(r"backend authentication failed", *_SOME_LOGIN),
        sign(r"authentication failed, backend node replied with an error", *_BACKEND_LOGIN),
        sign(
            r"SSL certificate authentication (?:required|for user .{1,90}? failed)",
            likely(
                "client-certificate-required", "A rule of pool_hba.conf (cert) demands the user's client certificate."
            ),
        ),
        sign(
            r"CERT authentication failed",
            likely(
                "client-certificate-required", "A rule of pool_hba.conf (cert) demands the user's client certificate."
            ),
        ),
        sign(
            r"failed to make persistent db connection",
            likely("tcp-refused", "Pgpool-II's health check could not connect to a server behind it."),
            possible("password-rejected", "health_check_user may be unable to log in."),
            possible("tcp-timeout", "The server may not be reachable."),
        ),
        sign(
            r"kind does not match between ma(?:in|ster)\(",
            possible(
                "no-pg-hba-entry", "One of the servers behind it answered otherwise: it may not let this login in."
            ),
            possible("password-rejected", "The servers behind it may hold different passwords or methods."),
            possible("tls-required", "One of them may demand TLS: ssl = on in pgpool.conf."),
        ),
        sign(
            r"all backend nodes are down",
            certain("server-not-ready", "Pgpool-II counts all servers behind it as down."),
        ),
        sign(
            r"failed to create a backend \d* ?connection",
            likely("tcp-refused", "Pgpool-II could not connect to a server behind it."),
            possible("tcp-timeout", "It may not be reachable."),
            possible("dns-failure", "Its name may not resolve."),
        ),
        sign(
            r"pool_ssl: .{0,40}?SSL_accept",
            likely("handshake-closed", "The TLS handshake with the client failed."),
            possible("unknown-issuer", "The client may not trust Pgpool-II's certificate."),
            possible("tls-version-unsupported", "They may have no version of TLS in common."),
        ),
        sign(
            r"pool_ssl: .{0,40}?SSL_connect",
            possible(
                "unknown-issuer", "The TLS handshake with the server failed: its root may be missing (ssl_ca_cert)."
            ),
            possible("handshake-closed", "The server may have ended it."),
            possible("tls-version-unsupported", "They may have no version of TLS in common."),
        ),
    ),
    fixes={
        "no-pg-hba-entry": ("Add a line for the address, user and database to pool_hba.conf; then pgpool reload.",),
        "tls-required": ("From clients: sslmode=require or better. Towards servers: ssl = on in pgpool.conf.",),
        "tls-not-offered": ("ssl = on, ssl_key and ssl_cert in pgpool.conf; then restart Pgpool-II.",),
        "unknown-issuer": ("ssl_ca_cert = ROOTS in pgpool.conf; for Azure, `azpg-tls bundle path` names the file.",),
        "password-rejected": (
            "Enter the user into pool_passwd: pg_enc -m -k ~/.pgpoolkey -u USER -p, then pgpool reload.",
        ),
    },
)
