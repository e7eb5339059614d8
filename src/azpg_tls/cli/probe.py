"""``azpg-tls probe``: look at servers and say what is wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sys
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from azpg_tls import anchors, pins, target
from azpg_tls.azure import CLOUDS
from azpg_tls.case import Case, dumps, loads
from azpg_tls.check import check, judge
from azpg_tls.errors import InputError
from azpg_tls.network import Clock
from azpg_tls.policy import TLS_VERSIONS, Policy
from azpg_tls.report import Verdict
from azpg_tls.target import Target, TargetOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azpg_tls.report import Report

LAB = "lab:"
DEFAULT_TIMEOUT = 10.0  # seconds
MAX_TIMEOUT = 3600.0
EXIT_CODES = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 1, Verdict.UNREACHABLE: 3}

CLOCK = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)


def _option(name: str, *libpq: str, **settings: Any) -> Callable[..., Any]:
    """Return an option that also reads AZPG_TLS_NAME and libpq's own variables."""
    own = "AZPG_TLS_" + name.lstrip("-").replace("-", "_").upper()
    return click.option(name, envvar=[own, *libpq], show_envvar=bool(libpq), **settings)


def _pins(_ctx: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...] | None:
    return tuple(pins.parse(text) for text in texts) or None


def _min_tls(_ctx: click.Context, _parameter: click.Parameter, word: str | None) -> str | None:
    # libpq also knows the versions that nobody may use any more: whoever allows them allows TLS 1.2.
    if word is None or word.lower() in ("", "tlsv1", "tlsv1.1"):
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
@click.argument("targets", metavar="TARGET...", nargs=-1)
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
@_option("--max-depth", type=click.IntRange(0, 100), show_default="no limit", help="Most intermediates allowed.")
@_option("--expect-issuer", metavar="TEXT", help="The issuing CA's common name must contain this.")
@_option("--pin", metavar="sha256/BASE64", multiple=True, callback=_pins, help="One of these keys must be in the path.")
@_option(
    "--expires-within",
    type=click.IntRange(0, 36500),
    metavar="DAYS",
    show_default="14",
    help="Warn below this many days of validity.",
)
@_option("--user", "PGUSER", metavar="NAME", show_default=target.DEFAULT_USER, help="User in the StartupMessage.")
@_option("--dbname", "PGDATABASE", metavar="NAME", show_default=target.DEFAULT_DBNAME, help="Database, likewise.")
@_option("--no-startup", is_flag=True, help="Stop after TLS.")
@_option(
    "--timeout",
    type=click.FloatRange(0, MAX_TIMEOUT, min_open=True),
    metavar="SECONDS",
    show_default="10",
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
    cases = _replayed(options["replay"], targets, asked) if options["replay"] else _observed(targets, asked)
    reports = [judge(case) for case in cases]
    if options["save"]:
        _write(options["save"], dumps(cases))
    shown = _rendered(reports, options["format"], terminal=options["output"] is None)
    if options["output"]:
        _write(options["output"], shown)
    else:
        click.echo(shown, nl=False, color=True)
    return exit_code([report.verdict for report in reports], strict=options["strict"])


def exit_code(verdicts: list[Verdict], *, strict: bool) -> int:
    """Return the exit code: the worst target wins, and a failure is worse than not being reached."""
    codes = {1 if strict and verdict is Verdict.WARN else EXIT_CODES[verdict] for verdict in verdicts}
    return next(code for code in (1, 3, 0) if code in codes)


def _observed(targets: tuple[str, ...], asked: Asked) -> list[Case]:
    texts = targets or _from_environment()
    # Everything is read before anything is probed: a mistake in the last target costs no time-out of the first.
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(_prepared(text, asked)) for text in texts]
        return [run() for run in probes]


def _from_environment() -> tuple[str, ...]:
    import os

    host = os.environ.get("PGHOST")
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
        raise InputError(f"the laboratory has no scenario '{name}'; see: azpg-tls lab list")
    with running(BY_NAME[name], CLOCK.now()) as server:
        setup = server.setup
        # The laboratory is on loopback, wherever PGPORT and PGHOSTADDR point.
        options = replace(asked.target_options(), port=None, hostaddr="")
        parsed: Target = replace(target.parse(server.conninfo, options), input=text)
        trust = anchors.load(asked.sslrootcert, "public") if asked.sslrootcert else setup.trust(name)
        timeout = asked.timeout or setup.timeout
        policy = asked.policy(setup.policy)
        yield lambda: check(parsed, trust, policy, timeout=timeout, clock=CLOCK, resolver=setup.resolver)


def _replayed(file: Path, targets: tuple[str, ...], asked: Asked) -> list[Case]:
    if targets:
        raise click.UsageError("--replay judges what was saved; it takes no TARGET.")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"'{file}' cannot be read: {error}") from None
    cases = []
    for case in loads(text, str(file)):
        profile = case.observation.target.cloud or "public"
        trust = anchors.load(asked.sslrootcert, profile) if asked.sslrootcert else case.trust
        cases.append(replace(case, trust=trust, policy=asked.policy(case.policy)))
    return cases


def _rendered(reports: list[Report], form: str, *, terminal: bool) -> str:
    if form == "json":
        from azpg_tls.render.json import render_all

        return render_all(reports) + "\n"
    from azpg_tls.render import text

    return text.render_all(reports, _style() if terminal else text.Style())


def _style() -> Any:
    import os

    from azpg_tls.render.text import Style

    if not sys.stdout.isatty():
        return Style()
    colored = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(min(shutil.get_terminal_size().columns, 120), colored)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"'{file}' cannot be written: {error.strerror}") from None
