"""What the user demands of a server beyond trust."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azpg_tls.errors import InputError

TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")  # oldest first, in libpq's spelling
MAX_DEPTH = 100  # intermediates; OpenSSL builds no deeper path unless told to (crypto/x509/x509_vpm.c)
MAX_DAYS = 36500
_PIN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Policy:
    """The demands; *pins* are SHA-256 digests of public keys in lower-case hexadecimal, *expires_within* is in days."""

    min_tls: str = "TLSv1.2"
    max_depth: int | None = None
    expect_issuer: str = ""
    pins: tuple[str, ...] = ()
    expires_within: int = 14

    def __post_init__(self) -> None:
        """Refuse what cannot be demanded; raises `InputError`."""
        if self.min_tls not in TLS_VERSIONS:
            raise InputError(f"'{self.min_tls}' is no lowest TLS version; use {' or '.join(TLS_VERSIONS)}")
        if self.max_depth is not None and not 0 <= self.max_depth <= MAX_DEPTH:
            raise InputError(f"{self.max_depth} intermediates are no limit; use 0 to {MAX_DEPTH}")
        if not 0 <= self.expires_within <= MAX_DAYS:
            raise InputError(f"{self.expires_within} days are no warning time; use 0 to {MAX_DAYS}")
        if not all(_PIN.fullmatch(pin) for pin in self.pins):
            raise InputError("a pin is no SHA-256 digest; write it as 64 lower-case hexadecimal digits")
