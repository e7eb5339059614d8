"""Perl's DBD::Pg, which is libpq, and tools on it such as ora2pg and Bucardo: dbdimp.c and DBI's connect."""

from __future__ import annotations

from azpg_tls.clients.client import Client

_DSN = "dbi:Pg:host=HOST;port=PORT;dbname=DB;sslmode=verify-full;sslrootcert=ROOTS"
_SETTINGS = (f'DBI: DBI->connect("{_DSN}", $user, $password)', f"ora2pg, ora2pg.conf: PG_DSN {_DSN}")

DBD_PG = Client(
    "perl-dbd-pg",
    "Perl's DBD::Pg",
    marks=(r"\bDBD::Pg\b", r"\bDBI connect\('", r"\bdbi:Pg:"),
    over=("libpq",),
    fixes={
        "tls-required": (*_SETTINGS, "Without host= libpq takes a Unix socket, which has no TLS."),
        "unknown-issuer": _SETTINGS,
        "root-store-outdated": ("Replace the file of roots, or name another:", *_SETTINGS),
        "root-file-missing": _SETTINGS,
        "hostname-mismatch": (
            "host=SERVER in the DSN, a name that is in the certificate; hostaddr=ADDRESS beside it.",
        ),
        "sslmode-invalid": (f"The DSN takes libpq's options, divided by semicolons: {_DSN}",),
        "client-certificate-required": ("sslcert=client.crt;sslkey=client.key in the DSN.",),
        "client-library-bug": ("Rebuild DBD::Pg against a libpq of version 10 or later (POSTGRES_HOME, pg_config).",),
        "handshake-closed": ("Connect again after long pauses: $dbh->ping, or DBIx::Connector.",),
    },
    aliases=("dbd-pg", "ora2pg"),
)
