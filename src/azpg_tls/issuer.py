"""Who issued a chain that leads to no anchor: the one fault that explains it, decided here once.

From the most specific to the least: an inspection product, an impostor, a certificate that signed itself, an
intermediate that was not sent, an issuer that nobody here knows. The rules of ``rules/issuer.py`` say it in words.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls import interception
from azpg_tls.certificate import Certificate, Name, read
from azpg_tls.hostname import matches

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
class SelfSigned:
    """The server's certificate signed itself."""


@dataclass(frozen=True)
class Missing:
    """The CA called *subject* was not sent; *certificate* is it, None if only its organization is known here."""

    subject: Name
    certificate: Certificate | None


@dataclass(frozen=True)
class Unknown:
    """Nobody here knows the issuer of *top*, the last certificate that the presented ones lead to."""

    top: Certificate


Fault = Intercepted | Impostor | SelfSigned | Missing | Unknown


def fault(chain: Chain, trust: Trust, target: Target, at: dt.datetime) -> Fault | None:
    """Return why *chain* leads to no anchor at the moment *at*; None if it does, or if something else is wrong."""
    if chain.path:
        return None
    found = _inspecting(chain, trust) or _minted(chain, trust, target, at) or _impostor(chain, trust)
    if found or chain.timeless.error not in c.NO_PATH:
        return found
    if chain.timeless.error == c.DEPTH_ZERO_SELF_SIGNED_CERT:
        return SelfSigned()
    top = _top(chain, trust)
    return _missing(chain) or _kindred(chain, trust, top) or Unknown(top)


def _inspecting(chain: Chain, trust: Trust) -> Intercepted | None:
    """Return the inspection product whose CA is above the leaf."""
    if chain.leaf.self_issued or _ends_at_known_root(chain, trust):
        return None
    for name in (certificate.issuer for certificate in chain.line):
        if product := interception.product(name.text):
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


def _impostor(chain: Chain, trust: Trust) -> Impostor | None:
    """Return the certificate that shows another key than the genuine CA's of that name; None if all keys are right."""
    completed = chain.completed is not None and chain.completed.path
    if chain.timeless.error not in (*c.NO_PATH, *c.BAD_SIGNATURE) or chain.known_path or completed:
        return None
    genuine: dict[str, list[Certificate]] = {}
    for ca in map(read, (*trust.anchors, *(known.der for known in trust.known))):
        genuine.setdefault(_folded(ca.subject), []).append(ca)
    for certificate in chain.line:
        namesakes = genuine.get(_folded(certificate.subject), [])
        if namesakes and certificate.spki_sha256 not in {ca.spki_sha256 for ca in namesakes}:
            return Impostor(certificate, namesakes[0], certificate.subject)
    top = chain.line[-1]
    namesakes = genuine.get(_folded(top.issuer), [])
    # One that claims the right key, and was not signed by it, is damaged or forged: its signature is what is wrong.
    claims_it = top.issuer_key_id and top.issuer_key_id in {ca.key_id for ca in namesakes}
    if not namesakes or claims_it or any(c.issued(ca, top) for ca in namesakes):
        return None
    return Impostor(top, namesakes[0], top.issuer)


def _folded(name: Name) -> str:
    """Return *name* as OpenSSL compares it: without regard to case and kind of string (X509_NAME_cmp)."""
    return " ".join(name.text.casefold().split())


def _missing(chain: Chain) -> Missing | None:
    """Return the first known certificate that would close the gap, None if none that we know would."""
    presented = {certificate.sha256 for certificate in chain.presented}
    path = (chain.completed.path if chain.completed else ()) or chain.known_path
    return next((Missing(ca.subject, ca) for ca in path[1:-1] if ca.sha256 not in presented), None)


def _kindred(chain: Chain, trust: Trust, top: Certificate) -> Missing | None:
    """Return the issuer of *top* if an anchor is of its organization and it does not call itself a root."""
    issuer = top.issuer
    if chain.known_path or top.self_issued or _CALLS_ITSELF_ROOT.search(issuer.common_name):
        return None
    organizations = {read(der).subject.organization for der in trust.anchors}
    return Missing(issuer, None) if issuer.organization and issuer.organization in organizations else None


def _top(chain: Chain, trust: Trust) -> Certificate:
    """Return the last certificate that the presented ones lead to, and those beside the roots in the root file."""
    beside = {anchor.subject.der: anchor for anchor in map(read, trust.anchors) if not anchor.self_issued}
    top = chain.line[-1]
    for _ in range(len(beside)):
        top = beside.get(top.issuer.der, top)
    return top
