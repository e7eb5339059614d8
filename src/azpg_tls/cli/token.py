"""``azpg-tls token``: get an Entra token for PostgreSQL, or read one, and say what follows from it."""

from __future__ import annotations

import codecs
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from azpg_tls.api import MAX_TIMEOUT
from azpg_tls.azure import CLOUDS
from azpg_tls.cli import entra as options
from azpg_tls.cli.asked import CLOCK, EXIT_CODES, option
from azpg_tls.cli.output import STANDARD, show, standard_input, style
from azpg_tls.credential import Kind
from azpg_tls.errors import InputError
from azpg_tls.rules.token import Login
from azpg_tls.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azpg_tls.credential import Settings
    from azpg_tls.tokenreport import TokenReport

LARGEST = 1024 * 1024  # bytes of what is inspected; what is beyond makes it no token


@click.command()
@click.option(
    "--inspect",
    type=click.Path(path_type=Path, dir_okay=False),
    is_flag=False,
    flag_value=str(STANDARD),
    metavar="[FILE|-]",
    help="Read a token from there, - or nothing for standard input; ask nobody for one.",
)
@click.option("--raw", is_flag=True, help="Print the token itself, for a program to read. It is a secret.")
@option("--cloud", type=click.Choice(list(CLOUDS)), show_default="public, or the server's", help="Azure cloud.")
@option("--user", "PGUSER", metavar="NAME", help="User name of the login: does it fit the token?")
@option("--port", "PGPORT", type=click.IntRange(1, 65535), show_default="5432", help="Port; 6432 is Azure's PgBouncer.")
@options.acquiring
@option(
    "--timeout",
    type=click.FloatRange(0, MAX_TIMEOUT, min_open=True),
    metavar="SECONDS",
    show_default="30; 900 for a device code",
    help="Deadline for the token.",
)
@option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the report.")
def token(inspect: Path | None, raw: bool, **given: Any) -> int:
    """Get an Entra token for Azure's PostgreSQL servers and show whose it is, or inspect one. No server is asked.

    The credential is what is configured: AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_SECRET or
    AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE, a managed identity, or the Azure CLI. The token is not
    shown without --raw: PGPASSWORD="$(azpg-tls token --raw)".
    """
    if raw and (inspect or given["format"] == "json"):
        raise click.UsageError("--raw prints a new token and nothing else: neither --inspect nor --format json.")
    file = options.file_values(given["env_file"])
    settings = options.settings(file)
    cloud = options.cloud_of(given["cloud"], file, settings)
    user = given["user"] or file.get("CLIENT_NAME")
    login = Login(cloud or "public", CLOCK.now(), user, given["port"] or 5432, _tenant(settings))
    if inspect is not None:
        report = _inspected(inspect, login, given=cloud is not None)
    else:
        report, held = _acquired(login, settings, given)
        if raw and held is not None:
            return _raw(held, report)
    _show(report, given["format"])
    return EXIT_CODES[report.verdict]


def _tenant(settings: Settings) -> str | None:
    """Return the tenant's id, which a token's claim can be compared with; a domain cannot."""
    return settings.tenant if settings.tenant.count("-") == 4 else None


def _inspected(file: Path, login: Login, *, given: bool) -> TokenReport:
    from azpg_tls import tokenreport

    held = _read(file)
    if not given:
        login = replace(login, cloud=tokenreport.cloud_of(held) or login.cloud)
    return tokenreport.judge(held, login, "standard input" if file == STANDARD else str(file))


def _read(file: Path) -> Secret:
    if file.name.startswith("eyJ") and file.name.count(".") > 1:
        raise InputError("a token on the command line is seen by every process: give it on standard input, or a file")
    try:
        if file == STANDARD:
            data = standard_input(LARGEST)
        else:
            with file.open("rb") as opened:
                data = opened.read(LARGEST)
    except OSError as error:
        raise InputError(f"'{file}' cannot be read: {error.strerror}") from None
    # PowerShell's > writes UTF-16. A line end is a text file's or a pipe's; no program passes it on.
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    return Secret(data.decode(encoding, "replace").removesuffix("\n").removesuffix("\r"))


def _acquired(login: Login, settings: Settings, given: Mapping[str, Any]) -> tuple[TokenReport, Secret | None]:
    from azpg_tls import entra, tokenreport

    kind = Kind(given["credential"]) if given["credential"] else None
    try:
        held = entra.acquire(login.cloud, settings, kind, timeout=given["timeout"], prompt=_prompt)
    except entra.NotAcquiredError as error:
        return tokenreport.refused(error.failures, login, "no token"), None
    return tokenreport.judge(held.secret, replace(login, at=CLOCK.now()), held.kind), held.secret


def _prompt(words: str) -> None:
    click.echo(f"azpg-tls: {words}", err=True)


def _raw(held: Secret, report: TokenReport) -> int:
    if sys.stdout.isatty():
        _prompt("warning: what follows is a secret, and stays in the terminal's scrollback")
    for finding in report.findings:
        _prompt(f"{finding.severity.value}: {finding.detail}")
    click.echo(held.reveal())
    return EXIT_CODES[report.verdict]


def _show(report: TokenReport, form: str) -> None:
    from azpg_tls.render import token as rendering

    show(rendering.to_json(report) + "\n" if form == "json" else rendering.render(report, style()), None)
