"""What ``azpg-tls login`` is to do: from its options, the target's own words, an env file, a service and the system."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import rich_click as click
from click import get_current_context
from click.core import ParameterSource

from azpg_tls import admission, conninfo, credential
from azpg_tls.cli import entra, password, service
from azpg_tls.cli.asked import LAB, Asked, from_environment
from azpg_tls.cli.password import Given
from azpg_tls.network import DEFAULT_TIMEOUT
from azpg_tls.target import DEFAULT_DBNAME, login_words
from azpg_tls.terms import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping


_SERVICE = "service="
_WISHES = ("require_auth", "channel_binding", "sslcert", "sslkey", "passfile")
_ADMIN = "AZURE_POSTGRES_ADMIN_USER"
_PRINCIPAL = "CLIENT_NAME"


@dataclass(frozen=True)
class Plan:
    """What is to be done: log in to *target* on the terms of *wish* with what was *given*, and run *command*.

    *user_from* says who named the user, *settings* are those of Entra ID, None if no token is wanted; *timeout* holds
    for the login, and again for all that follows, in seconds.
    """

    target: str
    asked: Asked
    user_from: str
    wish: Wish
    given: Given | None
    settings: credential.Settings | None
    kind: credential.Kind | None
    command: str
    write: bool
    strict: bool
    timeout: float


def plan(text: str | None, options: Mapping[str, Any]) -> Plan:
    """Return what is to be done with the target *text*; every secret leaves this process's environment."""
    file = entra.file_values(options["env_file"])
    text, words = _served(text, file)
    own = login_words(text) if text and not text.startswith(LAB) else words
    given = password.given(words)
    settings = entra.settings(file)
    named = get_current_context().get_parameter_source("credential") is ParameterSource.COMMANDLINE
    if named and not options["entra"]:
        raise click.UsageError("--credential is for a token; add --entra.")
    if options["entra"] and (options["credential"] or credential.named(file)):
        given = None  # what was named for this login is meant, not what the environment holds for any
    own_name = (own.get("user"), "the target" if text else password.SERVICE)
    user, user_from = _user(own_name, file, options, given)
    asked = replace(Asked.read(options), user=user)
    if user_from in (_ADMIN, _PRINCIPAL) or options["entra"]:
        asked = replace(asked, dbname=asked.dbname or DEFAULT_DBNAME)
    if given is None and not options["entra"] and file.get(_ADMIN) in (None, "", user):
        given = password.of_admin(file)
    return Plan(
        text or _server(file, words, asked, settings),
        asked,
        user_from,
        Wish(**{word: own.get(word) or options.get(word) or "" for word in _WISHES}, token=options["entra"]),
        given,
        settings if options["entra"] else None,
        credential.Kind(options["credential"]) if options["credential"] else None,
        _command(options["command"]),
        options["write"],
        options["strict"],
        options["timeout"] or DEFAULT_TIMEOUT,
    )


def _served(text: str | None, file: Mapping[str, str]) -> tuple[str | None, Mapping[str, str]]:
    """Return the target, None if it is a service or nothing was given, and the words of the service.

    As in libpq, they stand behind what the command line says, and before the environment.
    """
    of_environment = os.environ.pop("PGSERVICE", None)  # libpq would fill in from it what is not given, a password too
    name = text.strip().removeprefix(_SERVICE) if text and text.strip().startswith(_SERVICE) else ""
    if text and (not name or not name.isprintable() or " " in name):
        return text, {}
    if not text and not file.get("AZURE_POSTGRES_HOST"):
        name = of_environment or ""
    source = get_current_context().get_parameter_source
    words = service.named(name) if name else {}
    return None, {key: value for key, value in words.items() if source(key) is not ParameterSource.COMMANDLINE}


def _user(
    own: tuple[str | None, str], file: Mapping[str, str], options: Mapping[str, Any], given: Given | None
) -> tuple[str | None, str]:
    """Return the user's name, None if the token that is to come tells it, and who named it; *own* comes first."""
    in_file = _PRINCIPAL if options["entra"] else _ADMIN
    who = admission.token_principal(given.secret) if given and options["entra"] else None
    for name, source in (
        own,
        (options["user"], "--user or PGUSER"),
        (file.get(in_file), in_file),
        (who and who.name, "the token"),
    ):
        if name:
            return name, source
    return (None, "the token") if options["entra"] else (_system_user(), "the operating system")


def _server(file: Mapping[str, str], words: Mapping[str, str], asked: Asked, settings: credential.Settings) -> str:
    """Return the target where none is given: an env file's, a service's, or that of libpq's variables."""
    if words:
        return conninfo.write({key: value for key, value in words.items() if key != "password"})
    if host := file.get("AZURE_POSTGRES_HOST", ""):
        return credential.server_name(host, entra.cloud_of(asked.cloud, file, settings) or "public")
    return from_environment()[0]


def _system_user() -> str:
    """Return libpq's default: the name of the operating system's user."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise click.UsageError("This system has no name for its user; give --user NAME.") from None


def _command(text: str | None) -> str:
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        raise click.UsageError("The statement of --command is not UTF-8.") from None
    return text or ""
