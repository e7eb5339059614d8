"""The names and addresses that a certificate is for (subjectAltName), as libpq goes through them.

OpenSSL hands libpq the bytes of each name as they are, and does not mind what follows the list; cryptography reads none
of them if one has a byte beyond ASCII. libpq takes them one after the other, and gives up at one that it thinks an
attack: then it has looked at what comes before, and at nothing behind it.

Source: src/interfaces/libpq/fe-secure-openssl.c, pgtls_verify_peer_name_matches_certificate_guts; fe-secure-common.c.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from azpg_tls import der as asn1
from azpg_tls.render.escape import visible_bytes

OID = asn1.oid("2.5.29.17")

_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # GeneralName, RFC 5280 section 4.2.1.6
_ADDRESS_BYTES = (4, 16)
_LIMIT = 300  # characters; a DNS name has 253 at most (RFC 1035 section 2.3.4), and must not be cut


@dataclass(frozen=True)
class AltNames:
    """The names up to the one at which libpq gives up; *fault* says why it does, empty if it comes to the end.

    A name with a NUL byte is among them: with the byte made visible it is nobody's.
    """

    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    fault: str = ""


def read(tbs: bytes) -> AltNames:
    """Return the names in *tbs*, a TBSCertificate that is known to be well formed."""
    try:
        listed = asn1.extension(tbs, OID)
        names = () if listed is None else asn1.elements(listed)
    except ValueError as error:
        return AltNames(fault=f"the list of names is malformed: {error}")
    dns_names, ip_addresses, fault = [], [], ""
    for name in names:
        content = asn1.contents(name)
        if name[0] == _DNS_NAME:
            dns_names.append(visible_bytes(content, _LIMIT))
        elif name[0] == _IP_ADDRESS and len(content) in _ADDRESS_BYTES:
            ip_addresses.append(str(ipaddress.ip_address(content)))
        if fault := _fault(name[0], content):
            break
    return AltNames(tuple(dns_names), tuple(ip_addresses), fault)


def _fault(kind: int, content: bytes) -> str:
    if kind == _DNS_NAME and b"\0" in content:
        return f"the name '{visible_bytes(content)}' has a NUL byte"
    if kind == _IP_ADDRESS and len(content) not in _ADDRESS_BYTES:
        return f"an address has {len(content)} bytes"
    return ""
