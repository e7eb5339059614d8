"""RSA with a public exponent of 65 bits: sound arithmetic, which OpenSSL refuses beyond 3072 bits of modulus.

OpenSSL reckons with such exponents only up to there, as they keep whoever checks a signature busy
(OPENSSL_RSA_MAX_PUBEXP_BITS and OPENSSL_RSA_SMALL_MODULUS_BITS, include/openssl/rsa.h). So of two CAs that differ in
their keys' lengths alone, the signatures of one verify and those of the other are not even looked at.
"""

from __future__ import annotations

import hashlib
import math

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from azpg_tls.lab.pki import Identity

EXPONENT = 2**64 + 13  # a prime
# DigestInfo of SHA-256 before the digest itself (RFC 8017 section 9.2, note 1).
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def with_exponent(root: Identity, key: rsa.RSAPrivateKey) -> Identity:
    """Return the self-signed *root* of *key* with the long exponent in its public key; *key* stays as it is."""
    public = rsa.RSAPublicNumbers(EXPONENT, key.public_key().public_numbers().n).public_key()
    old = root.certificate
    begin, end = old.not_valid_before_utc, old.not_valid_after_utc
    builder = x509.CertificateBuilder(old.issuer, old.subject, public, old.serial_number, begin, end)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def signed_with_exponent(identity: Identity, key: rsa.RSAPrivateKey) -> Identity:
    """Return *identity*, which *key* signed with SHA-256, signed by the same key with the long exponent."""
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    private = pow(EXPONENT, -1, math.lcm(numbers.p - 1, numbers.q - 1))
    size = key.key_size // 8
    digest = _SHA256_INFO + hashlib.sha256(identity.certificate.tbs_certificate_bytes).digest()
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    signature = pow(int.from_bytes(padded), private, modulus).to_bytes(size)
    der = identity.certificate.public_bytes(serialization.Encoding.DER)
    return Identity(x509.load_der_x509_certificate(der[: -len(signature)] + signature), identity.key)
