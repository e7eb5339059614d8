"""The same for asyncio: an asynchronous pool of psycopg connections, with Entra tokens as passwords."""

import asyncio
import os

from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

import azpg_tls


async def main() -> None:
    """Say who is logged in."""
    host = os.environ["PGHOST"]
    tokens = azpg_tls.token_provider(host=host)
    conninfo = make_conninfo(**azpg_tls.libpq_params(host), user=os.environ["PGUSER"], dbname=os.environ["PGDATABASE"])
    connections = AsyncConnectionPool(conninfo, kwargs=tokens.parameters_async, min_size=1, open=False)
    async with connections as pool, pool.connection() as connection:
        cursor = await connection.execute("SELECT current_user")
        print(await cursor.fetchone())


if __name__ == "__main__":
    asyncio.run(main())
