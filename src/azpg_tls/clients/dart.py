"""Dart's postgres package (Serverpod), over Dart's own BoringSSL.

Sources: lib/src/connection.dart of postgres 2, lib/src/v3/connection.dart and connection_string.dart of postgres 3;
runtime/bin/secure_socket_utils.cc of the Dart SDK: "OS Error: REASON: words(file.cc:line)". https://pub.dev/packages/postgres
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED, UNTRUSTED
from azpg_tls.clients.sign import certain, likely, possible, sign

_ROOTS = (
    (
        "Give the roots: `ConnectionSettings(sslMode: SslMode.verifyFull, securityContext: "
        "SecurityContext()..setTrustedCertificates('ROOTS'))`."
    ),
)

_IN_THE_CLEAR = (
    likely("password-rejected", "The server asks for the password itself, as Entra ID does; the driver keeps it back."),
    possible("tls-required", "Within TLS the driver sends it: sslMode require or verifyFull."),
)

DART = Client(
    "dart-postgres",
    "Dart's postgres",
    marks=(
        r"\bHandshakeException\b",
        r"\bTlsException\b",
        r"\bPostgreSQL(?:Exception|Severity)\b",
        r"\bSeverity\.(?:fatal|error)\b",
        r"package:postgres/",
        r"\b[Ss]erverpod\b",
    ),
    over=("openssl",),
    signs=(
        sign(
            r"database server is not accepting SSL connections",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(
            r"CERTIFICATE_VERIFY_FAILED: Hostname mismatch",
            likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
        ),
        sign(
            r"Server does not support SSL, but it was required",
            certain("tls-not-offered", "The server answered the SSLRequest with something else than S, mostly N."),
        ),
        sign(r"Connection terminated during handshake", *CLOSED),
        sign(r"Could not initialize SSL connection, connection closed during handshake", *CLOSED),
        sign(
            r"Could not initialize SSL connection, received unknown byte stream",
            likely("server-error-before-tls", "More than one byte came as an answer, mostly an error in the clear."),
            likely("not-postgres", "Another service may listen there."),
            possible("plaintext-injection", "Bytes may have followed the S."),
        ),
        sign(
            r"underlying socket to Postgres has been closed unexpectedly",
            likely("closed-after-tls", "The connection was ended during or after the login."),
            possible("handshake-closed", "It may have been ended at once after the handshake."),
        ),
        sign(r"Refused to send clear text password to server", *_IN_THE_CLEAR),
        sign(r"connections disabled\. Set AllowClearTextPassword", *_IN_THE_CLEAR),
        sign(
            r"TimeoutException after \d{1,2}:\d\d:\d\d\.\d{6}: Future not completed",
            likely("tcp-timeout", "No connection was there after connectTimeout: a firewall drops the packets."),
            likely("handshake-timeout", "The server may be reached, and TLS or the login hang."),
            possible("tls-required", "A server or proxy that waits for TLS may not answer a client in the clear."),
        ),
        sign(
            r"Invalid sslmode value: [^\s]{0,60} Expected: disable",
            certain("sslmode-invalid", "The URL's sslmode is disable, require, verify-ca or verify-full."),
        ),
        sign(
            r"Unrecognized connection parameter: ",
            certain("sslmode-invalid", "The driver does not know that option of the URL."),
        ),
        sign(
            r"Failed to load SSL (?:CA cert\w+|cert\w+|private key) from .{1,300}?(?:No such file|cannot find)",
            certain("root-file-missing", "The file that the URL names does not exist."),
        ),
        sign(
            r"Failed to load SSL (?:CA certificates|certificate|private key) from ",
            likely("root-file-format", "The file that the URL names cannot be read as PEM."),
            possible("root-file-missing", "It may not be there."),
            possible("root-file-permissions", "It may not be readable for this user."),
        ),
        sign(
            r"BadCertificateException",
            *UNTRUSTED,
            possible("hostname-mismatch", "Dart says the same of a certificate for another name."),
        ),
    ),
    fixes={
        **dict.fromkeys(("unknown-issuer", "root-store-outdated", "self-signed"), _ROOTS),
        "tls-required": (*_ROOTS, "Serverpod: `requireSsl: true` under `database` in config/production.yaml."),
        "tls-not-offered": ("Switch TLS on at the server, or `sslMode: SslMode.disable` for a local database.",),
    },
    aliases=("serverpod", "dart"),
)
