"""A JSON Web Token as plain facts: its header and claims, or what is wrong with its form.

Nothing is verified: only the server that a token is for can say whether its signature holds. What is said of a text
never repeats it. Sources: RFC 7519 (claims), RFC 7515 section 7.1 (compact form), RFC 7516 section 7.1 (encrypted).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

LARGEST = 65535  # bytes that PostgreSQL reads as a password (PG_MAX_AUTH_TOKEN_LENGTH in src/backend/libpq/auth.c)

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_REFRESH = re.compile(r"[01]\.A[A-Za-z0-9_-]")  # how Entra ID's refresh tokens and authorization codes begin
# What the Azure CLI, or a shell that does not find it, wrote where its token was to be; Entra ID's own errors.
_OF_CLI = re.compile(
    r"\s*(?:az(?:\.cmd)? ?: )?(?:ERROR|WARNING): |.{0,200}\baz login\b|.{0,200}\bAADSTS\d{5}"
    r"|.{0,80}\baz\b.{0,80}not (?:found|recognized)",
    re.IGNORECASE,
)
_ERROR_IN_JSON = re.compile(r'\s*\{.*"error(?:_description)?"\s*:', re.IGNORECASE | re.DOTALL)
# Bytes of a signature, by its method: of the RSA keys in use (RFC 7518 sections 3.3 and 3.5), of ECDSA (3.4).
_RSA, _ECDSA = (256, 384, 512), {"ES256": (64,), "ES384": (96,), "ES512": (132,)}
_SIGNATURES = {f"{family}{bits}": _RSA for family in ("RS", "PS") for bits in (256, 384, 512)} | _ECDSA
_JSON_OF_CLI = re.compile(r'\s*\{.*"access_?token"', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Jwt:
    """A token's header and claims, as they stand in it; *length* is that of the whole token, in characters."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    length: int


@dataclass(frozen=True)
class Malformed:
    """Why a text is no token; *reason* repeats nothing of the text, *length* is in characters."""

    reason: str
    length: int


def read(text: str) -> Jwt | Malformed:
    """Return what the token *text* says; a blank or a line end at its ends is an error too, as the server sees it."""
    if reason := _mistaken(text):
        return Malformed(reason, len(text))
    parts = text.split(".")
    if len(parts) == 5:
        return Malformed("it is encrypted (five parts): only the service that it is for can read it", len(text))
    if len(parts) != 3:
        return Malformed(f"it has {_parts(len(parts))} where a signed token has three", len(text))
    header, claims = _object(parts[0]), _object(parts[1])
    if header is None:
        return Malformed("its first part is not the JSON of a header", len(text))
    if claims is None:
        return Malformed("its second part is not the JSON of claims: something cut or changed it", len(text))
    if reason := _unsigned(parts[2], header):
        return Malformed(reason, len(text))
    return Jwt(header, claims, len(text))


def _mistaken(text: str) -> str:
    """Return the mistake that the look of *text* shows, "" if there is none."""
    mistakes = (
        (not text.strip(), "it is empty"),
        (len(text) > LARGEST, f"it has {len(text)} characters; PostgreSQL reads {LARGEST} bytes at most"),
        (text[:7].lower() == "bearer ", "the word 'Bearer' stands before the token"),
        (bool(_REFRESH.match(text)), "it looks like a refresh token or a code, which Entra ID alone reads"),
        (text[0:1] == "\ufeff", "a byte order mark stands before it"),
        (bool(_OF_CLI.match(text)), "it is, or begins with, an error or a warning of the Azure CLI or of Entra ID"),
        (bool(_ERROR_IN_JSON.match(text)), "it is a JSON document with an error in it"),
        (bool(_JSON_OF_CLI.match(text)), "it is a JSON document with a token in it, not the token alone"),
        (text[:1] in "\"'" or text[-1:] in "\"'", "quotation marks stand around it"),
        (text != text.strip(), "a blank or a line end stands before or after it"),
        (any(character.isspace() for character in text), "a blank or a line end stands within it"),
        (not text.isascii() or not text.isprintable(), "it has characters that no token has"),
    )
    return next((reason for found, reason in mistakes if found), "")


def _unsigned(part: str, header: Mapping[str, object]) -> str:
    """Return what is wrong with the form of the signature in *part*, "" if nothing is."""
    signature = _bytes(part)
    if not signature:
        return "its signature is missing or cut"
    method = str(header.get("alg"))
    lengths = _SIGNATURES.get(method)
    if lengths is None or len(signature) in lengths:
        return ""
    wanted = ", ".join(map(str, lengths)).replace(", 512", " or 512")
    return f"its signature has {len(signature)} bytes, and {method}'s have {wanted}: something cut or changed it"


def _parts(count: int) -> str:
    return "one part" if count == 1 else f"{count} parts"


def _object(part: str) -> dict[str, object] | None:
    """Return the JSON object that *part* holds; None if it holds none."""
    data = _bytes(part)
    try:
        value = json.loads(data.decode("utf-8")) if data else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _bytes(part: str) -> bytes | None:
    """Return what *part* encodes (RFC 4648 section 5, without padding); None if it is not in that form."""
    if not _BASE64URL.fullmatch(part):
        return b"" if not part else None
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        return None
