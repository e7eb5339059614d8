from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from azpg_tls.bundle.build import (
    Bundle,
    Source,
    UnexpectedCertificateError,
    build,
    files,
    identify,
)
from azpg_tls.bundle.directory import sources
from azpg_tls.bundle.manifest import PROFILES, Entry, Manifest, ManifestError
from azpg_tls.errors import InputError
from azpg_tls.lab.pki import Identity, authority, server

if TYPE_CHECKING:
    from pathlib import Path

AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def bundle_of(manifest: Manifest, published: Path, profile: str | None) -> Bundle:
    return build(manifest, identify(manifest, sources(published, manifest)), profile)


def source_of(published: Path, entry: Entry) -> Source:
    return Source(entry.file, (published / entry.file).read_bytes())


def entry_for(identity: Identity, **changes: object) -> Entry:
    certificate = identity.certificate
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    entry = Entry(
        slug="lab",
        file="lab.crt",
        common_name=str(name.value),
        role="root",
        generation=None,
        profiles=PROFILES,
        urls=("https://localhost/lab.crt",),
        sha256=hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest(),
        spki_sha256=hashlib.sha256(spki).hexdigest(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        why="a test",
        until=dt.date(2027, 1, 1),
        until_why="a test",
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("profile", "count"), [("public", 2), ("usgov", 2), ("china", 3), ("full", 7)])
def test_a_profile_has_its_roots_in_the_manifests_order(
    manifest: Manifest, published: Path, profile: str, count: int
) -> None:
    bundle = bundle_of(manifest, published, profile)
    assert [item.entry for item in bundle.anchors] == list(manifest.roots(profile))
    assert len(bundle.anchors) == count
    assert len(bundle.anchors) + len(bundle.set_aside) == len(manifest.entries)


def test_a_certificate_from_several_sources_is_kept_once(manifest: Manifest, published: Path) -> None:
    g2 = manifest.roots("public")[0]
    first, second = source_of(published, g2), replace(source_of(published, g2), name="again")
    (item,) = identify(manifest, [first, second])
    assert item.source == g2.file


def test_without_a_profile_every_azure_root_given_is_an_anchor(manifest: Manifest, published: Path) -> None:
    entries = [entry for entry in manifest.entries if "g3" in entry.slug or "baltimore" in entry.slug]
    found = identify(manifest, [source_of(published, entry) for entry in entries])
    bundle = build(manifest, found, None)
    assert bundle.profile == "custom"
    assert [item.entry.slug for item in bundle.anchors] == ["digicert-global-root-g3"]
    assert "baltimore-cybertrust-root" in [item.entry.slug for item in bundle.set_aside]


def test_an_intermediate_alone_makes_no_bundle(manifest: Manifest, published: Path) -> None:
    intermediates = [entry for entry in manifest.entries if entry.role == "intermediate"]
    found = identify(manifest, [source_of(published, entry) for entry in intermediates])
    with pytest.raises(InputError, match="an intermediate is never an anchor"):
        build(manifest, found, None)


def test_a_root_that_lacks_is_named(manifest: Manifest, published: Path) -> None:
    found = identify(manifest, [source_of(published, manifest.roots("public")[0])])
    with pytest.raises(InputError, match=r"lack Microsoft RSA Root Certificate Authority 2017, which .* public needs"):
        build(manifest, found, "public")


def test_the_same_sources_give_the_same_bytes(manifest: Manifest, published: Path) -> None:
    given = sources(published, manifest)
    there = files(build(manifest, identify(manifest, given), "full"))
    back = files(build(manifest, identify(manifest, reversed(given)), "full"))
    assert there == back


def test_the_pem_file_tells_of_each_root(manifest: Manifest, published: Path) -> None:
    pem = files(bundle_of(manifest, published, "public"))["azure-postgres.pem"].decode("ascii")
    for entry in manifest.roots("public"):
        assert f"# Subject: CN={entry.common_name}," in pem
        assert f"# SHA-256: {entry.sha256}\n" in pem
    assert "# Valid: 2013-08-01T12:00:00Z to 2038-01-15T12:00:00Z\n-----BEGIN CERTIFICATE-----" in pem
    assert len(x509.load_pem_x509_certificates(pem.encode())) == 2


def test_the_manifest_tells_where_each_root_comes_from_and_why(manifest: Manifest, published: Path) -> None:
    made = files(bundle_of(manifest, published, "public"))
    document = json.loads(made["manifest.json"])
    g2 = manifest.roots("public")[0]
    assert (document["schema"], document["version"]) == ("azpg-tls/bundle/1", manifest.version)
    assert document["certificates"][0] == {
        "slug": "digicert-global-root-g2",
        "file": "digicert-global-root-g2.der",
        "subject": "CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US",
        "sha256": g2.sha256,
        "spki_sha256": g2.spki_sha256,
        "pin": "sha256/" + base64.b64encode(bytes.fromhex(g2.spki_sha256)).decode(),
        "not_before": "2013-08-01T12:00:00Z",
        "not_after": "2038-01-15T12:00:00Z",
        "urls": list(g2.urls),
        "why": g2.why,
        "until": "2029-04-15",
        "until_why": g2.until_why,
    }
    assert made["digicert-global-root-g2.der"] == (published / g2.file).read_bytes()


def test_sha256sum_accepts_the_checksums(manifest: Manifest, published: Path, tmp_path: Path) -> None:
    made = files(bundle_of(manifest, published, "full"))
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.count(": OK") == len(made) - 1 == 9


@pytest.mark.parametrize("at", [0, 3, 100, -1])
def test_one_changed_byte_stops_the_build_and_names_the_file(manifest: Manifest, published: Path, at: int) -> None:
    entry = manifest.roots("public")[0]
    data = bytearray((published / entry.file).read_bytes())
    data[at] ^= 1
    found = hashlib.sha256(data).hexdigest()
    with pytest.raises(UnexpectedCertificateError, match=f"expected SHA-256 {entry.sha256}, found {found}") as caught:
        identify(manifest, [Source(entry.file, bytes(data), entry)])
    assert str(caught.value).startswith(f"{entry.file}: not DigiCert Global Root G2 as the manifest knows it")


def test_an_unreadable_source_without_an_expectation_says_what_it_is(manifest: Manifest) -> None:
    with pytest.raises(InputError, match=r"page\.crt: no usable certificates: it is an HTML page"):
        identify(manifest, [Source("page.crt", b"<html>")])


def test_an_unknown_root_needs_a_change_of_the_manifest(manifest: Manifest) -> None:
    root = authority("DigiCert Global Root G2", at=AT)
    digest = hashlib.sha256(root.certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
    with pytest.raises(UnexpectedCertificateError, match="a new one is a reviewed change of the manifest") as caught:
        identify(manifest, [Source("new.crt", root.certificate_pem)])
    assert digest in str(caught.value)


def test_an_unknown_leaf_or_intermediate_can_never_be_an_anchor(manifest: Manifest) -> None:
    root = authority("Lab Root", at=AT)
    for below in (server(root, at=AT), authority("Lab CA\x1b[2J", at=AT, issuer=root)):
        with pytest.raises(UnexpectedCertificateError, match="no root and can never be an anchor") as caught:
            identify(manifest, [Source("leaf.pem", below.certificate_pem)])
        assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"spki_sha256": "0" * 64}, "spki_sha256 = '0000"),
        ({"not_before": AT}, "not_before = '2026-11-23T00:00:00Z'"),
        ({"not_after": AT}, "not_after = '2026-11-23T00:00:00Z'"),
        ({"common_name": "Lab Rot"}, "common_name = 'Lab Rot' of lab, its certificate 'Lab Root'"),
        ({"role": "intermediate", "profiles": ()}, "role = 'intermediate'"),
    ],
)
def test_a_manifest_that_says_what_the_certificate_does_not_is_refused(
    changes: dict[str, object], complaint: str
) -> None:
    root = authority("Lab Root", at=AT)
    manifest = Manifest("2026.11.23", (entry_for(root, **changes),))
    with pytest.raises(ManifestError, match=complaint):
        identify(manifest, [Source("lab.crt", root.certificate_pem)])


def test_the_manifest_cannot_make_an_anchor_of_an_intermediate_or_leaf() -> None:
    root = authority("Lab Root", at=AT)
    for below in (
        authority("Lab CA", at=AT, issuer=root),
        server(root, at=AT),
        server(None, at=AT, common_name="self-signed, but no CA"),
    ):
        manifest = Manifest("2026.11.23", (entry_for(below),))
        with pytest.raises(ManifestError, match="role = 'root' of lab, its certificate 'intermediate'"):
            identify(manifest, [Source("lab.crt", below.certificate_pem)])


def test_a_certificate_without_basic_constraints_is_no_root() -> None:
    root = authority("Lab Root", at=AT)
    bare = (
        x509.CertificateBuilder()
        .subject_name(root.certificate.subject)
        .issuer_name(root.certificate.subject)
        .public_key(root.key.public_key())
        .serial_number(1)
        .not_valid_before(AT)
        .not_valid_after(AT + dt.timedelta(days=1))
        .sign(root.key, root.certificate.signature_hash_algorithm)  # type: ignore[arg-type]
    )
    identity = Identity(bare, root.key)
    with pytest.raises(ManifestError, match="its certificate 'intermediate'"):
        identify(Manifest("1", (entry_for(identity),)), [Source("lab.crt", identity.certificate_pem)])
