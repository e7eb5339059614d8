"""pgloader 3, which is Common Lisp: cl-postgres over cl+ssl, with OpenSSL's words.

Sources: cl-postgres/protocol.lisp of Postmodern, src/conditions.lisp of cl+ssl ("SSL verify error: NUMBER NAME"),
src/parsers/command-dbname.lisp and src/pgsql/connection.lisp of pgloader.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import likely, possible, sign
from azpg_tls.clients.verification import UNTRUSTED

_LIBRARY = (
    likely("client-library-bug", "pgloader's build does not find the OpenSSL functions that it needs."),
    possible("client-without-tls", "No OpenSSL may be installed that it can load."),
)
_TOO_OLD = (
    likely("client-library-bug", "pgloader before 3.6.3 does not know the server's login: 10 is SCRAM."),
    possible("password-rejected", "The server may ask for a kind of login that it should not ask for."),
)
_URI = (
    likely("sslmode-invalid", "pgloader 3 reads sslmode=disable, allow, prefer or require alone, not verify-full."),
    possible("single-server-username-format", "A user with @ has to be written in another way in the URL."),
)

PGLOADER = Client(
    "pgloader",
    "pgloader",
    marks=(r"\bpgloader\b", r"\bKABOOM!", r"Failed to connect to pgsql at"),
    over=("openssl",),
    signs=(
        sign(r"SSL verify error: \d{1,3}\b(?! X509)", *UNTRUSTED),
        sign(r"fell through ECASE expression", *_TOO_OLD),
        sign(r"The alien function \"\w{1,60}\" is undefined", *_LIBRARY),
        sign(r"Unable to load (?:any of the alternatives|foreign library).{0,200}?(?:ssl|crypto)", *_LIBRARY),
        sign(r"While parsing DSN-OPTION-SSL", *_URI),
        sign(r"In context DSN-OPTION-SSL", *_URI),
        sign(r"Failed to parse .{1,300}? as a PostgreSQL database URI", *_URI),
        sign(r"Server does not support SSL encryption", likely("tls-not-offered", "The server answered N.")),
        sign(r"CL\+SSL is not loaded", likely("client-without-tls", "This build has no TLS.")),
        sign(r"An unexpected EOF was observed on handle", *CLOSED),
        sign(r"The TLS/SSL connection on handle \S{1,60}(?: \S{1,40})? has been closed", *CLOSED),
        sign(
            r"A failure in the SSL library occurred",
            possible(
                "handshake-rejected", "OpenSSL refused, or was refused; the error queue behind it has the reason."
            ),
            possible("unknown-issuer", "cl+ssl verifies servers by the system's roots."),
            possible("tls-version-unsupported", "Old builds have an old OpenSSL."),
        ),
        sign(
            r"Server requested (?:plain|md5)-password authentication, but no password was given",
            likely("password-rejected", "The server asked for a password, and the URL or PGPASSWORD has none."),
        ),
        sign(
            r"Failed \d{1,3} times to connect to",
            likely("too-many-connections", "pgloader tries again when the server has no connection left."),
        ),
        sign(
            r"Invalid connection parameters specified",
            likely("client-library-bug", "Some versions of pgloader send what Azure's gateway does not take."),
            possible("single-server-username-format", "Azure's retired single server wanted user@server."),
        ),
        sign(
            r"Unexpected message received: ",
            likely("not-postgres", "What answers speaks no PostgreSQL."),
            possible("client-library-bug", "A pooler may answer what this version does not know."),
        ),
    ),
    fixes={
        "tls-required": (
            "INTO postgresql://USER@HOST:PORT/DB?sslmode=require; pgloader 3 does not read verify-full.",
            "pgloader 4 takes JDBC's options: ?sslmode=verify-full&sslrootcert=ROOTS.",
        ),
        "self-signed": (
            (
                "pgloader 3 verifies by the system's roots: add the server's certificate there "
                "(update-ca-certificates), or load over psql: pgloader to CSV, then \\copy."
            ),
        ),
        "unknown-issuer": (
            (
                "pgloader 3 verifies by the system's roots, or SSL_CERT_FILE=ROOTS: add the server's root there "
                "(update-ca-certificates)."
            ),
        ),
        "client-library-bug": (
            "Use pgloader 3.6.9 or later, or the image dimitri/pgloader:latest (ghcr.io/dimitri/pgloader).",
        ),
        "single-server-username-format": (
            "Set PGUSER=USER@SERVER and leave the user out of the URL: pgloader 3 does not decode %40.",
        ),
        "sslmode-invalid": ("?sslmode=require; for verification give the roots by SSL_CERT_FILE=ROOTS.",),
        "client-certificate-required": (
            "Put them at ~/.postgresql/postgresql.crt and ~/.postgresql/postgresql.key: pgloader 3 reads no others.",
        ),
    },
)
