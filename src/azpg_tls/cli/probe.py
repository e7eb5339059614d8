"""``azpg-tls probe``: look at servers and say what is wrong."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click import get_current_context
from click.core import ParameterSource

from azpg_tls import anchors
from azpg_tls.case import Case, dumps, loads
from azpg_tls.check import judge
from azpg_tls.cli.asked import Asked, complete, connecting, exit_code, from_environment, option, prepared
from azpg_tls.cli.output import STANDARD, standard_input, style, write
from azpg_tls.errors import InputError
from azpg_tls.target import DEFAULT_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azpg_tls.report import Report

# The options that decide how one connects: a saved observation has its own.
CONNECTING = (
    "port", "hostaddr", "server_name", "no_sni", "cloud", "sslnegotiation", "user", "dbname", "no_startup", "timeout",
)  # fmt: skip


@click.command()
@click.argument("targets", metavar="[TARGET...]", nargs=-1, shell_complete=complete)
@connecting(user=DEFAULT_USER, dbname="postgres, or the user's name", deadline="one target, everything included")
@option("--no-startup", is_flag=True, help="Stop after TLS.")
@option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the report.")
@option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report there.")
@option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write down what was observed.")
@option("--replay", type=click.Path(path_type=Path, dir_okay=False), help="Judge a saved observation; connect nowhere.")
@option("--strict", is_flag=True, help="Warnings count as failures.")
def probe(targets: tuple[str, ...], **options: Any) -> int:
    """Probe PostgreSQL servers over TLS, before any login, and name the one cause of what fails.

    A TARGET is host, host:port, [v6]:port, a postgresql:// URI, a libpq connection string, a bare server name with
    --cloud, or lab:SCENARIO. Without one, PGHOST is probed. What a target's own text says wins over options, and
    options win over the environment. No password is ever sent; one in a TARGET is ignored.
    """
    asked = Asked.read(options)
    if options["save"] == STANDARD:
        raise click.UsageError("Standard output holds the report; give --save a file.")
    show = _Shown(options["format"], options["output"])
    cases, reports = [], []
    for case in _replayed(options["replay"], targets, asked) if options["replay"] else _observed(targets, asked):
        cases.append(case)
        reports.append(judge(case))
        show.one(reports[-1])
    show.all(reports)
    if options["save"]:
        write(options["save"], dumps(cases))
    return exit_code([report.verdict for report in reports], strict=options["strict"])


class _Shown:
    """Where the reports go: as text each to the terminal when it is there, else all together at the end."""

    def __init__(self, form: str, output: Path | None) -> None:
        self._form = form
        self._file = None if output in (None, STANDARD) else output
        self._count = 0

    def one(self, report: Report) -> None:
        if self._form == "text" and self._file is None:
            from azpg_tls.render import text

            form = style()
            click.echo((text.rule(form) if self._count else "") + text.render(report, form), nl=False, color=True)
            self._count += 1

    def all(self, reports: list[Report]) -> None:
        if self._form == "json":
            from azpg_tls.render.json import render_all
        elif self._file is not None:
            from azpg_tls.render.text import render_all
        else:
            return
        if self._file is None:
            click.echo(render_all(reports))
        else:
            write(self._file, render_all(reports) + ("\n" if self._form == "json" else ""))


def _observed(targets: tuple[str, ...], asked: Asked) -> Iterator[Case]:
    texts = targets or from_environment()
    # Everything is read before anything is probed: a mistake in the last target costs no time-out of the first.
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(prepared(text, asked)) for text in texts]
        for run in probes:
            yield run()


def _replayed(file: Path, targets: tuple[str, ...], asked: Asked) -> Iterator[Case]:
    if targets:
        raise click.UsageError("--replay judges what was saved; it takes no TARGET.")
    for name in CONNECTING:
        if get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--replay connects nowhere; it takes no --{name.replace('_', '-')}.")
    try:
        text = standard_input().decode("utf-8") if file == STANDARD else file.read_text("utf-8")
    except OSError as error:
        raise InputError(f"'{file}' cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"'{file}' is no saved observation: not UTF-8") from None
    for case in loads(text, str(file)):
        profile = case.observation.target.cloud or "public"
        trust = anchors.load(asked.sslrootcert, profile) if asked.sslrootcert else case.trust
        yield replace(case, trust=trust, policy=asked.policy(case.policy))
