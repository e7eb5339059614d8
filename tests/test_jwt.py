"""What is a token by its form, and what is said of what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.jwt import LARGEST, Jwt, Malformed, read
from tests.entra import forged

TOKEN = forged.token(forged.USER)
OF_CLI = "it is, or begins with, an error or a warning of the Azure CLI or of Entra ID"
HEADER, CLAIMS, SIGNATURE = TOKEN.split(".")


def test_a_token_is_read() -> None:
    said = read(TOKEN)
    assert isinstance(said, Jwt)
    assert said.header == {"typ": "JWT", "alg": "RS256", "kid": "azpg-tls-fake"}
    assert (said.claims["upn"], said.length) == ("Alice@contoso.com", len(TOKEN))


CASES = {
    "empty": ("", "it is empty"),
    "blank": (" \n", "it is empty"),
    "password": ("hunter2", "it has one part where a signed token has three"),
    "line end": (f"{TOKEN}\n", "a blank or a line end stands before or after it"),
    "broken line": (f"{HEADER}.\n{CLAIMS}.{SIGNATURE}", "a blank or a line end stands within it"),
    "bearer": (f"Bearer {TOKEN}", "the word 'Bearer' stands before the token"),
    "byte order mark": (f"\ufeff{TOKEN}", "a byte order mark stands before it"),
    "refresh token": ("1.AXoA" + "x" * 900, "it looks like a refresh token or a code, which Entra ID alone reads"),
    "quoted": (f'"{TOKEN}"', "quotation marks stand around it"),
    "json": (
        json.dumps({"accessToken": TOKEN}),
        "it is a JSON document with a token in it, not the token alone",
    ),
    "letters": (f"{TOKEN}ü", "it has characters that no token has"),
    "NUL": (f"{TOKEN}\0", "it has characters that no token has"),
    "encrypted": ("a.b.c.d.e", "it is encrypted (five parts): only the service that it is for can read it"),
    "two parts": (f"{HEADER}.{CLAIMS}", "it has 2 parts where a signed token has three"),
    "header": (f"x{HEADER}.{CLAIMS}.{SIGNATURE}", "its first part is not the JSON of a header"),
    "list": (f"{forged.encoded([1])}.{CLAIMS}.{SIGNATURE}", "its first part is not the JSON of a header"),
    "cut claims": (
        f"{HEADER}.{CLAIMS[:-9]}.{SIGNATURE}",
        "its second part is not the JSON of claims: something cut or changed it",
    ),
    "no claims": (f"{HEADER}..{SIGNATURE}", "its second part is not the JSON of claims: something cut or changed it"),
    "deep": (
        f"{HEADER}.{forged.encoded(b'[' * 9999)}.{SIGNATURE}",
        "its second part is not the JSON of claims: something cut or changed it",
    ),
    "no signature": (f"{HEADER}.{CLAIMS}.", "its signature is missing or cut"),
    "odd signature": (f"{HEADER}.{CLAIMS}.abcde", "its signature is missing or cut"),
    "no base64": (f"{HEADER}.{CLAIMS}.a+b/", "its signature is missing or cut"),
    "cut signature": (
        TOKEN[:-100],
        "its signature has 181 bytes, and RS256's have 256, 384 or 512: something cut or changed it",
    ),
    "not logged in": ("ERROR: Please run 'az login' to setup account.\n", OF_CLI),
    "of PowerShell": ("az : ERROR: The subscription of '' doesn't exist in cloud 'AzureCloud'.", OF_CLI),
    "warned": (f"WARNING: the extension is out of date\n{TOKEN}", OF_CLI),
    "refused": ("AADSTS700082: The refresh token has expired due to inactivity.", OF_CLI),
    "no CLI": ("bash: az: command not found", OF_CLI),
    "an answer": ('{"error": "invalid_request"}', "it is a JSON document with an error in it"),
    "long": ("x" * (LARGEST + 1), "it has 65536 characters; PostgreSQL reads 65535 bytes at most"),
}


@pytest.mark.parametrize(
    ("method", "size", "whole"),
    [
        ("RS256", 256, True), ("RS256", 512, True), ("RS512", 255, False), ("PS384", 384, True), ("ES256", 64, True),
        ("ES256", 256, False), ("ES512", 132, True), ("of the future", 7, True), (None, 7, True), ("RS256", 0, False),
    ],
)  # fmt: skip
def test_a_signature_has_the_length_of_its_method(method: str | None, size: int, whole: bool) -> None:
    header = forged.encoded({"typ": "JWT", "alg": method})
    assert isinstance(read(f"{header}.{CLAIMS}.{forged.encoded(bytes(size))}"), Jwt) is whole


@pytest.mark.parametrize(("text", "reason"), CASES.values(), ids=CASES)
def test_what_is_no_token_is_told_by_its_look(text: str, reason: str) -> None:
    assert read(text) == Malformed(reason, len(text))


@given(st.text(max_size=300))
def test_nothing_of_a_text_is_repeated(text: str) -> None:
    said = read(text)
    assert isinstance(said, Malformed)
    assert not any(word in said.reason for word in text.split() if len(word) > 8)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_whatever_the_parts_hold_the_answer_is_a_fact(header: bytes, claims: bytes) -> None:
    assert isinstance(read(".".join(map(forged.encoded, (header, claims, b"s")))), (Jwt, Malformed))
