from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from azpg_tls.bundle.build import build, files, identify
from azpg_tls.bundle.directory import sources
from azpg_tls.bundle.inspection import (
    Content,
    Remark,
    content_of_directory,
    content_of_file,
    difference,
    inspect,
)
from azpg_tls.bundle.manifest import PROFILES, Manifest
from azpg_tls.errors import InputError
from azpg_tls.lab.pki import authority

if TYPE_CHECKING:
    from pathlib import Path

AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
LAB = authority("Lab \x1b[2J Root", at=AT)


@pytest.fixture(scope="module")
def bundles(manifest: Manifest, published: Path) -> dict[str, dict[str, bytes]]:
    identified = identify(manifest, sources(published, manifest))
    return {profile: files(build(manifest, identified, profile)) for profile in PROFILES}


@pytest.fixture
def content(bundles: dict[str, dict[str, bytes]]) -> Content:
    return content_of_directory("public", bundles["public"])


def published_as(manifest: Manifest, published: Path, *slugs: str) -> Content:
    by_slug = {entry.slug: entry for entry in manifest.entries}
    found = [content_of_file(slug, (published / by_slug[slug].file).read_bytes()) for slug in slugs]
    return Content("a.pem", tuple(certificate for content in found for certificate in content.certificates))


def problems(remarks: tuple[Remark, ...]) -> list[str]:
    return [remark.text for remark in remarks if remark.problem]


@pytest.mark.parametrize("profile", ["public", "usgov"])
def test_a_bundle_as_built_draws_no_remark(
    bundles: dict[str, dict[str, bytes]], manifest: Manifest, profile: str
) -> None:
    content = content_of_directory(profile, bundles[profile])
    assert inspect(content, manifest, profile, AT) == ()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_bundle_finds_its_profile(bundles: dict[str, dict[str, bytes]], manifest: Manifest, profile: str) -> None:
    content = content_of_file(profile, bundles[profile]["azure-postgres.pem"])
    assert problems(inspect(content, manifest, None, AT)) == []


def test_a_retired_root_is_a_warning(bundles: dict[str, dict[str, bytes]], manifest: Manifest) -> None:
    content = content_of_directory("china", bundles["china"])
    (remark,) = inspect(content, manifest, "china", AT)
    assert not remark.problem
    assert remark.text.startswith("DigiCert Global Root CA is retired since 2026-04-15: Mozilla and Chrome ended")


@pytest.mark.parametrize(
    ("at", "remarks"),
    [
        ("2029-01-14T23:59:59", []),
        ("2029-01-15T00:00:00", [(False, "DigiCert Global Root G2 goes on 2029-04-15")]),
        ("2029-04-14T23:59:59", [(False, "DigiCert Global Root G2 goes on 2029-04-15")]),
        ("2029-04-15T00:00:00", [(False, "DigiCert Global Root G2 is retired since 2029-04-15")]),
        ("2038-01-15T12:00:00", [(False, "DigiCert Global Root G2 is retired since 2029-04-15")]),
        ("2038-01-15T12:00:01", [(True, "DigiCert Global Root G2 expired on 2038-01-15")]),
    ],
)
def test_time_turns_a_root_into_a_warning_then_a_problem(
    content: Content, manifest: Manifest, at: str, remarks: list[tuple[bool, str]]
) -> None:
    now = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    found = inspect(content, manifest, "public", now)
    assert [(remark.problem, remark.text.partition(":")[0]) for remark in found] == remarks


def test_a_missing_root_is_a_problem(manifest: Manifest, published: Path) -> None:
    content = published_as(manifest, published, "digicert-global-root-g2")
    missing = "Microsoft RSA Root Certificate Authority 2017 is missing from profile public"
    assert problems(inspect(content, manifest, None, AT)) == [missing]


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("microsoft-tls-rsa-root-g2-xsign", "is an intermediate: known, never an anchor"),
        ("microsoft-tls-rsa-root-g2", "is a root that no profile trusts: self-signed form of the CA"),
        ("digicert-global-root-g3", "is no root of profile public, but of full"),
    ],
)
def test_a_certificate_that_does_not_belong_is_a_problem(
    manifest: Manifest, published: Path, slug: str, text: str
) -> None:
    roots = [entry.slug for entry in manifest.roots("public")]
    (problem,) = problems(inspect(published_as(manifest, published, *roots, slug), manifest, None, AT))
    assert text in problem


def test_an_unknown_certificate_is_a_problem_and_shown_escaped(content: Content, manifest: Manifest) -> None:
    more = Content("a.pem", (*content.certificates, LAB.certificate))
    (problem,) = problems(inspect(more, manifest, None, AT))
    assert r"CN=Lab \x1b[2J Root" in problem
    assert "is not in the manifest" in problem


def test_files_that_the_checksums_do_not_confirm_are_problems(
    bundles: dict[str, dict[str, bytes]], manifest: Manifest
) -> None:
    made = dict(bundles["public"])
    made["manifest.json"] += b" "
    made["extra\x1b.der"] = b""
    del made["digicert-global-root-g2.der"]
    found = problems(inspect(content_of_directory("out", made), manifest, None, AT))
    assert found == [
        "digicert-global-root-g2.der is not what SHA256SUMS says",
        r"extra\x1b.der is not what SHA256SUMS says",
        "manifest.json is not what SHA256SUMS says",
    ]


@pytest.mark.parametrize("name", ["azure-postgres.pem", "manifest.json", "SHA256SUMS"])
def test_a_directory_without_a_bundle_is_refused(bundles: dict[str, dict[str, bytes]], name: str) -> None:
    made = {file: data for file, data in bundles["public"].items() if file != name}
    with pytest.raises(InputError, match=f"out: not a built bundle: it has no {name}"):
        content_of_directory("out", made)


def test_a_difference_is_what_only_one_holds(bundles: dict[str, dict[str, bytes]], content: Content) -> None:
    china = content_of_directory("china", bundles["china"])
    (root,) = set(china.certificates) - set(content.certificates)
    assert difference(content, china) == ((), (root,))
    assert difference(china, content) == ((root,), ())
    assert difference(china, china) == ((), ())
