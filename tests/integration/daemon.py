"""Server programs run as a user without privileges, for as long as a context lasts.

PostgreSQL and PgBouncer refuse to run as root, which the tests often are. util-linux's setpriv drops the
privileges, and asks the kernel to signal the server should the test process die before it can clean up.
"""

from __future__ import annotations

import os
import pwd
import random
import re
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.install import find

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator, Sequence

# Below Linux's ephemeral ports, so that no outgoing connection takes the port between our look at it and the
# server's bind; the same range as PostgreSQL's own tests (src/test/perl/PostgreSQL/Test/Cluster.pm).
PORTS = range(10200, 32768)
START_SECONDS = 30.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.01

# "postgres: io worker 0", and nothing for a zombie; a backend's title has its client's address, and before that
# is the postmaster's command line.
BACKGROUND = re.compile(r"postgres: [a-z ]+[0-9]*|")


@dataclass(frozen=True)
class Daemon:
    """A running server: its port on loopback, its process id and its log."""

    port: int
    pid: int
    log: Path

    @contextmanager
    def messages(self) -> Iterator[list[str]]:
        """Yield a list that holds, once the block is left, the lines logged during it.

        A PostgreSQL backend may log after its client is gone, so leaving waits for the backends that began in
        the block to end; a client must have heard from its backend, or that may not have begun. PgBouncer has
        no backends: what it logs about an end may come too late for the list.
        """
        backends = _backends(self.pid)
        position = self.log.stat().st_size
        lines: list[str] = []
        yield lines
        _wait(lambda: _backends(self.pid) <= backends, "a backend outlives its client", STOP_SECONDS)
        lines += self.log.read_bytes()[position:].decode().splitlines()


def account() -> pwd.struct_passwd:
    """Return who runs the servers: ourselves, or nobody where we are root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def give(*paths: Path) -> None:
    """Make the servers' user the owner of these paths."""
    for path in paths:
        os.chown(path, account().pw_uid, account().pw_gid)


def run(*command: str | Path, directory: Path, stdin: str = "") -> str:
    """Run a command to its end as the servers' user, and return what it printed."""
    done = subprocess.run(
        _unprivileged(command, "KILL"),
        cwd=directory,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed with status {done.returncode}:\n{done.stdout}")
    return done.stdout


@contextmanager
def serve(
    command: Sequence[str | Path], *, port: int, directory: Path, ready: str, stop: signal.Signals
) -> Iterator[Daemon]:
    """Run a server until the block is left, from the moment that its log says *ready*; *stop* ends it at once."""
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _unprivileged(command, stop.name.removeprefix("SIG")),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(lambda: ready in log.read_text() or process.poll() is not None, f"no {ready!r} in {log}", START_SECONDS)
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} ended with status {process.returncode}:\n{log.read_text()}")
        yield Daemon(port, process.pid, log)
    finally:
        process.send_signal(stop)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def free_port() -> int:
    """Return a port on which nothing listens on any of this machine's addresses."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("", port))
            except OSError:
                continue
            return port
    raise RuntimeError("none of 100 random ports is free")


def _unprivileged(command: Sequence[str | Path], on_parent_death: str) -> list[str]:
    user = account()
    prefix = [str(find("setpriv")), "--pdeathsig", on_parent_death]
    if os.geteuid() == 0:
        prefix += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return [*prefix, "--", *map(str, command)]


def _backends(postmaster: int) -> set[str]:
    """Return the process ids of a server's children, without those that serve no client."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return {child for child in children if not BACKGROUND.fullmatch(_title(child))}


def _title(pid: str) -> str:
    """Return the title that a server process gave itself, empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().strip("\0 ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _wait(condition: Callable[[], bool], otherwise: str, seconds: float) -> None:
    """Poll until *condition* holds; *otherwise* says what was wrong when it did not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{otherwise} within {seconds:g} s")
        time.sleep(POLL_SECONDS)
