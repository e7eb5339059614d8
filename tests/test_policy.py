"""The demands have defaults that demand little, and refuse nonsense."""

from __future__ import annotations

import pytest

from azpg_tls.errors import InputError
from azpg_tls.policy import Policy


def test_by_default_only_tls_1_2_is_demanded() -> None:
    assert Policy() == Policy(min_tls="TLSv1.2", max_depth=None, expect_issuer="", pins=(), expires_within=14)


@pytest.mark.parametrize("word", ["", "TLSv1", "TLSv1.1", "tlsv1.3", "1.3"])
def test_other_versions_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=rf"'{word}' is no lowest TLS version; use TLSv1.2 or TLSv1.3"):
        Policy(min_tls=word)
