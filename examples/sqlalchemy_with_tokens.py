"""An engine of SQLAlchemy's, with Entra tokens as passwords: the event do_connect sets one for each new connection."""

import os

from sqlalchemy import URL, create_engine, event, text

import azpg_tls


def main() -> None:
    """Say who is logged in."""
    host = os.environ["PGHOST"]
    server = azpg_tls.libpq_params(host)
    url = URL.create("postgresql+psycopg", username=os.environ["PGUSER"], database=os.environ["PGDATABASE"])
    engine = create_engine(url, connect_args=server)
    event.listen(engine, "do_connect", azpg_tls.token_provider(host=host).do_connect)
    with engine.connect() as connection:
        print(tuple(connection.execute(text("SELECT current_user")).one()))
    engine.dispose()


if __name__ == "__main__":
    main()
