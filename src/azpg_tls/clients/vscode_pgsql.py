"""Microsoft's PostgreSQL extension for VS Code, and Azure Data Studio's: psycopg behind a form.

Sources: microsoft/vscode-pgsql (SSL mode in the connection's advanced options, require by default),
microsoft/pgtoolsservice (ossdbtoolsservice/driver/types/psycopg_driver.py), microsoft/azuredatastudio-postgresql.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, sign

_MODE = "In the connection's dialog, Advanced, SSL: set SSL mode to verify-full and SSL root certificate to ROOTS."

VSCODE_PGSQL = Client(
    "vscode-pgsql",
    "PostgreSQL for VS Code and Azure Data Studio",
    marks=(
        *(rf"\b{name}" for name in ("vscode-pgsql", "ms-ossdata", "pgtoolsservice", "ossdbtoolsservice")),
        *(rf"\b{name}" for name in ("azuredatastudio", "OSS DB Tools", "Azure Data Studio", "PGSQL Tools Service")),
    ),
    over=("psycopg",),
    signs=(
        sign(
            r"(?:OSS DB|PGSQL) Tools Service(?: component)? exited unexpected",
            likely("client-library-bug", "The extension's service ended; nothing was sent to the server."),
        ),
    ),
    fixes={
        "tls-required": (_MODE,),
        "tls-not-offered": (
            (
                "The extension's SSL mode is require unless set: choose prefer for a local server without TLS, or "
                "switch TLS on at the server."
            ),
        ),
        "unknown-issuer": (_MODE,),
        "root-file-missing": (_MODE,),
        "entra-token-expired": ("Sign in again: command palette, `Azure: Sign Out`, then connect with Entra ID anew.",),
        "entra-wrong-username": (
            (
                "Give as user name the Entra ID principal's name as the server knows it: the whole UPN, or the "
                "group's name."
            ),
        ),
    },
    aliases=("azure-data-studio",),
)
