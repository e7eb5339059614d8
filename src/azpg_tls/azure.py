"""Azure Database for PostgreSQL: clouds, names and generations of chains. Facts as data.

Sources: https://learn.microsoft.com/azure/postgresql/security/security-tls (roots, chains),
https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private-link (private zones),
https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details (CAs),
https://github.com/Azure/azure-cli/blob/dev/src/azure-cli-core/azure/cli/core/cloud.py (audiences of Entra tokens),
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud (authorities).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Cloud:
    """One Azure cloud: *suffix* follows a server's name, *private_zone* is its private endpoints' DNS zone.

    With Entra ID, a token for its servers has *audience* as its claim aud, and *authority* is the host that gives it.
    """

    name: str
    suffix: str
    private_zone: str
    audience: str
    authority: str

    @property
    def scope(self) -> str:
        """What is asked for to get a token for its servers."""
        return f"{self.audience}/.default"


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            "public",
            "postgres.database.azure.com",
            "privatelink.postgres.database.azure.com",
            "https://ossrdbms-aad.database.windows.net",
            "login.microsoftonline.com",
        ),
        Cloud(
            "usgov",
            "postgres.database.usgovcloudapi.net",
            "privatelink.postgres.database.usgovcloudapi.net",
            "https://ossrdbms-aad.database.usgovcloudapi.net",
            "login.microsoftonline.us",
        ),
        Cloud(
            "china",
            "postgres.database.chinacloudapi.cn",
            "privatelink.postgres.database.chinacloudapi.cn",
            "https://ossrdbms-aad.database.chinacloudapi.cn",
            "login.partner.microsoftonline.cn",
        ),
    )
}

# Also Azure's, with names of their own: Cosmos DB for PostgreSQL and HorizonDB.
OTHER_SUFFIXES = {
    "postgres.cosmos.azure.com": "public",
    "horizondb.azure.com": "public",
    "postgres.cosmos.chinacloudapi.cn": "china",
}

PGBOUNCER_PORT = 6432

GENERATIONS = {
    "g2-2025": "Microsoft TLS G2 RSA CA OCSP NN, cross-signed Microsoft TLS RSA Root G2, DigiCert Global Root G2",
    "rsa-2023": "Microsoft Azure RSA TLS Issuing CA NN, Microsoft RSA Root CA 2017 or DigiCert Global Root G2",
    "digicert-2020": "DigiCert SHA2 Secure Server CA or TLS RSA SHA256 2020 CA1, DigiCert Global Root CA",
    "digicert-cn-2020": "DigiCert Basic RSA CN CA G2, DigiCert Global Root CA (China)",
}


def cloud_of(host: str) -> str | None:
    """Return the name of the cloud that *host* belongs to by its DNS suffix; None if it is not Azure's."""
    name = host.rstrip(".").lower()
    suffixes = {cloud.suffix: cloud.name for cloud in CLOUDS.values()} | OTHER_SUFFIXES
    return next((cloud for suffix, cloud in suffixes.items() if name.endswith(f".{suffix}")), None)


@dataclass(frozen=True)
class KnownCA:
    """A CA certificate that Azure Database for PostgreSQL uses or used: known to explain, never trusted for it.

    *generation* is one of `GENERATIONS`, None for a root that several share; *spki_sha256* is hexadecimal. *until* is
    the day on which it goes, by *until_why*: the end of a root store's trust in it, or its own.
    """

    name: str
    common_name: str
    role: str
    generation: str | None
    der: bytes
    spki_sha256: str
    until: dt.date | None = None
    until_why: str = ""
