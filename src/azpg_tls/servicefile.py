"""libpq's connection service file: named groups of its words.

Source: PostgreSQL documentation, "The Connection Service File"; parseServiceFile in src/interfaces/libpq/fe-connect.c.
"""

from __future__ import annotations


def words_of(text: str, service: str) -> dict[str, str] | None:
    """Return the words of *service* in the file's *text*, None if it has no such group. The first of a word counts."""
    words: dict[str, str] | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            if words is not None:
                break
            words = {} if line == f"[{service}]" else None
        elif words is not None and line and not line.startswith("#"):
            key, _, value = line.partition("=")
            words.setdefault(key, value)
    return words
