"""What a stapled OCSP response says, and whose word counts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags, ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding, OCSPResponseBuilder, OCSPResponseStatus
from cryptography.x509.oid import ExtendedKeyUsageOID

from azpg_tls import der as asn1
from azpg_tls.certificate import read
from azpg_tls.lab import pki
from azpg_tls.revocation import Revocation, revocation
from tests.observed import AT, der

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azpg_tls.lab.pki import Identity

    Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

CA = pki.authority("Lab Issuing CA", at=AT)
LEAF = pki.server(CA, at=AT)
REVOKED = OCSPCertStatus.REVOKED


def said(response: bytes, leaf: Identity = LEAF, issuer: Identity = CA) -> Revocation | None:
    return revocation(response, read(der(leaf.certificate)), read(der(issuer.certificate)))


def responder(*, issuer: Identity = CA, purpose: bool = True, not_after: dt.datetime | None = None) -> Identity:
    usage = ExtendedKeyUsageOID.OCSP_SIGNING if purpose else ExtendedKeyUsageOID.SERVER_AUTH
    return pki.server(issuer, at=AT, common_name="responder", purpose=usage, not_after=not_after)


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


def test_a_revocation_outlives_its_responder() -> None:
    retired = responder(not_after=AT - dt.timedelta(days=1))
    assert said(revoked(retired, [retired])) is not None


def test_nobody_else_does() -> None:
    stranger = pki.authority("Lab Issuing CA", at=AT)
    for_servers, of_a_stranger = responder(purpose=False), responder(issuer=stranger)
    assert said(revoked(stranger)) is None
    assert said(revoked(stranger, [stranger])) is None  # without any purposes
    assert said(revoked(for_servers, [for_servers])) is None
    assert said(revoked(of_a_stranger, [of_a_stranger])) is None


def signed_by(key: Key, *, as_a_delegate: bool = False) -> tuple[bytes, Identity]:
    """A revocation that was signed with *key*, the CA's or of a responder that it has appointed, and the CA."""
    own = x509.CertificateBuilder(CA.certificate.subject, CA.certificate.subject, key.public_key(), 1)
    own = own.not_valid_before(AT).not_valid_after(AT + dt.timedelta(days=1))
    if as_a_delegate:
        own = own.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    digest = hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) else None
    signer = own.sign(CA.key, hashes.SHA256()) if as_a_delegate else own.sign(key, digest)
    issuer = CA.certificate if as_a_delegate else signer
    response = OCSPResponseBuilder().add_response(
        LEAF.certificate, issuer, hashes.SHA256(), REVOKED, AT, None, AT, None
    )
    response = response.responder_id(OCSPResponderEncoding.HASH, signer).certificates([signer])
    return response.sign(key, digest).public_bytes(Encoding.DER), pki.Identity(issuer, CA.key)


KEYS: dict[str, Key] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "ECDSA": ec.generate_private_key(ec.SECP384R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "Ed448": ed448.Ed448PrivateKey.generate(),
}


@pytest.mark.parametrize("as_a_delegate", [False, True])
@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_kind_speak_and_cannot_be_imitated(kind: str, as_a_delegate: bool) -> None:
    response, issuer = signed_by(KEYS[kind], as_a_delegate=as_a_delegate)
    told = LEAF if as_a_delegate else pki.server(issuer, at=AT)
    assert said(response, LEAF, issuer) == Revocation(AT, "")
    assert said(response, told, CA if not as_a_delegate else pki.authority("Stranger", at=AT)) is None

    answer = ocsp.load_der_ocsp_response(response)
    forged = response.replace(answer.signature, answer.signature[:-1] + bytes([answer.signature[-1] ^ 1]))
    assert forged != response
    assert said(forged, LEAF, issuer) is None


def with_pss(response: bytes, key: rsa.RSAPrivateKey, digest: hashes.HashAlgorithm, salt: int) -> bytes:
    """Sign *response* again, with RSASSA-PSS, which the builder does not; the parameters are left at their defaults."""
    algorithm = asn1.element(asn1.SEQUENCE, asn1.oid("1.2.840.113549.1.1.10"), asn1.element(asn1.SEQUENCE))
    whole = ocsp.load_der_ocsp_response(response)
    signature = key.sign(whole.tbs_response_bytes, padding.PSS(padding.MGF1(digest), salt), digest)
    basic = asn1.element(asn1.SEQUENCE, whole.tbs_response_bytes, algorithm, asn1.element(3, b"\0", signature))
    kind, _ = asn1.elements(asn1.elements(asn1.elements(response)[1])[0])
    body = asn1.element(asn1.SEQUENCE, kind, asn1.element(4, basic))
    return asn1.element(asn1.SEQUENCE, asn1.element(10, b"\0"), asn1.element(0xA0, body))


@pytest.mark.parametrize(
    ("digest", "salt", "counts"),
    [
        (hashes.SHA256(), 32, True),
        (hashes.SHA384(), 48, True),
        (hashes.SHA512(), 20, True),
        (hashes.SHA1(), 20, False),  # noqa: S303 (that is what is refused)
    ],
)
def test_rsa_speaks_in_both_its_ways(digest: hashes.HashAlgorithm, salt: int, counts: bool) -> None:
    key = rsa.generate_private_key(65537, 2048)
    response, issuer = signed_by(key)
    assert (said(with_pss(response, key, digest, salt), LEAF, issuer) is not None) is counts
    assert said(with_pss(response, rsa.generate_private_key(65537, 2048), digest, salt), LEAF, issuer) is None


def test_a_signature_that_is_not_of_the_keys_kind_counts_for_nothing() -> None:
    edwards, issuer = signed_by(KEYS["Ed25519"])
    assert said(edwards, LEAF, CA) is None
    assert said(edwards, LEAF, pki.authority("RSA", at=AT, key=pki.rsa_key(2048))) is None
    assert said(revoked(CA), LEAF, issuer) is None


def test_a_kind_of_key_that_is_not_checked_counts_for_nothing() -> None:
    key = dsa.generate_private_key(2048)
    builder = x509.CertificateBuilder(CA.certificate.subject, CA.certificate.subject, key.public_key(), 1)
    builder = builder.not_valid_before(AT).not_valid_after(AT + dt.timedelta(days=1))
    assert said(revoked(CA), LEAF, pki.Identity(builder.sign(CA.key, hashes.SHA256()), CA.key)) is None


@pytest.mark.parametrize("days", [-400, 400])
def test_a_revocation_counts_however_old_or_young_its_response(days: int) -> None:
    response = pki.ocsp_response(LEAF, CA, at=AT + dt.timedelta(days=days), status=REVOKED)
    assert said(response) == Revocation(AT + dt.timedelta(days=days - 1), "")


def test_a_response_that_says_nothing_says_nothing() -> None:
    assert said(b"") is None
    assert said(b"0\x03\x0a\x01") is None
    unsuccessful = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
    assert said(unsuccessful) is None
