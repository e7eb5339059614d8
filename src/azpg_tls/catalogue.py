"""Every finding code with its page: those that a probe looks for, those of a login, those of the client's side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls.page import Page
from azpg_tls.pages.client_side import CLIENT_SIDE
from azpg_tls.pages.login import LOGIN
from azpg_tls.report import Severity
from azpg_tls.rules import RULES

if TYPE_CHECKING:
    from azpg_tls.rules.rule import Rule


@dataclass(frozen=True)
class Entry:
    """One finding code: how much it matters, and the stages at which it is found."""

    code: str
    severity: Severity
    places: tuple[str, ...]
    page: Page

    @property
    def title(self) -> str:
        """The page's title."""
        return self.page.title


ALSO_CLIENT_SIDE = frozenset({"private-dns-zone"})
"""Codes that a probe looks for, and that a client's own text can mean where no probe gets to."""


def _of_rule(rule: Rule) -> Entry:
    places = [stage.value for stage in rule.stages]
    if rule.code in ALSO_CLIENT_SIDE:
        places.append("client side")
    return Entry(rule.code, rule.severity, tuple(places), rule.page)


PROBED = frozenset(rule.code for rule in RULES)

ENTRIES: tuple[Entry, ...] = (
    *map(_of_rule, RULES),
    *(Entry(code, Severity.ERROR, ("login",), page) for code, page in LOGIN.items()),
    *(Entry(code, Severity.ERROR, ("client side",), page) for code, page in CLIENT_SIDE.items()),
)
BY_CODE = {entry.code: entry for entry in ENTRIES}
