"""asyncpg, and what wraps it: SQLAlchemy's dialect, databases, Tortoise, Piccolo.

Sources: MagicStack/asyncpg asyncpg/connect_utils.py, protocol/protocol.pyx, protocol/coreproto.pyx, pool.py, 0.10 to
0.32; sqlalchemy/dialects/postgresql/asyncpg.py; tortoise/backends/asyncpg/client.py.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_SETTING = (
    likely("sslmode-invalid", "asyncpg does not know this setting, or this value of it."),
    possible("client-library-bug", "The tool passes on what another driver understands."),
)
_TIMEOUT = (
    likely("tcp-timeout", "asyncpg gave up before the connection was made: its timeout is 60 seconds for everything."),
    possible("handshake-timeout", "TCP may have been open, and the server or proxy silent."),
    possible("pool-timeout", "The program's loop may have been too busy, or the pool empty."),
)
_SOME_TIMEOUT = (
    possible("tcp-timeout", "Something was not done in time; if it was the connection, a firewall may drop it."),
    possible("handshake-timeout", "TCP may have been open, and the server or proxy silent."),
    possible("pool-timeout", "The program's loop may have been too busy, or the pool empty."),
)
_CLOSED = (
    likely("handshake-closed", "The server, or a pooler between, closed a connection that was open."),
    possible("closed-after-tls", "It may have been idle for too long, or the server restarted."),
    possible("closed-before-tls", "It may have been closed during the login."),
)
_NO_FILE = (
    likely("root-file-missing", "verify-ca and verify-full need a file of roots, and there is none at {file}."),
    possible("root-file-permissions", "It may be there, and not readable for this process."),
)

_NOT_SET = (likely("sslmode-invalid", "The setting is missing: user, database or host, or the variable with the URL."),)
_UNKNOWN_WORD = (likely("sslmode-invalid", "asyncpg does not know the word that this setting was given."),)
_UNREADABLE = (
    likely("sslmode-invalid", "The URI cannot be read: a character of the password is not percent-encoded."),
)
ASYNCPG = Client(
    "asyncpg",
    "asyncpg",
    marks=(
        r"\basyncpg\b",
        r"unexpected connection_lost\(\) call",
        r"rejected SSL upgrade",
        r"connection was closed in the middle of operation",
    ),
    over=("python-ssl",),
    signs=(
        sign(
            r"invalid DSN: scheme is expected to be either",
            likely("sslmode-invalid", "asyncpg takes postgres:// and postgresql://, not SQLAlchemy's +asyncpg."),
        ),
        sign(r"could not determine (?:user name|database name|the database address) to connect", *_NOT_SET),
        sign(r"target_session_attrs is expected to be one of", *_UNKNOWN_WORD),
        sign(r"gsslib parameter must be either", *_UNKNOWN_WORD),
        sign(r"could not match \d{1,9} port numbers to \d{1,9} hosts", *_UNREADABLE),
        sign(r"invalid IPv6 address in the connection URI", *_UNREADABLE),
        sign(
            r"rejected SSL upgrade",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
            possible(
                "too-many-connections", "asyncpg says the same of an error in answer, such as a server that is full."
            ),
            possible("server-error-before-tls", "The answer may have been another error."),
            possible("not-postgres", "What answered may not be PostgreSQL."),
        ),
        sign(
            r"server sent an error response during SSL exchange",
            likely(
                "server-error-before-tls", "The server answered the SSLRequest with an error; its log has the text."
            ),
            possible("too-many-connections", "A server that is full or out of memory does so."),
        ),
        sign(
            r"unexpected connection_lost\(\) call",
            likely("closed-before-tls", "The other side closed the connection between SSLRequest and its answer."),
            possible("handshake-closed", "A firewall or pooler between may have closed it."),
            possible("not-postgres", "What answered may not be PostgreSQL."),
        ),
        sign(
            r"connection was closed in the middle of operation",
            likely("handshake-closed", "The server, or a pooler between, closed a connection that was open."),
            possible("closed-after-tls", "It may have been idle for too long, or the server restarted."),
            possible("closed-before-tls", "It may have been closed during the login."),
        ),
        sign(
            r"root certificate file \"(?P<file>[^\"]{1,200})\" does not exist or cannot be accessed",
            *_NO_FILE,
        ),
        sign(
            r"cannot determine location of user PostgreSQL configuration directory",
            likely("root-file-missing", "HOME is not set, so that ~/.postgresql/root.crt leads nowhere."),
        ),
        sign(r"`?ssl(?:mode|negotiation)`? parameter must be one of", *_SETTING),
        sign(r"direct TLS requires sslmode=", *_SETTING),
        sign(
            r"connect\(\) got an unexpected keyword argument '(?:ssl|gss|channel_binding|target_session)\w*'", *_SETTING
        ),
        sign(r"(?:Unsupported|No such) TLS version: ", *_SETTING),
        sign(
            r"unsupported (?:SASL )?authentication methods? requested by the server",
            likely("client-library-bug", "This version of asyncpg does not know the method that the server asks for."),
            possible("channel-binding-mismatch", "The server may offer SCRAM with channel binding only."),
        ),
        sign(
            r"another operation is in progress",
            likely("fork-shared-connection", "Two tasks, or two processes after a fork, use one connection."),
        ),
        sign(
            r"attached to a different loop",
            likely("fork-shared-connection", "The connection was opened in another event loop or process."),
        ),
        sign(r"asyncpg.{0,400}?\b(?:asyncio\.(?:exceptions\.)?)?TimeoutError\b", *_TIMEOUT),
        sign(r"\bTimeoutError\b.{0,400}?asyncpg", *_TIMEOUT),
        sign(r"\basyncio\.(?:exceptions\.)?TimeoutError", *_SOME_TIMEOUT),
        sign(r"asyncpg.{0,400}?\bCancelledError\b", *_TIMEOUT),
        sign(r"(?:InterfaceError|ConnectionDoesNotExistError)\W{1,4}connection is closed", *_CLOSED),
        sign(
            r"TooManyConnectionsError",
            likely("too-many-connections", "The server or pooler takes no more connections."),
        ),
        sign(
            r"Can't establish connection to database",
            likely("database-missing", "Tortoise says so when the server knows no such database."),
            possible("tcp-refused", "The server may not be there."),
            possible("password-rejected", "The login may have failed."),
        ),
    ),
    fixes={
        "tls-required": (
            (
                'asyncpg.connect(…, ssl="verify-full") with the roots in sslrootcert of the DSN, or '
                "ssl=azpg_tls.ssl_context()."
            ),
            (
                'SQLAlchemy: create_async_engine(url, connect_args={"ssl": azpg_tls.ssl_context()}); the '
                "URL takes ssl=, not sslmode=."
            ),
        ),
        "sslmode-invalid": (
            "In a DSN for asyncpg itself: sslmode=verify-full&sslrootcert=ROOTS.",
            'In SQLAlchemy\'s URL the name is ssl=verify-full, or better connect_args={"ssl": azpg_tls.ssl_context()}.',
        ),
        "unknown-issuer": (
            'ssl=ssl.create_default_context(cafile="ROOTS"), or azpg_tls.ssl_context(); ssl=True takes the system\'s.',
            "In a DSN: sslmode=verify-full&sslrootcert=ROOTS.",
        ),
        "root-file-missing": ("sslmode=verify-full&sslrootcert=ROOTS in the DSN, or PGSSLROOTCERT=ROOTS.",),
        "tls-not-offered": ("Switch TLS on in the server (ssl = on), or name the host that has it.",),
        "client-without-tls": ("Update asyncpg, and pass ssl= to create_pool as well as to connect.",),
        "client-library-bug": ("Update asyncpg, and pass ssl= to create_pool as well as to connect.",),
        "client-certificate-required": ("sslcert= and sslkey= in the DSN, or load_cert_chain on the SSLContext.",),
        "handshake-closed": (
            (
                "Let the pool drop idle connections before the server or firewall does: "
                "create_pool(max_inactive_connection_lifetime=60), SQLAlchemy pool_pre_ping=True."
            ),
        ),
        "closed-after-tls": (
            (
                "Let the pool drop idle connections before the server or firewall does: "
                "create_pool(max_inactive_connection_lifetime=60), SQLAlchemy pool_pre_ping=True."
            ),
        ),
        "alpn-mismatch": ("asyncpg sends no ALPN over an SSLRequest; with direct TLS use 0.31 or later.",),
    },
)
