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
# The first answer to the startup packet: no password was sent yet (pool_do_auth in pool_auth.c).
_BACKEND_REFUSES = (
    likely("no-pg-hba-entry", "The server behind it may have no rule that lets Pgpool-II's address in."),
    likely("tls-required", "The server behind it may demand TLS: ssl = on in pgpool.conf."),
    possible("client-certificate-required", "Its rule may ask for a certificate, which Pgpool-II does not send."),
    possible("too-many-connections", "The server may have no connection left, or be starting up."),
    possible("password-rejected", "With trust towards Pgpool-II, the login behind it may still be refused."),
)
_SOME_LOGIN = (possible("password-rejected", "Pgpool-II could not log in to the server behind it in the user's name."),)

_GONE = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-after-tls", "A client that goes away without a farewell, or a health check, looks so."),
    possible("closed-before-tls", "It may have been ended before TLS began."),
)

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
        # pool_ssl.c, towards the server
        sign(
            r"negotiate a secure connection, unhandled response: E\b",
            likely("server-error-before-tls", "The server answered the SSLRequest with an error, not with S or N."),
            likely("server-not-ready", "A server that is starting up, or has no process left, answers so."),
            possible("too-many-connections", "It may have no connection left."),
        ),
        sign(
            r"negotiate a secure connection, unhandled response: (?!E\b)",
            likely("not-postgres", "What answered the SSLRequest behind Pgpool-II is no PostgreSQL."),
        ),
        sign(
            r"negotiate a secure connection, pool_read failed",
            likely("closed-before-tls", "The server, or a proxy before it, hung up in place of an answer."),
            possible("handshake-timeout", "It may not have answered in time."),
        ),
        # pool_connection_pool.c
        sign(
            r'failed to connect to PostgreSQL server on "[^"]{1,260}", timed out',
            likely("tcp-timeout", "The server behind Pgpool-II did not answer within connect_timeout."),
        ),
        sign(
            r'failed to connect to PostgreSQL server on "[^"]{1,260}".{0,60}?health check timer expired',
            likely("tcp-timeout", "The server behind Pgpool-II did not answer within health_check_timeout."),
        ),
        sign(
            r'failed to connect to PostgreSQL server on "[^"]{1,260}", getsockopt\(\) failed',
            likely("tcp-refused", "The connection to the server behind it did not come about: it may not run yet."),
            possible("tcp-timeout", "A firewall may drop what Pgpool-II sends."),
            possible("tcp-unreachable", "There may be no route to it."),
        ),
        sign(
            r"failed to connect to PostgreSQL server, getaddrinfo\(\) failed",
            likely("dns-failure", "backend_hostname has a name that does not resolve where Pgpool-II runs."),
        ),
        sign(
            r"failed to connect to PostgreSQL server by unix domain socket",
            likely("tcp-refused", "backend_hostname is a directory, and no server's socket is in it."),
        ),
        # pool_stream.c: a connection that was there
        sign(r"unable to read data from (?:frontend|DB node)", *_GONE),
        sign(r"socket read failed with (?:an )?error \"Success\"", *_GONE),
        sign(r"EOF encountered with (?:backend|frontend)", *_GONE),
        sign(r"ssl (?:read|write): EOF detected", *_GONE),
        sign(r"pool_ssl: .{0,40}?SSL_(?:read|write)", *_GONE),
        sign(
            r"pool_ssl: .{0,4}?Loading SSL (?:certificate|private key)",
            likely("root-file-missing", "ssl_cert or ssl_key of pgpool.conf names no file, or a relative path."),
            possible("root-file-permissions", "Pgpool-II's user may not be allowed to read it."),
            possible("root-file-format", "It may hold no certificate or key in PEM."),
        ),
        sign(
            r"pool_ssl: .{0,4}?SSL verification setup",
            likely("root-file-missing", "ssl_ca_cert or ssl_ca_cert_dir of pgpool.conf names no usable roots."),
            possible("root-file-format", "The file may hold no certificate in PEM."),
        ),
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
        sign(r"backend response with kind 'E' when expecting 'R'", *_BACKEND_REFUSES),
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
