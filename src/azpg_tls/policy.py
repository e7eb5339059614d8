"""What the user demands of a server beyond trust."""

from __future__ import annotations

from dataclasses import dataclass

from azpg_tls.errors import InputError

TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")  # oldest first, in libpq's spelling


@dataclass(frozen=True)
class Policy:
    """The demands; *pins* are SHA-256 digests of public keys in hexadecimal, *expires_within* is in days."""

    min_tls: str = "TLSv1.2"
    max_depth: int | None = None
    expect_issuer: str = ""
    pins: tuple[str, ...] = ()
    expires_within: int = 14

    def __post_init__(self) -> None:
        """Refuse what is no version of TLS; raises `InputError`."""
        if self.min_tls not in TLS_VERSIONS:
            raise InputError(f"'{self.min_tls}' is no lowest TLS version; use {' or '.join(TLS_VERSIONS)}")
