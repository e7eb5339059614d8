"""Every code's page is complete, and reads well in a terminal."""

from __future__ import annotations

import re

import pytest

from azpg_tls.render.page import catalogue, markdown, page
from azpg_tls.report import Severity
from azpg_tls.rules import BY_CODE, RULES
from azpg_tls.rules.rule import Rule

every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])


@every_rule
def test_a_page_says_why_what_to_do_how_to_see_it_and_where_it_is_written(rule: Rule) -> None:
    sections = re.findall(r"^(Why it happens|Fix|See for yourself|Sources):", rule.page, re.MULTILINE)

    assert sections == ["Why it happens", "Fix", "See for yourself", "Sources"]
    assert rule.reasons
    assert all(rule.reasons)


@every_rule
def test_a_page_fits_and_is_plain(rule: Rule) -> None:
    first, second, *_ = [*rule.page.split("\n"), ""]

    assert first.endswith(".")
    assert 10 < len(rule.title) < 90
    assert second == ""
    assert all(len(line) < 120 and line == line.rstrip() for line in rule.page.split("\n"))
    assert "!" not in rule.page
    assert rule.page.isprintable() or set(rule.page) - set("\n") == {c for c in rule.page if c.isprintable()}


@every_rule
def test_a_reason_ends_like_an_item_of_a_list(rule: Rule) -> None:
    assert [reason[-1] for reason in rule.reasons] == [";"] * (len(rule.reasons) - 1) + ["."]


@every_rule
def test_a_section_of_fixes_is_a_list(rule: Rule) -> None:
    fixes = rule.page.partition("Fix:\n")[2].partition("\n\n")[0].split("\n")
    assert fixes[0].startswith("- ")
    assert all(line.startswith(("- ", "  ")) for line in fixes)


def test_codes_are_words_of_their_own() -> None:
    assert len(BY_CODE) == len(RULES)
    assert all(
        re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.code) or rule.code in ("expired", "revoked") for rule in RULES
    )


def test_the_order_is_that_of_the_stages() -> None:
    from azpg_tls.report import Stage

    stages = list(Stage)
    places = [stages.index(rule.stages[0]) for rule in RULES]
    assert places == sorted(places)


def test_a_rule_without_a_page_has_an_empty_one() -> None:
    bare = Rule("bare", Severity.INFO, (), lambda _: None)
    assert bare.page == bare.title == ""
    assert bare.reasons == ()


def test_the_page_of_one_code_begins_with_what_it_is() -> None:
    text = page(BY_CODE["too-many-connections"])
    assert text.startswith(
        "too-many-connections (error, stage negotiate, startup)\n\nThe server has no connection left.\n\n"
    )
    assert text.endswith("concepts-limits\n")


def test_the_catalogue_has_a_line_for_each_code() -> None:
    lines = catalogue(RULES, width=200).splitlines()
    assert len(lines) == len(RULES)
    assert lines[0] == "dns-failure                   error    The host name does not resolve to any address"


def test_narrow_pages_break_prose_and_no_command() -> None:
    lines = page(BY_CODE["no-pg-hba-entry"], width=60).splitlines()
    assert [line for line in lines if len(line) > 60 and not line.startswith("    ") and "https://" not in line] == []
    assert "    psql " in page(BY_CODE["expired"], width=40) or "    openssl " in page(BY_CODE["expired"], width=40)
    assert all(len(line) <= 60 for line in catalogue(RULES, width=60).splitlines())


def test_the_catalogue_is_a_table_in_markdown() -> None:
    assert markdown(RULES[:1]) == (
        "| code | stage | severity | what it says |\n"
        "|---|---|---|---|\n"
        "| `dns-failure` | resolve | error | The host name does not resolve to any address |\n"
    )
