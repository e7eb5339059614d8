"""The laboratory as other clients see it: they accept and refuse as each scenario says."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls.lab.endpoint import LOOPBACK
from azpg_tls.lab.running import running
from azpg_tls.lab.scenarios import SCENARIOS, startup
from azpg_tls.network import DEFAULT_TIMEOUT
from tests.integration.clients import asyncpg_login, psql_login, psycopg_login
from tests.integration.servers import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azpg_tls.lab.running import Running
    from azpg_tls.lab.scenario import Scenario
    from tests.integration.fleet import Fleet

# libpq looks at the common name of a certificate without subject alternative names (RFC 6125 section 6.4.4).
LAX_IN_LIBPQ = {"no-subject-alternative-name"}
# So does Python's ssl module, and OpenSSL passes over a name with a NUL; whether the protocol was agreed to (ALPN) is
# asked by neither asyncpg nor s_client.
LAX_IN_ASYNCPG = {"no-subject-alternative-name", "alpn-mismatch", "name-with-a-nul"}
STRICT_IN_ASYNCPG = {
    "weak-cipher-without-forward-secrecy",  # not among the ciphers that Python offers
    "unreadable-address",  # asyncio shows the certificate; what fails there is left in OpenSSL's queue of errors
    "name-beyond-ascii",  # the same: Python takes it for UTF-8
}
LAX_IN_OPENSSL = {"no-subject-alternative-name", "alpn-mismatch", "name-with-a-nul"}

EVERY = {scenario.name: scenario.prepare(dt.datetime.now(dt.UTC)) for scenario in SCENARIOS}
# asyncpg and openssl connect where the name leads to, and wait for long: they are shown what answers on localhost.
ANSWERING = [
    scenario
    for scenario in SCENARIOS
    if EVERY[scenario.name].words.get("host", "localhost") == "localhost"
    and "hostaddr" not in EVERY[scenario.name].words
    and EVERY[scenario.name].timeout == DEFAULT_TIMEOUT
]

# In TLS 1.3 the refusal comes after the handshake: s_client may have gone by then, or not.
REFUSED_LATE = {"client-certificate-required-tls13"}

# asyncpg takes the text of an error in protocol 2 for a length, and waits.
PROTOCOL_2 = {"full-in-protocol-2", "starting-up-in-protocol-2"}


def id_of(scenario: Scenario) -> str:
    return scenario.name


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(request.param, dt.datetime.now(dt.UTC)) as server:
        yield server


every = pytest.mark.parametrize("lab", SCENARIOS, indirect=True, ids=id_of)
in_the_handshake = pytest.mark.parametrize(
    "lab", [one for one in ANSWERING if one.name not in REFUSED_LATE and not one.login], indirect=True, ids=id_of
)
framed = pytest.mark.parametrize(
    "lab", [one for one in ANSWERING if one.name not in PROTOCOL_2], indirect=True, ids=id_of
)


@pytest.fixture
def conninfo(lab: Running, tmp_path: Path) -> dict[str, str]:
    root_file = tmp_path / "root.pem"
    root_file.write_bytes(lab.setup.root.public_bytes(Encoding.PEM))
    words = lab.words
    if not words["hostaddr"]:
        # libpq would ask the real DNS: it is told what the scenario's resolver finds, or a name that nobody has.
        with contextlib.suppress(socket.gaierror):
            words["hostaddr"] = lab.setup.resolver(words["host"])[0][0]
        if not words["hostaddr"]:
            words["host"] = "no-such-server.invalid"
    verified = {"sslmode": "verify-full", "sslrootcert": str(root_file), "connect_timeout": "2"}
    return words | {"user": "me", "password": "wrong", "dbname": "postgres"} | verified


def accepted_by_libpq(scenario: Scenario) -> bool:
    return scenario.accepted or scenario.name in LAX_IN_LIBPQ


@every
def test_psql_agrees(lab: Running, conninfo: dict[str, str], fleet: Fleet) -> None:
    psql = fleet.server(BY_NAME["postgres-18"]).psql
    complaint = psql_login(psql, conninfo)
    assert (lab.setup.refusal in complaint) == accepted_by_libpq(lab.scenario), complaint
    assert complaint


@every
def test_psycopg_agrees(lab: Running, conninfo: dict[str, str]) -> None:
    complaint = psycopg_login(conninfo)
    assert (lab.setup.refusal in complaint) == accepted_by_libpq(lab.scenario), complaint
    assert complaint


@framed
def test_asyncpg_agrees(lab: Running, conninfo: dict[str, str]) -> None:
    complaint = asyncpg_login(conninfo, ssl.create_default_context(cafile=conninfo["sslrootcert"]))
    assert (lab.setup.refusal in complaint) == accepted_by_asyncpg(lab.scenario), complaint
    assert complaint


@in_the_handshake
def test_openssl_agrees_as_far_as_tls_goes(lab: Running, conninfo: dict[str, str]) -> None:
    direct = conninfo.get("sslnegotiation") == "direct"
    done = subprocess.run(
        [
            "openssl", "s_client", "-connect", f"{LOOPBACK}:{conninfo['port']}", "-servername", "localhost",
            "-CAfile", conninfo["sslrootcert"], "-verify_return_error", "-verify_hostname", "localhost",
            *(["-alpn", "postgresql"] if direct else ["-starttls", "postgres"]),
        ],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
    )  # fmt: skip
    assert (b"Verify return code: 0 (ok)" in done.stdout and done.returncode == 0) == accepted_by_openssl(lab.scenario)


def accepted_by_asyncpg(scenario: Scenario) -> bool:
    return (scenario.accepted or scenario.name in LAX_IN_ASYNCPG) and scenario.name not in STRICT_IN_ASYNCPG


def accepted_by_openssl(scenario: Scenario) -> bool:
    """It knows nothing of what PostgreSQL says inside TLS, and what is refused there is beyond it."""
    return scenario.accepted or scenario.name in LAX_IN_OPENSSL or scenario.prepare.__module__ == startup.__name__
