"""Real clients, each of which logs in and asks for one row: an empty answer is success, else its complaint.

They take libpq's words for where and how; asyncpg's settings for TLS are an SSLContext beside them.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import warnings
from typing import TYPE_CHECKING

import asyncpg
import psycopg
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from pathlib import Path

QUERY = "SELECT 1"
SECONDS = 20


def psql_login(program: Path, parameters: Mapping[str, str]) -> str:
    """Log in with psql and the libpq beside it."""
    done = subprocess.run(
        [program, "--no-psqlrc", "--tuples-only", "--command", QUERY, make_conninfo(**parameters)],
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=SECONDS,
    )
    return done.stderr


def psycopg_login(parameters: Mapping[str, str]) -> str:
    """Log in with psycopg, whose wheel brings its own libpq and OpenSSL."""
    try:
        with psycopg.connect(make_conninfo(**parameters)) as connection:
            connection.execute(QUERY)
    except psycopg.OperationalError as error:
        return str(error)
    return ""


def asyncpg_login(parameters: Mapping[str, str], context: ssl.SSLContext) -> str:
    """Log in with asyncpg, which speaks the protocol itself and leaves TLS to Python's ssl module."""
    with warnings.catch_warnings():
        # It forgets a socket when it is refused; that is collected here, and not in the middle of another test.
        warnings.filterwarnings("ignore", "unclosed", ResourceWarning)
        complaint = _complaint(parameters, context)
        gc.collect()
    return complaint


def _complaint(parameters: Mapping[str, str], context: ssl.SSLContext) -> str:
    direct = parameters.get("sslnegotiation") == "direct"
    if direct:
        context.set_alpn_protocols(["postgresql"])
    try:
        asyncio.run(_ask(parameters, context, direct=direct))
    except asyncpg.PostgresError as error:
        return f"{error.sqlstate}: {error}"
    except (OSError, UnicodeDecodeError) as error:  # Python's ssl takes every name in a certificate for UTF-8
        return f"{type(error).__name__}: {error}"
    return ""


async def _ask(parameters: Mapping[str, str], context: ssl.SSLContext, *, direct: bool) -> None:
    connection = await asyncpg.connect(
        host=parameters["host"],
        port=int(parameters["port"]),
        user=parameters["user"],
        password=parameters["password"],
        database=parameters["dbname"],
        ssl=context,
        direct_tls=direct,
        timeout=SECONDS,
    )
    try:
        await connection.fetch(QUERY)
    finally:
        await connection.close()
