"""``azpg-tls schema``: the JSON Schemas of what the commands print."""

from __future__ import annotations

from importlib import resources

import rich_click as click


@click.command()
@click.argument("command", type=click.Choice(["probe", "login", "explain", "token"]), default="probe")
def schema(command: str) -> None:
    """Show the JSON Schema of what COMMAND prints with `--format json`: probe, login, explain, or token.

    The report of login is that of probe.
    """
    command = "probe" if command == "login" else command
    file = resources.files("azpg_tls.render") / f"{command}.schema.json"
    click.echo(file.read_text("utf-8"), nl=False)
