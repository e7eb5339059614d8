"""Fixtures: the fleet of real servers, and one server for each plan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from azpg_tls.cli import main
from tests.integration.doors import Done, opened
from tests.integration.fleet import Fleet
from tests.integration.postgres import PASSWORD
from tests.integration.servers import PLANS, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., Done]


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """The real servers, each started when a test first asks for it."""
    with Fleet() as servers:
        yield servers


@pytest.fixture(params=PLANS, ids=lambda plan: plan.name)
def server(request: pytest.FixtureRequest, fleet: Fleet) -> Server:
    """Every server in turn."""
    return fleet.server(request.param)


@pytest.fixture(autouse=True)
def _no_libpq_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own PGHOST and the like out of the clients."""
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)


@pytest.fixture(params=[18, 14])
def doors(request: pytest.FixtureRequest, fleet: Fleet) -> Server:
    return opened(fleet, request.param)


@pytest.fixture
def door(fleet: Fleet) -> Server:
    return opened(fleet, 18)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return what logs in to a server, or to a *target* that is written otherwise, from a home with nothing in it."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(
        server: Server,
        user: str,
        *arguments: str,
        password: str | None = PASSWORD,
        form: str = "json",
        target: str = "",
    ) -> Done:
        if password is not None:
            monkeypatch.setenv("PGPASSWORD", password)
        else:
            monkeypatch.delenv("PGPASSWORD", raising=False)
        where = [target or f"localhost:{server.port}", "--sslrootcert", str(server.root_file), "--user", user]
        dbname = () if "--dbname" in arguments else ("--dbname", "postgres")
        with pytest.raises(SystemExit) as exited:
            main(["login", *where, "--format", form, *dbname, *arguments])
        return Done(int(exited.value.code or 0), *capsys.readouterr())

    return run
