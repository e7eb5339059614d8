"""Pins are read and written as HPKP wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls import pins
from azpg_tls.errors import InputError


def test_the_pin_of_digicert_global_root_g2() -> None:
    digest = "8bb593a93be1d0e8a822bb887c547890c3e706aad2dab76254f97fb36b82fc26"
    assert pins.show(digest) == "sha256/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY="
    assert pins.parse("sha256/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY=") == digest


@given(st.binary(min_size=32, max_size=32))
def test_what_is_shown_is_read_again(digest: bytes) -> None:
    assert pins.parse(pins.show(digest.hex())) == digest.hex()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256/",
        "i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY=",
        "sha256//i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY=",
        "sha1/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY=",
        "sha256/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY",
        "sha256/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl_s2uC_CY=",
        "sha256/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY=\n",
        "8bb593a93be1d0e8a822bb887c547890c3e706aad2dab76254f97fb36b82fc26",
    ],
)
def test_what_is_no_pin_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(InputError, match=r"is no pin; write sha256/ and the base64 .*\(44 characters\)"):
        pins.parse(text)
