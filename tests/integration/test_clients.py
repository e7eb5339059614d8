"""The servers answer real clients as their plans say; a client never accepts another root or another name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.clients import CLIENTS
from tests.integration.servers import PLANS, Server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.clients import Client
    from tests.integration.fleet import Fleet

# asyncpg's own words, where it is not the server that refuses.
ASYNCPG_REFUSALS = {
    "direct-16": "ConnectionResetError",
    "tls-off": "rejected SSL upgrade",
    "other-name": "Hostname mismatch, certificate is not valid for 'localhost'",
}
PLANS_WITH_TLS = [plan for plan in PLANS if plan.reaches_tls]

every_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
every_tls_server = pytest.mark.parametrize(
    "server", PLANS_WITH_TLS, indirect=True, ids=[plan.name for plan in PLANS_WITH_TLS]
)


@pytest.fixture
def other_root(fleet: Fleet, server: Server) -> Path:
    """A root of the same names as the server's own, with another key."""
    others = (fleet.server(plan).root_file for plan in PLANS_WITH_TLS)
    return next(root for root in others if root != server.root_file)


@every_client
def test_a_client_that_trusts_the_root_meets_what_the_plan_says(client: Client, server: Server) -> None:
    refusal = server.plan.refusal
    if client is CLIENTS["asyncpg"]:
        refusal = ASYNCPG_REFUSALS.get(server.plan.name, refusal)

    complaint = client(server, {})

    assert bool(complaint) == bool(refusal), complaint
    assert re.search(refusal, complaint)


@every_client
@every_tls_server
def test_another_root_of_the_same_name_is_refused(client: Client, server: Server, other_root: Path) -> None:
    complaint = client(server, {"sslrootcert": str(other_root)})

    assert re.search("certificate verify failed|CERTIFICATE_VERIFY_FAILED", complaint), complaint


@every_client
@every_tls_server
def test_another_name_is_refused(client: Client, server: Server) -> None:
    complaint = client(server, {"host": "127.0.0.2"})

    assert re.search("does not match host name|IP address mismatch", complaint), complaint
