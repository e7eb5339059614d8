"""Pools of connections in Java, which wrap a driver's error in their own time-out.

Sources: HikariPool.java of HikariCP 3 to 6; io.agroal.pool.ConnectionPool; C3P0PooledConnectionPool; Commons DBCP's
GenericObjectPool; org.apache.tomcat.jdbc.pool.ConnectionPool; IronJacamar's messages IJ000453, IJ000655; r2dbc-pool.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Sign, likely, possible, sign

_EXHAUSTED = (
    likely("pool-timeout", "No connection of the pool became free, or none could be opened, in the pool's time."),
    possible("handshake-timeout", "Each attempt to connect may hang in the handshake; the pool's log says."),
    possible("tcp-timeout", "Each attempt to connect may go unanswered."),
)
FIXES = {
    "pool-timeout": (
        (
            "Look for the cause under the time-out ('Caused by'), or connect once without the pool: azpg-tls probe "
            "HOST --port PORT shows whether the server answers."
        ),
        (
            "HikariCP: keep maximumPoolSize times instances below the server's max_connections, find leaks with "
            "leakDetectionThreshold=20000, and raise connectionTimeout last."
        ),
        (
            "Connections that lie idle are dropped by Azure's load balancers after 4 minutes: keepaliveTime=120000, "
            "maxLifetime=600000, and tcpKeepAlive=true in the JDBC URL."
        ),
    ),
}

_HIDDEN = (
    possible("tcp-refused", "The reason stands after 'Caused by', or in the log before: nothing may listen there."),
    possible("password-rejected", "The reason stands elsewhere: the login may have failed."),
    possible("tls-required", "The reason stands elsewhere: the server may want TLS."),
)
_WRAPPERS = (
    r"Connections could not be acquired from the underlying database",
    r"Couldn't obtain encoding for database",
    r"Unable to acquire JDBC Connection(?! ?\[)",
    r"Unable to open JDBC Connection for DDL execution",
    r"Failed to obtain JDBC Connection",
    r"Cannot create PoolableConnectionFactory(?! ?\()",
    r"Unable to determine Dialect without JDBC metadata",
    r"Access to DialectResolutionInfo cannot be null",
)
_REASON = r"(?!.{0,8000}?(?:Caused by: |nested exception is |PSQLException))"
_BEHIND = tuple(possible(meaning.code, meaning.why) for meaning in _EXHAUSTED)
_TEXTS = (
    r"Connection is not available, request timed out after",
    r"Timeout after \d+ms of waiting for a connection",
    r"Acquisition timeout while waiting for new connection",
    r"attempt by a client to checkout a Connection has timed out",
    r"Timeout waiting for idle object",
    r"Pool empty\. Unable to fetch a connection in",
    r"IJ000453: Unable to get managed connection",
    r"IJ000655: No managed connections available",
    r"GetConnectionTimeoutException: wait millis",
    r"Connection acquisition timed out after",
    r"Connection pool reached max wait queue size",
    r"NoStackTraceThrowable: Timeout",
)


def _pool(text: str) -> tuple[Sign, ...]:
    """Return the signs of a pool's time-out: likely the whole story, unless a cause stands below it."""
    return sign(text, *_BEHIND), sign(rf"{text}(?!.{{0,8000}}?Caused by: )", *_EXHAUSTED)


JAVA_POOLS = Client(
    "java-pools",
    "a connection pool in Java",
    signs=(
        *(each for text in _TEXTS for each in _pool(text)),
        *(sign(rf"{text}{_REASON}", *_HIDDEN) for text in _WRAPPERS),
    ),
    fixes=FIXES,
)
