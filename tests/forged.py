"""Certificates that no builder makes: DER written by hand, each part replaceable, the signature sound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BEGIN, END = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2049, 1, 1, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())

ECDSA_SHA256 = "1.2.840.10045.4.3.2"
RSA = "1.2.840.113549.1.1.1"
COMMON_NAME = "2.5.4.3"
SAN, BASIC_CONSTRAINTS, KEY_USAGE, PURPOSES = "2.5.29.17", "2.5.29.19", "2.5.29.15", "2.5.29.37"
# Everything that anybody may want to read in a certificate.
EXTENSIONS = (
    SAN,  # names
    BASIC_CONSTRAINTS,  # basic constraints
    KEY_USAGE,  # key usage
    PURPOSES,  # purposes
    "2.5.29.14",  # key identifier
    "2.5.29.35",  # issuer's key identifier
    "2.5.29.30",  # name constraints
    "2.5.29.32",  # policies
    "2.5.29.31",  # CRL addresses
    "1.3.6.1.5.5.7.1.1",  # issuer's address
    "1.3.6.1.4.1.11129.2.4.2",  # certificate transparency
    "1.3.6.1.5.5.7.1.24",  # must staple
)
BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, UTF8, TELETEX, SEQUENCE, SET = 1, 2, 3, 4, 5, 6, 12, 20, 48, 49
UTC_TIME, GENERALIZED_TIME = 23, 24


def der(tag: int, *parts: bytes) -> bytes:
    """One element of DER."""
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 128 | len(octets)]) + octets + body


def integer(value: int) -> bytes:
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = bytes([first * 40 + second])
    for number in rest:
        groups = [number & 127]
        while number := number >> 7:
            groups.insert(0, 128 | number & 127)
        body += bytes(groups)
    return der(OID, body)


def name(*common_names: bytes, kind: int = UTF8) -> bytes:
    """A distinguished name of common names, as they are, in strings of *kind*."""
    return der(SEQUENCE, *(der(SET, der(SEQUENCE, oid(COMMON_NAME), der(kind, text))) for text in common_names))


def names(*dns_names: bytes) -> bytes:
    """The contents of the subject alternative names."""
    return der(SEQUENCE, *(der(0x82, text) for text in dns_names))


def nested(depth: int) -> bytes:
    """SEQUENCE in SEQUENCE in SEQUENCE."""
    inner = b""
    for _ in range(depth):
        inner = der(SEQUENCE, inner)
    return inner


def rsa_key(bits: int) -> bytes:
    """A SubjectPublicKeyInfo with an odd modulus of *bits*, which nobody has the private key of."""
    numbers = der(SEQUENCE, integer((1 << (bits - 1)) + 1), integer(65537))
    return der(SEQUENCE, der(SEQUENCE, oid(RSA), der(NULL)), der(BITS, b"\0", numbers))


def unknown_key() -> bytes:
    return der(SEQUENCE, der(SEQUENCE, oid("1.3.6.1.4.1.99999.7")), der(BITS, b"\0key"))


def our_key() -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return KEY.public_key().public_bytes(encoding, form)


LOCALHOST = {SAN: names(b"localhost")}
CA = {BASIC_CONSTRAINTS: der(SEQUENCE, der(BOOLEAN, b"\xff"))}


@dataclass(frozen=True)
class Forged:
    """The parts of a certificate, all of them in DER; the defaults are sound."""

    subject: bytes = name(b"forged")
    issuer: bytes = name(b"Forger")
    serial: bytes = integer(4711)
    not_before: bytes = der(UTC_TIME, b"250101000000Z")
    not_after: bytes = der(UTC_TIME, b"490101000000Z")
    key: bytes = our_key()
    extensions: Mapping[str, bytes] = field(default_factory=lambda: LOCALHOST)
    signature_algorithm: bytes = der(SEQUENCE, oid(ECDSA_SHA256))
    version: bytes = der(0xA0, integer(2))

    @property
    def der(self) -> bytes:
        extensions = [der(SEQUENCE, oid(number), der(OCTETS, value)) for number, value in self.extensions.items()]
        tbs = der(
            SEQUENCE, self.version, self.serial, self.signature_algorithm, self.issuer,
            der(SEQUENCE, self.not_before, self.not_after), self.subject, self.key,
            der(0xA3, der(SEQUENCE, *extensions)),
        )  # fmt: skip
        signature = KEY.sign(tbs, ec.ECDSA(hashes.SHA256()))
        return der(SEQUENCE, tbs, self.signature_algorithm, der(BITS, b"\0", signature))
