"""A text has its causes in order, with the fix of the client that wrote it."""

from __future__ import annotations

import json

import pytest

import azpg_tls
from azpg_tls.catalogue import BY_CODE
from azpg_tls.clients.sign import Confidence
from azpg_tls.clues import Clues
from azpg_tls.errors import InputError
from azpg_tls.explanation import explain
from azpg_tls.render.explanation import to_json

AZURE = "srv.postgres.database.azure.com"
REFUSED = f'connection to server at "{AZURE}" (192.0.2.7), port 5432 failed: '
IN_CLEAR = 'FATAL:  no pg_hba.conf entry for host "192.0.2.1", user "u", database "d", no encryption'
WRONG = 'FATAL:  password authentication failed for user "u"'
VERIFY = "SSL error: certificate verify failed"


def codes(text: str, client: str | None = None) -> list[str]:
    return [cause.code for cause in explain(text, client)]


def test_the_refusal_of_plain_text_is_a_cause_of_its_own() -> None:
    (first, *_) = explain(REFUSED + IN_CLEAR)
    assert (first.code, first.confidence) == ("tls-required", Confidence.LIKELY)


@pytest.mark.parametrize("failure", [WRONG, VERIFY])
def test_the_second_attempt_in_clear_hides_no_first_failure(failure: str) -> None:
    alone = codes(REFUSED + failure)
    assert codes(f"{REFUSED}{failure}\n{REFUSED}{IN_CLEAR}") == alone
    assert codes(f"{REFUSED}{IN_CLEAR}\n{REFUSED}{failure}") == alone
    assert "tls-required" not in alone


def test_a_longer_match_counts_before_one_inside_it() -> None:
    assert codes("self-signed certificate in certificate chain")[0] == "unknown-issuer"
    assert codes("self-signed certificate")[0] == "self-signed"


def test_an_alert_of_a_short_server_log_is_the_clients_in_every_line() -> None:
    lines = [
        f"2026-05-01 10:00:0{second}.000 UTC [7] LOG:  could not accept SSL connection: {alert}"
        for second, alert in enumerate(("tlsv1 alert unknown ca", "EOF detected", "sslv3 alert bad certificate"))
    ]
    assert codes("\n".join(lines))[:2] == ["unknown-issuer", "handshake-closed"]
    assert "client-certificate-required" not in codes("\n".join(lines))


def test_a_firewall_that_refuses_both_attempts_is_told_by_the_first() -> None:
    line = 'FATAL:  no pg_hba.conf entry for host "20.1.2.3", user "app", database "shop", {}'
    assert codes(f"{line.format('SSL encryption')}\n{line.format('no encryption')}")[0] == "no-pg-hba-entry"
    assert codes(line.format("no encryption"))[0] == "tls-required"


@pytest.mark.parametrize(
    ("address", "line"),
    [("192.0.2.1", "hostssl d u 192.0.2.1/32 scram"), ("fe80::1", "hostssl d u fe80::1/128 scram"), ("[local]", "")],
)
def test_a_server_that_is_not_azures_may_as_well_have_no_rule_whose_line_is_told(address: str, line: str) -> None:
    tls, rule, *_ = explain(IN_CLEAR.replace("192.0.2.1", address))
    assert [tls.code, rule.code, rule.confidence] == ["tls-required", "no-pg-hba-entry", Confidence.LIKELY]
    assert line in rule.why
    assert any(line in step for step in rule.fix)
    assert ("hostssl" in rule.why) is bool(line)
    azures = {cause.code: cause for cause in explain(REFUSED + IN_CLEAR.replace("192.0.2.1", address))}
    assert azures["no-pg-hba-entry"].confidence is Confidence.POSSIBLE
    assert "hostssl" not in azures["no-pg-hba-entry"].why


def test_a_refusal_inside_tls_has_the_rule_that_lets_the_client_in() -> None:
    inside = IN_CLEAR.replace("no encryption", "SSL encryption")
    (own, *_) = explain(inside)
    assert own.fix[0].endswith(": hostssl d u 192.0.2.1/32 scram-sha-256")
    (azures, *_) = explain(REFUSED + inside)
    assert azures.fix[0].endswith(" --start-ip-address 192.0.2.1 --end-ip-address 192.0.2.1")
    (odd, *_) = explain(inside.replace('"u"', '"u; all"'))
    assert odd.fix == BY_CODE["no-pg-hba-entry"].page.fixes


def test_a_name_of_entra_id_on_azure_has_the_tokens_steps_and_no_passwords() -> None:
    wrong = 'FATAL:  password authentication failed for user "ann@contoso.com"'
    password, name, *_ = explain(f"psql: error: {REFUSED}{wrong}")
    assert [password.code, name.code, name.confidence] == [
        "password-rejected", "entra-wrong-username", Confidence.LIKELY,
    ]  # fmt: skip
    assert password.fix[0].startswith('export PGPASSWORD="$(az account get-access-token ')
    assert "ALTER ROLE" not in "".join(password.fix)
    elsewhere, *others = explain(wrong.replace(":", " db.example:5432:", 1))
    assert elsewhere.fix[0].startswith("Set the password anew: ALTER ROLE")
    assert "entra-wrong-username" not in {cause.code for cause in others}
    assert codes(f'{REFUSED}FATAL:  password authentication failed for user "ann"')[:2] == [
        "password-rejected", "entra-wrong-username",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Error: connect ECONNREFUSED ::1:5432 at node:net", "Name the server: `new Pool({ host: 'SERVER', port"),
        ("PG::ConnectionBad: {}", "Name the server's host: host: SERVER in config/database.yml"),
        ("psycopg2.OperationalError: {}", "Name the server's host: psycopg.connect(\"host=SERVER port=5432"),
        ("(psycopg.OperationalError) connection failed: {}", "Name the server's host: psycopg.connect("),
        ("django.db.utils.OperationalError: {}", 'Name the server\'s host: DATABASES["default"] in settings.py'),
        ("psql: error: {}", "Name the server's host: host=… in the connection string, -h, or PGHOST"),
        ("dial tcp [::1]:5432: connect: connection refused", "Name the server's host: host=… or postgres://"),
        ("Connection to localhost:5432 refused. Check that", "Name the server's host in the URL: jdbc:postgresql://S"),
        ("OSError: [Errno 111] Connect call failed ('127.0.0.1', 5432)", "Name the server's host: in the client's"),
    ],
)
def test_a_refusal_by_this_machine_asks_for_the_servers_name_in_the_clients_words(text: str, step: str) -> None:
    refused = 'connection to server at "localhost" (::1), port 5432 failed: Connection refused'
    (cause, *_) = explain(text.format(refused))
    assert (cause.code, cause.fix[0][: len(step)]) == ("tcp-refused", step)
    assert any("In a container" in each for each in cause.fix)
    (elsewhere, *_) = explain(text.format(refused).replace("localhost", "db.example").replace("::1", "192.0.2.1"))
    assert "In a container" not in "".join(elsewhere.fix) or "127.0.0.1" in text


def test_one_address_that_refuses_does_not_hide_what_the_other_says() -> None:
    lines = [f'connection to server at "localhost" ({at}), port 5432 failed: ' for at in ("::1", "127.0.0.1")]
    assert codes(f"psql: error: {lines[0]}Connection refused\n{lines[1]}{WRONG}")[0] == "password-rejected"


@pytest.mark.parametrize(
    "text",
    [
        'connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory',
        'Is the server running locally and accepting connections on Unix domain socket "/tmp/.s.PGSQL.5432"?',
        "dial unix /tmp/.s.PGSQL.5432: connect: no such file or directory",
        "connect ENOENT /tmp/.s.PGSQL.5432",
    ],
)
def test_a_socket_that_is_not_there_means_that_no_host_reached_the_client(text: str) -> None:
    (cause, *_) = explain(text)
    assert (cause.code, cause.why.split(",")[0]) == ("tcp-refused", "No host reached the client")
    assert cause.fix[0].startswith("Name the server's host: ")


def test_a_host_alone_after_a_failed_attempt_is_javas_unknown_host() -> None:
    failed = "The connection attempt failed."
    assert codes(f"{failed}\n  {failed}\n  db-x.example.com")[0] == "dns-failure"
    assert codes(f"{failed}\n  {failed}\n  {AZURE}")[0] == "dns-failure"
    assert "private-dns-zone" in codes(f"{failed}\n{AZURE}")
    assert codes(failed)[0] == codes(f"{failed} See db.example.com for more.")[0] == "tcp-timeout"


def test_what_holds_for_azure_alone_is_said_for_azure_alone() -> None:
    words = 'could not translate host name "{}" to address: Name or service not known'
    assert codes(words.format(AZURE)) == ["private-dns-zone", "dns-failure"]
    assert codes(words.format("db.example")) == ["dns-failure"]


def test_the_client_is_known_by_its_marks_or_by_its_name_or_by_what_it_says() -> None:
    assert explain(f"psycopg2.OperationalError: {VERIFY}").client == "psycopg"
    assert explain(VERIFY, "psycopg2").client == "psycopg"
    assert explain(f"psql: error: {VERIFY}").client == "psql"
    assert explain("server does not support SSL, but SSL was required").client == "libpq"


def test_a_client_that_is_not_known_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no client is called 'jdbcc'; choose one of asyncpg, "):
        explain(VERIFY, "jdbcc")


def test_a_text_that_the_named_client_does_not_print_is_explained_all_the_same() -> None:
    assert codes("Connection refused", "psycopg") == ["tcp-refused"]


def test_a_cause_has_what_matched_why_the_fix_and_a_check_with_the_servers_name() -> None:
    (cause,) = explain(f'{REFUSED}root certificate file "/x/root.crt" does not exist')
    assert cause.matched == 'root certificate file "/x/root.crt" does not exist'
    assert "/x/root.crt" in cause.why
    assert any("sslrootcert=ROOTS" in step for step in cause.fix)
    assert cause.title == BY_CODE["root-file-missing"].title
    (refused,) = explain(f'connection to server at "{AZURE}" (1.2.3.4), port 6432 failed: Connection refused')
    assert refused.check == (f"azpg-tls probe {AZURE} --port 6432",)


def test_a_step_has_the_servers_name_and_port_where_the_text_has_them_and_no_other_name() -> None:
    (missing, *_) = explain(f'psql: error: {REFUSED}FATAL:  role "ann@contoso.com" does not exist')
    assert "SELECT * FROM pgaadauth_create_principal('ROLE', false, false)" in missing.fix[-1]
    (untrusted, *_) = explain("jdbc:postgresql://db.example:6432/app: SSL error: PKIX path building failed", "pgjdbc")
    assert "jdbc:postgresql://db.example:6432/DATABASE?" in untrusted.fix[0]
    (nameless, *_) = explain(WRONG)
    assert nameless.check == ('psql "host=HOST user=u dbname=postgres sslmode=verify-full sslrootcert=ROOTS"',)


def test_a_step_has_the_user_unless_it_is_the_wrong_one() -> None:
    failed = (
        "failed to connect to `host=db user=ann@contoso.com`: tls error: x509: certificate signed by unknown authority"
    )
    (untrusted, *_) = explain(failed, "pgx")
    assert '"postgres://ann%40contoso.com@db:5432/DB?' in untrusted.fix[0]
    (refused, *others) = explain(f"psql: error: {WRONG}")
    assert refused.fix[0].startswith("Set the password anew: ALTER ROLE \"u\" PASSWORD '…'")
    single = next(cause for cause in others if cause.code == "single-server-username-format")
    assert "user=USER " in single.check[0]


def test_the_answer_to_a_second_attempt_in_the_clear_is_kept_apart() -> None:
    said = explain(f'{REFUSED}{VERIFY}\n{REFUSED}FATAL:  no pg_hba.conf entry for host "::1", user "u", no encryption')
    assert said.retry.endswith('pg_hba.conf entry for host "::1", user "u", no encryption')
    assert "tls-required" not in [cause.code for cause in said]
    assert explain(VERIFY).retry == ""


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ('root certificate file "/x/root.crt" does not exist', "ls -l /x/root.crt"),
        ('private key file "/x y/me.key" has group or world access', "namei -l '/x y/me.key'"),
    ],
)
def test_a_file_that_the_text_names_is_looked_at(text: str, check: str) -> None:
    (cause, *_) = explain(f"psql: error: {REFUSED}{text}")
    assert cause.check[0] == check


@pytest.mark.parametrize(
    ("text", "check"),
    [
        (r'psql: error: root certificate file "C:\x y\root.crt" does not exist', r'dir "C:\x y\root.crt"'),
        (r'psql: error: private key file "C:\me.key" has group or world access', r'icacls "C:\me.key"'),
        ('Npgsql: root certificate file "root.crt" does not exist', 'dir "root.crt"'),
        ('Npgsql on Linux: root certificate file "/x/root.crt" does not exist', "ls -l /x/root.crt"),
    ],
)
def test_a_command_is_one_that_windows_has_where_the_text_is_from_there(text: str, check: str) -> None:
    (cause, *_) = explain(text)
    assert cause.check[0] == check


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (WRONG, {"Set the password anew: ALTER ROLE \"u\" PASSWORD '…'"}),
        (
            'FATAL:  role "u" does not exist',
            {"See what there is: SELECT rolname FROM pg_roles WHERE rolcanlogin", 'Make it: CREATE ROLE "ROLE" LOGIN'},
        ),
        (
            'FATAL:  database "d" does not exist',
            {'Create it: CREATE DATABASE "DATABASE"', "Or on Azure: az postgres flexible-server db create"},
        ),
    ],
)
def test_a_statement_or_command_is_a_step_of_its_own(text: str, steps: set[str]) -> None:
    (first, *_) = explain(f"psql: error: {text}")
    assert steps <= set(first.fix)


def test_a_fix_is_not_that_of_a_pooler_that_is_not_there() -> None:
    (first, *_) = explain(f"psql: error: {WRONG}")
    assert first.fix[1:] == BY_CODE["password-rejected"].page.fixes[1:]


def test_a_check_takes_the_root_file_that_the_text_names() -> None:
    (first, *_) = explain(f"psql 'host={AZURE} sslrootcert=/etc/ca.pem'\n{VERIFY}")
    assert first.check == (f"azpg-tls probe {AZURE} --sslrootcert /etc/ca.pem",)


def test_a_log_has_each_problem_once_with_its_count_the_surest_first() -> None:
    lines = [f"2026-11-23 10:00:{n % 60:02} ERROR: {VERIFY}" for n in range(90)]
    lines += [f"2026-11-23 11:00:{n:02} ERROR: sorry, too many clients already" for n in range(30)]
    lines += ["2026-11-23 12:00:00 LOG: connected"]
    said = explain("\n".join(lines))
    assert [cause.code for cause in said] == ["too-many-connections"]
    assert said.count == 30
    assert [(problem.causes[0].code, problem.count) for problem in said.rest] == [("unknown-issuer", 90)]


def test_a_short_log_has_its_problems_apart_and_what_follows_from_them_last() -> None:
    lines = ["SSL SYSCALL error: EOF detected", VERIFY, "SSL SYSCALL error: EOF detected", "Connection refused"] * 3
    said = explain("\n".join(f"2026-11-23 10:00:{n:02} ERROR: {line}" for n, line in enumerate(lines)))
    problems = [(said.causes[0].code, said.count)] + [(each.causes[0].code, each.count) for each in said.rest]
    assert problems == [("unknown-issuer", 3), ("tcp-refused", 3), ("handshake-closed", 6)]


def test_messages_that_mean_the_same_are_one_problem() -> None:
    lines = [f"2026-11-23 10:00:00 ERROR: {REFUSED}Connection refused, {word}" for word in ("one", "other")] * 20
    said = explain("\n".join(lines))
    assert ([cause.code for cause in said], said.count, said.rest) == (["tcp-refused"], 40, ())


def test_a_quote_that_matched_is_closed() -> None:
    assert explain(WRONG).causes[0].matched == 'password authentication failed for user "u"'


def test_an_unknown_text_is_unknown_and_what_was_understood_is_kept() -> None:
    said = explain(f"E_WEIRD at {AZURE}:6432 psycopg")
    assert (said.causes, said.recognised, said.client) == ((), False, "psycopg")
    assert said.understood == Clues(host=AZURE, port=6432)
    assert explain("").understood == Clues()
    assert explain("nothing", "psycopg2").client == "psycopg"


def test_advice_to_turn_verification_off_is_found_beside_the_cause() -> None:
    said = explain(f"{VERIFY}\nOr change sslmode to disable server certificate verification.")
    assert [advice.matched for advice in said.advice] == ["change sslmode to disable server certificate verification"]


def report(**changes: object) -> str:
    finding = {"code": "expired", "title": "T", "detail": "D\x1b", "fix": ["do", "this"]}
    other = {"code": "expires-soon", "title": "S", "detail": "E", "fix": "wrong"}
    document = {
        "schema": "azpg-tls/probe/1",
        "target": {"host": AZURE, "port": 6432},
        "diagnosis": finding,
        "findings": [finding, other, {"code": "of-the-future"}, "nonsense"],
    }
    return json.dumps(document | changes)


def test_a_report_of_the_probe_is_explained_by_its_findings() -> None:
    said = explain(report())
    assert said.client == "azpg-tls"
    assert [(cause.code, cause.why, cause.fix) for cause in said] == [
        ("expired", "D\\x1b", ("do", "this")),
        ("expires-soon", "E", ()),
    ]
    assert said.understood == Clues(host=AZURE, port=6432)


def test_several_reports_are_several_problems() -> None:
    well = report(diagnosis=None, findings=[])
    warns = report(diagnosis=None, findings=[{"code": "expires-soon"}, {"code": "client-certificate-requested"}])
    said = explain(f"[{well}, {warns}, {report()}]")
    assert [cause.code for cause in said] == ["expired", "expires-soon"]
    assert [(problem.text, [cause.code for cause in problem.causes]) for problem in said.rest] == [
        (f"{AZURE}:6432", ["expires-soon"])
    ]


@pytest.mark.parametrize("host", ["db$(id)", "db; id", "", 7, None])
def test_a_reports_host_that_is_no_name_is_not_put_into_commands(host: object) -> None:
    said = explain(report(target={"host": host, "port": "5432"}))
    assert said.understood == Clues()
    assert "HOST" in said.causes[0].check[0] or "NAME" in said.causes[0].check[0]


def test_the_report_of_a_token_is_explained_too() -> None:
    said = explain(report(schema="azpg-tls/token/1", target=None))
    assert (said.client, [cause.code for cause in said]) == ("azpg-tls", ["expired", "expires-soon"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("FAIL  lab:expired (localhost:4): A certificate of the chain has expired (expired)\n\n  It …", ["expired"]),
        ("WARN  db: The chain … (root-retired)\n", ["root-retired"]),
        ("FAIL  db: Something of a later version (a-later-code)\n", []),
        ("PASS  db\n\nStages\n", []),
    ],
)
def test_a_report_in_words_is_explained_by_its_first_line(text: str, codes: list[str]) -> None:
    said = explain(text)
    assert [cause.code for cause in said] == codes
    assert said.client == ("azpg-tls" if codes else None)


def test_a_report_without_findings_is_understood() -> None:
    said = explain(report(diagnosis=None, findings=None, target=None))
    assert (said.causes, said.recognised, said.understood) == ((), True, Clues())


@pytest.mark.parametrize(
    "text",
    ['{"schema": "azpg-tls/probe/1"', '["azpg-tls/probe/1"]', '{"schema": "azpg-tls/probe/2"}', "[" * 100_000],
)
def test_what_is_no_report_is_a_text(text: str) -> None:
    assert explain(text).client is None


def test_the_public_function_is_this_one() -> None:
    assert azpg_tls.explain(VERIFY) == explain(VERIFY)
    assert azpg_tls.explain(VERIFY).to_json() == to_json(explain(VERIFY))


def test_what_follows_from_a_failure_comes_after_it() -> None:
    text = (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: EE certificate key "
        "too weak (_ssl.c:1076) ConnectionDoesNotExistError: connection was closed in the middle of operation"
    )
    assert codes(text)[0] == "weak-key"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("server certificate for localhost does not match host name 127.0.0.1", "hostname-mismatch"),
        ("private key file /app/client.key has group or world access", "root-file-permissions"),
        ("TypeError: connect() got an unexpected keyword argument sslmode", "sslmode-invalid"),
        ("Hostname/IP does not match certificates altnames: Host: db. is not certs CN: other", "hostname-mismatch"),
    ],
)
def test_a_text_is_known_without_its_quotes(text: str, code: str) -> None:
    first = explain(text).causes[0]
    assert (first.code, first.confidence) == (code, "likely")


@pytest.mark.parametrize(
    ("failure", "names", "maker"),
    [
        (
            f"{VERIFY}: self-signed certificate in certificate chain",
            "issuer=O = Zscaler Inc., CN = Zscaler X",
            "Zscaler",
        ),
        ("self signed certificate in certificate chain", "issuer: { C: 'US', O: 'Netskope Inc' }", "Netskope"),
        (
            "x509: certificate signed by unknown authority (possibly because of",
            'while trying to verify candidate authority certificate "FortiGate CA")',
            "Fortinet FortiGate",
        ),
        ("PKIX path building failed", "<<Issuer: CN=Palo Alto Decrypt>>", "Palo Alto Networks"),
        ("unable to get local issuer certificate", "i:/C=US/O=Sophos/CN=x", "Sophos"),
        (
            "TLS client: In state wait_cert_cr at ssl_handshake.erl:2098 generated CLIENT ALERT: Fatal - Unknown CA",
            "{{'AttributeTypeAndValue',{2,5,4,3},{utf8String,<<\"mitmproxy\">>}}}",
            "mitmproxy",
        ),
    ],
)
def test_a_product_that_inspects_tls_is_told_by_its_name(failure: str, names: str, maker: str) -> None:
    (first, second, *_) = explain(f"{failure}\n{names}")
    assert (first.code, first.confidence) == ("tls-intercepted", Confidence.LIKELY)
    assert first.why.startswith(maker)
    assert second.code == explain(failure).causes[0].code


@pytest.mark.parametrize(
    "text",
    [
        "tlsv1 alert unknown ca; issuer=CN=Zscaler Root CA",
        "Connection refused, issuer=CN=Zscaler Root CA",
        f"{VERIFY}: sslrootcert=/etc/zscaler.pem",
        f"{VERIFY}: issuer=CN=DigiCert Global Root G2",
    ],
)
def test_a_product_is_not_blamed_for_what_it_did_not_sign(text: str) -> None:
    assert codes(text)[0] != "tls-intercepted"


@pytest.mark.parametrize(
    "text", ["ERROR:  column r.role of relation x does not exist", "the role in this table does not exist"]
)
def test_ordinary_words_without_quotes_mean_nothing(text: str) -> None:
    assert explain(text).causes == ()
