"""A sign's needle, and that no pattern takes long."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azpg_tls.clients import CLIENTS
from azpg_tls.clients.sign import certain, likely, needles, possible, sign, without_quotes
from azpg_tls.transcript import clean
from tests.explained import printed, samples

if TYPE_CHECKING:
    from azpg_tls.clients.client import Client
    from azpg_tls.clients.sign import Sign

TEXTS = [clean(sample.text) for sample in (*samples(), *printed())]
# Each pattern is searched in a third of the texts, which are one line each: in all of them it takes too long.
THIRDS = ["\n".join(TEXTS[first::3]) for first in range(3)]
QUICK = 0.01  # seconds for 40,000 characters; what takes less is not compared


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        ("Connection refused", ("connection refused",)),
        (r"a\.b", ("a.b",)),
        (r"file \"(?P<file>[^\"]*)\" does not exist", ('" does not exist', 'file "')),
        (r"self[- ]signed certificate", ("signed certificate", "self")),
        (r"certificates? expired", ("certificate", " expired")),
        (r"ab*cde", ("cde", "a")),
        (r"ab+cde", ("cde", "ab")),
        (r"ab{0,3}cde", ("cde", "a")),
        (r"x\d+ failed", (" failed", "x")),
        (r"one|two", ()),
        (r"(?:one|two) more", (" more",)),
        (r"(?<!no )more(?! of)", ("more",)),
        (r"[|]abc", ("abc",)),
        (r"\babc\b", ("abc",)),
        ("", ()),
    ],
)
def test_the_needles_are_the_plain_texts_that_every_match_has_the_longest_first(
    pattern: str, plain: tuple[str, ...]
) -> None:
    assert needles(pattern) == plain


@pytest.mark.parametrize(
    ("pattern", "word"), [("SSL error: Verify failed", "verify"), ("主机名", ""), (r"\d+", ""), ('"db" (', "db")]
)
def test_the_word_of_a_sign_is_the_longest_of_its_needle(pattern: str, word: str) -> None:
    assert sign(pattern).word == word


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"role \"(?P<role>[^\"]{1,63})\" does not exist", "role app does not exist", True),
        (r"role \"(?P<role>[^\"]{1,63})\" does not exist", "role `app' does not exist", True),
        (r"role \"(?P<role>[^\"]{1,63})\" does not exist", "role in this table does not exist", False),
        (r"certificate's altnames", "certificates altnames", True),
        (r"open [\"'`](?P<file>[^'\"]{0,200}\.pem)", "open /app/root.pem", True),
        (r"file(?! ?\").{0,9}? missing", 'file "x" missing', False),
        (r"(?<!\")database(?= \"x\")", 'database "x"', True),
        (r"certificate (?:is not|isn't) trusted", "certificate isnt trusted", True),
    ],
)
def test_a_text_whose_quotes_were_lost_is_found(pattern: str, text: str, found: bool) -> None:
    assert bool(re.search(without_quotes(pattern), text)) is found


def test_without_its_quotes_a_certain_text_is_likely() -> None:
    weakened = sign('no role "x" at all', certain("role-missing", "There is none."), possible("dns-failure", "Or so."))
    assert [meaning.confidence for meaning in weakened.unquoted.meanings] == ["likely", "possible"]
    assert weakened.quoted
    assert not sign("no role at all", certain("role-missing", "There is none.")).quoted


@settings(max_examples=20, deadline=None)
@pytest.mark.parametrize(
    "pattern", [r"file \"[^\"]*\" does not exist", r"ab+cde", r"ab{0,3}cde", r"(?:one|two) more", r"[|]abc"]
)
@given(data=st.data())
def test_whatever_matches_a_pattern_has_its_needles(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII))).lower()
    assert [needle for needle in needles(pattern) if needle not in text] == []


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_whatever_of_the_real_texts_matches_a_sign_has_its_needles(client: Client) -> None:
    for place, each in enumerate((*client.signs, *client.mark_signs)):
        for match in re.compile(each.pattern, re.IGNORECASE | re.MULTILINE).finditer(THIRDS[place % 3]):
            assert [needle for needle in each.needles if needle not in match[0].lower()] == [], each.pattern


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_no_sign_is_without_a_needle(client: Client) -> None:
    assert [each.pattern for each in client.signs if len(each.needle) < 3] == []


def test_a_sign_is_found_whatever_the_case() -> None:
    found = sign("Connection Refused", certain("tcp-refused", "why")).search("CONNECTION refused", "connection refused")
    assert found is not None
    assert found[0] == "CONNECTION refused"


def test_a_sign_is_searched_only_where_its_needle_is() -> None:
    assert sign("abc", likely("expired", ""), possible("revoked", "")).search("abc", "something else") is None


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_time_of_a_search_grows_with_the_text_and_no_faster(client: Client) -> None:
    """Text that begins to match at every place: four times as much of it may take eight times as long, not sixteen."""
    for each in (*client.signs, *client.mark_signs):
        for part in (each.needle[:-1], f"{each.needle} ", f'{each.needle}"'):
            long = _seconds(each, part * (40_000 // len(part)))
            assert long < QUICK or long < 8 * _seconds(each, part * (10_000 // len(part))), (each.pattern, part)


def _seconds(each: Sign, text: str) -> float:
    lowered = text.lower() + "".join(each.needles)
    taken = []
    for _ in range(2):
        begin = time.process_time()
        each.search(text, lowered)
        taken.append(time.process_time() - begin)
        if taken[-1] < QUICK:
            break
    return min(taken)
