"""What the command line and the environment say of connecting: the part that `probe` and `login` share."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from azpg_tls import anchors, pins, target
from azpg_tls.api import MAX_TIMEOUT
from azpg_tls.azure import CLOUDS
from azpg_tls.check import check
from azpg_tls.errors import InputError
from azpg_tls.network import DEFAULT_TIMEOUT, Clock
from azpg_tls.policy import MAX_DAYS, MAX_DEPTH, TLS_VERSIONS, Policy
from azpg_tls.render.escape import visible
from azpg_tls.report import Verdict
from azpg_tls.target import Target, TargetOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from azpg_tls.case import Case

LAB = "lab:"
EXIT_CODES = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 1, Verdict.UNREACHABLE: 3}

CLOCK = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)


def option(name: str, *libpq: str, **settings: Any) -> Callable[..., Any]:
    """Return an option that also reads AZPG_TLS_NAME and libpq's own variables."""
    own = "AZPG_TLS_" + name.lstrip("-").replace("-", "_").upper()
    return click.option(name, envvar=[own, *libpq], show_envvar=bool(libpq), **settings)


def complete(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the scenarios of the laboratory that begin so."""
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
    timeout: float | None
    no_startup: bool = False

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Asked:
        """Return what *options*, as click hands them over, say of connecting."""
        return cls(**{field.name: options[field.name] for field in fields(cls) if field.name in options})

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


OPTIONS = (
    option(
        "--port", "PGPORT", type=click.IntRange(1, 65535), show_default="5432", help="Port; 6432 is Azure's PgBouncer."
    ),
    option("--hostaddr", "PGHOSTADDR", metavar="IP", help="Connect there, but verify the host's name."),
    option("--server-name", metavar="NAME", help="Verify this name, and send it as SNI."),
    option("--no-sni", is_flag=True, help="Send no SNI."),
    option(
        "--sslrootcert",
        "PGSSLROOTCERT",
        metavar="FILE",
        show_default="bundle",
        help="Trust anchors: a file, or bundle, system, certifi.",
    ),
    option("--cloud", type=click.Choice(list(CLOUDS)), help="Azure cloud: the bundle's profile and the DNS suffix."),
    option(
        "--sslnegotiation",
        "PGSSLNEGOTIATION",
        type=click.Choice(target.SSLNEGOTIATIONS),
        show_default="postgres",
        help="direct begins with TLS, as PostgreSQL 17 allows.",
    ),
    option(
        "--min-tls",
        "PGSSLMINPROTOCOLVERSION",
        metavar="|".join(TLS_VERSIONS),
        callback=_min_tls,
        show_default="TLSv1.2",
        help="Lowest acceptable version of TLS.",
    ),
    option(
        "--max-depth", type=click.IntRange(0, MAX_DEPTH), show_default="no limit", help="Most intermediates allowed."
    ),
    option("--expect-issuer", metavar="TEXT", help="The issuing CA's common name must contain this."),
    option(
        "--pin", metavar="sha256/BASE64", multiple=True, callback=_pins, help="One of these keys must be in the path."
    ),
    option(
        "--expires-within",
        type=click.IntRange(0, MAX_DAYS),
        metavar="DAYS",
        show_default="14",
        help="Warn below this many days of validity.",
    ),
)


def connecting(*, user: str, dbname: str, deadline: str) -> Callable[..., Any]:
    """Return what gives a command the options of connecting: in words, its default names, and what has a *deadline*."""
    of_command = (
        option("--user", "PGUSER", metavar="NAME", show_default=user, help="User in the StartupMessage."),
        option("--dbname", "PGDATABASE", metavar="NAME", show_default=dbname, help="Database."),
        option(
            "--timeout",
            type=click.FloatRange(0, MAX_TIMEOUT, min_open=True),
            metavar="SECONDS",
            show_default=f"{DEFAULT_TIMEOUT:g}",
            help=f"Deadline for {deadline}.",
        ),
    )

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed((*OPTIONS, *of_command)):
            command = each(command)
        return command

    return decorated


def exit_code(verdicts: list[Verdict], *, strict: bool) -> int:
    """Return the exit code: the worst target wins, and a failure is worse than not being reached."""
    codes = {1 if strict and verdict is Verdict.WARN else EXIT_CODES[verdict] for verdict in verdicts}
    return next(code for code in (1, 3, 0) if code in codes)


def from_environment() -> tuple[str, ...]:
    """Return the target that libpq's variables name."""
    host = os.environ.get("PGHOST") or os.environ.get("PGHOSTADDR")
    if not host:
        raise click.UsageError("Name a TARGET, or set PGHOST.")
    return (host,)


@contextlib.contextmanager
def prepared(text: str, asked: Asked) -> Iterator[Callable[[], Case]]:
    """Read the target *text* and yield what probes it; a laboratory's server runs until the block is left."""
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
