"""Logs in with the settings of the azpg-tls on Python's path: ``python -m tests.integration.bundled < JOBS``.

A program of its own, because a test can give it another installation of the same code, with other roots in it.
JOBS is a JSON list of objects with "client" and libpq's words; the answer is a JSON list of complaints.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from azpg_tls.bundle.trust import libpq_params, ssl_context
from tests.integration.clients import asyncpg_login, psycopg_login

if TYPE_CHECKING:
    from collections.abc import Mapping


def complaint_of(client: str, parameters: Mapping[str, str]) -> str:
    """Log in, with nothing about TLS but what azpg-tls says."""
    login = {word: parameters[word] for word in ("host", "port", "user", "password", "dbname")}
    if client == "asyncpg":
        return asyncpg_login(login, ssl_context())
    return psycopg_login({**login, **libpq_params(f"{login['host']}:{login['port']}")})


if __name__ == "__main__":
    json.dump([complaint_of(job["client"], job) for job in json.load(sys.stdin)], sys.stdout)
