"""Real clients, each of which logs in and asks for one row: an empty answer is success, else its complaint."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from typing import TYPE_CHECKING

import asyncpg
import psycopg
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.integration.servers import Server

    Client = Callable[[Server, Mapping[str, str]], str]

QUERY = "SELECT 1"
SECONDS = 20


def psql(server: Server, changes: Mapping[str, str]) -> str:
    """Log in with psql and the server's conninfo, some of its words changed."""
    conninfo = make_conninfo(**{**server.conninfo, **changes})
    done = subprocess.run(
        [server.psql, "--no-psqlrc", "--tuples-only", "--command", QUERY, conninfo],
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.stderr


def psycopg3(server: Server, changes: Mapping[str, str]) -> str:
    """Log in with psycopg, whose wheel brings its own libpq and OpenSSL."""
    try:
        with psycopg.connect(make_conninfo(**{**server.conninfo, **changes})) as connection:
            connection.execute(QUERY)
    except psycopg.OperationalError as error:
        return str(error)
    return ""


def asyncpg_with(server: Server, host: str, context: ssl.SSLContext) -> str:
    """Log in with asyncpg, which speaks the protocol itself and leaves TLS to Python's ssl module."""
    direct = server.plan.sslnegotiation == "direct"
    if direct:
        context.set_alpn_protocols(["postgresql"])

    async def ask() -> None:
        connection = await asyncpg.connect(
            host=host,
            port=server.port,
            user=server.conninfo["user"],
            password=server.conninfo["password"],
            database=server.conninfo["dbname"],
            ssl=context,
            direct_tls=direct,
            timeout=SECONDS,
        )
        try:
            await connection.fetch(QUERY)
        finally:
            await connection.close()

    try:
        asyncio.run(ask())
    except (asyncpg.PostgresError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def asyncpg_verifying(server: Server, changes: Mapping[str, str]) -> str:
    """Log in with asyncpg and a context that trusts the root of the conninfo alone."""
    parameters = {**server.conninfo, **changes}
    context = ssl.create_default_context(cafile=parameters["sslrootcert"])
    return asyncpg_with(server, parameters["host"], context)


CLIENTS: dict[str, Client] = {"psql": psql, "psycopg": psycopg3, "asyncpg": asyncpg_verifying}
