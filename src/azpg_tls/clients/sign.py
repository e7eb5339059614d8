"""What a client can print, and what that means.

A sign is found by its needle first, the longest plain text that every match of its pattern contains: a log of many
megabytes costs one search for each needle, and a pattern is compiled when its needle has been seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import islice

from azpg_tls.clues import Clues

WORD = re.compile(r"[a-z0-9]+")
PLACES = 8  # of one sign in one message; a log of more lines than a person copies is divided
_INNER = re.compile(r"(?<=[^a-z0-9])[a-z0-9]+(?=[^a-z0-9])")
TELLING = 12  # bytes of a needle that ordinary text does not have by chance


class Confidence(StrEnum):
    """How sure a cause is: certain if the client prints this text for nothing else."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True)
class Meaning:
    """One cause that a text can have: *why* it follows, with the pattern's groups as ``{name}``.

    It counts only *when* the circumstances fit, if that is given. *fix* is what to do in this very case, with the
    groups too, before the client's own steps and in place of the page's.
    """

    code: str
    confidence: Confidence
    why: str
    when: Callable[[Clues], bool] | None = None
    fix: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sign:
    """A text that a client prints: *pattern* is searched without regard to case in a message on one line."""

    pattern: str
    meanings: tuple[Meaning, ...]

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Return the texts that every match contains, in lower case, the longest first."""
        return needles(self.pattern)

    @cached_property
    def needle(self) -> str:
        """Return the longest text that every match contains, "" if there is none."""
        return self.needles[0] if self.needles else ""

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the whole words in the needle: those that do not end where it does."""
        return frozenset(_INNER.findall(self.needle))

    @cached_property
    def word(self) -> str:
        """Return the longest word, or part of one, in the needle."""
        return max(WORD.findall(self.needle), key=len, default="")

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def unquoted(self) -> Sign:
        """Return the sign of the same text whose quotes were lost or changed on the way: what was certain is likely."""
        return Sign(without_quotes(self.pattern), tuple(_weakened(meaning) for meaning in self.meanings))

    @property
    def quoted(self) -> bool:
        """Whether the text has quotes."""
        return any(quote in self.pattern for quote in "\"'`") and self.unquoted.pattern != self.pattern

    @property
    def telling(self) -> bool:
        """Whether the needle is long enough to mean something by itself."""
        return len(self.needle.encode()) >= TELLING

    def search(self, text: str, lowered: str) -> re.Match[str] | None:
        """Return where *text* shows the sign; *lowered* is the same text in lower case."""
        return self._compiled.search(text) if all(each in lowered for each in self.needles) else None

    def places(self, text: str, lowered: str) -> list[re.Match[str]]:
        """Return the first `PLACES` places where *text* shows the sign: a short log may have it in several lines."""
        there = all(each in lowered for each in self.needles)
        return list(islice(self._compiled.finditer(text), PLACES)) if there else []


def sign(pattern: str, *meanings: Meaning) -> Sign:
    """Return the sign of a text, with what it can mean, the most probable first."""
    return Sign(pattern, meanings)


def certain(code: str, why: str, when: Callable[[Clues], bool] | None = None) -> Meaning:
    """Return a cause that the text leaves no doubt about."""
    return Meaning(code, Confidence.CERTAIN, why, when)


def likely(code: str, why: str, when: Callable[[Clues], bool] | None = None, fix: tuple[str, ...] = ()) -> Meaning:
    """Return the cause that the text mostly has."""
    return Meaning(code, Confidence.LIKELY, why, when, fix)


def possible(code: str, why: str, when: Callable[[Clues], bool] | None = None) -> Meaning:
    """Return a cause that the text can have too."""
    return Meaning(code, Confidence.POSSIBLE, why, when)


def _weakened(meaning: Meaning) -> Meaning:
    return replace(meaning, confidence=Confidence.LIKELY) if meaning.confidence is Confidence.CERTAIN else meaning


_OPTIONAL = "?*{"
_PLAIN_ESCAPES = re.compile(r"\\[^A-Za-z0-9]")


def needles(pattern: str) -> tuple[str, ...]:
    """Return the plain texts in *pattern* outside of groups, classes and what is optional, the longest first.

    Alternatives outside of a group have nothing in common: such a pattern has no needle.
    """
    runs, run, depth = [], "", 0
    for part, optional in _parts(pattern):
        if depth == 0 and part == "|":
            return ()
        depth += (part == "(") - (part == ")")
        plain = _plain(part)
        if depth == 0 and plain and not optional:
            run += plain
            continue
        runs.append(run)
        run = ""
    return tuple(sorted({each.lower() for each in (*runs, run) if each}, key=lambda each: (-len(each), each)))


_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)


_QUOTE = re.compile(r"\\?[\"'`]|\[(?:\\?[\"'`])+\]")
_ANY_QUOTE = "(?:[\"'`]?)"
_BETWEEN_QUOTES = re.compile(r"\[\^(?=[^\]]{0,10}[\"'`])")
_AROUND = re.compile(r"\(\?<?[!=]")


def without_quotes(pattern: str) -> str:
    """Return *pattern* with any quote, or none, for each that it asks for, and no blank between them.

    What looks around is left as it is.
    """
    loosened, around, position = [], [False], 0
    for part in _PART.findall(pattern):
        if part == "(":
            around.append(around[-1] or bool(_AROUND.match(pattern, position)))
        elif part == ")":
            around.pop()
        loosened.append(part if around[-1] else _without_quote(part))
        position += len(part)
    return "".join(loosened)


def _without_quote(part: str) -> str:
    return _ANY_QUOTE if _QUOTE.fullmatch(part) else _BETWEEN_QUOTES.sub(r"[^\\s", part)


def _parts(pattern: str) -> list[tuple[str, bool]]:
    """Return the parts of *pattern*, each with whether it may be missing."""
    parts = _PART.findall(pattern)
    following = [*parts[1:], " "]
    return [(part, after[0] in _OPTIONAL) for part, after in zip(parts, following, strict=False)]


def _plain(part: str) -> str:
    """Return the character that *part* stands for, "" if it stands for others too."""
    if _PLAIN_ESCAPES.fullmatch(part):
        return part[1]
    return part if len(part) == 1 and part not in r".^$*+?{}[]\|()" else ""
