from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls.bundle import PROFILES, contents, where
from azpg_tls.bundle.inventory import known_manifest
from azpg_tls.cli.bundle import Surroundings, bundle
from azpg_tls.errors import AzpgTlsError
from azpg_tls.lab.pki import authority
from tests.bundle.conftest import PUBLISHED
from tests.bundle.mirror import Mirror, body, redirect, running
from tests.bundle.test_directory import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)

# As Microsoft's page on pinning lists them; the same root from two hosts of DigiCert.
PINNING_PAGE = {
    "https://www.microsoft.com/pkiops/certs/microsoft azure rsa tls issuing ca 04 - xsign.crt": (
        "Microsoft Azure RSA TLS Issuing CA 04 - xsign.crt"
    ),
    "https://www.microsoft.com/pkiops/certs/Microsoft RSA Root Certificate Authority 2017.crt": (
        "Microsoft RSA Root Certificate Authority 2017.crt"
    ),
    "https://cacerts.digicert.com/DigiCertGlobalRootG2.crt.pem": "DigiCertGlobalRootG2.crt",
    "https://www.digicert.com/CACerts/DigiCertGlobalRootG2.crt.pem": "DigiCertGlobalRootG2.crt",
    "https://cacerts.digicert.com/DigiCertGlobalRootCA.crt": "DigiCertGlobalRootCA.crt",
}


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


def run(*args: str, at: dt.datetime = AT, mirror: Mirror | None = None, terminal: bool = False) -> Done:
    """Run a bundle command as the program's main function does."""

    def fetcher(progress: Any) -> Any:
        assert mirror
        return mirror.fetcher(progress=progress)

    surroundings = Surroundings(now=lambda: at, fetcher=fetcher, on_terminal=lambda: terminal)
    result = CliRunner().invoke(bundle, args, obj=surroundings)
    if isinstance(result.exception, AzpgTlsError):
        return Done(result.exception.exit_code, result.stdout, f"{result.stderr}{result.exception}\n")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    (tmp_path / "key").mkdir()
    with running(tmp_path / "key") as it:
        for url, file in PINNING_PAGE.items():
            der = (PUBLISHED / file).read_bytes()
            data = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) if url.endswith(".pem") else der
            it.answers[url.removeprefix("https://").replace(" ", "%20")] = [body(data)]
        yield it


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(scope="module")
def china(tmp_path_factory: pytest.TempPathFactory) -> str:
    at = tmp_path_factory.mktemp("china") / "out"
    assert run("build", "--output", str(at), "--profile", "china").code == 0
    return str(at)


@pytest.mark.parametrize("profile", PROFILES)
def test_build_needs_no_network_and_gives_what_is_installed(out: Path, profile: str) -> None:
    done = run("build", "--output", str(out), "--profile", profile)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{out}: bundle 2026.11.23, profile {profile}\n")
    assert snapshot(out) == snapshot(Path(where(profile)).parent)


def test_build_takes_the_public_profile_and_a_directory_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("build").code == 0
    assert snapshot(tmp_path / "azure-postgres-bundle") == snapshot(Path(where()).parent)


def test_build_reads_a_directory_in_any_form(out: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "roots.pem").write_bytes(contents("full").replace("\n", "\r\n").encode())
    shutil.copy(PUBLISHED / "Microsoft TLS G2 RSA CA OCSP 02.crt", tmp_path / "in")
    done = run("build", "--output", str(out), "--source", str(tmp_path / "in"))
    assert snapshot(out) == snapshot(Path(where()).parent)
    assert "set aside: DigiCert Global Root CA from" in done.stderr
    assert "roots.pem: no root of profile public, but of china, full\n" in done.stderr
    assert "OCSP 02.crt: an intermediate is never an anchor\n" in done.stderr
    assert done.stderr.count("set aside") == 6


def test_build_names_a_root_that_no_profile_trusts(out: Path) -> None:
    done = run("build", "--output", str(out), "--source", str(PUBLISHED), "--profile", "full")
    assert "BaltimoreCyberTrustRoot.crt: a root that no profile trusts, and it expired on 2025-05-12\n" in done.stderr
    assert snapshot(out) == snapshot(Path(where("full")).parent)


def test_build_fetches_the_profiles_roots(out: Path, mirror: Mirror) -> None:
    mirror.publish(PUBLISHED, {entry.urls[0]: entry.file for entry in known_manifest().roots("public")})
    done = run("build", "--output", str(out), "--fetch", mirror=mirror)
    assert (done.code, done.stderr) == (0, "")
    assert len(mirror.requests) == 2
    assert snapshot(out) == snapshot(Path(where()).parent)


def test_the_pinning_pages_urls_give_three_anchors_and_an_intermediate_set_aside(out: Path, mirror: Mirror) -> None:
    options = [part for url in PINNING_PAGE for part in ("--url", url)]
    done = run("build", "--output", str(out), *options, mirror=mirror)
    assert done.code == 0
    assert done.stderr == (
        "set aside: Microsoft Azure RSA TLS Issuing CA 04 from https://www.microsoft.com/pkiops/certs/"
        "microsoft azure rsa tls issuing ca 04 - xsign.crt: "
        "an intermediate is never an anchor, and it expired on 2026-08-25\n"
    )
    assert sorted(path.name for path in out.glob("*.der")) == [
        "digicert-global-root-ca.der",
        "digicert-global-root-g2.der",
        "microsoft-rsa-root-certificate-authority-2017.der",
    ]
    assert json.loads((out / "manifest.json").read_text())["profile"] == "custom"
    assert len(mirror.requests) == 5
    assert run("verify", str(out)).code == 0


def test_urls_and_a_profile_give_the_profile(out: Path, mirror: Mirror) -> None:
    options = [part for url in PINNING_PAGE for part in ("--url", url)]
    done = run("build", "--output", str(out), "--profile", "usgov", *options, mirror=mirror)
    assert snapshot(out) == snapshot(Path(where("usgov")).parent)
    assert "DigiCertGlobalRootCA.crt: no root of profile usgov, but of china, full" in done.stderr


def test_progress_is_shown_on_a_terminal(out: Path, mirror: Mirror) -> None:
    url = "https://cacerts.digicert.com/DigiCertGlobalRootCA.crt"
    done = run("build", "--output", str(out), "--url", url, mirror=mirror, terminal=True)
    assert f"\r{url}: 947 of 947 bytes\n" in done.stderr


@pytest.mark.parametrize("failure", ["another certificate", "unknown root", "404", "plain HTTP", "HTML", "private key"])
def test_a_failed_build_changes_nothing(out: Path, mirror: Mirror, failure: str) -> None:
    run("build", "--output", str(out))
    before = snapshot(out)
    lab = authority("Lab Root", at=AT)
    (PUBLISHED / "BaltimoreCyberTrustRoot.crt").read_bytes()
    answer, words = {
        "another certificate": (
            body((PUBLISHED / "BaltimoreCyberTrustRoot.crt").read_bytes()),
            "expected SHA-256 4348a0e9",
        ),
        "unknown root": (body(lab.certificate_pem), "found"),
        "404": (body(b"", 404), "the server answered 404"),
        "plain HTTP": (redirect("http://cacerts.digicert.com/"), "not HTTPS"),
        "HTML": (body(b"<html>"), "an HTML page"),
        "private key": (body(lab.certificate_pem + lab.key_pem), "it holds a private key"),
    }[failure]
    mirror.answers["cacerts.digicert.com/DigiCertGlobalRootCA.crt"] = [answer]
    url = "https://cacerts.digicert.com/DigiCertGlobalRootCA.crt"
    done = run("build", "--output", str(out), "--source", str(PUBLISHED), "--url", url, mirror=mirror)
    assert (done.code, done.stdout) == (2, "")
    assert words in done.stderr
    assert snapshot(out) == before


def test_build_refuses_a_directory_with_other_files(out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    done = run("build", "--output", str(out))
    assert done.code == 2
    assert "holds thesis.txt, which is no part of a bundle" in done.stderr
    assert snapshot(out) == {"thesis.txt": b"mine"}


def test_build_replaces_an_earlier_bundle(out: Path) -> None:
    run("build", "--output", str(out), "--profile", "full")
    assert run("build", "--output", str(out)).code == 0
    assert snapshot(out) == snapshot(Path(where()).parent)


def test_an_unknown_profile_is_wrong_usage(out: Path) -> None:
    done = run("build", "--output", str(out), "--profile", "mars")
    assert done.code == 2
    assert "'mars' is not one of" in done.stderr


def test_list_says_what_is_in_the_bundle_and_why() -> None:
    done = run("list")
    assert done.stdout.splitlines()[:2] == ["bundle 2026.11.23, profile public", "DigiCert Global Root G2"]
    assert "  until     2029-04-15: Mozilla ends its trust for TLS" in done.stdout
    assert "  why       anchor of every chain since the rotation of November 2025" in done.stdout
    assert done.stdout.count("SHA-256") == 2
    assert run("list", "--profile", "full").stdout.count("SHA-256") == 7
    assert run("list", "--all").stdout.count("SHA-256") == 30


@pytest.mark.parametrize(
    "name",
    [
        "digicert-global-root-g2",
        "DigiCert Global Root G2",
        "digicert global root g2",
        "cb3ccbb7",
        "CB:3C:CB:B7:60:31:E5:E0:13:8F:8D:D3:9A:23:F9:DE:47:FF:C3:5E:43:C1:14:4C:EA:27:D4:6A:5A:B1:CB:5F",
    ],
)
def test_show_finds_a_certificate_by_any_of_its_names(name: str) -> None:
    done = run("show", name)
    assert done.code == 0
    assert done.stdout.startswith("DigiCert Global Root G2\n  name        digicert-global-root-g2\n")
    assert "  trusted     yes, in the profiles public, usgov, china, full\n" in done.stdout
    assert "  generation  none of its own\n" in done.stdout
    assert "  valid       2013-08-01T12:00:00Z to 2038-01-15T12:00:00Z\n" in done.stdout
    assert done.stdout.count("  URL         https://") == 3


def test_show_gives_every_certificate_of_a_common_name() -> None:
    done = run("show", "Microsoft TLS RSA Root G2")
    assert "  role        root\n" in done.stdout
    assert "  role        intermediate\n" in done.stdout
    assert done.stdout.count("  trusted     no; it is known, to explain\n") == 2
    assert done.stdout.count("  generation  g2-2025\n") == 2


@pytest.mark.parametrize("name", ["", "cb3", "ISRG Root X1"])
def test_show_refuses_what_it_does_not_know(name: str) -> None:
    done = run("show", name)
    assert done.code == 2
    assert f"no known certificate is called {name!r}; see: azpg-tls bundle list --all" in done.stderr


def test_path_is_the_pem_file() -> None:
    assert run("path").stdout == f"{where()}\n"
    assert run("path", "--profile", "china").stdout == f"{where('china')}\n"


def test_verify_accepts_what_is_installed() -> None:
    assert run("verify") == Done(0, f"{where()}: matches the manifest\n", "")


def test_verify_warns_of_a_retired_root_and_fails_if_strict() -> None:
    done = run("verify", "--profile", "china")
    assert done.code == 0
    assert "warning: DigiCert Global Root CA is retired since 2026-04-15" in done.stdout
    assert run("verify", "--profile", "china", "--strict").code == 1
    assert run("verify", "--strict").code == 0


def test_verify_reads_the_clock() -> None:
    done = run("verify", at=dt.datetime(2038, 2, 1, tzinfo=dt.UTC))
    assert done.code == 1
    assert "does not match the manifest, or is out of date\nproblem: DigiCert Global Root G2 expired" in done.stdout


def test_verify_takes_a_file_or_a_directory(china: str) -> None:
    for at in (china, f"{china}/azure-postgres.pem"):
        assert run("verify", at).stdout.startswith(f"{at}: matches the manifest\nwarning: DigiCert Global Root CA")
        assert run("verify", at, "--profile", "china").code == 0
        assert run("verify", at, "--profile", "public").code == 1


def test_verify_finds_an_intermediate_in_a_bundle(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    der = (PUBLISHED / "Microsoft TLS G2 RSA CA OCSP 02.crt").read_bytes()
    pem = subprocess.run(["openssl", "x509", "-inform", "DER"], input=der, capture_output=True, check=True).stdout
    file.write_bytes(contents().encode() + pem)
    done = run("verify", str(file))
    assert done.code == 1
    assert "problem: Microsoft TLS G2 RSA CA OCSP 02 is an intermediate: known, never an anchor\n" in done.stdout


@pytest.mark.parametrize("command", [("verify",), ("diff", "public")])
def test_what_cannot_be_read_is_wrong_usage(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*command, str(tmp_path / "missing.pem"))
    assert done.code == 2
    assert "missing.pem' cannot be read: No such file or directory" in done.stderr
    done = run(*command, str(tmp_path))
    assert done.code == 2
    assert "not a built bundle" in done.stderr


def test_diff_shows_what_only_one_holds_and_says_so_by_its_code(china: str) -> None:
    root = "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161  CN=DigiCert Global Root CA,"
    for at in ("china", china, f"{china}/azure-postgres.pem"):
        added, removed = run("diff", "public", at), run("diff", at, "public")
        assert added.code == removed.code == 1
        assert added.stdout.startswith(f"+ {root}")
        assert removed.stdout.startswith(f"- {root}")
        assert run("diff", "china", at) == Done(0, "", "")


def test_the_program_itself_reads_clock_and_terminal() -> None:
    program = "from azpg_tls.cli.bundle import bundle; bundle(['verify'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(f"{where()}: ")


def test_the_program_itself_fetches_over_verified_https(out: Path, mirror: Mirror, tmp_path: Path) -> None:
    """Its list of CAs does not hold the mirror's, so it refuses the mirror."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "real = socket.getaddrinfo\n"
        "socket.getaddrinfo = lambda host, port, *a, **k: real('127.0.0.1', port if a else 0, *a, **k)\n"
        "connect = socket.create_connection\n"
        f"socket.create_connection = lambda address, timeout: connect(('127.0.0.1', {mirror.port}), timeout)\n"
    )
    program = (
        "from azpg_tls.cli.bundle import bundle; from azpg_tls.errors import InputError\n"
        f"try: bundle(['build', '--output', {str(out)!r}, '--fetch'])\n"
        "except InputError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert "its certificate is not trusted" in done.stdout, done.stderr
    assert mirror.requests == []
    assert not out.exists()
