"""A certificate that OpenSSL calls invalid is told by the extension for which it does so."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from azpg_tls.bundle import known_cas
from azpg_tls.chain import NO_PATH, verify
from azpg_tls.extension import fault
from azpg_tls.lab import pki
from tests import forged
from tests.forged import BASIC_CONSTRAINTS, KEY_USAGE, PURPOSES, SAN, Forged
from tests.observed import der

ROOT = Forged(subject=forged.name(b"Forger"), extensions=forged.CA).der
NULL = forged.der(forged.NULL)
NETSCAPE_TYPE, PROXY = "2.16.840.1.113730.1.1", "1.3.6.1.5.5.7.1.14"
KEY_ID, ISSUERS_KEY_ID = "2.5.29.14", "2.5.29.35"
OTHERS_NAME, OTHERS_NUMBER = forged.der(0xA1, forged.der(0xA4, forged.name(b"x"))), forged.der(0x82, b"\7")
PROXY_INFO = forged.der(0x30, forged.der(0x30, forged.oid("1.3.6.1.5.5.7.21.1")))


class Twice(dict[str, bytes]):
    """Extensions each of which is there twice."""

    def items(self) -> list[tuple[str, bytes]]:  # type: ignore[override]
        return [*super().items(), *super().items()]


@pytest.mark.parametrize(
    ("extensions", "what"),
    [
        ({}, ""),
        (forged.LOCALHOST, ""),
        ({SAN: NULL}, "has an extension subjectAltName that cannot be read"),
        ({SAN: b"\x30\x05\x82\x09ab"}, "has an extension subjectAltName that cannot be read"),
        ({KEY_USAGE: NULL}, "has an extension keyUsage that cannot be read"),
        ({KEY_USAGE: b"\x03\x02\x07\x80"}, ""),
        ({KEY_USAGE: b"\x03\x01\x00"}, "has an extension keyUsage that cannot be read"),  # not one use
        ({PURPOSES: NULL}, "has an extension extendedKeyUsage that cannot be read"),
        ({PURPOSES: b"\x30\x00"}, ""),  # not one purpose: readable, and of no use
        ({BASIC_CONSTRAINTS: NULL}, "has an extension basicConstraints that cannot be read"),
        ({BASIC_CONSTRAINTS: b"\x30\x03\x02\x01\xff"}, "has an extension basicConstraints that cannot be read"),
        ({BASIC_CONSTRAINTS: b"\x30\x03\x02\x01\x00"}, ""),  # a pathlen without CA
        ({"2.5.29.30": NULL}, "has an extension nameConstraints that cannot be read"),
        ({"2.5.29.31": NULL}, "has an extension crlDistributionPoints that cannot be read"),
        ({KEY_ID: NULL}, "has an extension subjectKeyIdentifier that cannot be read"),
        ({ISSUERS_KEY_ID: NULL}, "has an extension authorityKeyIdentifier that cannot be read"),
        (
            {ISSUERS_KEY_ID: forged.der(0x30, OTHERS_NAME)[:-1]},
            "has an extension authorityKeyIdentifier that cannot be read",
        ),
        ({ISSUERS_KEY_ID: b""}, "has an extension authorityKeyIdentifier that cannot be read"),
        ({ISSUERS_KEY_ID: b"\x30\x05"}, "has an extension authorityKeyIdentifier that cannot be read"),
        ({ISSUERS_KEY_ID: forged.der(0x30, forged.der(0x80, b"key"))}, ""),
        ({NETSCAPE_TYPE: NULL}, "has an extension nsCertType that cannot be read"),
        ({NETSCAPE_TYPE: b"\x03\x02\x07\x80"}, ""),
        ({PROXY: PROXY_INFO}, ""),
        ({PROXY: PROXY_INFO, SAN: forged.names(b"localhost")}, "has extensions that contradict each other"),
        ({"1.3.6.1.5.5.7.1.1": NULL, "2.5.29.32": NULL}, ""),  # not looked at
        (Twice(forged.LOCALHOST), "has the extension subjectAltName twice"),
        (Twice({"1.2.3.4": NULL}), ""),
    ],
    ids=str,
)
def test_it_is_openssl_that_calls_a_certificate_invalid(extensions: dict[str, bytes], what: str) -> None:
    made = Forged(extensions=extensions).der
    assert fault(made) == what
    assert (verify([made], [ROOT]).error in NO_PATH) is bool(what)


@pytest.mark.parametrize("parts", [(OTHERS_NAME, OTHERS_NUMBER), (OTHERS_NAME,), (OTHERS_NUMBER,)])
def test_another_issuers_name_and_number_are_no_fault(parts: tuple[bytes, ...]) -> None:
    # OpenSSL finds no issuer for it, which is not the extension's fault.
    assert fault(Forged(extensions={ISSUERS_KEY_ID: forged.der(0x30, *parts)}).der) == ""


def test_a_certificate_without_extensions_has_no_fault() -> None:
    name = pki.subject_of("bare")
    bare = x509.CertificateBuilder(name, name, forged.KEY.public_key(), 1, forged.BEGIN, forged.END)
    assert fault(der(bare.sign(forged.KEY, hashes.SHA256()))) == ""


def test_real_cas_have_no_fault() -> None:
    assert {fault(ca.der) for ca in known_cas()} == {""}


@pytest.mark.filterwarnings("error")
def test_an_odd_serial_number_is_no_fault_of_its_extensions() -> None:
    assert fault(Forged(serial=forged.integer(-5)).der) == ""


def test_what_cannot_be_read_at_all_is_left_to_openssl() -> None:
    assert fault(Forged().der + b"\0") == ""
