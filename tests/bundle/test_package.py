from __future__ import annotations

import base64
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from azpg_tls.bundle import package
from azpg_tls.bundle.build import UnexpectedCertificateError
from azpg_tls.bundle.manifest import PROFILES, Manifest, ManifestError
from tests.bundle.test_directory import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bundle.mirror import Mirror


@pytest.fixture
def sources(published: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published, tmp_path / "ca")


def test_every_profile_and_all_known_certificates_are_written(
    published: Path, manifest: Manifest, tmp_path: Path
) -> None:
    package.write(published, tmp_path / "data")
    data = snapshot(tmp_path / "data")
    assert {name.partition("/")[0] for name in data} == {*PROFILES, "known"}
    for profile in PROFILES:
        slugs = {entry.slug for entry in manifest.roots(profile)}
        names = {name.partition("/")[2] for name in data if name.startswith(f"{profile}/")}
        assert names == {"azure-postgres.pem", "manifest.json", "SHA256SUMS"} | {f"{slug}.der" for slug in slugs}
    known = json.loads(data["known/known.json"])["der"]
    digests = {slug: hashlib.sha256(base64.b64decode(der)).hexdigest() for slug, der in known.items()}
    assert digests == {entry.slug: entry.sha256 for entry in manifest.entries}


def test_a_second_run_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    package.write(published, tmp_path / "one")
    package.write(published, tmp_path / "two")
    package.write(published, tmp_path / "two")
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


def test_a_changed_byte_changes_nothing_that_was_built(sources: Path, tmp_path: Path) -> None:
    package.write(sources, tmp_path / "data")
    before = snapshot(tmp_path / "data")
    file = sources / "Microsoft TLS G2 RSA CA OCSP 16.crt"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(
        UnexpectedCertificateError, match=r"OCSP 16\.crt: .* expected SHA-256 38d895f5\w+, found \w{64}"
    ):
        package.write(sources, tmp_path / "data")
    assert snapshot(tmp_path / "data") == before


def test_a_missing_file_is_named(sources: Path, tmp_path: Path) -> None:
    (sources / "BaltimoreCyberTrustRoot.crt").unlink()
    with pytest.raises(ManifestError, match=r"names: BaltimoreCyberTrustRoot\.crt"):
        package.write(sources, tmp_path / "data")


@pytest.mark.parametrize("text", [b"version =", b"\xff"], ids=["not-toml", "not-utf-8"])
def test_a_manifest_that_is_not_toml_is_named(sources: Path, text: bytes) -> None:
    (sources / "manifest.toml").write_bytes(text)
    with pytest.raises(ManifestError, match=r"manifest\.toml: not TOML"):
        package.read_manifest(sources / "manifest.toml")


def test_downloaded_roots_give_the_same_bytes(
    published: Path, manifest: Manifest, mirror: Mirror, tmp_path: Path
) -> None:
    roots = manifest.roots("full")
    mirror.publish(published, {entry.urls[0]: entry.file for entry in roots})
    package.write(published, tmp_path / "kept")
    package.write(published, tmp_path / "fetched", mirror.fetcher().entries)
    assert snapshot(tmp_path / "fetched") == snapshot(tmp_path / "kept")
    assert sorted(mirror.requests) == sorted(entry.urls[0].removeprefix("https://") for entry in roots)


def test_a_wrong_download_changes_nothing_that_was_built(
    published: Path, manifest: Manifest, mirror: Mirror, tmp_path: Path
) -> None:
    package.write(published, tmp_path / "data")
    before = snapshot(tmp_path / "data")
    urls = {entry.urls[0]: entry.file for entry in manifest.roots("full")}
    mirror.publish(published, urls | {manifest.entries[0].urls[0]: "BaltimoreCyberTrustRoot.crt"})
    with pytest.raises(UnexpectedCertificateError, match="expected SHA-256 cb3ccbb7"):
        package.write(published, tmp_path / "data", mirror.fetcher().entries)
    assert snapshot(tmp_path / "data") == before
