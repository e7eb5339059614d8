"""What a text says beside its error."""

from __future__ import annotations

import pytest

from azpg_tls.clues import LOOKED_AT, Clues, clues, maybe_on_azure, on_azure


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ('connection to server at "db.example" (10.0.0.1), port 6432 failed', "db.example", 6432),
        (
            'could not translate host name "x.postgres.database.azure.com" to address',
            "x.postgres.database.azure.com",
            None,
        ),
        ('Is the server running on host "db" (10.0.0.1) and accepting TCP/IP connections on port 5433?', "db", 5433),
        ("postgresql://u:***@db.example:5433/app", "db.example", 5433),
        ("jdbc:postgresql://db.example/app", "db.example", None),
        ('Verbindung zum Server auf "db.example" (10.1.1.4), Port 5433 fehlgeschlagen', "db.example", 5433),
        ('la connexion au serveur sur " db.example " (10.2.1.5), port 5433 a échoué', "db.example", 5433),
        ('falló la conexión al servidor en "db.example" (::1), puerto 5433', "db.example", 5433),
        ('"db.example"(10.1.1.1)、ポート5433のサーバーへの接続に失敗しました', "db.example", 5433),
        ("failed to connect to `user=u database=d`: 10.2.3.4:5433 (db.example): tls error: EOF", "db.example", 5433),
        ("failed to connect to `user=u`: [::1]:5432 (localhost): dial error: dial tcp [::1]:5432", "localhost", 5432),
        ("postgresql+asyncpg://u@db.example", "db.example", None),
        ("failed to connect to `host=db user=u database=d`", "db", None),
        ("getaddrinfo ENOTFOUND db.example db.example:5432", "db.example", None),
        ("connect ECONNREFUSED 127.0.0.1:5433", "127.0.0.1", 5433),
        ("connect ECONNREFUSED ::1:5432", "::1", 5432),
        ("dial tcp 10.0.0.5:5432: i/o timeout", "10.0.0.5", 5432),
        ("dial tcp [2001:db8::1]:5432: connect: connection refused", "2001:db8::1", 5432),
        ("read tcp 10.10.8.16:51843->203.0.113.13:5432: read: connection reset", "203.0.113.13", 5432),
        ("Connection to db.example:5432 refused.", "db.example", 5432),
        ("The hostname db.example could not be verified by hostnameverifier", "db.example", None),
        (
            "does not match certificate's altnames: Host: db.example. is not in the cert's altnames: DNS:x",
            "db.example",
            None,
        ),
        ("x509: certificate is valid for a.example, b.example, not db.example", "db.example", None),
        ("X.Postgres.Database.Azure.com:6432 says no", "x.postgres.database.azure.com", 6432),
        ("c-mygroup.12345.postgres.cosmos.azure.com", "c-mygroup.12345.postgres.cosmos.azure.com", None),
        ('no pg_hba.conf entry for host "192.0.2.1", user "u"', None, None),
        ("port 99999", None, None),
        ("db.example:70000 postgres://db:70000/", "db", None),
        ("nothing here", None, None),
    ],
)
def test_the_servers_name_and_port(text: str, host: str | None, port: int | None) -> None:
    found = clues(text)
    assert (found.host, found.port) == (host, port)


def test_numbers_and_names_that_survive_translation() -> None:
    found = clues(
        "SQLSTATE[08006] [7] ERREUR (SQLSTATE 28000) code: '28P01' (FATAL: 53300: x) ECONNRESET 0x0000274D/10061) "
        "error:0A000086:SSL routines::x SSL alert number 48 0x80090326 sslrootcert=/etc/ca.pem"
    )
    assert found == Clues(
        sslrootcert="/etc/ca.pem",
        sqlstates=("08006", "28000", "28P01", "53300"),
        errnos=("ECONNRESET", "10061"),
        alerts=(48,),
        openssl=("0A000086",),
        hresults=("0x80090326",),
    )


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ('password authentication failed for user "app"', "app"),
        ("Access denied for user 'app'", "app"),
        ('Benutzer "app-1"', "app-1"),
        ('role "ann@contoso.com" does not exist', "ann@contoso.com"),
        ("failed to connect to `host=db user=app database=d`", "app"),
        ("postgres://app:***@db/d", "app"),
        ("Username=ann@contoso.com;Password=***", "ann@contoso.com"),
        ('user "a b"', None),
        ('user "x\';--"', None),
        ("user name", None),
    ],
)
def test_the_user(text: str, user: str | None) -> None:
    assert clues(text).user == user


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ('ERROR:  relation "jobs" does not exist LINE 1', 'relation "jobs" does not exist'),
        ("ERROR: permission denied for schema public", "permission denied for schema public"),
        ('syntax error at or near "SELEC"', 'syntax error at or near "SELEC"'),
        ("ERROR: 42P07: es gibt schon", "SQLSTATE 42P07"),
        ("code: '23505'", "SQLSTATE 23505"),
        ("permission denied for database app", None),
        ('role "app" does not exist (SQLSTATE 28000)', None),
        ("certificate is not a CA, the type of key is unknown", None),
    ],
)
def test_what_shows_that_a_statement_failed(text: str, statement: str | None) -> None:
    assert clues(text).statement == statement


def test_azure_is_known_by_its_names() -> None:
    assert on_azure(clues("x.postgres.database.azure.com"))
    assert clues("x.postgres.database.chinacloudapi.cn").cloud == "china"
    assert not on_azure(clues("db.example:5432"))
    assert clues("nothing").cloud is None
    assert clues("db.example:6432").pgbouncer


def test_a_text_without_a_host_may_be_of_azure() -> None:
    assert maybe_on_azure(clues("x.postgres.database.azure.com"))
    assert maybe_on_azure(clues("nothing"))
    assert not maybe_on_azure(clues("db.example:5432"))


def test_only_the_beginning_is_looked_at() -> None:
    assert clues("x" * LOOKED_AT + " ECONNRESET") == Clues()


def test_libpqs_advice_is_no_setting_of_the_client() -> None:
    text = "Either provide the file, use the system's trusted roots with sslrootcert=system, or change sslmode"
    assert clues(text).sslrootcert is None
