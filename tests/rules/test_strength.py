"""Keys and signatures: where the limits are, and whose signature does not count."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from azpg_tls.chain import Trust
from azpg_tls.evidence import Evidence
from azpg_tls.lab import pki
from tests.observed import AT, HANDSHAKE, der, evidence, findings, present


def with_leaf(**facts: object) -> list[str]:
    """The codes of a healthy server whose leaf has other facts."""
    e = evidence()
    assert e.chain is not None
    leaf = dataclasses.replace(e.chain.leaf, **facts)  # type: ignore[arg-type]
    trusted = dataclasses.replace(e.chain.trusted, path=(leaf, *e.chain.path[1:]))
    return list(findings(Evidence(e.observation, dataclasses.replace(e.chain, trusted=trusted), e.trust, e.policy)))


@pytest.mark.parametrize(
    ("key", "size", "weak"),
    [
        ("RSA 2047", 2047, True),
        ("RSA 2048", 2048, False),
        ("RSA 16384", 16384, False),
        ("RSA 16385", 16385, True),
        ("DSA 1024", 1024, True),
        ("DSA 2048", 2048, False),
        ("EC secp192r1", 192, True),
        ("EC secp224r1", 224, False),
        ("EC secp521r1", 521, False),
        ("Ed25519", None, False),
        ("(unreadable)", None, False),
    ],
)
def test_a_key_is_as_long_as_openssls_second_level_asks_for(key: str, size: int | None, weak: bool) -> None:
    assert ("weak-key" in with_leaf(key=key, key_size=size)) is weak


@pytest.mark.parametrize(
    ("signature", "digest", "weak"),
    [
        ("md5WithRSAEncryption", "md5", True),
        ("rsassaPss", "sha1", True),
        ("rsassaPss", "sha256", False),
        ("1.3.14.3.2.29", "", True),
        ("ecdsa-with-SHA224", "sha224", False),
        ("ED25519", "", False),
    ],
)
def test_a_signature_is_as_strong_as_its_hash(signature: str, digest: str, weak: bool) -> None:
    assert ("weak-signature" in with_leaf(signature=signature, digest=digest)) is weak


def test_a_roots_own_signature_does_not_count_trusted_or_not() -> None:
    key = pki.rsa_key(2048)
    root = pki.signed_with_sha1(pki.authority("Old Root", at=AT, key=key), key)
    leaf = pki.server(pki.Identity(root.certificate, key), at=AT)
    shown = present(leaf.certificate, root.certificate)
    trusting = Trust("root.crt", (der(root.certificate),))
    assert list(findings(evidence(handshake=shown, trust=trusting))) == ["root-included"]
    assert list(findings(evidence(handshake=shown, trust=Trust("none", ())))) == ["unknown-issuer"]


def test_what_leads_nowhere_is_weighed_too_and_what_stands_beside_is_not() -> None:
    stranger, weak = pki.authority("Stranger", at=AT), ec.generate_private_key(ec.SECP192R1())
    leaf = pki.server(stranger, at=AT, key=weak)
    assert list(findings(evidence(handshake=present(leaf.certificate), trust=Trust("none", ())))) == [
        "unknown-issuer",
        "weak-key",
    ]
    beside = (*HANDSHAKE.certificates, der(leaf.certificate))
    assert list(findings(evidence(handshake=dataclasses.replace(HANDSHAKE, certificates=beside)))) == [
        "chain-unneeded-certificate"
    ]


def test_what_is_sent_twice_is_not_said_to_belong_nowhere() -> None:
    twice = (*HANDSHAKE.certificates, HANDSHAKE.certificates[0])
    found = findings(evidence(handshake=dataclasses.replace(HANDSHAKE, certificates=twice)))
    repeated = found["chain-unneeded-certificate"]
    assert repeated.title == "The server sends a certificate more than once"
    assert repeated.detail == "Sent more than once: 'lab server'."


def test_an_old_signature_below_a_stranger_counts() -> None:
    key = pki.rsa_key(2048)
    stranger = pki.authority("Stranger", at=AT, key=key)
    leaf = pki.signed_with_sha1(pki.server(stranger, at=AT), key)
    found = findings(evidence(handshake=present(leaf.certificate), trust=Trust("none", ())))
    assert list(found) == ["unknown-issuer", "weak-signature"]
    assert found["weak-signature"].detail == "'Stranger' signed 'lab server' with SHA-1."
