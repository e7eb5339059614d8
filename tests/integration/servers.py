"""Every way in which a real server answers us here: which server, as whom, and what psql says then.

PLANS is read when tests are collected, and starts nothing. A Server is a plan whose server runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.integration.daemon import Daemon
from tests.integration.install import MAJORS
from tests.integration.postgres import DATABASE, HBA, PASSWORD, ROLE

NEWEST = MAJORS[0]
OTHER_NAME = "db.lab.example"


@dataclass(frozen=True)
class Recipe:
    """A PostgreSQL server to start, by default a healthy one with a certificate for localhost."""

    major: int = NEWEST
    settings: tuple[tuple[str, str], ...] = ()
    hba: tuple[str, ...] = HBA
    tls: bool = True
    dns_name: str = "localhost"
    client_certificates: bool = False
    held_connections: int = 0


@dataclass(frozen=True)
class Plan:
    """One way to be answered.

    *refusal* is a pattern in what libpq complains of, empty where it connects; *asyncpg_refusal* stands in for it
    where the client and not the server has the words. *sqlstate* is the code of a refusal by the server.
    """

    name: str
    recipe: Recipe
    user: str = ROLE
    sslnegotiation: str = "postgres"
    refusal: str = ""
    asyncpg_refusal: str = ""
    sqlstate: str = ""
    pooled: bool = False
    reaches_tls: bool = True  # the server's certificate is seen, so that the wrong root is refused for itself

    @property
    def psql_major(self) -> int:
        """The psql that comes with the server, or the oldest that can do direct TLS."""
        return max(self.recipe.major, 17) if self.sslnegotiation == "direct" else self.recipe.major

    def refusal_of(self, client: str) -> str:
        """Return the pattern for a client by its name."""
        return self.asyncpg_refusal or self.refusal if client == "asyncpg" else self.refusal


@dataclass(frozen=True)
class Server:
    """A plan whose server runs, and the root that its certificate leads to."""

    plan: Plan
    daemon: Daemon
    root_file: Path
    psql: Path
    host: str = "localhost"

    @property
    def port(self) -> int:
        """The server's port on loopback."""
        return self.daemon.port

    @property
    def conninfo(self) -> dict[str, str]:
        """libpq's parameters to log in here, trusting this server's root and no other."""
        return {
            "host": self.host,
            "port": str(self.port),
            "user": self.plan.user,
            "password": PASSWORD,
            "dbname": DATABASE,
            "sslmode": "verify-full",
            "sslrootcert": str(self.root_file),
            "connect_timeout": "10",
            # An older libpq does not know the word, so it stands only where it is needed.
            **({"sslnegotiation": "direct"} if self.plan.sslnegotiation == "direct" else {}),
        }


POSTGRES = {major: Recipe(major) for major in MAJORS}
TLS_OFF = Recipe(tls=False)
TLS_1_2 = Recipe(settings=(("ssl_max_protocol_version", "TLSv1.2"),))
NAMED_OTHERWISE = Recipe(dns_name=OTHER_NAME)
CLIENT_CERTIFICATE = Recipe(
    client_certificates=True,
    hba=(HBA[0], f"hostssl all {ROLE} all scram-sha-256 clientcert=verify-full"),
)
NO_CLIENT_CA = Recipe(hba=CLIENT_CERTIFICATE.hba)
FULL = Recipe(
    settings=(("max_connections", "2"), ("superuser_reserved_connections", "0")),
    held_connections=2,
)

PLANS = (
    *(Plan(f"postgres-{major}", recipe) for major, recipe in POSTGRES.items()),
    Plan("direct-18", POSTGRES[18], sslnegotiation="direct"),
    Plan("direct-17", POSTGRES[17], sslnegotiation="direct"),
    Plan(
        "direct-16",
        POSTGRES[16],
        sslnegotiation="direct",
        refusal="SSL SYSCALL error: EOF detected|SSL error: unexpected eof while reading",
        asyncpg_refusal="ConnectionResetError",
        reaches_tls=False,
    ),
    Plan("cleartext-password", POSTGRES[18], user=f"{ROLE}_cleartext"),
    Plan("pgbouncer", POSTGRES[18], pooled=True),
    Plan("tls-1.2", TLS_1_2),
    Plan(
        "tls-off",
        TLS_OFF,
        refusal="server does not support SSL, but SSL was required",
        asyncpg_refusal="rejected SSL upgrade",
        reaches_tls=False,
    ),
    Plan(
        "other-name",
        NAMED_OTHERWISE,
        refusal=f'server certificate for "{OTHER_NAME}" does not match host name "localhost"',
        asyncpg_refusal="Hostname mismatch, certificate is not valid for 'localhost'",
    ),
    Plan(
        "client-certificate",
        CLIENT_CERTIFICATE,
        refusal="connection requires a valid client certificate",
        sqlstate="28000",
    ),
    Plan(
        "no-client-ca",
        NO_CLIENT_CA,
        refusal="client certificates can only be checked if a root certificate store is available",
        sqlstate="F0000",
    ),
    Plan(
        "no-hba-entry",
        POSTGRES[18],
        user=f"{ROLE}_unlisted",
        refusal=f'no pg_hba.conf entry for host "[^"]+", user "{ROLE}_unlisted", database "{DATABASE}", SSL encryption',
        sqlstate="28000",
    ),
    Plan(
        "hba-reject",
        POSTGRES[18],
        user=f"{ROLE}_rejected",
        refusal=f'pg_hba.conf rejects connection for host "[^"]+", user "{ROLE}_rejected", '
        f'database "{DATABASE}", SSL encryption',
        sqlstate="28000",
    ),
    Plan("full", FULL, refusal="sorry, too many clients already", sqlstate="53300"),
)

PLANS_WITH_TLS = tuple(plan for plan in PLANS if plan.reaches_tls)
BY_NAME = {plan.name: plan for plan in PLANS}
