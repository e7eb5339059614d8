"""The public API, as a program uses it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import azpg_tls
from azpg_tls.lab.running import running
from azpg_tls.lab.scenarios import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azpg_tls.lab.running import Running


@pytest.fixture
def server() -> Iterator[Running]:
    with running(BY_NAME["azure-g2-2025"], dt.datetime.now(dt.UTC)) as server:
        yield server


@pytest.fixture
def root_file(server: Running, tmp_path: Path) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    file = tmp_path / "root.pem"
    file.write_bytes(server.setup.root.public_bytes(Encoding.PEM))
    return str(file)


def test_a_healthy_server_passes(server: Running, root_file: str) -> None:
    report = azpg_tls.probe("localhost", port=server.endpoint.port, sslrootcert=root_file)
    assert (report.verdict, report.diagnosis, report.findings) == ("pass", None, ())
    assert json.loads(report.to_json())["verdict"] == "pass"


def test_a_connection_string_names_its_own_roots(server: Running, root_file: str) -> None:
    report = azpg_tls.probe(f"{server.conninfo} sslrootcert={root_file}")
    assert report.verdict == "pass"


def test_demands_are_judged(server: Running, root_file: str) -> None:
    pin = "sha256/" + "A" * 43 + "="
    report = azpg_tls.probe(server.conninfo, sslrootcert=root_file, max_depth=1, pin=[pin], expect_issuer="OCSP")
    assert [finding.code for finding in report.findings] == ["chain-too-deep", "pin-mismatch"]
    assert isinstance(report.findings[0], azpg_tls.Finding)
    alone = azpg_tls.probe(server.conninfo, sslrootcert=root_file, pin=pin)
    assert [finding.code for finding in alone.findings] == ["pin-mismatch"]


@pytest.mark.parametrize(
    "options",
    [
        {"pin": ["x"]},
        {"pin": "x"},
        {"sslrootcert": "/no/such/file"},
        {"min_tls": "SSLv3"},
        {"max_depth": -1},
        {"expires_within": 10**7},
        {"timeout": 0},
    ],
)
def test_what_cannot_be_used_is_an_input_error(options: dict[str, object]) -> None:
    with pytest.raises(azpg_tls.InputError):
        azpg_tls.probe("localhost:1", **options)  # type: ignore[arg-type]


def test_the_laboratory_is_for_the_command_line() -> None:
    with pytest.raises(azpg_tls.InputError, match="azpg-tls probe lab:SCENARIO"):
        azpg_tls.probe("lab:expired")


def test_every_public_name_is_there() -> None:
    assert [name for name in azpg_tls.__all__ if not hasattr(azpg_tls, name)] == []
    assert issubclass(azpg_tls.InputError, azpg_tls.AzpgTlsError)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        azpg_tls.no_such_name  # noqa: B018


def test_the_bundles_path_needs_no_tls_library() -> None:
    code = (
        "import sys, azpg_tls; azpg_tls.where(); print({'ssl', 'OpenSSL', 'cryptography', 'click'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_python_m_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "azpg_tls", "--version"], capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith(f"azpg-tls {azpg_tls.__version__}\n")
