"""A scenario that runs: the server on its port, and everything that a client must be told."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls import conninfo
from azpg_tls.lab.endpoint import LOOPBACK, Endpoint
from azpg_tls.lab.scenario import Scenario, Setup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator


@dataclass(frozen=True)
class Running:
    """A scenario's server, listening."""

    scenario: Scenario
    setup: Setup
    endpoint: Endpoint

    @property
    def words(self) -> dict[str, str]:
        """How to reach it in libpq's words; what the scenario says wins."""
        return {"host": "localhost", "hostaddr": LOOPBACK, "port": str(self.endpoint.port)} | dict(self.setup.words)

    @property
    def conninfo(self) -> str:
        """The same as a conninfo string."""
        return conninfo.write(self.words)


@contextlib.contextmanager
def running(scenario: Scenario, at: dt.datetime, port: int = 0) -> Iterator[Running]:
    """Run *scenario*, with certificates for the moment *at*, until the block is left; *port* 0 takes a free one."""
    setup = scenario.prepare(at)
    with Endpoint(setup.behaviour, port=port, door=setup.door) as endpoint:
        yield Running(scenario, setup, endpoint)
