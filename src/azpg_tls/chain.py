"""The presented chain, the path that OpenSSL builds from it, the path that it could build, and where they differ.

OpenSSL is the judge of trust, because libpq and most clients use it. It is asked up to three times: as it stands;
with validity dates ignored, which tells a chain that is merely out of date from one that leads nowhere; and with the
CAs we know of laid beside, which tells a forgotten intermediate from a root that nobody here trusts.

Not checked here: revocation, host names, key usage of the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from OpenSSL import crypto

from azpg_tls.azure import KnownCA
from azpg_tls.certificate import Certificate, read

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

# X509_V_ERR_* and X509_V_FLAG_*, include/openssl/x509_vfy.h
OK = 0
CERT_NOT_YET_VALID = 9
CERT_HAS_EXPIRED = 10
DEPTH_ZERO_SELF_SIGNED_CERT = 18
SELF_SIGNED_CERT_IN_CHAIN = 19
# No way from the leaf to an anchor: 2 issuer missing, 18 self-signed leaf, 19 self-signed CA that is no anchor,
# 20 issuer not found locally, 21 not even the leaf's signature could be checked.
NO_PATH = (2, DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN, 20, 21)
# What the signatures, the CAs' extensions and their name constraints can be refused for.
BAD_SIGNATURE = (4, 6, 7, 76, 77, 78)
INVALID_CA = (24, 25, 32, 37, 79)
NAME_CONSTRAINTS = (47, 48, 49, 50, 51, 52, 53)
_NO_CHECK_TIME = 0x200000


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

    *trusted* is OpenSSL's answer as it stands, *timeless* the same with validity dates ignored, and *completed* with
    the known CAs beside, None where that was not needed.
    """

    presented: tuple[Certificate, ...]
    trusted: Verification
    timeless: Verification
    completed: Verification | None
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
    trusted = verify(presented, trust.anchors, at=at)
    timeless = completed = trusted
    if trusted.error:
        timeless = completed = verify(presented, trust.anchors, at=at, flags=_NO_CHECK_TIME)
    if timeless.error in NO_PATH:
        beside = [ca.der for ca in trust.known]
        completed = verify([*presented, *beside], trust.anchors, at=at, flags=_NO_CHECK_TIME)
    certificates = tuple(read(der) for der in presented)
    issuers = (trusted.path or completed.path or certificates)[1:]
    return Chain(
        certificates,
        trusted,
        timeless,
        completed if timeless.error in NO_PATH else None,
        generation(issuers, trust.known),
    )


def generation(issuers: Iterable[Certificate], known: Iterable[KnownCA]) -> str | None:
    """Return the generation of Azure's chains that the CAs in *issuers* belong to, told by their keys' digests."""
    generations = {ca.spki_sha256: ca.generation for ca in known if ca.generation}
    return next((generations[ca.spki_sha256] for ca in issuers if ca.spki_sha256 in generations), None)


def verify(presented: Sequence[bytes], anchors: Iterable[bytes], *, at: dt.datetime, flags: int = 0) -> Verification:
    """Let OpenSSL build and check the path of ``presented[0]``, the others being at hand but not trusted."""
    store = crypto.X509Store()
    store.set_time(at)
    store.set_flags(flags)
    for anchor in anchors:
        store.add_cert(_load(anchor))
    leaf, *others = (_load(der) for der in presented)
    context = crypto.X509StoreContext(store, leaf, others)
    try:
        path = context.get_verified_chain()
    except crypto.X509StoreContextError as error:
        number, depth, reason = error.errors
        return Verification(number, depth, str(reason))
    return Verification(OK, 0, "ok", tuple(read(_dump(certificate)) for certificate in path))


def _load(der: bytes) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def _dump(certificate: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
