"""``azpg-tls probe``: look at servers and say what is wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import time
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click import get_current_context
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from azpg_tls import anchors, pins, target
from azpg_tls.api import MAX_TIMEOUT
from azpg_tls.azure import CLOUDS
from azpg_tls.case import Case, dumps, loads
from azpg_tls.check import check, judge
from azpg_tls.cli.output import STANDARD, style, write
from azpg_tls.errors import InputError
from azpg_tls.network import DEFAULT_TIMEOUT, Clock
from azpg_tls.policy import MAX_DAYS, MAX_DEPTH, TLS_VERSIONS, Policy
from azpg_tls.render.escape import visible
from azpg_tls.report import Verdict
from azpg_tls.target import Target, TargetOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azpg_tls.report import Report

LAB = "lab:"
# The options that decide how one connects: a saved observation has its own.
CONNECTING = (
    "port", "hostaddr", "server_name", "no_sni", "cloud", "sslnegotiation", "user", "dbname", "no_startup", "timeout",
)  # fmt: skip
EXIT_CODES = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 1, Verdict.UNREACHABLE: 3}

CLOCK = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)


def _option(name: str, *libpq: str, **settings: Any) -> Callable[..., Any]:
    """Return an option that also reads AZPG_TLS_NAME and libpq's own variables."""
    own = "AZPG_TLS_" + name.lstrip("-").replace("-", "_").upper()
    return click.option(name, envvar=[own, *libpq], show_envvar=bool(libpq), **settings)


def _complete(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from azpg_tls.lab.scenarios import BY_NAME

    return [CompletionItem(LAB + name) for name in BY_NAME if (LAB + name).startswith(begun)]


def _pins(_ctx: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...] | None:
    return tuple(pins.parse(text) for text in texts) or None


def _min_tls(ctx: click.Context, parameter: click.Parameter, word: str | None) -> str | None:
    # libpq's variable may hold a version that nobody may use any more: whoever allows it allows TLS 1.2.
    allowed = ctx.get_parameter_source(str(parameter.name)) is ParameterSource.ENVIRONMENT
    if word is None or (allowed and word.lower() in ("", "tlsv1", "tlsv1.1")):
        return None
    known = {version.lower(): version for version in TLS_VERSIONS}
    if word.lower() not in known:
        raise click.BadParameter(f"'{word}' is not one of {', '.join(TLS_VERSIONS)}.")
    return known[word.lower()]


@dataclass(frozen=True)
class Asked:
    """What the command line and the environment say; None where they say nothing."""

    port: int | None
    hostaddr: str | None
    server_name: str | None
    no_sni: bool
    sslrootcert: str | None
    cloud: str | None
    sslnegotiation: str | None
    min_tls: str | None
    max_depth: int | None
    expect_issuer: str | None
    pin: tuple[str, ...] | None
    expires_within: int | None
    user: str | None
    dbname: str | None
    no_startup: bool
    timeout: float | None

    def target_options(self) -> TargetOptions:
        """Return what is said of every target."""
        return TargetOptions(
            port=self.port,
            hostaddr=self.hostaddr or "",
            server_name=self.server_name or "",
            sni=not self.no_sni,
            sslnegotiation=self.sslnegotiation or "",
            user=self.user or "",
            dbname=self.dbname or "",
            startup=not self.no_startup,
            cloud=self.cloud,
            host=os.environ.get("PGHOST", ""),
        )

    def policy(self, base: Policy) -> Policy:
        """Return *base* with what was demanded on the command line in the place of its own."""
        demanded = {
            "min_tls": self.min_tls,
            "max_depth": self.max_depth,
            "expect_issuer": self.expect_issuer,
            "pins": self.pin,
            "expires_within": self.expires_within,
        }
        return replace(base, **{name: value for name, value in demanded.items() if value is not None})  # type: ignore[arg-type]


@click.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, shell_complete=_complete)
@_option(
    "--port", "PGPORT", type=click.IntRange(1, 65535), show_default="5432", help="Port; 6432 is Azure's PgBouncer."
)
@_option("--hostaddr", "PGHOSTADDR", metavar="IP", help="Connect there, but verify the host's name.")
@_option("--server-name", metavar="NAME", help="Verify this name, and send it as SNI.")
@_option("--no-sni", is_flag=True, help="Send no SNI.")
@_option(
    "--sslrootcert",
    "PGSSLROOTCERT",
    metavar="FILE",
    show_default="bundle",
    help="Trust anchors: a file, or bundle, system, certifi.",
)
@_option("--cloud", type=click.Choice(list(CLOUDS)), help="Azure cloud: the bundle's profile and the DNS suffix.")
@_option(
    "--sslnegotiation",
    "PGSSLNEGOTIATION",
    type=click.Choice(target.SSLNEGOTIATIONS),
    show_default="postgres",
    help="direct begins with TLS, as PostgreSQL 17 allows.",
)
@_option(
    "--min-tls",
    "PGSSLMINPROTOCOLVERSION",
    metavar="|".join(TLS_VERSIONS),
    callback=_min_tls,
    show_default="TLSv1.2",
    help="Lowest acceptable version of TLS.",
)
@_option("--max-depth", type=click.IntRange(0, MAX_DEPTH), show_default="no limit", help="Most intermediates allowed.")
@_option("--expect-issuer", metavar="TEXT", help="The issuing CA's common name must contain this.")
@_option("--pin", metavar="sha256/BASE64", multiple=True, callback=_pins, help="One of these keys must be in the path.")
@_option(
    "--expires-within",
    type=click.IntRange(0, MAX_DAYS),
    metavar="DAYS",
    show_default="14",
    help="Warn below this many days of validity.",
)
@_option("--user", "PGUSER", metavar="NAME", show_default=target.DEFAULT_USER, help="User in the StartupMessage.")
@_option("--dbname", "PGDATABASE", metavar="NAME", show_default="postgres, or the user's name", help="Database.")
@_option("--no-startup", is_flag=True, help="Stop after TLS.")
@_option(
    "--timeout",
    type=click.FloatRange(0, MAX_TIMEOUT, min_open=True),
    metavar="SECONDS",
    show_default=f"{DEFAULT_TIMEOUT:g}",
    help="Deadline for one target, everything included.",
)
@_option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the report.")
@_option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report there.")
@_option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write down what was observed.")
@_option(
    "--replay", type=click.Path(path_type=Path, dir_okay=False), help="Judge a saved observation; connect nowhere."
)
@_option("--strict", is_flag=True, help="Warnings count as failures.")
def probe(targets: tuple[str, ...], **options: Any) -> int:
    """Probe PostgreSQL servers over TLS, before any login, and name the one cause of what fails.

    A TARGET is host, host:port, [v6]:port, a postgresql:// URI, a libpq connection string, a bare server name with
    --cloud, or lab:SCENARIO. Without one, PGHOST is probed. What a target's own text says wins over options, and
    options win over the environment. No password is ever sent; one in a TARGET is ignored.
    """
    asked = Asked(**{field.name: options[field.name] for field in fields(Asked)})
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


def exit_code(verdicts: list[Verdict], *, strict: bool) -> int:
    """Return the exit code: the worst target wins, and a failure is worse than not being reached."""
    codes = {1 if strict and verdict is Verdict.WARN else EXIT_CODES[verdict] for verdict in verdicts}
    return next(code for code in (1, 3, 0) if code in codes)


def _observed(targets: tuple[str, ...], asked: Asked) -> Iterator[Case]:
    texts = targets or _from_environment()
    # Everything is read before anything is probed: a mistake in the last target costs no time-out of the first.
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(_prepared(text, asked)) for text in texts]
        for run in probes:
            yield run()


def _from_environment() -> tuple[str, ...]:
    host = os.environ.get("PGHOST") or os.environ.get("PGHOSTADDR")
    if not host:
        raise click.UsageError("Name a TARGET, or set PGHOST.")
    return (host,)


@contextlib.contextmanager
def _prepared(text: str, asked: Asked) -> Iterator[Callable[[], Case]]:
    if text.startswith(LAB):
        with _laboratory(text, asked) as run:
            yield run
        return
    parsed = target.parse(text, asked.target_options())
    named = target.sslrootcert_of(text) or asked.sslrootcert or "bundle"
    trust = anchors.load(named, parsed.cloud or "public")
    policy = asked.policy(Policy())
    yield lambda: check(parsed, trust, policy, timeout=asked.timeout or DEFAULT_TIMEOUT, clock=CLOCK)


@contextlib.contextmanager
def _laboratory(text: str, asked: Asked) -> Iterator[Callable[[], Case]]:
    from azpg_tls.lab.running import running
    from azpg_tls.lab.scenarios import BY_NAME

    name = text.removeprefix(LAB)
    if name not in BY_NAME:
        meant = get_close_matches(name, BY_NAME, 1)
        hint = f"is '{meant[0]}' meant?" if meant else "see: azpg-tls lab list"
        raise InputError(f"the laboratory has no scenario '{visible(name)}'; {hint}")
    with running(BY_NAME[name], CLOCK.now()) as server:
        setup = server.setup
        # The laboratory is on loopback, wherever PGPORT and PGHOSTADDR point.
        options = replace(asked.target_options(), port=None, hostaddr="")
        parsed: Target = replace(target.parse(server.conninfo, options), input=text)
        trust = anchors.load(asked.sslrootcert, "public") if asked.sslrootcert else setup.trust(name)
        timeout = asked.timeout or setup.timeout
        policy = asked.policy(setup.policy)
        yield lambda: check(parsed, trust, policy, timeout=timeout, clock=CLOCK, resolver=setup.resolver)


def _replayed(file: Path, targets: tuple[str, ...], asked: Asked) -> Iterator[Case]:
    if targets:
        raise click.UsageError("--replay judges what was saved; it takes no TARGET.")
    for name in CONNECTING:
        if get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--replay connects nowhere; it takes no --{name.replace('_', '-')}.")
    try:
        text = sys.stdin.read() if file == STANDARD else file.read_text("utf-8")
    except OSError as error:
        raise InputError(f"'{file}' cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"'{file}' is no saved observation: not UTF-8") from None
    for case in loads(text, str(file)):
        profile = case.observation.target.cloud or "public"
        trust = anchors.load(asked.sslrootcert, profile) if asked.sslrootcert else case.trust
        yield replace(case, trust=trust, policy=asked.policy(case.policy))
