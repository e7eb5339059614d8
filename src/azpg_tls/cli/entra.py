"""What the command line and the environment say of Entra ID: the part that `token` and `login` share."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import rich_click as click

from azpg_tls import azure, credential
from azpg_tls.cli.asked import CLOCK, option
from azpg_tls.cli.password import Given
from azpg_tls.credential import Kind, Settings
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from azpg_tls.report import Finding
    from azpg_tls.target import Target

OPTIONS = (
    option(
        "--credential",
        type=click.Choice([kind.value for kind in Kind]),
        show_default="what is configured",
        help="What to get an Entra token with.",
    ),
    option(
        "--env-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Read settings from there: TENANT_ID, CLIENT_ID, CLIENT_SECRET, AZURE_POSTGRES_HOST, AZURE_*.",
    ),
)


def acquiring(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options of acquiring a token."""
    for each in reversed(OPTIONS):
        command = each(command)
    return command


def file_values(file: Path | None) -> Mapping[str, str]:
    """Return what the env *file* sets, and say on standard error what is doubtful about it."""
    if file is None:
        return {}
    from azpg_tls import envfile

    read = envfile.read(file)
    for warning in read.warnings:
        click.echo(f"azpg-tls: warning: {visible(warning, 500)}", err=True)
    return read.values


def settings(file: Mapping[str, str]) -> Settings:
    """Return what the environment and the values of an env *file* configure.

    The secrets are taken out of this process's environment, PGPASSWORD too: no child gets them, and no later reader.
    """
    found = credential.settings(os.environ, file)
    for name in credential.SECRETS:
        os.environ.pop(name, None)
    return found


def cloud_of(named: str | None, file: Mapping[str, str], given: Settings) -> str | None:
    """Return the cloud that is meant: as *named*, or as the server or the authority that is configured has it."""
    if named:
        return named
    hosts = (file.get("AZURE_POSTGRES_HOST"), os.environ.get("AZURE_POSTGRES_HOST"), os.environ.get("PGHOST"))
    by_host = next((cloud for host in hosts if host and (cloud := azure.cloud_of(host))), None)
    authority = urlsplit(given.authority if "://" in given.authority else f"//{given.authority}").hostname
    by_authority = next((cloud.name for cloud in azure.CLOUDS.values() if cloud.authority == authority), None)
    return by_host or by_authority


def token_for(
    target: Target, given: Settings, kind: Kind | None, at_hand: Given | None
) -> tuple[Given | None, str, tuple[Finding, ...]]:
    """Return a token to log in at *target* with, the user's name, and what is wrong with the two.

    A token in PGPASSWORD that is *at_hand* is taken unless a *kind* of credential is named. The user is the token's
    principal where none was named.
    """
    from azpg_tls import entra
    from azpg_tls.admission import token_user

    cloud = target.cloud or "public"
    if kind is not None or at_hand is None:
        try:
            held = entra.acquire(cloud, given, kind, prompt=lambda words: click.echo(f"azpg-tls: {words}", err=True))
        except entra.NotAcquiredError as error:
            return None, target.user, (error.finding,)
        at_hand = Given(held.secret, f"an Entra token ({held.kind})")
    user, found = token_user(at_hand.secret, target, CLOCK.now())
    return at_hand, user, tuple(replace(each, detail=f"{each.detail} It came from {at_hand.source}.") for each in found)
