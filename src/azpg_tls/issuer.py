"""Who issued a chain that leads to no anchor: the one fault that explains it, decided here once.

From the most specific to the least: an inspection product, an impostor, a signature that does not verify, a
certificate that signed itself, an intermediate that was not sent, an issuer that nobody here knows. The rules say it
in words, those of ``rules/issuer.py`` and ``bad-signature``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls import extension, interception
from azpg_tls.certificate import Certificate, Name, read
from azpg_tls.hostname import matches
from azpg_tls.signature import Issued, issued

if TYPE_CHECKING:
    from azpg_tls.chain import Chain, Trust
    from azpg_tls.target import Target

# A certificate this young was made for this connection or nearly so; no CA of Azure's hands one out so fast.
_MINTED = dt.timedelta(hours=1)
_CALLS_ITSELF_ROOT = re.compile(r"\broot\b", re.IGNORECASE)


@dataclass(frozen=True)
class Intercepted:
    """*ca* is that of an inspection *product*; without one, a stranger's that has just certified a host of Azure's."""

    product: str | None
    ca: Name


@dataclass(frozen=True)
class Impostor:
    """*shown*, or its issuer, has the *name* of the *genuine* CA, and another key."""

    shown: Certificate
    genuine: Certificate
    name: Name


@dataclass(frozen=True)
class Invalid:
    """OpenSSL takes no part of *certificate*, and finds no issuer for it: *what* is wrong with its extensions."""

    certificate: Certificate
    what: str


@dataclass(frozen=True)
class Unsigned:
    """*certificate* is not known to be signed by the *issuer* that it names; *checked* says whether it could be."""

    certificate: Certificate
    issuer: Certificate
    checked: bool


@dataclass(frozen=True)
class SelfSigned:
    """The server's certificate signed itself."""


@dataclass(frozen=True)
class Missing:
    """These *cas* were not sent, the lowest first; they are known, and would complete the chain."""

    cas: tuple[Certificate, ...]


@dataclass(frozen=True)
class Kindred:
    """The CA called *name* was not sent; it is not known, but of the organization of a trust anchor, and no root."""

    name: Name


@dataclass(frozen=True)
class Unknown:
    """Nobody here knows the issuer of *top*, the last certificate that the presented ones lead to.

    *namesake*: an anchor has that name, but is not self-signed, or has not the key identifier that *top* asks for.
    """

    top: Certificate
    namesake: bool


Fault = Intercepted | Impostor | Invalid | Unsigned | SelfSigned | Missing | Kindred | Unknown


def fault(chain: Chain, trust: Trust, target: Target, at: dt.datetime) -> Fault | None:
    """Return why *chain* leads to no anchor at the moment *at*; None if it does, or if something else is wrong."""
    nowhere = chain.timeless.error in c.NO_PATH
    if chain.path or not (nowhere or chain.timeless.error in c.BAD_SIGNATURE):
        return None
    named = _named(chain, trust)
    impostor = _impostor(chain, named)
    found: Fault | None = None
    if nowhere or impostor:
        found = _inspecting(chain, trust) or _minted(chain, trust, target, at) or impostor
    found = found or (_invalid(chain, trust) if nowhere else None) or _unsigned(chain, named)
    if found or not nowhere:
        return found
    if chain.timeless.error == c.DEPTH_ZERO_SELF_SIGNED_CERT:
        return SelfSigned()
    top = _top(chain, trust)
    return _missing(chain) or _kindred(chain, trust, top) or Unknown(top, _has_namesake(trust, top.issuer))


def _inspecting(chain: Chain, trust: Trust) -> Intercepted | None:
    """Return the inspection product whose CA is above the leaf, unless that product is trusted on purpose."""
    if chain.leaf.self_issued or _ends_at_known_root(chain, trust):
        return None
    trusted = {interception.product(read(anchor).subject.text) for anchor in trust.anchors}
    for name in (certificate.issuer for certificate in chain.line):
        product = interception.product(name.text)
        if product and product not in trusted:
            return Intercepted(product, name)
    return None


def _ends_at_known_root(chain: Chain, trust: Trust) -> bool:
    path = (chain.completed.path if chain.completed else ()) or chain.known_path
    return bool(path) and path[-1].spki_sha256 in {ca.spki_sha256 for ca in trust.known}


def _minted(chain: Chain, trust: Trust, target: Target, at: dt.datetime) -> Intercepted | None:
    """Return the CA that has just certified a host of Azure's, and is none of Azure's."""
    leaf, begin = chain.leaf, chain.leaf.not_before
    if chain.timeless.error not in c.NO_PATH or not target.cloud or leaf.self_issued:
        return None
    if begin is None or not dt.timedelta(0) <= at - begin <= _MINTED or not matches(target.server_name, leaf):
        return None
    azures = {text for ca in trust.known for text in (ca.common_name, read(ca.der).subject.organization) if text}
    above = {text for each in chain.line for text in (each.issuer.common_name, each.issuer.organization)}
    if _ends_at_known_root(chain, trust) or not azures.isdisjoint(above):
        return None
    return Intercepted(None, leaf.issuer)


def _has_namesake(trust: Trust, name: Name) -> bool:
    return _folded(name) in {_folded(read(anchor).subject) for anchor in trust.anchors}


def _named(chain: Chain, trust: Trust) -> dict[str, list[Certificate]]:
    """Return the roots of the root file and the known CAs by name, none where known CAs complete the chain.

    Whatever else lies in the root file is no anchor: an intermediate, or a server's certificate, may be replaced.
    """
    named: dict[str, list[Certificate]] = {}
    if chain.known_path or (chain.completed and chain.completed.path):
        return named
    roots = (anchor for anchor in map(read, trust.anchors) if anchor.self_issued)
    for ca in (*roots, *(read(known.der) for known in trust.known)):
        named.setdefault(_folded(ca.subject), []).append(ca)
    return named


def _impostor(chain: Chain, named: dict[str, list[Certificate]]) -> Impostor | None:
    """Return the certificate that shows another key than the genuine CA's of that name; None if all keys are right."""
    for certificate in chain.line:
        namesakes = named.get(_folded(certificate.subject), [])
        if namesakes and certificate.spki_sha256 not in {ca.spki_sha256 for ca in namesakes}:
            return Impostor(certificate, namesakes[0], certificate.subject)
    top = chain.line[-1]
    namesakes = named.get(_folded(top.issuer), [])
    if not namesakes or any(_may_have_issued(ca, top) for ca in namesakes):
        return None
    return Impostor(top, namesakes[0], top.issuer)


def _may_have_issued(ca: Certificate, certificate: Certificate) -> bool:
    """Whether *certificate* claims the key of *ca*, or is signed by it as far as one can tell here."""
    # One that claims the right key, and was not signed by it, is damaged or forged: its signature is what is wrong.
    if certificate.issuer_key_id and ca.key_id:
        return certificate.issuer_key_id == ca.key_id or issued(ca, certificate) is Issued.YES
    return issued(ca, certificate) is not Issued.NO


def _unsigned(chain: Chain, named: dict[str, list[Certificate]]) -> Unsigned | None:
    """Return the certificate whose issuer is at hand, by its name, if its signature is wrong or cannot be checked.

    Only below an anchor or a known CA: where the names lead to a stranger, that is what is wrong.
    """
    line = chain.line
    anchors = named.get(_folded(line[-1].issuer), [])
    place = chain.timeless.depth
    if not anchors or place >= len(line):
        return None
    certificate = line[place]
    issuers = [line[place + 1]] if place + 1 < len(line) else anchors
    # The first of several namesakes stands for each result.
    results = {issued(issuer, certificate): issuer for issuer in reversed(issuers)}
    if Issued.YES in results:
        return None
    checked = Issued.UNCHECKED not in results
    return Unsigned(certificate, results[Issued.NO if checked else Issued.UNCHECKED], checked)


def _invalid(chain: Chain, trust: Trust) -> Invalid | None:
    """Return the first certificate on the way to an anchor that OpenSSL calls invalid, None if there is none."""
    cas = {each.sha256: each for each in (*chain.presented[1:], *map(read, trust.anchors))}
    candidates = [chain.leaf]
    while candidates:
        here = candidates[0]
        if what := extension.fault(here.der):
            return Invalid(here, what)
        issuers = [ca for ca in cas.values() if ca.subject.der == here.issuer.der]
        for ca in issuers:
            del cas[ca.sha256]
        # Of several of one name OpenSSL takes one that is valid.
        candidates = sorted(issuers, key=lambda ca: bool(extension.fault(ca.der)))
    return None


def _folded(name: Name) -> str:
    """Return *name* as OpenSSL compares it: without regard to case and kind of string (X509_NAME_cmp)."""
    return " ".join(name.text.casefold().split())


def _missing(chain: Chain) -> Missing | None:
    """Return every known certificate that is needed to close the gap, None if none that we know would."""
    presented = {certificate.sha256 for certificate in chain.presented}
    path = (chain.completed.path if chain.completed else ()) or chain.known_path
    cas = tuple(ca for ca in path[1:-1] if ca.sha256 not in presented)
    return Missing(cas) if cas else None


def _kindred(chain: Chain, trust: Trust, top: Certificate) -> Kindred | None:
    """Return the issuer of *top* if an anchor is of its organization and it does not call itself a root."""
    issuer = top.issuer
    endless = chain.timeless.error == c.CHAIN_TOO_LONG
    was_sent = _folded(issuer) in {_folded(each.subject) for each in chain.line}
    if endless or was_sent or _has_namesake(trust, issuer):
        return None
    if chain.known_path or (chain.completed and chain.completed.path):
        return None  # nothing is missing but the root, or the right order
    if top.self_issued or _CALLS_ITSELF_ROOT.search(issuer.common_name):
        return None
    organizations = {root.subject.organization for root in map(read, trust.anchors) if root.self_issued}
    return Kindred(issuer) if issuer.organization and issuer.organization in organizations else None


def _top(chain: Chain, trust: Trust) -> Certificate:
    """Return the last certificate that the presented ones lead to, and those beside the roots in the root file."""
    beside = {anchor.subject.der: anchor for anchor in map(read, trust.anchors) if not anchor.self_issued}
    top = chain.line[-1]
    for _ in range(len(beside)):
        top = beside.get(top.issuer.der, top)
    return top
