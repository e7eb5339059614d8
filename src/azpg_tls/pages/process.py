"""Pages of what lies in the client's process: its library, its forks, its pool of connections."""

from __future__ import annotations

from azpg_tls.page import Page

PROCESS: dict[str, Page] = {
    "client-library-bug": Page("""\
The fault lies in the client's library, not in its settings and not in the server.

Why it happens:
- a version of the driver or tool loses a TLS setting on its way: the root file, the key, the host name, ssl itself;
- two libraries in one process do not fit: two copies of OpenSSL, a Kerberos library inside a wheel, a JSSE provider;
- a change of the runtime (OTP, JDK, .NET, OpenSSL 3) met a driver that was not ready for it.

Fix:
- update the driver; if it came with an update, go back to the version before, and look into its issues for the text;
- try the same host, roots and user with psql: if that connects, the settings and the server are right;
- report the versions of the driver, the runtime and OpenSSL, with the whole error.

See for yourself:
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   # connects, where the driver does not

Sources: https://www.postgresql.org/docs/current/libpq-ssl.html"""),
    "fork-shared-connection": Page("""\
Two processes use one TLS connection, after a fork.

A connection that was open at the fork belongs to parent and child alike. Both encrypt with the same keys and count
records by themselves; the server sees a record out of turn, and the clients see each other's answers: "decryption
failed or bad record mac", "SSL SYSCALL error: EOF detected", results of another query.

Why it happens:
- a web server or worker loads the program, which connects, and forks then: uWSGI, Gunicorn with preload, Celery,
  Airflow, Passenger, Puma, Unicorn;
- multiprocessing starts its children with fork and passes an engine or pool on;
- threads share one connection of a library that is not made for it.

Fix:
- connect after the fork, in a hook of the server: post_fork of Gunicorn, @postfork of uWSGI, worker_process_init of
  Celery, before_worker_boot of Puma;
- SQLAlchemy: engine.dispose(close=False) in the child; Django: connections.close_all() before the fork;
- uWSGI: lazy-apps = true; multiprocessing: set_start_method("spawn");
- Ruby: disconnect in before_fork, connect again in the worker.

See for yourself:
    lsof -nP -iTCP -sTCP:ESTABLISHED | grep -E ':(5432|6432)'   # one local port in several processes

Sources: https://www.postgresql.org/docs/current/libpq-connect.html;
    https://docs.sqlalchemy.org/en/20/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork"""),
    "pool-timeout": Page("""\
The pool gave no connection in time; why none could be opened stands elsewhere.

A pool reports that it waited. The reason is in the lines before, or in the driver's log: connections that fail are
tried again until the time is over, and their errors are often dropped.

Why it happens:
- no connection can be opened: any of the failures that a probe finds, such as a firewall, a name or a certificate;
- all connections are in use: the pool is too small, or queries are slow, or connections are not given back;
- the process has no time: one busy core, a blocked event loop, a garbage collection, a handshake that waits behind
  it;
- the limit is shorter than connecting takes: TCP, TLS and login need several round trips, an Entra token some more.

Fix:
- open one connection without the pool, and read what it says;
- if that works, count: the pool's size times the processes, against max_connections of the server;
- give connections back on every path, also after an error; set a limit for idle transactions;
- raise the pool's limit for connecting (30 seconds) only after that.

See for yourself:
    azpg-tls probe NAME
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS" -c 'SELECT state, count(*) FROM pg_stat_activity GROUP BY 1'

Sources: https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits"""),
}
