"""From a client's error text to its causes, ranked, with the fix in that client's own terms.

A text is cleaned (`transcript`), the client is recognised by its marks, and every sign of the client and of what it is
built on is searched. What is left of the signs found says which causes are meant: a longer match counts before one
that lies inside it, and libpq's second attempt, in the clear, is no cause of the first one's failure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azpg_tls.advice import Advice, advice
from azpg_tls.catalogue import BY_CODE, PROBED
from azpg_tls.clients import BY_NAME, CLIENTS, COMMON
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Confidence, Meaning
from azpg_tls.clues import DEFAULT_PORT, Clues, clues
from azpg_tls.render.escape import visible
from azpg_tls.transcript import Message, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ORDER = list(Confidence)
_GROUP = re.compile(r"\{(\w+)\}")
_PLACE = re.compile(r"\b(HOST|PORT|NAME)\b")
_REST_SHOWN = 20  # different problems of one log


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
    """One message of the text that means something, how often it occurred, and its causes, the first most probable."""

    text: str
    count: int
    client: str | None
    causes: tuple[Cause, ...]
    clues: Clues


@dataclass(frozen=True)
class Explanation:
    """What a text means: the most telling problem in it, and the others.

    *understood* is what was read of the text beside its words, *advice* what in it would turn verification off, *rest*
    the other problems, *left_out* how many different messages were not looked at.
    """

    client: str | None
    causes: tuple[Cause, ...]
    understood: Clues
    advice: tuple[Advice, ...] = ()
    rest: tuple[Problem, ...] = ()
    count: int = 1
    left_out: int = 0

    def __iter__(self) -> Iterator[Cause]:
        """Give the causes, the most probable first."""
        return iter(self.causes)

    def to_json(self) -> str:
        """Return the explanation as one JSON document."""
        from azpg_tls.render.explanation import to_json

        return to_json(self)


def explain(text: str, client: str | None = None) -> Explanation:
    """Return what *text*, an error that a client printed or a log with several, means.

    *client* is one of `BY_NAME`, if it is known which client wrote it. Nothing is connected to, and nothing of the
    text but what matched is kept; passwords and tokens in it are not.
    """
    found, left_out = messages(text)
    problems = _ranked([problem for message in found if (problem := _problem(message, client))])
    bad = tuple(dict.fromkeys(item for message in found for item in advice(message.text)))
    if not problems:
        return Explanation(_named(found, client), (), _first_clues(found), bad, left_out=left_out)
    main, *rest = problems
    return Explanation(main.client, main.causes, main.clues, bad, tuple(rest[:_REST_SHOWN]), main.count, left_out)


def _first_clues(found: Sequence[Message]) -> Clues:
    return next((said for message in found if (said := clues(message.text)) != Clues()), Clues())


def _named(found: Sequence[Message], client: str | None) -> str | None:
    return client or next((known.name for message in found if (known := recognised(message.text))), None)


def _ranked(problems: list[Problem]) -> list[Problem]:
    """Return *problems* without those that say the same, the surest and most frequent first."""
    merged: dict[tuple[str | None, str], Problem] = {}
    for problem in problems:
        key = (problem.client, problem.causes[0].code)
        before = merged.get(key)
        merged[key] = replace(before, count=before.count + problem.count) if before else problem
    return sorted(merged.values(), key=lambda p: (_ORDER.index(p.causes[0].confidence), -p.count))


def recognised(text: str) -> Client | None:
    """Return the client that wrote *text*, a cleaned message, by its marks."""
    return next((client for client in CLIENTS if any(re.search(mark, text) for mark in client.marks)), None)


def stack(client: Client) -> list[Client]:
    """Return *client* and all that it is built on, the nearest first, and what every client shows."""
    found: dict[str, Client] = {}
    waiting = [client.name]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = BY_NAME[name]
            waiting.extend(BY_NAME[name].over)
    return [*found.values(), *(BY_NAME[name] for name in COMMON if name not in found)]


@dataclass(frozen=True)
class _Hit:
    """A sign that was found: whose it is, where, and what it means here."""

    rank: int
    client: Client
    match: re.Match[str]
    meanings: tuple[Meaning, ...]

    def inside(self, other: _Hit) -> bool:
        """Whether this match is a part of *other*'s."""
        mine, its = self.match.span(), other.match.span()
        return mine != its and its[0] <= mine[0] and mine[1] <= its[1]


def _problem(message: Message, client: str | None) -> Problem | None:
    text, lowered = message.text, message.text.lower()
    known = BY_NAME[client] if client else recognised(text)
    said = clues(text)
    hits = (_hits(text, lowered, stack(known), said) if known else []) or _hits(text, lowered, CLIENTS, said)
    if not hits:
        return None
    teller = known or hits[0].client
    causes = tuple(_cause(code, hit, meaning, teller, said) for code, (hit, meaning) in _weighed(hits).items())
    return Problem(visible(text), message.count, teller.name, causes, said)


def _hits(text: str, lowered: str, clients: Iterable[Client], said: Clues) -> list[_Hit]:
    hits = []
    for rank, client in enumerate(clients):
        for sign in client.signs:
            match = sign.search(text, lowered)
            meanings = tuple(m for m in sign.meanings if m.when is None or m.when(said)) if match else ()
            if match and meanings:
                hits.append(_Hit(rank, client, match, meanings))
    return _unmasked([hit for hit in hits if not any(hit.inside(other) for other in hits)])


def _unmasked(hits: list[_Hit]) -> list[_Hit]:
    """Return *hits* without the refusal of a second attempt in the clear, if the first attempt's failure is there.

    libpq with sslmode=prefer tries again without TLS (fe-connect.c); the server then says that it demands TLS.
    """
    first = [hit for hit in hits if hit.meanings[0].code != "tls-required"]
    told = any(hit.meanings[0].confidence is not Confidence.POSSIBLE for hit in first)
    return first if told else hits


def _weighed(hits: list[_Hit]) -> dict[str, tuple[_Hit, Meaning]]:
    """Return each code that is meant with the hit and the meaning that make it surest, the surest code first."""
    said = [(hit, meaning, place) for hit in hits for place, meaning in enumerate(hit.meanings)]
    said.sort(key=lambda s: (_ORDER.index(s[1].confidence), s[0].rank, s[0].match.start(), s[2]))
    weighed: dict[str, tuple[_Hit, Meaning]] = {}
    for hit, meaning, _ in said:
        weighed.setdefault(meaning.code, (hit, meaning))
    return weighed


def _cause(code: str, hit: _Hit, meaning: Meaning, teller: Client, said: Clues) -> Cause:
    groups = hit.match.groupdict()
    why = _GROUP.sub(lambda name: visible(groups.get(name[1]) or "?"), meaning.why)
    fixes = next((c.fixes[code] for c in stack(teller) if code in c.fixes), None) or BY_CODE[code].page.fixes
    placed = tuple(_placed(step, said) for step in fixes)
    return Cause(code, meaning.confidence, visible(hit.match[0]), why, placed, _checks(code, said))


def _checks(code: str, said: Clues) -> tuple[str, ...]:
    """Return what shows whether *code* is the cause: a probe where a probe can find it, else what its page has."""
    if code not in PROBED:
        return tuple(_placed(line, said) for line in BY_CODE[code].page.commands)
    port = f" --port {said.port}" if said.port not in (None, DEFAULT_PORT) else ""
    roots = f" --sslrootcert {said.sslrootcert}" if said.sslrootcert else ""
    return (f"azpg-tls probe {said.host or 'HOST'}{port}{roots}",)


def _placed(step: str, said: Clues) -> str:
    """Return *step* with the server's name and port for ``HOST``, ``NAME`` and ``PORT``, where the text has them."""
    known = {"HOST": said.host, "NAME": said.host, "PORT": str(said.port or DEFAULT_PORT)}
    return _PLACE.sub(lambda place: known[place[0]] or place[0], step)
