"""Pins of public keys, as HTTP Public Key Pinning wrote them: ``sha256/`` and base64 (RFC 7469 section 2.4)."""

from __future__ import annotations

import base64
import re

from azpg_tls.errors import InputError

PREFIX = "sha256/"

_PIN = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")  # 32 bytes


def parse(text: str) -> str:
    """Return the pin *text* as lower-case hexadecimal; raises `InputError` if it is no pin."""
    if not _PIN.fullmatch(text):
        raise InputError(
            f"'{text}' is no pin; write sha256/ and the base64 of the SHA-256 of the public key (44 characters)"
        )
    return base64.b64decode(text.removeprefix(PREFIX)).hex()


def show(spki_sha256: str) -> str:
    """Return a digest in hexadecimal as the pin that `parse` reads."""
    return PREFIX + base64.b64encode(bytes.fromhex(spki_sha256)).decode()
