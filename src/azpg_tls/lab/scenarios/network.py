"""Names that do not resolve, and ports that do not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.endpoint import LOOPBACK, Door
from azpg_tls.lab.pki import Chain, authority, server
from azpg_tls.lab.scenario import Setup, no_such_host

if TYPE_CHECKING:
    import datetime as dt

_HOST = "lab.postgres.database.azure.com"
_PRIVATE_NAME = "lab.privatelink.postgres.database.azure.com"
_PUBLIC = "203.0.113.7"  # for documentation (RFC 5737), and never tried, as the address before it answers


def dns_failure(at: dt.datetime) -> Setup:
    """Give a host name that no resolver knows (RFC 6761 keeps .invalid for that)."""
    words = {"host": "no-such-server.invalid", "hostaddr": ""}
    return Setup(authority("Lab Root", at=at).certificate, words=words, resolver=no_such_host)


def private_dns_zone(at: dt.datetime) -> Setup:
    """Give a private endpoint's name, in a network to which its private DNS zone is not linked."""
    words = {"host": _PRIVATE_NAME, "hostaddr": ""}
    return Setup(authority("Lab Root", at=at).certificate, words=words, resolver=no_such_host)


def private_dns_zone_public_address(at: dt.datetime) -> Setup:
    """Be found by an alias for a private endpoint's name, with a public address beside the one that answers."""
    return _found(at, (LOOPBACK, _PUBLIC), _PRIVATE_NAME)


def private_endpoint(at: dt.datetime) -> Setup:
    """Be found by an alias for a private endpoint's name, at a private address: nothing is wrong."""
    return _found(at, (LOOPBACK,), _PRIVATE_NAME)


def resolved_addresses_differ(at: dt.datetime) -> Setup:
    """Be found at an address inside the network and at a public one."""
    return _found(at, (LOOPBACK, _PUBLIC), _HOST)


def tcp_refused(at: dt.datetime) -> Setup:
    """Bind the port, but listen on it for nobody."""
    return Setup(authority("Lab Root", at=at).certificate, door=Door.CLOSED)


def tcp_timeout(at: dt.datetime) -> Setup:
    """Leave the queue of waiting connections full, so that the kernel drops every further one."""
    return Setup(authority("Lab Root", at=at).certificate, door=Door.STUCK, timeout=0.5)


def tcp_unreachable(at: dt.datetime) -> Setup:
    """Be addressed at a multicast address, which TCP refuses by itself (RFC 1122 section 4.2.3.10)."""
    return Setup(authority("Lab Root", at=at).certificate, words={"hostaddr": "224.0.0.1"})


def _found(at: dt.datetime, addresses: tuple[str, ...], canonical_name: str) -> Setup:
    root = authority("Lab Root", at=at)
    leaf = server(root, at=at, dns_names=[_HOST])
    return Setup(
        root.certificate,
        postgres(context(Chain(leaf, (), root))),
        words={"host": _HOST, "hostaddr": ""},
        resolver=lambda _host: (addresses, canonical_name),
    )
