"""Is a bundle what the manifest says, is anything in it about to go; what sets two bundles apart."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from azpg_tls.bundle.build import MANIFEST_FILE, PEM_FILE, SUMS_FILE, sha256_of
from azpg_tls.bundle.manifest import PROFILES
from azpg_tls.bundle.normalise import certificates
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from azpg_tls.bundle.manifest import Entry, Manifest

SOON = dt.timedelta(days=90)  # a quarter: what a change of trust stores takes in slow places


@dataclass(frozen=True)
class Content:
    """What one bundle holds: its certificates, and the files in it that its ``SHA256SUMS`` does not confirm."""

    name: str
    certificates: tuple[x509.Certificate, ...]
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """One sentence about a bundle; a *problem* makes it unfit, the others ask for attention."""

    problem: bool
    text: str


def content_of_file(name: str, data: bytes) -> Content:
    """Read a bundle that is one file of certificates."""
    return Content(name, certificates(data, name))


def content_of_directory(name: str, files: Mapping[str, bytes]) -> Content:
    """Read a bundle as `azpg_tls.bundle.build.files` made it.

    Raises InputError: *files* lacks one of a bundle's files.
    """
    for needed in (PEM_FILE, MANIFEST_FILE, SUMS_FILE):
        if needed not in files:
            raise InputError(f"{visible(name)}: not a built bundle: it has no {needed}")
    return Content(name, certificates(files[PEM_FILE], f"{name}/{PEM_FILE}"), tuple(_damaged(files)))


def inspect(content: Content, manifest: Manifest, profile: str | None, now: dt.datetime) -> tuple[Remark, ...]:
    """Compare *content* with the manifest's roots of *profile*, at *now*; None takes the profile that fits.

    The certificates' signatures are not checked: the manifest's SHA-256 stands for every byte of them.
    """
    by_digest = {sha256_of(certificate): certificate for certificate in content.certificates}
    wanted = profile or _fitting(set(by_digest), manifest)
    remarks = [Remark(problem=True, text=f"{file} is not what {SUMS_FILE} says") for file in content.damaged]
    for digest, certificate in by_digest.items():
        entry = manifest.by_digest(digest)
        if entry is None:
            name = visible(certificate.subject.rfc4514_string())
            remarks.append(Remark(problem=True, text=f"{name} (SHA-256 {digest}) is not in the manifest"))
        elif wanted not in entry.profiles:
            remarks.append(Remark(problem=True, text=_misplaced(entry, wanted)))
        else:
            remarks += _age(entry, now)
    for entry in manifest.roots(wanted):
        if entry.sha256 not in by_digest:
            remarks.append(Remark(problem=True, text=f"{entry.common_name} is missing from profile {wanted}"))
    return tuple(remarks)


def difference(old: Content, new: Content) -> tuple[tuple[x509.Certificate, ...], tuple[x509.Certificate, ...]]:
    """Return the certificates that only *old* holds, and those that only *new* does."""
    removed = tuple(item for item in old.certificates if item not in new.certificates)
    return removed, tuple(item for item in new.certificates if item not in old.certificates)


def _damaged(files: Mapping[str, bytes]) -> Iterator[str]:
    stated = {}
    for line in files[SUMS_FILE].decode("ascii", "replace").splitlines():
        digest, _, name = line.partition("  ")
        stated[name] = digest
    for name in sorted(stated.keys() | files.keys() - {SUMS_FILE}):
        if name not in files or stated.get(name) != hashlib.sha256(files[name]).hexdigest():
            yield visible(name)


def _fitting(digests: set[str], manifest: Manifest) -> str:
    """Return the first profile that has just these roots, or else the default one."""
    fitting = (name for name in PROFILES if {entry.sha256 for entry in manifest.roots(name)} == digests)
    return next(fitting, PROFILES[0])


def _misplaced(entry: Entry, profile: str) -> str:
    if entry.role != "root":
        return f"{entry.common_name} is an {entry.role}: known, never an anchor"
    if not entry.profiles:
        return f"{entry.common_name} is a root that no profile trusts: {entry.why}"
    return f"{entry.common_name} is no root of profile {profile}, but of {', '.join(entry.profiles)}"


def _age(entry: Entry, now: dt.datetime) -> Iterator[Remark]:
    until = dt.datetime.combine(entry.until, dt.time(), dt.UTC)
    if now > entry.not_after:
        yield Remark(problem=True, text=f"{entry.common_name} expired on {entry.not_after:%Y-%m-%d}")
    elif now >= until:
        yield Remark(problem=False, text=f"{entry.common_name} is retired since {entry.until}: {entry.until_why}")
    elif now >= until - SOON:
        yield Remark(problem=False, text=f"{entry.common_name} goes on {entry.until}: {entry.until_why}")
