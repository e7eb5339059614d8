"""A secret of a login is seen nowhere but at its source and at the server: not in any output, log, file or process."""

from __future__ import annotations

import contextlib
import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azpg_tls.lab.answers import context, message
from azpg_tls.lab.endpoint import Endpoint
from tests.entra import forged
from tests.entra.fakes import Machine, serving
from tests.front import GENUINE, WELCOME, Front
from tests.integration.doors import environment, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azpg_tls.lab.peer import Peer
    from tests.integration.servers import Server

SECRET = "planted-5ecret-9f31"
# Every logger on standard error, and a fault of our own once the secret is known, if one is asked for.
LOGGED = """\
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from azpg_tls import login
from azpg_tls.cli import main
def fault(*_arguments):
    raise RuntimeError("a planted fault")
if sys.argv[1] == "fault":
    login._established = fault
main(["--debug", "login", *sys.argv[2:]])
"""


def command(how: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", LOGGED, how, *arguments]


@pytest.mark.parametrize(
    ("user", "form", "how", "code"),
    [("scram", "text", "", 1), ("clear", "json", "", 1), ("absent", "text", "", 1), ("clear", "text", "fault", 4)],
)
def test_no_output_log_or_traceback_has_it(
    door: Server, tmp_path: Path, user: str, form: str, how: str, code: int
) -> None:
    where = [f"postgresql://{user}:{SECRET}@localhost:{door.port}/", "--sslrootcert", str(door.root_file)]
    where += ["--require-auth", "scram-sha-256,password,none", "--format", form]
    run = command(how, *where)
    done = subprocess.run(run, env=environment(tmp_path, PGPASSWORD=SECRET), capture_output=True, text=True, timeout=30)
    assert (done.returncode, "Traceback" in done.stderr) == (code, bool(how))
    assert SECRET not in done.stdout + done.stderr + door.daemon.log.read_text()
    assert list(tmp_path.iterdir()) == []


def family(pid: int) -> Iterator[Path]:
    """Yield where the system shows a process, its threads' and its children."""
    yield Path(f"/proc/{pid}")
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def shown(pid: int) -> bytes:
    """Return what anybody of this machine can read of a process and its children."""
    return b"".join((each / name).read_bytes() for each in family(pid) for name in ("cmdline", "environ"))


@contextlib.contextmanager
def hanging(home: Path, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], Front]]:
    """Run a login that the server, a fake, leaves waiting once it has the secret."""
    (home / "root.pem").write_bytes(GENUINE.root.certificate_pem)
    release = threading.Event()

    def wait(_peer: Peer) -> None:
        release.wait(30)

    front = Front(context(GENUINE), answer=b"", then=wait)
    with Endpoint(front) as endpoint:
        where = ["--hostaddr", "127.0.0.1", "--port", str(endpoint.port), "--sslrootcert", str(home / "root.pem")]
        outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        env = environment(home, **variables)
        with subprocess.Popen(command("", *where, *arguments), env=env, **outputs) as process:  # type: ignore[call-overload]
            try:
                until(lambda: bool(front.heard[1:] and front.heard[1]))
                yield process, front
            finally:
                release.set()
                process.kill()


def by_password_file(home: Path) -> tuple[list[str], dict[str, str]]:
    (home / ".pgpass").write_text(f"*:*:*:*:{SECRET}\n")
    (home / ".pgpass").chmod(0o600)
    return ["localhost", "--user", "app", "--require-auth", "password"], {}


def by_service(home: Path) -> tuple[list[str], dict[str, str]]:
    (home / ".pg_service.conf").write_text(f"[mine]\nhost=localhost\nuser=app\npassword={SECRET}\n")
    return ["service=mine", "--require-auth", "password"], {}


def by_env_file(home: Path) -> tuple[list[str], dict[str, str]]:
    (home / "app.env").write_text(f"AZURE_POSTGRES_ADMIN_USER=app\nAZURE_POSTGRES_ADMIN_PASS={SECRET}\n")
    (home / "app.env").chmod(0o600)
    return ["localhost", "--env-file", str(home / "app.env"), "--require-auth", "password"], {}


@pytest.mark.parametrize("source", [by_password_file, by_service, by_env_file])
def test_no_process_shows_it_while_the_server_has_it(
    tmp_path: Path, source: Callable[[Path], tuple[list[str], dict[str, str]]]
) -> None:
    arguments, variables = source(tmp_path)
    with hanging(tmp_path, *arguments, **variables) as (process, front):
        assert front.heard[1] == message(b"p", SECRET.encode() + b"\0")
        seen = shown(process.pid)
        assert b"localhost" in seen or b"service=mine" in seen
        assert SECRET.encode() not in seen


AZ = """\
#!/bin/sh
# a fake of azpg-tls's tests: it keeps what any process can see of it
cat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/cmdline >"{directory}/seen"
echo '{{"accessToken": "{token}", "expires_on": 4102444800}}'
"""


def test_no_process_shows_a_token_nor_is_a_child_given_a_secret(tmp_path: Path) -> None:
    token = forged.token(forged.USER, at=dt.datetime.now(dt.UTC))
    (tmp_path / "az").write_text(AZ.format(directory=tmp_path, token=token))
    (tmp_path / "az").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    arguments = ("localhost", "--entra", "--credential", "azure-cli")
    planted = {"PGPASSWORD": SECRET, "AZURE_CLIENT_SECRET": SECRET, "AZURE_CLIENT_CERTIFICATE_PASSWORD": SECRET}
    with hanging(tmp_path, *arguments, PATH=path, **planted) as (process, front):
        assert front.heard[1] == message(b"p", token.encode() + b"\0")
        assert token.encode() not in shown(process.pid)
    seen = (tmp_path / "seen").read_text()
    assert "PATH=" in seen
    assert [word for word in (SECRET, token) if word in seen] == []


def test_no_log_of_azure_identity_or_output_has_a_token(tmp_path: Path) -> None:
    machine = Machine()
    (tmp_path / "root.pem").write_bytes(GENUINE.root.certificate_pem)
    front = Front(context(GENUINE), answer=WELCOME)
    with serving(machine), Endpoint(front) as endpoint:
        where = [f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--sslrootcert", str(tmp_path / "root.pem")]
        env = environment(tmp_path, AZURE_POD_IDENTITY_AUTHORITY_HOST=machine.url, AZURE_CLIENT_ID=forged.APP)
        run = command("", *where, "--entra", "--credential", "managed-identity", "--timeout", "3")
        done = subprocess.run(run, env=env, capture_output=True, text=True, timeout=30)
    token = front.heard[1][5:-1].decode()
    assert (token[:3], "DEBUG:urllib3" in done.stderr) == ("eyJ", True)
    parts = token.split(".")
    assert [part for part in (token, parts[1], parts[2]) if part in done.stdout + done.stderr] == []


def test_no_saved_observation_has_it(door: Server, tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    target = f"postgresql://scram:{SECRET}@localhost:{door.port}/?sslpassword={SECRET}"
    run = [sys.executable, "-m", "azpg_tls", "--debug", "probe", target, "--sslrootcert", str(door.root_file)]
    env = environment(tmp_path, PGPASSWORD=SECRET)
    done = subprocess.run([*run, "--save", str(file)], env=env, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert SECRET not in file.read_text() + done.stdout
