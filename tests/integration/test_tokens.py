"""The examples of tokens as passwords, against a real PostgreSQL that takes them as Azure's does: in clear over TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import os
import runpy
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

import azpg_tls
from tests.entra import forged
from tests.entra.fakes import Machine, serving
from tests.integration.fleet import _superuser
from tests.integration.postgres import DATABASE, HBA
from tests.integration.servers import Plan, Recipe, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.fleet import Fleet

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*_with_*.py"))
TAKES_TOKENS = Plan("tokens", Recipe(hba=(HBA[0], "hostssl all all all password")))
NAME = "App-Id"


class Known(Machine):
    """A machine whose one token, of the length that users' tokens have, is known beforehand."""

    def __init__(self) -> None:
        super().__init__()
        now = dt.datetime.now(dt.UTC)
        self.token = forged.token(forged.IDENTITY | {"groups": ["g" * 5000]}, at=now)
        self.answers = 200, {"access_token": self.token, "expires_in": "3600", "resource": forged.AUDIENCE}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    fake = Known()
    for name in os.environ:
        if name.startswith("AZURE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with serving(fake):
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", fake.url)
        monkeypatch.setenv("AZURE_CLIENT_ID", forged.APP)
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        yield fake


@pytest.fixture
def server(fleet: Fleet, machine: Known) -> Server:
    """A server whose role for the identity takes the machine's token as its password."""
    running = fleet.server(TAKES_TOKENS)
    with _superuser(running.daemon, running.root_file.parent) as connection:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(NAME)))
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(create.format(sql.Identifier(NAME), sql.Literal(machine.token)))
    return running


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_logs_in_with_a_token(
    example: Path, server: Server, machine: Known, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The laboratory's root stands in the place of Azure's.
    words = {name: server.conninfo[name] for name in ("host", "port", "sslmode", "sslrootcert")}
    monkeypatch.setattr(azpg_tls, "libpq_params", lambda _host: words, raising=False)
    context = ssl.create_default_context(cafile=str(server.root_file))
    monkeypatch.setattr(azpg_tls, "ssl_context", lambda: context, raising=False)
    for name, value in {"PGHOST": "localhost", "PGUSER": NAME, "PGDATABASE": DATABASE}.items():
        monkeypatch.setenv(name, value)
    main: Any = runpy.run_path(str(example))["main"]
    asyncio.run(main()) if inspect.iscoroutinefunction(main) else main()
    assert capsys.readouterr().out == f"('{NAME}',)\n"
    assert len(machine.token) > 7000
    assert len(machine.asked) >= 1


def test_there_is_an_example_for_each_way() -> None:
    assert [path.stem for path in EXAMPLES] == [
        "asyncpg_with_tokens",
        "azure_postgresql_auth_with_roots",
        "psycopg_async_pool_with_tokens",
        "psycopg_pool_with_tokens",
        "sqlalchemy_with_tokens",
    ]


def test_a_pool_of_psycopg_goes_on_with_a_new_token(server: Server, machine: Known) -> None:
    from psycopg_pool import ConnectionPool

    tokens = azpg_tls.token_provider()
    words = server.conninfo | {"user": NAME}
    del words["password"]
    with ConnectionPool(kwargs=lambda: words | tokens.parameters(), min_size=1, max_size=1) as pool:
        with pool.connection() as connection:
            first = connection.info.backend_pid
            connection.close()
        with pool.connection() as connection:
            assert connection.info.backend_pid != first
    assert len(machine.asked) == 1


def test_a_token_that_the_server_does_not_take_is_refused(server: Server) -> None:
    words = server.conninfo | {"user": NAME, "password": forged.token(forged.USER)}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**words)  # type: ignore[arg-type]
