"""Trust anchors by word and by file."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pytest

from azpg_tls import anchors, bundle
from azpg_tls.bundle.directory import SIZE_LIMIT
from azpg_tls.errors import InputError
from azpg_tls.lab import pki

if TYPE_CHECKING:
    from pathlib import Path

AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
DIGICERT_GLOBAL_ROOT_G2 = "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f"


@pytest.mark.parametrize(("profile", "size"), [("public", 2), ("usgov", 2), ("china", 3), ("full", 7)])
def test_the_bundle_of_a_profile(profile: str, size: int) -> None:
    trust = anchors.load("bundle", profile)
    assert trust.label == f"bundle, profile {profile}"
    assert trust.anchors == bundle.anchors(profile)
    assert len(trust.anchors) == size


def test_certifi_holds_the_root_of_azures_current_chain() -> None:
    trust = anchors.load("certifi", "public")
    assert DIGICERT_GLOBAL_ROOT_G2 in {hashlib.sha256(anchor).hexdigest() for anchor in trust.anchors}
    assert trust.label == "certifi"


def test_a_file_of_several_certificates(tmp_path: Path) -> None:
    roots = [pki.authority(name, at=AT) for name in ("One", "Two")]
    file = tmp_path / "roots.pem"
    file.write_bytes(b"a comment\n" + b"".join(root.certificate_pem for root in roots))
    trust = anchors.load(str(file), "public")
    assert (trust.label, len(trust.anchors)) == (str(file), 2)


def test_a_file_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "root.crt").write_bytes(pki.authority("One", at=AT).certificate_pem)
    assert len(anchors.load("~/root.crt", "public").anchors) == 1


def test_the_system_is_what_openssl_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "system.pem"
    file.write_bytes(pki.authority("One", at=AT).certificate_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    trust = anchors.load("system", "public")
    assert (trust.label, len(trust.anchors)) == ("system", 1)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "it is empty"),
        (b"<html>", "an HTML page"),
        (b"\0" * (SIZE_LIMIT + 1), "is larger than 4194304 bytes"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, problem: str) -> None:
    file = tmp_path / "roots.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError) as refused:
        anchors.load(str(file), "public")
    assert str(file) in str(refused.value)
    assert problem in str(refused.value)


def test_a_path_with_a_nul_is_no_file() -> None:
    with pytest.raises(InputError, match="that is no file name"):
        anchors.load("roots\0.pem", "public")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        anchors.load(str(tmp_path), "public")


def test_a_system_without_a_file_of_roots_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setattr(anchors, "DEBIAN_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(InputError, match="set SSL_CERT_FILE or name a file"):
        anchors.load("system", "public")
