"""Where a password comes from: a variable, libpq's password file, or a prompt; never the command line."""

from __future__ import annotations

import getpass
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible
from azpg_tls.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azpg_tls.target import Target

VARIABLE = "PGPASSWORD"
IN_FILE = "AZURE_POSTGRES_ADMIN_PASS"  # of an env file
FILE = "the password file"
SERVICE = "the service file"
PROMPT = "the prompt"

_TERMINAL = "/dev/tty"
_NO_FILE = "/dev/null/no-password-file"  # libpq passes over a path that leads nowhere, without a word


@dataclass(frozen=True)
class Given:
    """A password or token, and where it came from, in words."""

    secret: Secret
    source: str


def given(service: Mapping[str, str]) -> Given | None:
    """Return the password of a *service* or of the environment; an empty one is none, as in libpq."""
    if password := service.get("password"):
        return Given(Secret(password), SERVICE)
    if password := os.environ.get(VARIABLE):
        return Given(Secret(password), VARIABLE)
    return None


def of_admin(file: Mapping[str, str]) -> Given | None:
    """Return the administrator's password that an env *file* holds."""
    password = file.get(IN_FILE)
    return Given(Secret(password), IN_FILE) if password else None


def file(named: str = "") -> str:
    """Return the password file that libpq is to read, empty for its own default; one that it would refuse is said.

    *named* is the target's or the service's. libpq writes its warning straight to standard error (passwordFromFile in
    src/interfaces/libpq/fe-connect.c).
    """
    path = Path(named or os.environ.get("PGPASSFILE") or "~/.pgpass").expanduser()
    try:
        mode = path.stat().st_mode
    except OSError:
        return named
    if stat.S_ISREG(mode) and not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return named
    wrong = "others may read or write it; chmod 0600" if stat.S_ISREG(mode) else "it is no plain file"
    click.echo(f"azpg-tls: the password file '{visible(str(path))}' is not used: {wrong}", err=True)
    return _NO_FILE


def asked(target: Target) -> Secret:
    """Ask for the password on the terminal, without showing it; raises `InputError` if there is no terminal."""
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        sources = f"set {VARIABLE}, or put a line for it into ~/.pgpass (chmod 0600); one in the TARGET is ignored"
        raise InputError(
            f"the server asks for a password, and there is none and no terminal to ask on; {sources}"
        ) from None
    try:
        typed = getpass.getpass(f"Password of {visible(target.user)} at {visible(target.server_name)}: ")
    except EOFError:
        typed = ""
    if not typed:
        raise InputError("no password was typed")
    return Secret(typed)
