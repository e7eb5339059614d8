"""``azpg-tls lab``: servers that are wrong on purpose."""

from __future__ import annotations

import contextlib
import datetime as dt
import shlex
import signal
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls import conninfo
from azpg_tls.errors import InputError
from azpg_tls.lab.running import running
from azpg_tls.lab.scenarios import BY_NAME, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from azpg_tls.lab.running import Running
    from azpg_tls.lab.scenario import Scenario

_MAX_PORT = 65535
_COLUMNS = 79
_STOP = {signal.SIGINT, signal.SIGTERM}


@click.group()
def lab() -> None:
    """Run PostgreSQL endpoints on loopback, each of which is wrong in exactly one way."""


@lab.command("list")
def list_scenarios() -> None:
    """List the scenarios: name, finding codes, and what is wrong."""
    for scenario in SCENARIOS:
        click.echo(_described(scenario))


@lab.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--port", type=click.IntRange(1, _MAX_PORT), help="The first server's port; the others' follow it.")
def serve(names: tuple[str, ...], port: int | None) -> None:
    """Run scenarios until Ctrl-C, all that have a server if none is named, and say how to reach each.

    Any client can be pointed at them. Nobody can log in: a client that accepts a server is refused by it.
    """
    scenarios = [_named(name) for name in dict.fromkeys(names)] or [one for one in SCENARIOS if one.has_server]
    ports = _ports(port, len(scenarios))
    with (
        _until_stopped(),
        tempfile.TemporaryDirectory(prefix="azpg-tls-lab-") as directory,
        contextlib.ExitStack() as servers,
    ):
        for scenario, wanted in zip(scenarios, ports, strict=True):
            server = servers.enter_context(_serving(scenario, wanted))
            root_file = Path(directory, f"{scenario.name}.pem")
            root_file.write_bytes(server.setup.root.public_bytes(Encoding.PEM))
            click.echo(_invitation(server, root_file))
        click.echo("Ctrl-C stops the laboratory.")
        signal.sigwait(_STOP)
    raise KeyboardInterrupt


@contextlib.contextmanager
def _until_stopped() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM within the block, so that neither leaves anything behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _serving(scenario: Scenario, port: int) -> Iterator[Running]:
    server = running(scenario, dt.datetime.now(dt.UTC), port)
    with contextlib.ExitStack() as cleanup:
        try:
            entered = cleanup.enter_context(server)
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"port {port} of 127.0.0.1 cannot be had: {reason}; give another --port") from None
        yield entered


def _named(name: str) -> Scenario:
    if name not in BY_NAME:
        raise InputError(f"the laboratory has no scenario '{name}'; see: azpg-tls lab list")
    return BY_NAME[name]


def _ports(first: int | None, count: int) -> Sequence[int]:
    """Return a port for each server; 0 stands for any free one."""
    if first is None:
        return [0] * count
    if first + count - 1 > _MAX_PORT:
        raise InputError(f"{count} servers need {count} ports; give a --port of {_MAX_PORT - count + 1} at most")
    return range(first, first + count)


def _described(scenario: Scenario) -> str:
    at_login = f"{scenario.login} at a login" if scenario.login else ""
    codes = ", ".join(filter(None, (*scenario.codes, at_login))) or "nothing is wrong"
    return f"{scenario.name}\n{_wrapped(f'{codes}: {scenario.title}')}"


def _invitation(server: Running, root_file: Path) -> str:
    words = {name: word for name, word in server.words.items() if word}
    verified = conninfo.write(words | {"sslmode": "verify-full", "sslrootcert": str(root_file)})
    where = f"host {words['host']}, port {words['port']}, root file {root_file}"
    return f"{_described(server.scenario)}\n  {where}\n  psql {shlex.quote(verified)}\n"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _COLUMNS, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
