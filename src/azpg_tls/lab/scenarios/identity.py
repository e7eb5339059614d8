"""Certificates of other hosts, with a sound chain: leaf < Lab Root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import der as asn1
from azpg_tls.lab import pki
from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.pki import Chain
from azpg_tls.lab.scenario import Setup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

_AZURE = "postgres.database.azure.com"


def hostname_mismatch(at: dt.datetime) -> Setup:
    """Present the certificate of another server."""
    return _named(at, dns_names=["other.postgres.database.azure.com", "a789dfd096c0.database.azure.com"])


def wildcard_too_deep(at: dt.datetime) -> Setup:
    """Present a wildcard for the domain, to a host that is two labels below it."""
    return _named(at, dns_names=["*.example.com"], host="db.eu.example.com")


def wildcard(at: dt.datetime) -> Setup:
    """Present a wildcard that covers the host: nothing is wrong."""
    return _named(at, dns_names=["*.example.com"], host="db.example.com")


def no_subject_alternative_name(at: dt.datetime) -> Setup:
    """Present a certificate that has the host only as its common name."""
    return _named(at, dns_names=[], common_name="localhost")


def common_name_of_another(at: dt.datetime) -> Setup:
    """Present a certificate that has only a common name, and that is another host's."""
    return _named(at, dns_names=[], common_name="db.example.org")


def final_dot(at: dt.datetime) -> Setup:
    """Be called by a name that ends in a dot, with the certificate of that name without it."""
    return _named(at, dns_names=["db.example.com"], host="db.example.com.")


def private_endpoint_name(at: dt.datetime) -> Setup:
    """Be called by a private endpoint's name, with the certificate of the server's own name."""
    return _named(at, dns_names=[f"lab.{_AZURE}"], host=f"lab.privatelink.{_AZURE}")


def international_name(at: dt.datetime) -> Setup:
    """Be called by the ASCII form of a name in other letters, as the certificate has it: nothing is wrong."""
    return _named(at, dns_names=["xn--bcher-kva.example"], host="xn--bcher-kva.example")


def name_with_a_nul(at: dt.datetime) -> Setup:
    """Present the host's name behind one with a NUL byte in it, at which libpq stops."""
    return _listed(at, b"localhost\0.example", b"localhost")


def name_beyond_ascii(at: dt.datetime) -> Setup:
    """Present the host's name behind one in Latin-1: libpq goes on, stricter verifiers refuse them both."""
    return _listed(at, b"b\xfccher.example", b"localhost")


def wildcard_for_itself(at: dt.datetime) -> Setup:
    """Present a wildcard to the very domain that it stands below."""
    return _named(at, dns_names=["*.example.com"], host="example.com")


def other_ip_address(at: dt.datetime) -> Setup:
    """Be addressed by an IP address, with a certificate for another one."""
    return _named(at, dns_names=[], ip_addresses=["192.0.2.7"], host="127.0.0.1")


def ip_address_target(at: dt.datetime) -> Setup:
    """Be addressed by an IP address, with a certificate for a name."""
    return _named(at, dns_names=["localhost"], host="127.0.0.1")


def _named(
    at: dt.datetime,
    *,
    dns_names: Sequence[str],
    ip_addresses: Sequence[str] = (),
    common_name: str = "lab server",
    **words: str,
) -> Setup:
    root = pki.authority("Lab Root", at=at)
    leaf = pki.server(root, at=at, dns_names=dns_names, ip_addresses=ip_addresses, common_name=common_name)
    return Setup(root.certificate, postgres(context(Chain(leaf, (), root))), words=words)


def _listed(at: dt.datetime, *names: bytes) -> Setup:
    """Present a leaf with these names to the byte, which no builder would write."""
    root = pki.authority("Lab Root", at=at)
    listed = asn1.element(asn1.SEQUENCE, *(asn1.element(0x82, name) for name in names))
    leaf = pki.server(root, at=at, dns_names=[], ip_addresses=[], further={pki.ALTERNATIVE_NAMES: listed})
    return Setup(root.certificate, postgres(context(Chain(leaf, (), root))))
