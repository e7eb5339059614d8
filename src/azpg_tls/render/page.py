"""The catalogue of findings and its pages, as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.catalogue import Entry

_NARROWEST = 60  # characters of a line of the catalogue; its titles begin after 39
_COMMAND, _ITEM = "    ", "- "  # how a page sets a command apart, and begins an item of a list


def page(entry: Entry, width: int = 100) -> str:
    """Return the page of one code, in lines of at most *width* characters; commands are never broken."""
    places = ", ".join(entry.places)
    lines = [_wrapped(block, width) for block in _blocks(entry.page.text.split("\n"))]
    return f"{entry.code} ({entry.severity.value}, stage {places})\n\n" + "\n".join(lines) + "\n"


def _blocks(lines: Iterable[str]) -> list[str]:
    """Return *lines* with those that go on with a sentence, or an item of a list, put behind it."""
    blocks = [""]
    for line in lines:
        ended = not blocks[-1] or blocks[-1].startswith(_COMMAND) or blocks[-1].endswith(":")
        if ended or not line or line.startswith((_COMMAND, _ITEM)):
            blocks.append(line)
        else:
            blocks[-1] += f" {line.strip()}"
    return blocks[1:]


def _wrapped(line: str, width: int) -> str:
    if line.startswith(_COMMAND) or len(line) <= width:
        return line
    margin = _ITEM if line.startswith(_ITEM) else ""
    return textwrap.fill(
        line.removeprefix(margin),
        width,
        initial_indent=margin,
        subsequent_indent=" " * len(margin),
        break_long_words=False,
        break_on_hyphens=False,
    )


def catalogue(entries: Iterable[Entry], width: int = 100) -> str:
    """Return every code with its severity and title, in lines of at most *width* characters, or `_NARROWEST`."""
    return "".join(
        textwrap.fill(
            entry.title,
            max(width, _NARROWEST),
            initial_indent=f"{entry.code:<30}{entry.severity.value:<9}",
            subsequent_indent=" " * 39,
        )
        + "\n"
        for entry in entries
    )


def markdown(entries: Iterable[Entry]) -> str:
    """Return the catalogue as the README's table."""
    rows = [f"| `{e.code}` | {', '.join(e.places)} | {e.severity.value} | {e.title} |" for e in entries]
    return "\n".join(["| code | stage | severity | what it says |", "|---|---|---|---|", *rows]) + "\n"
