"""The demands have defaults that demand little, and refuse nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from azpg_tls.errors import InputError
from azpg_tls.policy import MAX_DAYS, MAX_DEPTH, Policy


def test_by_default_only_tls_1_2_is_demanded() -> None:
    assert Policy() == Policy(min_tls="TLSv1.2", max_depth=None, expect_issuer="", pins=(), expires_within=14)


@pytest.mark.parametrize("word", ["", "TLSv1", "TLSv1.1", "tlsv1.3", "1.3"])
def test_other_versions_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=rf"'{word}' is no lowest TLS version; use TLSv1.2 or TLSv1.3"):
        Policy(min_tls=word)


@pytest.mark.parametrize(
    ("demand", "problem"),
    [
        ({"max_depth": -1}, "-1 intermediates are no limit; use 0 to 100"),
        ({"max_depth": 101}, "101 intermediates are no limit; use 0 to 100"),
        ({"expires_within": -1}, "-1 days are no warning time; use 0 to 36500"),
        ({"expires_within": 36501}, "36501 days are no warning time; use 0 to 36500"),
        ({"pins": ("00" * 32, "00" * 31)}, "a pin is no SHA-256 digest"),
        ({"pins": ("AB" * 32,)}, "a pin is no SHA-256 digest"),
        ({"pins": ("00" * 32 + "\n",)}, "a pin is no SHA-256 digest"),
    ],
)
def test_what_cannot_be_demanded_is_refused(demand: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Policy(**demand)


def test_the_limits_can_be_demanded() -> None:
    assert Policy(max_depth=0, expires_within=0).max_depth == 0
    assert Policy(max_depth=MAX_DEPTH, expires_within=MAX_DAYS, pins=("ab" * 32,)).expires_within == MAX_DAYS
