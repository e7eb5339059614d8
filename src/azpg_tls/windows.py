"""What of a client's text is Windows', and what stands there for commands that Windows does not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.clients.client import Client

# Paths, and errors of Winsock, SSPI and of libpq there.
_WINDOWS = re.compile(
    r"(?<![\w/])[a-z]:\\|%(?:appdata|userprofile|programdata)%|\(0x0000[0-9a-f]{4}\b|\bwsae|\bsec_e_|\b0x8009[0-9a-f]{4}"
    r"|\bwin32\b|\bschannel\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"(?<![\w:/.])/(?:\w[\w.-]*/)+\w|\bOpenSSL\b|\.so\b|\bunixODBC\b|\bLinux\b|\bmacOS\b")

# What a command begins with, and what there shows the same; "" where nothing does.
_THERE = {
    "ls -l ": "dir ROOTS",
    "namei -l ": "icacls ROOTS",
    "id": "whoami /all",
    "openssl storeutl": "certutil -dump ROOTS",
    "keytool ": "keytool -list -cacerts -storepass changeit | findstr /i digicertglobalrootg2",
    "lsof ": "netstat -ano | findstr :5432",
    "ldd ": "",
    "printf ": "",
}


def is_windows(client: Client, text: str) -> bool:
    """Whether *client* wrote *text* on Windows, as far as the two show."""
    return bool(_WINDOWS.search(text)) or (client.windows and not _ELSEWHERE.search(text))


def translated(commands: Iterable[str]) -> tuple[str, ...]:
    """Return *commands* as they are on Windows, without those that have no counterpart there."""
    there = (next((own for begin, own in _THERE.items() if line.startswith(begin)), line) for line in commands)
    return tuple(line for line in there if line)
