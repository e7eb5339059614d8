"""``azpg-tls lab`` as a user runs it: the list, and servers that run until they are stopped."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict

from azpg_tls.cli import main
from azpg_tls.lab.endpoint import LOOPBACK, Endpoint
from azpg_tls.lab.peer import Peer
from azpg_tls.lab.scenarios import SCENARIOS
from azpg_tls.target import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = [sys.executable, "-m", "azpg_tls", "lab", "serve"]
PATIENCE = 30  # seconds
LAST_LINE = "Ctrl-C stops the laboratory."


@contextlib.contextmanager
def served(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``lab serve`` until it says that everything runs; its temporary files go into *tmp_path*."""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            lines = iter(process.stdout.readline, "")
            yield process, "".join(iter(lambda: next(lines), LAST_LINE + "\n"))
        finally:
            process.kill()


def lines_of_psql(shown: str) -> list[dict[str, str]]:
    """The connection strings of the psql lines, as a shell and libpq read them."""
    commands = [shlex.split(line) for line in shown.splitlines() if line.startswith("  psql ")]
    assert all(len(command) == 2 for command in commands)
    return [{name: str(word) for name, word in conninfo_to_dict(command[1]).items()} for command in commands]


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as exited:
        main(["lab", *arguments])
    return int(exited.value.code or 0), capsys.readouterr().err


def test_the_list_names_every_scenario_what_is_wrong_and_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lab", "list"])
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [one.name for one in SCENARIOS]
    assert "\nexpired\n  expired: Present a leaf that expired yesterday\n" in out
    assert re.search(r"^wildcard\n  nothing is wrong: ", out, re.MULTILINE)
    assert max(map(len, out.splitlines())) < 80


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_servers_run_until_they_are_stopped_and_leave_nothing_behind(tmp_path: Path, stop: signal.Signals) -> None:
    with Endpoint(Peer.wait_for_end) as free:
        port = free.port
    with served(tmp_path, "expired", "--port", str(port)) as (process, shown):
        assert shown.startswith("expired\n  expired: Present a leaf that expired yesterday\n")
        (words,) = lines_of_psql(shown)
        root_file = Path(words["sslrootcert"])
        assert words | {"sslrootcert": ""} == {
            "host": "localhost", "hostaddr": LOOPBACK, "port": str(port), "sslmode": "verify-full", "sslrootcert": "",
        }  # fmt: skip
        assert f"  host localhost, port {port}, root file {root_file}\n" in shown
        assert root_file.read_text().startswith("-----BEGIN CERTIFICATE-----\n")
        with socket.create_connection((LOOPBACK, port), PATIENCE) as client:
            process.send_signal(stop)
            with contextlib.suppress(ConnectionResetError):  # what the client sent may lie unread when the end comes
                assert client.recv(1) == b""
        assert process.wait(PATIENCE) == 130
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, port), PATIENCE)


def test_every_scenario_that_has_a_server_is_served_and_no_word_is_said_twice(tmp_path: Path) -> None:
    with served(tmp_path) as (process, shown):
        words = lines_of_psql(shown)
        assert len(words) == sum(scenario.has_server for scenario in SCENARIOS)
        assert len({word["port"] for word in words}) == len(words)
        assert "sslnegotiation" in words[[one.name for one in SCENARIOS if one.has_server].index("alpn-mismatch")]
        for line in shown.splitlines():
            names = re.findall(r"([a-z]+)=", line) if line.startswith("  psql ") else []
            assert len(set(names)) == len(names)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


def test_a_name_that_is_served_twice_is_served_once_and_one_without_server_can_be_asked_for(tmp_path: Path) -> None:
    with served(tmp_path, "dns-failure", "wildcard", "wildcard") as (_, shown):
        nowhere, wildcard = lines_of_psql(shown)
    assert (nowhere["host"], "hostaddr" in nowhere) == ("no-such-server.invalid", False)
    assert wildcard["host"] == "db.example.com"


def test_what_is_printed_is_a_target_of_the_probe(tmp_path: Path) -> None:
    with served(tmp_path, "self-signed") as (_, shown):
        line = next(line for line in shown.splitlines() if line.startswith("  psql "))
        assert parse(shlex.split(line)[1]).host == "localhost"


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with Endpoint(Peer.wait_for_end) as other:
        port = other.port
        code, said = complaint(capsys, "serve", "expired", "--port", str(port))
    assert code == 2
    assert said == f"azpg-tls: port {port} of 127.0.0.1 cannot be had: Address already in use; give another --port\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such"], "the laboratory has no scenario 'no-such'; see: azpg-tls lab list"),
        (["expired", "wildcard", "--port", "65535"], "2 servers need 2 ports; give a --port of 65534 at most"),
        (["--port", "0"], "Invalid value for '--port'"),
    ],
)
def test_wrong_usage_is_said(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    code, err = complaint(capsys, "serve", *arguments)
    assert code == 2
    assert said in err
