"""What is made of texts of libpq and of what is built on it, in the forms in which people paste them."""

from __future__ import annotations

import pytest

from azpg_tls.catalogue import BY_CODE
from azpg_tls.clients.sign import Confidence
from azpg_tls.explanation import explain

_AT = 'connection to server at "db" (10.0.0.5), port 5432 failed: '
_IN_CLEAR = f'{_AT}FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "u", database "d", no encryption'

PASTED = (
    (f"psql: error: {_AT}SSL error: certificate verify failed\n{_IN_CLEAR}", "psql", "unknown-issuer"),
    (f"psql: error: {_AT}SSL error: tlsv1 alert unknown ca\n{_IN_CLEAR}", "psql", "client-certificate-required"),
    (f'psql: error: {_AT}root certificate file "system" does not exist', "psql", "root-file-missing"),
    ("psql: SSL-Fehler: certificate verify failed", "psql", "unknown-issuer"),
    ("ysqlsh: SSL error: sslv3 alert certificate expired", "psql", "expired"),
    ('pg_dumpall: error: could not connect to database "postgres": SSL error: dh key too small', "psql", "weak-key"),
    (f"pg_dump: error: {_AT}timeout expired", "psql", "tcp-timeout"),
    (
        ('{"level":"error","msg":"(psycopg2.OperationalError) could not open certificate file '
        '\\"/root/.postgresql/postgresql.crt\\": Permission denied\\n"}'),
        "psycopg",
        "root-file-permissions",
    ),
    (
        ("sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) SSL error: decryption failed "
        "or bad record mac\n\n"
        "(Background on this error at: https://sqlalche.me/e/20/e3q8)"),
        "psycopg",
        "fork-shared-connection",
    ),
    ("django.db.utils.OperationalError: couldn't get a connection after 30.00 sec", "django", "pool-timeout"),
    ((f"django.db.utils.OperationalError: {_AT}server does not support SSL, but SSL was "
    f"required"), "django", "tls-not-offered"),
    ("PG::ConnectionBad: invalid sslmode value: \"required\"", "ruby-pg", "sslmode-invalid"),
    (("Sequel::DatabaseDisconnectError: PG::ConnectionBad: PQconsumeInput() SSL SYSCALL error: EOF "
    "detected"), "ruby-pg", "handshake-closed"),
    (("Illuminate\\Database\\QueryException: SQLSTATE[08006] [7] SSL error: tlsv1 alert unknown "
    "ca"), "php-pdo", "client-certificate-required"),
    ("SQLSTATE[08006] [7] received invalid response to GSSAPI negotiation: S", "php-pdo", "gssenc-interference"),
    (("PHP Warning:  pg_connect(): Unable to connect to PostgreSQL server: SSL error: unsupported "
    "protocol"), "php-pgsql", "tls-version-unsupported"),
    (("DBD::Pg::st execute failed: SSL SYSCALL error: EOF detected at ./load.pl line "
    "9"), "perl-dbd-pg", "handshake-closed"),
    (('Unable to connect to server: sslmode value "require" invalid when SSL support is not compiled '
    'in'), "pgadmin", "client-without-tls"),
    (
        ('KABOOM!\nFATAL error: Failed to connect to pgsql at "db" (port 5432) as user "u": A failure '
        'in the SSL library '
        "occurred on handle #.(SB-SYS:INT-SAP #X01) (return code: 1).\nSSL error queue:\nerror:14090086:SSL routines:"
        "ssl3_get_server_certificate:certificate verify failed"),
        "pgloader",
        "unknown-issuer",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("text", "client", "code"), PASTED)
def test_a_pasted_text_is_its_clients_and_has_its_cause_first(text: str, client: str, code: str) -> None:
    explanation = explain(text)
    assert (explanation.client, explanation.causes[0].code) == (client, code)


# What to do about a route is the same for every client.
@pytest.mark.parametrize(("text", "code"), [(text, code) for text, _, code in PASTED if code != "tcp-timeout"])
def test_the_fix_is_in_the_clients_own_terms(text: str, code: str) -> None:
    fix = explain(text).causes[0].fix
    assert fix != ()
    assert fix != BY_CODE[code].page.fixes


@pytest.mark.parametrize(
    ("words", "number", "code"),
    [
        ("sslv3 alert handshake failure", 40, "cipher-mismatch"),
        ("sslv3 alert bad certificate", 42, "client-certificate-required"),
        ("sslv3 alert certificate expired", 45, "expired"),
        ("tlsv1 alert unknown ca", 48, "client-certificate-required"),
        ("tlsv1 alert protocol version", 70, "tls-version-unsupported"),
        ("tlsv1 unrecognized name", 112, "sni-rejected"),
        ("tlsv13 alert certificate required", 116, "client-certificate-required"),
        ("tlsv1 alert no application protocol", 120, "alpn-mismatch"),
    ],
)
def test_an_alert_means_the_same_by_word_number_and_reason(words: str, number: int, code: str) -> None:
    forms = (
        f"SSL error: {words}",
        f"SSL alert number {number}",
        f"error:0A000000:SSL routines::reason({1000 + number})",
    )
    assert [explain(form).causes[0].code for form in forms] == [code] * 3


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        ("error:1416F086:SSL routines:tls_process_server_certificate", "unknown-issuer"),
        ("error:0A000086:SSL routines::", "unknown-issuer"),
        ("error:141A318A:SSL routines:tls_process_ske_dhe", "weak-key"),
        ("error:1425F102:SSL routines:ssl_choose_client_version", "tls-version-unsupported"),
        ("error:0A000126:SSL routines::", "handshake-closed"),
    ],
)
def test_a_packed_code_is_understood_without_its_words(packed: str, code: str) -> None:
    assert explain(packed).causes[0].code == code


def test_what_verification_says_counts_before_that_it_failed() -> None:
    text = "SSL error: certificate verify failed: certificate has expired"
    assert [cause.code for cause in explain(text).causes if cause.confidence is not Confidence.POSSIBLE] == ["expired"]


def test_azures_certificates_are_never_self_signed() -> None:
    text = 'connection to server at "srv.postgres.database.azure.com" failed: SSL error: certificate verify failed'
    assert "self-signed" not in {cause.code for cause in explain(text).causes}
    assert explain(text).causes[0].why.startswith("The client's roots lack the one")


@pytest.mark.parametrize("client", ["psql", "pgx", "terraform"])
def test_the_name_that_did_not_match_is_not_advised(client: str) -> None:
    text = f'{_AT}server certificate for "*.example.com" does not match host name "10.0.0.5"'
    assert "10.0.0.5" not in " ".join(explain(text, client).causes[0].fix)


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("Server unterstützt kein SSL, aber SSL wurde verlangt", Confidence.CERTAIN),
        ("le serveur ne supporte pas SSL alors que SSL était réclamé", Confidence.CERTAIN),
        ("サーバーはSSLをサポートしていません", Confidence.LIKELY),
    ],
)
def test_a_whole_sentence_is_as_sure_in_any_language(text: str, confidence: Confidence) -> None:
    (first, *_) = explain(f"psql: {text}")
    assert (first.code, first.confidence) == ("tls-not-offered", confidence)
