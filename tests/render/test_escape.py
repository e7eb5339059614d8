"""Text from the network is shown, and never interpreted."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.render.escape import LIMIT, visible, visible_bytes

any_text = st.text(st.characters())  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain 'text' with ü, 漢 and 🐘", "plain 'text' with ü, 漢 and 🐘"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("two\r\nlines\ttab", "two\\x0d\\x0alines\\x09tab"),
        ("nul\0byte", "nul\\x00byte"),
        ("C1 \x9b31m", "C1 \\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028separator", "line\\u2028separator"),
        ("no-break\u00a0space", "no-break\\xa0space"),
        ("surrogate \udc80", "surrogate \\udc80"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("already \\x1b", "already \\x1b"),
    ],
)
def test_what_a_terminal_would_act_on_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_what_is_cut_is_said() -> None:
    assert visible("a" * LIMIT) == "a" * LIMIT
    assert visible("a" * (LIMIT + 3)) == "a" * LIMIT + "… (+3 characters)"
    assert visible("abcdef", 2) == "ab… (+4 characters)"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"SSH-2.0\r\n", "SSH-2.0\\x0d\\x0a"),
        (b"\xff\xfe\x00", "\\xff\\xfe\\x00"),
        ("ü".encode(), "ü"),
    ],
)
def test_bytes_are_shown_as_text_where_they_are(data: bytes, shown: str) -> None:
    assert visible_bytes(data) == shown


@given(any_text)
def test_nothing_that_is_shown_controls_anything(text: str) -> None:
    shown = visible(text, len(text))

    assert shown.isprintable()
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in shown)
    assert visible(shown, len(shown)) == shown  # what is visible stays as it is


@given(st.binary(max_size=300))
def test_any_bytes_can_be_shown(data: bytes) -> None:
    assert visible_bytes(data).isprintable()
