"""Whether a CA signed a certificate: yes, no, and that it cannot be told, which is neither."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from azpg_tls.certificate import read
from azpg_tls.lab import exponent, pki
from azpg_tls.signature import Issued, issued
from tests import forged
from tests.forged import Forged
from tests.observed import AT, der

ROOT = pki.authority("Root", at=AT)
NAMESAKE = pki.authority("Root", at=AT)
LEAF = der(pki.server(ROOT, at=AT).certificate)
FORGER = forged.name(b"Forger")
UNHEARD_OF = forged.der(forged.SEQUENCE, forged.oid("1.3.6.1.4.1.99999.7"))


def forger(key: bytes, subject: bytes = FORGER) -> bytes:
    return Forged(subject=subject, issuer=subject, key=key, extensions=forged.CA).der


def on_no_curve(coordinate: bytes) -> bytes:
    """A key for P-256 that is none: its point is not on the curve."""
    algorithm = forged.der(forged.SEQUENCE, forged.oid("1.2.840.10045.2.1"), forged.oid("1.2.840.10045.3.1.7"))
    return forged.der(forged.SEQUENCE, algorithm, forged.der(forged.BITS, b"\0\4" + coordinate * 64))


EXCHANGE = (
    X25519PrivateKey.generate()
    .public_key()
    .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)


@pytest.mark.parametrize(
    ("issuer", "certificate", "result"),
    [
        (der(ROOT.certificate), LEAF, Issued.YES),
        (der(NAMESAKE.certificate), LEAF, Issued.NO),
        (der(pki.authority("Another", at=AT, key=ROOT.key).certificate), LEAF, Issued.NO),
        (forger(forged.our_key()), Forged().der, Issued.YES),
        (forger(forged.our_key(), forged.name(b"Else")), Forged().der, Issued.NO),
        (forger(forged.our_key()), Forged(serial=forged.integer(-5)).der, Issued.YES),
        (forger(forged.our_key()), Forged(subject=b"\x04\0").der, Issued.UNCHECKED),
        (forger(forged.rsa_key(2048)), Forged().der, Issued.NO),
        (forger(EXCHANGE), Forged().der, Issued.NO),
        (forger(forged.unknown_key()), Forged().der, Issued.UNCHECKED),
        (forger(on_no_curve(b"\1")), Forged().der, Issued.UNCHECKED),
        (forger(forged.our_key()), Forged(signature_algorithm=UNHEARD_OF).der, Issued.UNCHECKED),
        (forger(forged.rsa_key(16384)), Forged().der, Issued.NO),
        (forger(forged.rsa_key(16392)), Forged().der, Issued.UNCHECKED),
        (forger(forged.rsa_key(65536)), Forged().der, Issued.UNCHECKED),
    ],
)
def test_what_is_known_of_a_signature(issuer: bytes, certificate: bytes, result: Issued) -> None:
    assert issued(read(issuer), read(certificate)) is result


@pytest.mark.parametrize(("bits", "result"), [(3072, Issued.YES), (3200, Issued.UNCHECKED)])
def test_a_long_exponent_is_reckoned_with_up_to_3072_bits(bits: int, result: Issued) -> None:
    key = pki.rsa_key(bits)
    root = exponent.with_exponent(pki.authority("Root", at=AT, key=key), key)
    leaf = exponent.signed_with_exponent(pki.server(root, at=AT), key)
    assert issued(read(der(root.certificate)), read(der(leaf.certificate))) is result
