"""psqlODBC, the ODBC driver, which is libpq below; SSIS, Excel, Access, Power BI and pyodbc use it.

Sources: connection.c and dlg_specific.c of psqlODBC 9 to 17; its texts are libpq's, with the driver's name before.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, sign

_STRING = (
    "Driver={PostgreSQL Unicode(x64)};Server=HOST;Port=PORT;Database=…;sslmode=verify-full;pqopt={sslrootcert=ROOTS}"
)

PSQLODBC = Client(
    "psqlodbc",
    "psqlODBC",
    marks=(
        r"psqlodbc",
        r"PostgreSQL (?:Unicode|ANSI)\(x64\)",
        r"(?<!SQL )ERROR \[0[0-9A-Z]{4}\]",
        r"\bSQLDriverConnect\b",
    ),
    over=("libpq",),
    signs=(
        sign(
            r"specified DSN contains an architecture mismatch",
            likely("client-library-bug", "The program and the driver are not both of 64 or of 32 bits."),
        ),
    ),
    fixes=dict.fromkeys(
        ("tls-required", "unknown-issuer", "root-store-outdated", "root-file-missing"),
        (
            f"Connection string: {_STRING}",
            (
                "DSN: SSL Mode verify-full; Datasource, Page 3, 'libpq parameters': sslrootcert=ROOTS; or the "
                "environment variable PGSSLROOTCERT for the account of the service."
            ),
        ),
    ),
    aliases=("odbc",),
    windows=True,
)
