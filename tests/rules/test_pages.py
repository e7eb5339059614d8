"""Every code's page is complete, and reads well in a terminal."""

from __future__ import annotations

import re

import pytest

from azpg_tls.catalogue import BY_CODE, ENTRIES, Entry
from azpg_tls.page import NAMES, Page
from azpg_tls.render.page import catalogue, markdown, page
from azpg_tls.report import PROBED_STAGES, Severity
from azpg_tls.rules import RULES
from azpg_tls.rules.rule import Rule

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=[entry.code for entry in ENTRIES])


@every_entry
def test_a_page_says_why_what_to_do_how_to_see_it_and_where_it_is_written(entry: Entry) -> None:
    sections = re.findall(r"^(Why it happens|Fix|See for yourself|Sources):", entry.page.text, re.MULTILINE)

    assert sections == ["Why it happens", "Fix", "See for yourself", "Sources"]
    assert entry.page.reasons
    assert all(entry.page.reasons)
    assert entry.page.commands


@every_entry
def test_a_page_fits_and_is_plain(entry: Entry) -> None:
    text = entry.page.text
    first, second, *_ = [*text.split("\n"), ""]

    assert first.endswith(".")
    assert 10 < len(entry.title) < 90
    assert second == ""
    assert all(len(line) < 120 and line == line.rstrip() for line in text.split("\n"))
    assert "!" not in text
    assert set(text) - set("\n") == {c for c in text if c.isprintable()}


@every_entry
def test_a_reason_ends_like_an_item_of_a_list(entry: Entry) -> None:
    reasons = entry.page.reasons
    assert [reason[-1] for reason in reasons] == [";"] * (len(reasons) - 1) + ["."]


@every_entry
def test_a_section_of_fixes_is_a_list(entry: Entry) -> None:
    fixes = entry.page.text.partition("Fix:\n")[2].partition("\n\n")[0].split("\n")
    assert fixes[0].startswith("- ")
    assert all(line.startswith(("- ", "  ")) for line in fixes)


@every_entry
def test_commands_stand_apart(entry: Entry) -> None:
    shown = entry.page.text.partition("See for yourself:\n")[2].partition("\n\n")[0].split("\n")
    assert [line for line in shown if not line.startswith("    ")] == []


def test_codes_are_words_of_their_own() -> None:
    assert len(BY_CODE) == len(ENTRIES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", code) or code in ("expired", "revoked") for code in BY_CODE)


def test_the_order_is_that_of_the_stages() -> None:
    stages = list(PROBED_STAGES)
    places = [stages.index(rule.stages[0]) for rule in RULES]
    assert places == sorted(places)


def test_what_no_probe_finds_comes_after_what_one_finds() -> None:
    places = [entry.places[0] for entry in ENTRIES[len(RULES) :]]
    assert places == ["login"] * 14 + ["client side"] * 16


def test_a_code_that_a_probe_and_a_client_show_has_both_places() -> None:
    assert BY_CODE["private-dns-zone"].places == ("resolve", "client side")
    assert BY_CODE["dns-failure"].places == ("resolve",)


def test_the_parts_of_a_page() -> None:
    parts = Page("""\
The sky falls.

It has happened before.

Why it happens:
- nobody holds it
  up;
- it is tired.

Fix:
- hold it;
- libpq: look.

See for yourself:
    look up   # blue
    look down

Sources: the sky""")
    assert parts.title == "The sky falls"
    assert parts.reasons == ("nobody holds it up;", "it is tired.")
    assert parts.fixes == ("Hold it", "libpq: look")
    assert parts.commands == ("look up   # blue", "look down")


def test_every_fix_begins_as_a_sentence_or_with_a_name() -> None:
    fixes = [fix for entry in ENTRIES for fix in entry.page.fixes]
    begun = {re.split("[ ,:']", fix)[0] for fix in fixes if fix[0].islower()}
    assert begun - NAMES == {"uWSGI"}


def test_a_rule_without_a_page_has_an_empty_one() -> None:
    bare = Rule("bare", Severity.INFO, (), lambda _: None)
    assert bare.page.text == bare.title == ""
    assert bare.page.reasons == bare.page.fixes == bare.page.commands == ()


def test_the_page_of_one_code_begins_with_what_it_is() -> None:
    text = page(BY_CODE["too-many-connections"])
    assert text.startswith(
        "too-many-connections (error, stage negotiate, startup)\n\nThe server has no connection left.\n\n"
    )
    assert text.endswith("concepts-limits\n")


def test_the_catalogue_has_a_line_for_each_code() -> None:
    lines = catalogue(ENTRIES, width=200).splitlines()
    assert len(lines) == len(ENTRIES)
    assert lines[0] == "dns-failure                   error    The host name does not resolve to any address"


def test_narrow_pages_break_prose_and_no_command() -> None:
    lines = page(BY_CODE["no-pg-hba-entry"], width=60).splitlines()
    assert [line for line in lines if len(line) > 60 and not line.startswith("    ") and "https://" not in line] == []
    assert "    psql " in page(BY_CODE["expired"], width=40) or "    openssl " in page(BY_CODE["expired"], width=40)
    assert all(len(line) <= 60 for line in catalogue(ENTRIES, width=60).splitlines())
    assert catalogue(ENTRIES, width=20) == catalogue(ENTRIES, width=60)


def test_a_page_fills_its_lines_anew() -> None:
    text = """\
The sky falls.

It has happened before, and nobody
noticed.

Why it happens:
- nobody holds it up who could,
  or would;
- it is tired.

See for yourself:
    look up   # blue

Sources: https://example.com/a;
    https://example.com/b"""
    assert (
        page(Entry("sky-falls", Severity.ERROR, ("login",), Page(text)), width=36)
        == """\
sky-falls (error, stage login)

The sky falls.

It has happened before, and nobody
noticed.

Why it happens:
- nobody holds it up who could, or
  would;
- it is tired.

See for yourself:
    look up   # blue

Sources: https://example.com/a;
    https://example.com/b
"""
    )


def test_the_catalogue_is_a_table_in_markdown() -> None:
    assert markdown(ENTRIES[:1]) == (
        "| code | stage | severity | what it says |\n"
        "|---|---|---|---|\n"
        "| `dns-failure` | resolve | error | The host name does not resolve to any address |\n"
    )
