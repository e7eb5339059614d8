"""Which clients' signs a message shows, and which of them count.

A match that lies inside a longer one does not count, and neither does the server's refusal of libpq's second attempt,
in the clear, beside the failure of the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from azpg_tls.clients import BY_NAME, CLIENTS, COMMON
from azpg_tls.clients.client import Client
from azpg_tls.clients.crash import CRASH
from azpg_tls.clients.plain import PLAIN
from azpg_tls.clients.sign import WORD, Confidence, Meaning, Sign, likely
from azpg_tls.clues import Clues, clues
from azpg_tls.interception import product

if TYPE_CHECKING:
    from collections.abc import Iterable


ORDER = list(Confidence)

_LAST = (CRASH, PLAIN)
_KNOWN = [client for client in CLIENTS if client not in _LAST]

# What mostly follows from another failure: beside one, as in a chain of exceptions, that is the cause.
CONSEQUENCES = frozenset({"handshake-closed", "closed-before-tls", "closed-after-tls", "pool-timeout"})
# Of a name with several addresses one may refuse; the failure at the next tells more, as long as it is one.
REFUSED = "tcp-refused"

# What is said of a server's certificate that a product on the way has made.
UNTRUSTED = frozenset({"unknown-issuer", "self-signed", "missing-intermediate", "certificate-not-strict"})
# A part of a distinguished name, as OpenSSL, Node, Java, Go and Erlang write it, or a word for the issuer before one.
_NAME = re.compile(
    r"""(?:\b(?:CN|OU?)['"]?\s?[=:]|\bissue(?:r|d\sby)['"]?\s?[:=]?|\bsigned\sby(?!\sunknown)|\bauthority\scertificate|String,(?:<<)?)
        \s?["']?(?P<name>[^"',;/(]{2,80})""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Hit:
    """A sign that was found: *rank* is how far its client is from the one that wrote the text."""

    rank: int
    client: Client
    match: re.Match[str]
    meanings: tuple[Meaning, ...]

    @property
    def follows(self) -> int:
        """How little this tells beside another failure: 2 if it mostly follows from one, 1 if one may come after it."""
        code = self.meanings[0].code
        return 2 if code in CONSEQUENCES else int(code == REFUSED)


@dataclass(frozen=True)
class Found:
    """The signs that count in a message, and its clues; *retry* is what was said to a second attempt, in the clear."""

    hits: tuple[Hit, ...]
    said: Clues
    retry: str = ""


def lineage(client: Client) -> list[Client]:
    """Return *client* and all that it is built on, the nearest first."""
    found: dict[str, Client] = {}
    waiting = [client.name]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = BY_NAME[name]
            waiting.extend(BY_NAME[name].over)
    return list(found.values())


def stack(client: Client) -> list[Client]:
    """Return *client*, all that it is built on, and what every client shows: servers, services, poolers, the system."""
    own = lineage(client)
    return [*own, *(each for name in COMMON if (each := BY_NAME[name]) not in own)]


class Matcher:
    """The signs and marks that can be in some messages at all: those whose needles are in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Choose for *texts*, cleaned messages."""
        whole = "\n".join(texts).lower()
        # A log has few words for its length: most needles are refused by them.
        self._whole, self._words = whole, frozenset(WORD.findall(whole))
        self._vocabulary = "\n".join(self._words)
        self._signs = {client.name: self._there(client.signs) for client in CLIENTS}
        self._marks = {client.name: self._there(client.mark_signs) for client in CLIENTS}

    def _there(self, signs: Iterable[Sign]) -> tuple[Sign, ...]:
        near = [sign for sign in signs if sign.words <= self._words and sign.word in self._vocabulary]
        return tuple(sign for sign in near if all(needle in self._whole for needle in sign.needles))

    @cached_property
    def _unquoted(self) -> dict[str, tuple[Sign, ...]]:
        """The signs that have quotes, without them: shells, YAML and posters take them away."""
        return {client.name: self._there(client.unquoted_signs) for client in CLIENTS}

    def recognised(self, text: str) -> Client | None:
        """Return the client that wrote *text* by its marks, None if it has none."""
        lowered = text.lower()
        words = frozenset(WORD.findall(lowered))
        return next(
            (
                client
                for client in CLIENTS
                if any(mark.search(text, lowered) for mark in self._marks[client.name] if mark.words <= words)
            ),
            None,
        )

    def found(self, text: str, known: Client | None, *, plainly: bool = False) -> Found:
        """Return the signs that count in *text*, of *known*'s stack, else of every client.

        Where there is none, its quotes are not looked at. *plainly* has looked at what is nobody's own: a driver's own
        failure, then plain words.
        """
        of = [[each] for each in _LAST] if plainly else [*([stack(known)] if known else []), _KNOWN]
        for clients, signs in [(c, self._signs) for c in of] + [(c, self._unquoted) for c in of]:
            matches = _matches(text, clients, signs)
            said = clues(text) if matches else Clues()
            if meant := _outermost([_hit(*each, said) for each in matches]):
                hits, retry = _unmasked(meant)
                return Found((*_inspection(text, hits), *hits), said, retry)
        return Found((), Clues())


def _matches(
    text: str, clients: Iterable[Client], signs: dict[str, tuple[Sign, ...]]
) -> list[tuple[int, Client, Sign, re.Match[str]]]:
    lowered = text.lower()
    words = frozenset(WORD.findall(lowered))
    return [
        (rank, client, sign, match)
        for rank, client in enumerate(clients)
        for sign in signs[client.name]
        if sign.words <= words and sign.needle in lowered
        for match in sign.places(text, lowered)
    ]


def _hit(rank: int, client: Client, sign: Sign, match: re.Match[str], said: Clues) -> Hit:
    return Hit(rank, client, match, tuple(m for m in sign.meanings if m.when is None or m.when(said)))


def _outermost(found: list[Hit]) -> list[Hit]:
    meant = [hit for hit in found if hit.meanings]
    outer = _outer({hit.match.span() for hit in meant})
    return [hit for hit in meant if hit.match.span() in outer]


def _outer(spans: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those of *spans* that lie inside no other."""
    outer, reach = set(), -1
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > reach:
            outer.add((begin, end))
            reach = end
    return outer


def _unmasked(found: list[Hit]) -> tuple[list[Hit], str]:
    """Return *found* without the refusal of an attempt in the clear, if the failure of another is there; and its words.

    libpq with sslmode=prefer tries again without TLS (fe-connect.c); the server then says that it demands TLS.
    """
    others = [hit for hit in found if hit.meanings[0].code != "tls-required"]
    told = any(hit.meanings[0].confidence is not Confidence.POSSIBLE for hit in others)
    refused = [hit.match[0] for hit in found if hit not in others]
    return (others, refused[0]) if told and refused else (found, "")


def _inspection(text: str, found: list[Hit]) -> list[Hit]:
    """Return the product that inspects TLS, if *text* names its CA beside a certificate that is not trusted."""
    untrusted = next((hit for hit in found if hit.meanings[0].code in UNTRUSTED), None)
    names = _NAME.finditer(text) if untrusted else ()
    return [
        Hit(
            -1,
            untrusted.client,
            name,
            (likely("tls-intercepted", f"{maker} inspects TLS, and this is its CA's name."),),
        )
        for name in names
        if untrusted and (maker := product(name["name"]))
    ][:1]


def weighed(found: Iterable[Hit]) -> dict[str, tuple[Hit, Meaning]]:
    """Return each code that is meant with the hit and the meaning that make it surest, the surest code first."""
    said = [(hit, meaning, place) for hit in found for place, meaning in enumerate(hit.meanings)]
    said.sort(key=lambda s: (ORDER.index(s[1].confidence), s[0].follows, s[0].rank, s[0].match.start(), s[2]))
    best: dict[str, tuple[Hit, Meaning]] = {}
    for hit, meaning, _ in said:
        best.setdefault(meaning.code, (hit, meaning))
    return best
