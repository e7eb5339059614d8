"""The catalogue of findings and its pages, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.rules.rule import Rule


def page(rule: Rule) -> str:
    """Return the page of one code."""
    stages = ", ".join(stage.value for stage in rule.stages)
    return f"{rule.code} ({rule.severity.value}, stage {stages})\n\n{rule.page}\n"


def catalogue(rules: Iterable[Rule]) -> str:
    """Return every code with its severity and title, a line each."""
    return "".join(f"{rule.code:<30}{rule.severity.value:<9}{rule.title}\n" for rule in rules)


def markdown(rules: Iterable[Rule]) -> str:
    """Return the catalogue as the README's table."""
    rows = [f"| `{r.code}` | {', '.join(s.value for s in r.stages)} | {r.severity.value} | {r.title} |" for r in rules]
    return "\n".join(["| code | stage | severity | what it says |", "|---|---|---|---|", *rows]) + "\n"
