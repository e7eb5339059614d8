"""Throw-away PostgreSQL clusters: one initdb for each major version and session, then copies of it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.integration.daemon import free_port, give, run, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from azpg_tls.lab.pki import Chain
    from tests.integration.daemon import Daemon

ROLE = "lab"
PASSWORD = "not a secret"
DATABASE = "postgres"

SETUP = f"""
CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE {ROLE}_cleartext LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE {ROLE}_rejected LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE {ROLE}_unlisted LOGIN PASSWORD '{PASSWORD}';
"""

# Who may log in unless a server says otherwise. The role that is not listed stands for a client that the firewall
# does not know; the superuser's line is for the fixtures, over the Unix socket.
HBA = (
    "local   all all trust",
    f"hostssl all {ROLE} all scram-sha-256",
    f"hostssl all {ROLE}_cleartext all password",
    f"hostssl all {ROLE}_rejected all reject",
)

# 127.0.0.2 is a name for the server that no certificate of the laboratory holds. The rest makes a start quick and
# keeps timers out of the log; nothing here touches what is logged.
SETTINGS = {
    "listen_addresses": "localhost,127.0.0.2",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "20",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
}


def template(programs: Path, directory: Path) -> Path:
    """Make a cluster with the roles of the tests in *directory*, never to be started, only to be copied."""
    directory.mkdir()
    give(directory)
    data = directory / "data"
    run(
        *(programs / "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust"),
        *("--no-sync", "--wal-segsize", "1", "--encoding", "UTF8", "--locale", "C"),
        directory=directory,
    )
    # A statement ends at the line's end in single-user mode, and an error in it leaves the exit status 0.
    printed = run(
        programs / "postgres", "--single", "-D", data, "-c", "fsync=off", DATABASE, directory=directory, stdin=SETUP
    )
    if "ERROR:" in printed:
        raise RuntimeError(printed)
    return data


def write_identity(chain: Chain, directory: Path) -> dict[str, str]:
    """Write a server's certificates and key for its user alone; return the settings that name the two files."""
    files = {"ssl_cert_file": chain.presented_pem, "ssl_key_file": chain.leaf.key_pem}
    for setting, pem in files.items():
        path = directory / f"{setting}.pem"
        path.touch(0o600)
        path.write_bytes(pem)
        give(path)
    return {setting: str(directory / f"{setting}.pem") for setting in files}


@contextmanager
def cluster(
    programs: Path,
    data: Path,
    directory: Path,
    *,
    settings: Mapping[str, str],
    hba: Sequence[str] = HBA,
) -> Iterator[Daemon]:
    """Run a copy of the template *data* in *directory*, its Unix socket there too, until the block is left."""
    give(directory)
    run("cp", "--archive", data, directory / "data", directory=directory)
    (directory / "data" / "pg_hba.conf").write_text("".join(f"{line}\n" for line in hba))
    port = free_port()
    everything = {**SETTINGS, "port": str(port), "unix_socket_directories": str(directory), **settings}
    command: list[str | Path] = [programs / "postgres", "-D", directory / "data"]
    for name, value in everything.items():
        command += ["-c", f"{name}={value}"]
    # SIGQUIT is PostgreSQL's immediate shutdown: it waits for no client.
    with serve(
        command,
        port=port,
        directory=directory,
        ready="database system is ready to accept connections",
        stop=signal.SIGQUIT,
    ) as daemon:
        yield daemon
