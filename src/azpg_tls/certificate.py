"""What a certificate says, read once and kept as plain facts; whatever cannot be read is said, not raised.

Text in a certificate is chosen by whoever made it: it is made visible here, before anything shows it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID
from cryptography.x509.oid import SignatureAlgorithmOID as Oid

from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_NAMES = 100  # subject alternative names that are read; Azure's certificates have two
UNREADABLE = "(unreadable)"

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
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)


@dataclass(frozen=True)
class Name:
    """A distinguished name: as text (RFC 4514), its common name, and its exact bytes for comparing."""

    text: str
    common_name: str
    der: bytes


@dataclass(frozen=True)
class Certificate:
    """The facts of one certificate. Digests and the serial are lower-case hexadecimal.

    *key* and *signature* are words such as ``RSA 2048`` and ``sha256WithRSAEncryption``. *problems* names every
    part that could not be read; such a part is empty here.
    """

    der: bytes
    subject: Name
    issuer: Name
    serial: str
    not_before: dt.datetime | None
    not_after: dt.datetime | None
    key: str
    signature: str
    sha256: str
    spki_sha256: str
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    ca: bool
    problems: tuple[str, ...] = ()

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name, as in every root."""
        return self.subject.der == self.issuer.der

    @property
    def sans(self) -> tuple[str, ...]:
        """The subject alternative names as OpenSSL prints them."""
        return tuple(f"DNS:{name}" for name in self.dns_names) + tuple(f"IP:{ip}" for ip in self.ip_addresses)


def read(der: bytes) -> Certificate:
    """Read *der*, which OpenSSL has taken for a certificate; never raises."""
    reader = _Reader()
    with warnings.catch_warnings():
        # cryptography warns of odd serial numbers and of years to come; they are facts here, not faults of ours.
        warnings.simplefilter("ignore")
        certificate = reader.attempt("the certificate", lambda: x509.load_der_x509_certificate(der), None)
        return _facts(certificate, der, reader) if certificate else _unreadable(der, reader)


class _Reader:
    """Attempts to read one part after the other, and remembers which could not be."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def attempt(self, part: str, get: Callable[[], T], default: T) -> T:
        try:
            return get()
        except _UNREADABLE as error:
            self.problems.append(f"{part}: {visible(str(error) or type(error).__name__)}")
            return default


def _facts(certificate: x509.Certificate, der: bytes, reader: _Reader) -> Certificate:
    nobody = Name(UNREADABLE, UNREADABLE, b"")
    no_names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    dns_names, ip_addresses = reader.attempt("subject alternative names", lambda: _san(certificate), no_names)
    return Certificate(
        der=der,
        subject=reader.attempt("subject", lambda: _name(certificate.subject), nobody),
        issuer=reader.attempt("issuer", lambda: _name(certificate.issuer), nobody),
        serial=reader.attempt("serial number", lambda: f"{certificate.serial_number:x}", ""),
        not_before=reader.attempt("notBefore", lambda: certificate.not_valid_before_utc, None),
        not_after=reader.attempt("notAfter", lambda: certificate.not_valid_after_utc, None),
        key=reader.attempt("public key", lambda: _key(certificate), UNREADABLE),
        signature=reader.attempt("signature algorithm", lambda: _signature(certificate), UNREADABLE),
        sha256=hashlib.sha256(der).hexdigest(),
        spki_sha256=reader.attempt("public key info", lambda: _spki_sha256(certificate), ""),
        dns_names=dns_names,
        ip_addresses=ip_addresses,
        ca=reader.attempt("basic constraints", lambda: _is_ca(certificate), False),
        problems=tuple(reader.problems),
    )


def _unreadable(der: bytes, reader: _Reader) -> Certificate:
    nobody = Name(UNREADABLE, UNREADABLE, b"")
    return Certificate(
        der, nobody, nobody, "", None, None, UNREADABLE, UNREADABLE, hashlib.sha256(der).hexdigest(), "",
        (), (), ca=False, problems=tuple(reader.problems),
    )  # fmt: skip


def _name(name: x509.Name) -> Name:
    common_names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = name.rfc4514_string()
    common_name = str(common_names[-1].value) if common_names else text
    return Name(visible(text), visible(common_name), name.public_bytes())


def _san(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    dns_names = names.get_values_for_type(x509.DNSName)[:MAX_NAMES]
    addresses = [
        str(address)
        for address in names.get_values_for_type(x509.IPAddress)[:MAX_NAMES]
        if isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address)
    ]
    return tuple(visible(name) for name in dns_names), tuple(addresses)


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey")


def _signature(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    return SIGNATURES.get(oid, oid.dotted_string)


def _spki_sha256(certificate: x509.Certificate) -> str:
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).hexdigest()


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
