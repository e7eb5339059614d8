from __future__ import annotations

import copy
import hashlib
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from azpg_tls.azure import GENERATIONS
from azpg_tls.bundle.manifest import (
    PROFILES,
    Entry,
    Manifest,
    ManifestError,
    from_document,
    instant,
    to_document,
)

if TYPE_CHECKING:
    from pathlib import Path

Document = dict[str, Any]


@pytest.fixture
def document(published: Path) -> Document:
    return tomllib.loads((published / "manifest.toml").read_text())


def read(published: Path, entry: Entry) -> x509.Certificate:
    return x509.load_der_x509_certificate((published / entry.file).read_bytes())


def test_every_fact_is_true_of_the_published_file(published: Path, manifest: Manifest) -> None:
    for entry in manifest.entries:
        certificate = read(published, entry)
        spki = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert entry.sha256 == hashlib.sha256((published / entry.file).read_bytes()).hexdigest()
        assert entry.spki_sha256 == hashlib.sha256(spki).hexdigest()
        assert entry.not_before == certificate.not_valid_before_utc
        assert entry.not_after == certificate.not_valid_after_utc
        assert entry.common_name == name.value
        assert (entry.role == "root") == (certificate.subject == certificate.issuer)
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert entry.not_before.date() < entry.until <= entry.not_after.date()


def test_every_published_file_is_in_the_manifest(published: Path, manifest: Manifest) -> None:
    files = {path.name for path in published.iterdir()} - {"manifest.toml", "README.md"}
    assert files == {entry.file for entry in manifest.entries}


def test_the_first_url_ends_with_the_published_name(manifest: Manifest) -> None:
    for entry in manifest.entries:
        assert entry.urls[0].rpartition("/")[2].replace("%20", " ") == entry.file


def test_every_intermediate_is_signed_by_a_known_ca(published: Path, manifest: Manifest) -> None:
    known = {entry.slug: read(published, entry) for entry in manifest.entries}
    for entry in manifest.entries:
        if entry.role == "intermediate":
            issuers = [ca for ca in known.values() if ca.subject == known[entry.slug].issuer]
            assert issuers, entry.slug
            for issuer in issuers:
                known[entry.slug].verify_directly_issued_by(issuer)


def test_the_profiles_hold_the_roots_that_microsoft_names(manifest: Manifest) -> None:
    names = {profile: {entry.common_name for entry in manifest.roots(profile)} for profile in PROFILES}
    both = {"DigiCert Global Root G2", "Microsoft RSA Root Certificate Authority 2017"}
    assert names["public"] == names["usgov"] == both
    assert names["china"] == both | {"DigiCert Global Root CA"}
    assert names["full"] == names["china"] | {
        "DigiCert Global Root G3",
        "DigiCert TLS ECC P384 Root G5",
        "DigiCert TLS RSA4096 Root G5",
        "Microsoft ECC Root Certificate Authority 2017",
    }


def test_a_known_root_that_is_not_azures_is_in_no_profile(manifest: Manifest) -> None:
    never_trusted = {entry.slug for entry in manifest.entries if entry.role == "root" and not entry.profiles}
    assert never_trusted == {"baltimore-cybertrust-root", "microsoft-tls-rsa-root-g2"}


def test_every_generation_has_its_intermediates(manifest: Manifest) -> None:
    of = {name: {e.common_name for e in manifest.entries if e.generation == name} for name in GENERATIONS}
    assert of["g2-2025"] == {"Microsoft TLS RSA Root G2"} | {
        f"Microsoft TLS G2 RSA CA OCSP {number:02}" for number in range(2, 17, 2)
    }
    assert of["rsa-2023"] == {f"Microsoft Azure RSA TLS Issuing CA {number}" for number in ("03", "04", "07", "08")}
    assert of["digicert-2020"] == {"DigiCert SHA2 Secure Server CA", "DigiCert TLS RSA SHA256 2020 CA1"}
    assert of["digicert-cn-2020"] == {"DigiCert Basic RSA CN CA G2"}


def test_a_manifest_survives_json(manifest: Manifest) -> None:
    assert from_document(json.loads(json.dumps(to_document(manifest)))) == manifest


def test_an_entry_is_found_by_its_digest(manifest: Manifest) -> None:
    assert manifest.by_digest(manifest.entries[3].sha256) == manifest.entries[3]
    assert manifest.by_digest("0" * 64) is None


def test_instants_are_written_in_utc(manifest: Manifest) -> None:
    assert instant(manifest.roots("public")[0].not_after) == "2038-01-15T12:00:00Z"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema": "azpg-tls/manifest/9"}, "schema is 'azpg-tls/manifest/9'"),
        ({"version": ""}, "version must be a text"),
        ({"certificate": []}, "no list of certificates"),
        ({"certificate": ["digicert"]}, "no list of certificates"),
        ({"certificate": {}}, "no list of certificates"),
    ],
)
def test_a_document_that_is_no_manifest_is_refused(document: Document, change: Document, complaint: str) -> None:
    with pytest.raises(ManifestError, match=complaint):
        from_document(document | change)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"slug": "Not A Slug"}, "does not have the form"),
        ({"role": "leaf"}, "role 'leaf'; known are root, intermediate"),
        ({"role": "intermediate"}, "only a root can be an anchor"),
        ({"profiles": ["public", "mars"]}, "unknown profile: mars"),
        ({"profiles": "public"}, "profiles must be a list of texts"),
        ({"profiles": [1]}, "profiles must be a list of texts"),
        ({"urls": []}, "https://"),
        ({"urls": ["http://cacerts.digicert.com/DigiCertGlobalRootG2.crt"]}, "https://"),
        ({"sha256": "cb3c"}, "does not have the form"),
        ({"sha256": 7}, "sha256 must be a text"),
        ({"not_after": "next year"}, "not an ISO 8601"),
        ({"file": "../../etc/passwd"}, "must be a plain name"),
        ({"file": ".hidden"}, "must be a plain name"),
        ({"colour": "green"}, "should not have: colour"),
        ({"slug": "microsoft-rsa-root-certificate-authority-2017"}, "2017' twice"),
        ({"file": "DigiCertGlobalRootCA.crt"}, "'DigiCertGlobalRootCA.crt' twice"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(document: Document, change: Document, complaint: str) -> None:
    document["certificate"][0] |= change
    with pytest.raises(ManifestError, match=complaint):
        from_document(document)


def test_an_entry_without_a_reason_is_refused(document: Document) -> None:
    del document["certificate"][0]["why"]
    with pytest.raises(ManifestError, match="'digicert-global-root-g2' lacks, or should not have: why"):
        from_document(document)


def test_a_digest_may_stand_for_one_certificate_only(document: Document) -> None:
    twin = copy.deepcopy(document["certificate"][0]) | {"slug": "twin", "file": "twin.crt"}
    document["certificate"].append(twin)
    with pytest.raises(ManifestError, match=r"cb3ccbb7.* twice"):
        from_document(document)


def test_a_profile_without_roots_is_refused(document: Document) -> None:
    for raw in document["certificate"]:
        raw["profiles"] = [profile for profile in raw["profiles"] if profile != "china"]
    with pytest.raises(ManifestError, match="no root for the profile china"):
        from_document(document)
