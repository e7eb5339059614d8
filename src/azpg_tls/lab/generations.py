"""Chains shaped like those that Azure Database for PostgreSQL has used, under the laboratory's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab.pki import Chain, Identity, authority, server

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.lab.pki import PrivateKey

# Each generation's CAs from the root down to the leaf's issuer, named after the real ones they stand for.
# Source: "Azure Certificate Authority details", https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details
SHAPES: dict[str, tuple[str, ...]] = {
    "g2-2025": ("Lab Global Root G2", "Lab TLS RSA Root G2", "Lab TLS G2 RSA CA OCSP 02"),
    "rsa-2023": ("Lab RSA Root CA 2017", "Lab Azure RSA TLS Issuing CA 03"),
    "digicert-2020": ("Lab Global Root CA", "Lab TLS RSA SHA256 2020 CA1"),
    "digicert-cn-2020": ("Lab Global Root CA", "Lab Basic RSA CN CA G2"),
}


def chain(generation: str, *, at: dt.datetime, leaf_key: PrivateKey | None = None) -> Chain:
    """Make a new PKI of the shape of *generation*, with a server certificate for ``localhost``, valid at *at*."""
    root_name, *names = SHAPES[generation]
    root = authority(root_name, at=at)
    intermediates: tuple[Identity, ...] = ()
    for name in names:
        issuer = intermediates[0] if intermediates else root
        intermediates = (authority(name, at=at, issuer=issuer), *intermediates)
    return Chain(server(intermediates[0], at=at, key=leaf_key), intermediates, root)
