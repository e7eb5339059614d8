"""Microsoft's azure-postgresql-auth gets the token and the user name; azpg-tls brings the roots that verify the server.

That library asks for tokens of the public cloud alone. Without a user name it takes the one that the token tells.
"""

import os

from azure.identity import DefaultAzureCredential
from azure_postgresql_auth.psycopg3 import EntraConnection

import azpg_tls


def main() -> None:
    """Say who is logged in."""
    server = azpg_tls.libpq_params(os.environ["PGHOST"])
    with (
        DefaultAzureCredential() as credential,
        EntraConnection.connect(**server, dbname=os.environ["PGDATABASE"], credential=credential) as connection,
    ):
        print(connection.execute("SELECT current_user").fetchone())


if __name__ == "__main__":
    main()
