"""The presented chain, the path that OpenSSL builds from it, the path that it could build, and where they differ.

OpenSSL is the judge of trust, because libpq and most clients use it. It is asked as it stands; then with validity
dates ignored, which tells a chain that is merely out of date from one that leads nowhere; then with the intermediates
that we know of laid beside, which tells a forgotten intermediate from a root that is not trusted here; and last with
the roots that we know of, which tells a chain of Azure's from a stranger's.

Not checked here: revocation, host names.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from OpenSSL import crypto

from azpg_tls.azure import KnownCA
from azpg_tls.certificate import Certificate, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# X509_V_ERR_* and X509_V_FLAG_*, include/openssl/x509_vfy.h
OK = 0
CERT_NOT_YET_VALID = 9
CERT_HAS_EXPIRED = 10
NOT_BEFORE_UNREADABLE = 13
NOT_AFTER_UNREADABLE = 14
DEPTH_ZERO_SELF_SIGNED_CERT = 18
SELF_SIGNED_CERT_IN_CHAIN = 19
INVALID_PURPOSE = 26
CHAIN_TOO_LONG = 22
EXPLICIT_CURVE = 94
# No way from the leaf to an anchor: 2 issuer missing, 18 self-signed leaf, 19 self-signed CA that is no anchor,
# 20 issuer not found locally, 21 not even the leaf's signature could be checked, 22 no end within 100 CAs.
NO_PATH = (2, DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN, 20, 21, CHAIN_TOO_LONG)
# What the dates and the signatures can be refused for; rules/verification.py has the other numbers.
DATES = (CERT_NOT_YET_VALID, CERT_HAS_EXPIRED, NOT_BEFORE_UNREADABLE, NOT_AFTER_UNREADABLE)
BAD_SIGNATURE = (4, 6, 7, 76, 77, 78, EXPLICIT_CURVE)
_NO_CHECK_TIME = 0x200000
_STRICT = 0x20
_MOST_SENT = 20  # CAs among which a better order is sought; the longest of Azure's chains sends two


@dataclass(frozen=True)
class Trust:
    """The anchors of one judgement, in DER, and where they came from; *known* CAs explain and are not trusted.

    As in libpq, every certificate of the user's file is put into OpenSSL's store; only self-signed ones end a path.
    """

    label: str
    anchors: tuple[bytes, ...]
    known: tuple[KnownCA, ...] = ()


@dataclass(frozen=True)
class Verification:
    """OpenSSL's answer: *error* is an X509_V_ERR number (0: accepted) at *depth*; *path* runs from leaf to anchor."""

    error: int
    depth: int
    reason: str
    path: tuple[Certificate, ...] = ()


@dataclass(frozen=True)
class Chain:
    """A presented chain and what became of it.

    *trusted* is OpenSSL's answer as it stands, *strict* the same by RFC 5280 to the letter (X509_V_FLAG_X509_STRICT,
    which Python 3.13 sets), and *timeless* with validity dates ignored. *completed* is the same again with the known
    intermediates beside, self-signed CAs left out and the best form of each CA first, None where that was not needed.
    *known_path* leads to a known root that is no anchor here, empty if there is an anchor or no such root.
    *generation* is told only of a chain whose signatures have been checked, up to an anchor or a known root.
    """

    presented: tuple[Certificate, ...]
    strict: Verification
    trusted: Verification
    timeless: Verification
    completed: Verification | None
    known_path: tuple[Certificate, ...]
    generation: str | None

    @property
    def leaf(self) -> Certificate:
        """The server's own certificate."""
        return self.presented[0]

    @property
    def path(self) -> tuple[Certificate, ...]:
        """The path from the leaf to an anchor that there is, or would be but for dates; empty if there is none."""
        return self.trusted.path or self.timeless.path

    @property
    def line(self) -> tuple[Certificate, ...]:
        """The path or, without one, what the presented certificates lead to by their names, from the leaf upwards."""
        if self.path:
            return self.path
        by_subject: dict[bytes, list[Certificate]] = {}
        for certificate in self.presented[1:]:
            by_subject.setdefault(certificate.subject.der, []).append(certificate)
        line = [self.leaf]
        while namesakes := by_subject.get(line[-1].issuer.der):
            # Of several OpenSSL takes the first whose key identifier is the one that is asked for.
            fitting = (each for each in namesakes if each.key_id == line[-1].issuer_key_id)
            above = next(fitting, namesakes[0])
            if above in line:
                break
            line.append(above)
        return tuple(line)

    @property
    def intermediates(self) -> int:
        """How many CAs stand between leaf and root, in the path or, without one, among the presented."""
        if self.path:
            return max(len(self.path) - 2, 0)
        return sum(1 for certificate in self.presented[1:] if not certificate.self_issued)

    @property
    def not_after(self) -> dt.datetime | None:
        """When the first certificate of the path, or of what was presented, expires."""
        dates = [certificate.not_after for certificate in self.path or self.presented if certificate.not_after]
        return min(dates, default=None)


def judge(presented: Sequence[bytes], trust: Trust, at: dt.datetime) -> Chain:
    """Judge a presented chain (DER, at least one certificate, the leaf first) at the moment *at* (aware)."""
    certificates = tuple(read(der) for der in presented)
    strict = verify(presented, trust.anchors, at=at, strict=True)
    trusted = verify(presented, trust.anchors, at=at) if strict.error else strict
    timeless = verify(presented, trust.anchors) if trusted.error else trusted
    if timeless.error not in NO_PATH:
        path = trusted.path or timeless.path
        return Chain(certificates, strict, trusted, timeless, None, (), generation(path[1:], trust.known))
    # A self-signed CA that is sent but no anchor would end every path at itself. What we know of comes first: it leads
    # to an anchor, and OpenSSL follows the first that fits, a cross-signed form that leads elsewhere as well.
    leaf, *sent = presented[0], *_best_first([ca for ca in certificates[1:] if not ca.self_issued], trust.anchors)
    completed = verify([leaf, *_leading_to(trust.anchors, trust.known, at), *sent], trust.anchors)
    known_path: tuple[Certificate, ...] = ()
    if completed.error:
        known_path = _path_to_known_root([leaf, *sent], trust.known, at)
    path = completed.path or known_path
    return Chain(certificates, strict, trusted, timeless, completed, known_path, generation(path[1:], trust.known))


def generation(issuers: Iterable[Certificate], known: Iterable[KnownCA]) -> str | None:
    """Return the generation of Azure's chains that the CAs in *issuers* belong to, told by their keys' digests."""
    generations = {ca.spki_sha256: ca.generation for ca in known if ca.generation}
    return next((generations[ca.spki_sha256] for ca in issuers if ca.spki_sha256 in generations), None)


def verify(
    presented: Sequence[bytes], anchors: Iterable[bytes], *, at: dt.datetime | None = None, strict: bool = False
) -> Verification:
    """Let OpenSSL build and check the path of ``presented[0]`` for a TLS server, the others at hand but not trusted.

    Without *at* (aware) the validity dates are ignored; *strict* holds the certificates to RFC 5280's letter.
    """
    store = crypto.X509Store()
    if strict:
        store.set_flags(_STRICT)
    if at is None:
        store.set_flags(_NO_CHECK_TIME)
    else:
        store.set_time(at.astimezone(dt.UTC))  # pyOpenSSL reads the fields, and not the offset
    for anchor in anchors:
        store.add_cert(_load(anchor))
    leaf, *others = (_load(der) for der in presented)
    context = crypto.X509StoreContext(store, leaf, others)
    try:
        path = tuple(read(_dump(certificate)) for certificate in context.get_verified_chain())
    except crypto.X509StoreContextError as error:
        number, depth, reason = error.errors
        return Verification(number, depth, str(reason))
    return _checked_for_tls(path)


def _checked_for_tls(path: tuple[Certificate, ...]) -> Verification:
    """Refuse a path that is not for TLS servers: libpq asks OpenSSL for that, pyOpenSSL's store cannot."""
    suitable = (path[0].purpose.serves_tls, *(ca.purpose.server_auth for ca in path[1:]))
    if not all(suitable):
        return Verification(INVALID_PURPOSE, suitable.index(False), "unsuitable certificate purpose")
    return Verification(OK, 0, "ok", path)


def _leading_to(anchors: Sequence[bytes], known: Iterable[KnownCA], at: dt.datetime) -> list[bytes]:
    """Return the known intermediates from which there is a way to an anchor, those that are valid now first.

    A cross-signed CA has one name and key in several certificates. OpenSSL follows the first that it meets, and does
    not turn back where that leads nowhere.
    """
    intermediates = [ca.der for ca in known if ca.role == "intermediate"]
    leading = [der for der in intermediates if verify([der, *intermediates], anchors).error not in NO_PATH]
    return sorted(leading, key=lambda der: _out_of_date(read(der), at))


def _best_first(sent: Sequence[Certificate], anchors: Sequence[bytes]) -> list[bytes]:
    """Return *sent*, of a CA that is there in several forms those first from which there is a way to an anchor."""
    all_of_it = [ca.der for ca in sent]
    forms = Counter(ca.subject.der for ca in sent)
    several = [ca.der for ca in sent if forms[ca.subject.der] > 1 and len(sent) <= _MOST_SENT]
    leading = {der for der in several if verify([der, *all_of_it], anchors).error not in NO_PATH}
    return sorted(all_of_it, key=lambda der: der not in leading)


def _path_to_known_root(sent: Sequence[bytes], known: Sequence[KnownCA], at: dt.datetime) -> tuple[Certificate, ...]:
    # A root of one generation only (Microsoft TLS RSA Root G2) is cross-signed by the one that clients have.
    roots = [ca.der for ca in known if ca.role == "root" and ca.generation is None]
    return verify([*sent, *_leading_to(roots, known, at)], roots).path


def _out_of_date(certificate: Certificate, at: dt.datetime) -> bool:
    first, last = certificate.not_before, certificate.not_after
    return first is None or last is None or not first <= at <= last


def is_certificate(der: bytes) -> bool:
    """Whether OpenSSL takes *der* for a certificate, which `judge` and `verify` rely on."""
    try:
        _load(der)
    except crypto.Error:
        return False
    return True


def _load(der: bytes) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def _dump(certificate: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
