"""The page of a finding code: what it means, why it happens, how it is put right, how to see it, sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

# Words with which a fix begins, and which are written in small letters at the beginning of a sentence too.
NAMES = frozenset(
    {
        "azure-identity-extensions",
        "epgsql",
        "export",
        "libpq",
        "node-postgres",
        "pgjdbc",
        "pgx",
        "sqlx",
        "tokio-postgres",
    }
)
_FIRST_WORD = re.compile(r"[a-z][a-z-]*(?=[ ,:])")


@dataclass(frozen=True)
class Page:
    """A page's text, without indentation: a first line that is the title, prose, and sections that end in colons."""

    text: str

    @property
    def title(self) -> str:
        """The first line, without its full stop."""
        return self.text.partition("\n")[0].removesuffix(".")

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """The list under "Why it happens", an item a string."""
        return self._items("Why it happens")

    @cached_property
    def fixes(self) -> tuple[str, ...]:
        """The list under "Fix", an item a string that begins as a sentence does, without the list's punctuation."""
        return tuple(_begun(item.rstrip(";.")) for item in self._items("Fix"))

    @cached_property
    def commands(self) -> tuple[str, ...]:
        """The lines under "See for yourself"."""
        return tuple(line.strip() for line in self._section("See for yourself").split("\n") if line.strip())

    def _items(self, heading: str) -> tuple[str, ...]:
        items = f"\n{self._section(heading)}".split("\n- ")[1:]
        return tuple(" ".join(item.split()) for item in items)

    def _section(self, heading: str) -> str:
        return self.text.partition(f"{heading}:\n")[2].partition("\n\n")[0]


def _begun(item: str) -> str:
    word = _FIRST_WORD.match(item)
    return item if word is None or word[0] in NAMES else item[0].upper() + item[1:]
