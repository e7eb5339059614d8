"""The servers are the real ones, their log shows what a client does, and nothing of them stays behind."""

from __future__ import annotations

import socket
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.integration import install
from tests.integration.fleet import Fleet
from tests.integration.install import MAJORS, InstallError
from tests.integration.servers import BY_NAME, Plan, Server

SSL_REQUEST = bytes.fromhex("0000000804d2162f")

every_major = pytest.mark.parametrize(
    "server", [BY_NAME[f"postgres-{major}"] for major in MAJORS], indirect=True, ids=MAJORS
)


@every_major
def test_a_server_is_of_its_major_version_and_speaks_tls_with_openssl(server: Server) -> None:
    with psycopg.connect(make_conninfo(**server.conninfo)) as connection:
        (library,) = connection.execute("SHOW ssl_library").fetchone() or ()
        (encrypted,) = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() or ()

        assert connection.info.server_version // 10000 == server.plan.recipe.major
    assert library == "OpenSSL"
    assert encrypted


def test_the_pooler_is_pgbouncer(fleet: Fleet) -> None:
    assert "process up: PgBouncer" in fleet.server(BY_NAME["pgbouncer"]).daemon.log.read_text()


@every_major
def test_the_log_is_silent_about_a_client_that_does_everything_right(server: Server) -> None:
    with server.daemon.messages() as lines:
        psycopg.connect(make_conninfo(**server.conninfo)).close()

    assert lines == []


@every_major
def test_the_log_tells_of_a_client_that_leaves_in_the_handshake(server: Server) -> None:
    with (
        server.daemon.messages() as lines,
        socket.create_connection((server.host, server.port), timeout=10) as client,
    ):
        client.sendall(SSL_REQUEST)
        assert client.recv(1) == b"S"

    assert len(lines) == 1
    assert "could not accept SSL connection" in lines[0]


def start_and_be_interrupted(plan: Plan, seen: list[Server]) -> None:
    with Fleet() as fleet:
        seen.append(fleet.server(plan))
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["pgbouncer", "full"])
def test_an_interrupt_leaves_neither_processes_nor_files(name: str) -> None:
    seen: list[Server] = []

    with pytest.raises(KeyboardInterrupt):
        start_and_be_interrupted(BY_NAME[name], seen)

    (server,) = seen
    assert not Path(f"/proc/{server.daemon.pid}").exists()
    assert not server.root_file.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=10)


def test_missing_programs_are_an_error_that_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AZPG_TLS_SERVERS", str(tmp_path))
    monkeypatch.setattr(install, "SEARCH_PATH", str(tmp_path))

    with pytest.raises(InstallError, match=r"PostgreSQL 18 is missing in .*; run: make servers"):
        install.postgres_programs(18)
    with pytest.raises(InstallError, match="the command pgbouncer is missing; run: make servers"):
        install.find("pgbouncer")


def test_an_installation_that_fails_is_one_line_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZPG_TLS_SERVERS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")

    with pytest.raises(SystemExit, match=r"^install: python.* failed with status 1: ERROR: .+$"):
        install.main()

    assert list(tmp_path.iterdir()) == []
