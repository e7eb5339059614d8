"""Prisma: up to 6 its own engine (tokio-postgres over native-tls), since 7 node-postgres under a driver adapter.

The engine uses OpenSSL on Linux, the Security framework on macOS and Schannel on Windows, and shows their words, which
Windows translates: its numbers are matched first. Sources: prisma-engines libs/user-facing-errors/src/common.rs and
quaint/src/connector/postgres (P1000 to P1017), @prisma/adapter-pg 7.10 dist/index.js (which errors become P1011);
SecBase.h and SecureTransport.h (errSSL…); learn.microsoft.com/windows/win32/com/com-error-codes-4 (0x80090326 is
-2146893018). https://www.prisma.io/docs/orm/overview/databases/postgresql
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign
from azpg_tls.clues import on_azure

_ADAPTER = (
    "Prisma 7, and 6 with a driver adapter: `new PrismaPg({ connectionString, ssl: { ca: fs.readFileSync('ROOTS', "
    "'utf8') } })`, without sslmode in the URL."
)
_ENGINE = "Prisma's own engine (up to 6): add `sslmode=require&sslaccept=strict&sslcert=ROOTS` to the URL."
_ONE = (
    "sslcert takes one certificate: of Azure's roots give the one that your server's chain ends at, DigiCert Global "
    "Root G2 since 2026."
)

FIXES = {
    "unknown-issuer": (
        _ADAPTER,
        _ENGINE,
        _ONE,
        (
            "Or trust the root in the system's store (macOS: keychain, Windows: trusted roots, Linux: "
            "update-ca-certificates)."
        ),
    ),
    "root-store-outdated": (_ADAPTER, _ENGINE, _ONE),
    "self-signed": (
        (
            "Trust exactly this certificate: `sslaccept=strict&sslcert=server.pem` (engine), or `ssl: { ca: … }` "
            "(adapter)."
        ),
        "Better: give the server a certificate of a CA.",
    ),
    "tls-required": (
        "Add `?sslmode=require` to the URL in .env, or in prisma.config.ts.",
        _ADAPTER,
    ),
    "tls-not-offered": ("Switch TLS on at the server, or take sslmode=require out of the URL for a local database.",),
    "root-file-format": (
        _ONE,
        "It has to be PEM or DER as the system reads it; a relative path counts from the directory of schema.prisma.",
    ),
    "root-file-missing": ("A relative sslcert counts from the directory of schema.prisma: give an absolute path.",),
    "hostname-mismatch": ("Put the name that the certificate holds into the URL, not an address.",),
    "cipher-mismatch": (
        (
            "On Windows the engine has Schannel's versions and ciphers: let the server have TLS 1.2 with ECDHE and "
            "AES-GCM, or use a driver adapter (@prisma/adapter-pg), which has Node's TLS."
        ),
    ),
    "tls-version-unsupported": (
        (
            "On macOS and Windows the engine reaches TLS 1.2: let the server have it "
            "(ssl_min_protocol_version=TLSv1.2), or use a driver adapter (@prisma/adapter-pg), which has Node's TLS."
        ),
    ),
    "client-certificate-required": (
        "Engine: `sslidentity=client-identity.p12&sslpassword=…`; adapter: `ssl: { cert: …, key: … }`.",
    ),
    "pool-timeout": ("Set connection_limit and pool_timeout in the URL; make one PrismaClient for the process.",),
    "no-pg-hba-entry": (
        "Let this machine's address in at the server's firewall; serverless hosts have many addresses.",
    ),
}


_HERE = r"[`'\"]{0,2}(?:localhost|127\.0\.0\.1|\[?::1)"
_UNREACHABLE = (
    likely("tcp-timeout", "The server did not answer: a firewall drops the packets, or the server is stopped."),
    likely("tcp-refused", "The machine may refuse the port."),
    possible("dns-failure", "The name may not be known; Prisma says the same of it."),
    possible("private-dns-zone", "A server with private access is reached from its network alone.", on_azure),
    possible("root-file-missing", "Versions of the engine say the same if the file in sslcert is not there."),
)
_UNTRUSTED = (
    likely("unknown-issuer", "The system does not trust the root that the server's chain ends at."),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible("root-store-outdated", "The roots may be older than the server's chain."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with its own CA."),
)
_NAME = (likely("hostname-mismatch", "The certificate is for another name than the one in the URL."),)
_EXPIRED = (likely("expired", "A certificate of the server's chain has expired."),)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection while TLS was being set up."),
    likely("closed-before-tls", "A firewall or pooler may have ended it early."),
    possible("not-postgres", "Another service may answer on that port."),
)
_LATE = (
    likely("tcp-timeout", "P1008: nothing came in time; a firewall may have dropped the connection."),
    likely("pool-timeout", "No connection may have become free in time."),
)
_VERSION = (
    likely("tls-version-unsupported", "The server takes no TLS version that the engine has on this system."),
    possible("cipher-mismatch", "They may have no cipher in common."),
)
_MALFORMED = (
    likely("cipher-mismatch", "Schannel could not go on with the server's handshake: versions or ciphers do not fit."),
    possible("tls-version-unsupported", "The server may have TLS 1.3 alone, which this Schannel has not."),
    possible("malformed-tls", "The records may have been damaged on the way."),
)


_ANY = (
    possible("unknown-issuer", "Prisma says so of every failure of TLS; the words after it tell which."),
    possible("tls-version-unsupported", "Client and server may have no TLS version in common."),
    possible("handshake-closed", "The other side may have ended the connection."),
)
_GONE = (
    likely("handshake-closed", "The other side ended the connection."),
    likely("closed-before-tls", "A firewall or pooler may have ended it early."),
    possible("closed-after-tls", "An idle connection may have been ended by a firewall or a restart."),
)
_DENIED = (
    likely("tls-required", "SQLSTATE 28000: mostly the server demands TLS, and the URL asks for none."),
    likely("no-pg-hba-entry", "Or the server's firewall has no rule that lets this address in."),
    possible("role-missing", "Or the server has no such role."),
)
# What a driver adapter's error is called where it has no other text (@prisma/driver-adapter-utils).
_KINDS = {
    "DatabaseNotReachable": _UNREACHABLE,
    "SocketTimeout": _LATE,
    "ConnectionClosed": _GONE,
    "DatabaseAccessDenied": _DENIED,
    "TlsConnectionError": _ANY,
}


def _kind(name: str, *meanings: Meaning) -> Sign:
    """Return the sign of a driver adapter's error by its kind."""
    return sign(rf"(?:DriverAdapterError: |kind: ?[\"']){name}\b", *meanings)


def _tls(words: str, *meanings: Meaning) -> Sign:
    """Return the sign of a reason after Prisma's own words."""
    return sign(rf"Error opening a TLS connection: .{{0,200}}?{words}", *meanings)


_SECURITY_FRAMEWORK = (
    _tls(r"bad protocol version", *_VERSION),
    _tls(r"handshake failure", *_VERSION),
    _tls(
        r"One or more parameters passed to a function were not valid",
        likely(
            "root-file-format",
            "macOS could not read the file in sslcert: it has several certificates, or is no certificate.",
        ),
    ),
    _tls(r"Unknown format in import", likely("root-file-format", "macOS could not read the file in sslcert.")),
    _tls(
        r"bad certificate format",
        likely("certificate-not-strict", "macOS refuses the form of the server's certificate."),
        possible("unknown-issuer", "It says so of some untrusted chains too."),
        possible("tls-intercepted", "A product on the way may have made the certificate."),
    ),
    _tls(r"certificate (?:was|is) not trusted", *_UNTRUSTED),
    _tls(r"(?:invalid certificate chain|unknown root cert|cert chain not verified by root)", *_UNTRUSTED),
    _tls(r"(?:host ?name mismatch|peer host name mismatch)", *_NAME),
    _tls(r"(?:chain had an expired cert|certificate expired)", *_EXPIRED),
    _tls(r"connection closed", *_CLOSED),
    _tls(r"server closed session", *_CLOSED),
    _tls(r"(?:Connection reset by peer|unexpected EOF|early eof)", *_CLOSED),
)

PRISMA = Client(
    "prisma",
    "Prisma",
    marks=(
        r"(?<![\w\"-])prisma(?![\w-]*\.(?:io|com))",
        r"\bPrisma(?:Client|Pg)\w{0,40}",
        r"\b(?:schema|introspection|migration|query)[-_]engine\b",
        r"\bP10(?:0[0-3]|08|09|1[0-9])\b",
        r"\bP2024\b",
        r"\bConnectorError\(",
        r"Error opening a TLS connection",
        r"Can't reach database server at",
    ),
    over=("node-postgres", "native-tls", "schannel", "securetransport"),
    signs=(
        *_SECURITY_FRAMEWORK,
        # SEC_E_ILLEGAL_MESSAGE, 0x80090326
        _tls(r"os error -2146893018\b", *_MALFORMED),
        _tls(
            r"(?:server does not support TLS|The server does not support SSL connections)",
            certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        _tls(r"unable to (?:verify the first|get (?:local )?issuer) certificate", *_UNTRUSTED),
        _tls(r"self[- ]signed certificate in certificate chain", *_UNTRUSTED),
        sign(
            r"invalid type: unit value, expected a string",
            likely("client-library-bug", "A driver adapter lost the driver's error: connect with pg alone to see it."),
            possible("unknown-issuer", "With sslmode=require pg verifies the certificate, which may not be trusted."),
            possible("self-signed", "It may be signed by itself."),
        ),
        sign(
            r"there is a problem with your OpenSSL installation",
            likely(
                "client-library-bug", "Prisma's engine finds no OpenSSL of its version: install it, or update Prisma."
            ),
        ),
        sign(
            r"could not locate the Query Engine for runtime",
            likely(
                "client-library-bug", "The engine was made for another system or OpenSSL: binaryTargets in the schema."
            ),
        ),
        sign(r"Error opening a TLS connection", *_ANY),
        sign(rf"Can't reach database server(?! at {_HERE})", *_UNREACHABLE),
        sign(rf"\bP1001\b(?!.{{0,60}}? at {_HERE})", *_UNREACHABLE),
        sign(
            rf"Can't reach database server at {_HERE}",
            likely(
                "tcp-refused", "Nothing listens on that port of this machine: in a container that is the container."
            ),
            possible("root-file-missing", "Versions of the engine say the same if the file in sslcert is not there."),
        ),
        sign(
            r"\bP1000\b",
            likely("password-rejected", "P1000: the server did not accept the password."),
            possible(
                "entra-wrong-username", "With a token, the user has to be the Entra ID principal's name.", on_azure
            ),
            possible("single-server-username-format", "Azure's retired single server wanted user@server.", on_azure),
        ),
        sign(
            r"database credentials for .{1,80}? are not valid",
            likely("password-rejected", "The server did not accept the password."),
        ),
        sign(
            r"was reached but timed out",
            likely("handshake-timeout", "The server took the connection, and TLS or the login hang."),
            possible("pool-timeout", "The engine may have waited for a lock, or for a free connection."),
        ),
        sign(
            r"\bP1002\b", likely("handshake-timeout", "P1002: the server was reached, and nothing more came in time.")
        ),
        sign(r"\bP1003\b", likely("database-missing", "P1003: the server has no such database.")),
        sign(
            r"Operations timed out after",
            *_LATE,
        ),
        sign(r"\bOperation has timed out", *_LATE),
        sign(r"\bP1008\b", *_LATE),
        *(_kind(name, *meanings) for name, meanings in _KINDS.items()),
        sign(r"Error \{ kind: Closed, cause: None \}", *_GONE),
        sign(r"was denied access on the database", *_DENIED),
        sign(r"\bP1010\b", *_DENIED),
        sign(r"Server has closed the connection", *_GONE),
        sign(
            r"Timed out fetching a new connection from the connection pool",
            likely("pool-timeout", "Every connection of the pool was in use, or none could be made."),
            possible("handshake-timeout", "New connections may hang while they are being set up."),
        ),
        sign(
            r"provided database string is invalid",
            likely("sslmode-invalid", "The URL cannot be read: a password with # / ? @ has to be percent-encoded."),
        ),
        sign(
            r"Too many database connections opened",
            likely("too-many-connections", "The server, or its pooler, has no connection left."),
        ),
    ),
    fixes=FIXES,
    aliases=("prisma-client",),
)
