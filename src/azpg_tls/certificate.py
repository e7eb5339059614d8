"""What a certificate says, read once and kept as plain facts; whatever cannot be read is said, not raised.

Text in a certificate is chosen by whoever made it: it is made visible here, before anything shows it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from cryptography.x509.oid import SignatureAlgorithmOID as Oid

from azpg_tls import altnames, purpose
from azpg_tls import der as asn1
from azpg_tls.altnames import AltNames
from azpg_tls.purpose import Purpose
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Extension = TypeVar("Extension", bound=x509.ExtensionType)

UNREADABLE = "(unreadable)"
NAMELESS = "(no name)"  # an empty distinguished name is allowed where there are subject alternative names

# The names that OpenSSL prints (crypto/objects/objects.txt).
SIGNATURES = {
    Oid.RSA_WITH_MD5: "md5WithRSAEncryption",
    Oid.RSA_WITH_SHA1: "sha1WithRSAEncryption",
    Oid.RSA_WITH_SHA224: "sha224WithRSAEncryption",
    Oid.RSA_WITH_SHA256: "sha256WithRSAEncryption",
    Oid.RSA_WITH_SHA384: "sha384WithRSAEncryption",
    Oid.RSA_WITH_SHA512: "sha512WithRSAEncryption",
    Oid.RSASSA_PSS: "rsassaPss",
    Oid.ECDSA_WITH_SHA1: "ecdsa-with-SHA1",
    Oid.ECDSA_WITH_SHA224: "ecdsa-with-SHA224",
    Oid.ECDSA_WITH_SHA256: "ecdsa-with-SHA256",
    Oid.ECDSA_WITH_SHA384: "ecdsa-with-SHA384",
    Oid.ECDSA_WITH_SHA512: "ecdsa-with-SHA512",
    Oid.ED25519: "ED25519",
    Oid.ED448: "ED448",
}

# What cryptography raises for contents that it cannot make sense of.
CANNOT_READ = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A distinguished name: as text (RFC 4514), its common name and organization, and its exact bytes."""

    text: str
    common_name: str
    der: bytes
    organization: str = ""


_NOBODY = Name(UNREADABLE, UNREADABLE, b"")
_NO_PURPOSE = Purpose(server_auth=False, serves_tls=False, signs=False)


@dataclass(frozen=True)
class Certificate:
    """The facts of one certificate. Digests and the serial are lower-case hexadecimal.

    *key* and *signature* are words such as ``RSA 2048`` and ``sha256WithRSAEncryption``; *key_size* is in bits, None
    for keys that have one size only, and *digest* the hash that was signed, empty if there is none. *spki_sha256* is of
    the public key as it stands in the certificate, which is what pins are made of. *key_id* and *issuer_key_id* are
    what the certificate says of its own and its issuer's key, empty if nothing. *names* are those it is for, *purpose*
    is what it may be used for; if that cannot be read, nothing. *problems* names every other part that could not be
    read; such a part is empty here.
    """

    der: bytes
    subject: Name
    issuer: Name
    serial: str
    not_before: dt.datetime | None
    not_after: dt.datetime | None
    key: str
    key_size: int | None
    signature: str
    digest: str
    sha256: str
    spki_sha256: str
    key_id: str
    issuer_key_id: str
    names: AltNames
    purpose: Purpose
    ca: bool
    problems: tuple[str, ...]

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name, as in every root."""
        return self.subject.der == self.issuer.der != b""

    @property
    def sans(self) -> tuple[str, ...]:
        """The subject alternative names as OpenSSL prints them."""
        dns_names = tuple(f"DNS:{name}" for name in self.names.dns_names)
        return dns_names + tuple(f"IP:{address}" for address in self.names.ip_addresses)


@lru_cache(maxsize=64)
def read(der: bytes) -> Certificate:
    """Read *der*, which OpenSSL has taken for a certificate; never raises.

    What was read is kept: one judgement meets the same certificate several times, and many servers share their CAs.
    """
    reader = _Reader()
    with warnings.catch_warnings():
        # cryptography warns of odd serial numbers and of years to come; they are facts here, not faults of ours.
        warnings.simplefilter("ignore")
        certificate = reader.attempt("the certificate", lambda: x509.load_der_x509_certificate(der), None)
        if certificate:
            return _facts(certificate, der, reader)
        # A date that it cannot read keeps cryptography from reading anything at all; to OpenSSL it is a date.
        otherwise = _with_other_dates(der)
        if otherwise is None:
            return _unreadable(der, reader)
        return replace(_facts(otherwise, der, reader), not_before=None, not_after=None)


def _with_other_dates(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(asn1.with_validity(der, asn1.SOME_VALIDITY))
    except CANNOT_READ:
        return None


class _Reader:
    """Attempts to read one part after the other, and remembers which could not be."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def attempt(self, part: str, get: Callable[[], T], default: T) -> T:
        try:
            return get()
        except CANNOT_READ as error:
            self.problems.append(f"{part}: {visible(str(error) or type(error).__name__)}")
            return default


def _facts(certificate: x509.Certificate, der: bytes, reader: _Reader) -> Certificate:
    tbs = certificate.tbs_certificate_bytes
    unreadable: tuple[str, int | None] = (UNREADABLE, None)
    key, key_size = reader.attempt("public key", lambda: _key(certificate), unreadable)
    return Certificate(
        der=der,
        subject=reader.attempt("subject", lambda: _name(certificate.subject), _NOBODY),
        issuer=reader.attempt("issuer", lambda: _name(certificate.issuer), _NOBODY),
        serial=reader.attempt("serial number", lambda: f"{certificate.serial_number:x}", ""),
        not_before=reader.attempt("notBefore", lambda: certificate.not_valid_before_utc, None),
        not_after=reader.attempt("notAfter", lambda: certificate.not_valid_after_utc, None),
        key=key,
        key_size=key_size,
        signature=reader.attempt("signature algorithm", lambda: _signature(certificate), UNREADABLE),
        digest=_digest(certificate),
        sha256=hashlib.sha256(der).hexdigest(),
        spki_sha256=hashlib.sha256(asn1.public_key_info(tbs)).hexdigest(),
        key_id=reader.attempt("subject key identifier", lambda: _key_id(certificate), ""),
        issuer_key_id=reader.attempt("authority key identifier", lambda: _issuer_key_id(certificate), ""),
        names=altnames.read(tbs),
        purpose=reader.attempt("purpose", lambda: purpose.read(tbs), _NO_PURPOSE),
        ca=reader.attempt("basic constraints", lambda: _is_ca(certificate), False),
        problems=tuple(reader.problems),
    )


def _unreadable(der: bytes, reader: _Reader) -> Certificate:
    return Certificate(
        der, _NOBODY, _NOBODY, "", None, None, UNREADABLE, None, UNREADABLE, "", hashlib.sha256(der).hexdigest(), "",
        "", "", AltNames(fault="the certificate cannot be read"), Purpose(True, True, True), ca=False,
        problems=tuple(reader.problems),
    )  # fmt: skip


def _name(name: x509.Name) -> Name:
    common_names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = name.rfc4514_string() or NAMELESS
    common_name = str(common_names[-1].value) if common_names else text
    organizations = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    organization = str(organizations[-1].value) if organizations else ""
    return Name(visible(text), visible(common_name), name.public_bytes(), visible(organization))


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return _extensions(certificate, kind.oid).get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _extensions(certificate: x509.Certificate, number: x509.ObjectIdentifier) -> x509.Extensions:
    """Return the extensions of *certificate*; if one cannot be read, those of that *number* alone."""
    try:
        return certificate.extensions
    except CANNOT_READ:
        wanted = asn1.oid(number.dotted_string)
        kept = tuple(der for oid, der in asn1.extensions(certificate.tbs_certificate_bytes) if oid == wanted)
        whole = certificate.public_bytes(Encoding.DER)
        return x509.load_der_x509_certificate(asn1.with_extensions(whole, kept)).extensions


def _key(certificate: x509.Certificate) -> tuple[str, int | None]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}", key.key_size
    return type(key).__name__.removesuffix("PublicKey"), None


def _signature(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    return SIGNATURES.get(oid, oid.dotted_string)


def _digest(certificate: x509.Certificate) -> str:
    """Return the hash that was signed; an algorithm that is not known has been said to be so already, by its number."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except CANNOT_READ:
        return ""
    return algorithm.name if algorithm else ""


def _key_id(certificate: x509.Certificate) -> str:
    identifier = _extension(certificate, x509.SubjectKeyIdentifier)
    return identifier.digest.hex() if identifier else ""


def _issuer_key_id(certificate: x509.Certificate) -> str:
    identifier = _extension(certificate, x509.AuthorityKeyIdentifier)
    return (identifier.key_identifier or b"").hex() if identifier else ""


def _is_ca(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca
