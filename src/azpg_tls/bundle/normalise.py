"""Whatever bytes a CA or a colleague publishes as certificates → the certificates in them.

Read are DER, PEM (RFC 7468: blocks labelled CERTIFICATE or X509 CERTIFICATE, any text around them, LF or
CRLF, a UTF-8 byte order mark) and PKCS#7 in DER, BER or PEM. All of the data has to make sense: a file of
which one block cannot be read is refused as a whole, because a trust store that is silently one root short
is the failure this program exists to explain. A private key is refused wherever it lies, also beside
certificates, and nothing of it is quoted. Not checked here: signatures, dates, whether it is a CA.
"""

from __future__ import annotations

import base64
import re
import warnings
from itertools import zip_longest
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE")
PKCS7_LABELS = ("PKCS7", "PKCS #7 SIGNED DATA", "CMS")

# On a line of its own, as OpenSSL's PEM_read_bio wants it.
_BOUNDARY = re.compile(rb"^-----(BEGIN|END) ([^\r\n-]{1,64})-----[ \t\r]*$", re.MULTILINE)
_SEQUENCE = 0x30  # the tag with which every certificate, key and PKCS#7 in DER begins
_LONG_FORM = 0x80  # X.690 section 8.1.3: set when the length takes bytes of its own; alone, the length is open

_BEGINNINGS = (  # in lower case, after white space
    (b"\xff\xfe", "UTF-16 text; save it as ASCII or UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as ASCII or UTF-8"),
    (b"\xfe\xed\xfe\xed", "a Java keystore"),
    (b"pk\x03\x04", "a ZIP archive; unpack it"),
    (b"\x1f\x8b", "gzip data; unpack it"),
    (b"<!doctype html", "an HTML page, as a web server sends for an error or a login"),
    (b"<html", "an HTML page, as a web server sends for an error or a login"),
    (b"<", "markup (XML or HTML)"),
    (b"{", "text that begins like JSON"),
)


def certificates(data: bytes, source: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates in *data*, each once, in the order in which they first appear.

    Raises InputError: it holds anything but certificates, or none; names *source* and what was found.
    """
    # cryptography warns of oddities such as a serial number of zero; what matters is judged elsewhere.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = tuple(dict.fromkeys(_read(data.removeprefix(b"\xef\xbb\xbf"))))
        except _NotCertificatesError as error:
            raise InputError(f"{visible(source)}: no usable certificates: {error}") from None
    return found


class _NotCertificatesError(Exception):
    """The text says what was found instead."""


def _read(data: bytes) -> Iterator[x509.Certificate]:
    if not data.strip():
        raise _NotCertificatesError("it is empty")
    if _BOUNDARY.search(data):
        yield from _pem(data)
    elif data[0] == _SEQUENCE:
        yield from _der(data)
    else:
        raise _NotCertificatesError(f"it is {_describe(data)}")


def _pem(data: bytes) -> Iterator[x509.Certificate]:
    boundaries = list(_BOUNDARY.finditer(data))
    _refuse_other_labels([boundary[2].decode("ascii", "replace") for boundary in boundaries])
    for number, (begin, end) in enumerate(zip_longest(boundaries[::2], boundaries[1::2]), 1):
        where = f"PEM block {number} ({begin[2].decode()})"
        if end is None or (begin[1], end[1]) != (b"BEGIN", b"END") or begin[2] != end[2]:
            raise _NotCertificatesError(f"{where} is cut off: its BEGIN or END line is missing")
        try:
            der = base64.b64decode(b"".join(data[begin.end() : end.start()].split()), validate=True)
        except ValueError:
            raise _NotCertificatesError(f"{where} is not base64") from None
        if begin[2].decode() in PKCS7_LABELS:
            yield from _pkcs7(der, where)
        else:
            yield _certificate(der, where)


def _refuse_other_labels(labels: list[str]) -> None:
    for label in labels:
        if label.endswith("PRIVATE KEY"):
            raise _NotCertificatesError("it holds a private key; keep the certificates in a file of their own")
    for label in labels:
        if label == "TRUSTED CERTIFICATE":
            raise _NotCertificatesError(
                "it holds OpenSSL's trust settings (TRUSTED CERTIFICATE), which other programs do not read; "
                "write it plainly with: openssl x509 -in FILE -out FILE.pem"
            )
        if label not in CERTIFICATE_LABELS + PKCS7_LABELS:
            raise _NotCertificatesError(f"it holds a PEM block labelled {visible(label)}")


def _der(data: bytes) -> Iterator[x509.Certificate]:
    announced = _announced_length(data)
    if announced is not None and announced > len(data):
        raise _NotCertificatesError(f"its DER is cut off: {announced} bytes announced, {len(data)} found")
    if announced is not None and announced < len(data):
        raise _NotCertificatesError(f"{len(data) - announced} bytes follow the end of its DER")
    try:
        yield _certificate(data, "its DER")
    except _NotCertificatesError as not_one_certificate:
        if _is_private_key(data):
            raise _NotCertificatesError("it holds a private key") from None
        try:
            yield from _pkcs7(data, "its DER")
        except _NotCertificatesError:
            raise not_one_certificate from None


def _announced_length(data: bytes) -> int | None:
    """Return the length of the DER value that begins *data*, header included; None if it is left open (BER)."""
    head = data[1:2]
    if not head or head[0] == _LONG_FORM:
        return None
    if head[0] < _LONG_FORM:
        return 2 + head[0]
    size = head[0] - _LONG_FORM
    return 2 + size + int.from_bytes(data[2 : 2 + size], "big")


def _certificate(der: bytes, where: str) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        # cryptography reads the names when they are asked for; one that cannot be read is refused here.
        str(certificate.subject), str(certificate.issuer)
    except (ValueError, TypeError, x509.InvalidVersion):
        raise _NotCertificatesError(f"{where} is not an X.509 certificate") from None
    return certificate


def _pkcs7(der: bytes, where: str) -> list[x509.Certificate]:
    try:
        found = pkcs7.load_der_pkcs7_certificates(der)
    except (ValueError, UnsupportedAlgorithm):
        raise _NotCertificatesError(f"{where} is not PKCS#7 with certificates") from None
    return [_certificate(item.public_bytes(serialization.Encoding.DER), where) for item in found]


def _is_private_key(der: bytes) -> bool:
    try:
        serialization.load_der_private_key(der, password=None)
    except TypeError:  # it is encrypted
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _describe(data: bytes) -> str:
    start = data[:64].lstrip().lower()
    for beginning, words in _BEGINNINGS:
        if start.startswith(beginning):
            return words
    if not data.strip(b"\0"):
        return f"{len(data)} zero bytes"
    if b"-----BEGIN " in data:
        return "PEM whose BEGIN line is not a line of its own, as it has to be"
    if _is_text(data[:1024]):
        return "text without a PEM block"
    return f"{len(data)} bytes in no known certificate format"


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n" for character in text)
