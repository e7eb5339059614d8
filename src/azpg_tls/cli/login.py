"""``azpg-tls login``: probe a server, and log in only if it has proved who it is."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from azpg_tls import admission, terms
from azpg_tls.admission import Attempt
from azpg_tls.check import judge
from azpg_tls.cli import password
from azpg_tls.cli.asked import CLOCK, Asked, complete, connecting, exit_code, from_environment, option, prepared
from azpg_tls.cli.output import show, style
from azpg_tls.network import DEFAULT_TIMEOUT
from azpg_tls.session import End, Failed
from azpg_tls.terms import Terms, Wish

if TYPE_CHECKING:
    from azpg_tls.case import Case
    from azpg_tls.login import Opened
    from azpg_tls.report import Report
    from azpg_tls.secret import Secret
    from azpg_tls.session import Session

FORMATS = ["text", "json", "csv"]


@click.command()
@click.argument("target", metavar="TARGET", required=False, shell_complete=complete)
@connecting
@option("--command", metavar="SQL", help="Run one statement, read-only, and show its rows.")
@option("--write", is_flag=True, help="Let --command change something, and commit it.")
@option(
    "--require-auth",
    "PGREQUIREAUTH",
    metavar="METHODS",
    show_default="what the server asked the probe for, but never password",
    help="Acceptable methods, in libpq's words; password is the one in clear.",
)
@option(
    "--channel-binding",
    "PGCHANNELBINDING",
    type=click.Choice(terms.CHANNEL_BINDING),
    show_default="require where the server offers it, else prefer",
    help="Bind the login to the TLS connection.",
)
@option("--sslcert", "PGSSLCERT", metavar="FILE", help="Client certificate (PEM).")
@option("--sslkey", "PGSSLKEY", metavar="FILE", help="The key of the client certificate (PEM).")
@option(
    "--format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Form of the report; csv is the rows of --command alone.",
)
@option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report there.")
@option("--strict", is_flag=True, help="Warnings count as failures: then nothing secret is sent.")
def login(target: str | None, **options: Any) -> int:
    """Log in to a PostgreSQL server, once it has proved who it is.

    The TARGET is probed as `azpg-tls probe` does. If that finds nothing wrong, libpq logs in at the same address with
    sslmode=verify-full, and the server says who one is there. The password comes from PGPASSWORD, the password file
    (PGPASSFILE, ~/.pgpass) or a prompt; one in the TARGET is ignored.
    """
    if options["format"] == "csv" and not options["command"]:
        raise click.UsageError("csv holds the rows of a statement; give one with --command.")
    asked = Asked.read(options)
    asked = replace(asked, user=asked.user or _system_user())
    asked_for = (options[word] or "" for word in ("require_auth", "channel_binding", "sslcert", "sslkey"))
    wish = Wish(*asked_for)  # type: ignore[arg-type]
    doing = _Doing(options["command"] or "", options["write"], asked.timeout or DEFAULT_TIMEOUT)
    with prepared(target or from_environment()[0], asked) as run:
        report = _logged_in(run(), wish, doing, strict=options["strict"])
    _show(report, options["format"], options["output"])
    return exit_code([report.verdict], strict=options["strict"])


@dataclass(frozen=True)
class _Doing:
    """What is done once logged in, and in how many seconds the login has to be done."""

    command: str
    write: bool
    timeout: float


def _system_user() -> str:
    """Return libpq's default: the name of the operating system's user."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise click.UsageError("This system has no name for its user; give --user NAME.") from None


def _logged_in(case: Case, wish: Wish, doing: _Doing, *, strict: bool) -> Report:
    report = judge(case)
    reason = admission.hindrance(report, strict=strict, client_certificate=bool(wish.sslcert))
    if reason:
        return admission.not_tried(report, reason)
    agreed = terms.settled(report.startup, wish)
    attempt = Attempt(case.observation.target, write=doing.write)
    refused = terms.objection(agreed, report.startup)
    if refused:
        return admission.with_login(report, attempt, refused)
    credential, outcome = _tried(case, agreed, doing)
    return admission.with_login(report, replace(attempt, credential=credential), outcome)


def _tried(case: Case, agreed: Terms, doing: _Doing) -> tuple[str | None, Session | Failed]:
    """Log in; return where the password came from, None if none was sent, and what became of it."""
    from azpg_tls import login as edge  # imported late: psycopg takes its time

    secret = password.given()
    source = password.VARIABLE if secret else password.FILE
    if not secret:
        agreed = replace(agreed, wish=replace(agreed.wish, passfile=password.file()))
    with edge.root_file(case.trust.anchors) as root_file:

        def enter(secret: Secret | None) -> Opened | Failed:
            return edge.enter(case, agreed, secret, root_file=root_file, timeout=doing.timeout, clock=CLOCK)

        opened = enter(secret)
        if isinstance(opened, Failed) and opened.end is End.NO_PASSWORD:
            source = password.PROMPT
            opened = enter(password.asked(case.observation.target))
        used = source if opened.used_password else None
        if isinstance(opened, Failed):
            return used, opened
        with opened:
            return used, edge.session(opened, doing.command, write=doing.write, timeout=doing.timeout, clock=CLOCK)


def _show(report: Report, form: str, output: Path | None) -> None:
    if form == "json":
        from azpg_tls.render.json import render

        show(render(report) + "\n", output)
    elif form == "csv" and report.login and report.login.rows:
        from azpg_tls.render.session import csv

        show(csv(report.login.rows), output)
    else:
        from azpg_tls.render.text import render as as_text

        # Where rows were to be, there is nothing else: what went wrong is for the eyes.
        if form == "csv":
            click.echo(as_text(report, style()), nl=False, err=True)
        else:
            show(as_text(report, style()), output)
