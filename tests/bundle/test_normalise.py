from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.bundle.normalise import certificates
from azpg_tls.errors import InputError
from azpg_tls.lab.pki import Identity, authority

if TYPE_CHECKING:
    from pathlib import Path

AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
ROOT = authority("Lab Root", at=AT)
OTHER = authority("Lab Other Root", at=AT)
DER = ROOT.certificate.public_bytes(serialization.Encoding.DER)
PEM = ROOT.certificate_pem
OTHER_PEM = OTHER.certificate_pem


def p7(encoding: serialization.Encoding, *identities: Identity) -> bytes:
    return pkcs7.serialize_certificates([identity.certificate for identity in identities], encoding)


def key_der(protection: serialization.KeySerializationEncryption) -> bytes:
    return ROOT.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, protection)


def with_label(label: str) -> bytes:
    return PEM.replace(b"CERTIFICATE", label.encode())


def wrapped(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        DER,
        PEM,
        PEM.rstrip(),
        b"\xef\xbb\xbf" + PEM,
        PEM.replace(b"\n", b"\r\n"),
        with_label("X509 CERTIFICATE"),
        wrapped("CERTIFICATE", DER),
        b"subject=/CN=Lab Root\n\n" + PEM + "\nÉtablissement, fin\n".encode(),
        PEM + PEM + b"the same again\n" + PEM,
        p7(serialization.Encoding.DER, ROOT),
        p7(serialization.Encoding.PEM, ROOT),
        wrapped("CMS", p7(serialization.Encoding.DER, ROOT)),
        PEM + p7(serialization.Encoding.PEM, ROOT),
        PEM.replace(b"-----\n", b"----- \t\n"),
    ],
    ids=[
        "der",
        "pem",
        "no-last-line-end",
        "byte-order-mark",
        "crlf",
        "x509-label",
        "one-long-line",
        "text-around",
        "repeated",
        "pkcs7-der",
        "pkcs7-pem",
        "cms-pem",
        "pem-and-pkcs7",
        "blanks-after-the-boundaries",
    ],
)
def test_every_published_form_gives_the_certificate_once(data: bytes) -> None:
    assert certificates(data, "a.crt") == (ROOT.certificate,)


@pytest.mark.parametrize(
    "data",
    [
        PEM + OTHER_PEM,
        PEM + b"# the other one\r\n" + OTHER_PEM.replace(b"\n", b"\r\n") + PEM,
        p7(serialization.Encoding.DER, ROOT, OTHER),
    ],
    ids=["pem", "pem-mixed-line-ends", "pkcs7"],
)
def test_several_certificates_keep_their_order(data: bytes) -> None:
    assert set(certificates(data, "a.pem")) == {ROOT.certificate, OTHER.certificate}
    if data.startswith(b"-----"):
        assert certificates(data, "a.pem") == (ROOT.certificate, OTHER.certificate)


def test_pkcs7_of_open_length_is_read() -> None:
    # BER: SignedData as some Java and mainframe tools write it, the outer length left open (X.690 section 8.1.3.6).
    der = p7(serialization.Encoding.DER, ROOT)
    header = 2 + (der[1] & 0x7F)
    assert certificates(b"\x30\x80" + der[header:] + b"\0\0", "a.p7b") == (ROOT.certificate,)


REFUSED = {
    "empty": (b"", "it is empty"),
    "blank": (b" \r\n", "it is empty"),
    "only-a-byte-order-mark": (b"\xef\xbb\xbf", "it is empty"),
    "html-error": (b"<!DOCTYPE html><title>404 Not Found</title>", "an HTML page"),
    "html-login": (b"\n <HTML><body>Sign in</body>", "an HTML page"),
    "xml": (b"<?xml version='1.0'?><Error/>", "markup"),
    "json": (b'{"error": "not found"}', "text that begins like JSON"),
    "text": (b"404: Not Found\n", "text without a PEM block"),
    "latin-1": (b"caf\xe9", "4 bytes in no known certificate format"),
    "noise": (b"\x07\x01\x02", "3 bytes in no known certificate format"),
    "zeros": (bytes(10_000_000), "10000000 zero bytes"),
    "utf-16": (b"\xff\xfe" + PEM.decode().encode("utf-16-le"), "UTF-16 text"),
    "utf-16-big-endian": (b"\xfe\xff" + PEM.decode().encode("utf-16-be"), "UTF-16 text"),
    "gzip": (b"\x1f\x8b\x08\0", "gzip data"),
    "zip": (b"PK\x03\x04", "a ZIP archive"),
    "java-keystore": (b"\xfe\xed\xfe\xed\0\0\0\x02", "a Java keystore"),
    "pkcs12": (
        pkcs12.serialize_key_and_certificates(b"lab", None, None, [ROOT.certificate], serialization.NoEncryption()),
        "its DER is not an X.509 certificate",
    ),
    "truncated-der": (DER[:-1], f"{len(DER)} bytes announced, {len(DER) - 1} found"),
    "one-byte-of-der": (b"\x30", "its DER is not an X.509 certificate"),
    "der-and-more": (DER + b"\n", "1 bytes follow the end of its DER"),
    "short-der": (b"\x30\x03\x02\x01\x01", "its DER is not an X.509 certificate"),
    "two-der": (DER + DER, f"{len(DER)} bytes follow"),
    "truncated-pem": (PEM[: len(PEM) // 2], r"PEM block 1 \(CERTIFICATE\) is cut off"),
    "headless-pem": (PEM[30:], "is cut off: its BEGIN or END line is missing"),
    "second-block-truncated": (PEM + OTHER_PEM[:200], r"PEM block 2 \(CERTIFICATE\) is cut off"),
    "end-before-begin": (
        PEM + b"\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n",
        "PEM block 2 .* is cut off",
    ),
    "indented": (
        PEM.replace(b"-----BEGIN", b"  -----BEGIN").replace(b"-----END", b"  -----END"),
        "not a line of its own",
    ),
    "escaped-line-ends": (PEM.replace(b"\n", b"\\n"), "not a line of its own"),
    "many-beginnings": (b"-----BEGIN CERTIFICATE-----\n" * 100_000, "PEM block 1 .* is cut off"),
    "mixed-labels": (PEM.replace(b"END CERT", b"END X509 CERT"), "is cut off: its BEGIN or END line is missing"),
    "not-base64": (PEM.replace(b"MII", b"M*I", 1), "is not base64"),
    "broken-second": (PEM + wrapped("CERTIFICATE", DER[:-5]), r"PEM block 2 \(CERTIFICATE\) is not an X.509"),
    "broken-pkcs7": (wrapped("PKCS7", DER), "is not PKCS#7 with certificates"),
    "trusted": (with_label("TRUSTED CERTIFICATE"), "openssl x509 -in FILE"),
    "revocation-list": (with_label("X509 CRL"), "a PEM block labelled X509 CRL"),
    "odd-label": (wrapped("\x1b[2J", DER), r"labelled \\x1b\[2J"),
    "non-ascii-label": (wrapped("\u00e9", DER), "labelled"),
    "key-der": (key_der(serialization.NoEncryption()), "a private key"),
    "encrypted-key-der": (key_der(serialization.BestAvailableEncryption(b"secret")), "a private key"),
}


@pytest.mark.parametrize(("data", "found"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_by_name_and_content(data: bytes, found: str) -> None:
    with pytest.raises(InputError, match=found) as caught:
        certificates(data, "https://example.com/a.crt")
    assert str(caught.value).startswith("https://example.com/a.crt: ")


@pytest.mark.parametrize(
    "data", [ROOT.key_pem, PEM + ROOT.key_pem, ROOT.key_pem + PEM], ids=["alone", "after", "before"]
)
def test_a_private_key_is_refused_without_a_byte_of_it(data: bytes) -> None:
    with pytest.raises(InputError, match="it holds a private key") as caught:
        certificates(data, "bundle.pem")
    secret = ROOT.key_pem.splitlines()[1].decode()
    assert secret[:8] not in str(caught.value)


def test_an_encrypted_private_key_is_refused() -> None:
    key = ROOT.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(InputError, match="it holds a private key"):
        certificates(key, "bundle.pem")


def test_a_name_that_cannot_be_read_is_refused() -> None:
    # The last byte string of the subject, tagged as an INTEGER instead of a UTF8String.
    broken = DER.replace(b"\x0c\x08Lab Root", b"\x02\x08Lab Root")
    with pytest.raises(InputError, match=r"not an X\.509 certificate"):
        certificates(broken, "a.crt")


def test_a_source_is_shown_escaped() -> None:
    with pytest.raises(InputError, match=r"^a\\x1b\[2J.pem: "):
        certificates(b"", "a\x1b[2J.pem")


def test_an_odd_certificate_is_read_without_a_warning() -> None:
    # cryptography warns of a serial number below zero; that is no reason to refuse a root.
    # The serial number's first byte follows two headers of four bytes, the version's five, and its own two.
    odd = DER[:15] + b"\x80" + DER[16:]
    (certificate,) = certificates(odd, "a.crt")
    assert certificate.public_bytes(serialization.Encoding.DER) == odd


def test_the_published_files_are_read(published: Path) -> None:
    for path in published.glob("*.crt"):
        (certificate,) = certificates(path.read_bytes(), path.name)
        assert certificate.public_bytes(serialization.Encoding.DER) == path.read_bytes()


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_or_read(data: bytes) -> None:
    for framed in (data, b"\x30" + data, wrapped("CERTIFICATE", data), wrapped("PKCS7", data)):
        with pytest.raises(InputError):
            certificates(framed, "fuzz")


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_gives_another_certificate(at: int, value: int) -> None:
    changed = DER[:at] + bytes([value]) + DER[at + 1 :]
    try:
        (found,) = certificates(changed, "fuzz")
    except InputError:
        return
    assert (found == ROOT.certificate) == (changed == DER)
