"""``azpg-tls token``: what it shows, what it exits with, and that no secret gets out."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from azpg_tls.cli import entra as options
from azpg_tls.cli import token as command
from azpg_tls.credential import Settings
from azpg_tls.network import Clock
from tests import schemas
from tests.cli.test_main import run
from tests.entra import forged
from tests.entra.fakes import Authority, Machine, body, silent
from tests.entra.test_entra import certificate

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

SCHEMA = Path(command.__file__).parents[1] / "render" / "token.schema.json"
SECRET = "PLANTED~client.secret"


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "CLOCK", Clock(lambda: forged.AT, lambda: 0.0))


class Input(io.StringIO):
    """Standard input that has bytes too."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.buffer = io.BytesIO(data)  # type: ignore[misc]


def inspected(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", Input(token.encode()))
    return run(capsys, "token", "--inspect", "-", *arguments)


def test_a_token_is_shown_by_its_claims(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = inspected(capsys, monkeypatch, forged.token(forged.USER | {"groups": ["g"]}) + "\r\n")
    assert (code, err) == (0, "")
    assert (
        out
        == f"""\
PASS  standard input: A token of a user (Alice@contoso.com) for PostgreSQL in the cloud 'public'

Token
  for         https://ossrdbms-aad.database.windows.net
  wanted      https://ossrdbms-aad.database.windows.net
  scope       https://ossrdbms-aad.database.windows.net/.default
  of          a user (Alice@contoso.com)
  tenant      {forged.TENANT}
  object id   {forged.OBJECT}
  app id      04b07795-8ddb-461a-bbee-02f9e1bf7b46
  groups      1
  mfa         yes
  issued      2026-11-24 11:55:00 UTC
  ends        2026-11-24 13:00:00 UTC (in 60 min)
  length      1070 characters
  issuer      https://sts.windows.net/{forged.TENANT}/

User name for PostgreSQL
  Alice@contoso.com
  - The name has to be written as in the tenant: upper and lower case count.
  - A role that pgaadauth_create_principal_with_oid made has the name that was given to it there.
  - A member of a group may also log in under the group's name; the token names groups by object id
    only.
"""
    )


def test_what_is_wrong_comes_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    token = forged.token(forged.IDENTITY | {"aud": "https://graph.microsoft.com", "ver": None}, minutes=-1)
    code, out, _ = inspected(capsys, monkeypatch, token, "--user", "someone")
    lines = out.splitlines()
    assert code == 1
    assert lines[0] == "FAIL  standard input: The Entra token was issued for another service (entra-wrong-audience)"
    assert [line for line in lines if line.startswith(("  error ", "  warning "))] == [
        "  error entra-token-expired",
        "  warning entra-wrong-username",
    ]
    assert "  ends        2026-11-24 11:59:00 UTC" in lines
    assert "  given: someone" in lines


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        (forged.APPLICATION, f"A token of an application ({forged.APP}) for"),
        (forged.GUEST, "A token of a guest (bob@fabrikam.com) for"),
        ({"_claim_names": {"groups": "g"}}, f"A token of someone unknown ({forged.OBJECT}) for"),
    ],
)
def test_whose_it_is_is_said_as_far_as_it_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], words: str
) -> None:
    code, out, _ = inspected(capsys, monkeypatch, forged.token(claims))
    assert code == 0
    assert words in out.splitlines()[0]
    assert "  the token does not tell" in out.splitlines()


def documented(text: str) -> Any:
    document = json.loads(text)
    schemas.TOKEN.validate(document)
    return document


@pytest.mark.parametrize(
    ("token", "verdict", "code"),
    [
        (forged.token(forged.USER), "pass", None),
        (forged.token(forged.USER, minutes=3), "warn", None),
        (forged.token(forged.APPLICATION | {"exp": None}), "fail", "entra-token-malformed"),
        ("hunter2", "fail", "entra-token-malformed"),
    ],
)
def test_json_is_what_the_schema_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str, verdict: str, code: str | None
) -> None:
    exited, out, _ = inspected(capsys, monkeypatch, token, "--format", "json")
    document = documented(out)
    assert (document["verdict"], exited) == (verdict, 1 if verdict == "fail" else 0)
    assert (document["diagnosis"] or {}).get("code") == code
    assert token not in out


def test_the_schema_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "schema", "token") == (0, SCHEMA.read_text(), "")


def test_the_cloud_is_the_tokens_if_none_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = forged.token(forged.USER | {"aud": "https://ossrdbms-aad.database.chinacloudapi.cn"})
    assert inspected(capsys, monkeypatch, token, "--format", "json")[0] == 0
    assert inspected(capsys, monkeypatch, token, "--cloud", "public")[0] == 1


@pytest.mark.parametrize(
    ("named", "file", "environment", "authority", "cloud"),
    [
        ("china", {"AZURE_POSTGRES_HOST": "a.postgres.database.azure.com"}, {}, "", "china"),
        (None, {"AZURE_POSTGRES_HOST": "a.postgres.database.usgovcloudapi.net"}, {}, "", "usgov"),
        (None, {}, {"AZURE_POSTGRES_HOST": "a.postgres.database.chinacloudapi.cn"}, "", "china"),
        (None, {"AZURE_POSTGRES_HOST": "a"}, {"PGHOST": "a.postgres.database.azure.com"}, "", "public"),
        (None, {}, {}, "login.microsoftonline.us", "usgov"),
        (None, {}, {}, "https://login.partner.microsoftonline.cn/", "china"),
        (None, {}, {}, "https://login.example", None),
        (None, {}, {}, "", None),
    ],
)
def test_the_cloud_follows_from_what_is_configured(
    monkeypatch: pytest.MonkeyPatch,
    named: str | None,
    file: dict[str, str],
    environment: dict[str, str],
    authority: str,
    cloud: str | None,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert options.cloud_of(named, file, Settings(authority=authority)) == cloud


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_what_powershell_wrote_is_read(capsys: pytest.CaptureFixture[str], tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "token"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    file.write_bytes(f"{mark}{forged.token(forged.USER)}\r\n".encode(encoding))
    assert run(capsys, "token", "--inspect", str(file))[0] == 0


def test_a_file_is_inspected(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(forged.token(forged.USER))
    code, out, _ = run(capsys, "token", "--inspect", str(file))
    assert (code, out.splitlines()[0].partition(":")[0]) == (0, f"PASS  {file}")
    code, _, err = run(capsys, "token", "--inspect", str(tmp_path / "none"))
    assert (code, err) == (2, f"azpg-tls: '{tmp_path}/none' cannot be read: No such file or directory\n")


def env_file(directory: Path, fake: Authority, **more: str) -> Path:
    values = {"TENANT_ID": forged.TENANT, "CLIENT_ID": forged.APP, "CLIENT_SECRET": SECRET}
    values |= {"AZURE_AUTHORITY_HOST": fake.url, "CLIENT_NAME": "my app"} | more
    file = directory / "app.env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))
    file.chmod(0o600)
    return file


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fakes' tokens are as new as those of the real ones."""
    monkeypatch.setattr(command, "CLOCK", Clock(lambda: dt.datetime.now(dt.UTC), lambda: 0.0))


@pytest.mark.usefixtures("now")
def test_a_token_is_acquired_with_an_env_file(
    capsys: pytest.CaptureFixture[str], authority: Authority, tmp_path: Path
) -> None:
    authority.secret = SECRET
    file = env_file(tmp_path, authority)
    code, out, err = run(capsys, "token", "--env-file", str(file), "--format", "json")
    document = documented(out)
    assert (code, err) == (0, "")
    assert (document["source"], document["user"]["given"]) == ("client-secret", "my app")
    file.chmod(0o644)
    code, out, err = run(capsys, "token", "--env-file", str(file), "--raw")
    assert code == 0
    assert out.count(".") == 2
    assert err.startswith(f"azpg-tls: warning: '{file}' holds secrets and is open to others (mode 0644)")


@pytest.mark.usefixtures("now")
def test_raw_warns_a_terminal_and_of_what_is_wrong(
    capsys: pytest.CaptureFixture[str], authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.secret = SECRET
    authority.minutes = 2
    file = env_file(tmp_path, authority)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = run(capsys, "token", "--env-file", str(file), "--raw")
    assert (code, out[:3]) == (0, "eyJ")
    assert err.splitlines()[0].endswith("warning: what follows is a secret, and stays in the terminal's scrollback")
    assert err.splitlines()[1].startswith("azpg-tls: warning: The token ends at ")


@pytest.mark.usefixtures("now")
def test_a_code_is_asked_for_on_standard_error(
    capsys: pytest.CaptureFixture[str], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority.url)
    code, out, err = run(capsys, "token", "--credential", "device-code", "--timeout", "30")
    assert (code, out.splitlines()[0]) == (
        0,
        "PASS  device-code: A token of a user (Alice@contoso.com) for PostgreSQL in the cloud 'public'",
    )
    assert "enter the code FAKE-CODE" in err


def test_nobody_gives_a_token(capsys: pytest.CaptureFixture[str], authority: Authority, tmp_path: Path) -> None:
    file = env_file(tmp_path, authority)
    code, out, err = run(capsys, "token", "--env-file", str(file), "--raw")
    assert (code, err) == (1, "")
    assert out.splitlines()[0] == ("FAIL  no token: Microsoft Entra ID refused to give a token (entra-sign-in-refused)")
    authority.misbehaves = body(502, b"a proxy")
    code, out, _ = run(capsys, "token", "--env-file", str(file), "--format", "json")
    assert (code, documented(out)["verdict"]) == (3, "unreachable")


def test_without_an_identity_the_exit_code_is_1(capsys: pytest.CaptureFixture[str], machine: Machine) -> None:
    machine.identity = False
    code, out, _ = run(capsys, "token", "--format", "json", "--timeout", "10")
    assert (code, documented(out)["diagnosis"]["code"]) == (1, "entra-no-credential")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--raw", "--inspect"], "--raw prints a new token and nothing else"),
        (["--raw", "--format", "json"], "--raw prints a new token and nothing else"),
        (["--credential", "password"], "'password' is not one of"),
        (["--credential", "client-secret"], "needs AZURE_TENANT_ID"),
        (["--env-file", "/nowhere.env"], "'/nowhere.env' cannot be read"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    code, out, err = run(capsys, "token", *arguments)
    assert (code, out) == (2, "")
    assert words in err


# --- secrets -------------------------------------------------------------------------------------

LOGGED = """\
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from azpg_tls.cli import main
main(sys.argv[1:])
"""


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process whose every log is on standard error."""
    run = [sys.executable, "-c", LOGGED, "--debug", "token", *arguments]
    return subprocess.run(run, env=os.environ | environment, capture_output=True, text=True, timeout=60)


def test_no_secret_is_in_output_logs_or_tracebacks(authority: Authority, tmp_path: Path) -> None:
    file = env_file(tmp_path, authority)
    texts: list[subprocess.CompletedProcess[str]] = []
    for secret in (SECRET, "another"):
        authority.secret = secret
        with ThreadPoolExecutor() as beside:
            texts += beside.map(lambda form: process("--env-file", str(file), "--format", form), ("text", "json"))
    pem, authority.certificate = certificate(tmp_path, b"PLANTED-password")
    app = {"AZURE_TENANT_ID": forged.TENANT, "AZURE_CLIENT_ID": forged.APP, "AZURE_AUTHORITY_HOST": authority.url}
    by_certificate = app | {"AZURE_CLIENT_CERTIFICATE_PATH": str(pem)}
    with ThreadPoolExecutor() as beside:
        passwords = ({"AZURE_CLIENT_CERTIFICATE_PASSWORD": word} for word in ("PLANTED-password", "PLANTED-wrong"))
        texts += beside.map(lambda password: process(**by_certificate, **password), passwords)
    assert [done.returncode for done in texts] == [0, 0, 1, 1, 0, 2]
    assert "DEBUG:msal" in texts[0].stderr
    signature = forged.encoded(forged.SIGNATURE)
    key = pem.read_text().splitlines()[3]
    everything = "".join(done.stdout + done.stderr for done in texts)
    assert [word for word in ("PLANTED", SECRET, signature, key) if word in everything] == []


def test_a_silent_authority_ends_with_the_deadline(authority: Authority, tmp_path: Path) -> None:
    authority.misbehaves = silent
    began = time.monotonic()
    command = [sys.executable, "-m", "azpg_tls", "token", "--env-file", str(env_file(tmp_path, authority))]
    done = subprocess.run([*command, "--timeout", "1"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        3,
        "UNREACHABLE  no token: Microsoft Entra ID cannot be reached (entra-unreachable)",
    )
    assert time.monotonic() - began < 10
    assert done.stderr == ""


def test_ctrl_c_ends_the_waiting(authority: Authority, tmp_path: Path) -> None:
    asked = threading.Event()

    def wait(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        silent(request)

    authority.misbehaves = wait
    command = [sys.executable, "-m", "azpg_tls", "token", "--env-file", str(env_file(tmp_path, authority))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert asked.wait(30)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=10)
    assert (running.returncode, out, err.strip()) == (130, "", "azpg-tls: interrupted")


CLI = """\
#!/bin/sh
# a fake of azpg-tls's tests: it keeps what any process can see of it
tr '\\0' '\\n' </proc/$$/environ >"{directory}/environ"
for process in $$ $PPID; do tr '\\0' ' ' </proc/$process/cmdline; done >"{directory}/cmdline"
echo '{{"accessToken": "{token}", "expires_on": 4102444800}}'
"""


def test_a_token_on_the_command_line_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    token = forged.token(forged.USER)
    code, out, err = run(capsys, "token", "--inspect", token)
    assert (code, out) == (2, "")
    assert err.startswith("azpg-tls: a token on the command line is seen by every process")
    assert token[:20] not in err


def test_no_child_gets_a_secret(tmp_path: Path) -> None:
    token = forged.token(forged.USER, at=dt.datetime.now(dt.UTC))
    (tmp_path / "az").write_text(CLI.format(directory=tmp_path, token=token))
    (tmp_path / "az").chmod(0o755)
    file = tmp_path / "app.env"
    file.write_text(f"CLIENT_SECRET={SECRET}\nAZURE_POSTGRES_ADMIN_PASS={SECRET}\n")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    planted = dict.fromkeys(("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "PGPASSWORD"), SECRET)
    done = process("--credential", "azure-cli", "--env-file", str(file), "--raw", PATH=path, **planted)
    assert (done.returncode, done.stdout) == (0, f"{token}\n")
    seen = (tmp_path / "environ").read_text() + (tmp_path / "cmdline").read_text() + done.stderr
    assert "PATH=" in seen
    assert [word for word in (SECRET, token) if word in seen] == []
