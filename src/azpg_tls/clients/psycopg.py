"""psycopg 2 and 3, which are libpq in Python, and what is built on them: SQLAlchemy, Django.

Sources: psycopg/generators.py, pq/__init__.py and psycopg_pool of psycopg 3.3; psycopg/pqpath.c of psycopg2 2.9;
sqlalchemy/pool/impl.py and dialects/postgresql of SQLAlchemy 2.0; django/db/backends/postgresql of Django 5.2.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.libpq_texts import REFUSED
from azpg_tls.clients.openssl import CLOSED, SHARED
from azpg_tls.clients.sign import likely, possible, sign

FIXES = {
    "tls-required": (
        ('psycopg.connect("host=HOST port=PORT sslmode=verify-full sslrootcert=ROOTS dbname=DB '
        'user=USER"); the same for '
        "psycopg2."),
    ),
    "unknown-issuer": (
        ('Name the roots: psycopg.connect(…, sslmode="verify-full", sslrootcert="ROOTS"); in Python, sslrootcert='
        "azpg_tls.where()."),
        ('Wheels (psycopg[binary], psycopg2-binary) bring their own OpenSSL: with '
        'sslrootcert="system" set SSL_CERT_FILE.'),
    ),
    "root-store-outdated": (
        ('Replace the file that sslrootcert names: sslrootcert="ROOTS", in Python azpg_tls.where(). '
        'It has DigiCert Global '
        "Root G2 and Microsoft RSA Root CA 2017."),
    ),
    "root-file-missing": (
        'Give the file: psycopg.connect(…, sslmode="verify-full", sslrootcert="ROOTS"); in Python, azpg_tls.where().',
        'With libpq 16 or later in the wheel sslrootcert="system" takes the system\'s roots.',
    ),
    "hostname-mismatch": (
        'Connect to a name that is in the certificate: host="SERVER"; the address, if need be, as hostaddr="ADDRESS".',
        "For Azure that is the server's own name (….postgres.database.azure.com), behind a private endpoint too.",
    ),
    "sslmode-invalid": (
        "sslmode takes disable, allow, prefer, require, verify-ca, verify-full; give the others libpq's names too.",
        "psycopg.pq.version() shows which libpq is used: sslnegotiation needs 17, require_auth 16, gssencmode 12.",
    ),
    "client-without-tls": (
        "pip install --upgrade 'psycopg[binary]' (or psycopg2-binary): its libpq has TLS.",
    ),
    "client-library-bug": (
        "pip install --upgrade 'psycopg[binary]' (or psycopg2-binary); its libpq knows SCRAM and TLS 1.3.",
        ("If it was built from source, rebuild it against the libpq and OpenSSL that are there now: pip install "
         "--force-reinstall --no-binary :all: psycopg2."),
    ),
    "fork-shared-connection": (
        "Connect after fork: in gunicorn's post_fork, uWSGI's lazy-apps, Celery's worker_process_init.",
        "SQLAlchemy, in the child: engine.dispose(close=False)",
        "Django, in the child: django.db.connections.close_all()",
        "One connection is for one thread at a time where transactions are concerned; use a pool.",
    ),
    "handshake-closed": (
        "psycopg's pool tests connections before use: ConnectionPool(…, check=ConnectionPool.check_connection)",
        "SQLAlchemy: create_engine(…, pool_pre_ping=True, pool_recycle=300)",
        'Django, beside ENGINE in DATABASES: "CONN_HEALTH_CHECKS": True',
        ("Keep idle ones open: keepalives=1, keepalives_idle=60; Azure's load balancers drop idle flows after four "
         "minutes."),
    ),
    "pool-timeout": (
        "Read the pool's log (logger psycopg.pool): it has the error of each attempt to connect.",
        "Return connections (with pool.connection() as conn), and raise max_size below the server's max_connections.",
    ),
    "gssenc-interference": ('psycopg.connect(…, gssencmode="disable"), or PGGSSENCMODE=disable.',),
    "client-certificate-required": ('psycopg.connect(…, sslcert="client.crt", sslkey="client.key").',),
    "alpn-mismatch": (
        ("Let the proxy allow ALPN postgresql (Traefik: tls.options alpnProtocols) or pass TLS through; wheels with "
         "libpq 17 always offer it."),
    ),
    "single-server-username-format": (
        'For Azure\'s retired single server user="USER@SERVER" (in a URL %40); flexible servers want user="USER".',
    ),
}  # fmt: skip

_POOL = (
    likely("pool-timeout", "No connection came free, or none could be made, in the time allowed."),
    possible("handshake-timeout", "New connections may hang in TLS or login."),
    possible("tcp-timeout", "The server may not be reachable: the pool hides why."),
)
_BUILD = (
    likely("client-library-bug", "The driver and the libpq or OpenSSL that it finds do not fit each other."),
    possible("client-without-tls", "The libpq that is there may be built without TLS."),
)
_SETTING = (likely("sslmode-invalid", "psycopg cannot use the connection string so."),)
_FORKED = (possible("fork-shared-connection", "A forked process may use, or have closed, its parent's connection."),)
_LOST = (*CLOSED, *_FORKED)

PSYCOPG = Client(
    "psycopg",
    "psycopg 2 and 3",
    marks=(
        r"\bpsycopg(?:2|3|_pool|_binary|_c)?\b",
        r"consuming input failed: ",
        r"connection is bad: ",
        r"no message from the libpq",
        r"couldn't get a connection after \d",
    ),
    over=("libpq",),
    signs=(
        sign(r"couldn't get a connection after \d", *_POOL),
        sign(r"pool initialization incomplete after", *_POOL),
        sign(r"the pool '[^']{1,80}' has already \d{1,9} requests waiting", *_POOL),
        sign(r"connection pool exhausted", *_POOL),
        sign(
            r"connection timeout expired",
            likely("tcp-timeout", "connect_timeout passed without an answer: a firewall drops the packets."),
            possible("handshake-timeout", "The server may have accepted and then said nothing."),
        ),
        sign(
            rf"psycopg2?\.(?:errors\.)?OperationalError\)?:? (?:connection failed: )?{REFUSED}",
            loopback.refused(loopback.without_host('psycopg.connect("host=SERVER port=5432 …"), or PGHOST')),
        ),
        sign(r"no message from the libpq", *SHARED),
        sign(r"SSL SYSCALL error: EOF detected", *_FORKED),
        sign(r"SSL connection has been closed unexpectedly", *_FORKED),
        sign(r"the connection is lost", *_LOST),
        sign(r"the connection is closed", *_LOST),
        sign(r"connection already closed", *_LOST),
        sign(r"cannot execute operations: the connection is in status", *_LOST),
        sign(r"no pq wrapper available", *_BUILD),
        sign(r"libpq library not found", *_BUILD),
        sign(r"DLL load failed while importing (?:_psycopg|pq)", *_BUILD),
        sign(r"Error loading psycopg2? (?:or psycopg )?module", *_BUILD),
        sign(r"bad value for connect_timeout", *_SETTING),
        sign(r"could not match \d{1,9} host names with \d{1,9} hostaddr values", *_SETTING),
        sign(r"cannot match \d{1,9} hosts with \d{1,9} port numbers", *_SETTING),
        sign(
            r"no host found after SRV RR lookup",
            likely("dns-failure", "The name has no SRV record that leads to a host."),
        ),
        sign(r"requested psycopg implementation '[^']{0,40}' unknown", *_BUILD),
        sign(
            r"the pool '[^']{1,80}' is (?:not open yet|already closed)",
            likely("pool-timeout", "The pool was not opened (open=True, pool.open()), or was closed before."),
        ),
        sign(
            r"No module named '?(?P<module>psycopg2?|_psycopg|psycopg2\._psycopg|psycopg_(?:c|binary|pool))\b",
            likely(
                "client-library-bug", "The Python that runs has no package {module}: another environment may have it."
            ),
        ),
        sign(r"the feature '[^']{1,120}' is not available: the client libpq version", *_BUILD),
    ),
    fixes=FIXES,
    aliases=("psycopg2", "psycopg3"),
)
