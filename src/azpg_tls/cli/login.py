"""``azpg-tls login``: probe a server, and log in only if it has proved who it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from azpg_tls import admission, terms
from azpg_tls.check import another, judge
from azpg_tls.cli import entra, password
from azpg_tls.cli.asked import CLOCK, complete, connecting, exit_code, option, prepared
from azpg_tls.cli.output import STANDARD, on_terminal, show, style
from azpg_tls.cli.plan import plan
from azpg_tls.report import Severity
from azpg_tls.rules.login import Attempt
from azpg_tls.session import End, Failed

if TYPE_CHECKING:
    from azpg_tls.case import Case
    from azpg_tls.cli.password import Given
    from azpg_tls.cli.plan import Plan
    from azpg_tls.report import Report
    from azpg_tls.session import Session
    from azpg_tls.terms import Terms

FORMATS = ["text", "json", "csv"]


@click.command()
@click.argument("target", metavar="[TARGET]", required=False, shell_complete=complete)
@connecting(
    user="the operating system's user; with --entra the token's principal",
    dbname="the user's name; with --entra postgres",
    deadline="the probe, again for the login, and again for --command, which is cancelled then",
)
@option("--entra", is_flag=True, help="Log in with a token of Microsoft Entra ID.")
@entra.acquiring
@option("--command", metavar="SQL", help="Run one statement, read-only, and show its rows.")
@option("--write", is_flag=True, help="Let --command change something, and commit it.")
@option(
    "--require-auth",
    "PGREQUIREAUTH",
    metavar="METHODS",
    show_default="what the server asked the probe for; password with --entra alone",
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
    sslmode=verify-full, and the server says who one is there. It may be service=NAME too; without one, --env-file,
    PGSERVICE or PGHOST names it. The password comes from the service, PGPASSWORD, --env-file, the password file
    (PGPASSFILE, ~/.pgpass) or a prompt, or is a token (--entra); one in the TARGET is ignored.
    """
    if options["command"] is not None and not options["command"].strip():
        raise click.UsageError("--command is empty; give a statement, or leave it out.")
    if options["format"] == "csv" and not options["command"]:
        raise click.UsageError("csv holds the rows of a statement; give one with --command.")
    if options["write"] and not options["command"]:
        raise click.UsageError("--write is for a statement; give one with --command.")
    what = plan(target, options)
    with prepared(what.target, what.asked) as run:
        report = _logged_in(run(), what)
    _show(report, options["format"], options["output"])
    return exit_code([report.verdict], strict=options["strict"])


def _logged_in(case: Case, plan: Plan) -> Report:
    report = judge(case)
    reason = admission.hindrance(report, strict=plan.strict, client_certificate=bool(plan.wish.sslcert))
    if reason:
        return admission.not_tried(report, reason)
    target, given = case.observation.target, plan.given
    if plan.settings:
        given, user, found = entra.token_for(target, plan.settings, plan.kind, plan.given)
        report = admission.with_findings(report, found)
        if given is None or any(finding.severity is Severity.ERROR for finding in found):
            return report
        if plan.strict and found:
            return admission.not_tried(report, "a warning counts as a failure (--strict)")
        target = replace(target, user=user)
    seen = report.startup if target.user == case.observation.target.user else None
    agreed = terms.settled(seen, plan.wish)
    certificate = bool(plan.wish.sslcert)
    attempt = Attempt(
        target, token=plan.wish.token, write=plan.write, user_from=plan.user_from, certificate=certificate
    )
    refused = terms.objection(agreed, seen)
    if refused:
        return admission.with_login(report, attempt, refused)
    case = replace(case, observation=replace(case.observation, target=target))
    source, outcome = _tried(case, agreed, given, plan)
    return admission.with_login(report, replace(attempt, credential=source), outcome)


def _tried(case: Case, agreed: Terms, given: Given | None, plan: Plan) -> tuple[str | None, Session | Failed]:
    """Log in; return where the password came from, None if none was sent, and what became of it."""
    from azpg_tls import login as edge  # imported late: psycopg takes its time
    from azpg_tls import statement

    source = given.source if given else password.FILE
    if given is None:
        agreed = replace(agreed, wish=replace(agreed.wish, passfile=password.file(agreed.wish.passfile)))
    with edge.root_file(case.trust.anchors) as root_file:
        doubt = partial(another, case)
        enter = partial(edge.enter, case, agreed, root_file=root_file, timeout=plan.timeout, clock=CLOCK, doubt=doubt)
        opened = enter(given.secret if given else None)
        if isinstance(opened, Failed) and opened.end is End.NO_PASSWORD:
            source = password.PROMPT
            opened = enter(password.asked(case.observation.target))
        used = source if opened.used_password else None
        if isinstance(opened, Failed):
            return used, opened
        with opened:
            return used, statement.session(opened, plan.command, write=plan.write, timeout=plan.timeout, clock=CLOCK)


def _show(report: Report, form: str, output: Path | None) -> None:
    if form == "json":
        from azpg_tls.render.json import render

        show(render(report) + "\n", output)
    elif form == "csv" and report.login and report.login.rows:
        from azpg_tls.render.session import csv

        show(csv(report.login.rows, terminal=output in (None, STANDARD) and on_terminal()), output)
        if report.login.rows.left_out:
            click.echo(
                f"azpg-tls: {report.login.rows.left_out} more rows left out; LIMIT and OFFSET get them", err=True
            )
    else:
        from azpg_tls.render.text import render as as_text

        # Where rows were to be, there is nothing else: what went wrong is for the eyes.
        if form == "csv":
            click.echo(as_text(report, style()), nl=False, err=True)
        else:
            show(as_text(report, style()), output)
