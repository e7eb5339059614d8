"""One cause per failure, the earliest; and nothing is shown as right that nobody has looked at."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.chain import NO_PATH, Verification
from azpg_tls.diagnosis import diagnose, verdict
from azpg_tls.errorresponse import ServerError
from azpg_tls.evidence import Evidence
from azpg_tls.handshake import Ending
from azpg_tls.lab import pki
from azpg_tls.observation import Attempt, Connection, Lookup, NotReached, Reach, Resolution
from azpg_tls.policy import Policy
from azpg_tls.prelogin import Answer, Negotiation, Reply, StartupReply
from azpg_tls.report import PROBED_STAGES, Finding, Report, Severity, Stage, StageResult, Status, Verdict
from azpg_tls.rules import RULES
from tests.observed import AT, HANDSHAKE, HEALTHY, TARGET, TOOL, evidence, handshake, present, presented

OK, FAILED, SKIPPED = Status.OK, Status.FAILED, Status.SKIPPED


def report(e: Evidence) -> Report:
    return diagnose(e, TOOL)


def stages(e: Evidence) -> dict[str, tuple[Status, str]]:
    return {stage.name.value: (stage.status, stage.reason) for stage in report(e).stages}


def self_signed(**differences: object) -> Evidence:
    return evidence(handshake=present(pki.server(None, at=AT).certificate), **differences)  # type: ignore[arg-type]


def test_a_healthy_server_passes_every_stage() -> None:
    healthy = report(evidence())

    assert healthy.verdict is Verdict.PASS
    assert (healthy.diagnosis, healthy.findings) == (None, ())
    assert [(stage.name, stage.status, stage.reason) for stage in healthy.stages] == [
        (stage, OK, "") for stage in PROBED_STAGES
    ]
    assert [stage.ms for stage in healthy.stages] == [0.5, 1.0, 1.0, 3.0, 0.0, 0.0, 0.0, 2.0]
    assert healthy.chain is not None
    assert (healthy.chain.anchor, healthy.chain.intermediates) == ("Lab Global Root G2", 2)
    assert healthy.startup is not None
    assert healthy.startup.auth_method == "scram-sha-256"


def test_the_earliest_stage_that_fails_is_the_diagnosis() -> None:
    # The certificate's fault is found by a rule that stands before the policy's, and the startup's comes last.
    several = self_signed(
        policy=Policy(min_tls="TLSv1.3", expect_issuer="Somebody"),
        reply=StartupReply(Reply.ERROR, error=ServerError("FATAL", "57P03", "the database system is starting up")),
    )
    judged = report(several)

    assert [finding.code for finding in judged.findings] == ["self-signed", "issuer-unexpected", "server-not-ready"]
    assert judged.diagnosis is judged.findings[0]
    assert judged.verdict is Verdict.FAIL


def test_a_stage_earlier_than_its_place_in_the_list_wins() -> None:
    # too-many-connections stands in the list among the rules of the negotiation, and is found after TLS here.
    full = StartupReply(Reply.ERROR, error=ServerError("FATAL", "53300", "sorry, too many clients already"))
    judged = report(self_signed(reply=full))

    assert [finding.code for finding in judged.findings] == ["self-signed", "too-many-connections"]
    assert stages(self_signed(reply=full))["startup"] == (FAILED, "too-many-connections")


def test_warnings_and_information_are_no_diagnosis() -> None:
    soon = report(evidence(policy=Policy(expires_within=400)))
    assert [finding.code for finding in soon.findings] == ["expires-soon"]
    assert (soon.diagnosis, soon.verdict) == (None, Verdict.WARN)

    asked = report(evidence(handshake=dataclasses.replace(HANDSHAKE, client_certificate_requested=True)))
    assert [finding.code for finding in asked.findings] == ["client-certificate-requested"]
    assert (asked.diagnosis, asked.verdict) == (None, Verdict.PASS)


def finding(severity: Severity, stage: Stage) -> Finding:
    return Finding("code", severity, stage, "", "", {}, ())


CHECKED = tuple(StageResult(stage, Status.OK, "", 0.0) for stage in PROBED_STAGES)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], Verdict.PASS),
        ([(Severity.INFO, Stage.HANDSHAKE)], Verdict.PASS),
        ([(Severity.WARNING, Stage.CERTIFICATE), (Severity.INFO, Stage.HANDSHAKE)], Verdict.WARN),
        ([(Severity.WARNING, Stage.RESOLVE)], Verdict.WARN),
        ([(Severity.WARNING, Stage.CERTIFICATE), (Severity.ERROR, Stage.STARTUP)], Verdict.FAIL),
        ([(Severity.ERROR, Stage.NEGOTIATE)], Verdict.FAIL),
        ([(Severity.ERROR, Stage.RESOLVE)], Verdict.UNREACHABLE),
        ([(Severity.ERROR, Stage.CONNECT)], Verdict.UNREACHABLE),
    ],
)
def test_the_verdict_follows_from_the_findings(findings: list[tuple[Severity, Stage]], expected: Verdict) -> None:
    assert verdict(tuple(finding(*one) for one in findings), CHECKED) is expected


@pytest.mark.parametrize("stage", [Stage.HANDSHAKE, Stage.CERTIFICATE, Stage.IDENTITY, Stage.POLICY])
def test_what_was_not_checked_does_not_pass(stage: Stage) -> None:
    skipped = StageResult(stage, Status.SKIPPED, "some reason", 0.0)
    assert verdict((), (*CHECKED, skipped)) is Verdict.FAIL


def test_what_was_not_reached_is_skipped_with_its_reason() -> None:
    refused = Connection((Attempt("127.0.0.1", Reach.REFUSED, "ECONNREFUSED"),))
    assert stages(evidence(connection=refused)) == {
        "resolve": (OK, ""),
        "connect": (FAILED, "tcp-refused"),
        "negotiate": (SKIPPED, "no TCP connection"),
        "handshake": (SKIPPED, "no TCP connection"),
        "certificate": (SKIPPED, "no certificate was presented"),
        "identity": (SKIPPED, "no certificate was presented"),
        "policy": (SKIPPED, "no certificate was presented"),
        "startup": (SKIPPED, "no TLS connection"),
    }


def test_an_unknown_name_skips_everything_else() -> None:
    unknown = evidence(resolution=Resolution(Lookup.NOT_FOUND, error="Name or service not known"))
    assert [status for status, _ in stages(unknown).values()] == [FAILED] + [SKIPPED] * 7
    assert report(unknown).verdict is Verdict.UNREACHABLE


def test_direct_tls_skips_the_negotiation() -> None:
    direct = dataclasses.replace(TARGET, sslnegotiation="direct")
    assert stages(evidence(target=direct))["negotiate"] == (SKIPPED, "sslnegotiation=direct starts TLS at once")

    # The server wants an SSLRequest first: that is the negotiation's failure, and TLS was not even begun.
    closed = stages(evidence(target=direct, handshake=handshake(Ending.CLOSED)))
    assert closed["negotiate"] == (FAILED, "direct-tls-unsupported")
    assert closed["handshake"] == (SKIPPED, "the server did not begin TLS")


def test_a_certificate_whose_key_was_not_proved_is_not_called_right() -> None:
    # TLS 1.2 servers refuse a missing client certificate after they have shown their own.
    broken = evidence(handshake=handshake(Ending.REJECTED, certificates=presented(HEALTHY), alert=80))
    found = stages(broken)

    assert found["handshake"] == (FAILED, "handshake-rejected")
    for name in ("certificate", "identity", "policy"):
        assert found[name] == (SKIPPED, "the TLS handshake did not end")


def test_what_is_wrong_with_such_a_certificate_is_still_said() -> None:
    leaf = pki.server(None, at=AT, dns_names=["other.example"], ip_addresses=[])
    broken = handshake(Ending.CLOSED, certificates=[present(leaf.certificate).certificates[0]])
    found = stages(evidence(handshake=broken))

    assert found["handshake"] == (FAILED, "handshake-closed")
    assert found["certificate"] == (FAILED, "self-signed")
    assert found["identity"] == (FAILED, "hostname-mismatch")
    assert report(evidence(handshake=broken)).diagnosis == report(evidence(handshake=broken)).findings[0]


def test_no_startup_is_said() -> None:
    e = evidence(startup=NotReached("--no-startup"))
    assert stages(e)["startup"] == (SKIPPED, "--no-startup")
    assert report(e).startup is None


@pytest.mark.parametrize(
    "policy",
    [Policy(max_depth=5), Policy(pins=("00" * 32,)), Policy(expect_issuer="lab server")],
    ids=["depth", "pins", "issuer"],
)
def test_a_demand_on_the_path_is_not_met_where_there_is_no_path(policy: Policy) -> None:
    assert stages(self_signed(policy=policy))["policy"] == (SKIPPED, "no path to a trusted root to check")
    assert stages(evidence(policy=Policy(max_depth=5)))["policy"] == (OK, "")


def test_without_such_demands_the_tls_version_is_what_the_policy_asks_for() -> None:
    assert stages(self_signed())["policy"] == (OK, "")
    old = dataclasses.replace(HANDSHAKE, version="TLSv1.2")
    demanding = evidence(handshake=old, policy=Policy(min_tls="TLSv1.3"))
    assert stages(demanding)["policy"] == (FAILED, "tls-version-too-old")


def test_an_expiry_to_come_is_no_matter_of_a_chain_that_is_not_trusted() -> None:
    assert [finding.code for finding in report(self_signed(policy=Policy(expires_within=400))).findings] == [
        "self-signed"
    ]


def test_an_untrusted_chain_is_shown_without_a_verified_path() -> None:
    view = report(self_signed()).chain
    assert view is not None
    assert (len(view.presented), view.verified, view.anchor, view.azure_generation) == (1, (), None, None)


@given(
    st.sampled_from([0, *range(2, 100)]),
    st.sampled_from([0, *range(2, 100)]),
    st.integers(0, 5),
)
def test_whatever_openssl_refuses_fails_the_certificate(trusted: int, timeless: int, depth: int) -> None:
    if trusted == 0:
        timeless = 0  # what is accepted with its dates is accepted without
    e = evidence()
    assert e.chain is not None
    path = e.chain.trusted.path if timeless == 0 else ()
    chain = dataclasses.replace(
        e.chain,
        trusted=Verification(trusted, depth, "reason", e.chain.trusted.path if trusted == 0 else ()),
        timeless=Verification(timeless, depth, "reason", path),
        completed=Verification(timeless, depth, "reason") if timeless in NO_PATH else None,
    )
    # A valid path is refused only for what is out of date in it.
    at = AT if timeless or trusted in (0, 9, 10, 13, 14) else AT + dt.timedelta(days=9999)
    observation = dataclasses.replace(e.observation, started=at)

    status = stages(Evidence(observation, chain, e.trust, e.policy))["certificate"][0]

    assert status is (FAILED if trusted else OK)


@pytest.mark.parametrize("answer", [answer for answer in Answer if answer not in (Answer.TLS, Answer.ERROR)])
def test_every_other_answer_fails_the_negotiation(answer: Answer) -> None:
    found = stages(evidence(negotiation=Negotiation(answer, b"data")))
    assert found["negotiate"][0] is FAILED
    assert found["handshake"] == (SKIPPED, "the server did not agree to TLS")


@pytest.mark.parametrize("sslnegotiation", ["postgres", "direct"])
@pytest.mark.parametrize("data", [b"", b"EFATAL", b"\x16\x03\x03"])
@pytest.mark.parametrize("ending", [ending for ending in Ending if ending is not Ending.COMPLETED])
def test_every_other_ending_fails_the_handshake_or_what_comes_before(
    ending: Ending, data: bytes, sslnegotiation: str
) -> None:
    target = dataclasses.replace(TARGET, sslnegotiation=sslnegotiation)
    e = evidence(target=target, handshake=handshake(ending, alert=80, data=data))
    errors = [finding.stage for finding in report(e).findings]
    assert len(errors) == 1
    assert errors[0] in (Stage.NEGOTIATE, Stage.HANDSHAKE)


@pytest.mark.parametrize("alert", range(256))
def test_every_alert_has_one_cause(alert: int) -> None:
    for certificates in ((), presented(HEALTHY)):
        for requested in (False, True):
            ended = handshake(
                Ending.REJECTED, certificates=certificates, alert=alert, client_certificate_requested=requested
            )
            assert len(report(evidence(handshake=ended)).findings) == 1


@pytest.mark.parametrize("reply", [reply for reply in Reply if reply is not Reply.AUTHENTICATION])
@pytest.mark.parametrize("alert", [None, 80, 116])
def test_every_other_reply_fails_the_startup(reply: Reply, alert: int | None) -> None:
    error = ServerError("FATAL", "XX000", "something") if reply is Reply.ERROR else None
    e = evidence(reply=StartupReply(reply, error=error), alert=alert)
    assert stages(e)["startup"][0] is FAILED


def test_what_is_shown_of_the_server_is_ready_to_be_shown() -> None:
    hostile = "\x1b[2J\u202e\n"
    e = evidence(
        target=dataclasses.replace(TARGET, input=hostile, host=hostile, hostaddr=hostile, server_name=hostile),
        resolution=Resolution(Lookup.FOUND, ("::1",), hostile),
        connection=Connection((Attempt("::1", Reach.CONNECTED),)),
        handshake=dataclasses.replace(
            HANDSHAKE, version=hostile, cipher=hostile, group=hostile, alpn=hostile, sni=hostile
        ),
        reply=StartupReply(
            Reply.AUTHENTICATION,
            auth_method=hostile,
            sasl_mechanisms=(hostile,),
            error=ServerError(hostile, hostile, hostile, hostile, hostile),
        ),
    )
    assert "\\u001b" not in report(e).to_json()
    assert "\\u202e" not in report(e).to_json().replace("\\\\u202e", "")
    shown = report(e)
    assert shown.startup is not None
    visible = r"\x1b[2J\u202e\x0a"
    assert shown.startup.error == ServerError(visible, visible, visible, visible, visible)


def test_names_of_full_length_are_shown_whole() -> None:
    name = "a" * 63 + "." + "b" * 63 + "." + "c" * 63 + ".example"
    shown = report(evidence(target=dataclasses.replace(TARGET, host=name, server_name=name))).target
    assert (shown.host, shown.server_name) == (name, name)


def test_evidence_is_what_json_has() -> None:
    for rule in RULES:
        for e in (evidence(), self_signed(policy=Policy(pins=("00" * 32,), expect_issuer="x", max_depth=0))):
            if found := rule.apply(e):
                assert json.loads(json.dumps(dict(found.evidence))) == dict(found.evidence)
