"""``azpg-tls lab``: servers that are wrong on purpose."""

from __future__ import annotations

import rich_click as click

from azpg_tls.lab.scenarios import SCENARIOS


@click.group()
def lab() -> None:
    """Find PostgreSQL endpoints on loopback that are wrong in exactly one way: probe lab:SCENARIO."""


@lab.command("list")
def list_scenarios() -> None:
    """List the scenarios: name, finding codes, and what is wrong."""
    for scenario in SCENARIOS:
        click.echo(f"{scenario.name:<36}{', '.join(scenario.codes) or '-':<30}{scenario.title}")
