"""Power BI and the other programs with Power Query, which bring Npgsql; it always verifies with Windows' store.

Sources: learn.microsoft.com/power-query/connectors/postgresql; the texts of the PostgreSQL connector.
"""

from __future__ import annotations

from azpg_tls.clients import npgsql
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_STORE = (
    (
        "Add each root in ROOTS to Windows' store on the machine that connects (for the service: the gateway's): "
        "certutil -addstore Root ROOT.crt"
    ),
    "Then restart Power BI or the gateway.",
)

POWER_BI = Client(
    "powerbi",
    "Power BI",
    marks=(
        r"reading data from the provider",
        r"\bpower ?bi\b",
        r"DataSource\.Error",
        r"Microsoft\.Mashup\.",
        r"on-premises data gateway",
    ),
    over=("npgsql",),
    signs=(
        sign(
            r"unable to connect to the data source using an encrypted connection",
            likely("tls-not-offered", "The server has no TLS; Power BI offers to go on in the clear."),
            possible("unknown-issuer", "Or its certificate is not trusted by Windows."),
        ),
        sign(
            r"(?:Please install|安装) Npgsql",
            likely("client-library-bug", "This version of the gateway wants another Npgsql in the assembly cache."),
        ),
    ),
    fixes={
        **npgsql.FIXES,
        **dict.fromkeys(("unknown-issuer", "root-store-outdated", "self-signed", "missing-intermediate"), _STORE),
        "tls-required": ("Data source settings, Edit Permissions: tick 'Encrypt connections'.",),
        "hostname-mismatch": ("Enter the server by a name that is in its certificate, not by an alias or an address.",),
    },
    aliases=("power-bi",),
    windows=True,
)
