"""The servers answer real clients as their plans say; a client never accepts another root or another name."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

import pytest

from tests.integration.clients import asyncpg_login, psql_login, psycopg_login
from tests.integration.servers import BY_NAME, PLANS_WITH_TLS, Server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.fleet import Fleet

# A name of the server that is in no certificate: it listens there, too.
OTHER_ADDRESS = "127.0.0.2"
REFUSED_BY_SERVER = [plan for plan in PLANS_WITH_TLS if plan.sqlstate]

every_client = pytest.mark.parametrize("client", ["psql", "psycopg", "asyncpg"])
every_tls_server = pytest.mark.parametrize(
    "server", PLANS_WITH_TLS, indirect=True, ids=[plan.name for plan in PLANS_WITH_TLS]
)


@pytest.fixture
def other_root(fleet: Fleet, server: Server) -> Path:
    """A root of the same name as the server's own, with another key."""
    roots = (fleet.server(plan).root_file for plan in PLANS_WITH_TLS)
    return next(root for root in roots if root != server.root_file)


def complaint_of(client: str, server: Server, **changes: str) -> str:
    parameters = {**server.conninfo, **changes}
    if client == "psql":
        return psql_login(server.psql, parameters)
    if client == "psycopg":
        return psycopg_login(parameters)
    return asyncpg_login(parameters, ssl.create_default_context(cafile=parameters["sslrootcert"]))


@every_client
def test_a_client_that_trusts_the_root_meets_what_the_plan_says(client: str, server: Server) -> None:
    refusal = server.plan.refusal_of(client)

    complaint = complaint_of(client, server)

    assert bool(complaint) == bool(refusal), complaint
    assert re.search(refusal, complaint)


@pytest.mark.parametrize("server", REFUSED_BY_SERVER, indirect=True, ids=[plan.name for plan in REFUSED_BY_SERVER])
def test_a_refusal_by_the_server_has_its_code(server: Server) -> None:
    assert complaint_of("asyncpg", server).startswith(f"{server.plan.sqlstate}: ")


@pytest.mark.parametrize("client", ["psql", "psycopg"])
def test_a_server_without_tls_1_3_is_refused_by_a_client_that_wants_it(client: str, fleet: Fleet) -> None:
    server = fleet.server(BY_NAME["tls-1.2"])

    complaint = complaint_of(client, server, ssl_min_protocol_version="TLSv1.3")

    assert "tlsv1 alert protocol version" in complaint


def test_a_client_with_a_certificate_is_let_in(fleet: Fleet) -> None:
    server = fleet.server(BY_NAME["client-certificate"])
    identity = {word: str(server.root_file.with_name(f"{word}.pem")) for word in ("sslcert", "sslkey")}

    assert complaint_of("psql", server, **identity) == ""
    assert complaint_of("psycopg", server, **identity) == ""


@every_client
@every_tls_server
def test_another_root_of_the_same_name_is_refused(client: str, server: Server, other_root: Path) -> None:
    complaint = complaint_of(client, server, sslrootcert=str(other_root))

    assert re.search("certificate verify failed|CERTIFICATE_VERIFY_FAILED", complaint), complaint


@every_client
@every_tls_server
def test_another_name_is_refused(client: str, server: Server) -> None:
    complaint = complaint_of(client, server, host=OTHER_ADDRESS)

    assert re.search("does not match host name|IP address mismatch", complaint), complaint
