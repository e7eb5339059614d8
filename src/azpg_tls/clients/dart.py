"""Dart's postgres package (Serverpod), over Dart's own BoringSSL.

Sources: lib/src/connection.dart of postgres 2, lib/src/v3/connection.dart of postgres 3;
runtime/bin/secure_socket_utils.cc of the Dart SDK: "OS Error: REASON: words(file.cc:line)". https://pub.dev/packages/postgres
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import likely, sign

_ROOTS = (
    (
        "Give the roots: `ConnectionSettings(sslMode: SslMode.verifyFull, "
        "securityContext: SecurityContext()..setTrustedCertificates('ROOTS'))`."
    ),
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
        sign(r"Connection terminated during handshake", *CLOSED),
    ),
    fixes={
        **dict.fromkeys(("unknown-issuer", "root-store-outdated", "self-signed"), _ROOTS),
        "tls-required": (*_ROOTS, "Serverpod: `requireSsl: true` under `database` in config/production.yaml."),
        "tls-not-offered": ("Switch TLS on at the server, or `sslMode: SslMode.disable` for a local database.",),
    },
    aliases=("serverpod", "dart"),
)
