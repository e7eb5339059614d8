"""A sign's needle, and that no pattern takes long."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azpg_tls.clients import CLIENTS
from azpg_tls.clients.sign import Sign, certain, likely, needle, possible, sign

if TYPE_CHECKING:
    from azpg_tls.clients.client import Client

SIGNS = [(client.name, each) for client in CLIENTS for each in (*client.signs, *client.mark_signs)]


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        ("Connection refused", "connection refused"),
        (r"a\.b", "a.b"),
        (r"file \"(?P<file>[^\"]*)\" does not exist", '" does not exist'),
        (r"self[- ]signed certificate", "signed certificate"),
        (r"certificates? expired", "certificate"),
        (r"ab*cde", "cde"),
        (r"ab+cde", "cde"),
        (r"ab{0,3}cde", "cde"),
        (r"x\d+ failed", " failed"),
        (r"one|two", ""),
        (r"(?:one|two) more", " more"),
        (r"[|]abc", "abc"),
        (r"\babc\b", "abc"),
        ("", ""),
    ],
)
def test_the_needle_is_the_longest_plain_text_that_every_match_has(pattern: str, plain: str) -> None:
    assert needle(pattern) == plain


@settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
@pytest.mark.parametrize("each", [each for _, each in SIGNS], ids=lambda each: each.pattern[:60])
@given(data=st.data())
def test_whatever_matches_a_sign_has_its_needle(each: Sign, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(each.pattern, re.ASCII)))
    assert each.needle in text.lower()


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_no_sign_is_without_a_needle(client: Client) -> None:
    assert [each.pattern for each in client.signs if len(each.needle) < 3] == []


def test_a_sign_is_found_whatever_the_case() -> None:
    found = sign("Connection Refused", certain("tcp-refused", "why")).search("CONNECTION refused", "connection refused")
    assert found is not None
    assert found[0] == "CONNECTION refused"


def test_a_sign_is_searched_only_where_its_needle_is() -> None:
    assert sign("abc", likely("expired", ""), possible("revoked", "")).search("abc", "something else") is None


@pytest.mark.parametrize(("client", "each"), SIGNS, ids=lambda value: getattr(value, "pattern", value)[:60])
def test_the_time_of_a_search_grows_with_the_text_and_no_faster(client: str, each: Sign) -> None:
    """Text that begins to match at every place: four times as much of it may take eight times as long, not sixteen."""
    beginning = each.needle[:-1]
    for part in (beginning, f"{each.needle} ", f'{each.needle}"', "a" * len(each.needle), '" '):
        times = [_seconds(each, part * (size // len(part))) for size in (10_000, 40_000)]
        assert times[1] < 8 * max(times[0], 0.002), (client, part)


def _seconds(each: Sign, text: str) -> float:
    lowered = text.lower() + each.needle
    taken = []
    for _ in range(2):
        begin = time.process_time()
        each.search(text, lowered)
        taken.append(time.process_time() - begin)
    return min(taken)
