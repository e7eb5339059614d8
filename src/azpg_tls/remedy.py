"""What is to be done about a cause, and what shows that it is the one: with the server, port and user filled in.

A client's fixes and a page's commands leave those open; a text has them, or they stay as they are, to be filled in.
"""

from __future__ import annotations

import re
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

from azpg_tls.catalogue import BY_CODE, PROBED
from azpg_tls.clues import DEFAULT_PORT, Clues
from azpg_tls.render.escape import visible
from azpg_tls.windows import translated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.clients.client import Client

# What a step leaves open: the server's name, as pages and as clients call it, its port, and who logs in.
_PLACE = re.compile(r"\b(?:(?P<server>HOST|NAME)(?P<port>:5432\b)?|PORT|(?P<user>USER)(?!@SERVER)(?P<url>@)?)\b")
_LOOKS = re.compile(r"^((?:ls -l|namei -l|dir|icacls) )ROOTS$")
# In these a page's command looks at the very file that the text names.
_FILE_CODES = frozenset({"root-file-missing", "root-file-permissions"})
# Where the text has the name that is not to be used: it is not filled in.
_WRONG_NAME = frozenset({"hostname-mismatch", "ip-address-target"})
_WRONG_USER = frozenset({"role-missing", "entra-wrong-username", "single-server-username-format"})


def steps(code: str, advisers: Iterable[Client], said: Clues, first: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the fix for *code*: what comes *first* in this very case, then what the first of *advisers* says.

    Of those the first is the client itself, the last whoever's words the text has, a service for instance. Where
    neither says anything, it is the page's.
    """
    own = next((each.fixes[code] for each in advisers if code in each.fixes), ())
    fixes = (*first, *own) or BY_CODE[code].page.fixes
    host = None if code in _WRONG_NAME else said.host
    return tuple(_placed(step, replace(said, host=host, user=_user(code, said))) for step in fixes)


def checks(code: str, said: Clues, file: str | None, *, windows: bool = False) -> tuple[str, ...]:
    """Return what shows whether *code* is the cause: a probe where one can find it, else what its page has.

    *file* is the one that the text speaks of; *windows* that the client runs there.
    """
    if code in PROBED:
        port = f" --port {said.port}" if said.port not in (None, DEFAULT_PORT) else ""
        roots = f" --sslrootcert {said.sslrootcert}" if said.sslrootcert else ""
        return (f"azpg-tls probe {said.host or 'HOST'}{port}{roots}",)
    lines = commands(code, replace(said, user=_user(code, said)))
    if windows:
        lines = translated(lines)
    if code in _FILE_CODES and file:
        named = f'"{visible(file)}"' if windows else quote(visible(file))
        return tuple(_LOOKS.sub(lambda look: f"{look[1]}{named}", line) for line in lines)
    return lines


def commands(code: str, said: Clues) -> tuple[str, ...]:
    """Return the commands of *code*'s page."""
    return tuple(_placed(line, said) for line in BY_CODE[code].page.commands)


def _user(code: str, said: Clues) -> str | None:
    return None if code in _WRONG_USER else said.user


def _placed(step: str, said: Clues) -> str:
    """Return *step* with the server's name, port and user, where the text has them, else ``HOST`` and ``USER``."""
    port = said.port or DEFAULT_PORT

    def known(place: re.Match[str]) -> str:
        if place["user"]:
            user = said.user or "USER"
            return user.replace("@", "%40") + "@" if place["url"] else user
        if not place["server"]:
            return str(port)
        return f"{said.host or 'HOST'}:{port}" if place["port"] else said.host or "HOST"

    return _PLACE.sub(known, step)
