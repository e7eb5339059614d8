"""pgAdmin 4, which is psycopg, and runs pg_dump, pg_restore and psql: web/pgadmin/utils/driver/psycopg3."""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import likely, possible, sign

PGADMIN = Client(
    "pgadmin",
    "pgAdmin",
    marks=(r"\b[pP]g[aA]dmin", r"\bUnable to connect to server: "),
    over=("psycopg",),
    signs=(
        sign(r"[Tt]he application has lost the database connection", *CLOSED),
        sign(
            r"Failed to decrypt the saved password",
            likely("password-rejected", "The stored password cannot be read any more: enter it anew."),
            possible("entra-token-expired", "A stored token is of no use after an hour."),
        ),
    ),
    fixes={
        "tls-required": ("Server > Properties > Parameters: SSL mode verify-full, Root certificate ROOTS.",),
        "unknown-issuer": (
            (
                "Server > Properties > Parameters: SSL mode verify-full, Root certificate ROOTS (upload it first in "
                "server mode)."
            ),
            "In desktop mode ~/.postgresql/root.crt (%APPDATA%\\postgresql\\root.crt) verifies even with require.",
        ),
        "self-signed": (
            (
                "Server > Properties > Parameters > Root certificate: the server's own certificate, its fingerprint "
                "checked."
            ),
            "If require fails so, remove or replace ~/.postgresql/root.crt (%APPDATA%\\postgresql\\root.crt).",
        ),
        "root-store-outdated": (
            "Server > Properties > Parameters > Root certificate: ROOTS in place of the old file.",
        ),
        "root-file-missing": ("Server > Properties > Parameters > Root certificate: ROOTS.",),
        "root-file-permissions": (
            "In server mode: chmod 600 the key below /var/lib/pgadmin/storage/…, owned by the user of pgAdmin.",
        ),
        "hostname-mismatch": (
            (
                "Server > Properties > Connection: as host name one that is in the certificate; the address under "
                "Parameters, Host address."
            ),
        ),
        "client-certificate-required": (
            "Server > Properties > Parameters: Client certificate and Client certificate key.",
        ),
        "client-without-tls": ("Install pgAdmin's own package: its Python has a libpq with TLS.",),
        "entra-token-expired": (
            (
                "Server > Properties > Advanced > Password exec command: az account get-access-token --resource-type "
                "oss-rdbms --query accessToken -o tsv"
            ),
        ),
        "alpn-mismatch": (
            "Let the proxy allow ALPN postgresql (Traefik: tls.options alpnProtocols) or pass TLS through.",
        ),
        "gssenc-interference": ("Server > Properties > Parameters: add GSS encmode with disable.",),
    },
)
