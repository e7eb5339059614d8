"""The manifest: every certificate that azpg-tls knows, and why. One document, read from TOML or JSON.

Each entry is one certificate, by its digest. An entry with profiles is a root of the bundle in those
profiles, and only a root may have any; an entry without is known, so that chains and stores can be explained,
and is never trusted. What is in the document is checked here; that it agrees with the certificates
themselves is checked by the build and by a test.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from azpg_tls.errors import AzpgTlsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROFILES = ("public", "usgov", "china", "full")
ROLES = ("root", "intermediate")
SCHEMA = "azpg-tls/manifest/1"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OPTIONAL = {"generation"}


class ManifestError(AzpgTlsError):
    """The manifest contradicts itself, or does not say what it must."""


@dataclass(frozen=True)
class Entry:
    """One known certificate: *file* is its published name, *until* the day it is expected to go."""

    slug: str
    file: str
    common_name: str
    role: str
    generation: str | None
    profiles: tuple[str, ...]
    urls: tuple[str, ...]
    sha256: str
    spki_sha256: str
    not_before: dt.datetime
    not_after: dt.datetime
    why: str
    until: dt.date
    until_why: str


@dataclass(frozen=True)
class Manifest:
    """All entries, in the order of the document, and the date-based version of the bundle made from them."""

    version: str
    entries: tuple[Entry, ...]

    def roots(self, profile: str) -> tuple[Entry, ...]:
        """Return the roots of *profile*, in the manifest's order."""
        return tuple(entry for entry in self.entries if profile in entry.profiles)

    def by_digest(self, sha256: str) -> Entry | None:
        """Return the entry of the certificate with this SHA-256 (lower-case hex), if it is known."""
        return next((entry for entry in self.entries if entry.sha256 == sha256), None)


def from_document(document: Mapping[str, object]) -> Manifest:
    """Read a manifest from a parsed TOML or JSON document.

    Raises ManifestError: the document is not a manifest, or two of its statements contradict each other.
    """
    if document.get("schema") != SCHEMA:
        raise ManifestError(f"the manifest's schema is {document.get('schema')!r}, not {SCHEMA!r}")
    raw_entries = document.get("certificate")
    if not isinstance(raw_entries, list) or not raw_entries or not all(type(raw) is dict for raw in raw_entries):
        raise ManifestError("the manifest has no list of certificates")
    manifest = Manifest(_text(document, "version", "the manifest"), tuple(map(_entry, raw_entries)))
    for values in (
        [entry.slug for entry in manifest.entries],
        [entry.file for entry in manifest.entries],
        [entry.sha256 for entry in manifest.entries],
    ):
        _refuse_repeats(values)
    for profile in PROFILES:
        if not manifest.roots(profile):
            raise ManifestError(f"the manifest has no root for the profile {profile}")
    return manifest


def to_document(manifest: Manifest) -> dict[str, object]:
    """Return what `from_document` reads, of JSON's types only."""
    return {
        "schema": SCHEMA,
        "version": manifest.version,
        "certificate": [_raw(entry) for entry in manifest.entries],
    }


def instant(moment: dt.datetime) -> str:
    """Return *moment* as manifests write it: ISO 8601, UTC, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _raw(entry: Entry) -> dict[str, object]:
    raw: dict[str, object] = {
        key: list(value) if isinstance(value, tuple) else value for key, value in vars(entry).items()
    }
    raw |= {"not_before": instant(entry.not_before), "not_after": instant(entry.not_after)}
    raw["until"] = entry.until.isoformat()
    if entry.generation is None:
        del raw["generation"]
    return raw


def _entry(raw: Mapping[str, object]) -> Entry:
    where = f"the manifest's entry {raw.get('slug')!r}"
    odd = sorted(({field.name for field in fields(Entry)} ^ raw.keys()) - _OPTIONAL)
    if odd:
        raise ManifestError(f"{where} lacks, or should not have: {', '.join(odd)}")
    entry = Entry(
        slug=_matching(raw, "slug", _SLUG, where),
        file=_text(raw, "file", where),
        common_name=_text(raw, "common_name", where),
        role=_text(raw, "role", where),
        generation=_text(raw, "generation", where) if "generation" in raw else None,
        profiles=_texts(raw, "profiles", where),
        urls=_texts(raw, "urls", where),
        sha256=_matching(raw, "sha256", _DIGEST, where),
        spki_sha256=_matching(raw, "spki_sha256", _DIGEST, where),
        not_before=_instant(raw, "not_before", where),
        not_after=_instant(raw, "not_after", where),
        why=_text(raw, "why", where),
        until=_instant(raw, "until", where).date(),
        until_why=_text(raw, "until_why", where),
    )
    _check(entry, where)
    return entry


def _check(entry: Entry, where: str) -> None:
    if entry.role not in ROLES:
        raise ManifestError(f"{where} has the role {entry.role!r}; known are {', '.join(ROLES)}")
    unknown = sorted(set(entry.profiles) - set(PROFILES))
    if unknown:
        raise ManifestError(f"{where} names an unknown profile: {', '.join(unknown)}")
    if entry.profiles and entry.role != "root":
        raise ManifestError(f"{where} is an {entry.role}, and only a root can be an anchor; drop its profiles")
    if not entry.urls or not all(url.startswith("https://") for url in entry.urls):
        raise ManifestError(f"{where} needs URLs that begin with https://")
    if "/" in entry.file or entry.file.startswith("."):
        raise ManifestError(f"{where} has the file {entry.file!r}; it must be a plain name")


def _refuse_repeats(values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ManifestError(f"the manifest names {value!r} twice")
        seen.add(value)


def _text(raw: Mapping[str, object], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise ManifestError(f"{where}: {key} must be a text, not {value!r}")
    return value


def _texts(raw: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    values = raw[key]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ManifestError(f"{where}: {key} must be a list of texts, not {values!r}")
    return tuple(values)


def _matching(raw: Mapping[str, object], key: str, pattern: re.Pattern[str], where: str) -> str:
    value = _text(raw, key, where)
    if not pattern.fullmatch(value):
        raise ManifestError(f"{where}: {key} {value!r} does not have the form {pattern.pattern}")
    return value


def _instant(raw: Mapping[str, object], key: str, where: str) -> dt.datetime:
    value = _text(raw, key, where)
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise ManifestError(f"{where}: {key} {value!r} is not an ISO 8601 date or time") from None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC)
