"""What a stapled OCSP response says, and whose word counts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding, OCSPResponseBuilder, OCSPResponseStatus
from cryptography.x509.oid import ExtendedKeyUsageOID

from azpg_tls.certificate import read
from azpg_tls.lab import pki
from azpg_tls.revocation import Revocation, revocation
from tests.observed import AT, der

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azpg_tls.lab.pki import Identity

CA = pki.authority("Lab Issuing CA", at=AT)
LEAF = pki.server(CA, at=AT)
REVOKED = OCSPCertStatus.REVOKED


def said(response: bytes, leaf: Identity = LEAF, issuer: Identity = CA) -> Revocation | None:
    return revocation(response, read(der(leaf.certificate)), read(der(issuer.certificate)))


def responder(*, issuer: Identity = CA, purpose: bool = True) -> Identity:
    usage = ExtendedKeyUsageOID.OCSP_SIGNING if purpose else ExtendedKeyUsageOID.SERVER_AUTH
    return pki.server(issuer, at=AT, common_name="responder", purpose=usage)


def revoked(signer: Identity, responders: Sequence[Identity] = ()) -> bytes:
    return pki.ocsp_response(LEAF, CA, at=AT, status=REVOKED, signer=signer, responders=responders)


def test_a_revocation_has_a_day_and_may_have_a_reason() -> None:
    day = AT - dt.timedelta(days=1)
    assert said(pki.ocsp_response(LEAF, CA, at=AT, status=REVOKED)) == Revocation(day, "")
    with_reason = pki.ocsp_response(LEAF, CA, at=AT, status=REVOKED, reason=ReasonFlags.key_compromise)
    assert said(with_reason) == Revocation(day, "keyCompromise")


@pytest.mark.parametrize("status", [OCSPCertStatus.GOOD, OCSPCertStatus.UNKNOWN])
def test_what_is_not_revoked_is_not(status: OCSPCertStatus) -> None:
    assert said(pki.ocsp_response(LEAF, CA, at=AT, status=status)) is None


def test_another_servers_revocation_is_not_this_ones() -> None:
    other = pki.server(CA, at=AT)
    assert said(pki.ocsp_response(LEAF, CA, at=AT, status=REVOKED, about=other)) is None


def test_a_responder_that_the_ca_has_appointed_speaks_for_it() -> None:
    appointed = responder()
    assert said(revoked(appointed, [appointed])) is not None


def test_nobody_else_does() -> None:
    stranger = pki.authority("Lab Issuing CA", at=AT)
    for_servers, of_a_stranger = responder(purpose=False), responder(issuer=stranger)
    assert said(revoked(stranger)) is None
    assert said(revoked(stranger, [stranger])) is None  # without any purposes
    assert said(revoked(for_servers, [for_servers])) is None
    assert said(revoked(of_a_stranger, [of_a_stranger])) is None


def test_an_rsa_key_speaks_too() -> None:
    ca = pki.authority("Lab RSA CA", at=AT, key=pki.rsa_key(2048))
    leaf = pki.server(ca, at=AT)
    assert said(pki.ocsp_response(leaf, ca, at=AT, status=REVOKED), leaf, ca) is not None


def test_kinds_of_keys_that_are_not_checked_count_for_nothing() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    model = CA.certificate
    builder = x509.CertificateBuilder(model.subject, model.subject, key.public_key(), 1)
    builder = builder.not_valid_before(model.not_valid_before_utc).not_valid_after(model.not_valid_after_utc)
    edwards = pki.Identity(builder.sign(key, None), pki.new_key())
    response = OCSPResponseBuilder().add_response(
        LEAF.certificate, edwards.certificate, hashes.SHA256(), REVOKED, AT, None, AT, None
    )
    signed = response.responder_id(OCSPResponderEncoding.HASH, edwards.certificate).sign(key, None)
    assert said(signed.public_bytes(Encoding.DER), LEAF, edwards) is None
    assert said(revoked(CA), LEAF, edwards) is None


def test_a_response_that_says_nothing_says_nothing() -> None:
    assert said(b"") is None
    assert said(b"0\x03\x0a\x01") is None
    unsuccessful = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
    assert said(unsuccessful) is None
