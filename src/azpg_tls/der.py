"""Just enough DER (X.690) to cut the public key out of a certificate as it was signed.

cryptography writes a key anew instead, and loses on the way what a pin must cover: RSASSA-PSS becomes plain RSA,
explicit curve parameters become a name, and unknown kinds of keys cannot be written at all.
"""

from __future__ import annotations

_VERSION = 0xA0  # TBSCertificate's optional first element, RFC 5280 section 4.1
_BEFORE_KEY = 5  # serialNumber, signature, issuer, validity, subject


def public_key_info(tbs: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of *tbs*, a TBSCertificate that is known to be well formed."""
    position, _ = _contents(tbs, 0)
    if tbs[position] == _VERSION:
        _, position = _contents(tbs, position)
    for _ in range(_BEFORE_KEY):
        _, position = _contents(tbs, position)
    _, end = _contents(tbs, position)
    return tbs[position:end]


def _contents(data: bytes, position: int) -> tuple[int, int]:
    """Return where the contents of the element at *position* begin, and where it ends; its tag is one byte."""
    length, begin = data[position + 1], position + 2
    if length & 0x80:
        octets = length & 0x7F
        length, begin = int.from_bytes(data[begin : begin + octets]), begin + octets
    return begin, begin + length
