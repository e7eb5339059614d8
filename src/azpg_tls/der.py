"""Just enough DER (X.690) to cut public key and extensions out of a certificate as it was signed.

cryptography writes a key anew instead, and loses on the way what a pin must cover: RSASSA-PSS becomes plain RSA,
explicit curve parameters become a name, and unknown kinds of keys cannot be written at all. And it reads either all
extensions or none: one that is malformed would hide the others.
"""

from __future__ import annotations

_VERSION = 0xA0  # TBSCertificate's optional first element, RFC 5280 section 4.1
_BEFORE_KEY = 5  # serialNumber, signature, issuer, validity, subject
EXTENSIONS = 0xA3  # TBSCertificate's optional last element
SEQUENCE = 0x30
_INDEFINITE = 0x80  # a length that BER allows and DER does not


def public_key_info(tbs: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of *tbs*, a TBSCertificate that is known to be well formed."""
    position, _ = _bounds(tbs, 0)
    if tbs[position] == _VERSION:
        _, position = _bounds(tbs, position)
    for _ in range(_BEFORE_KEY):
        _, position = _bounds(tbs, position)
    _, end = _bounds(tbs, position)
    return tbs[position:end]


def extensions(tbs: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return the extensions of *tbs*, a TBSCertificate that is known to be well formed: number and whole, as in DER."""
    *_, last = elements(tbs)
    if last[0] != EXTENSIONS:
        return ()
    return tuple((elements(extension)[0], extension) for extension in elements(elements(last)[0]))


def extension(tbs: bytes, number: bytes) -> bytes | None:
    """Return what the extension of that *number* holds in *tbs*, as `extensions` takes it; None if there is none.

    Raises `ValueError` if it is there twice.
    """
    found = [whole for oid, whole in extensions(tbs) if oid == number]
    if len(found) > 1:
        raise ValueError("the extension is there twice")
    return contents(elements(found[0])[-1]) if found else None


def with_extensions(certificate: bytes, kept: tuple[bytes, ...]) -> bytes:
    """Return *certificate*, known to be well formed, with those extensions alone; its signature is then wrong."""
    tbs, *signature = elements(certificate)
    parts = [part for part in elements(tbs) if part[0] != EXTENSIONS]
    if kept:
        parts.append(element(EXTENSIONS, element(SEQUENCE, *kept)))
    return element(SEQUENCE, element(SEQUENCE, *parts), *signature)


def with_validity(certificate: bytes, validity: bytes) -> bytes:
    """Return *certificate* with another validity; its signature is then wrong.

    Raises `ValueError` if it is not well formed, as far as that is seen here.
    """
    if element(SEQUENCE, *elements(certificate)) != certificate:
        raise ValueError("not one element of DER")
    tbs, *signature = elements(certificate)
    parts = list(elements(tbs))
    if len(parts) < _BEFORE_KEY:
        raise ValueError("not a certificate")
    parts[4 if parts[0][0] == _VERSION else 3] = validity
    return element(SEQUENCE, element(SEQUENCE, *parts), *signature)


def oid(dotted: str) -> bytes:
    """Return an object identifier."""
    first, second, *rest = (int(number) for number in dotted.split("."))
    body = b""
    for number in (first * 40 + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, number & 0x7F | 0x80)
        body += bytes(groups)
    return element(0x06, body)


def element(tag: int, *parts: bytes) -> bytes:
    """Return one element of DER."""
    size = sum(map(len, parts))
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    length = bytes([size]) if size < 0x80 else bytes([0x80 | len(octets)]) + octets
    return b"".join((bytes([tag]), length, *parts))


def elements(data: bytes) -> tuple[bytes, ...]:
    """Return the elements that the constructed element *data* begins with consists of.

    Raises `ValueError` if one of them, or *data* itself, does not say where it ends, or ends beyond what it is in.
    """
    position, end = _bounds(data, 0)
    whole, found = data[:end], []
    while position < end:
        _, after = _bounds(whole, position)
        found.append(whole[position:after])
        position = after
    return tuple(found)


def contents(element: bytes) -> bytes:
    """Return what *element* holds."""
    begin, end = _bounds(element, 0)
    return element[begin:end]


def _bounds(data: bytes, position: int) -> tuple[int, int]:
    """Return where the contents of the element at *position* begin, and where it ends; its tag is one byte."""
    if len(data) < position + 2 or data[position + 1] == _INDEFINITE:
        raise ValueError("an element does not say where it ends")
    length, begin = data[position + 1], position + 2
    if length & 0x80:
        octets = length & 0x7F
        length, begin = int.from_bytes(data[begin : begin + octets]), begin + octets
    if begin + length > len(data):
        raise ValueError("an element ends beyond what it is in")
    return begin, begin + length


# One that everybody can read: where dates do not matter, it stands for others.
SOME_VALIDITY = element(SEQUENCE, *(element(0x17, year + b"0101000000Z") for year in (b"25", b"49")))
