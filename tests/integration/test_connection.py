"""``azpg_tls.connect`` and its twin against a real server; tokens as Azure takes them, through PgBouncer too."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from azure.core.credentials import AccessToken
from psycopg import sql

import azpg_tls
from azpg_tls.cli import main
from azpg_tls.lab.generations import chain
from azpg_tls.secret import Secret
from tests.entra import forged
from tests.integration.fleet import _superuser
from tests.integration.pgbouncer import pooler
from tests.integration.postgres import PASSWORD, write_identity
from tests.integration.servers import BY_NAME, Plan, Recipe, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.fleet import Fleet

TAKES_TOKENS = Plan("login-tokens", Recipe(hba=("local all all trust", "hostssl all all all password")))
NAME = "App-Id"
WHO = "SELECT current_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


class Credential:
    """A program's own credential, with one token of the length that users' tokens have."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self.token, int(time.time()) + 3600)


class AsyncCredential(Credential):
    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().get_token(*scopes, **options)


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def token() -> str:
    long = forged.token(forged.IDENTITY | {"groups": ["g" * 4400]}, at=dt.datetime.now(dt.UTC))
    assert 6900 < len(long) < 7100
    return long


@pytest.fixture
def server(fleet: Fleet) -> Server:
    return fleet.server(BY_NAME["postgres-18"])


@pytest.fixture
def azure_like(fleet: Fleet, token: str) -> Server:
    running = fleet.server(TAKES_TOKENS)
    with _superuser(running.daemon, running.root_file.parent) as connection:
        name = sql.Identifier(NAME)
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(token)))
    return running


def at(server: Server, **others: Any) -> dict[str, Any]:
    return {
        "host": "localhost",
        "port": server.port,
        "sslrootcert": str(server.root_file),
        "dbname": "postgres",
    } | others


@pytest.mark.parametrize("password", [PASSWORD, Secret(PASSWORD)])
def test_a_password_gives_psycopgs_connection(server: Server, password: str | Secret) -> None:
    with azpg_tls.connect(**at(server, user="lab", password=password)) as connection:
        assert type(connection) is psycopg.Connection
        assert connection.execute(WHO).fetchone() == ("lab", True)
        assert connection.autocommit is False


def test_the_twin_leaves_the_event_loop_free(server: Server) -> None:
    async def log_in() -> tuple[Any, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        connection = await azpg_tls.connect_async(**at(server, user="lab", password=PASSWORD))
        ticking.cancel()
        async with connection:
            assert type(connection) is psycopg.AsyncConnection
            return await (await connection.execute(WHO)).fetchone(), ticks

    row, ticks = asyncio.run(log_in())
    assert row == ("lab", True)
    assert ticks > 10


def test_libpq_finds_the_password_as_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(azpg_tls.LoginError) as raised:
        azpg_tls.connect(**at(server, user="lab"))
    assert raised.value.report.diagnosis
    assert raised.value.report.diagnosis.code == "login-failed"
    assert "no password supplied" in str(raised.value)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with azpg_tls.connect(**at(server, user="lab")) as connection:
        assert connection.execute(WHO).fetchone() == ("lab", True)


def test_a_refusal_says_why_and_shows_no_secret(server: Server) -> None:
    with pytest.raises(azpg_tls.LoginError) as raised:
        azpg_tls.connect(**at(server, user="lab", password="planted-secret"))
    assert str(raised.value) == (
        "The server did not accept the password (password-rejected): "
        "The server answered 'lab': password authentication failed for user \"lab\" (SQLSTATE 28P01)"
    )
    assert raised.value.report.stages[-1].name is azpg_tls.Stage.LOGIN
    assert raised.value.__context__ is None
    assert "planted" not in repr(raised.value) + raised.value.report.to_json()


@pytest.mark.parametrize("fault", [None, RuntimeError("a planted fault"), KeyboardInterrupt()])
def test_no_variable_of_a_traceback_holds_the_secret(
    azure_like: Server, monkeypatch: pytest.MonkeyPatch, fault: BaseException | None
) -> None:
    def fail(*_arguments: object) -> None:
        assert fault
        raise fault

    if fault:
        monkeypatch.setattr("azpg_tls.login._established", fail)
    token = forged.token(forged.IDENTITY, at=dt.datetime.now(dt.UTC))
    secret = Secret("planted-secret")
    by_password = {"password": secret, "require_auth": "password", "user": "lab"}
    for given in (by_password, {"credential": azpg_tls.token_provider(Credential(token)), "user": NAME}):
        with pytest.raises(type(fault) if fault else azpg_tls.LoginError) as raised:
            azpg_tls.connect(**at(azure_like, **given))
        frames = [frame.frame for frame in raised.traceback if frame.frame.code.path != Path(__file__)]
        shown = [repr(frame.f_locals) for frame in frames]
        assert frames
        assert [word for word in ("planted-secret", token) for text in shown if word in text] == []


def test_a_server_that_is_not_in_order_is_not_logged_in_to(server: Server) -> None:
    with pytest.raises(azpg_tls.LoginError) as raised:
        azpg_tls.connect(**at(server, user="lab", password=PASSWORD, sslrootcert="bundle"))
    report = raised.value.report
    assert report.diagnosis
    assert (report.diagnosis.code, report.login) == ("unknown-issuer", None)


@pytest.mark.parametrize("word", ["autocommit", "pins", "sslmode"])
def test_a_word_that_is_not_known_is_a_type_error(word: str) -> None:
    named: dict[str, Any] = {"user": "lab", "password": PASSWORD, word: "x"}
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{word}'"):
        azpg_tls.connect("localhost:1", **named)
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{word}'"):
        asyncio.run(azpg_tls.connect_async("localhost:1", **named))


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"password": PASSWORD}, "name the user"),
        ({"user": "lab", "password": "a", "credential": "azure-cli"}, "not both"),
        ({"user": "lab", "credential": "no-such"}, "is not one of"),
    ],
)
def test_what_cannot_be_used_is_an_input_error(
    server: Server, others: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("azpg_tls.provider.TokenProvider.__call__", lambda _: "token")
    with pytest.raises(azpg_tls.InputError, match=words):
        azpg_tls.connect(**at(server, **others))


def test_a_statement_can_be_cancelled_and_the_root_file_goes_with_the_connection(server: Server) -> None:
    connection = azpg_tls.connect(**at(server, user="lab", password=PASSWORD))
    file = Path(connection.info.get_parameters()["sslrootcert"])
    timer = threading.Timer(0.2, connection.cancel_safe)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(30)")
    timer.join()
    assert file.exists()
    connection.close()
    del connection, timer
    gc.collect()
    assert not file.exists()
    assert not file.parent.exists()


@pytest.mark.parametrize("kind", [Credential, AsyncCredential])
def test_a_credential_logs_in_as_its_principal(azure_like: Server, token: str, kind: type[Credential]) -> None:
    where = at(azure_like)
    where.pop("dbname")

    async def log_in() -> Any:
        async with await azpg_tls.connect_async(credential=kind(token), **where) as connection:
            return await (await connection.execute(WHO)).fetchone()

    assert asyncio.run(log_in()) == (NAME, True)
    if kind is Credential:
        with azpg_tls.connect(credential=azpg_tls.token_provider(Credential(token)), **where) as connection:
            assert connection.execute(WHO).fetchone() == (NAME, True)


def test_a_token_that_does_not_fit_is_not_sent(azure_like: Server, token: str) -> None:
    with azure_like.daemon.messages() as lines, pytest.raises(azpg_tls.LoginError) as raised:
        azpg_tls.connect(**at(azure_like, user=NAME.lower(), credential=Credential(token)))
    assert raised.value.report.diagnosis
    assert raised.value.report.diagnosis.code == "entra-wrong-username"
    assert lines == []


def test_a_password_in_clear_has_to_be_agreed_to(fleet: Fleet) -> None:
    clear = fleet.server(BY_NAME["cleartext-password"])
    with pytest.raises(azpg_tls.LoginError, match="auth-method-refused"):
        azpg_tls.connect(**at(clear, user="lab_cleartext", password=PASSWORD))
    agreed = at(clear, user="lab_cleartext", password=PASSWORD, require_auth="password")
    with azpg_tls.connect(**agreed) as connection:
        assert connection.execute(WHO).fetchone() == ("lab_cleartext", True)


@pytest.fixture
def pooled(azure_like: Server, fleet: Fleet) -> Iterator[Callable[..., tuple[int, Path]]]:
    """Return what starts a PgBouncer of an auth_type in front of the server, and gives its port."""
    with contextlib.ExitStack() as running:

        def start(password: str, **settings: str) -> tuple[int, Path]:
            directory = fleet._subdirectory()
            pki = chain("g2-2025", at=dt.datetime.now(dt.UTC))
            root_file = directory / "root.pem"
            root_file.write_bytes(pki.root.certificate_pem)
            identity = write_identity(pki, directory)
            front = pooler(
                azure_like.daemon,
                azure_like.root_file,
                directory,
                identity=identity,
                users={NAME: password},
                settings=settings,
            )
            return running.enter_context(front).port, root_file

        yield start


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def run(port: int, root_file: Path, secret: str, *arguments: str) -> Any:
        monkeypatch.setenv("PGPASSWORD", secret)
        where = ["login", f"localhost:{port}", "--sslrootcert", str(root_file), "--format", "json"]
        with pytest.raises(SystemExit):
            main([*where, "--user", NAME, *arguments])
        return json.loads(capsys.readouterr().out)

    return run


# PgBouncer 1.18 takes packets that fit into pkt_buf, and passwords of 2,047 characters (MAX_PASSWORD, bouncer.h).
@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"auth_type": "plain"}, "entra-token-malformed", "client sent partial pkt in startup phase"),
        ({"auth_type": "plain", "pkt_buf": "16384"}, "password-rejected", "password authentication failed"),
        ({"auth_type": "scram-sha-256"}, "auth-method-refused", None),
    ],
)
def test_a_long_token_does_not_get_through_pgbouncer(
    run: Any, pooled: Any, token: str, settings: dict[str, str], code: str, message: str | None
) -> None:
    report = run(*pooled(token, **settings), token, "--entra")
    assert report["diagnosis"]["code"] == code
    assert report["login"]["error"] == (
        message and report["login"]["error"] | {"sqlstate": "08P01", "message": message}
    )
    assert report["login"]["credential"] == (message and "PGPASSWORD")


def test_a_short_token_gets_through_pgbouncer(run: Any, azure_like: Server, pooled: Any) -> None:
    short = forged.token(forged.IDENTITY, at=dt.datetime.now(dt.UTC))
    with _superuser(azure_like.daemon, azure_like.root_file.parent) as connection:
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(NAME), sql.Literal(short)))
    report = run(*pooled(short, auth_type="plain"), short, "--entra")
    assert (report["verdict"], report["login"]["session"]["current_user"]) == ("pass", NAME)


def test_pgbouncer_with_scram(run: Any, pooled: Any) -> None:
    front = pooled("a password", auth_type="scram-sha-256")
    assert run(*front, "another one")["diagnosis"]["code"] == "password-rejected"
    port, root_file = front
    report = run(port, root_file, "a password", "--user", "nobody-knows")
    assert report["diagnosis"]["code"] == "password-rejected"
    assert report["diagnosis"]["evidence"]["sqlstate"] == "08P01"
