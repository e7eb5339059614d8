"""Fixtures: the fleet of real servers, and one server for each plan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.integration.fleet import Fleet
from tests.integration.servers import PLANS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator


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
