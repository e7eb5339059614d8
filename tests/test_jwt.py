"""What is a token by its form, and what is said of what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.jwt import LARGEST, Jwt, Malformed, read
from tests.entra import forged

TOKEN = forged.token(forged.USER)
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
    "long": ("x" * (LARGEST + 1), "it has 65536 characters; PostgreSQL reads 65535 bytes at most"),
}


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
