"""Rules of the identity stage: is the certificate for the host that was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azpg_tls.azure import cloud_of
from azpg_tls.conninfo import is_address
from azpg_tls.hostname import matches, matches_pattern
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate
    from azpg_tls.evidence import Evidence

_SHOWN_NAMES = 10
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")  # no wildcard, and nothing that a shell or libpq would read
_DOMAIN = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")  # of two labels at least
_PRIVATE_LINK = "privatelink."
_UNREAD = "The names in the server's certificate cannot be read, or not as far as the host"


def _stranger(e: Evidence) -> Certificate | None:
    """Return the leaf if it does not name the server."""
    if e.chain is None or matches(e.target.server_name, e.chain.leaf):
        return None
    return e.chain.leaf


def _evidence(e: Evidence, leaf: Certificate) -> dict[str, object]:
    return {
        "server_name": e.target.server_name,
        "names": list(leaf.sans[:_SHOWN_NAMES]),
        "number_of_names": len(leaf.sans),
        "common_name": leaf.subject.common_name,
    }


def _host(e: Evidence, leaf: Certificate) -> str | None:
    """Return a name of *leaf* to connect to, Azure's first; None if it has none that one may advise.

    The name goes into commands that are pasted: it must come from a trusted chain, and be a host name and no more.
    """
    if e.chain is None or e.chain.trusted.error:
        return None
    names = [name for name in leaf.names.dns_names if _HOST.fullmatch(name)]
    return min(names, key=lambda name: cloud_of(name) is None, default=None)


def no_subject_alternative_name(e: Evidence) -> Found | None:
    """The server's certificate names its host in the common name at most.

    It has no subject alternative names, and no other host's name as its common name. libpq, and what verifies like
    OpenSSL, falls back to the common name; Go, rustls and browsers have stopped doing so.

    Why it happens:
    - it was made with openssl req without -addext subjectAltName.

    Fix:
    - have it issued again with the host as subjectAltName.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null | openssl x509 -noout -ext subjectAltName

    Sources: https://www.rfc-editor.org/rfc/rfc9525#section-6.3
    """
    leaf = _stranger(e)
    if leaf is None or leaf.sans or leaf.names.fault or _names_another(e, leaf):
        return None
    fix = (f"Issue the certificate again with: subjectAltName = DNS:{e.target.server_name}",)
    name = leaf.subject.common_name
    detail = f"The certificate has only the common name '{name}': psql looks at that, Go, rustls and browsers do not."
    return Found(detail, _evidence(e, leaf), fix)


def _names_another(e: Evidence, leaf: Certificate) -> bool:
    """Whether the common name of *leaf* is a host's, and not that of the server: then it names somebody else."""
    name = leaf.subject.common_name
    if is_address(e.target.server_name) or not _DOMAIN.fullmatch(name):
        return False
    return not matches_pattern(e.target.server_name, name)


def ip_address_target(e: Evidence) -> Found | None:
    """The server is addressed by its IP address, and its certificate names hosts only.

    Why it happens:
    - the client's host setting is an address. Azure's certificates never contain addresses, and the
      addresses change.

    Fix:
    - put the server's name into host; if it cannot be resolved, add the address beside it as hostaddr.

    See for yourself:
        psql "host=NAME hostaddr=ADDRESS sslmode=verify-full sslrootcert=ROOTS"

    Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-HOSTADDR
    """
    leaf = _stranger(e)
    if leaf is None or not is_address(e.target.server_name):
        return None
    if not leaf.names.dns_names or leaf.names.ip_addresses or leaf.names.fault:
        return None
    name = _host(e, leaf) or "NAME"
    fix = (f"Connect by name, with the address beside it: host={name} hostaddr={e.target.server_name}",)
    detail = f"The certificate is for {_names(leaf)}, not for the address {e.target.server_name}."
    return Found(detail, _evidence(e, leaf), fix)


def hostname_mismatch(e: Evidence) -> Found | None:
    """The server's certificate is for another host.

    The chain may be sound; but the server that holds it is not the one that was asked for.

    Why it happens:
    - host is an alias (CNAME), a private endpoint's name (privatelink) or a tunnel's (localhost), and the certificate
      has the server's real name;
    - a wildcard stands for one label only: *.example.com is neither example.com nor db.eu.example.com;
    - DNS leads to another server;
    - host ends in a dot, which libpq takes for a part of the name;
    - the certificate was issued for an older name;
    - a name in it has a NUL byte, or an address not 4 or 16 bytes: there libpq gives up, and so do we.

    Fix:
    - put a name from the certificate into host, and the address, if need be, into hostaddr;
    - for Azure, always SERVER.postgres.database.azure.com, also through a private endpoint or a tunnel.

    See for yourself:
        psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   # server certificate for "…" does not match host name

    Sources: https://www.rfc-editor.org/rfc/rfc9525#section-6;
        https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CERTIFICATES
    """
    leaf = _stranger(e)
    if leaf is None or no_subject_alternative_name(e) or ip_address_target(e):
        return None
    if leaf.names.fault:
        return _unread(e, leaf)
    fix = [f"Check that '{e.target.server_name}' is the server you mean."]
    name, public = _host(e, leaf), _public_name(e, leaf)
    if e.target.server_name.endswith("."):
        fix = [f"Leave out the final dot, which no certificate has: host={e.target.server_name.removesuffix('.')}"]
    elif public:
        fix = [f"Use the server's own name, which leads to the same private endpoint: host={public}"]
    elif name:
        address = e.connection.address if e.connection else None
        fix.insert(0, f"Use a name of the certificate: host={name} hostaddr={address or 'ADDRESS'}")
    detail = f"The certificate is for {_names(leaf)}, not for {e.target.server_name}."
    return Found(detail, _evidence(e, leaf), tuple(fix))


def _unread(e: Evidence, leaf: Certificate) -> Found:
    """Say that the names of *leaf* could be read up to a certain one only, and that the server's is not among those."""
    detail = f"'{leaf.subject.common_name}' cannot be held against {e.target.server_name}: {leaf.names.fault}."
    fix = ("Have the certificate issued again, with names that are host names and addresses.",)
    return Found(detail, _evidence(e, leaf) | {"fault": leaf.names.fault}, fix, title=_UNREAD)


def _public_name(e: Evidence, leaf: Certificate) -> str | None:
    """Return the name without ``privatelink`` if the certificate has that one: Azure's never have the private one."""
    name = e.target.server_name.lower()
    public = name.replace(f".{_PRIVATE_LINK}", ".", 1)
    return (
        public if public != name and any(matches_pattern(public, pattern) for pattern in leaf.names.dns_names) else None
    )


def _names(leaf: Certificate) -> str:
    if not leaf.sans:
        return f"{leaf.subject.common_name} (its common name)"
    more = len(leaf.sans) - _SHOWN_NAMES
    return ", ".join(leaf.sans[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
