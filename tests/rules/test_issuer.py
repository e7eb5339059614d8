"""Who issued a chain: an inspection product, an impostor, a CA that was not sent, a stranger; one cause at a time."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from azpg_tls import bundle
from azpg_tls.chain import Trust
from azpg_tls.lab import pki
from azpg_tls.lab.scenario import known
from tests.observed import AT, AZURE, HANDSHAKE, HEALTHY, TRUST, der, evidence, findings, present

AZURE_HOST = "db.postgres.database.azure.com"
AZURES = dataclasses.replace(AZURE, server_name=AZURE_HOST)
KNOWN = bundle.known_cas()
REAL = {ca.name: ca.der for ca in KNOWN}
BUNDLE = Trust("bundle", bundle.anchors("public"), KNOWN)
ROOT = pki.authority("Lab Root", at=AT)
LAB = Trust("root.crt", (der(ROOT.certificate),))
STRANGER = pki.authority("Contoso CA", at=AT, subject=pki.subject_of("Contoso CA", "Contoso"))
MINUTE = dt.timedelta(minutes=1)


def codes(*certificates: x509.Certificate, trust: Trust = LAB) -> list[str]:
    return list(findings(evidence(handshake=present(*certificates), trust=trust)))


def minted(age: dt.timedelta, issuer: pki.Identity = STRANGER, name: str = AZURE_HOST) -> list[str]:
    leaf = pki.server(issuer, at=AT, dns_names=[name], not_before=AT - age)
    found = findings(evidence(target=AZURES, handshake=present(leaf.certificate), trust=BUNDLE))
    return [code for code in found if code != "hostname-mismatch"]


def test_a_product_is_named_unless_its_ca_is_trusted_on_purpose() -> None:
    proxy = pki.authority("Fortinet_CA_SSL", at=AT)
    shown = present(pki.server(proxy, at=AT).certificate)
    found = findings(evidence(handshake=shown, trust=Trust("root.crt", ())))
    assert list(found) == ["tls-intercepted"]
    assert found["tls-intercepted"].evidence["product"] == "Fortinet FortiGate"
    assert findings(evidence(handshake=shown, trust=Trust("root.crt", (der(proxy.certificate),)))) == {}


def test_a_product_further_up_is_named_too() -> None:
    root = pki.authority("Corporate Zscaler Root", at=AT)
    issuing = pki.authority("Web 7", at=AT, issuer=root)
    leaf = pki.server(issuing, at=AT)
    assert codes(leaf.certificate, issuing.certificate) == ["tls-intercepted"]
    beside = pki.authority("Zscaler", at=AT).certificate
    assert codes(pki.server(STRANGER, at=AT).certificate, beside) == ["unknown-issuer"]


def test_a_products_own_certificate_inspects_nothing() -> None:
    assert codes(pki.server(None, at=AT, common_name="FortiGate").certificate) == ["self-signed"]


def test_a_known_root_vouches_for_what_is_below_it() -> None:
    oddly_named = pki.authority("Barracuda", at=AT, issuer=HEALTHY.root)
    leaf = pki.server(oddly_named, at=AT)
    trust = dataclasses.replace(TRUST, known=known(HEALTHY))
    assert codes(leaf.certificate, oddly_named.certificate, trust=trust) == []


def test_a_host_of_azures_certified_a_moment_ago_by_a_stranger_is_intercepted() -> None:
    assert minted(5 * MINUTE) == ["tls-intercepted"]
    assert minted(60 * MINUTE) == ["tls-intercepted"]
    assert minted(61 * MINUTE) == ["unknown-issuer"]
    assert minted(5 * MINUTE, name="other.example") == ["unknown-issuer"]
    assert minted(5 * MINUTE, pki.authority("Microsoft TLS G2 RSA CA OCSP 02", at=AT)) == ["unknown-issuer"]
    microsoft = pki.subject_of("Microsoft TLS G2 RSA CA OCSP 99", "Microsoft Corporation")
    assert minted(5 * MINUTE, pki.authority("", at=AT, subject=microsoft)) == ["missing-intermediate"]


def test_a_private_ca_that_is_trusted_may_certify_what_it_likes() -> None:
    leaf = pki.server(STRANGER, at=AT, dns_names=[AZURE_HOST], not_before=AT - MINUTE)
    trust = Trust("root.crt", (der(STRANGER.certificate),), KNOWN)
    assert findings(evidence(target=AZURES, handshake=present(leaf.certificate), trust=trust)) == {}


def impostor_of(name: str, *, subject: x509.Name | None = None, sent: bool = True) -> list[x509.Certificate]:
    impostor = pki.authority(name, at=AT, subject=subject)
    leaf = pki.server(impostor, at=AT)
    return [leaf.certificate, impostor.certificate] if sent else [leaf.certificate]


@pytest.mark.parametrize("sent", [True, False])
def test_an_anchors_name_with_another_key_is_an_impostors(sent: bool) -> None:
    found = findings(evidence(handshake=present(*impostor_of("Lab Root", sent=sent)), trust=LAB))
    assert list(found) == ["issuer-impostor"]
    finding = found["issuer-impostor"]
    assert finding.detail == "'Lab Root' has the name of a trust anchor, but another key."
    assert finding.evidence["key_id_expected"] != finding.evidence["key_id_found"] != ""
    assert codes(*impostor_of("LAB  root", sent=sent)) == ["issuer-impostor"]


@pytest.mark.parametrize("sent", [True, False])
def test_a_real_roots_name_with_another_key_is_an_impostors(sent: bool) -> None:
    real = x509.load_der_x509_certificate(REAL["digicert-global-root-ca"])  # known, and no anchor of the profile
    shown = present(*impostor_of("", subject=real.subject, sent=sent))
    found = findings(evidence(target=AZURE, handshake=shown, trust=BUNDLE))
    assert "issuer-impostor" in found
    assert found["issuer-impostor"].detail.endswith("has the name of a known CA of Azure's, but another key.")
    assert found["issuer-impostor"].fix[0].startswith("No Azure CA shares its name")


def test_a_self_signed_server_that_was_made_anew_is_an_impostor_of_the_one_that_is_trusted() -> None:
    old, new = pki.server(None, at=AT), pki.server(None, at=AT)
    assert codes(new.certificate, trust=Trust("server.crt", (der(old.certificate),))) == ["issuer-impostor"]


def test_a_damaged_signature_is_no_impostors() -> None:
    leaf = pki.server(ROOT, at=AT).certificate
    forged = dataclasses.replace(HANDSHAKE, certificates=(der(leaf)[:-1] + bytes([der(leaf)[-1] ^ 1]),))
    assert list(findings(evidence(handshake=forged, trust=LAB))) == ["bad-signature"]


def test_a_name_without_a_key_identifier_and_without_the_key_is_an_impostors() -> None:
    leaf = pki.server(pki.authority("Lab Root", at=AT), at=AT, key_identifiers=False)
    assert codes(leaf.certificate) == ["issuer-impostor"]


def test_a_root_of_that_name_that_did_sign_is_none() -> None:
    private = pki.authority("Lab Root", at=AT)
    both = Trust("root.crt", (der(ROOT.certificate), der(private.certificate)))
    assert codes(pki.server(private, at=AT).certificate, trust=both) == []


def test_an_intermediate_in_the_root_file_is_neither_missing_nor_a_root() -> None:
    cross = pki.authority("Cross", at=AT, issuer=STRANGER)
    trust = Trust("root.crt", (der(cross.certificate),))
    found = findings(evidence(handshake=present(pki.server(cross, at=AT).certificate), trust=trust))
    assert list(found) == ["unknown-issuer"]
    assert found["unknown-issuer"].detail.startswith("The chain ends at 'Contoso CA', which is not in")


def test_a_gap_is_the_servers_if_the_issuer_is_of_a_trusted_organization_and_no_root() -> None:
    issuing = pki.authority("Issuing", at=AT, issuer=ROOT)
    policy = pki.authority("Policy", at=AT, issuer=ROOT)
    below = pki.authority("Below", at=AT, issuer=policy)
    assert codes(pki.server(issuing, at=AT).certificate) == ["missing-intermediate"]
    assert codes(pki.server(below, at=AT).certificate, below.certificate) == ["missing-intermediate"]
    another_root = pki.authority("Lab Root 2", at=AT)
    assert codes(pki.server(another_root, at=AT).certificate) == ["unknown-issuer"]
    assert codes(pki.server(STRANGER, at=AT).certificate) == ["unknown-issuer"]
    nameless = pki.authority("", at=AT, subject=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Issuing")]))
    assert codes(pki.server(nameless, at=AT).certificate, trust=Trust("x", (der(nameless.certificate),))) == []
    other = pki.authority("", at=AT, subject=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Other")]))
    assert codes(pki.server(other, at=AT).certificate, trust=Trust("x", (der(nameless.certificate),))) == [
        "unknown-issuer"
    ]


def test_what_is_missing_below_a_root_that_is_not_trusted_is_missing_all_the_same() -> None:
    trust = dataclasses.replace(LAB, known=known(HEALTHY))
    found = findings(evidence(handshake=present(HEALTHY.leaf.certificate), trust=trust))
    assert list(found) == ["missing-intermediate"]
    assert found["missing-intermediate"].fix[-1].startswith("The root 'Lab Global Root G2' is not in root.crt either")
    assert codes(*HEALTHY.presented, trust=trust) == ["unknown-issuer"]


def test_a_key_that_openssl_does_not_check_is_what_is_wrong_and_not_the_signature() -> None:
    modulus = (1 << 16999) + (1 << 9000) + 7  # nobody has its factors
    huge = rsa.RSAPublicNumbers(65537, modulus).public_key()
    model = pki.authority("Huge", at=AT, issuer=ROOT)
    builder = x509.CertificateBuilder(ROOT.certificate.subject, model.certificate.subject, huge, 2)
    builder = builder.not_valid_before(AT - MINUTE).not_valid_after(AT + 999 * MINUTE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    ca = builder.sign(ROOT.key, hashes.SHA256())
    signer = pki.Identity(model.certificate, pki.rsa_key(2048))
    leaf = pki.server(signer, at=AT, key_identifiers=False)
    found = findings(evidence(handshake=present(leaf.certificate, ca), trust=LAB))
    assert list(found) == ["weak-key"]
    assert found["weak-key"].detail == "The key of 'Huge' is RSA 17000; RSA of at most 16384 bits is the limit."
