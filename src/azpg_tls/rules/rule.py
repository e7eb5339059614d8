"""What a rule is: a function that looks at the evidence and says what it found, with its docstring as its page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from azpg_tls.evidence import Evidence
from azpg_tls.page import Page
from azpg_tls.render.escape import visible
from azpg_tls.report import Finding, Severity, Stage

T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """A rule's result: the case in words, its evidence by name, and what to do; *stage* if the rule has several.

    *title* takes the place of the page's where more is known than it says.

    The values of *evidence* are what JSON has: strings, numbers, booleans, lists and dicts.
    """

    detail: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    fix: tuple[str, ...] = ()
    stage: Stage | None = None
    title: str = ""


@dataclass(frozen=True)
class Rule:
    """One finding code: its severity, the stages it belongs to, and the function that looks for it."""

    code: str
    severity: Severity
    stages: tuple[Stage, ...]
    check: Callable[[Evidence], Found | None]

    @property
    def page(self) -> Page:
        """The code's page, which is the docstring of its function."""
        return Page(inspect.cleandoc(self.check.__doc__ or ""))

    @property
    def title(self) -> str:
        """The page's title."""
        return self.page.title

    def apply(self, evidence: Evidence) -> Finding | None:
        """Return the finding, None if there is nothing to find."""
        found = self.check(evidence)
        if found is None:
            return None
        return Finding(
            self.code,
            self.severity,
            found.stage or self.stages[0],
            found.title or self.title,
            _shown(found.detail),
            {name: _shown(value) for name, value in found.evidence.items()},
            tuple(_shown(step) for step in found.fix),
        )


def _shown(value: T) -> T:
    """Return *value* with every text in it made visible, whatever the rule took from the network."""
    if isinstance(value, str):
        return cast("T", visible(value, len(value)))
    if isinstance(value, list):
        return cast("T", [_shown(item) for item in value])
    if isinstance(value, dict):
        return cast("T", {_shown(name): _shown(item) for name, item in value.items()})
    return value
