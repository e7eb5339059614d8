"""A connection service, from the files in which libpq looks for it."""

from __future__ import annotations

import os
from pathlib import Path

from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible
from azpg_tls.servicefile import words_of


def named(service: str) -> dict[str, str]:
    """Return the words of *service*, a password among them; raises `InputError` if it is not there, or not readable."""
    files = [Path(os.environ.get("PGSERVICEFILE") or "~/.pg_service.conf").expanduser()]
    if directory := os.environ.get("PGSYSCONFDIR"):
        files.append(Path(directory, "pg_service.conf"))
    for file in files:
        words = words_of(_text(file), service)
        if words is not None:
            return words
    looked = " and ".join(f"'{visible(str(file))}'" for file in files)
    raise InputError(f"the service '{visible(service)}' is not in {looked}")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "surrogateescape")  # a password may be any bytes
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise InputError(f"the service file '{visible(str(file))}' cannot be read: {error.strerror}") from None
