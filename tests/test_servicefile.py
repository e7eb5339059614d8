"""libpq's service file, as libpq reads it."""

from __future__ import annotations

import pytest

from azpg_tls.servicefile import words_of

TEXT = """\
# [commented]
[one]
host=one.example
  port=5433
# user=nobody
password=a=b #c

host=ignored
[two]
[one]
user=later
"""


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("one", {"host": "one.example", "port": "5433", "password": "a=b #c"}),
        ("two", {}),
        ("commented", None),
        ("three", None),
    ],
)
def test_a_group_is_found_by_its_name(service: str, words: dict[str, str] | None) -> None:
    assert words_of(TEXT, service) == words
