"""SQLx in Rust, and SeaORM above it; and Diesel, which is libpq.

Sources: sqlx-core/src/error.rs, net/tls/{mod,tls_rustls,tls_native_tls}.rs, sqlx-postgres/src/connection/tls.rs and
options/ssl_mode.rs of SQLx 0.4 to 0.8; sea-orm/src/error.rs; diesel/src/result.rs.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_POOL = (
    likely("pool-timeout", "The pool gave no connection in time; the reason stands elsewhere."),
    likely("handshake-timeout", "New connections may not come about in time: SQLx tries again and drops the error."),
    possible("tcp-timeout", "A firewall may drop the attempts."),
)
_FILE = (
    likely("root-file-missing", "A file that sslrootcert, sslcert or sslkey names does not exist."),
    possible("dns-failure", "SQLx says the same of a socket that is not there."),
)

FIXES = {
    "client-without-tls": (
        'In Cargo.toml: sqlx = { version = "…", features = ["postgres", "tls-rustls", …] }, or tls-native-tls.',
    ),
    "client-library-bug": ("Report it: the program was built without SQLx's feature tls-rustls or tls-native-tls.",),
    "unknown-issuer": (
        (
            "postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS, or PgConnectOptions::ssl_mode("
            'PgSslMode::VerifyFull).ssl_root_cert("ROOTS").'
        ),
    ),
    "root-store-outdated": (
        "Give sslrootcert=ROOTS; tls-rustls has webpki-roots built in, tls-rustls-ring-native-roots the system's.",
    ),
    "missing-intermediate": ("Let the server send its intermediates: rustls fetches none.",),
    "hostname-mismatch": ("Connect by the name in the certificate; SQLx verifies the host of the URL.",),
    "certificate-not-strict": (
        (
            "Have the certificate issued anew (X.509 version 3, CA:FALSE, subjectAltName); until then build with "
            "tls-native-tls."
        ),
    ),
    "tls-required": (
        "Use ?sslmode=verify-full&sslrootcert=ROOTS, and build SQLx with tls-rustls: prefer is the default.",
    ),
    "tls-not-offered": ("Turn TLS on at the server; for one on the same machine: ?sslmode=disable.",),
    "sslmode-invalid": ("sslmode is one of disable, allow, prefer, require, verify-ca, verify-full.",),
    "root-file-missing": ("Give sslrootcert a full path that the process, or cargo sqlx, has: ROOTS.",),
    "pool-timeout": ("Open one PgConnection::connect() without the pool, and read its error.",),
}

_BAD_URL = (
    likely("sslmode-invalid", "SQLx cannot read DATABASE_URL: encode what is special in user and password."),
    possible("dns-failure", "Where a part of the password is read as the host, that name is unknown."),
)

SQLX = Client(
    "sqlx",
    "SQLx",
    marks=(
        r"\bsqlx\b",
        r"SQLx was built without TLS",
        r"error occurred while attempting to establish a TLS connection",
        r"error communicating with database",
        r"error returned from database: ",
        r"pool timed out while waiting for an open connection",
        r"\bPoolTimedOut\b",
        r"\bsea_orm\b",
        r"\bsea-orm\b",
        r"\bSqlxError\b",
    ),
    over=("rustls", "native-tls", "openssl"),
    signs=(
        sign(
            r"TLS upgrade required .{0,60}?built without TLS support",
            likely("client-without-tls", "The program was built without SQLx's TLS feature."),
            likely("client-library-bug", "If the program is not yours, it is its maker's to build it with TLS."),
        ),
        sign(
            r"server does not support TLS",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
            possible("client-library-bug", "Versions of some tools ask for TLS whatever their settings say."),
        ),
        sign(
            r"unexpected response from SSLRequest: (?P<byte>0x\w{2})",
            likely("not-postgres", "The server answered the SSLRequest with {byte}, neither S nor N."),
            possible("server-error-before-tls", "0x45 is E, an error in place of an answer."),
        ),
        sign(
            r"unknown value \"(?P<value>[^\"]{0,60})\" for `ssl_mode`",
            certain("sslmode-invalid", "SQLx knows no sslmode {value}."),
        ),
        sign(
            r"unknown value \"[^\"]{0,60}\" for `ssl_?negotiation`",
            certain("sslmode-invalid", "SQLx does not know that sslnegotiation."),
        ),
        sign(
            r"is incompatible with direct SSL negotiation",
            certain("sslmode-invalid", "sslnegotiation=direct wants sslmode require, verify-ca or verify-full."),
        ),
        sign(
            r"user auth key and certs must be given together",
            certain("sslmode-invalid", "One of sslcert and sslkey was given without the other."),
        ),
        sign(
            r"establish a TLS connection: Invalid certificate",
            certain("root-file-format", "The file that sslrootcert names has no readable certificate."),
        ),
        sign(
            r"no keys found pem file",
            certain("root-file-format", "The file that sslkey names has no private key in PEM."),
        ),
        sign(r"error with configuration: (?:relative URL|empty host|invalid )", *_BAD_URL),
        sign(r"\bConfiguration\((?:EmptyHost|RelativeUrl|Invalid\w+|ParseError)", *_BAD_URL),
        sign(
            r"unsupported (?:SASL authentication mechanisms|authentication method): ",
            likely("client-library-bug", "The server asks for a way to log in that SQLx does not have."),
            possible("password-rejected", "Kerberos (gss, sspi) may be asked for where a password was meant."),
        ),
        sign(r"establish a TLS connection: (?:No such file|The system cannot find the)", *_FILE),
        sign(r"error communicating with (?:the server|database): No such file or directory", *_FILE),
        sign(r"error communicating with (?:the server|database): The system cannot find the", *_FILE),
        sign(
            r"error communicating with (?:the server|database): Permission denied",
            likely("root-file-permissions", "A file that the settings name may not be read by this user."),
            possible("tcp-unreachable", "A sandbox may forbid the connection."),
        ),
        sign(
            r"expected to read \d{1,6} bytes, got 0 bytes at EOF",
            likely("handshake-closed", "The other side ended the connection without a word."),
            likely("closed-before-tls", "It may have ended it before TLS began: a firewall or pooler."),
            possible("closed-after-tls", "It may have ended it after TLS stood, before the login."),
        ),
        sign(r"timed out while waiting for an open connection", *_POOL),
        sign(r"\bPoolTimedOut\b", *_POOL),
        sign(r"Connection pool timed out", *_POOL),
    ),
    fixes=FIXES,
    aliases=("sea-orm",),
)

DIESEL = Client(
    "diesel",
    "Diesel",
    marks=(r"\bdiesel\b", r"\bBadConnection\("),
    over=("libpq",),
    fixes={
        "tls-required": ("DATABASE_URL=postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS",),
        "unknown-issuer": ("DATABASE_URL=postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS",),
        "root-file-missing": ("Add sslrootcert=ROOTS to DATABASE_URL, or put the file at ~/.postgresql/root.crt.",),
    },
)
