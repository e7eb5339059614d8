"""What the user demands of a server beyond trust."""

from __future__ import annotations

from dataclasses import dataclass

TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")  # oldest first, in libpq's spelling


@dataclass(frozen=True)
class Policy:
    """The demands; *pins* are SHA-256 digests of public keys in hexadecimal, *expires_within* is in days."""

    min_tls: str = "TLSv1.2"
    max_depth: int | None = None
    expect_issuer: str = ""
    pins: tuple[str, ...] = ()
    expires_within: int = 14
