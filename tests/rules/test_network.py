"""Rules of names, TCP and the answer to the SSLRequest: when each fires, what it says, and when it keeps still."""

from __future__ import annotations

import dataclasses

import pytest

from azpg_tls.errorresponse import ServerError
from azpg_tls.handshake import Ending
from azpg_tls.lab.answers import error
from azpg_tls.observation import Attempt, Connection, Lookup, Reach, Resolution
from azpg_tls.prelogin import Answer, Negotiation
from tests.observed import AZURE, TARGET, evidence, findings, handshake

DIRECT = dataclasses.replace(TARGET, sslnegotiation="direct")


def unresolved(lookup: Lookup, error: str = "Name or service not known") -> Resolution:
    return Resolution(lookup, error=error)


def test_an_unknown_name_is_to_be_spelt_anew() -> None:
    found = findings(evidence(resolution=unresolved(Lookup.NOT_FOUND)))["dns-failure"]
    assert found.detail == "The resolver knows no address for 'localhost' (Name or service not known)."
    assert found.fix == (
        "Check the spelling of 'localhost', then: getent ahosts localhost",
        "A bare server name needs its suffix; on Azure: azpg-tls probe localhost.postgres.database.azure.com",
    )


def test_an_unknown_name_with_a_domain_of_its_own_gets_no_advice_on_azure() -> None:
    target = dataclasses.replace(TARGET, host="db.example.com")
    found = findings(evidence(target=target, resolution=unresolved(Lookup.NOT_FOUND)))["dns-failure"]
    assert len(found.fix) == 1


def test_an_unknown_name_of_azures_may_be_private() -> None:
    found = findings(evidence(target=AZURE, resolution=unresolved(Lookup.NOT_FOUND)))["dns-failure"]
    assert found.fix[1] == "Compare it with 'Server name' in the Azure portal; it ends in .postgres.database.azure.com."
    assert "private DNS zone" in found.fix[2]


@pytest.mark.parametrize("lookup", [Lookup.FAILED, Lookup.SILENT])
def test_a_resolver_that_does_not_answer_is_no_misspelt_name(lookup: Lookup) -> None:
    found = findings(evidence(resolution=unresolved(lookup, "no answer")))["dns-failure"]
    assert "spelling" not in " ".join(found.fix)
    assert found.fix == ("Try again; then check this machine's resolver (/etc/resolv.conf): getent ahosts localhost",)


def test_what_the_resolver_says_cannot_control_a_terminal() -> None:
    found = findings(evidence(resolution=unresolved(Lookup.FAILED, "\x1b[2J")))["dns-failure"]
    assert found.evidence == {"host": "localhost", "resolver_error": r"\x1b[2J"}


def attempts(*reaches: Reach) -> Connection:
    return Connection(tuple(Attempt(f"192.0.2.{number}", reach) for number, reach in enumerate(reaches, 1)))


@pytest.mark.parametrize(
    ("reaches", "code"),
    [
        ([Reach.REFUSED], "tcp-refused"),
        ([Reach.SILENT], "tcp-timeout"),
        ([Reach.UNREACHABLE], "tcp-unreachable"),
        ([Reach.UNREACHABLE, Reach.SILENT], "tcp-timeout"),
        ([Reach.SILENT, Reach.REFUSED, Reach.UNREACHABLE], "tcp-refused"),
    ],
)
def test_of_several_addresses_the_most_telling_counts(reaches: list[Reach], code: str) -> None:
    found = findings(evidence(connection=attempts(*reaches)))
    assert list(found) == [code]
    assert found[code].evidence == {
        "port": 5432,
        "attempts": {f"192.0.2.{number}": reach.value for number, reach in enumerate(reaches, 1)},
    }


def test_an_address_that_answers_makes_the_others_no_failure() -> None:
    found = findings(evidence(connection=attempts(Reach.REFUSED, Reach.CONNECTED)))
    assert list(found) == ["resolved-addresses-differ"]


def test_a_missing_route_is_to_be_looked_up_for_the_address() -> None:
    found = findings(evidence(connection=attempts(Reach.UNREACHABLE)))["tcp-unreachable"]
    assert found.fix == ("Check the route, VPN or peering to the server's network: ip route get 192.0.2.1",)


def test_azures_pooler_has_to_be_enabled() -> None:
    pooler = dataclasses.replace(AZURE, port=6432)
    refused = attempts(Reach.REFUSED)
    assert "pgbouncer.enabled" in findings(evidence(target=pooler, connection=refused))["tcp-refused"].fix[1]
    assert len(findings(evidence(target=AZURE, connection=refused))["tcp-refused"].fix) == 1
    elsewhere = dataclasses.replace(TARGET, port=6432)
    assert len(findings(evidence(target=elsewhere, connection=refused))["tcp-refused"].fix) == 1


def test_a_silent_server_of_azures_may_not_be_ready() -> None:
    silent = attempts(Reach.SILENT)
    assert "Ready" in findings(evidence(target=AZURE, connection=silent))["tcp-timeout"].fix[1]
    assert len(findings(evidence(connection=silent))["tcp-timeout"].fix) == 1


def answered(answer: Answer, data: bytes = b"", told: ServerError | None = None) -> Negotiation:
    return Negotiation(answer, data, told)


def test_azures_servers_never_answer_n() -> None:
    no_tls = answered(Answer.NO_TLS, b"N")
    assert findings(evidence(negotiation=no_tls))["tls-not-offered"].fix[0].startswith("On the server: set ssl = on")
    assert "which machine answers" in findings(evidence(target=AZURE, negotiation=no_tls))["tls-not-offered"].fix[0]


@pytest.mark.parametrize(("answer", "how"), [(Answer.CLOSED, "closed (FIN)"), (Answer.RESET, "reset (RST)")])
def test_a_close_and_a_reset_are_told_apart(answer: Answer, how: str) -> None:
    found = findings(evidence(negotiation=answered(answer)))["closed-before-tls"]
    assert found.detail == f"localhost:5432 {how} the connection after the SSLRequest."


@pytest.mark.parametrize(
    ("data", "protocol", "how"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP", "in the manner of HTTP"),
        (b"\x4a\x00\x00\x00\x0a8.0.36\x00", "MySQL", "in the manner of MySQL"),
        (b"???", "not recognised", "with bytes that no PostgreSQL server sends"),
    ],
)
def test_what_else_may_answer_is_recognised(data: bytes, protocol: str, how: str) -> None:
    found = findings(evidence(negotiation=answered(Answer.OTHER, data)))["not-postgres"]
    assert found.evidence["protocol"] == protocol
    assert found.detail == f"localhost:5432 answered {how}."


def test_a_stranger_behind_an_address_that_was_given_may_be_the_address_s_fault() -> None:
    stranger = answered(Answer.OTHER, b"SSH-2.0-x\r\n")
    assert "127.0.0.1" in findings(evidence(negotiation=stranger))["not-postgres"].fix[1]
    by_name = dataclasses.replace(TARGET, hostaddr="")
    assert len(findings(evidence(target=by_name, negotiation=stranger))["not-postgres"].fix) == 1


def test_a_server_that_takes_the_request_for_broken_tls_speaks_tls_at_once() -> None:
    found = findings(evidence(negotiation=answered(Answer.OTHER, b"\x15\x03\x01\x00\x02\x02\x46")))
    assert list(found) == ["direct-tls-only"]
    detail = "localhost:5432 answered the SSLRequest with the TLS alert protocol_version (70)."
    assert found["direct-tls-only"].detail == detail
    # Half an alert may be anything.
    assert list(findings(evidence(negotiation=answered(Answer.OTHER, b"\x15\x03\x01")))) == ["not-postgres"]


def test_plain_text_where_tls_begins_at_once_is_another_program() -> None:
    web = handshake(Ending.REFUSED, data=b"HTTP/1.1 400 Bad Request\r\n", refusal="wrong version number")
    assert list(findings(evidence(target=DIRECT, handshake=web))) == ["not-postgres"]
    # Where the server had agreed to TLS, or nobody knows the protocol, it is broken TLS.
    assert list(findings(evidence(handshake=web))) == ["malformed-tls"]
    unknown = handshake(Ending.REFUSED, data=b"????????", refusal="wrong version number")
    assert list(findings(evidence(target=DIRECT, handshake=unknown))) == ["malformed-tls"]


def test_an_error_in_clear_where_tls_begins_at_once_wants_an_ssl_request() -> None:
    refused = handshake(
        Ending.REFUSED, data=error("08P01", "bad packet header: '1603'"), refusal="wrong version number"
    )
    found = findings(evidence(target=DIRECT, handshake=refused))
    assert list(found) == ["direct-tls-unsupported"]
    assert found["direct-tls-unsupported"].detail == (
        '''localhost:5432 answered TLS in clear: "bad packet header: '1603'"'''
    )
    assert found["direct-tls-unsupported"].evidence["sqlstate"] == "08P01"
    assert list(findings(evidence(handshake=refused))) == ["malformed-tls"]
    other = handshake(Ending.REFUSED, data=b"E\0\0\0\x05\0", refusal="wrong version number")
    fork = handshake(Ending.REFUSED, data=b"Ecould not fork new process for connection: out of memory\n\0")
    assert list(findings(evidence(target=DIRECT, handshake=fork))) == ["server-error-before-tls"]
    full = handshake(Ending.REFUSED, data=error("08P01", "no more connections allowed (max_client_conn)"))
    assert list(findings(evidence(target=DIRECT, handshake=full))) == ["too-many-connections"]
    long = handshake(Ending.REFUSED, data=error("08P01", "x" * 600)[:512])
    assert list(findings(evidence(target=DIRECT, handshake=long))) == ["direct-tls-unsupported"]
    assert list(findings(evidence(target=DIRECT, handshake=other))) == ["malformed-tls"]


def test_bytes_of_another_protocol_cannot_control_a_terminal() -> None:
    found = findings(evidence(negotiation=answered(Answer.OTHER, b"\x1b[2J\xff\n")))["not-postgres"]
    assert found.evidence["first_bytes"] == r"\x1b[2J\xff\x0a"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ServerError("FATAL", "53300", "sorry, too many clients already"), "too-many-connections"),
        (ServerError("FATAL", "53300", "désolé, trop de clients sont déjà connectés"), "too-many-connections"),
        (ServerError("FATAL", "", "sorry, too many clients already", protocol=2), "too-many-connections"),
        (ServerError("FATAL", "58000", "too many clients in the kitchen"), "server-error-before-tls"),
        (ServerError("FATAL", "", "could not fork new process for connection", protocol=2), "server-error-before-tls"),
    ],
)
def test_a_full_server_is_told_by_its_sqlstate(error: ServerError, code: str) -> None:
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", error)))
    assert list(found) == [code]
    assert found[code].detail == f"localhost:5432 answered: {error.message}"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ServerError("FATAL", "57P03", "le système de bases de données se lance"), "Wait, and try again"),
        (ServerError("FATAL", "", "the database system is starting up", protocol=2), "Wait, and try again"),
        (
            ServerError("FATAL", "28000", 'no pg_hba.conf entry for host "::1", no encryption'),
            "On the server, in pg_hba.conf: hostssl DATABASE USER ADDRESS/32 scram-sha-256",
        ),
        (ServerError("FATAL", "28000", 'pg_hba.conf rejects connection for host "::1"'), "On the server, in pg_hba.co"),
        (ServerError("FATAL", "08P01", "SSL required"), "Look into the log"),
    ],
)
def test_an_error_before_tls_gets_the_advice_that_it_would_get_inside(error: ServerError, advice: str) -> None:
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", error)))
    assert list(found) == ["server-error-before-tls"]
    assert found["server-error-before-tls"].fix[0].startswith(advice)


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (
            ServerError("FATAL", "57P03", "the database system is starting up"),
            "The server says before TLS that it is starting up, shutting down or recovering",
        ),
        (
            ServerError("FATAL", "", 'no pg_hba.conf entry for host "203.0.113.7"', protocol=2),
            "The server says before TLS that no firewall rule or pg_hba.conf entry lets this client in",
        ),
        (ServerError("FATAL", "58000", "out of memory"), "The server answers with an error before TLS begins"),
    ],
)
def test_what_is_known_of_an_error_before_tls_is_in_its_title(error: ServerError, title: str) -> None:
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", error)))
    assert found["server-error-before-tls"].title == title


def test_no_firewall_is_opened_for_an_address_that_anybody_could_have_written() -> None:
    error = ServerError("FATAL", "28000", 'no pg_hba.conf entry for host "203.0.113.7", user "u", database "d"')
    found = findings(evidence(target=AZURE, negotiation=answered(Answer.ERROR, b"E", error)))["server-error-before-tls"]
    assert found.fix[0].endswith("--start-ip-address ADDRESS --end-ip-address ADDRESS")
    assert found.fix[-1] == "ADDRESS is this client's as you know it: what came before TLS proves nothing."
    assert found.evidence["client_address"] == "203.0.113.7"


def test_an_error_that_is_cut_off_is_judged_by_what_came_of_it() -> None:
    cut = ServerError("FATAL", "57P03", "the database sys", whole=False)
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", cut)))["server-error-before-tls"]
    assert found.detail == ("localhost:5432 was cut off while it sent an error, and so far answered: the database sys")
    assert found.evidence["cut_off"] is True
    assert found.fix[0].startswith("Wait, and try again")
    begun = ServerError("FATAL", "", "", whole=False)
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", begun)))["server-error-before-tls"]
    assert found.detail.endswith("so far answered: FATAL")


def test_a_full_pooler_is_asked_in_its_own_console() -> None:
    full = ServerError("FATAL", "08P01", "no more connections allowed (max_client_conn)")
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", full)))["too-many-connections"]
    assert found.fix == (
        "See who holds them, in PgBouncer's console: SHOW CLIENTS;",
        "Raise PgBouncer's max_client_conn.",
    )


def test_a_servers_text_cannot_control_a_terminal_and_is_long_enough_to_help() -> None:
    error = ServerError("FATAL", "58000", "\x1b[2J" + "m" * 900, detail="d\n", hint="")
    found = findings(evidence(negotiation=answered(Answer.ERROR, b"E", error)))["server-error-before-tls"]
    assert found.evidence == {
        "severity": "FATAL",
        "sqlstate": "58000",
        "message": r"\x1b[2J" + "m" * 900,
        "detail": r"d\x0a",
    }


def test_bytes_behind_the_s_are_counted() -> None:
    found = findings(evidence(negotiation=answered(Answer.INJECTED, b"Sabc")))["plaintext-injection"]
    assert found.detail == "localhost:5432 sent 3 byte(s) after the S, before TLS."


def test_a_server_without_direct_tls_closes_without_a_word() -> None:
    assert list(findings(evidence(target=DIRECT, handshake=handshake(Ending.CLOSED)))) == ["direct-tls-unsupported"]
    assert list(findings(evidence(target=DIRECT, handshake=handshake(Ending.RESET)))) == ["direct-tls-unsupported"]
    # With an SSLRequest, or after its first word, a server that closes is cut off.
    assert list(findings(evidence(handshake=handshake(Ending.CLOSED)))) == ["handshake-closed"]
    begun = handshake(Ending.CLOSED, data=b"\x16\x03\x03")
    assert list(findings(evidence(target=DIRECT, handshake=begun))) == ["handshake-closed"]
    assert list(findings(evidence(target=DIRECT))) == []


def test_an_ipv6_address_is_written_in_brackets() -> None:
    target = dataclasses.replace(TARGET, host="2001:db8::1")
    found = findings(evidence(target=target, negotiation=answered(Answer.SILENT)))["no-reply"]
    assert found.detail.startswith("[2001:db8::1]:5432 gave no answer")
