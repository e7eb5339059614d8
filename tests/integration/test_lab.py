"""The laboratory as other clients see it: they accept and refuse as each scenario says."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
from typing import TYPE_CHECKING

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls.lab.answers import NO_LOGIN
from azpg_tls.lab.running import running
from azpg_tls.lab.scenarios import SCENARIOS
from tests.integration.clients import psql_login
from tests.integration.servers import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azpg_tls.lab.running import Running
    from azpg_tls.lab.scenario import Scenario
    from tests.integration.fleet import Fleet

# libpq looks at the common name of a certificate without subject alternative names (RFC 6125 section 6.4.4).
LAX_IN_LIBPQ = {"no-subject-alternative-name"}


@pytest.fixture(params=SCENARIOS, ids=lambda scenario: scenario.name)
def lab(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(request.param, dt.datetime.now(dt.UTC)) as server:
        yield server


@pytest.fixture
def conninfo(lab: Running, tmp_path: Path) -> dict[str, str]:
    root_file = tmp_path / "root.pem"
    root_file.write_bytes(lab.setup.root.public_bytes(Encoding.PEM))
    words = psycopg.conninfo.conninfo_to_dict(lab.conninfo)
    if not words.get("hostaddr"):
        # psql would ask the real DNS: it is told what the scenario's resolver finds, or a name that nobody has.
        with contextlib.suppress(socket.gaierror):
            words["hostaddr"] = lab.setup.resolver(str(words["host"]))[0][0]
        if not words.get("hostaddr"):
            words["host"] = "no-such-server.invalid"
    verified = {"user": "me", "password": "wrong", "sslmode": "verify-full", "sslrootcert": str(root_file)}
    return {name: str(word) for name, word in words.items()} | verified | {"connect_timeout": "2"}


def accepted_by_libpq(scenario: Scenario) -> bool:
    return scenario.accepted or scenario.name in LAX_IN_LIBPQ


def test_psql_agrees(lab: Running, conninfo: dict[str, str], fleet: Fleet) -> None:
    psql = fleet.server(BY_NAME["postgres-18"]).psql
    complaint = psql_login(psql, conninfo)
    assert (NO_LOGIN in complaint) == accepted_by_libpq(lab.scenario), complaint
    assert complaint
