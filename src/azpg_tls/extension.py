"""Which extensions of a certificate OpenSSL cannot take, and therefore takes no part of the certificate.

It reads these once, all together; if one of them is malformed, occurs twice or is at odds with another, it calls the
certificate invalid (EXFLAG_INVALID, crypto/x509/v3_purp.c). libpq then says "invalid certificate"; a verification says
that the issuer was not found, as an invalid certificate is nobody's issuer, and nobody is its own. So OpenSSL is asked
about each extension by itself, in a certificate that is otherwise sound and names itself as its issuer: a sound one it
calls self-signed.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

from cryptography import x509

from azpg_tls import der as asn1
from azpg_tls.certificate import CANNOT_READ
from azpg_tls.chain import DEPTH_ZERO_SELF_SIGNED_CERT, verify

# By the names that OpenSSL prints (crypto/objects/objects.txt); others it does not read when it verifies.
NAMES = {
    asn1.oid(dotted): name
    for dotted, name in {
        "2.5.29.14": "subjectKeyIdentifier",
        "2.5.29.15": "keyUsage",
        "2.5.29.17": "subjectAltName",
        "2.5.29.19": "basicConstraints",
        "2.5.29.30": "nameConstraints",
        "2.5.29.31": "crlDistributionPoints",
        "2.5.29.35": "authorityKeyIdentifier",
        "2.5.29.37": "extendedKeyUsage",
        "1.3.6.1.5.5.7.1.7": "sbgp-ipAddrBlock",
        "1.3.6.1.5.5.7.1.8": "sbgp-autonomousSysNum",
        "1.3.6.1.5.5.7.1.14": "proxyCertInfo",
        "2.16.840.1.113730.1.1": "nsCertType",
    }.items()
}
_AUTHORITY_KEY_IDENTIFIER = asn1.oid("2.5.29.35")

_ED25519 = asn1.element(asn1.SEQUENCE, asn1.oid("1.3.101.112"))  # RFC 8410 section 3; any 32 bytes are a key
_NAMELESS = asn1.element(asn1.SEQUENCE)


@lru_cache(maxsize=512)  # as many as fit into the 100 kB that OpenSSL takes of a server, with the anchors
def fault(der: bytes) -> str:
    """Return in words what is wrong with the extensions of the certificate *der* for OpenSSL, empty if nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in certificate.py: oddities are facts, not faults of ours
        try:
            tbs = x509.load_der_x509_certificate(der).tbs_certificate_bytes
        except CANNOT_READ:
            return ""  # not even its frame is sound, and OpenSSL, which is laxer, says itself what it makes of that
    read = [(oid, extension) for oid, extension in asn1.extensions(tbs) if oid in NAMES]
    for place, (oid, extension) in enumerate(read):
        if oid in [earlier for earlier, _ in read[:place]]:
            return f"has the extension {NAMES[oid]} twice"
        if not _readable(oid, extension):
            return f"has an extension {NAMES[oid]} that cannot be read"
    others = tuple(extension for oid, extension in read if oid != _AUTHORITY_KEY_IDENTIFIER)
    return "" if _sound(others) else "has extensions that contradict each other"


def _readable(oid: bytes, extension: bytes) -> bool:
    if oid != _AUTHORITY_KEY_IDENTIFIER:
        return _sound((extension,))
    # It may name another issuer than itself, and then the certificate is not self-signed for that. So it is looked at
    # here, as deep as its three optional parts (RFC 5280 section 4.2.1.1), and not at the names within.
    try:
        identifier, *_ = asn1.elements(asn1.elements(extension)[-1])  # OpenSSL does not mind what follows
        parts = asn1.elements(identifier)
    except ValueError:
        return False
    return asn1.element(asn1.SEQUENCE, *parts) == identifier and {part[0] for part in parts} <= {0x80, 0xA1, 0x82}


def _sound(extensions: tuple[bytes, ...]) -> bool:
    return verify([_bearing(extensions)], ()).error == DEPTH_ZERO_SELF_SIGNED_CERT


def _bearing(extensions: tuple[bytes, ...]) -> bytes:
    """Return a certificate that has these *extensions*, and nothing else that could be wrong but its signature."""
    parts = [
        asn1.element(0xA0, asn1.element(0x02, b"\2")),
        asn1.element(0x02, b"\1"),
        _ED25519,
        _NAMELESS,
        asn1.SOME_VALIDITY,
    ]
    key = asn1.element(asn1.SEQUENCE, _ED25519, asn1.element(0x03, bytes(33)))
    bare = asn1.element(asn1.SEQUENCE, *parts, _NAMELESS, key)
    whole = asn1.element(asn1.SEQUENCE, bare, _ED25519, asn1.element(0x03, bytes(65)))
    return asn1.with_extensions(whole, extensions)
