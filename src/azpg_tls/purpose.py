"""What a certificate may be used for, read as OpenSSL reads it when it verifies a TLS server's.

OpenSSL takes the bits and numbers that it needs, and does not mind what else an extension has, nor how it is written:
cryptography refuses to read a keyUsage with one bit too many, and says nothing of what it allows.

Source: crypto/x509/v3_purp.c, check_purpose_ssl_server; crypto/asn1/a_bitstr.c.
"""

from __future__ import annotations

from dataclasses import dataclass

from azpg_tls import der as asn1

KEY_USAGE = asn1.oid("2.5.29.15")
EXTENDED = asn1.oid("2.5.29.37")
NETSCAPE_TYPE = asn1.oid("2.16.840.1.113730.1.1")  # older than extendedKeyUsage; heeded all the same

# One of these an extendedKeyUsage must have: besides serverAuth, Microsoft's and Netscape's Server Gated Cryptography,
# which OpenSSL takes for the same (XKU_SGC) and rustls and Go do not.
_SERVERS = {asn1.oid("1.3.6.1.5.5.7.3.1"), asn1.oid("1.3.6.1.4.1.311.10.3.3"), asn1.oid("2.16.840.1.113730.4.1")}
# RFC 5280 section 4.2.1.3, of the first byte.
_DIGITAL_SIGNATURE, _KEY_ENCIPHERMENT, _KEY_AGREEMENT = 0x80, 0x20, 0x08
_SERVES = _DIGITAL_SIGNATURE | _KEY_ENCIPHERMENT | _KEY_AGREEMENT
_NETSCAPE_SERVER = 0x40  # NS_SSL_SERVER, include/openssl/x509v3.h
_ANY = 0xFF  # without the extension, everything is allowed


@dataclass(frozen=True)
class Purpose:
    """*server_auth*: the purposes that it is limited to, if it is, include a TLS server's.

    *serves_tls*: a server may use it. *signs*: its key may sign, which is what servers do in TLS 1.3 and with ECDHE.
    """

    server_auth: bool
    serves_tls: bool
    signs: bool


def read(tbs: bytes) -> Purpose:
    """Return the purpose in *tbs*, a TBSCertificate that is known to be well formed.

    Raises `ValueError` if an extension cannot be read; OpenSSL then takes no part of the certificate.
    """
    extended = asn1.extension(tbs, EXTENDED)
    server_auth = extended is None or not _SERVERS.isdisjoint(asn1.elements(extended))
    usage, netscape = (_first_bits(asn1.extension(tbs, number)) for number in (KEY_USAGE, NETSCAPE_TYPE))
    serves_tls = server_auth and bool(usage & _SERVES) and bool(netscape & _NETSCAPE_SERVER)
    return Purpose(server_auth, serves_tls, bool(usage & _DIGITAL_SIGNATURE))


def _first_bits(extension: bytes | None) -> int:
    """Return the first byte of a string of bits, without those that it says are unused."""
    if extension is None:
        return _ANY
    if extension[:1] != b"\x03":
        raise ValueError("not a string of bits")
    unused, *bits = asn1.contents(extension) or b"\0"
    if len(bits) == 1:
        return bits[0] & (_ANY << unused)
    return bits[0] if bits else 0
