"""A pool of psycopg connections to Azure Database for PostgreSQL, with Entra tokens as passwords.

PGHOST names the server, PGUSER the role, PGDATABASE the database; azure-identity's variables, or the Azure CLI, say who
one is. Every new connection of the pool gets a token that is still valid.
"""

import os

from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

import azpg_tls


def main() -> None:
    """Say who is logged in."""
    host = os.environ["PGHOST"]
    tokens = azpg_tls.token_provider(host=host)
    conninfo = make_conninfo(**azpg_tls.libpq_params(host), user=os.environ["PGUSER"], dbname=os.environ["PGDATABASE"])
    with ConnectionPool(conninfo, kwargs=tokens.parameters, min_size=1) as pool, pool.connection() as connection:
        print(connection.execute("SELECT current_user").fetchone())


if __name__ == "__main__":
    main()
