"""Wrong clocks, and revocation: what is said, and what is not."""

from __future__ import annotations

import dataclasses
import datetime as dt

from cryptography.x509.ocsp import OCSPCertStatus

from azpg_tls.chain import Trust, Verification
from azpg_tls.evidence import Evidence
from azpg_tls.lab import pki
from tests.observed import AT, AZURE, HEALTHY, TRUST, der, evidence, findings, present

DAY = dt.timedelta(days=1)
YEAR = 365 * DAY


def chain(
    *, leaf: tuple[dt.datetime, dt.datetime], issuing: tuple[dt.datetime, dt.datetime] | None = None, root: dt.datetime
) -> list[str]:
    """The codes for a chain whose parts are valid in these times; the root's given end is ten years after its begin."""
    anchor = pki.authority("Root", at=AT, not_before=root - 10 * YEAR, not_after=root)
    shown = []
    issuer = anchor
    if issuing:
        issuer = pki.authority("Issuing", at=AT, issuer=anchor, not_before=issuing[0], not_after=issuing[1])
        shown = [issuer.certificate]
    server = pki.server(issuer, at=AT, not_before=leaf[0], not_after=leaf[1])
    trust = Trust("root.crt", (der(anchor.certificate),))
    return list(findings(evidence(handshake=present(server.certificate, *shown), trust=trust)))


FUTURE, PAST = (AT + DAY, AT + YEAR), (AT - YEAR, AT - DAY)
LONG_PAST = (AT - 5 * YEAR, AT - 4 * YEAR)


def test_a_clock_that_is_behind_finds_nothing_valid_yet() -> None:
    assert chain(leaf=FUTURE, issuing=FUTURE, root=AT + YEAR) == ["clock-skew"]
    assert chain(leaf=FUTURE, issuing=FUTURE, root=AT + 11 * YEAR) == ["clock-skew"]
    assert chain(leaf=FUTURE, root=AT + 11 * YEAR) == ["clock-skew"]


def test_one_certificate_of_the_future_is_not_yet_valid() -> None:
    assert chain(leaf=FUTURE, root=AT + YEAR) == ["not-yet-valid"]
    assert chain(leaf=FUTURE, issuing=(AT - DAY, AT + YEAR), root=AT + YEAR) == ["not-yet-valid"]
    assert chain(leaf=(AT - DAY, AT + YEAR), issuing=FUTURE, root=AT + YEAR) == ["not-yet-valid"]
    own = pki.server(None, at=AT, not_before=AT + DAY)
    alone = evidence(handshake=present(own.certificate), trust=Trust("server.crt", (der(own.certificate),)))
    assert list(findings(alone)) == ["not-yet-valid"]


def test_a_clock_that_is_ahead_finds_everything_long_expired() -> None:
    assert chain(leaf=LONG_PAST, issuing=PAST, root=AT - DAY) == ["clock-skew"]
    assert chain(leaf=LONG_PAST, root=AT - DAY) == ["clock-skew"]


def test_a_chain_that_ran_out_in_one_year_or_whose_root_is_good_has_expired() -> None:
    assert chain(leaf=PAST, issuing=PAST, root=AT - DAY) == ["expired"]
    assert chain(leaf=(AT - 2 * YEAR, AT - YEAR), root=AT - DAY) == ["expired"]
    assert chain(leaf=LONG_PAST, issuing=PAST, root=AT + DAY) == ["expired"]


def test_a_date_that_cannot_be_read_proves_nothing_of_the_clock() -> None:
    e = evidence()
    assert e.chain is not None
    undated = tuple(dataclasses.replace(each, not_before=None) for each in e.chain.path)
    judged = dataclasses.replace(
        e.chain,
        trusted=Verification(10, 0, "expired"),
        timeless=dataclasses.replace(e.chain.timeless, path=undated),
    )
    assert list(findings(Evidence(e.observation, judged, e.trust, e.policy))) == ["expired"]


def stapled(response: bytes, trust: Trust = TRUST) -> Evidence:
    shown = dataclasses.replace(present(*HEALTHY.presented), ocsp_response=response)
    return evidence(target=AZURE, handshake=shown, trust=trust)


def test_a_revoked_certificate_is_azures_to_replace_on_azure() -> None:
    issuer = HEALTHY.intermediates[0]
    response = pki.ocsp_response(HEALTHY.leaf, issuer, at=AT, status=OCSPCertStatus.REVOKED)
    found = findings(stapled(response))["revoked"]
    assert found.detail == "'Lab TLS G2 RSA CA OCSP 02' revoked 'lab server' on 2026-11-22 12:00:00 UTC."
    assert found.fix[0].startswith("Open a support request")
    assert found.evidence["reason"] == "not given"
    assert "revoked" not in findings(stapled(response, Trust("none", ())))  # nobody there to believe
    assert "revoked" not in findings(stapled(b"nonsense"))
