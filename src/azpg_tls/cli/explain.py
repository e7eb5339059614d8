"""``azpg-tls explain``: the page of a finding code."""

from __future__ import annotations

import rich_click as click

from azpg_tls.errors import InputError
from azpg_tls.render import page
from azpg_tls.rules import BY_CODE, RULES


@click.command()
@click.argument("code", required=False)
@click.option("--list", "listed", is_flag=True, help="Show every code with its title.")
def explain(code: str | None, listed: bool) -> None:
    """Show what a finding CODE means, why it happens, and what to do."""
    if listed:
        click.echo(page.catalogue(RULES), nl=False)
        return
    if code is None:
        raise click.UsageError("Name a CODE, or use --list.")
    if code not in BY_CODE:
        raise InputError(f"'{code}' is no finding code; see: azpg-tls explain --list")
    click.echo(page.page(BY_CODE[code]), nl=False)
