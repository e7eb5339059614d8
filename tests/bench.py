"""What a probe costs: ``make bench``. Figures to look at, not a test.

Whole processes are timed by the wall, and compared with ``openssl s_client`` and a bare interpreter. Inside one
process the CPU time of this thread is measured, and compared with the least that any client on pyOpenSSL must do.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from OpenSSL import SSL

from azpg_tls import anchors, target
from azpg_tls.check import check, judge
from azpg_tls.network import Clock
from azpg_tls.policy import Policy
from azpg_tls.prelogin import SSL_REQUEST
from tests.integration.fleet import Fleet
from tests.integration.servers import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.integration.servers import Server

PROCESSES = 20
PROBES = 200
CLOCK = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)


def main() -> None:
    """Print the table."""
    with Fleet() as fleet:
        server = fleet.server(BY_NAME["postgres-18"])
        print(f"Python {platform.python_version()}, {SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()}")
        print(f"\nwhole processes, wall time, median of {PROCESSES}")
        for name, command in processes(server).items():
            print(f"  {name:<44}{median_of_runs(command) * 1000:8.1f} ms")
        print(f"\nin one process, CPU time of the client's thread, mean of {PROBES}")
        bare, probed = mean_cpu(lambda: handshake(server)), mean_cpu(in_process(server))
        print(f"  {'SSLRequest and pyOpenSSL handshake':<44}{bare * 1000:8.2f} ms")
        print(f"  {'probe and judgement':<44}{probed * 1000:8.2f} ms   {probed / bare:.2f} times the bare handshake")


def processes(server: Server) -> dict[str, Sequence[str | Path]]:
    """Return the commands to compare."""
    probe: list[str | Path] = [Path(sys.executable).with_name("azpg-tls"), "probe", f"localhost:{server.port}"]
    probe += ["--sslrootcert", server.root_file, "--user", server.plan.user]
    connect: list[str | Path] = [
        "-starttls",
        "postgres",
        "-connect",
        f"localhost:{server.port}",
        "-CAfile",
        server.root_file,
    ]
    return {
        "python -c pass": [sys.executable, "-c", "pass"],
        "openssl s_client -starttls postgres": ["openssl", "s_client", *connect],
        "azpg-tls probe": probe,
        "azpg-tls probe --format json": [*probe, "--format", "json"],
        "azpg-tls --version": [probe[0], "--version"],
        "azpg-tls bundle path": [probe[0], "bundle", "path"],
    }


def run(command: Sequence[str | Path]) -> float:
    """Run one process and return the seconds it took."""
    begin = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, env={"PATH": os.defpath})
    return time.perf_counter() - begin


def handshake(server: Server) -> None:
    """Do what every client has to: SSLRequest, handshake with the root verified, close."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(str(server.root_file))
    context.set_verify(SSL.VERIFY_PEER, lambda *about: bool(about[-1]))
    with socket.create_connection(("127.0.0.1", server.port)) as connected:
        connected.sendall(SSL_REQUEST)
        if connected.recv(1) != b"S":
            raise SystemExit("the server does not offer TLS")
        tls = SSL.Connection(context, connected)
        tls.set_tlsext_host_name(b"localhost")
        tls.set_connect_state()
        tls.do_handshake()
        tls.shutdown()


def in_process(server: Server) -> Callable[[], None]:
    """Return a function that probes *server* and judges what it saw."""
    parsed = target.parse(f"host=localhost hostaddr=127.0.0.1 port={server.port} user={server.plan.user}")
    trust = anchors.load(str(server.root_file), "public")
    return lambda: print_nothing(judge(check(parsed, trust, Policy(), timeout=10, clock=CLOCK)).verdict)


def print_nothing(verdict: str) -> None:
    """Stop the measurement if it is not of a healthy server."""
    if verdict != "pass":
        raise SystemExit(f"the probe says {verdict}")


def median_of_runs(command: Sequence[str | Path]) -> float:
    """Return the median of the seconds that *command* takes, after one run that does not count."""
    run(command)
    return statistics.median(run(command) for _ in range(PROCESSES))


def mean_cpu(action: Callable[[], None]) -> float:
    """Return the mean CPU time of *action* in this thread, in seconds."""
    action()
    begin = time.thread_time()
    for _ in range(PROBES):
        action()
    return (time.thread_time() - begin) / PROBES


if __name__ == "__main__":
    main()
