"""The package's own data, made from the repository's published files: what the build hook runs.

Needs nothing but cryptography, because it runs before azpg-tls is installed.
"""

from __future__ import annotations

import base64
import tomllib
from typing import TYPE_CHECKING

from azpg_tls.bundle import directory
from azpg_tls.bundle.build import build, files, identify, json_bytes
from azpg_tls.bundle.inventory import KNOWN_FILE
from azpg_tls.bundle.manifest import PROFILES, Manifest, ManifestError, from_document, to_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from azpg_tls.bundle.build import Identified, Source
    from azpg_tls.bundle.manifest import Entry

    Download = Callable[[Iterable[Entry]], Iterable[Source]]

MANIFEST_NAME = "manifest.toml"


def read_manifest(path: Path) -> Manifest:
    """Read the manifest in TOML.

    Raises ManifestError: it is not TOML, or not a manifest.
    """
    try:
        document = tomllib.loads(directory.read_file(path).decode("utf-8"))
    except ValueError as error:
        raise ManifestError(f"{path}: not TOML: {error}") from None
    return from_document(document)


def write(published: Path, data: Path, download: Download | None = None) -> None:
    """Make the directory *data* from the directory *published*, with the bundle's roots from *download* if given.

    Raises AzpgTlsError: as `read_manifest` and `package_data`; *data* is then as it was before.
    """
    manifest = read_manifest(published / MANIFEST_NAME)
    sources = directory.sources(published, manifest)
    if download:
        roots = [entry for entry in manifest.entries if entry.profiles]
        sources = (*download(roots), *(source for source in sources if source.expected not in roots))
    directory.replace(data, package_data(manifest, sources))


def package_data(manifest: Manifest, sources: Iterable[Source]) -> dict[str, bytes]:
    """Return the files below ``azpg_tls/bundle/data``: a bundle for each profile, and all known certificates.

    Raises ManifestError: the sources lack a certificate of the manifest.
    Raises InputError: as `azpg_tls.bundle.build.identify`.
    """
    identified = identify(manifest, sources)
    given = {item.entry.slug for item in identified}
    missing = [entry.file for entry in manifest.entries if entry.slug not in given]
    if missing:
        raise ManifestError(f"no source holds what the manifest names: {', '.join(missing)}")
    data = {KNOWN_FILE: json_bytes(_known(manifest, identified))}
    for profile in PROFILES:
        bundle = build(manifest, identified, profile)
        data |= {f"{profile}/{name}": content for name, content in files(bundle).items()}
    return data


def _known(manifest: Manifest, identified: Iterable[Identified]) -> dict[str, object]:
    der = {item.entry.slug: base64.b64encode(item.der).decode("ascii") for item in identified}
    return {**to_document(manifest), "der": der}
