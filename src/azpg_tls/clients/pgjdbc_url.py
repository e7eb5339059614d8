"""What Java says of a JDBC URL that no driver takes, and of a driver that is not there.

A host's DATABASE_URL (postgres://USER:PASSWORD@HOST/DB) is no JDBC URL: that begins with jdbc:postgresql://, and has
user and password as parameters or beside it. Sources: org.postgresql.Driver of pgjdbc 9.4 to 42.7,
java.sql.DriverManager, DriverDataSource.java of HikariCP and of Flyway, org.apache.tomcat.jdbc.pool.PooledConnection,
DriverFactory.java of Commons DBCP, JdbcConnection.java of Liquibase, DataSourceProperties.java of Spring Boot.
"""

from __future__ import annotations

from azpg_tls.clients.sign import likely, possible, sign

_OTHER_SCHEME = (
    likely("sslmode-invalid", "{url} is no JDBC URL: that begins with jdbc:postgresql://, without user and password."),
    possible("client-library-bug", "pgjdbc may not be in the class path."),
)
_UNFILLED = (
    likely("sslmode-invalid", "The variable {url} was not filled in: it is not set where the program runs."),
    possible("client-library-bug", "pgjdbc may not be in the class path."),
)
_REFUSED = (
    likely("sslmode-invalid", "The JDBC URL cannot be read: a port that is none, user:password@ in it, or a typo."),
    possible("client-library-bug", "pgjdbc may not be in the class path."),
)
_NO_DRIVER = (
    likely("client-library-bug", "No driver takes the URL: pgjdbc is not in the class path, or was not loaded."),
    likely("sslmode-invalid", "The URL may be malformed, or be no JDBC URL at all (jdbc:postgresql://HOST:PORT/DB)."),
)
_NOT_LOADED = (likely("client-library-bug", "pgjdbc is not in the class path of the program."),)
_NO_URL = (likely("sslmode-invalid", "No JDBC URL reached the program: the setting or its variable is missing."),)

_SCHEME = r"['\"]?(?P<url>postgres(?:ql)?(?=:|\+))"
_VARIABLE = r"['\"]?(?P<url>\$\{?\{?[\w.]{1,80})"
_BEFORE_A_URL = (
    r"No suitable driver found for ",
    r"claims to not accept jdbcUrl, ",
    r"returned null for URL:",
    r"Unable to autodetect JDBC driver for url: ",
    r"No database found to handle ",
    r"Cannot create JDBC driver of class '[\w.]{0,80}' for connect URL ",
    r"Connection could not be created to ",
    r"claims that it does not accept the jdbc Url, ",
)

SIGNS = (
    *(sign(rf"{text}{_SCHEME}", *_OTHER_SCHEME) for text in _BEFORE_A_URL),
    *(sign(rf"{text}{_VARIABLE}", *_UNFILLED) for text in _BEFORE_A_URL),
    *(sign(rf"{text}['\"]?jdbc:postgresql:", *_REFUSED) for text in (*_BEFORE_A_URL[1:3], *_BEFORE_A_URL[6:])),
    sign(
        r"Connection could not be created to .{0,900}?Possibly the wrong driver for the given database URL", *_REFUSED
    ),
    sign(r"No suitable driver found for jdbc:postgresql", *_NO_DRIVER),
    sign(r"SQLException: No suitable driver(?! found)", *_NO_DRIVER),
    sign(r"Cannot create JDBC driver of class '[\w.]{0,80}' for connect URL 'jdbc:postgresql", *_NO_DRIVER),
    sign(
        r"No database found to handle jdbc:postgresql",
        likely("client-library-bug", "Flyway 10 and later need flyway-database-postgresql beside flyway-core."),
    ),
    sign(
        r"Unsupported Database: PostgreSQL",
        likely("client-library-bug", "This Flyway does not know the server's version: update it."),
    ),
    sign(r"Unable to parse URL jdbc:postgresql", *_REFUSED),
    sign(r"JDBC URL (?:port: -?\d{1,9} not valid|invalid port number: )", *_REFUSED),
    sign(r"JDBC URL (?:contains too many / characters|must contain a / at the end of the host or port)", *_REFUSED),
    sign(r"Url \[jdbc:postgresql.{0,900}?\] parsing failed with error", *_REFUSED),
    sign(r"(?:User|Database) cannot be null", *_NO_URL),
    sign(r"jdbcUrl is required with driverClassName", *_NO_URL),
    sign(r"dataSource or dataSourceClassName or jdbcUrl is required", *_NO_URL),
    sign(r"Invalid targetServerType value", *_REFUSED[:1]),
    sign(r"JDBC URL must start with \"jdbc:postgresql:\" but was: ", *_REFUSED),
    sign(r"(?:Cannot load|Failed to load) driver class:? org\.postgresql\.Driver", *_NOT_LOADED),
    sign(r"ClassNotFoundException: org\.postgresql\.Driver", *_NOT_LOADED),
    sign(r"Failed to determine (?:a suitable|suitable jdbc) driver class", *_NO_URL),
    sign(
        r"['\"]?url['\"]? must start with ['\"]jdbc",
        likely("sslmode-invalid", "A JDBC URL begins with jdbc:postgresql://, without user and password."),
    ),
)
