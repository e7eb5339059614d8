"""``azpg-tls login`` where the server, the settings or the system are odd; the servers are fakes."""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import json
import os
import pwd
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import pq

import azpg_tls
from azpg_tls import libpq, statement, terms
from azpg_tls import login as edge
from azpg_tls.cli import main
from azpg_tls.credential import SECRETS
from azpg_tls.lab.answers import context, error, message
from azpg_tls.lab.endpoint import Door, Endpoint
from azpg_tls.lab.peer import GoneError, Peer
from tests.entra import forged
from tests.entra.fakes import Machine, serving
from tests.front import GENUINE, IDLE, WELCOME, Front, queries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


SECRET = "planted-5ecret-9f31"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in os.environ:
        if name.startswith(("PG", "AZURE_", "IDENTITY_", "MSI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in SECRETS:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "root.pem"))
    (tmp_path / "root.pem").write_bytes(GENUINE.root.certificate_pem)
    return tmp_path


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def diagnosis(self) -> Any:
        return self.json["diagnosis"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as exited:
            main(["login", *arguments])
        done = Done(int(exited.value.code or 0), *capsys.readouterr())
        assert SECRET not in done.out + done.err
        return done

    return run


@pytest.fixture
def visit(run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    def visit(front: Front, *arguments: str, form: str = "json") -> Done:
        monkeypatch.setenv("PGPASSWORD", SECRET)
        how = ("--user", "app", "--require-auth", "password", "--format", form)
        with Endpoint(front) as endpoint:
            return run(f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", *how, *arguments)

    return visit


@pytest.fixture
def visit_with(run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    def visit(front: Front, claims: dict[str, Any], *arguments: str) -> Done:
        monkeypatch.setenv("PGPASSWORD", forged.token(claims, at=dt.datetime.now(dt.UTC)))
        with Endpoint(front) as endpoint:
            return run(
                f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--entra", "--format", "json", *arguments
            )

    return visit


def silent(peer: Peer) -> None:
    peer.wait_for_end()


def flood(peer: Peer) -> None:
    """Send one notice after the other, until nobody listens."""
    notice = message(b"N", b"SNOTICE\0Mflood\0\0") * 100
    with contextlib.suppress(Exception):
        while True:
            peer.send(notice)


WHO = ("app", "app", "db", "f", None, None)


def row(*values: str | None) -> bytes:
    """One row, described and complete."""
    columns = b"".join(b"c\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0) for _ in values)
    data = b"".join(struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v.encode() for v in values)
    count = struct.pack("!h", len(values))
    return message(b"T", count + columns) + message(b"D", count + data) + message(b"C", b"SELECT 1\0")


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ({"answer": b"", "then": silent}, "the login did not end within the deadline"),
        ({"answer": b""}, "SSL connection has been closed unexpectedly"),
        ({"answer": WELCOME.removesuffix(IDLE), "then": flood}, "the login did not end within the deadline"),
        ({"answer": WELCOME, "then": silent}, "the server said nothing more after the login"),
        ({"answer": WELCOME}, "the connection ended after the login"),
    ],
)
def test_a_server_that_leaves_in_the_middle(visit: Any, front: dict[str, Any], words: str) -> None:
    done = visit(Front(context(GENUINE), **front), "--timeout", "0.7")
    assert (done.code, done.diagnosis["code"]) == (1, "login-failed")
    assert words in done.diagnosis["detail"]
    assert done.json["login"]["error"] is None


def test_a_server_that_is_out_of_reach_after_the_probe(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = terms.parameters
    with Endpoint(lambda _peer: None, door=Door.STUCK) as stuck:
        monkeypatch.setattr(edge, "parameters", lambda *given, **more: real(*given, **more) | {"port": stuck.port})
        began = time.monotonic()
        done = visit(Front(context(GENUINE)), "--timeout", "0.7")
    assert done.diagnosis["detail"] == "the login did not end within the deadline"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("answer", [row("one", "two"), error("42501", "not for you", "ERROR")])
def test_a_server_that_does_not_say_who_one_is(visit: Any, answer: bytes) -> None:
    front = Front(context(GENUINE), answer=WELCOME, then=queries(answer, row("1")))
    done = visit(front, form="text")
    assert done.code == 0
    assert "; logged in as app\n" in done.out
    assert (
        "  user       not told: the server refused to say who this session is for\n  server     PostgreSQL 9.9\n"
        in (done.out)
    )


def test_what_is_odd_about_a_session_is_said(visit: Any) -> None:
    who = row("other", "app", "db", "t", None, None)
    done = visit(Front(context(GENUINE), answer=WELCOME, then=queries(who, row("1"))), form="text")
    assert "  user       other (logged in as app)\n" in done.out
    assert "  server     PostgreSQL 9.9, a standby: nothing can be changed\n" in done.out
    assert (
        "  TLS there  none, says pg_stat_ssl: what ends TLS in front of PostgreSQL goes on in the clear\n" in done.out
    )


def test_a_connection_that_ends_under_a_statement(visit: Any) -> None:
    gone = error("57P01", "terminating connection due to administrator command")
    begun = message(b"C", b"BEGIN\0")
    front = Front(context(GENUINE), answer=WELCOME, then=queries(row(*WHO), row("1"), begun, gone))
    done = visit(front, "--command", "SELECT 1")
    assert (done.code, done.diagnosis["code"]) == (1, "statement-failed")
    assert done.json["login"]["error"]["sqlstate"] == "57P01"
    assert done.json["login"]["session"]["current_user"] == "app"


def test_where_nothing_can_be_read_only_the_statement_is_not_sent(visit: Any) -> None:
    heard: list[bytes] = []

    def answer(peer: Peer) -> None:
        queries(row(*WHO), row("1"), error("0A000", "no such transactions here", "ERROR"))(peer)
        with contextlib.suppress(GoneError):
            while True:
                heard.append(peer.read_message())

    done = visit(Front(context(GENUINE), answer=WELCOME, then=answer), "--command", "DELETE FROM things")
    assert (done.code, done.diagnosis["code"]) == (1, "statement-failed")
    assert done.diagnosis["evidence"]["sqlstate"] == "0A000"
    assert b"".join(heard) == message(b"X", b"")


def test_a_connection_that_breaks_under_a_statement(visit: Any) -> None:
    begun = message(b"C", b"BEGIN\0")
    front = Front(context(GENUINE), answer=WELCOME, then=queries(row(*WHO), row("1"), begun))
    done = visit(front, "--command", "SELECT 1")
    assert (done.code, done.diagnosis["code"]) == (1, "statement-failed")
    assert done.diagnosis["detail"].startswith("the connection ended under the statement: ")


def test_a_server_that_goes_after_the_login_says_why(visit: Any) -> None:
    gone = error("57P01", "terminating connection due to administrator command")
    done = visit(Front(context(GENUINE), answer=WELCOME, then=lambda peer: peer.send(gone)))
    assert (done.code, done.diagnosis["code"], done.diagnosis["stage"]) == (1, "server-not-ready", "login")
    assert done.diagnosis["evidence"]["sqlstate"] == "57P01"


def test_a_server_that_hangs_in_a_statement_and_at_its_cancelling(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "CANCEL_SECONDS", 0.3)
    begun = message(b"C", b"BEGIN\0")
    answers = queries(row(*WHO), row("1"), begun)

    def hang(peer: Peer) -> None:
        if not front.cancelled:
            answers(peer)
        peer.wait_for_end()

    front = Front(context(GENUINE), answer=WELCOME, then=hang)
    began = time.monotonic()
    done = visit(front, "--command", "SELECT 1", "--timeout", "0.7")
    assert time.monotonic() - began < 8
    assert (done.code, done.diagnosis["code"], front.cancelled) == (1, "statement-failed", 1)
    assert "in time, and may go on: the server could not be asked to cancel it" in done.diagnosis["detail"]
    assert done.json["login"]["session"]["current_user"] == "app"


def test_without_a_number_the_words_decide(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_path: str) -> None:
        raise OSError

    libpq.loaded.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", nothing)
    refusal = error("28P01", 'password authentication failed for user "app"')
    done = visit(Front(context(GENUINE), answer=refusal))
    libpq.loaded.cache_clear()
    assert (done.diagnosis["code"], "sqlstate" in done.diagnosis["evidence"]) == ("password-rejected", False)


class OtherTls:
    """A libpq that has no OpenSSL below it."""

    class Function:
        restype = None

        def __call__(self, *_: object) -> None:
            return None

    PQsetErrorVerbosity = PQsslStruct = Function()


@pytest.mark.parametrize(("demand", "heard"), [((), True), (("--max-depth", "5"), False)])
def test_where_libpq_shows_no_certificates_nothing_more_than_it_verifies_can_be_demanded(
    visit: Any, monkeypatch: pytest.MonkeyPatch, demand: tuple[str, ...], heard: bool
) -> None:
    libpq.loaded.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", lambda _path: OtherTls())
    front = Front(context(GENUINE))
    done = visit(front, *demand)
    libpq.loaded.cache_clear()
    assert bool(front.heard[1]) is heard
    assert ("cannot be checked in libpq's connection" in done.diagnosis["detail"]) is not heard


def test_a_password_need_not_be_utf_8(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front(context(GENUINE))
    monkeypatch.setenv("PGPASSWORD", r"caf\'" + "\udce9 x")
    with Endpoint(front) as endpoint:
        where = (f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--user", "app")
        done = run(*where, "--require-auth", "password", "--format", "json")
    assert done.diagnosis["code"] == "password-rejected"
    assert front.heard[1] == message(b"p", rb"caf\'" + b"\xe9 x\0")


def test_a_password_with_a_nul_is_none(home: Path) -> None:
    front = Front(context(GENUINE))
    with Endpoint(front) as endpoint, pytest.raises(azpg_tls.InputError, match="NUL character"):
        azpg_tls.connect(
            f"host=localhost hostaddr=127.0.0.1 port={endpoint.port} require_auth=password user=app",
            password="a\0b",
            sslrootcert=str(home / "root.pem"),
        )
    assert [heard for heard in front.heard if heard] == []


def test_an_old_libpq_is_not_used(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pq, "version", lambda: 160004)
    front = Front(context(GENUINE))
    done = visit(front)
    assert (done.code, done.err) == (
        4,
        "azpg-tls: logging in needs libpq 17 or later, this is 16; pip install 'psycopg[binary]'\n",
    )
    assert front.begun == 1


def test_a_system_user_without_a_name_has_to_be_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    done = run("localhost:1")
    assert done.code == 2
    assert "give --user NAME" in done.err


def test_the_system_user_is_libpqs_default(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front(context(GENUINE))
    monkeypatch.setenv("PGPASSWORD", SECRET)
    with Endpoint(front) as endpoint:
        done = run(f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--require-auth=password", "--format=json")
    name = pwd.getpwuid(os.geteuid()).pw_name
    evidence = done.diagnosis["evidence"]
    assert (evidence["user"], evidence["database"]) == (name, name)


def test_a_credential_is_for_a_token(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("localhost:1", "--credential", "azure-cli")
    assert (done.code, "--credential is for a token; add --entra." in done.err) == (2, True)
    monkeypatch.setenv("AZPG_TLS_CREDENTIAL", "azure-cli")
    assert run("localhost:1", "--format", "json").code == 3


def test_nothing_to_log_in_to(run: Any) -> None:
    done = run()
    assert done.code == 2
    assert "Name a TARGET, or set PGHOST." in done.err


def test_a_service_names_server_user_and_password(run: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front(context(GENUINE))
    with Endpoint(front) as endpoint:
        (home / ".pg_service.conf").write_text(
            f"[mine]\nhost=localhost\nhostaddr=127.0.0.1\nport={endpoint.port}\nuser=served\npassword={SECRET}\n"
            "require_auth=password\nsslmode=disable\n"
        )
        monkeypatch.setenv("PGSERVICE", "mine")
        done = run("--format", "json")
    evidence = done.diagnosis["evidence"]
    assert (evidence["user"], evidence["user_from"]) == ("served", "the service file")
    assert evidence["credential"] == "the service file"
    assert front.heard[1] == message(b"p", SECRET.encode() + b"\0")


def services(home: Path, port: int, **words: str) -> None:
    mine = {"host": "localhost", "hostaddr": "127.0.0.1", "port": str(port), "user": "served", "password": SECRET}
    lines = "".join(f"{key}={value}\n" for key, value in (mine | words).items())
    (home / ".pg_service.conf").write_text(f"[mine]\n{lines}")


@pytest.mark.parametrize(
    ("arguments", "variables", "user"),
    [
        (("service=mine",), {}, "served"),
        (("service=mine",), {"PGUSER": "outside"}, "served"),
        (("service=mine", "--user", "asked"), {"PGUSER": "outside"}, "asked"),
        ((), {"PGSERVICE": "mine"}, "served"),
    ],
)
def test_a_service_stands_before_the_environment_and_behind_the_command_line(
    run: Any, home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], variables: Any, user: str
) -> None:
    front = Front(context(GENUINE))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with Endpoint(front) as endpoint:
        services(home, endpoint.port, require_auth="password")
        done = run(*arguments, "--format", "json")
    assert (done.diagnosis["code"], done.diagnosis["evidence"]["user"]) == ("password-rejected", user)
    assert "PGSERVICE" not in os.environ


def test_a_service_is_not_asked_where_a_target_is_named(run: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front(context(GENUINE))
    monkeypatch.setenv("PGSERVICE", "mine")
    monkeypatch.setattr("azpg_tls.cli.password._TERMINAL", str(home))
    with Endpoint(front) as endpoint:
        services(home, endpoint.port)
        where = ("--hostaddr", "127.0.0.1", "--require-auth", "password")
        done = run(f"localhost:{endpoint.port}", *where, "--user", "app", "--format", "json")
    assert (done.code, "there is none and no terminal to ask on" in done.err) == (2, True)
    assert [heard for heard in front.heard if SECRET.encode() in heard] == []


@pytest.mark.parametrize("text", ["service=mine dbname=d", "service='mine' port=1"])
def test_a_service_is_named_alone(run: Any, text: str) -> None:
    done = run(text)
    assert (done.code, "without other words" in done.err) == (2, True)


def test_a_service_that_is_not_there_is_missed(run: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "mine")
    monkeypatch.setenv("PGSYSCONFDIR", str(home))
    done = run()
    assert (done.code, done.err) == (
        2,
        f"azpg-tls: the service 'mine' is not in '{home}/.pg_service.conf' and '{home}/pg_service.conf'\n",
    )


def test_a_service_file_that_cannot_be_read_is_said(run: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(home))
    done = run("service=mine")
    assert (done.code, done.err) == (2, f"azpg-tls: the service file '{home}' cannot be read: Is a directory\n")


def test_a_service_file_need_not_be_utf_8(run: Any, home: Path) -> None:
    front = Front(context(GENUINE))
    with Endpoint(front) as endpoint:
        services(home, endpoint.port, require_auth="password", password="caf?")
        file = home / ".pg_service.conf"
        file.write_bytes(file.read_bytes().replace(b"?", b"\xe9"))
        run("service=mine")
    assert front.heard[1] == message(b"p", b"caf\xe9\0")


def test_an_env_file_names_server_user_and_password(run: Any, home: Path) -> None:
    front = Front(context(GENUINE))
    file = home / "settings"
    with Endpoint(front) as endpoint:
        file.write_text(
            f"AZURE_POSTGRES_HOST=localhost.\nAZURE_POSTGRES_ADMIN_USER=admin\nAZURE_POSTGRES_ADMIN_PASS={SECRET}\n"
        )
        file.chmod(0o600)
        where = ("--hostaddr", "127.0.0.1", "--port", str(endpoint.port), "--server-name", "localhost")
        done = run(*where, "--env-file", str(file), "--require-auth", "password", "--format", "json")
    evidence = done.diagnosis["evidence"]
    assert (evidence["user"], evidence["database"]) == ("admin", "postgres")
    assert evidence["credential"] == "AZURE_POSTGRES_ADMIN_PASS"
    assert all(os.environ.get(name) is None for name in SECRETS)


@pytest.mark.parametrize(
    ("user", "code"),
    [(None, 1), ("admin", 1), ("app", 2)],
)
def test_the_administrators_password_is_sent_for_nobody_else(
    run: Any, home: Path, monkeypatch: pytest.MonkeyPatch, user: str | None, code: int
) -> None:
    front = Front(context(GENUINE))
    monkeypatch.setattr("azpg_tls.cli.password._TERMINAL", str(home))
    if user:
        monkeypatch.setenv("PGUSER", user)
    file = home / "settings"
    file.write_text(f"AZURE_POSTGRES_ADMIN_USER=admin\nAZURE_POSTGRES_ADMIN_PASS={SECRET}\n")
    file.chmod(0o600)
    with Endpoint(front) as endpoint:
        where = (f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--require-auth", "password")
        done = run(*where, "--env-file", str(file), "--format", "json")
    assert done.code == code
    assert any(SECRET.encode() in heard for heard in front.heard) is (code == 1)


@pytest.mark.parametrize(
    ("arguments", "file", "user", "user_from"),
    [
        ((), "", "App-Id", "the token"),
        (("--user", "asked"), "CLIENT_NAME=my-app", "asked", "--user or PGUSER"),
        ((), "CLIENT_NAME=my-app", "my-app", "CLIENT_NAME"),
    ],
)
def test_the_user_of_a_token_is_the_one_who_is_named_or_its_principal(
    visit_with: Any, home: Path, arguments: tuple[str, ...], file: str, user: str, user_from: str
) -> None:
    (home / "settings").write_text(file)
    (home / "settings").chmod(0o600)
    front = Front(context(GENUINE))
    done = visit_with(front, forged.IDENTITY, *arguments, "--env-file", str(home / "settings"))
    login = done.json["login"]
    assert (login["user"], login["user_from"], login["auth_method"]) == (user, user_from, "password")
    assert done.diagnosis["evidence"]["user_from"] == user_from
    assert front.users == [user, user]


@pytest.mark.parametrize("claims", [forged.APPLICATION, forged.GUEST, {}])
def test_a_token_that_does_not_tell_its_name_is_not_sent_as_anybodys(visit_with: Any, claims: dict[str, Any]) -> None:
    front = Front(context(GENUINE))
    done = visit_with(front, claims)
    assert (done.code, done.diagnosis["code"], done.json["login"]) == (1, "entra-wrong-username", None)
    assert done.diagnosis["detail"].startswith("No user was named, and the token, ")
    assert done.diagnosis["fix"][0] == "Name it: --user NAME"
    assert (front.begun, front.heard) == (1, [b""])


def test_what_an_env_file_gets_a_token_with_is_meant_and_not_the_password_of_the_environment(
    run: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    (home / "settings").write_text(
        f"TENANT_ID={forged.TENANT}\nCLIENT_ID={forged.APP}\nCLIENT_SECRET={SECRET}\n"
        "AZURE_AUTHORITY_HOST=https://127.0.0.1:9\n"
    )
    (home / "settings").chmod(0o600)
    front = Front(context(GENUINE))
    with Endpoint(front) as endpoint:
        where = (f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--entra", "--format", "json")
        done = run(*where, "--env-file", str(home / "settings"))
    assert (done.diagnosis["code"], done.diagnosis["evidence"]["credential"]) == ("entra-unreachable", "client-secret")
    assert (front.begun, front.heard) == (1, [b""])


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_token_is_acquired_once_the_server_has_proved_who_it_is(
    run: Any, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    machine, front = Machine(), Front(context(GENUINE))
    with serving(machine), Endpoint(front) as endpoint:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.url)
        monkeypatch.setenv("AZURE_CLIENT_ID", forged.APP)
        where = (f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--entra", "--format", form)
        done = run(*where, "--credential", "managed-identity")
        stranger = run(*where, "--sslrootcert", "bundle")
    sent = front.heard[1][5:-1].decode()
    assert sent.startswith("eyJ")
    assert sent not in done.out + done.err
    assert "entra-wrong-username" in done.out
    assert stranger.code == 1
    assert len(machine.asked) == 1


def test_without_a_token_the_server_is_not_asked(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, front = Machine(), Front(context(GENUINE))
    machine.answers = 400, {"error": "invalid_request", "error_description": "Identity not found"}
    with serving(machine), Endpoint(front) as endpoint:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.url)
        where = (f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--entra", "--format", "json")
        done = run(*where)
    assert (done.code, done.diagnosis["stage"], done.json["login"]) == (1, "login", None)
    assert done.diagnosis["code"].startswith("entra-")
    assert front.begun == 1


def test_a_doubt_about_a_token_counts_with_strict(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = forged.token(forged.IDENTITY, at=dt.datetime.now(dt.UTC), minutes=3)
    monkeypatch.setenv("PGPASSWORD", soon)
    front = Front(context(GENUINE))
    with Endpoint(front) as endpoint:
        where = (f"localhost:{endpoint.port}", "--hostaddr", "127.0.0.1", "--entra", "--format", "json")
        done = run(*where, "--strict")
        monkeypatch.setenv("PGPASSWORD", soon)
        lax = run(*where)
    assert (done.code, done.json["verdict"], done.diagnosis) == (1, "warn", None)
    assert done.json["stages"][-1]["reason"] == "a warning counts as a failure (--strict)"
    assert [finding["code"] for finding in lax.json["findings"]] == [
        "cleartext-password-over-tls",
        "entra-token-expired",
        "entra-wrong-username",
    ]
    assert front.begun == 3
