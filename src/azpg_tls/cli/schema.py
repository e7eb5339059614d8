"""``azpg-tls schema``: the JSON Schema of the report."""

from __future__ import annotations

from importlib import resources

import rich_click as click


@click.command()
def schema() -> None:
    """Show the JSON Schema of what `probe --format json` prints."""
    file = resources.files("azpg_tls.render") / "probe.schema.json"
    click.echo(file.read_text("utf-8"), nl=False)
