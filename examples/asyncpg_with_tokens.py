"""A pool of asyncpg connections, with Entra tokens as passwords: asyncpg asks for one at each new connection."""

import asyncio
import os

import asyncpg

import azpg_tls


async def main() -> None:
    """Say who is logged in."""
    host = os.environ["PGHOST"]
    server = azpg_tls.libpq_params(host)
    pool = asyncpg.create_pool(
        host=server["host"],
        port=int(server["port"]),
        user=os.environ["PGUSER"],
        database=os.environ["PGDATABASE"],
        password=azpg_tls.token_provider(host=host).asynchronous,
        ssl=azpg_tls.ssl_context(),
        min_size=1,
    )
    async with pool:
        print((await pool.fetchval("SELECT current_user"),))


if __name__ == "__main__":
    asyncio.run(main())
