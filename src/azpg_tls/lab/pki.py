"""A throw-away PKI: every default is valid, a caller states its one deviation.

Nothing here outlives the process, and no name in it is a real CA's, so that a laboratory certificate
can be mistaken for nothing else.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ORGANIZATION = "azpg-tls lab"

KEY_USAGE, ALTERNATIVE_NAMES = "2.5.29.15", "2.5.29.17"
ISSUER_ACCESS, NETSCAPE_TYPE = "1.3.6.1.5.5.7.1.1", "2.16.840.1.113730.1.1"
SERVER_GATED_CRYPTOGRAPHY = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3")  # Microsoft's, of the 1990s

# OBJECT IDENTIFIERs of equal length in DER (RFC 8017 appendix C).
_RSA_WITH_SHA256 = bytes.fromhex("06092a864886f70d01010b")
_RSA_WITH_SHA1 = bytes.fromhex("06092a864886f70d010105")


@dataclass(frozen=True)
class Identity:
    """A certificate and the private key that belongs to it."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as one PEM block."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as one unencrypted PKCS#8 PEM block."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


@dataclass(frozen=True)
class Chain:
    """A server's identity and the CAs above it, the issuer of the leaf first, the root apart."""

    leaf: Identity
    intermediates: tuple[Identity, ...]
    root: Identity

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What a well-configured server sends: the leaf and every intermediate, without the root."""
        return (self.leaf.certificate, *(ca.certificate for ca in self.intermediates))

    @property
    def presented_pem(self) -> bytes:
        """What goes into PostgreSQL's ``ssl_cert_file``."""
        return self.leaf.certificate_pem + b"".join(ca.certificate_pem for ca in self.intermediates)


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """Return a new RSA key, for what P-256 does not show."""
    return rsa.generate_private_key(65537, bits)


def new_key() -> PrivateKey:
    """Return a new P-256 key: fast to make, and strong enough to draw no finding."""
    return ec.generate_private_key(ec.SECP256R1())


def subject_of(common_name: str, organization: str = ORGANIZATION) -> x509.Name:
    """Return a name for a certificate: an organization, the laboratory's by default, and the common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def authority(
    common_name: str,
    *,
    at: dt.datetime,
    issuer: Identity | None = None,
    key: PrivateKey | None = None,
    subject: x509.Name | None = None,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
    path_length: int | None = None,
    permitted_dns: str = "",
    key_identifier: Identity | None = None,
    critical_constraints: bool = True,
) -> Identity:
    """Issue a CA certificate, self-signed without *issuer*; valid from a year before *at* to five years after.

    *permitted_dns* constrains the names below it; *key_identifier* makes it claim another identity's key identifier.
    Without *critical_constraints* whoever does not understand them may ignore that it is a CA, against RFC 5280.
    """
    key = key or new_key()
    builder = _builder(
        subject or subject_of(common_name),
        issuer,
        key,
        not_before or at - dt.timedelta(days=365),
        not_after or at + dt.timedelta(days=5 * 365),
        claimed_key=key_identifier.key if key_identifier else key,
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical_constraints)
    builder = builder.add_extension(_key_usage(ca=True), critical=True)
    if permitted_dns:
        permitted = x509.NameConstraints([x509.DNSName(permitted_dns)], None)
        builder = builder.add_extension(permitted, critical=True)
    return Identity(_sign(builder, issuer.key if issuer else key), key)


def server(
    issuer: Identity | None,
    *,
    at: dt.datetime,
    common_name: str = "lab server",
    dns_names: Sequence[str] = ("localhost",),
    ip_addresses: Sequence[str] = ("127.0.0.1", "::1"),
    key: PrivateKey | None = None,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    critical_oid: str = "",
    further: Mapping[str, bytes] | None = None,
    key_identifiers: bool = True,
) -> Identity:
    """Issue a server certificate, self-signed without *issuer*; valid from 10 days before *at* to 90 after.

    *critical_oid* adds a critical extension of that number, with nothing in it; *further* are extensions by their
    numbers, their contents taken as they are, a keyUsage among them in the place of the usual one. Without
    *key_identifiers* the certificate names neither its own key nor its issuer's.
    """
    further = further or {}
    key = key or new_key()
    builder = _builder(
        subject_of(common_name),
        issuer,
        key,
        not_before or at - dt.timedelta(days=10),
        not_after or at + dt.timedelta(days=90),
        claimed_key=key if key_identifiers else None,
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if KEY_USAGE not in further:
        builder = builder.add_extension(_key_usage(ca=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in dns_names]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ip_addresses]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if critical_oid:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(critical_oid), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    for number, contents in further.items():
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(number), contents), False)
    return Identity(_sign(builder, issuer.key if issuer else key), key)


def _builder(
    subject: x509.Name,
    issuer: Identity | None,
    key: PrivateKey,
    not_before: dt.datetime,
    not_after: dt.datetime,
    *,
    claimed_key: PrivateKey | None,
) -> x509.CertificateBuilder:
    issuer_name = issuer.certificate.subject if issuer else subject
    issuer_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    if claimed_key is None:
        return builder
    own = x509.SubjectKeyIdentifier.from_public_key(claimed_key.public_key())
    issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(own, critical=False).add_extension(issuers, critical=False)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def signed_with_sha1(identity: Identity, issuer_key: rsa.RSAPrivateKey) -> Identity:
    """Return *identity*, which *issuer_key* signed, signed with SHA-1, which cryptography does not any more."""
    certificate = identity.certificate
    tbs = certificate.tbs_certificate_bytes.replace(_RSA_WITH_SHA256, _RSA_WITH_SHA1)
    signature = issuer_key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 (that is what is shown)
    der = certificate.public_bytes(serialization.Encoding.DER).replace(_RSA_WITH_SHA256, _RSA_WITH_SHA1)
    return Identity(x509.load_der_x509_certificate(der[: -len(signature)] + signature), identity.key)


def ocsp_response(
    leaf: Identity,
    issuer: Identity,
    *,
    at: dt.datetime,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    reason: x509.ReasonFlags | None = None,
    signer: Identity | None = None,
    responders: Sequence[Identity] = (),
    about: Identity | None = None,
) -> bytes:
    """Return what *issuer* says of *leaf* at the moment *at* (RFC 6960): good, by default.

    Another *signer* may sign it, the certificates of *responders* may come with it, and it may be *about* another leaf.
    """
    signer = signer or issuer
    revoked_at = at - dt.timedelta(days=1) if status is ocsp.OCSPCertStatus.REVOKED else None
    builder = ocsp.OCSPResponseBuilder().add_response(
        (about or leaf).certificate,
        issuer.certificate,
        hashes.SHA1(),  # noqa: S303 (names the issuer, as every responder does; RFC 6960 section 4.3)
        status,
        at - dt.timedelta(hours=1),
        at + dt.timedelta(days=3),
        revoked_at,
        reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if responders:
        builder = builder.certificates([responder.certificate for responder in responders])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _sign(builder: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256())
