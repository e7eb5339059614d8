"""Does this name match this certificate: what libpq, OpenSSL's X509_check_host and RFC 9525 all agree to.

Where they differ, the stricter is taken, with one exception:

- only subject alternative names count. libpq, OpenSSL, Java and Node still look at the common name of a certificate
  without any; Go and rustls do not, and it has a finding of its own;
- a wildcard stands for the whole first label. OpenSSL also takes ``f*.example.com``; libpq does not;
- a wildcard right below a top-level domain covers nothing, as in OpenSSL; libpq takes ``*.com``;
- an address matches an address only. libpq also compares it with DNS names;
- a wildcard covers a label with an underscore, and may stand above one: libpq takes both, OpenSSL neither.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from azpg_tls.conninfo import is_address

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate


def matches(server_name: str, certificate: Certificate) -> bool:
    """Whether *certificate* names *server_name*, a host name in ASCII form or an address."""
    if is_address(server_name):
        address = ipaddress.ip_address(server_name)
        return any(ipaddress.ip_address(ip) == address for ip in certificate.names.ip_addresses)
    return any(matches_pattern(server_name, pattern) for pattern in certificate.names.dns_names)


def matches_pattern(server_name: str, pattern: str) -> bool:
    """Whether *pattern*, with a wildcard for exactly its whole first label, covers *server_name*."""
    # Of bytes, only ASCII is lowered: str.lower would make a k of the Kelvin sign.
    name, covering = (text.encode("utf-8", "surrogatepass").lower() for text in (server_name, pattern))
    if name == covering:
        return True
    star, _, domain = covering.partition(b".")
    first, _, rest = name.partition(b".")
    # A wildcard directly below a top-level domain covers nothing (OpenSSL's valid_star).
    return star == b"*" and first != b"" and b"." in domain and rest == domain
