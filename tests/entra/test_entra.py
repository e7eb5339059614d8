"""Tokens through the real azure-identity, from fakes on loopback: what it asks, and what becomes of what goes wrong."""

from __future__ import annotations

import builtins
import contextlib
import datetime as dt
import logging
import os
import socket
import socketserver
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from azpg_tls import azureidentity
from azpg_tls.azure import CLOUDS
from azpg_tls.credential import Kind, Settings, Trouble, settings
from azpg_tls.entra import NotAcquiredError, acquire
from azpg_tls.errors import InputError
from azpg_tls.jwt import Jwt, read
from azpg_tls.lab.endpoint import Door, Endpoint
from azpg_tls.lab.pki import rsa_key, subject_of
from azpg_tls.secret import Secret
from tests.entra import fakes, forged
from tests.entra.fakes import Authority, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from azpg_tls.lab.peer import Peer

SECRET = "PLANTED~client.secret"


def of(fake: Authority, **given: Any) -> Settings:
    return Settings(**({"tenant": forged.TENANT, "client": forged.APP, "authority": fake.url} | given))


def claims(token: Secret) -> dict[str, object]:
    said = read(token.reveal())
    assert isinstance(said, Jwt)
    return dict(said.claims)


def refused(cloud: str, given: Settings, kind: Kind | None = None, **options: Any) -> NotAcquiredError:
    with pytest.raises(NotAcquiredError) as raised:
        acquire(cloud, given, kind, **options)
    return raised.value


def test_a_client_secret_gets_a_token(authority: Authority) -> None:
    authority.secret = SECRET
    token = acquire("public", of(authority, secret=Secret(SECRET)))
    assert token.kind is Kind.CLIENT_SECRET
    assert claims(token.secret)["appid"] == forged.APP
    assert 3500 < (token.expires - dt.datetime.now(dt.UTC)).total_seconds() <= 3600
    assert authority.asked == [
        f"/{forged.TENANT}/v2.0/.well-known/openid-configuration",
        f"/{forged.TENANT}/oauth2/v2.0/token",
    ]


def certificate(directory: Path, password: bytes | None = None) -> tuple[Path, x509.Certificate]:
    """Write a certificate with its key, as an application has it; azure-identity wants RSA."""
    key, now = rsa_key(2048), dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject_of("app")).issuer_name(subject_of("app"))
    builder = builder.public_key(key.public_key()).serial_number(1)
    made = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    file = directory / "app.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file, made


@pytest.mark.parametrize("password", [None, b"PLANTED-password"])
def test_a_certificate_proves_the_application(authority: Authority, tmp_path: Path, password: bytes | None) -> None:
    file, authority.certificate = certificate(tmp_path, password)
    given = of(authority, certificate=str(file), certificate_password=Secret((password or b"").decode()))
    assert acquire("public", given).kind is Kind.CLIENT_CERTIFICATE


def test_another_certificate_is_refused(authority: Authority, tmp_path: Path) -> None:
    file, _ = certificate(tmp_path)
    _, authority.certificate = certificate(tmp_path.parent)
    error = refused("public", of(authority, certificate=str(file)))
    assert (error.finding.code, error.finding.evidence["error"]) == ("entra-sign-in-refused", "AADSTS700027")
    assert error.finding.detail.startswith("The certificate is not one that is registered with the application.")


def test_a_service_account_is_federated(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "token"
    authority.federated = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrOHMifQ.PLANTED"
    file.write_text(authority.federated)
    assert acquire("public", of(authority, token_file=str(file))).kind is Kind.WORKLOAD_IDENTITY
    assert authority.asked == [f"/{forged.TENANT}/oauth2/v2.0/token"]


def test_a_user_enters_a_code(authority: Authority) -> None:
    said: list[str] = []
    token = acquire("public", of(authority), Kind.DEVICE_CODE, timeout=30, prompt=said.append)
    assert claims(token.secret)["upn"] == "Alice@contoso.com"
    assert len(said) == 1
    assert said[0].startswith(f"Open {authority.url}/device and enter the code FAKE-CODE until ")
    assert authority.pending == 0


def test_nobody_enters_the_code_in_time(authority: Authority) -> None:
    authority.pending = 10**6
    error = refused("public", Settings(authority=authority.url), Kind.DEVICE_CODE, timeout=1)
    assert (error.failures[0].trouble, error.failures[0].host) == (Trouble.TIMEOUT, "localhost")


@pytest.mark.parametrize(
    ("client", "resource"),
    [("", fakes.MACHINE), (forged.APP, forged.IDENTITY["xms_mirid"])],
    ids=["system-assigned", "user-assigned"],
)
def test_a_managed_identity_asks_its_machine(machine: Machine, client: str, resource: str) -> None:
    token = acquire("public", settings(os.environ | {"AZURE_CLIENT_ID": client}))
    assert token.kind is Kind.MANAGED_IDENTITY
    assert claims(token.secret)["xms_mirid"] == resource
    assert (token.expires - dt.datetime.now(dt.UTC)) > dt.timedelta(hours=23)


def test_an_app_service_gives_tokens_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.header = "PLANTED-header"
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{machine.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", machine.header)
    assert acquire("public", settings(os.environ)).kind is Kind.MANAGED_IDENTITY
    assert len(machine.asked) == 1


def test_an_identity_that_the_machine_has_not(machine: Machine) -> None:
    machine.identity = False
    error = refused("public", settings(os.environ), timeout=10)
    assert error.finding.code == "entra-no-credential"
    assert "Identity not found" in error.finding.detail


def test_no_machine_of_azures(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    error = refused("public", settings(os.environ))
    assert time.monotonic() - began < 10
    assert (error.finding.code, error.exit_code) == ("entra-no-credential", 1)
    assert error.finding.detail == (
        "The credential managed-identity is not available here: 127.0.0.1: Connection refused"
    )


def silence(peer: Peer) -> None:
    peer.wait_for_end()


NOT_THERE = "managed identity configuration not found in environment"
ELSEWHERE: dict[str, tuple[dict[str, str], Door, float, str]] = {
    "the machine, silent": ({"AZURE_POD_IDENTITY_AUTHORITY_HOST": ""}, Door.OPEN, 0.1, "no answer in time"),
    "the machine, out of reach": (
        {"AZURE_POD_IDENTITY_AUTHORITY_HOST": ""},
        Door.STUCK,
        30,
        "no answer in time",
    ),
    "Arc, silent": ({"IDENTITY_ENDPOINT": "", "IMDS_ENDPOINT": ""}, Door.OPEN, 0.1, "no answer in time"),
    "Arc, not running": (
        {"IDENTITY_ENDPOINT": "", "IMDS_ENDPOINT": ""},
        Door.CLOSED,
        30,
        "Connection refused",
    ),
    "Cloud Shell, silent": ({"MSI_ENDPOINT": ""}, Door.OPEN, 0.1, "no answer in time"),
    "Service Fabric, without TLS": (
        {"IDENTITY_ENDPOINT": "", "IDENTITY_HEADER": "h", "IDENTITY_SERVER_THUMBPRINT": "t"},
        Door.OPEN,
        30,
        f"Service Fabric {NOT_THERE}",
    ),
}


@pytest.mark.parametrize(("variables", "door", "timeout", "words"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_wherever_identities_come_from_the_deadline_holds(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], door: Door, timeout: float, words: str
) -> None:
    monkeypatch.delenv("AZURE_POD_IDENTITY_AUTHORITY_HOST")
    monkeypatch.setattr(azureidentity, "_IMDS_PATIENCE", 0.3)
    with Endpoint(silence, door=door) as endpoint:
        for name, value in variables.items():
            monkeypatch.setenv(name, value or f"http://127.0.0.1:{endpoint.port}")
        began = time.monotonic()
        error = refused("public", settings(os.environ), timeout=timeout)
        assert time.monotonic() - began < 5
    assert (error.finding.code, error.failures[0].host) == ("entra-no-credential", "127.0.0.1")
    assert words in error.finding.detail


def test_an_arc_agent_that_gives_no_challenge(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", machine.url)
    monkeypatch.setenv("IMDS_ENDPOINT", machine.url)
    machine.answers = 401, {"error": "no challenge"}
    assert f"Azure Arc {NOT_THERE}" in refused("public", settings(os.environ), timeout=10).finding.detail


def test_something_else_answers_in_the_machines_place(machine: Machine) -> None:
    machine.answers = (200, b"<html>a portal</html>")
    error = refused("public", settings(os.environ), timeout=10)
    assert "what answered does not give tokens" in error.finding.detail


AZ = """#!/bin/sh
# a fake of azpg-tls's tests
tr '\\0' '\\n' </proc/$$/environ >"{directory}/environ"
echo "$@" >"{directory}/arguments"
{does}
"""


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def install(does: str) -> Path:
        (tmp_path / "az").write_text(AZ.format(directory=tmp_path, does=does))
        (tmp_path / "az").chmod(0o755)
        return tmp_path

    return install


def test_the_azure_cli_is_asked(az: Any) -> None:
    token = forged.token(forged.USER)
    at = az(f"""echo '{{"accessToken": "{token}", "expires_on": 1795525200}}'""")
    got = acquire("usgov", Settings(tenant=forged.TENANT))
    assert (got.kind, got.secret.reveal()) == (Kind.AZURE_CLI, token)
    assert got.expires == dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)
    assert (at / "arguments").read_text().split() == [
        *("account", "get-access-token", "--output", "json"),
        *("--resource", "https://ossrdbms-aad.database.usgovcloudapi.net", "--tenant", forged.TENANT),
    ]


def test_nobody_is_logged_in_with_the_azure_cli(az: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    az("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1")
    monkeypatch.delenv("AZURE_POD_IDENTITY_AUTHORITY_HOST")
    monkeypatch.setattr(azureidentity, "IMDS", "127.0.0.1")
    error = refused("public", Settings(), Kind.AZURE_CLI)
    assert error.finding.code == "entra-no-credential"
    assert error.finding.fix[0] == "Log in: az login --tenant TENANT"


def test_the_azure_cli_passes_on_what_entra_id_says(az: Any) -> None:
    az("echo 'ERROR: AADSTS50076: Due to a configuration change, you must use multi-factor.' >&2; exit 1")
    error = refused("public", Settings(), Kind.AZURE_CLI)
    assert error.finding.evidence["error"] == "AADSTS50076"
    assert error.finding.fix[0] == (
        "Sign in again: az login --tenant TENANT --scope https://ossrdbms-aad.database.windows.net/.default"
    )


@pytest.mark.parametrize(
    ("does", "trouble", "timeout"),
    [
        ("exec sleep 60", Trouble.TIMEOUT, 1.5),
        ("echo nonsense", Trouble.REFUSED, 20),
        ("echo broken >&2; exit 3", Trouble.REFUSED, 20),
    ],
)
def test_an_azure_cli_that_does_not_work(az: Any, does: str, trouble: Trouble, timeout: float) -> None:
    az(does)
    began = time.monotonic()
    assert refused("public", Settings(), Kind.AZURE_CLI, timeout=timeout).failures[0].trouble is trouble
    assert time.monotonic() - began < 15


def test_without_anything_configured_the_cli_is_tried_first_and_then_the_machine(
    az: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    az("echo \"Please run 'az login'\" >&2; exit 1")
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    error = refused("public", Settings())
    assert [failure.kind for failure in error.failures] == [Kind.AZURE_CLI, Kind.MANAGED_IDENTITY]
    assert "Also tried: managed-identity: " in error.finding.detail


REFUSALS = [
    (7000215, "The client secret is wrong"),
    (7000222, "The client secret has expired"),
    (65001, "Nobody has consented"),
    (50076, "A second factor is asked for"),
    (53003, "A conditional access policy does not allow it"),
    (999999, "It was refused"),
]


@pytest.mark.parametrize(("number", "words"), REFUSALS)
def test_the_authority_refuses(authority: Authority, number: int, words: str) -> None:
    authority.refuses = fakes.refusal(number, "The words of Entra ID.")
    error = refused("public", of(authority, secret=Secret(SECRET)))
    assert (error.finding.code, error.finding.evidence["error"]) == ("entra-sign-in-refused", f"AADSTS{number}")
    assert error.finding.detail.startswith(words)
    assert "The words of Entra ID." in error.finding.detail
    assert error.finding.fix


def test_a_wrong_secret_is_refused_by_the_authority_itself(authority: Authority) -> None:
    authority.secret = "another"
    error = refused("public", of(authority, secret=Secret(SECRET)))
    assert error.failures[0].number == 7000215
    assert "What to do: Make a new one, and take its value" in str(error)


def test_an_application_and_a_tenant_that_are_not_known(authority: Authority) -> None:
    stranger = of(authority, client="cccccccc-0000-0000-0000-000000000003", secret=Secret(SECRET))
    assert refused("public", stranger).failures[0].number == 700016
    elsewhere = of(authority, tenant="nobody.onmicrosoft.com", secret=Secret(SECRET))
    error = refused("public", elsewhere)
    assert (error.failures[0].number, error.failures[0].trouble) == (90002, Trouble.REFUSED)
    assert "Tenant 'nobody.onmicrosoft.com' not found." in error.failures[0].message


@pytest.mark.parametrize(
    ("misbehaves", "trouble", "timeout"),
    [
        (fakes.silent, Trouble.TIMEOUT, 1.5),
        (fakes.drip, Trouble.TIMEOUT, 1.5),
        (fakes.body(500, b"down"), Trouble.NONSENSE, 20),
        (fakes.body(200, b"<html>Sign in to the network</html>"), Trouble.NONSENSE, 20),
        (fakes.body(200, b"[]"), Trouble.NONSENSE, 20),
        (lambda request: request.connection.close(), Trouble.CONNECTION, 20),
    ],
    ids=["silent", "drip", "500", "portal", "no-object", "closed"],
)
def test_the_authority_misbehaves(authority: Authority, misbehaves: Any, trouble: Trouble, timeout: float) -> None:
    authority.misbehaves = misbehaves
    began = time.monotonic()
    error = refused("public", of(authority, secret=Secret(SECRET)), timeout=timeout)
    assert time.monotonic() - began < 8
    assert (error.failures[0].trouble, error.finding.code) == (trouble, "entra-unreachable")
    assert "localhost" in error.finding.detail


def test_a_root_that_is_not_trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    error = refused("public", of(authority, secret=Secret(SECRET)))
    assert (error.failures[0].trouble, authority.asked) == (Trouble.CERTIFICATE, [])
    assert error.finding.detail == (
        "Credential client-secret: localhost did not prove who it is: unable to get local issuer certificate. "
        "Something on the way may inspect TLS."
    )


def test_a_certificate_for_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = fakes.https(tmp_path, "elsewhere.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other.root))
    fake = Authority()
    with fakes.serving(fake, other.context):
        error = refused("public", of(fake, secret=Secret(SECRET)))
    assert (error.failures[0].trouble, fake.asked) == (Trouble.CERTIFICATE, [])
    assert "Hostname mismatch" in error.finding.detail


def test_an_authority_without_tls(machine: Machine) -> None:
    given = of(Authority(url=machine.url.replace("http:", "https:")), secret=Secret(SECRET))
    assert refused("public", given).failures[0].trouble is Trouble.CERTIFICATE


def test_a_name_that_does_not_resolve() -> None:
    given = Settings(forged.TENANT, forged.APP, Secret(SECRET), authority="login.invalid")
    error = refused("public", given)
    assert (error.failures[0].trouble, error.failures[0].host) == (Trouble.NAME, "login.invalid")
    assert error.finding.fix[0] == "Look it up: getent hosts login.invalid"


def test_nobody_listens_at_the_authority() -> None:
    given = Settings(forged.TENANT, forged.APP, Secret(SECRET), authority="https://127.0.0.1:9")
    error = refused("public", given)
    assert (error.failures[0].trouble, error.failures[0].message) == (Trouble.CONNECTION, "Connection refused")


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy that opens a tunnel to loopback for each CONNECT (RFC 9110 section 9.3.6), and writes down whereto."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.asked: list[str] = []


class Tunnel(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Proxy)
        head = self.request.recv(4096).decode()
        self.server.asked.append(head.splitlines()[0])
        port = int(head.split()[1].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as beyond:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pour, args=(beyond, self.request), daemon=True)
            back.start()
            pour(self.request, beyond)
            back.join(10)


def pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_a_token_comes_through_a_proxy(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.secret = SECRET
    with Proxy() as proxy:
        serving = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
        serving.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        assert acquire("public", of(authority, secret=Secret(SECRET))).kind is Kind.CLIENT_SECRET
        asked = list(proxy.asked)
        monkeypatch.setenv("NO_PROXY", "localhost")
        assert acquire("public", of(authority, secret=Secret(SECRET))).kind is Kind.CLIENT_SECRET
        proxy.shutdown()
        serving.join(10)
    assert {line.rpartition(" ")[0] for line in asked} == {f"CONNECT {authority.url.removeprefix('https://')}"}
    assert proxy.asked == asked


def test_a_proxy_that_is_not_there(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    error = refused("public", of(authority, secret=Secret(SECRET)))
    assert (error.failures[0].trouble, authority.asked) == (Trouble.CONNECTION, [])


def test_a_proxy_that_says_no(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            for _ in range(2):
                client, _ = proxy.accept()
                with client:
                    client.recv(1000)
                    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://u:PLANTED@127.0.0.1:{proxy.getsockname()[1]}")
        error = refused("public", of(authority, secret=Secret(SECRET)))
        thread.join(10)
    assert (error.failures[0].trouble, authority.asked) == (Trouble.REQUEST, [])
    assert error.failures[0].message == "Tunnel connection failed: 407 Proxy Authentication Required"
    assert "PLANTED" not in str(error)


def test_a_file_of_roots_that_is_not_there(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    error = refused("public", of(authority, secret=Secret(SECRET)))
    assert (error.failures[0].trouble, error.finding.code) == (Trouble.REQUEST, "entra-unreachable")
    assert "/nowhere.pem" in error.finding.detail


def test_one_deadline_holds_for_all_that_is_tried(az: Any) -> None:
    az("exec sleep 60")
    began = time.monotonic()
    error = refused("public", Settings(), timeout=1)
    assert time.monotonic() - began < 5
    assert [failure.kind for failure in error.failures] == [Kind.AZURE_CLI]


def test_without_a_prompt_the_code_is_printed(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    acquire("public", of(authority), Kind.DEVICE_CODE, timeout=30)
    assert capsys.readouterr().out == "a fake of azpg-tls's tests\n"


def test_an_end_that_is_no_time_is_nonsense(az: Any) -> None:
    az("""echo '{"accessToken": "x", "expires_on": 99999999999999999}'""")
    assert refused("public", Settings(), Kind.AZURE_CLI).failures[0].trouble is Trouble.NONSENSE


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_has_its_authority(cloud: str) -> None:
    assert azureidentity.host_of(cloud, Settings(), Kind.CLIENT_SECRET) == CLOUDS[cloud].authority
    made: Any = azureidentity.credential(cloud, Settings(forged.TENANT, forged.APP, Secret("s")), Kind.CLIENT_SECRET)
    assert made._authority == f"https://{CLOUDS[cloud].authority}"
    assert made._instance_discovery is True


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (Kind.CLIENT_SECRET, Settings("t"), "the credential client-secret needs AZURE_CLIENT_ID"),
        (Kind.WORKLOAD_IDENTITY, Settings("t", "c"), "needs AZURE_FEDERATED_TOKEN_FILE"),
        (
            Kind.CLIENT_CERTIFICATE,
            Settings("t", "c", certificate="/nowhere.pem"),
            "'/nowhere.pem' cannot be used: No such",
        ),
        (Kind.CLIENT_CERTIFICATE, Settings("t", "c", certificate=__file__), "cannot be used: "),
        (Kind.CLIENT_SECRET, Settings("no tenant", "c", Secret(SECRET)), "cannot be used: Invalid tenant ID"),
        (Kind.CLIENT_SECRET, Settings("t", "c", Secret(SECRET), authority="http://x"), "must be a TLS protected"),
    ],
)
def test_settings_that_cannot_be_used(kind: Kind, given: Settings, words: str) -> None:
    with pytest.raises(InputError) as raised:
        acquire("public", given, kind)
    assert words in str(raised.value)
    assert SECRET not in str(raised.value)


def test_without_azure_identity_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("azure"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"Entra ID needs azure-identity: pip install 'azpg-tls\[entra\]'"):
        acquire("public", Settings(managed="http://127.0.0.1:9"))


def test_no_secret_is_in_what_is_raised(authority: Authority) -> None:
    authority.refuses = (401, {"error": "x", "error_description": f"you sent {SECRET} and {forged.token(forged.USER)}"})
    error = refused("public", of(authority, secret=Secret(SECRET)))
    assert error.failures[0].message == "Authentication failed: you sent *** and ***"
    assert (error.__cause__, error.__context__) == (None, None)


def test_no_secret_is_logged(authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    authority.secret = SECRET
    token = acquire("public", of(authority, secret=Secret(SECRET))).secret.reveal()
    refused("public", of(authority, secret=Secret(f"{SECRET}-wrong")))
    file, authority.certificate = certificate(tmp_path, b"PLANTED-password")
    acquire("public", of(authority, certificate=str(file), certificate_password=Secret("PLANTED-password")))
    key = file.read_text().splitlines()[5]
    assert len(caplog.records) > 20
    assert [word for word in (SECRET, "PLANTED", key, token.split(".")[1]) if word in caplog.text] == []
