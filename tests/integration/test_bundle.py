"""The bundle's settings reach a server whose root is in the bundle, and refuse other roots and other names."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import azpg_tls.bundle
from tests.integration.bundled import complaint_of
from tests.integration.servers import PLANS_WITH_TLS, Server
from tests.integration.test_clients import OTHER_ADDRESS

if TYPE_CHECKING:
    from tests.integration.fleet import Fleet

    Complaints = dict[tuple[str, str, str], str]

CHECKOUT = Path(__file__).parents[2]
CLIENTS = ("psycopg", "asyncpg")
# The parameters and the context say nothing about how TLS begins.
PLANS = [plan for plan in PLANS_WITH_TLS if plan.sslnegotiation == "postgres"]

every_client = pytest.mark.parametrize("client", CLIENTS)
every_server = pytest.mark.parametrize("server", PLANS, indirect=True, ids=[plan.name for plan in PLANS])


@pytest.fixture(scope="module")
def installation(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """azpg-tls as it is installed, except that its bundle holds the servers' roots instead of Azure's."""
    path = tmp_path_factory.mktemp("installation")
    package = Path(azpg_tls.bundle.__file__).parents[1]
    shutil.copytree(package, path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    bundle = path / package.name / "bundle" / "data" / "public" / "azure-postgres.pem"
    roots = {fleet.server(plan).root_file for plan in PLANS}
    bundle.write_text("".join(root.read_text() for root in roots))
    return path


@pytest.fixture(scope="module")
def complaints(fleet: Fleet, installation: Path) -> Complaints:
    """What each client complains of with that installation, at each server under each of two names."""
    keys = list(itertools.product(CLIENTS, [plan.name for plan in PLANS], ["localhost", OTHER_ADDRESS]))
    servers = {plan.name: fleet.server(plan) for plan in PLANS}
    jobs = [{**servers[name].conninfo, "client": client, "host": host} for client, name, host in keys]
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.bundled"],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "PYTHONPATH": str(installation)},
        input=json.dumps(jobs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(zip(keys, json.loads(done.stdout), strict=True))


@every_client
@every_server
def test_a_server_whose_root_is_in_the_bundle_is_reached(client: str, server: Server, complaints: Complaints) -> None:
    refusal = server.plan.refusal_of(client)

    complaint = complaints[client, server.plan.name, "localhost"]

    assert bool(complaint) == bool(refusal), complaint
    assert re.search(refusal, complaint)


@every_client
@every_server
def test_another_name_is_refused(client: str, server: Server, complaints: Complaints) -> None:
    complaint = complaints[client, server.plan.name, OTHER_ADDRESS]

    assert re.search("does not match host name|IP address mismatch", complaint), complaint


@every_client
@every_server
def test_the_real_bundle_refuses_a_server_under_another_root(client: str, server: Server) -> None:
    complaint = complaint_of(client, server.conninfo)

    assert re.search("certificate verify failed|CERTIFICATE_VERIFY_FAILED", complaint), complaint
