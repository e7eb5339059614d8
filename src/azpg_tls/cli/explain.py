"""``azpg-tls explain``: the page of a finding code."""

from __future__ import annotations

import shutil
from difflib import get_close_matches

import rich_click as click
from click.shell_completion import CompletionItem

from azpg_tls.errors import InputError
from azpg_tls.render import page
from azpg_tls.render.escape import visible
from azpg_tls.rules import BY_CODE, RULES


def _complete(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(code) for code in BY_CODE if code.startswith(begun)]


@click.command()
@click.argument("code", required=False, shell_complete=_complete)
@click.option("--list", "listed", is_flag=True, help="Show every code with its title.")
def explain(code: str | None, listed: bool) -> None:
    """Show what a finding CODE means, why it happens, and what to do."""
    width = shutil.get_terminal_size((100, 24)).columns
    if listed:
        click.echo(page.catalogue(RULES, width), nl=False)
        return
    if code is None:
        raise click.UsageError("Name a CODE, or use --list.")
    if code.lower() not in BY_CODE:
        meant = get_close_matches(code.lower(), BY_CODE, 1)
        hint = f"is '{meant[0]}' meant?" if meant else "see: azpg-tls explain --list"
        raise InputError(f"'{visible(code)}' is no finding code; {hint}")
    click.echo(page.page(BY_CODE[code.lower()], width), nl=False)
