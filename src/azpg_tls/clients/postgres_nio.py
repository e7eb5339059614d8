"""PostgresNIO (Vapor, Fluent) in Swift, over NIOSSL, which is BoringSSL.

Sources: Sources/PostgresNIO/New/PSQLError.swift of postgres-nio 1.9 to 1.26, Sources/NIOSSL/SSLErrors.swift and
IdentityVerification.swift of swift-nio-ssl 2, NIOCore's ChannelError.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import certain, likely, possible, sign

_ROOTS = (
    (
        'The roots: `var tls = TLSConfiguration.makeClientConfiguration(); tls.trustRoots = .file("ROOTS")` '
        "and `tls: .require(try NIOSSLContext(configuration: tls))`."
    ),
)

_HIDDEN = (
    possible("password-rejected", "The error hides its text: print `String(reflecting: error)` to see it."),
    possible("tls-required", "It may be the server's refusal of a connection without TLS."),
)

POSTGRES_NIO = Client(
    "postgres-nio",
    "PostgresNIO",
    marks=(r"\bPSQLError\b", r"\bNIOSSL\w*\b", r"\bPostgresNIO\b", r"\bNIOConnectionError\b"),
    over=("openssl",),
    signs=(
        sign(r"\bsslUnsupported\b", certain("tls-not-offered", "The server answered N to the SSLRequest.")),
        sign(
            r"\breceivedUnencryptedDataAfterSSLRequest\b",
            certain("plaintext-injection", "Bytes in the clear followed the server's S."),
        ),
        sign(
            r"\bcannotUseIPAddressInSNI\b",
            likely("ip-address-target", "An address was given as the name to check: connect to the server's name."),
        ),
        sign(
            r"\bauthMechanismRequiresPassword\b",
            likely("password-rejected", "The server asks for a password, and none was given."),
        ),
        sign(
            r"\bunsupportedAuthMechanism\b",
            likely("client-library-bug", "The server asks for a way to log in that the driver does not have."),
        ),
        sign(r"\bsaslError\b", likely("password-rejected", "The login by SCRAM failed.")),
        sign(
            r"\bconnectionRequestTimeout\b",
            likely("pool-timeout", "No connection of the pool became free, or was made, in time."),
            possible("tcp-timeout", "The server may not be reachable: a firewall drops the packets."),
        ),
        sign(r"\bserverClosedConnection\b", *CLOSED),
        sign(
            r"\buncleanShutdown\b",
            likely("closed-after-tls", "After the handshake the server closed without TLS's goodbye, as Azure's do."),
            possible(
                "handshake-closed", "A server that refuses the client's certificate under TLS 1.3 ends it so too."
            ),
        ),
        sign(r"EOF during handshake", *CLOSED),
        sign(
            r"\bfailedToValidateHostname\b",
            likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
        ),
        sign(
            r"\bunableToValidateCertificate\b",
            likely("hostname-mismatch", "The certificate's names do not match the one connected to."),
            likely("unknown-issuer", "Or its CA is not trusted."),
        ),
        sign(
            r"NIOConnectionError\(.{0,800}?Connection refused",
            likely("tcp-refused", "The machine answered, and nothing listens on that port."),
        ),
        sign(
            r"\bconnectTimeout\(",
            likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it."),
        ),
        sign(
            r"\bnoSuchFilesystemObject\b",
            likely("root-file-missing", "The file given to TLSConfiguration is not there."),
        ),
        sign(
            r"\bfailedToLoadCertificate\b",
            likely("root-file-format", "The file given to TLSConfiguration holds no certificate that can be read."),
        ),
        sign(r"\(backing: PostgresNIO\.PSQLError", *_HIDDEN),
        sign(r"Generic description to prevent accidental leakage of sensitive data", *_HIDDEN),
    ),
    fixes={
        **dict.fromkeys(("unknown-issuer", "root-store-outdated", "missing-intermediate", "self-signed"), _ROOTS),
        "tls-required": _ROOTS,
        "tls-not-offered": ("Switch TLS on at the server; `tls: .prefer(…)` goes on without it.",),
        "hostname-mismatch": ("Connect to the name that the certificate holds.",),
    },
    aliases=("vapor", "swift"),
)
