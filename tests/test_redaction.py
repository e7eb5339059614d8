"""No secret of a pasted text is shown, and nothing else is taken away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.redaction import redact
from azpg_tls.transcript import clean

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL29zc3JkYm1zIn0.c2lnbmF0dXJl"
KEY = "-----BEGIN {}PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:hunter2@db:5432/x", "postgresql://u:***@db:5432/x"),
        ("postgresql://u:p@ss/w@db:5432/x", "postgresql://u:***@db:5432/x"),
        ("host=db password=hunter2 user=u", "host=db password=*** user=u"),
        ("password='hunter 2' user=u", "password=*** user=u"),
        ("Host=db;Password=hunter2;Username=u", "Host=db;Password=***;Username=u"),
        ('{"password": "hun\'ter2", "user": "u"}', '{"password": ***, "user": "u"}'),
        ("password: hunter2, user: u", "password: ***, user: u"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"),
        ("DB_PASSWORD: 'hunter2'", "DB_PASSWORD: ***"),
        ("client_secret => hunter2)", "client_secret => ***)"),
        ("sslpassword=hunter2 x", "sslpassword=*** x"),
        (f"token {JWT} end", "token *** end"),
        ("Authorization: Bearer abcdefgh.ijkl end", "Authorization: Bearer *** end"),
        ("access_token=abcdef&x=1", "access_token=***&x=1"),
        ('FATAL: password authentication failed for user "u"', 'FATAL: password authentication failed for user "u"'),
        ("No password has been provided", "No password has been provided"),
        ("https://example.com:443/a", "https://example.com:443/a"),
        ("postgres://u:p@ss@db", "postgres://u:***@db"),
        ("postgres://:@db", "postgres://:@db"),
        ("api_key=abc AccountKey=def", "api_key=*** AccountKey=***"),
    ],
)
def test_what_is_shown_of_a_text(text: str, shown: str) -> None:
    assert redact(text) == shown


# In these, § stands for a secret.
FORMS = (
    "postgres://u@srv:§@srv.postgres.database.azure.com/d",
    "postgres://u:y §@db/d",
    "postgres://:§@db",
    "('postgres://u:y\\'§@db')",
    "postgres://u:y/§?z@db:5432/d",
    "postgres%3A%2F%2Fu%3A§%40db",
    "postgres:\\/\\/u:§@db",
    "u:§@db:5432",
    "//u:§@db/d",
    "jdbc:postgresql://db/d?user=u&password=§&ssl=true",
    "host=db password=y\\ § user=u",
    "host=db password=y\\'§ user=u",
    "password='it\\'s §'",
    "password='it''s §'",
    "password='§",
    'password = "a \\"§"',
    "Password=a b §;Host=h",
    "Password={a;§}",
    "PWD=§",
    "Passwort=§",
    "--password §",
    "--admin-password '§'",
    "export DB_PASS=§",
    "pass: §",
    "password\t§",
    "$env:PGPASSWORD = '§'",
    'PGPASSWORD="a §" psql',
    "password=&quot;a §&quot;",
    '{"password":"a\\"§","user":"u"}',
    '{\\"password\\":\\"§\\"}',
    '"password": ["§"]',
    '"password": {"value": "§"}',
    '{"name":"PGPASSWORD","value":"§"}',
    "- name: PGPASSWORD\n  value: §",
    "password: |\n  §",
    '[password: "§", hostname: "h"]',
    '{password,"§"}',
    '{:password, "§"}',
    '{password, <<"§">>}',
    '#{password => "§"}',
    'password: Some("§")',
    "password: `§`",
    "<password>§</password>",
    '<property name="password" value="§"/>',
    "ALTER ROLE u PASSWORD '§'",
    "my password is '§'",
    "AccountKey=§==;EndpointSuffix=core",
    "SharedAccessKey=§=",
    "sv=2020&sig=§%3D",
    "AWS_SECRET_ACCESS_KEY=§",
    "X-Api-Key: §",
    "Set-Cookie: session=§",
    "Authorization: Bearer 1234567§",
    "SCRAM-SHA-256$4096:§=$y:z",
    "db.example:5432:mydb:user:§",
    "*:*:*:u:§",
    f"{KEY.format('')}\n§\n§\n-----END PRIVATE KEY-----",
    f"{KEY.format('RSA ')}\\n§\\n-----END RSA PRIVATE KEY-----",
    f"{KEY.format('ENCRYPTED ')}\n§",
)
SECRET = "Hunter2SECRET"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("around", ["{}", "{}\nECONNREFUSED", "ECONNREFUSED {}", '"{}"'])
def test_a_secret_is_not_shown(form: str, around: str) -> None:
    assert SECRET not in clean(around.format(form.replace("§", SECRET)))


@pytest.mark.parametrize(
    "wrapped",
    [
        f"{JWT[:40]}\n{JWT[40:]}",
        JWT.replace(".", ".\n"),
        f"> {JWT[:40]}\n> {JWT[40:]}",
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9",
    ],
)
def test_a_token_that_is_wrapped_or_cut_is_not_shown(wrapped: str) -> None:
    assert clean(f"Token\n{wrapped}\nFATAL") in ("Token *** FATAL", "Token *** c2lnbmF0dXJl FATAL")


@pytest.mark.parametrize(
    "text",
    [
        "asyncpg.exceptions.InvalidPasswordError: password authentication failed",
        "Password: \npsql: error: connection refused",
        "TokenExpiredException: The token expired",
        "Server requested md5-password authentication, but no password was given",
        "OAuth bearer authentication failed",
        "SCRAM-SHA-256 authentication requires password",
        "java.security.SignatureException: Signature does not match",
        "passfile=/home/u/.pgpass",
        "s3_clnt.c:1264:",
        "error:14090086:SSL routines:ssl3_get_server_certificate:certificate verify failed",
        "2603:1030:5:2:0:0:0:1 2603:1030:5:2::a1",
        "shop/app@10.0.0.4:51234 login rejected",
        "postgres://u@db:5432/d",
        "git@example.com:name",
        "password authentication failed for user 'u'",
        "2026-11-23 10:00:00.123 UTC [12] u@d FATAL",
    ],
)
def test_what_is_no_secret_is_kept(text: str) -> None:
    assert redact(text) == text


@given(st.text(st.characters(exclude_characters="'\\\n"), min_size=1, max_size=40), st.sampled_from("=:"))
def test_whatever_stands_in_quotes_is_not_shown(secret: str, sign: str) -> None:
    shown = redact(f"host='db' password{sign}'{secret}' user='u'")
    assert shown == f"host='db' password{sign}*** user='u'"
