"""Rules of the resolve stage: the host's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.azure import CLOUDS
from azpg_tls.observation import Lookup
from azpg_tls.render.escape import visible
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

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
    - for a server with private access, link its private DNS zone to this network, or forward to it;
    - if no name resolves, see to the resolver: /etc/resolv.conf, the VPN's DNS settings.

    See for yourself:
        getent ahosts NAME
        psql "host=NAME sslmode=verify-full"   (could not translate host name)

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
    if e.target.cloud:
        suffix = CLOUDS[e.target.cloud].suffix
        fix.append(f"Compare it with 'Server name' in the Azure portal; it ends in .{suffix}.")
        fix.append("For a server with private access, link its private DNS zone to this network.")
    elif "." not in host:
        fix.append(f"A bare server name needs its cloud's suffix: azpg-tls probe --cloud public {host}")
    return Found(detail, evidence, tuple(fix))
