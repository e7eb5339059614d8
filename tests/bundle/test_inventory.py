from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls import bundle
from azpg_tls.azure import GENERATIONS
from azpg_tls.bundle import inventory
from azpg_tls.errors import AzpgTlsError, InputError

if TYPE_CHECKING:
    from azpg_tls.bundle.manifest import Manifest


@pytest.mark.parametrize("profile", bundle.PROFILES)
def test_a_profile_is_a_pem_file_of_its_roots(profile: str, manifest: Manifest) -> None:
    path = Path(bundle.where(profile))
    pem = path.read_bytes()
    inside = [certificate.public_bytes(Encoding.DER) for certificate in x509.load_pem_x509_certificates(pem)]
    assert bundle.contents(profile).encode() == pem
    assert tuple(inside) == bundle.anchors(profile)
    assert [hashlib.sha256(der).hexdigest() for der in inside] == [e.sha256 for e in manifest.roots(profile)]
    assert bundle.installed(profile) == bundle.Installed(
        manifest.version, profile, hashlib.sha256(pem).hexdigest(), str(path)
    )


def test_the_default_profile_is_public() -> None:
    assert bundle.where() == bundle.where("public")
    assert bundle.contents() == bundle.contents("public")
    assert bundle.installed() == bundle.installed("public")
    assert bundle.anchors() == bundle.anchors("public")


def test_every_known_ca_has_the_facts_of_the_manifest(manifest: Manifest) -> None:
    known = bundle.known_cas()
    assert [(ca.name, ca.common_name, ca.generation, ca.role, ca.spki_sha256) for ca in known] == [
        (entry.slug, entry.common_name, entry.generation, entry.role, entry.spki_sha256) for entry in manifest.entries
    ]
    assert [hashlib.sha256(ca.der).hexdigest() for ca in known] == [entry.sha256 for entry in manifest.entries]
    assert {ca.generation for ca in known} == {*GENERATIONS, None}
    assert bundle.known_cas() is known


def test_the_installed_files_are_those_of_the_profile() -> None:
    files = inventory.bundle_files("public")
    assert files["azure-postgres.pem"].decode() == bundle.contents("public")
    assert len(files) == 5


@pytest.mark.parametrize("profile", ["", "Public", "mars", "../public"])
def test_an_unknown_profile_is_refused(profile: str) -> None:
    for ask in (bundle.where, bundle.contents, bundle.installed, bundle.anchors, inventory.bundle_files):
        with pytest.raises(InputError, match="choose one of public, usgov, china, full"):
            ask(profile)


def test_a_source_tree_that_was_never_built_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(AzpgTlsError, match=r"run: pip install --editable \.") as caught:
        inventory.bundle_files("public")
    assert caught.value.exit_code == 4


def test_the_package_is_light() -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "import azpg_tls.bundle as b; b.where(); b.known_cas(); print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"OpenSSL", "cryptography", "click", "rich", "ssl", "tomllib", "certifi"}
    assert not heavy & set(done.stdout.split())
