"""``azpg-tls explain``: what a client's error text means, or the page of a finding code."""

from __future__ import annotations

import os
import re
import shutil
from difflib import get_close_matches
from pathlib import Path
from shlex import quote

import rich_click as click
from click import get_current_context
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from azpg_tls.catalogue import BY_CODE, ENTRIES
from azpg_tls.cli.output import STANDARD, show, standard_input, style
from azpg_tls.clients import BY_NAME, CLIENTS
from azpg_tls.errors import InputError
from azpg_tls.render import page
from azpg_tls.render.escape import visible

_CLOSE = 0.75  # of difflib's ratio: a letter or two wrong or missing

LARGEST = 256 * 1024 * 1024  # bytes of a pasted log; what is beyond is not read

# What looks like a finding code: a word, or several that hyphens join.
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,4}", re.IGNORECASE)


def _complete(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(code) for code in BY_CODE if code.startswith(begun)]


@click.command()
@click.argument("texts", nargs=-1, shell_complete=_complete, metavar="TEXT|CODE|-")
@click.option(
    "--client",
    type=click.Choice(sorted(BY_NAME), case_sensitive=False),
    metavar="NAME",
    envvar="AZPG_TLS_CLIENT",
    help=f"The client that printed it: {', '.join(client.name for client in CLIENTS)}.",
)
@click.option("--list", "listed", is_flag=True, help="Show every finding code with its title.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="AZPG_TLS_FORMAT",
    help="Form of the explanation.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="AZPG_TLS_OUTPUT",
    help="Write the explanation there.",
)
def explain(texts: tuple[str, ...], client: str | None, listed: bool, form: str, output: Path | None) -> int:
    """Say what the error TEXT of a PostgreSQL client means, and what to change in that client.

    TEXT may be a whole log; - reads it from standard input, as does the report of `probe --format json`. With a
    finding CODE, its page is shown: what it means, why it happens, and what to do. Exit code 1: nothing was recognised.
    """
    width = shutil.get_terminal_size((100, 24)).columns
    if listed:
        _paged(page.catalogue(ENTRIES, width), output)
        return 0
    if len(texts) != 1:
        raise click.UsageError("Give the error TEXT in quotes, - to read standard input, a CODE, or --list.")
    (text,) = texts
    if text.lower() in BY_CODE:
        _paged(page.page(BY_CODE[text.lower()], width), output)
        return 0
    if _WORD.fullmatch(text) and (meant := _meant(text)):
        raise InputError(f"'{visible(text)}' is no finding code; {meant}")
    if len(text.split()) == 1 and os.path.isfile(text):  # noqa: PTH113 -- which takes what is too long for a name
        raise InputError(f"'{visible(text)}' is a file; to read it: azpg-tls explain - < {quote(text)}")
    return _explained(_read() if text == str(STANDARD) else text, client, form, output)


def _paged(shown: str, output: Path | None) -> None:
    """Show a page, which is text; a form that the environment names is for explanations."""
    context = get_current_context()
    if context.params["form"] == "json" and context.get_parameter_source("form") is ParameterSource.COMMANDLINE:
        raise click.UsageError("The pages of codes are text; --format json is for the explanation of a TEXT.")
    show(shown, output)


def _meant(word: str) -> str:
    """Return what to say of *word* if it was to be a code; "" if it may as well be an error's text."""
    close = get_close_matches(word.lower(), BY_CODE, 1, _CLOSE)
    if close:
        return f"is '{close[0]}' meant?"
    return "see: azpg-tls explain --list" if "-" in word else ""


def _read() -> str:
    from azpg_tls.transcript import decode

    data = standard_input(LARGEST)
    if not data.strip():
        click.echo("azpg-tls: standard input is empty", err=True)
    if len(data) == LARGEST:
        click.echo(f"azpg-tls: only the first {LARGEST} bytes were read", err=True)
    return decode(data)


def _explained(text: str, client: str | None, form: str, output: Path | None) -> int:
    from azpg_tls import explanation
    from azpg_tls.render import explanation as rendering

    said = explanation.explain(text, client)
    shown = rendering.to_json(said) + "\n" if form == "json" else rendering.render(said, style())
    show(shown, output)
    return 0 if said.recognised else 1
