"""Progress DataDirect's ODBC drivers "Wire Protocol": Azure Data Factory's old connector, Informatica, SAS, DataStage.

Their brand stands in the brackets before: [DataDirect], [Microsoft], [informatica], [SAS]. OpenSSL's errors come after
"SSL Handshake Failure reason". Sources: docs.progress.com/bundle/datadirect-postgresql-odbc-80 (options), Azure Data
Factory's connector-troubleshoot-oracle.md and its like, which name the texts of the same library, reports of users.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import likely, possible, sign

_TLS = "EncryptionMethod=1;ValidateServerCertificate=1;TrustStore=ROOTS;HostNameInCertificate=HOST"
_STORE = (
    likely("root-file-missing", "The file that TrustStore (or KeyStore) names is not there, or none is named."),
    likely("root-file-format", "OpenSSL 3 does not read stores that were encrypted with RC4 or SHA-1: make a new one."),
    possible("root-file-permissions", "The account of the service may not read it."),
)
_CONNECT = (
    likely("tcp-refused", "Nothing takes connections there: the server, its port, or a firewall before it."),
    possible("dns-failure", "The host's name may be wrong: the driver says the same."),
    possible("tcp-timeout", "A firewall may drop what is sent."),
)

DATADIRECT = Client(
    "datadirect",
    "DataDirect's ODBC driver",
    marks=(
        r"\[ODBC [\w ]{3,30}Wire Protocol driver\]",
        r"ODBC (?:PostgreSQL|Greenplum|Amazon Redshift) Wire Protocol driver",
    ),
    over=("openssl",),
    signs=(
        sign(r"Cannot load (?:the )?(?:trust|key) ?store", *_STORE),
        sign(
            r"SSL Handshake Failure reason ?\[Unknown SSL Error\]",
            likely("handshake-rejected", "The server ended the handshake: a version, a cipher or a certificate."),
            possible("tls-version-unsupported", "The driver may be too old for TLS 1.2 (CryptoProtocolVersion)."),
            possible("cipher-mismatch", "It may share no cipher suite with the server."),
            possible("handshake-closed", "The server or something before it may have closed the connection."),
        ),
        sign(r"\[ODBC [\w ]{3,30}Wire Protocol driver\] ?Socket closed", *CLOSED),
        sign(r"\[ODBC [\w ]{3,30}Wire Protocol driver\] ?Connection refused\. Verify Host Name and Port", *_CONNECT),
        sign(r"Connection refused\. Verify Host Name and Port Number", *_CONNECT),
        sign(r"Wire Protocol driver\] ?Can't connect to server on '", *_CONNECT),
    ),
    fixes={
        **dict.fromkeys(
            ("tls-required", "unknown-issuer", "root-store-outdated", "root-file-missing", "hostname-mismatch"),
            (
                f"Connection string: {_TLS}",
                "In Azure Data Factory use version 2.0 of the PostgreSQL connector, with TLS mode verify-full.",
            ),
        ),
        "root-file-format": (
            "Give a PEM file as TrustStore: ROOTS; or a PKCS#12 one encrypted with AES-256.",
            "In Azure Data Factory use version 2.0 of the PostgreSQL connector.",
        ),
        "tls-version-unsupported": (
            "CryptoProtocolVersion=TLSv1.2 in the connection string, and a driver of version 8.0 or later.",
        ),
    },
)
