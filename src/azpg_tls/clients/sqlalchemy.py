"""SQLAlchemy: what it says itself; its drivers' texts stand in brackets behind "(psycopg2.OperationalError)".

Sources: sqlalchemy/pool/impl.py, engine/url.py, engine/create.py and dialects/postgresql of SQLAlchemy 1.4 and 2.0.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_OPTION = (
    likely("sslmode-invalid", "The driver in use does not know this option: asyncpg and pg8000 do not take libpq's."),
    possible("client-library-bug", "A library between may pass the URL's options on as they are."),
)

SQLALCHEMY = Client(
    "sqlalchemy",
    "SQLAlchemy",
    marks=(
        r"QueuePool limit of size",
        r"sqlalchemy\.exc\.(?:TimeoutError|ArgumentError|NoSuchModuleError)",
        r"Could not parse (?:SQLAlchemy|rfc1738) URL",
        r"sqlalchemy\.dialects:postgres",
    ),
    over=("psycopg",),
    signs=(
        sign(
            r"QueuePool limit of size \d{1,5} overflow -?\d{1,5} reached(?:, connection timed out)?",
            likely("pool-timeout", "All connections of the engine's pool were in use for the whole timeout."),
            possible("handshake-timeout", "New connections may hang in TLS or login."),
            possible("too-many-connections", "The server may have no more connections to give."),
        ),
        sign(
            r"Could not parse (?:SQLAlchemy|rfc1738) URL",
            likely("sslmode-invalid", "The URL cannot be read: a character of the password is not percent-encoded."),
        ),
        sign(
            r"Invalid argument\(s\) .{1,200}? sent to create_engine\(\)",
            likely("sslmode-invalid", "Options of the driver go into the URL or connect_args={…}."),
        ),
        sign(
            r"All (?:hosts|ports) are required to be present for asyncpg multiple host URL",
            likely("sslmode-invalid", "Each host of the URL needs its port."),
        ),
        sign(
            r"Expected string or URL object, got None",
            likely("sslmode-invalid", "No URL reached create_engine: the setting or its variable is missing."),
        ),
        sign(
            r"invalid literal for int\(\) with base 10: '[^']{0,200}@",
            likely("sslmode-invalid", "The URL cannot be read: a character of the password is not percent-encoded."),
        ),
        sign(
            r"got unsupported URI 'postgres://",
            likely("sslmode-invalid", "MLflow and SQLAlchemy want postgresql:// at the URL's beginning."),
        ),
        sign(
            r"Can't load plugin: sqlalchemy\.dialects:postgres(?![\w.])",
            likely("sslmode-invalid", "SQLAlchemy 1.4 and later want postgresql:// at the URL's beginning."),
            possible("client-library-bug", "A tool may pass a host's postgres:// on as it is."),
        ),
        sign(
            r"Can't load plugin: sqlalchemy\.dialects:(?P<dialect>postgres\w*(?:\.\w{1,30})?)",
            likely(
                "client-library-bug", "The SQLAlchemy that runs has no dialect {dialect}, or its package is not there."
            ),
            possible("sslmode-invalid", "The beginning of the URL may be misspelt."),
        ),
        sign(
            r"unexpected keyword argument '(?P<option>ssl_?mode|ssl_?root_?cert|ssl_?cert|ssl_?key|ssl|sslcrl|"
            r"channel_binding|gssencmode|sslnegotiation|target_session_attrs)'",
            *_OPTION,
        ),
        sign(
            r"\"(?P<option>sslmode|sslrootcert|sslcert|sslkey|channel_binding)\" is an invalid keyword argument",
            *_OPTION,
        ),
    ),
    fixes={
        "client-library-bug": ("pip install --upgrade sqlalchemy 'psycopg[binary]': postgresql+psycopg:// needs 2.0.",),
        "sslmode-invalid": (
            "postgresql+psycopg://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS takes libpq's options.",
            (
                'postgresql+asyncpg:// takes none of them: create_async_engine(url, connect_args={"ssl": '
                "azpg_tls.ssl_context()}), and no sslmode or channel_binding in the URL."
            ),
            'postgresql+pg8000://: connect_args={"ssl_context": azpg_tls.ssl_context()}.',
        ),
        "pool-timeout": (
            "Close sessions (with Session(engine) as session), and look for those that are held while waiting.",
            "create_engine(…, pool_size=…, max_overflow=…, pool_timeout=…), below the server's max_connections.",
        ),
    },
)
