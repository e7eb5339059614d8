"""The README's table of findings, made from the rules: ``make table``."""

from __future__ import annotations

from pathlib import Path

from azpg_tls.catalogue import ENTRIES
from azpg_tls.render.page import markdown

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- findings: made by `make table` -->\n", "<!-- end of findings -->"


def refreshed(text: str) -> str:
    """Return the README's *text* with the table of today's rules."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{markdown(ENTRIES)}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text("utf-8")), "utf-8")
