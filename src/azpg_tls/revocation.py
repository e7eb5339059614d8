"""What a stapled OCSP response (RFC 6960) says of a certificate. Nothing is fetched, and nobody is asked.

A response counts only if the certificate's issuer signed it, or a responder that the issuer has appointed; that it is
old, or its responder's certificate out of date by now, does not matter, as a revocation is not taken back. Not checked:
certificates other than the one it was stapled for.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from azpg_tls.certificate import CANNOT_READ, read
from azpg_tls.signature import Issued, issued

if TYPE_CHECKING:
    from cryptography.x509.ocsp import OCSPResponse, OCSPSingleResponse

    from azpg_tls.certificate import Certificate

_PSS_DIGESTS = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())  # RFC 4055 section 3.1, without SHA-1 and SHA-224


@dataclass(frozen=True)
class Revocation:
    """When a certificate was revoked, and why if that was said (RFC 5280 section 5.3.1)."""

    at: dt.datetime
    reason: str


def revocation(response: bytes, certificate: Certificate, issuer: Certificate) -> Revocation | None:
    """Return what *response* (DER) says if it is that *certificate* was revoked, and can be believed; else None."""
    from cryptography.x509 import ocsp

    try:
        answer = ocsp.load_der_ocsp_response(response)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL or not _signed(answer, issuer):
            return None
        for single in answer.responses:
            if single.certificate_status is ocsp.OCSPCertStatus.REVOKED and _about(single, certificate, issuer):
                return _revocation(single)
    except CANNOT_READ:
        return None  # not a response that anybody could read
    return None


def _revocation(single: OCSPSingleResponse) -> Revocation | None:
    at, reason = single.revocation_time_utc, single.revocation_reason
    return Revocation(at, reason.value if reason else "") if at else None


def _about(single: OCSPSingleResponse, certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography.x509.ocsp import OCSPRequestBuilder

    # A request for the same certificate names it in the same way: by serial number and by hashes of the issuer.
    subject, signer = (x509.load_der_x509_certificate(each.der) for each in (certificate, issuer))
    request = OCSPRequestBuilder().add_certificate(subject, signer, single.hash_algorithm).build()
    named, asked = ((each.serial_number, each.issuer_name_hash, each.issuer_key_hash) for each in (single, request))
    return named == asked


def _signed(answer: OCSPResponse, issuer: Certificate) -> bool:
    """Whether *issuer*, or a responder that it has issued a certificate for this purpose, signed *answer*."""
    signer = x509.load_der_x509_certificate(issuer.der)
    return any(_verifies(answer, each) for each in (signer, *(c for c in answer.certificates if _appointed(c, issuer))))


def _appointed(responder: x509.Certificate, issuer: Certificate) -> bool:
    try:
        purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    from cryptography.hazmat.primitives.serialization import Encoding

    appointed = ExtendedKeyUsageOID.OCSP_SIGNING in purposes
    return appointed and issued(issuer, read(responder.public_bytes(Encoding.DER))) is Issued.YES


def _verifies(answer: OCSPResponse, signer: x509.Certificate) -> bool:
    key, signature, signed = signer.public_key(), answer.signature, answer.tbs_response_bytes
    try:
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, signed)
            return True
        if answer.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
            return isinstance(key, rsa.RSAPublicKey) and _verifies_pss(key, signature, signed)
        digest = answer.signature_hash_algorithm
        if digest is None:
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _verifies_pss(key: rsa.RSAPublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether *key* signed by RSASSA-PSS; with which digest and how much salt, cryptography does not tell."""
    for digest in _PSS_DIGESTS:
        with contextlib.suppress(InvalidSignature):
            key.verify(signature, signed, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
            return True
    return False
