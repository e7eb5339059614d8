"""Rules of the resolve stage: the host's name."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from azpg_tls.azure import CLOUDS, OTHER_SUFFIXES, cloud_of
from azpg_tls.observation import Lookup, Reach
from azpg_tls.render.escape import visible
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

# Addresses that are used inside networks: RFC 1918, RFC 6598, RFC 4193, loopback and link-local.
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "::1/128", "fe80::/10"),
    )
)
_CLOSE = 0.85  # of difflib's ratio: two letters of a suffix wrong or missing

_WORDS = {
    Lookup.NOT_FOUND: "The resolver knows no address for '{host}' ({error}).",
    Lookup.FAILED: "The resolver could not look up '{host}' ({error}).",
    Lookup.SILENT: "The resolver gave no answer for '{host}' within the deadline.",
}


def dns_failure(e: Evidence) -> Found | None:
    """The host name does not resolve to any address.

    No connection was attempted: the name could not be turned into an address.

    Why it happens:
    - the name is misspelt, or the server has been deleted or renamed;
    - the server has private access only, and this machine does not ask the DNS zone that knows its name;
    - the machine's resolver does not answer.

    Fix:
    - compare the name with the one that the Azure portal shows as "Server name";
    - a bare server name needs its suffix, as in SERVER.postgres.database.azure.com;
    - for a server with private access, link its private DNS zone to this network, or forward to it;
    - if no name resolves, see to the resolver: /etc/resolv.conf, the VPN's DNS settings.

    See for yourself:
        getent ahosts NAME
        psql "host=NAME sslmode=verify-full"   # could not translate host name

    Sources: https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private
    """
    words = _WORDS.get(e.resolution.lookup)
    if words is None:
        return None
    host, error = e.target.host, visible(e.resolution.error)
    detail, evidence = words.format(host=host, error=error), {"host": host, "resolver_error": error}
    if e.resolution.lookup is not Lookup.NOT_FOUND:
        fix = [f"Try again; then check this machine's resolver (/etc/resolv.conf): getent ahosts {host}"]
        return Found(detail, evidence, tuple(fix))
    fix = [f"Check the spelling of '{host}', then: getent ahosts {host}"]
    likely = _likely_name(host)
    if likely:
        fix.insert(0, f"Its suffix looks misspelt. Try: azpg-tls probe {likely}")
    elif e.target.cloud:
        suffix = CLOUDS[e.target.cloud].suffix
        fix.append(f"Compare it with 'Server name' in the Azure portal; it ends in .{suffix}.")
        fix.append("For a server with private access, link its private DNS zone to this network.")
        fix.append(_other_clouds(e.target.cloud))
    elif "." not in host:
        suffix = CLOUDS["public"].suffix
        fix.append(f"A bare server name needs its suffix; on Azure: azpg-tls probe {host}.{suffix}")
    return Found(detail, evidence, tuple(fix))


def _likely_name(host: str) -> str:
    """Return *host* with the suffix of Azure's that its own resembles, empty if it has one or resembles none."""
    from difflib import get_close_matches

    server, _, domain = host.rstrip(".").lower().partition(".")
    if cloud_of(host):
        return ""
    suffixes = [cloud.suffix for cloud in CLOUDS.values()] + list(OTHER_SUFFIXES)
    close = get_close_matches(domain, suffixes, n=1, cutoff=_CLOSE)
    return f"{server}.{close[0]}" if close else ""


def _other_clouds(cloud: str) -> str:
    others = " or ".join(f".{other.suffix} ({name})" for name, other in CLOUDS.items() if name != cloud)
    return f"Servers of Azure's other clouds end in {others}."


def private_dns_zone(e: Evidence) -> Found | None:
    """The name belongs to a private DNS zone, and leads to no private address.

    Names with privatelink are those of private endpoints. Inside the network a private DNS zone gives the endpoint's
    private address; outside of it the same name has a public address, or none.

    Why it happens:
    - the private DNS zone is not linked to this network, or its resolver does not forward to Azure's (168.63.129.16);
    - the zone has no record for this server, or a wrong one;
    - this machine is not in the network that the endpoint serves: a laptop without its VPN;
    - the network uses public addresses inside. Then nothing is wrong.

    Fix:
    - link the private DNS zone to this network, or forward its name to a resolver in the linked one;
    - give clients the server's own name, without privatelink: the certificate has only that.

    See for yourself:
        getent ahosts NAME

    Sources: https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private-link;
        https://learn.microsoft.com/azure/private-link/private-endpoint-dns
    """
    resolution = e.resolution
    name = next((name for name in (resolution.canonical_name, e.target.host) if _is_private_name(name)), "")
    _, public = _split(resolution.addresses)
    if not name or not (public or resolution.lookup is Lookup.NOT_FOUND) or resolution.lookup is Lookup.GIVEN:
        return None
    shown = visible(name)
    zone = shown.rstrip(".").partition(".")[2]
    said = f"leads to the public address {', '.join(public)}" if public else "has no address here"
    fix = (
        f"Link the private DNS zone {zone} to this network, or forward that name to a resolver in the linked network.",
        f"See what the zone says there: getent ahosts {shown}",
    )
    return Found(f"The private endpoint's name {shown} {said}.", {"name": shown, "addresses": public}, fix)


def _is_private_name(name: str) -> bool:
    return cloud_of(name) is not None and "privatelink" in name.lower().split(".")


def _split(addresses: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the private and the public ones of *addresses*."""
    private: list[str] = []
    public: list[str] = []
    for address in addresses:
        ip = ipaddress.ip_address(address)
        (private if any(ip in network for network in _PRIVATE) else public).append(address)
    return private, public


def resolved_addresses_differ(e: Evidence) -> Found | None:
    """The name's addresses do not all lead to the same place.

    Some are private and some public, or one that was tried did not answer and the next did. A client takes any of
    them: which one decides whether it connects, and how soon.

    Why it happens:
    - a private DNS zone and the public one both answer, or a hosts file adds an address;
    - one of several servers or load balancers behind the name is down;
    - the name has an IPv6 address on which nothing listens.

    Fix:
    - take the address that is not meant out of DNS or the hosts file;
    - until then, hostaddr=ADDRESS keeps a client to one of them.

    See for yourself:
        getent ahosts NAME

    Sources: https://www.rfc-editor.org/rfc/rfc6724;
        https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-HOST
    """
    private, public = _split(e.resolution.addresses)
    dead = _without_answer(e)
    if private_dns_zone(e) or not ((private and public) or dead):
        return None
    said = f"{', '.join(dead)} did not take the connection, and another did"
    if private and public:
        said = f"{', '.join(private)} is inside a network, and {', '.join(public)} is public"
    host = visible(e.target.host)
    fix = (f"Take the address that is not meant out of DNS; until then: host={host} hostaddr=ADDRESS",)
    evidence: dict[str, object] = {"private": private, "public": public, "without_answer": dead}
    return Found(f"Of the addresses of '{host}', {said}.", evidence, fix)


def _without_answer(e: Evidence) -> list[str]:
    """Return the addresses that were tried in vain before one answered; localhost often listens on one family only."""
    if e.connection is None or e.connection.address is None:
        return []
    failed = (Reach.REFUSED, Reach.SILENT)
    tried = (attempt.address for attempt in e.connection.attempts if attempt.reach in failed)
    return [address for address in tried if not ipaddress.ip_address(address).is_loopback]
