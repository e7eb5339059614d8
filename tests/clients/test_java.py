"""What the drivers of Java print, as it is pasted: in logs, stack traces, other languages, JSON."""

from __future__ import annotations

import pytest

from azpg_tls.explanation import explain

PASTED = (
    (
        "unknown-issuer",
        (
            "2025-11-03T09:14:22.113Z ERROR 1 --- [main] com.zaxxer.hikari.pool.HikariPool : HikariPool-1 - "
            "Exception during pool initialization.\norg.postgresql.util.PSQLException: SSL error: PKIX path "
            "building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid "
            "certification path to requested target\n\tat org.postgresql.ssl.MakeSSL.convert(MakeSSL.java:43)"
        ),
    ),
    (
        "dns-failure",
        (
            "Caused by: org.postgresql.util.PSQLException: The connection attempt failed.\n\tat "
            "org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)\n"
            "Caused by: java.net.UnknownHostException: pg-prod.postgres.database.azure.com"
        ),
    ),
    (
        "tcp-timeout",
        (
            "org.postgresql.util.PSQLException: The connection attempt failed.\nCaused by: "
            "java.net.SocketTimeoutException: Connect timed out\n\tat "
            "java.base/sun.nio.ch.NioSocketImpl.timedFinishConnect(NioSocketImpl.java:546)"
        ),
    ),
    (
        "tls-required",
        (
            'org.postgresql.util.PSQLException: FATAL: no pg_hba.conf entry for host "20.1.2.3", user "app", '
            'database "app", no encryption'
        ),
    ),
    (
        "tls-required",
        (
            "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed "
            "out after 30001ms.\nCaused by: org.postgresql.util.PSQLException: FATAL: no pg_hba.conf entry for host "
            '"20.1.2.3", user "app", database "app", SSL off'
        ),
    ),
    (
        "password-rejected",
        (
            "HikariPool-1 - Connection is not available, request timed out after 30001ms. Caused by: "
            'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app"'
        ),
    ),
    ("client-certificate-required", "PSQLException: SSL error: Received fatal alert: certificate_required"),
    (
        "hostname-mismatch",
        (
            "FEHLER: org.postgresql.util.PSQLException: The hostname mydb.internal could not be verified by "
            "hostnameverifier PgjdbcHostnameVerifier."
        ),
    ),
    ("root-file-format", "[08006] Could not read SSL key file C:\\Users\\me\\client-key.pem."),
    ("root-file-missing", "Could not open SSL root certificate file /root/.postgresql/root.crt."),
    (
        "unknown-issuer",
        (
            "io.netty.handler.codec.DecoderException: javax.net.ssl.SSLHandshakeException: PKIX path building "
            "failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification "
            "path to requested target at io.vertx.core"
        ),
    ),
    ("tls-not-offered", "io.vertx.core.impl.NoStackTraceThrowable: Postgres Server does not handle SSL connection"),
    ("handshake-closed", "org.postgresql.util.PSQLException: SSL error: Connection reset"),
    ("tls-version-unsupported", "SSL error: Received fatal alert: protocol_version"),
    (
        "tls-version-unsupported",
        (
            'Exception in thread "main" org.postgresql.util.PSQLException: SSL error: The server selected '
            "protocol version TLS10 is not accepted by client preferences [TLS12]"
        ),
    ),
    (
        "tcp-refused",
        (
            "Connection to localhost:5432 refused. Check that the hostname and port are correct and that the "
            "postmaster is accepting TCP/IP connections.\n  java.net.ConnectException: Connection refused"
        ),
    ),
    (
        "entra-token-expired",
        "org.postgresql.util.PSQLException: FATAL: The access token has expired. Acquire a new token and try again.",
    ),
    (
        "channel-binding-mismatch",
        (
            "PSQLException: Channel Binding is required, but server did not offer an authentication method that "
            "supports channel binding"
        ),
    ),
    ("sslmode-invalid", "org.postgresql.util.PSQLException: Invalid sslmode value: verify_ca"),
    (
        "unknown-issuer",
        (
            '{"level":"ERROR","logger":"io.debezium.connector.postgresql","message":"Failed testing '
            "connection for jdbc:postgresql://db:5432/app with user "
            '\'dbz\'","stack":"org.postgresql.util.PSQLException: SSL error: PKIX path validation failed: '
            "java.security.cert.CertPathValidatorException: Path does not chain with any of the trust "
            'anchors\\n\\tat org.postgresql.ssl.MakeSSL.convert(MakeSSL.java:43)"}'
        ),
    ),
    (
        "expired",
        (
            "Caused by: sun.security.validator.ValidatorException: PKIX path validation failed: "
            "java.security.cert.CertPathValidatorException: validity check failed\nCaused by: "
            "java.security.cert.CertificateExpiredException: NotAfter: Thu Aug 22 17:08:50 UTC 2024"
        ),
    ),
    (
        "client-library-bug",
        (
            "org.postgresql.util.PSQLException: The authentication type 10 is not supported. Check that you have "
            "configured the pg_hba.conf file to include the client's IP address or subnet"
        ),
    ),
    (
        "pool-timeout",
        "io.agroal.pool WARN Datasource '<default>': Acquisition timeout while waiting for new connection",
    ),
    (
        "handshake-timeout",
        (
            "Caused by: java.net.SocketTimeoutException: Read timed out\n at "
            "java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)\n at "
            "org.postgresql.core.PGStream.receiveChar(PGStream.java:467)\n at "
            "org.postgresql.core.v3.ConnectionFactoryImpl.enableSSL(ConnectionFactoryImpl.java:615)"
        ),
    ),
    (
        "gssenc-interference",
        (
            "java.io.EOFException: null\n\tat org.postgresql.core.PGStream.receiveChar(PGStream.java:443)\n\tat "
            "org.postgresql.core.v3.ConnectionFactoryImpl.enableGSSEncrypted(ConnectionFactoryImpl.java:436)\n"
        ),
    ),
    (
        "closed-before-tls",
        (
            "java.io.EOFException\n\tat org.postgresql.core.PGStream.receiveChar(PGStream.java:467)\n\tat "
            "org.postgresql.core.v3.ConnectionFactoryImpl.enableSSL(ConnectionFactoryImpl.java:589)"
        ),
    ),
    (
        "unknown-issuer",
        (
            "io.r2dbc.spi.R2dbcNonTransientResourceException ... [08003] Cannot connect to db/<unresolved>:5432; "
            "Caused by: javax.net.ssl.SSLHandshakeException: General OpenSslEngine problem Caused by: "
            "sun.security.validator.ValidatorException: PKIX path building failed"
        ),
    ),
    (
        "root-file-missing",
        "java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty",
    ),
    (
        "root-file-permissions",
        (
            "org.postgresql.util.PSQLException: Could not open SSL root certificate file /var/certs/ca.crt.\n\tat "
            "org.postgresql.ssl.LibPQFactory.<init>(LibPQFactory.java:154)\nCaused by: "
            "java.io.FileNotFoundException: /var/certs/ca.crt (Permission denied)"
        ),
    ),
    (
        "hostname-mismatch",
        (
            "Caused by: java.security.cert.CertificateException: No name matching pgsql-proxy found\n\tat "
            "java.base/sun.security.util.HostnameChecker.matchDNS(HostnameChecker.java:234)"
        ),
    ),
    (
        "weak-signature",
        (
            "HHH000342: Could not obtain connection to query metadata [SSL error: Certificates do not conform to "
            "algorithm constraints]"
        ),
    ),
    (
        "jdbc-sslfactory",
        (
            "org.postgresql.util.PSQLException: The SSLSocketFactory class provided "
            "org.postgresql.ssl.jdbc4.LibPQFactory could not be instantiated."
        ),
    ),
    (
        "handshake-closed",
        (
            "Connection to pg closed: org.postgresql.util.PSQLException: An I/O error occurred while sending to the "
            "backend.\nCaused by: java.net.SocketException: Broken pipe (Write failed)"
        ),
    ),
    (
        "too-many-connections",
        (
            "org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved for roles with the "
            "SUPERUSER attribute"
        ),
    ),
    ("tls-not-offered", "org.postgresql.util.PSQLException: Сервер не поддерживает SSL."),
    ("unknown-issuer", "org.postgresql.util.PSQLException: Ошибка SSL: PKIX path building failed"),
    ("malformed-tls", "org.postgresql.util.PSQLException: SSL error: Unsupported or unrecognized SSL message"),
    ("not-postgres", "org.postgresql.util.PSQLException: Protocol error.  Session setup failed."),
    (
        "no-pg-hba-entry",
        (
            'org.postgresql.util.PSQLException: FATAL: no pg_hba.conf entry for host "1.2.3.4", user "u", '
            'database "d", SSL on'
        ),
    ),
)


@pytest.mark.parametrize(("code", "text"), PASTED)
def test_a_text_as_people_paste_it_has_its_cause_first(code: str, text: str) -> None:
    assert [cause.code for cause in explain(text)][:1] == [code]


def test_a_pool_that_times_out_is_no_cause_beside_the_one_below_it() -> None:
    pool = "HikariPool-1 - Connection is not available, request timed out after 30001ms."
    alone = explain(pool)
    below = explain(f"{pool}\nCaused by: org.postgresql.util.PSQLException: The server does not support SSL.")
    assert [(c.code, c.confidence.value) for c in alone][:1] == [("pool-timeout", "likely")]
    assert [(c.code, c.confidence.value) for c in below][:1] == [("tls-not-offered", "likely")]


def test_an_alert_that_java_sends_is_its_verdict_on_the_server() -> None:
    raised = "javax.net.ssl.SSLHandshakeException: (certificate_unknown)"
    sent = explain(f"{raised} PKIX path building failed")
    received = explain(f"{raised} Received fatal alert: certificate_unknown")
    assert [cause.code for cause in sent][:1] == ["unknown-issuer"]
    assert [cause.code for cause in received][:1] == ["client-certificate-required"]


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("io.vertx.core.VertxException: SSL handshake failed", "vertx-pg"),
        ("io.r2dbc.postgresql.client: Connection unexpectedly closed", "r2dbc"),
        ("DBeaver 23.1: The server does not support SSL.", "dbeaver"),
        ("[08006] SSL error: Received fatal alert: handshake_failure.", "datagrip"),
        ("io.debezium.DebeziumException: The connection attempt failed.", "debezium"),
        ("WARN [io.agroal.pool] SSL error: Received fatal alert: handshake_failure", "keycloak"),
        ("org.postgresql.util.PSQLException: The connection attempt failed.", "pgjdbc"),
    ],
)
def test_a_program_is_told_from_the_driver_in_it(text: str, client: str) -> None:
    assert explain(text).client == client


def test_a_fix_is_in_the_programs_own_words() -> None:
    text = "{}: SSL error: PKIX path building failed, db.example.com:5432"
    names = ("org.postgresql.x", "dbeaver", "io.debezium.x")
    fixes = {name: explain(text.format(name)).causes[0].fix[0] for name in names}
    url = "jdbc:postgresql://db.example.com:5432/DATABASE?sslmode=verify-full&sslrootcert=ROOTS"
    assert fixes["org.postgresql.x"] == f"Give pgjdbc the roots as a file: {url}"
    assert fixes["dbeaver"].startswith("Edit Connection, SSL: CA Certificate ROOTS")
    assert fixes["io.debezium.x"].startswith('"database.sslmode": "verify-full"')


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("SQL Error [08006]: The connection attempt failed.", "dbeaver"),
        ('invalid sslmode value: "verify"', "libpq"),
        ('psql: error: FATAL: no pg_hba.conf entry for host "10.0.0.4", user "keycloak", no encryption', "psql"),
    ],
)
def test_what_others_print_alike_is_not_taken_for_javas(text: str, client: str) -> None:
    assert explain(text).client == client


@pytest.mark.parametrize(
    ("cause", "certain"),
    [
        ("/x/root.crt (No such file or directory)", True),
        ("/x/root.crt (The system cannot find the file specified)", True),
        ("/x/root.crt (Permission denied)", False),
        ("/other/file (No such file or directory)", False),
    ],
)
def test_a_root_file_is_certainly_missing_where_the_system_says_so_of_that_file(cause: str, certain: bool) -> None:
    opened = (
        "PSQLException: Could not open SSL root certificate file /x/root.crt.\n\tat org.postgresql.ssl.LibPQFactory"
    )
    (first, *_) = explain(f"{opened}\nCaused by: java.io.FileNotFoundException: {cause}")
    assert ((first.code, first.confidence.value) == ("root-file-missing", "certain")) is certain
