"""A certificate's facts are read as OpenSSL prints them, and what cannot be read is said."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from azpg_tls.altnames import AltNames
from azpg_tls.bundle import known_cas
from azpg_tls.certificate import NAMELESS, UNREADABLE, read
from azpg_tls.chain import is_certificate
from azpg_tls.lab import pki
from azpg_tls.purpose import Purpose
from tests.observed import AT, HEALTHY, der

if TYPE_CHECKING:
    from pathlib import Path

    from azpg_tls.certificate import Certificate

REAL = {ca.name: ca.der for ca in known_cas()}
KEY = ec.generate_private_key(ec.SECP256R1())
SERVER = Purpose(server_auth=True, serves_tls=True, signs=True)


@pytest.mark.parametrize(
    ("name", "subject", "issuer", "serial", "first", "last", "key", "signature", "sha256", "spki"),
    [
        (
            "baltimore-cybertrust-root",
            "CN=Baltimore CyberTrust Root,OU=CyberTrust,O=Baltimore,C=IE",
            "CN=Baltimore CyberTrust Root,OU=CyberTrust,O=Baltimore,C=IE",
            "20000b9",
            "2000-05-12T18:46:00+00:00",
            "2025-05-12T23:59:00+00:00",
            "RSA 2048",
            "sha1WithRSAEncryption",
            "16af57a9f676b0ab126095aa5ebadef22ab31119d644ac95cd4b93dbf3f26aeb",
            "63d9af9b47b1064d49a10e7b7fd566dbc8caa399459bfc2829c571ad8c6ef34a",
        ),
        (
            "digicert-global-root-g2",
            "CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US",
            "CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US",
            "33af1e6a711a9a0bb2864b11d09fae5",
            "2013-08-01T12:00:00+00:00",
            "2038-01-15T12:00:00+00:00",
            "RSA 2048",
            "sha256WithRSAEncryption",
            "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
            "8bb593a93be1d0e8a822bb887c547890c3e706aad2dab76254f97fb36b82fc26",
        ),
        (
            "microsoft-azure-rsa-tls-issuing-ca-03-xsign",
            "CN=Microsoft Azure RSA TLS Issuing CA 03,O=Microsoft Corporation,C=US",
            "CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US",
            "5196526449a5e3d1a38748f5dcfebcc",
            "2023-06-08T00:00:00+00:00",
            "2026-08-25T23:59:59+00:00",
            "RSA 4096",
            "sha384WithRSAEncryption",
            "9d1bc5d2dd75bf8b64f35e7f919e2546c225be888c1a8cbe82c0e9579234a7ed",
            "664581a2d0b89cbf816bf9176953f1ed3a6845217dbb0c4402eb9fcfaec9eec4",
        ),
        (
            "microsoft-ecc-root-certificate-authority-2017",
            "CN=Microsoft ECC Root Certificate Authority 2017,O=Microsoft Corporation,C=US",
            "CN=Microsoft ECC Root Certificate Authority 2017,O=Microsoft Corporation,C=US",
            "66f23daf87de8bb14aea0c573101c2ec",
            "2019-12-18T23:06:45+00:00",
            "2042-07-18T23:16:04+00:00",
            "EC secp384r1",
            "ecdsa-with-SHA384",
            "358df39d764af9e1b766e9c972df352ee15cfac227af6ad1d70e8e4a6edcba02",
            "35f53ce1264611e03340fe37e1ec7d4cc986c5613dca70fd04aa44545f2daf28",
        ),
        (
            "microsoft-tls-g2-rsa-ca-ocsp-02",
            "CN=Microsoft TLS G2 RSA CA OCSP 02,O=Microsoft Corporation,C=US",
            "CN=Microsoft TLS RSA Root G2,O=Microsoft Corporation,C=US",
            "330000000c4964a16f44203b2200000000000c",
            "2025-08-01T20:03:00+00:00",
            "2029-06-03T20:03:00+00:00",
            "RSA 4096",
            "sha384WithRSAEncryption",
            "ea7a25255d111fc3ce4cb8fabe3adf9c27bbe6db203f955066bab4c5a71f3d08",
            "5f411b87d15fdc3c730f3dcd19ab922c52e23def01b327118e865b57eb0543c4",
        ),
    ],
)
def test_the_facts_of_real_certificates(
    name: str,
    subject: str,
    issuer: str,
    serial: str,
    first: str,
    last: str,
    key: str,
    signature: str,
    sha256: str,
    spki: str,
) -> None:
    facts = read(REAL[name])

    assert (facts.subject.text, facts.issuer.text, facts.serial) == (subject, issuer, serial)
    assert facts.subject.common_name == subject.partition(",")[0].removeprefix("CN=")
    assert (str(facts.not_before), str(facts.not_after)) == (first.replace("T", " "), last.replace("T", " "))
    assert (facts.key, facts.signature) == (key, signature)
    assert (facts.sha256, facts.spki_sha256) == (sha256, spki)
    assert facts.self_issued is (subject == issuer)
    assert (facts.ca, facts.sans, facts.problems) == (True, (), ())


@pytest.mark.parametrize("name", REAL)
def test_every_known_ca_is_readable_and_fit_for_tls(name: str) -> None:
    facts = read(REAL[name])
    assert facts.problems == ()
    assert facts.purpose.server_auth


def test_the_facts_of_a_server_certificate() -> None:
    leaf = pki.server(
        HEALTHY.intermediates[0],
        at=AT,
        dns_names=["a.example", "*.b.example"],
        ip_addresses=["10.0.0.1", "2001:db8::1"],
    )
    facts = read(der(leaf.certificate))

    assert facts.subject.text == "CN=lab server,O=azpg-tls lab"
    assert facts.issuer.common_name == "Lab TLS G2 RSA CA OCSP 02"
    assert facts.names.dns_names == ("a.example", "*.b.example")
    assert facts.names.ip_addresses == ("10.0.0.1", "2001:db8::1")
    assert facts.sans == ("DNS:a.example", "DNS:*.b.example", "IP:10.0.0.1", "IP:2001:db8::1")
    assert (facts.key, facts.signature, facts.ca) == ("EC secp256r1", "ecdsa-with-SHA256", False)
    assert (facts.not_before, facts.not_after) == (AT - dt.timedelta(days=10), AT + dt.timedelta(days=90))
    assert (facts.purpose, facts.names.fault, facts.problems) == (SERVER, "", ())


def made(*extensions: x509.ExtensionType, subject: x509.Name | None = None, serial: int = 1) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made")]) if subject is None else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(AT)
        .not_valid_after(AT + dt.timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(KEY, hashes.SHA256())


def patched(certificate: x509.Certificate, old: bytes, new: bytes) -> bytes:
    """Replace bytes that occur once by as many others: the frame stays sound, and nobody checks the signature here."""
    whole = der(certificate)
    assert whole.count(old) == 1
    assert len(old) == len(new)
    return whole.replace(old, new)


def test_an_empty_name_is_called_so() -> None:
    facts = read(der(made(subject=x509.Name([]))))
    assert (facts.subject.text, facts.subject.common_name) == (NAMELESS, NAMELESS)


def test_a_name_without_common_name_goes_by_all_of_it() -> None:
    facts = read(der(made(subject=x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Org")]))))
    assert facts.subject.common_name == "O=Org"


def test_of_several_common_names_the_most_specific_counts() -> None:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in ("first", "last")]
    assert read(der(made(subject=x509.Name(attributes)))).subject.common_name == "last"


def test_names_cannot_control_a_terminal() -> None:
    hostile = "\x1b[2Jevil\r\n\u202egnp\0"
    facts = read(der(made(subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostile)]))))
    assert facts.subject.common_name == r"\x1b[2Jevil\x0d\x0a\u202egnp\x00"
    assert facts.subject.text.isprintable()
    assert facts.issuer.text.isprintable()


def test_alternative_names_cannot_control_a_terminal() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("a\x1b[31m"), x509.DNSName("localhost\0.evil.example")])
    assert read(der(made(names))).names.dns_names == (r"a\x1b[31m", r"localhost\x00.evil.example")


def test_a_dns_name_of_full_length_is_not_cut() -> None:
    longest = ".".join(["a" * 62] * 4) + ".b"
    assert len(longest) == 253
    assert read(der(made(x509.SubjectAlternativeName([x509.DNSName(longest)])))).names.dns_names == (longest,)


def test_every_alternative_name_counts() -> None:
    names = [x509.DNSName(f"host{number}.example") for number in range(500)]
    assert len(read(der(made(x509.SubjectAlternativeName(names)))).names.dns_names) == 500


def test_other_kinds_of_alternative_names_are_none_that_a_server_is_known_by() -> None:
    others = [x509.RFC822Name("a@b.example"), x509.UniformResourceIdentifier("https://c.example")]
    facts = read(der(made(x509.SubjectAlternativeName(others))))
    assert (facts.sans, facts.names.fault) == ((), "")


def test_an_extension_that_is_cut_off_is_said_and_the_rest_is_read() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("a.example")])
    facts = read(patched(made(names), b"\x82\x09a.example", b"\x82\x19a.example"))

    assert facts.subject.common_name == "made"
    assert facts.key == "EC secp256r1"
    assert (facts.sans, facts.problems) == ((), ())
    assert facts.names.fault == "the list of names is malformed: an element ends beyond what it is in"


def test_an_extension_that_cannot_be_read_does_not_hide_the_others() -> None:
    leaf = pki.server(HEALTHY.intermediates[0], at=AT, further={pki.ISSUER_ACCESS: b"\x05\x00"})
    facts, sound = read(der(leaf.certificate)), read(der(HEALTHY.leaf.certificate))
    assert facts.problems == ()
    assert (facts.names, facts.issuer_key_id) == (sound.names, sound.issuer_key_id)
    assert facts.purpose == SERVER

    unusable = pki.server(HEALTHY.intermediates[0], at=AT, further={pki.KEY_USAGE: b"\x05\x00"})
    facts = read(der(unusable.certificate))
    assert [problem.partition(":")[0] for problem in facts.problems] == ["purpose"]
    assert (facts.names, facts.purpose) == (sound.names, Purpose(server_auth=False, serves_tls=False, signs=False))


def test_an_extension_that_occurs_twice_is_said() -> None:
    twice = made(x509.SubjectAlternativeName([x509.DNSName("a.example")]), x509.IssuerAlternativeName([]))
    facts = read(patched(twice, b"\x06\x03\x55\x1d\x12", b"\x06\x03\x55\x1d\x11"))

    assert facts.names.fault == "the list of names is malformed: the extension is there twice"


def test_a_kind_of_key_that_nobody_knows_is_said_and_still_has_its_digest() -> None:
    whole = made()
    curve = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    facts = read(patched(whole, curve, curve[:-1] + b"\x63"))

    spki = whole.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert facts.key == UNREADABLE
    assert facts.problems[0].startswith("public key: ")
    assert facts.spki_sha256 == hashlib.sha256(spki.replace(curve, curve[:-1] + b"\x63")).hexdigest()


def test_a_signature_that_nobody_knows_goes_by_its_number() -> None:
    whole = der(made())
    oid = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
    assert read(whole.replace(oid, oid[:-1] + b"\x63")).signature == "1.2.840.10045.4.3.99"


def test_a_negative_serial_number_is_shown_as_one() -> None:
    facts = read(patched(made(serial=0x11223344), b"\x02\x04\x11\x22\x33\x44", b"\x02\x04\xff\x22\x33\x44"))
    assert facts.serial == "-ddccbc"
    assert facts.problems == ()


@pytest.mark.parametrize("date", [b"269999000000Z", b"2611231200+01", b"notatimestamp"[:13]])
def test_a_date_that_is_none_is_said_and_the_rest_is_read(date: bytes) -> None:
    whole = der(made())
    start = whole.index(b"\x17\x0d") + 2
    strange = whole[:start] + date + whole[start + 13 :]

    facts = read(strange)

    assert is_certificate(strange)
    assert facts.problems
    assert (facts.not_before, facts.not_after) == (None, None)
    assert facts.sha256 == hashlib.sha256(strange).hexdigest()
    assert (facts.subject.common_name, facts.key, facts.names.fault) == ("made", "EC secp256r1", "")


def test_bytes_after_a_certificate_make_it_unreadable() -> None:
    whole = der(made()) + b"\0"
    facts = read(whole)

    assert (facts.subject.text, facts.issuer.common_name, facts.key) == (UNREADABLE, UNREADABLE, UNREADABLE)
    assert facts.problems[0].startswith("the certificate: ")
    assert facts.sha256 == hashlib.sha256(whole).hexdigest()
    assert not facts.self_issued
    assert facts.names == AltNames(fault="the certificate cannot be read")


def self_signed(key: dsa.DSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    name = pki.subject_of("made")
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(AT).not_valid_after(AT + dt.timedelta(days=1))
    return der(builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()))


def test_other_kinds_of_keys_go_by_their_names() -> None:
    assert read(self_signed(dsa.generate_private_key(2048))).key == "DSA 2048"
    facts = read(self_signed(ed25519.Ed25519PrivateKey.generate()))
    assert (facts.key, facts.signature) == ("Ed25519", "ED25519")


def openssl(*arguments: str, data: bytes = b"", where: Path | None = None) -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True, cwd=where).stdout


@pytest.mark.parametrize(
    "options",
    [
        ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"),
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP512t1"),
        ("-algorithm", "ED448"),
    ],
    ids=["RSASSA-PSS", "explicit parameters", "a curve that cryptography does not know", "Ed448"],
)
def test_a_pin_covers_the_key_as_the_certificate_has_it(options: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(openssl("genpkey", *options))
    pem = openssl("req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=made", where=tmp_path)
    key = openssl("x509", "-noout", "-pubkey", data=pem)
    spki = base64.b64decode(b"".join(key.splitlines()[1:-1]))

    facts = read(openssl("x509", "-outform", "DER", data=pem))

    assert facts.spki_sha256 == hashlib.sha256(spki).hexdigest()


def test_a_certificate_of_version_1_has_no_extensions_and_a_key_all_the_same(tmp_path: Path) -> None:
    request = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-subj", "/CN=old")
    made = openssl(*request, where=tmp_path)
    whole = openssl("x509", "-req", "-signkey", "key.pem", "-outform", "DER", data=made, where=tmp_path)
    certificate = x509.load_der_x509_certificate(whole)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    facts = read(whole)

    assert certificate.version is x509.Version.v1
    assert facts.spki_sha256 == hashlib.sha256(spki).hexdigest()
    assert (facts.ca, facts.purpose, facts.names, facts.problems) == (False, SERVER, AltNames(), ())


NETSCAPE_TYPE = ObjectIdentifier("2.16.840.1.113730.1.1")
PURPOSES = ObjectIdentifier("2.5.29.37")
USAGE = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


@pytest.mark.parametrize(
    ("extensions", "suitable"),
    [
        ((), True),
        ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),), True),
        ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),), True),
        ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),), False),
        ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),), False),
        ((x509.KeyUsage(**USAGE | {"digital_signature": True}),), True),
        ((x509.KeyUsage(**USAGE | {"key_encipherment": True}),), True),
        ((x509.KeyUsage(**USAGE | {"key_agreement": True}),), True),
        ((x509.KeyUsage(**USAGE | {"content_commitment": True}),), False),
        ((x509.KeyUsage(**USAGE | {"key_cert_sign": True}),), False),
        ((x509.ExtendedKeyUsage([ObjectIdentifier("1.3.6.1.4.1.311.10.3.3")]),), True),
        ((x509.ExtendedKeyUsage([ObjectIdentifier("2.16.840.1.113730.4.1")]),), True),
        ((x509.UnrecognizedExtension(PURPOSES, b"\x30\x00"),), False),
        ((x509.UnrecognizedExtension(NETSCAPE_TYPE, b"\x03\x02\x07\x80"),), False),
        ((x509.UnrecognizedExtension(NETSCAPE_TYPE, b"\x03\x02\x06\x40"),), True),
        ((x509.UnrecognizedExtension(NETSCAPE_TYPE, b"\x03\x02\x06\xc0"),), True),
        ((x509.UnrecognizedExtension(NETSCAPE_TYPE, b"\x03\x01\x00"),), False),
        (
            (
                x509.UnrecognizedExtension(NETSCAPE_TYPE, b"\x03\x02\x06\x40"),
                x509.KeyUsage(**USAGE | {"key_cert_sign": True}),
            ),
            False,
        ),
    ],
)
def test_who_may_serve_tls_is_what_openssl_says(
    extensions: tuple[x509.ExtensionType, ...], suitable: bool, tmp_path: Path
) -> None:
    root = pki.authority("Root", at=AT)
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.subject_of("leaf"))
        .issuer_name(root.certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(AT)
        .not_valid_after(AT + dt.timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    leaf = builder.sign(root.key, hashes.SHA256())
    (tmp_path / "root.pem").write_bytes(root.certificate_pem)

    purpose = ["-purpose", "sslserver", "-CAfile", "root.pem"]
    verified = subprocess.run(
        ["openssl", "verify", "-no-CApath", "-no-CAstore", "-no_check_time", *purpose],
        input=leaf.public_bytes(Encoding.PEM),
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )

    assert read(der(leaf)).purpose.serves_tls is suitable
    assert (verified.returncode == 0) is suitable


SEEDS = [*REAL.values(), der(HEALTHY.leaf.certificate)]


def every_text(facts: Certificate) -> list[str]:
    names = [facts.subject.text, facts.subject.common_name, facts.issuer.text, facts.issuer.common_name]
    return [*names, facts.serial, facts.key, facts.signature, *facts.sans, facts.names.fault, *facts.problems]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_whatever_openssl_loads_is_read_without_raising(data: st.DataObject) -> None:
    mutated = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        # Not the outermost frame, without which OpenSSL loads nothing.
        mutated[data.draw(st.integers(8, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    strange = bytes(mutated)

    if is_certificate(strange):
        facts = read(strange)
        assert facts.sha256 == hashlib.sha256(strange).hexdigest()
        assert all(text.isprintable() for text in every_text(facts))


def test_what_is_no_certificate_is_unreadable() -> None:
    for data in (b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x30\x03\x30\x01\x00", b"not a certificate"):
        assert read(data).subject.text == UNREADABLE
        assert len(read(data).problems) == 1
