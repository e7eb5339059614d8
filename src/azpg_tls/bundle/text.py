"""What the bundle commands print, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.bundle.build import sha256_of
from azpg_tls.bundle.manifest import instant
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from cryptography import x509

    from azpg_tls.bundle.build import Bundle, Identified
    from azpg_tls.bundle.inspection import Remark
    from azpg_tls.bundle.manifest import Entry


def listing(title: str, entries: Iterable[Entry]) -> str:
    """Return *title* and a paragraph for each entry: what it is, until when, and why it is there."""
    paragraphs = [title]
    paragraphs += [
        f"{entry.common_name}\n"
        f"  name      {entry.slug}\n"
        f"  SHA-256   {entry.sha256}\n"
        f"  until     {entry.until}: {entry.until_why}\n"
        f"  why       {entry.why}"
        for entry in entries
    ]
    return "\n".join(paragraphs)


def details(entry: Entry) -> str:
    """Return everything that the manifest says of one certificate."""
    trusted = f"yes, in the profiles {', '.join(entry.profiles)}" if entry.profiles else "no; it is known, to explain"
    rows = [
        ("name", entry.slug),
        ("role", entry.role),
        ("trusted", trusted),
        ("generation", entry.generation or "none of its own"),
        ("SHA-256", entry.sha256),
        ("SPKI", entry.spki_sha256),
        ("valid", f"{instant(entry.not_before)} to {instant(entry.not_after)}"),
        ("until", f"{entry.until}: {entry.until_why}"),
        ("why", entry.why),
        *(("URL", url) for url in entry.urls),
    ]
    return "\n".join([entry.common_name, *(f"  {label:<11} {value}" for label, value in rows)])


def built(bundle: Bundle, directory: str) -> str:
    """Return what a build wrote, and where."""
    head = f"{visible(directory)}: bundle {bundle.version}, profile {bundle.profile}"
    return "\n".join([head, *(f"  {item.entry.sha256}  {item.entry.common_name}" for item in bundle.anchors)])


def set_aside(item: Identified, profile: str, now: dt.datetime) -> str:
    """Return why a certificate of the sources did not become an anchor."""
    entry = item.entry
    if entry.role != "root":
        reason = f"an {entry.role} is never an anchor"
    elif entry.profiles:
        reason = f"no root of profile {profile}, but of {', '.join(entry.profiles)}"
    else:
        reason = "a root that no profile trusts"
    expired = f", and it expired on {entry.not_after:%Y-%m-%d}" if now > entry.not_after else ""
    return f"set aside: {entry.common_name} from {visible(item.source)}: {reason}{expired}"


def verdict(name: str, remarks: Sequence[Remark]) -> str:
    """Return the result of an inspection: its verdict, then each remark."""
    if any(remark.problem for remark in remarks):
        word = "does not match the manifest, or is out of date"
    else:
        word = "matches the manifest"
    lines = [f"{'problem' if remark.problem else 'warning'}: {remark.text}" for remark in remarks]
    return "\n".join([f"{visible(name)}: {word}", *lines])


def differing(removed: Iterable[x509.Certificate], added: Iterable[x509.Certificate]) -> str:
    """Return one line for each certificate that only one of two bundles holds, as ``diff`` marks them."""
    return "\n".join([*(f"- {_line(item)}" for item in removed), *(f"+ {_line(item)}" for item in added)])


def _line(certificate: x509.Certificate) -> str:
    return f"{sha256_of(certificate)}  {visible(certificate.subject.rfc4514_string())}"
