"""The build hook, run by the real hatchling on copies of this repository."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azpg_tls.bundle import package
from tests.bundle.test_directory import snapshot

if TYPE_CHECKING:
    from azpg_tls.bundle.manifest import Manifest
    from tests.bundle.mirror import Mirror

REPOSITORY = Path(__file__).parents[2]
DATA = Path("src", "azpg_tls", "bundle", "data")

# Sends every connection of a build to the mirror, and makes certifi's list its CA.
REDIRECTION = """
import certifi, socket
certifi.where = lambda: {root!r}
connect = socket.create_connection
socket.getaddrinfo = lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
socket.create_connection = lambda address, timeout: _connect(timeout)
def _connect(timeout):
    plain = socket.socket()
    plain.settimeout(timeout)
    plain.connect(("127.0.0.1", {port}))
    return plain
"""


def copy(to: Path) -> Path:
    """Copy what a build reads, without what one has built."""
    to.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", ".gitignore"):
        shutil.copy(REPOSITORY / name, to)
    (to / "README.md").write_text("azpg-tls\n")
    shutil.copytree(REPOSITORY / "fixtures" / "ca", to / "fixtures" / "ca")
    ignore = shutil.ignore_patterns("data", "__pycache__")
    shutil.copytree(REPOSITORY / "src", to / "src", ignore=ignore)
    return to


def hatchling(tree: Path, target: str = "wheel", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target],
        cwd=tree,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1790000000", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def built(tree: Path, target: str = "wheel", **environment: str) -> Path:
    done = hatchling(tree, target, **environment)
    assert done.returncode == 0, done.stderr
    (result,) = (tree / "dist").iterdir()
    return result


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(copy(tmp_path_factory.mktemp("first") / "tree"))


def test_the_wheel_holds_the_bundle(wheel: Path, published: Path, tmp_path: Path) -> None:
    package.write(published, tmp_path / "data")
    prefix = "azpg_tls/bundle/data/"
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix(prefix): archive.read(name) for name in archive.namelist() if name.startswith(prefix)
        }
    assert packed == snapshot(tmp_path / "data")


def test_two_builds_of_one_commit_give_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert digest(built(copy(tmp_path / "second"))) == digest(wheel)


def test_the_sdist_holds_sources_only_and_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    tree = copy(tmp_path / "tree")
    package.write(tree / "fixtures" / "ca", tree / DATA)
    with tarfile.open(built(tree, "sdist")) as archive:
        assert not [name for name in archive.getnames() if "bundle/data" in name]
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("azpg_tls-*")
    assert digest(built(unpacked)) == digest(wheel)


def test_an_editable_build_writes_the_bundle_into_the_tree(tmp_path: Path, published: Path) -> None:
    tree = copy(tmp_path / "tree")
    built(tree, "wheel:editable")
    package.write(published, tmp_path / "data")
    assert snapshot(tree / DATA) == snapshot(tmp_path / "data")


def test_a_changed_byte_stops_the_build_and_names_the_file(tmp_path: Path) -> None:
    tree = copy(tmp_path / "tree")
    file = tree / "fixtures" / "ca" / "DigiCertGlobalRootG2.crt"
    data = bytearray(file.read_bytes())
    data[500] ^= 1
    file.write_bytes(data)
    done = hatchling(tree)
    assert done.returncode != 0
    assert "DigiCertGlobalRootG2.crt: not DigiCert Global Root G2" in done.stderr
    assert "expected SHA-256 cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f" in done.stderr
    assert f"found {hashlib.sha256(data).hexdigest()}" in done.stderr
    assert not list(tree.glob("dist/*.whl"))
    assert not (tree / DATA).exists()


def test_a_build_may_fetch_anew(wheel: Path, mirror: Mirror, manifest: Manifest, tmp_path: Path) -> None:
    roots = manifest.roots("full")
    mirror.publish(REPOSITORY / "fixtures" / "ca", {entry.urls[0]: entry.file for entry in roots})
    (tmp_path / "root.pem").write_bytes(mirror.root_pem)
    redirection = REDIRECTION.format(root=str(tmp_path / "root.pem"), port=mirror.port)
    (tmp_path / "sitecustomize.py").write_text(redirection)
    fetched = built(copy(tmp_path / "tree"), AZPG_TLS_FETCH="1", PYTHONPATH=str(tmp_path))
    assert len(mirror.requests) == len(roots)
    assert digest(fetched) == digest(wheel)


def test_the_bundle_is_found_inside_a_zip_file(wheel: Path, tmp_path: Path) -> None:
    program = (
        "import azpg_tls.bundle as b, hashlib, pathlib\n"
        "path = pathlib.Path(b.where('china'))\n"
        "assert '.whl' in b.__file__, b.__file__\n"
        "assert path.read_text() == b.contents('china')\n"
        "print(hashlib.sha256(path.read_bytes()).hexdigest() == b.installed('china').sha256, len(b.known_cas()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(wheel)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True 30\n"
