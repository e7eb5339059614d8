"""What stricter verifiers say: nothing of Azure's chains and the laboratory's, and the rule where one is broken."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ObjectIdentifier

from azpg_tls import bundle
from azpg_tls.certificate import read
from azpg_tls.chain import Trust, judge
from azpg_tls.extension import fault
from azpg_tls.lab import generations, pki
from azpg_tls.signature import Issued, issued
from azpg_tls.strictness import CURVES, JAVA, PYTHON, WEBPKI, refusals
from tests import forged
from tests.forged import Forged
from tests.observed import AT, HANDSHAKE, der, evidence, findings, presented

if TYPE_CHECKING:
    from azpg_tls.lab.pki import Identity
    from azpg_tls.strictness import Refusal

REAL = {ca.name: x509.load_der_x509_certificate(ca.der) for ca in bundle.known_cas()}


def told(*certificates: Identity, root: Identity) -> tuple[Refusal, ...]:
    chain = judge([der(each.certificate) for each in certificates], Trust("lab", (der(root.certificate),)), AT)
    assert chain.trusted.error == 0
    return refusals(chain, AT)


@pytest.mark.parametrize("generation", generations.SHAPES)
def test_the_laboratorys_chains_are_strict(generation: str) -> None:
    chain = generations.chain(generation, at=AT)
    judged = judge(presented(chain), Trust("lab", (der(chain.root.certificate),)), AT)
    assert refusals(judged, AT) == ()


def twin(name: str, issuer: Identity | None) -> Identity:
    """A real CA's certificate with every extension it has, but with keys of our own."""
    real, key = REAL[name], pki.rsa_key(2048)
    signer = issuer.key if issuer else key
    builder = x509.CertificateBuilder(real.issuer, real.subject, key.public_key(), real.serial_number)
    builder = builder.not_valid_before(real.not_valid_before_utc).not_valid_after(real.not_valid_after_utc)
    for extension in real.extensions:
        value: x509.ExtensionType = extension.value
        if isinstance(value, x509.SubjectKeyIdentifier):
            value = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        if isinstance(value, x509.AuthorityKeyIdentifier):
            value = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(value, extension.critical)
    return pki.Identity(builder.sign(signer, hashes.SHA256()), key)


def azures_leaf(issuer: Identity) -> Identity:
    """A server's certificate with the extensions that Azure's have."""
    key = pki.rsa_key(2048)
    usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
    url = x509.UniformResourceIdentifier("http://caissuers.microsoft.com/pkiops/certs/ca.crt")
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectAlternativeName([x509.DNSName("*.postgres.database.azure.com")]), False),
        (usage, True),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("2.23.140.1.2.2"), None)]), False),
        (
            x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url)]),
            False,
        ),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False),
    ]
    model = pki.server(issuer, at=AT).certificate
    builder = x509.CertificateBuilder(issuer.certificate.subject, model.subject, key.public_key(), model.serial_number)
    builder = builder.not_valid_before(model.not_valid_before_utc).not_valid_after(model.not_valid_after_utc)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return pki.Identity(builder.sign(issuer.key, hashes.SHA256()), key)


@pytest.mark.parametrize(
    "names",
    [
        ("digicert-global-root-g2", "microsoft-tls-rsa-root-g2-xsign", "microsoft-tls-g2-rsa-ca-ocsp-02"),
        ("microsoft-rsa-root-certificate-authority-2017", "microsoft-azure-rsa-tls-issuing-ca-03"),
        ("digicert-global-root-ca", "digicert-tls-rsa-sha256-2020-ca1"),
        ("digicert-global-root-ca", "digicert-basic-rsa-cn-ca-g2"),
    ],
)
def test_chains_with_the_extensions_of_azures_are_strict(names: tuple[str, ...]) -> None:
    cas: list[Identity] = []
    for name in names:
        cas.append(twin(name, cas[-1] if cas else None))
    assert told(azures_leaf(cas[-1]), *reversed(cas[1:]), root=cas[0]) == ()


def test_a_leaf_without_key_identifiers_is_refused_by_both_and_a_wildcard_is_a_name() -> None:
    root = pki.authority("Lab Root", at=AT)
    leaf = pki.server(root, at=AT, dns_names=["*.example.com"], key_identifiers=False)
    assert {refusal.verifier for refusal in told(leaf, root=root)} == {PYTHON, WEBPKI}
    assert [refusal.rule for refusal in told(leaf, root=root)] == [
        "Missing Authority Key Identifier",
        "invalid extension: 2.5.29.35: Certificate is missing required extension",  # the same, by its number
    ]


@pytest.mark.parametrize(
    "names", [["localhost"], [], ["b\xfccher.example", "ok.example"], ["*.example.com"], ["10.0.0.1"]]
)
def test_names_play_no_part(names: list[str]) -> None:
    root = pki.authority("Lab Root", at=AT)
    made = pki.server(root, at=AT, dns_names=[name for name in names if name.isascii()])
    chain = judge([der(made.certificate)], Trust("lab", (der(root.certificate),)), AT)
    leaf = dataclasses.replace(chain.leaf, names=dataclasses.replace(chain.leaf.names, dns_names=tuple(names)))
    path = (leaf, *chain.trusted.path[1:])
    assert refusals(dataclasses.replace(chain, trusted=dataclasses.replace(chain.trusted, path=path)), AT) == ()


def test_a_leaf_without_names_is_not_shown_to_those_who_ask_for_one() -> None:
    root = pki.authority("Lab Root", at=AT)
    assert told(pki.server(root, at=AT, dns_names=[], ip_addresses=[]), root=root) == ()


def test_a_server_that_is_its_own_root_may_be_one() -> None:
    own = pki.server(None, at=AT)
    assert told(own, root=own) == ()


@pytest.mark.parametrize(
    ("curve", "told_of"),
    [
        (ec.SECP224R1(), "secp224r1"),
        (ec.BrainpoolP256R1(), "brainpoolP256r1"),
        (ec.SECP256K1(), "secp256k1"),
        (ec.SECP256R1(), ""),
        (ec.SECP384R1(), ""),
        (ec.SECP521R1(), ""),
    ],
)
def test_curves_are_nists_of_256_bits_and_more(curve: ec.EllipticCurve, told_of: str) -> None:
    root = pki.authority("Lab Root", at=AT)
    rules = [each.rule for each in told(pki.server(root, at=AT, key=ec.generate_private_key(curve)), root=root)]
    assert rules == ([f"'lab server' has a key of the curve {told_of}"] if told_of else [])
    issuing = pki.authority("Lab Issuing CA", at=AT, issuer=root, key=ec.generate_private_key(curve))
    found = told(pki.server(issuing, at=AT), issuing, root=root)
    assert {each.verifier: each.rule for each in found} == (
        {WEBPKI: "Forbidden public key algorithm", CURVES: f"'Lab Issuing CA' has a key of the curve {told_of}"}
        if told_of
        else {}
    )


@pytest.mark.parametrize(
    ("usage", "rules"),
    [
        (b"\x03\x02\x07\x80", []),  # digitalSignature
        (b"\x03\x02\x05\xa0", []),  # and keyEncipherment
        (b"\x03\x02\x05\x20", ["KeyUsage does not allow digital signatures"]),  # keyEncipherment alone
    ],
)
def test_java_wants_a_key_that_may_sign(usage: bytes, rules: list[str]) -> None:
    root = pki.authority("Lab Root", at=AT)
    leaf = pki.server(root, at=AT, key=pki.rsa_key(2048), further={pki.KEY_USAGE: usage})
    found = told(leaf, root=root)
    assert [(each.verifier, each.rule) for each in found] == [(JAVA, rule) for rule in rules]


def test_server_gated_cryptography_is_openssls_alone() -> None:
    root = pki.authority("Lab Root", at=AT)
    leaf = pki.server(root, at=AT, purpose=pki.SERVER_GATED_CRYPTOGRAPHY)
    assert [each.verifier for each in told(leaf, root=root)] == [WEBPKI]


def test_a_signature_with_sha_224_is_enough_for_openssl_alone() -> None:
    key = pki.rsa_key(2048)
    root = pki.authority("Lab Root", at=AT, key=key)
    model = pki.server(root, at=AT).certificate
    builder = x509.CertificateBuilder(model.issuer, model.subject, model.public_key(), model.serial_number)
    builder = builder.not_valid_before(model.not_valid_before_utc).not_valid_after(model.not_valid_after_utc)
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    leaf = pki.Identity(builder.sign(key, hashes.SHA224()), key)
    assert [each.verifier for each in told(leaf, root=root)] == [WEBPKI]


def test_a_version_that_there_is_not_is_refused_and_breaks_nothing() -> None:
    root = Forged(subject=forged.name(b"Forger"), extensions=forged.CA)
    odd = Forged(version=forged.der(0xA0, forged.integer(62)), subject=forged.name(b"Odd"), extensions=forged.CA)
    leaf = Forged(issuer=forged.name(b"Odd"))
    trust = Trust("root.crt", (root.der,))
    chain = judge([leaf.der, odd.der], trust, AT)
    assert chain.trusted.error == 0
    assert WEBPKI in {each.verifier for each in refusals(chain, AT)}
    assert fault(odd.der) == ""
    assert issued(read(root.der), read(odd.der)) is not Issued.YES

    below = dataclasses.replace(HANDSHAKE, certificates=(odd.der,), ocsp_response=stapled())
    found = findings(evidence(handshake=below, trust=trust))
    assert list(found) == ["hostname-mismatch"]
    below = dataclasses.replace(below, certificates=(leaf.der, odd.der))
    assert "revoked" not in findings(evidence(handshake=below, trust=trust))
    stranger = Trust("other.crt", (Forged(subject=forged.name(b"Forger"), key=pki_key(), extensions=forged.CA).der,))
    assert "bad-signature" in findings(evidence(handshake=below, trust=stranger))


def stapled() -> bytes:
    ca = pki.authority("Lab Issuing CA", at=AT)
    return pki.ocsp_response(pki.server(ca, at=AT), ca, at=AT)


def pki_key() -> bytes:
    return pki.new_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
