"""The catalogue of findings and its pages, as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.rules.rule import Rule

_COMMAND = "    "  # how a page sets a command apart


def page(rule: Rule, width: int = 100) -> str:
    """Return the page of one code, in lines of at most *width* characters; commands are never broken."""
    stages = ", ".join(stage.value for stage in rule.stages)
    lines = [_wrapped(line, width) for line in rule.page.split("\n")]
    return f"{rule.code} ({rule.severity.value}, stage {stages})\n\n" + "\n".join(lines) + "\n"


def _wrapped(line: str, width: int) -> str:
    if line.startswith(_COMMAND) or len(line) <= width:
        return line
    body = line.lstrip("- ")
    margin = line[: len(line) - len(body)]
    return textwrap.fill(
        body,
        width,
        initial_indent=margin,
        subsequent_indent=" " * len(margin),
        break_long_words=False,
        break_on_hyphens=False,
    )


def catalogue(rules: Iterable[Rule], width: int = 100) -> str:
    """Return every code with its severity and title, in lines of at most *width* characters."""
    return "".join(
        textwrap.fill(
            rule.title,
            width,
            initial_indent=f"{rule.code:<30}{rule.severity.value:<9}",
            subsequent_indent=" " * 39,
        )
        + "\n"
        for rule in rules
    )


def markdown(rules: Iterable[Rule]) -> str:
    """Return the catalogue as the README's table."""
    rows = [f"| `{r.code}` | {', '.join(s.value for s in r.stages)} | {r.severity.value} | {r.title} |" for r in rules]
    return "\n".join(["| code | stage | severity | what it says |", "|---|---|---|---|", *rows]) + "\n"
