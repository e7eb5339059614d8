"""Perl's DBD::Pg, which is libpq, and tools on it such as ora2pg and Bucardo: dbdimp.c and DBI's connect."""

from __future__ import annotations

from azpg_tls.clients.client import Client

_DSN = 'DBI->connect("dbi:Pg:host=HOST;port=PORT;dbname=DB;sslmode=verify-full;sslrootcert=ROOTS", …)'
_ORA2PG = "ora2pg: PG_DSN dbi:Pg:host=HOST;port=PORT;dbname=DB;sslmode=verify-full;sslrootcert=ROOTS"

DBD_PG = Client(
    "perl-dbd-pg",
    "Perl's DBD::Pg",
    marks=(r"\bDBD::Pg\b", r"\bDBI connect\('", r"\bdbi:Pg:"),
    over=("libpq",),
    fixes={
        "tls-required": (f"{_DSN}; {_ORA2PG}.", "Without host= libpq takes a Unix socket, which has no TLS."),
        "unknown-issuer": (f"{_DSN}; {_ORA2PG}.",),
        "root-store-outdated": (f"Replace the file of roots: {_DSN}.",),
        "root-file-missing": (f"{_DSN}; {_ORA2PG}.",),
        "hostname-mismatch": (
            "host=SERVER in the DSN, a name that is in the certificate; hostaddr=ADDRESS beside it.",
        ),
        "sslmode-invalid": (f"The DSN takes libpq's options, divided by semicolons: {_DSN}.",),
        "client-certificate-required": ("sslcert=client.crt;sslkey=client.key in the DSN.",),
        "client-library-bug": ("Rebuild DBD::Pg against a libpq of version 10 or later (POSTGRES_HOME, pg_config).",),
        "handshake-closed": ("Connect again after long pauses: $dbh->ping, or DBIx::Connector.",),
    },
    aliases=("dbd-pg", "ora2pg"),
)
