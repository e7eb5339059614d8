"""From a client's error text to its causes, ranked, with the fix in that client's own terms.

A text is cleaned (`transcript`), the client recognised and its signs searched (`clients.match`); what is left says
which causes are meant. In a log, messages with the same cause are one problem with their count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azpg_tls import remedy, reported
from azpg_tls.advice import Advice, advice
from azpg_tls.catalogue import BY_CODE
from azpg_tls.clients import BY_NAME
from azpg_tls.clients.client import Client
from azpg_tls.clients.match import CONSEQUENCES, ORDER, Hit, Matcher, lineage, weighed
from azpg_tls.clients.quotation import quotation
from azpg_tls.clients.sign import Confidence, Meaning
from azpg_tls.clues import DEFAULT_PORT, Clues, clues
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible
from azpg_tls.report import Severity
from azpg_tls.transcript import Message, messages
from azpg_tls.windows import is_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


MOST_SHOWN = 20  # different problems of one log

_GROUP = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Cause:
    """One cause of a text: *matched* is what of the text shows it, *check* what would tell it from the others."""

    code: str
    confidence: Confidence
    matched: str
    why: str
    fix: tuple[str, ...]
    check: tuple[str, ...]

    @property
    def title(self) -> str:
        """The title of the code's page."""
        return BY_CODE[self.code].title


@dataclass(frozen=True)
class Problem:
    """One message of the text that means something, how often it occurred, and its causes, the most probable first.

    *retry* is what of it the server said to a second attempt, in the clear, and is no cause.
    """

    client: str | None
    causes: tuple[Cause, ...]
    understood: Clues
    text: str
    count: int = 1
    retry: str = ""


@dataclass(frozen=True)
class Explanation:
    """What a text means: the most telling problem in it, and the others.

    *understood* is what was read of the text beside its words, *advice* what in it would turn verification off, *rest*
    the other problems, *left_out* how many different messages were not looked at, *retry* what of the first problem the
    server said to a second attempt, in the clear.
    """

    client: str | None
    causes: tuple[Cause, ...]
    understood: Clues
    count: int = 1
    advice: tuple[Advice, ...] = ()
    rest: tuple[Problem, ...] = ()
    left_out: int = 0
    retry: str = ""

    def __iter__(self) -> Iterator[Cause]:
        """Give the causes, the most probable first."""
        return iter(self.causes)

    @property
    def recognised(self) -> bool:
        """Whether the text was understood: it has a cause, or is a report that finds nothing wrong."""
        return bool(self.causes) or self.client == reported.NAME

    def to_json(self) -> str:
        """Return the explanation as one JSON document (``azpg-tls schema explain`` describes it)."""
        from azpg_tls.render.explanation import to_json

        return to_json(self)


def explain(text: str, client: str | None = None) -> Explanation:
    """Return what *text* means: an error that a client printed, a log with several, or a report of ours.

    *client* is a name of `BY_NAME`, if it is known which client wrote it. Nothing is connected to; of the text nothing
    is kept but what matched, and no password or token. Raises `InputError` for a client that is not known.
    """
    if client is not None and client not in BY_NAME:
        raise InputError(f"no client is called '{visible(client)}'; choose one of {', '.join(sorted(BY_NAME))}")
    if reports := reported.documents(text):
        problems = [problem for report in reports if (problem := _reported(report)).causes]
        problems.sort(key=lambda problem: BY_CODE[problem.causes[0].code].severity is not Severity.ERROR)
        return _whole(problems) if problems else Explanation(reported.NAME, (), reported.endpoint(reports[0]))
    if code := reported.code(text):
        return Explanation(reported.NAME, (_said(code),), Clues())
    found, left_out = messages(text)
    matcher = Matcher(message.text for message in found)
    readings = _readings(found, client, matcher) or _readings(found, client, matcher, plainly=True)
    bad = advice("\n".join(message.text for message in found))
    if not readings:
        return Explanation(_writer(found, client, matcher), (), _first_clues(found), advice=bad, left_out=left_out)
    problems = [_problem(reading) for reading in _ranked(readings)[: MOST_SHOWN + 1]]
    return replace(_whole(problems), advice=bad, left_out=left_out)


def _whole(problems: Sequence[Problem]) -> Explanation:
    main, *rest = problems
    return Explanation(main.client, main.causes, main.understood, main.count, rest=tuple(rest), retry=main.retry)


def _writer(found: Sequence[Message], client: str | None, matcher: Matcher) -> str | None:
    if client:
        return BY_NAME[client].name
    return next((known.name for message in found if (known := matcher.recognised(message.text))), None)


def _first_clues(found: Sequence[Message]) -> Clues:
    return next((said for message in found if (said := clues(message.text)) != Clues()), Clues())


@dataclass(frozen=True)
class _Reading:
    """A message with who wrote it, its clues, and each code that it means, the surest first."""

    message: Message
    writer: Client
    said: Clues
    meant: dict[str, tuple[Hit, Meaning]]
    retry: str

    @property
    def first(self) -> Meaning:
        """The surest of what it means."""
        return next(iter(self.meant.values()))[1]


def _readings(
    found: Sequence[Message], client: str | None, matcher: Matcher, *, plainly: bool = False
) -> list[_Reading]:
    return [reading for message in found if (reading := _read(message, client, matcher, plainly=plainly))]


def _read(message: Message, client: str | None, matcher: Matcher, *, plainly: bool) -> _Reading | None:
    known = BY_NAME[client] if client else matcher.recognised(message.text)
    found = matcher.found(message.text, known, plainly=plainly)
    if not found.hits:
        return None
    return _Reading(message, known or _speaker(found.hits), found.said, weighed(found.hits), found.retry)


def _ranked(readings: Sequence[_Reading]) -> list[_Reading]:
    """Return *readings* without those that say the same, the surest and most frequent first."""
    merged: dict[tuple[str, str], _Reading] = {}
    for reading in readings:
        key = (reading.writer.name, reading.first.code)
        before = merged.setdefault(key, reading)
        if before is not reading:
            count = before.message.count + reading.message.count
            merged[key] = replace(before, message=replace(before.message, count=count))
    return sorted(
        merged.values(), key=lambda r: (ORDER.index(r.first.confidence), r.first.code in CONSEQUENCES, -r.message.count)
    )


def _problem(reading: _Reading) -> Problem:
    message, writer, said = reading.message, reading.writer, reading.said
    causes = tuple(_cause(code, hit, meaning, writer, said) for code, (hit, meaning) in reading.meant.items())
    return Problem(writer.name, causes, said, visible(message.text), message.count, visible(reading.retry))


def _speaker(found: Sequence[Hit]) -> Client:
    """Return whose words the surest cause shows: a layer's, if several clients can say them."""
    surest, _ = next(iter(weighed(found).values()))
    return [hit.client for hit in found if hit.match.span() == surest.match.span()][-1]


def _cause(code: str, hit: Hit, meaning: Meaning, writer: Client, said: Clues) -> Cause:
    groups = hit.match.groupdict()

    def filled(text: str) -> str:
        return _GROUP.sub(lambda name: visible(groups.get(name[1]) or "?"), text)

    advisers = (*lineage(writer), *lineage(hit.client))
    fix = remedy.steps(code, advisers, said, tuple(map(filled, meaning.fix)))
    check = remedy.checks(code, said, groups.get("file"), windows=is_windows(writer, hit.match.string))
    return Cause(code, meaning.confidence, visible(quotation(hit.match)), filled(meaning.why), fix, check)


def _said(code: str) -> Cause:
    page = BY_CODE[code].page
    return Cause(code, Confidence.CERTAIN, page.title, "azpg-tls itself says so.", page.fixes, page.commands)


def _reported(report: dict[str, object]) -> Problem:
    said = reported.endpoint(report)
    causes = tuple(
        Cause(
            str(finding["code"]),
            Confidence.CERTAIN,
            reported.words(finding, "title"),
            reported.words(finding, "detail"),
            reported.steps(finding),
            remedy.commands(str(finding["code"]), said),
        )
        for finding in reported.findings(report)
    )
    return Problem(reported.NAME, causes, said, f"{said.host or 'HOST'}:{said.port or DEFAULT_PORT}")
