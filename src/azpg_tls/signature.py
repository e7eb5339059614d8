"""Did this CA sign that certificate: yes, no, or it cannot be told here.

Where OpenSSL finds no path it has checked no signature; then this tells an impostor from a CA that is only not trusted.
"""

from __future__ import annotations

import warnings
from enum import Enum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from azpg_tls.certificate import UNREADABLE

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate

# Keys of RSA that OpenSSL checks no signature by: OPENSSL_RSA_MAX_MODULUS_BITS and, for exponents beyond
# OPENSSL_RSA_MAX_PUBEXP_BITS, OPENSSL_RSA_SMALL_MODULUS_BITS (include/openssl/rsa.h).
LONGEST_RSA = 16384
_LONGEST_EXPONENT = 64
_SMALL_RSA = 3072


class Issued(Enum):
    """Whether one certificate issued another: the name is right, and so is the signature."""

    YES = "its key made the signature"
    NO = "another name, or another key"
    UNCHECKED = "the kind of key or signature cannot be checked here"


def issued(issuer: Certificate, certificate: Certificate) -> Issued:
    """Return whether *issuer* has the name that *certificate* gives for its issuer, and the key that signed it."""
    if UNREADABLE in (issuer.key, certificate.signature):
        return Issued.UNCHECKED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in certificate.py: oddities are facts, not faults of ours
        above, below = (x509.load_der_x509_certificate(each.der) for each in (issuer, certificate))
        key = above.public_key()
    if isinstance(key, RSAPublicKey) and _beyond_openssl(key):
        return Issued.UNCHECKED
    try:
        _ = below.signature_hash_algorithm  # refuses a kind of signature that is not known
        below.verify_directly_issued_by(above)
    except UnsupportedAlgorithm:
        return Issued.UNCHECKED
    except (
        InvalidSignature,
        ValueError,
        TypeError,
        x509.InvalidVersion,
    ):  # or another name, another kind of key, one that signs nothing
        return Issued.NO
    return Issued.YES


def _beyond_openssl(key: RSAPublicKey) -> bool:
    long_exponent = key.public_numbers().e.bit_length() > _LONGEST_EXPONENT
    return key.key_size > LONGEST_RSA or (key.key_size > _SMALL_RSA and long_exponent)
