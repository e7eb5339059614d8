"""Rules of the handshake and of the startup: told by numbers, and each with a neighbour for which it keeps still."""

from __future__ import annotations

import dataclasses

import pytest

from azpg_tls.errorresponse import ServerError
from azpg_tls.handshake import Ending
from azpg_tls.lab.answers import error
from azpg_tls.observation import NotReached, Seen, Startup
from azpg_tls.prelogin import Reply, StartupReply
from tests import forged
from tests.forged import Forged
from tests.observed import AZURE, HANDSHAKE, HEALTHY, TARGET, evidence, findings, handshake, presented

DIRECT = dataclasses.replace(TARGET, sslnegotiation="direct")
SHOWN = presented(HEALTHY)

ASK_FIRST = (
    "The probe asked as azpg_tls_probe, database postgres. First ask as your client does: --user USER --dbname DATABASE"
)
REJECTING = "On the server, in pg_hba.conf: remove the line that says reject, or put before it"


def rejected(alert: int, **facts: object) -> dict[str, str]:
    found = findings(evidence(handshake=handshake(Ending.REJECTED, alert=alert, **facts)))  # type: ignore[arg-type]
    return {code: finding.detail for code, finding in found.items()}


@pytest.mark.parametrize(
    ("alert", "code"),
    [
        (70, "tls-version-unsupported"),
        (40, "cipher-mismatch"),
        (71, "cipher-mismatch"),
        (112, "sni-rejected"),
        (120, "alpn-mismatch"),
        (80, "handshake-rejected"),
        (48, "handshake-rejected"),
    ],
)
def test_an_alert_before_any_certificate_names_its_cause(alert: int, code: str) -> None:
    assert list(rejected(alert)) == [code]


def test_after_the_servers_certificate_the_parameters_are_settled() -> None:
    assert list(rejected(40, certificates=SHOWN)) == ["handshake-rejected"]


@pytest.mark.parametrize("alert", [40, 41, 42, 116])
def test_a_client_certificate_that_was_asked_for_is_what_is_missed(alert: int) -> None:
    assert list(rejected(alert, certificates=SHOWN, client_certificate_requested=True)) == [
        "client-certificate-required"
    ]


def test_another_refusal_of_a_server_that_asks_for_certificates_is_none_of_that() -> None:
    assert list(rejected(80, certificates=SHOWN, client_certificate_requested=True)) == ["handshake-rejected"]


def test_a_server_that_chooses_an_old_version_is_told_which() -> None:
    def chose(version: bytes) -> str:
        hello = b"\x16\x03\x02\x00\x30\x02\x00\x00\x2c" + version
        refused = handshake(Ending.REFUSED, alert_sent=70, data=hello, refusal="unsupported protocol")
        return findings(evidence(handshake=refused))["tls-version-unsupported"].detail

    assert chose(b"\x03\x02") == "localhost:5432 was offered TLSv1.2 and TLSv1.3, and chose TLSv1.1."
    assert chose(b"\x03\x01").endswith("chose TLSv1.")
    assert chose(b"\x02\x00").endswith("chose another version.")


def test_a_name_that_is_not_known_and_one_that_was_not_sent_are_told_apart() -> None:
    assert rejected(112) == {"sni-rejected": "localhost:5432 does not know the name 'localhost'."}
    assert rejected(112, sni="") == {"sni-rejected": "localhost:5432 wants a name, and none was sent."}


def test_azure_takes_no_client_certificates() -> None:
    asked = handshake(Ending.REJECTED, alert=40, certificates=SHOWN, client_certificate_requested=True)
    found = findings(evidence(target=AZURE, handshake=asked))["client-certificate-required"]
    assert found.fix == (
        "Azure takes no client certificates: check with --hostaddr and your DNS which machine answers here.",
    )


def test_direct_tls_demands_alpn_and_the_other_way_does_not() -> None:
    none = dataclasses.replace(HANDSHAKE, alpn="")
    found = findings(evidence(target=DIRECT, handshake=none))["alpn-mismatch"]
    assert found.evidence == {"offered": "postgresql", "agreed": "none"}
    assert len(found.fix) == 2
    assert findings(evidence(handshake=none)) == {}
    assert findings(evidence(target=DIRECT)) == {}
    refused = handshake(Ending.REJECTED, alert=120)
    assert len(findings(evidence(handshake=refused))["alpn-mismatch"].fix) == 1


@pytest.mark.parametrize(
    ("ending", "data", "detail"),
    [
        (Ending.CLOSED, b"", "localhost:5432 closed (FIN) the connection right after the ClientHello."),
        (Ending.RESET, b"\x16\x03\x03", "localhost:5432 reset (RST) the connection after 3 byte(s)."),
    ],
)
def test_a_cut_connection_is_told_how_and_when(ending: Ending, data: bytes, detail: str) -> None:
    assert findings(evidence(handshake=handshake(ending, data=data)))["handshake-closed"].detail == detail


@pytest.mark.parametrize(
    ("number", "code", "detail"),
    [
        (0, "handshake-closed", "closed (FIN) the connection after the alert close_notify (0)."),
        (90, "handshake-closed", "closed (FIN) the connection after the alert user_canceled (90)."),
        (112, "sni-rejected", "does not know the name 'localhost'."),
    ],
)
def test_a_warning_before_the_end_says_why(number: int, code: str, detail: str) -> None:
    warning = b"\x15\x03\x03\x00\x02\x01" + bytes([number])
    found = findings(evidence(handshake=handshake(Ending.CLOSED, data=warning)))
    assert list(found) == [code]
    assert found[code].detail == f"localhost:5432 {detail}"
    assert f"({number})" in str(found[code].evidence)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (error("57P03", "the database system is starting up"), "the database system is starting up"),
        (b"EFATAL:  sorry, too many", "sorry, too many"),
    ],
)
def test_an_error_in_clear_in_the_place_of_tls_is_read(data: bytes, message: str) -> None:
    refused = handshake(Ending.REFUSED, data=data, refusal="wrong version number")
    found = findings(evidence(handshake=refused))["malformed-tls"]
    assert found.detail == f'localhost:5432 sent an error in clear where TLS should begin: "{message}".'
    assert found.evidence["message"] == message


def test_what_is_no_tls_is_shown_and_recognised() -> None:
    http = handshake(Ending.REFUSED, data=b"HTTP/1.1 400\r\n", refusal="wrong version number")
    found = findings(evidence(handshake=http))["malformed-tls"]
    assert found.detail == "localhost:5432 sent what OpenSSL does not accept as TLS (wrong version number)."
    assert found.evidence == {
        "first_bytes": r"HTTP/1.1 400\x0d\x0a",
        "openssl": "wrong version number",
        "protocol": "HTTP",
    }


def test_a_refusal_without_a_reason_is_one_and_an_alert_is_no_other_protocol() -> None:
    found = findings(evidence(handshake=handshake(Ending.REFUSED, data=b"\x15\x03\x03")))["malformed-tls"]
    assert found.evidence == {"first_bytes": r"\x15\x03\x03", "openssl": "no reason given"}


def test_a_certificate_that_openssl_cannot_read_is_what_was_malformed() -> None:
    refused = handshake(Ending.REFUSED, data=b"\x16\x03\x03", refusal="too long", alert_sent=42)
    found = findings(evidence(handshake=refused))["malformed-tls"]
    assert found.detail == "localhost:5432 sent a certificate that OpenSSL cannot read (too long)."
    assert found.fix[0].startswith("Have the certificate issued again; this shows which: openssl storeutl")


def test_a_certificate_whose_key_cannot_be_read_is_named() -> None:
    sent = [Forged(key=forged.unknown_key()).der]
    refused = handshake(Ending.REFUSED, certificates=sent, data=b"\x16\x03\x03", refusal="decode error", alert_sent=80)
    found = findings(evidence(handshake=refused))["malformed-tls"]
    assert found.detail == (
        "localhost:5432 sent the certificate 'forged', whose public key cannot be read (decode error)."
    )
    other = dataclasses.replace(refused, alert_sent=51)
    assert "does not accept as TLS" in findings(evidence(handshake=other))["malformed-tls"].detail


def test_a_message_that_is_too_long_may_be_the_certificates() -> None:
    refused = handshake(Ending.REFUSED, data=b"\x16\x03\x03", refusal="excessive message size", alert_sent=47)
    found = findings(evidence(handshake=refused))["malformed-tls"]
    assert found.detail == "localhost:5432 sent what OpenSSL does not accept as TLS (excessive message size)."
    assert found.fix[1].startswith("If the message size is excessive: leave only the server's certificate")


def test_a_flood_is_no_matter_of_openssl() -> None:
    found = findings(evidence(handshake=handshake(Ending.FLOODED, data=b"\x16\x03\x03")))["malformed-tls"]
    assert found.detail == "localhost:5432 sent more than 1 MiB without finishing the handshake."
    assert "openssl" not in found.evidence


def test_a_certificate_that_was_asked_for_in_vain_is_information_once_the_server_has_gone_on() -> None:
    asked = dataclasses.replace(HANDSHAKE, client_certificate_requested=True)
    assert list(findings(evidence(handshake=asked))) == ["client-certificate-requested"]
    assert findings(evidence(handshake=asked, startup=NotReached("--no-startup"))) == {}
    closed = findings(evidence(handshake=asked, reply=StartupReply(Reply.CLOSED)))
    assert list(closed) == ["closed-after-tls"]
    demanded = findings(evidence(handshake=asked, reply=StartupReply(Reply.RESET), alert=116))
    assert list(demanded) == ["client-certificate-required"]


def refusal(sqlstate: str, message: str, **fields: object) -> StartupReply:
    return StartupReply(Reply.ERROR, error=ServerError("FATAL", sqlstate, message, **fields))  # type: ignore[arg-type]


def no_entry(address: str) -> StartupReply:
    return refusal("28000", f'no pg_hba.conf entry for host "{address}", user "u", database "d", SSL encryption')


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (no_entry("203.0.113.7"), "no-pg-hba-entry"),
        (refusal("28000", 'pg_hba.conf rejects connection for host "203.0.113.7", user "u"'), "no-pg-hba-entry"),
        (refusal("28000", "connection requires a valid client certificate"), "client-certificate-required"),
        (refusal("28000", "no PostgreSQL user name specified in startup packet"), "startup-error"),
        (refusal("57P03", "the database system is starting up"), "server-not-ready"),
        (refusal("57P01", "terminating connection due to administrator command"), "server-not-ready"),
        (refusal("53300", "sorry, too many clients already"), "too-many-connections"),
        (refusal("", "sorry, too many clients already", protocol=2), "too-many-connections"),
        (refusal("08P01", "no more connections allowed (max_client_conn)"), "too-many-connections"),
        (refusal("", "the database system is in recovery mode", protocol=2), "server-not-ready"),
        (refusal("57P03", "データベースシステムは起動処理中です"), "server-not-ready"),
        (refusal("", 'no pg_hba.conf entry for host "::1"', protocol=2), "no-pg-hba-entry"),
        (refusal("28000", "la connexion requiert un certificat client valide"), "client-certificate-required"),
        (refusal("08P01", "no such database: postgres"), "startup-error"),
        (refusal("3D000", 'database "d" does not exist'), "startup-error"),
        (refusal("42501", "no pg_hba.conf entry, says somebody else"), "startup-error"),
        (refusal("F0000", "client certificates can only be checked if a root store is available"), "startup-error"),
        (StartupReply(Reply.OTHER, data=b"HTTP/1.1 400"), "startup-error"),
        (StartupReply(Reply.OTHER, notice=ServerError("WARNING", "01000", "hello")), "startup-error"),
        (refusal("57P03", "the database sys", whole=False), "server-not-ready"),
        (StartupReply(Reply.SILENT), "closed-after-tls"),
    ],
)
def test_a_refusal_is_told_by_its_sqlstate(reply: StartupReply, code: str) -> None:
    assert list(findings(evidence(reply=reply))) == [code]


@pytest.mark.parametrize(
    ("address", "shown", "prefix"),
    [
        ("203.0.113.7", "203.0.113.7", 32),
        ("2001:db8::7", "2001:db8::7", 128),
        ("[local]", "ADDRESS", 32),
        ("1.2.3.4; rm -rf ~", "ADDRESS", 32),
        ("fe80::1%; rm -rf ~", "ADDRESS", 32),
        ("$(reboot)", "ADDRESS", 32),
    ],
)
def test_only_an_address_goes_into_a_command(address: str, shown: str, prefix: int) -> None:
    elsewhere = findings(evidence(reply=no_entry(address)))["no-pg-hba-entry"]
    assert elsewhere.fix == (
        ASK_FIRST,
        f"On the server, in pg_hba.conf: hostssl DATABASE USER {shown}/{prefix} scram-sha-256",
        "Then: SELECT pg_reload_conf();",
    )
    azure = findings(evidence(target=AZURE, reply=no_entry(address)))["no-pg-hba-entry"]
    assert azure.fix[0] == (
        "Allow the client: az postgres flexible-server firewall-rule create --resource-group GROUP --server-name db "
        f"--name azpg-tls --start-ip-address {shown} --end-ip-address {shown}"
    )
    assert azure.evidence["client_address"] == shown


@pytest.mark.parametrize(
    "message",
    [
        "kein pg_hba.conf-Eintrag für Host »203.0.113.7«, Benutzer »u«, Datenbank »d«, SSL-Verschlüsselung",
        "aucune entrée dans pg_hba.conf pour l'hôte « 203.0.113.7 », utilisateur « u », base de données « d »",
        'ホスト"203.0.113.7"、ユーザー"u"、データベース"d", SSL暗号化に対応するエントリが pg_hba.conf にありません',
    ],
)
def test_a_translated_refusal_names_the_client_all_the_same(message: str) -> None:
    found = findings(evidence(reply=refusal("28000", message)))["no-pg-hba-entry"]
    assert found.evidence["client_address"] == "203.0.113.7"


def test_a_message_without_any_quotation_names_no_client() -> None:
    found = findings(evidence(reply=refusal("28000", "no pg_hba.conf entry")))["no-pg-hba-entry"]
    assert found.evidence["client_address"] == "ADDRESS"


def test_an_entry_is_advised_for_what_the_server_saw() -> None:
    def advised(message: str, **target: str) -> tuple[str, ...]:
        asked = dataclasses.replace(TARGET, **target)  # type: ignore[arg-type]
        return findings(evidence(target=asked, reply=refusal("28000", message)))["no-pg-hba-entry"].fix

    plain = advised('no pg_hba.conf entry for host "10.0.0.9", user "u", database "d", no encryption')
    assert plain[1].startswith("A proxy ends TLS before PostgreSQL")
    assert plain[1].endswith(": host DATABASE USER 10.0.0.9/32 scram-sha-256")
    old = advised('no pg_hba.conf entry for host "10.0.0.9", user "u", database "d", SSL off')
    assert old == plain
    rejected = advised('pg_hba.conf rejects connection for host "10.0.0.9", user "u"', user="u", dbname="d")
    assert rejected == (
        f"{REJECTING}: hostssl d u 10.0.0.9/32 scram-sha-256",
        "Then: SELECT pg_reload_conf();",
    )


@pytest.mark.parametrize("alert", [40, 41, 42, 116])
def test_a_missing_client_certificate_may_be_told_after_the_handshake(alert: int) -> None:
    asked = dataclasses.replace(HANDSHAKE, client_certificate_requested=True)
    found = findings(evidence(handshake=asked, reply=StartupReply(Reply.RESET), alert=alert))
    assert list(found) == ["client-certificate-required"]
    # A server that asked for none, or sends another alert, means something else.
    assert list(findings(evidence(reply=StartupReply(Reply.RESET), alert=alert))) == ["closed-after-tls"]
    other = findings(evidence(handshake=asked, reply=StartupReply(Reply.RESET), alert=80))
    assert list(other) == ["closed-after-tls"]
    assert "client certificate" in other["closed-after-tls"].fix[1]


@pytest.mark.parametrize(
    ("reply", "alert", "how"),
    [
        (Reply.CLOSED, None, "closed the connection"),
        (Reply.RESET, None, "cut the connection"),
        (Reply.SILENT, None, "gave no answer"),
        (Reply.RESET, 80, "sent the alert internal_error (80)"),
    ],
)
def test_the_end_after_tls_is_told(reply: Reply, alert: int | None, how: str) -> None:
    found = findings(evidence(reply=StartupReply(reply), alert=alert))["closed-after-tls"]
    assert found.detail == f"localhost:5432 {how} after the StartupMessage."


def test_an_end_within_an_answer_or_after_a_notice_is_told() -> None:
    def said(reply: Reply, data: bytes = b"", notice: ServerError | None = None) -> tuple[str, dict[str, object]]:
        found = findings(evidence(reply=StartupReply(reply, data=data, notice=notice)))["closed-after-tls"]
        return found.detail, dict(found.evidence)

    assert said(Reply.CLOSED, b"R\0") == (
        "localhost:5432 closed the connection within its answer after the StartupMessage.",
        {"reply": "closed", "first_bytes": r"R\x00"},
    )
    assert (
        said(Reply.SILENT, b"R\0")[0]
        == "localhost:5432 did not come to the end of its answer after the StartupMessage."
    )
    assert said(Reply.CLOSED, notice=ServerError("WARNING", "01000", "going down")) == (
        'localhost:5432 closed the connection after the StartupMessage and the notice "going down".',
        {"reply": "closed", "notice": {"severity": "WARNING", "sqlstate": "01000", "message": "going down"}},
    )


def test_a_server_that_sends_notices_alone_has_not_answered() -> None:
    notice = ServerError("WARNING", "01000", "hello\x07")
    found = findings(evidence(reply=StartupReply(Reply.OTHER, notice=notice)))["startup-error"]
    assert found.title == "The server sends notices and no answer to the StartupMessage"
    assert found.detail == r'localhost:5432 sent no answer to the StartupMessage, only the notice "hello\x07".'


@pytest.mark.parametrize(
    ("reason", "detail"),
    [
        (
            "bad record mac",
            "localhost:5432 sent what OpenSSL does not accept (bad record mac) inside TLS, and no answer.",
        ),
        ("more than 1 MiB", "localhost:5432 sent more than 1 MiB inside TLS, and no answer."),
    ],
)
def test_a_connection_that_this_side_ended_was_not_closed_by_the_server(reason: str, detail: str) -> None:
    refused = Seen(Startup(StartupReply(Reply.RESET), refusal=reason), 1.0)
    found = findings(evidence(startup=refused))
    assert list(found) == ["startup-error"]
    assert found["startup-error"].detail == detail
    assert found["startup-error"].evidence == {"openssl": reason}


@pytest.mark.parametrize(
    ("sqlstate", "message", "advice"),
    [
        ("F0000", "Client-Zertifikate können nur überprüft werden, wenn …", "On the server: set ssl_ca_file"),
        ("08P01", "server login has been failing, try again later (server_login_retry)", "PgBouncer does not reach"),
        ("08P01", "client_login_timeout (server down)", "PgBouncer does not reach"),
        ("08P01", "no such user: me", "Do what the server's text says"),
        ("58000", "server login has been failing", "Do what the server's text says"),
    ],
)
def test_an_error_of_a_known_cause_gets_its_own_advice(sqlstate: str, message: str, advice: str) -> None:
    assert findings(evidence(reply=refusal(sqlstate, message)))["startup-error"].fix[0].startswith(advice)


def test_an_answer_that_is_no_postgresql_is_shown() -> None:
    found = findings(evidence(reply=StartupReply(Reply.OTHER, data=b"HTTP/1.1 400\r\n")))["startup-error"]
    assert found.evidence == {"first_bytes": r"HTTP/1.1 400\x0d\x0a", "protocol": "HTTP"}
    other = findings(evidence(reply=StartupReply(Reply.OTHER, data=b"?")))["startup-error"]
    assert other.evidence["protocol"] == "not recognised"


@pytest.mark.parametrize("method", ["scram-sha-256", "md5", "none", "gss"])
def test_only_a_cleartext_password_is_remarked_on(method: str) -> None:
    assert findings(evidence(reply=StartupReply(Reply.AUTHENTICATION, auth_method=method))) == {}


def test_a_cleartext_password_is_remarked_on() -> None:
    found = findings(evidence(reply=StartupReply(Reply.AUTHENTICATION, auth_method="password")))
    assert found["cleartext-password-over-tls"].evidence == {"auth_method": "password", "user": "azpg_tls_probe"}
