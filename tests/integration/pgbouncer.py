"""PgBouncer with TLS in front of a PostgreSQL server."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.integration.daemon import free_port, give, serve
from tests.integration.install import find
from tests.integration.postgres import DATABASE, PASSWORD, ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.integration.daemon import Daemon

USERS = {ROLE: PASSWORD}
SETTINGS = {"auth_type": "scram-sha-256"}
CONFIGURATION = """
[databases]
{database} = host=localhost port={backend_port}

[pgbouncer]
listen_addr = localhost,127.0.0.2
listen_port = {port}
unix_socket_dir =
auth_file = {users}
client_tls_sslmode = require
client_tls_cert_file = {ssl_cert_file}
client_tls_key_file = {ssl_key_file}
server_tls_sslmode = verify-full
server_tls_ca_file = {backend_root}
{settings}
"""


@contextmanager
def pooler(
    backend: Daemon,
    backend_root: Path,
    directory: Path,
    *,
    identity: Mapping[str, str],
    users: Mapping[str, str] = USERS,
    settings: Mapping[str, str] = SETTINGS,
) -> Iterator[Daemon]:
    """Run PgBouncer, which verifies *backend* and logs in there as the client did, until the block is left."""
    port = free_port()
    user_file = directory / "users"
    user_file.write_text("".join(f'"{user}" "{password}"\n' for user, password in users.items()))
    configuration = directory / "pgbouncer.ini"
    configuration.write_text(
        CONFIGURATION.format(
            database=DATABASE,
            backend_port=backend.port,
            port=port,
            users=user_file,
            settings="\n".join(f"{name} = {value}" for name, value in settings.items()),
            backend_root=backend_root,
            **identity,
        )
    )
    give(directory)
    # SIGTERM is PgBouncer's immediate shutdown.
    with serve(
        [find("pgbouncer"), configuration],
        port=port,
        directory=directory,
        ready="process up: PgBouncer",
        stop=signal.SIGTERM,
    ) as daemon:
        yield daemon
