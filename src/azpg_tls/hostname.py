"""Does this name match this certificate: the rules of RFC 6125 as OpenSSL's X509_check_host applies them.

Only subject alternative names count. libpq and OpenSSL still look at the common name of a certificate without any
(RFC 6125 section 6.4.4 allows it); Go, rustls, Java and Python do not, and it has a finding of its own.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from azpg_tls.target import is_address

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate


def matches(server_name: str, certificate: Certificate) -> bool:
    """Whether *certificate* names *server_name*, a host name in ASCII form or an address."""
    if is_address(server_name):
        address = ipaddress.ip_address(server_name)
        return any(ipaddress.ip_address(ip) == address for ip in certificate.ip_addresses)
    return any(matches_pattern(server_name, pattern) for pattern in certificate.dns_names)


def matches_pattern(server_name: str, pattern: str) -> bool:
    """Whether *pattern*, with a wildcard for exactly its whole first label, covers *server_name*."""
    name, pattern = server_name.lower(), pattern.lower()
    if name == pattern:
        return True
    star, _, domain = pattern.partition(".")
    first, _, rest = name.partition(".")
    # A wildcard directly below a top-level domain covers nothing (OpenSSL's valid_star).
    return star == "*" and bool(first) and "." in domain and rest == domain
