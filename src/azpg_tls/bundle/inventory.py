"""What this installation carries: the bundles as files, and every known CA. Read through importlib.resources.

Light on purpose: programs that only ask for the path of the PEM file import no cryptography for it.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from azpg_tls.azure import KnownCA
from azpg_tls.bundle.manifest import PROFILES, Manifest, from_document
from azpg_tls.errors import AzpgTlsError, InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

KNOWN_FILE = "known/known.json"
_PEM_FILE = "azure-postgres.pem"

# A package read from a ZIP file is unpacked for the process's life, as certifi does it.
_unpacked = ExitStack()
atexit.register(_unpacked.close)


class NoPackageDataError(AzpgTlsError):
    """The CA bundle of this copy of azpg-tls was never built."""


@dataclass(frozen=True)
class Installed:
    """The installed bundle of one profile; *sha256* is of the PEM file at *path*."""

    version: str
    profile: str
    sha256: str
    path: str


def where(profile: str = "public") -> str:
    """Return the path of the PEM file with the roots of *profile*, as ``certifi.where()`` does.

    Raises InputError: there is no such profile.
    """
    return _path(check_profile(profile))


def contents(profile: str = "public") -> str:
    """Return the text of the PEM file with the roots of *profile*.

    Raises InputError: there is no such profile.
    """
    return _read(f"{check_profile(profile)}/{_PEM_FILE}").decode("ascii")


def installed(profile: str = "public") -> Installed:
    """Return what is installed for *profile*: version, digest and path.

    Raises InputError: there is no such profile.
    """
    digest = hashlib.sha256(contents(profile).encode("ascii")).hexdigest()
    return Installed(known_manifest().version, profile, digest, where(profile))


@cache
def known_cas() -> tuple[KnownCA, ...]:
    """Return every CA of the manifest: roots, intermediates and retired ones; to explain, never to trust."""
    return tuple(
        KnownCA(
            name=entry.slug,
            common_name=entry.common_name,
            role=entry.role,
            generation=entry.generation,
            der=base64.b64decode(_known()["der"][entry.slug]),
            spki_sha256=entry.spki_sha256,
            until=entry.until,
            until_why=entry.until_why,
        )
        for entry in known_manifest().entries
    )


def anchors(profile: str = "public") -> tuple[bytes, ...]:
    """Return the roots of *profile* in DER.

    Raises InputError: there is no such profile.
    """
    slugs = {entry.slug for entry in known_manifest().roots(check_profile(profile))}
    return tuple(ca.der for ca in known_cas() if ca.name in slugs)


def bundle_files(profile: str) -> dict[str, bytes]:
    """Return the files of the installed bundle by name, for a comparison with its checksums.

    Raises InputError: there is no such profile.
    """
    _resource(f"{check_profile(profile)}/{_PEM_FILE}")  # where nothing is built, it says so
    return {item.name: item.read_bytes() for item in _data().joinpath(profile).iterdir()}


@cache
def known_manifest() -> Manifest:
    """Return the manifest that this installation was built from."""
    return from_document(_known())


def check_profile(profile: str) -> str:
    """Return *profile* if there is such a one.

    Raises InputError: there is not.
    """
    if profile not in PROFILES:
        raise InputError(f"no bundle has the profile {profile!r}; choose one of {', '.join(PROFILES)}")
    return profile


@cache
def _known() -> dict[str, dict[str, str]]:
    document: dict[str, dict[str, str]] = json.loads(_read(KNOWN_FILE))
    return document


@cache
def _path(profile: str) -> str:
    return str(_unpacked.enter_context(resources.as_file(_resource(f"{profile}/{_PEM_FILE}"))))


@cache
def _read(name: str) -> bytes:
    return _resource(name).read_bytes()


def _resource(name: str) -> Traversable:
    resource = _data().joinpath(*name.split("/"))
    if not resource.is_file():
        raise NoPackageDataError(
            f"the CA bundle is not built: {resource} is missing; in a source tree, run: pip install --editable ."
        )
    return resource


def _data() -> Traversable:
    return resources.files("azpg_tls.bundle").joinpath("data")
