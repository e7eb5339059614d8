"""The pinned roots as settings that a PostgreSQL client takes: an SSLContext, libpq's parameters."""

from __future__ import annotations

import ssl

from azpg_tls.azure import ENGINE_PORT, cloud_of
from azpg_tls.bundle.inventory import check_profile, contents, where
from azpg_tls.errors import InputError

_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}  # libpq's spelling


def ssl_context(min_tls: str = "TLSv1.2", profile: str = "public") -> ssl.SSLContext:
    """Return a client's context that trusts the pinned roots only and checks the host name.

    Neither the system's store nor ``SSL_CERT_FILE`` adds to it. Revocation is not checked, as libpq does not
    without a CRL.

    Raises InputError: *min_tls* is neither TLSv1.2 nor TLSv1.3, or there is no such profile.
    """
    if min_tls not in _VERSIONS:
        raise InputError(f"{min_tls!r} is no lowest TLS version; choose one of {', '.join(_VERSIONS)}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies the chain and the host name by default
    context.minimum_version = _VERSIONS[min_tls]
    context.load_verify_locations(cadata=contents(profile))
    return context


def libpq_params(host: str, profile: str | None = None) -> dict[str, str]:
    """Return the libpq parameters that reach *host* (``host``, ``host:port``, ``[v6]:port``) and verify it.

    Without *profile* the host's DNS suffix decides it: usgov, china, or else public.

    Raises InputError: *host* is not one host with an optional port, or there is no such profile.
    """
    name, port = _split(host)
    roots = where(check_profile(profile or cloud_of(name) or "public"))
    return {"host": name, "port": str(port), "sslmode": "verify-full", "sslrootcert": roots}


def _split(host: str) -> tuple[str, int]:
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        separator, port = rest[:1], rest[1:]
        well_formed = bool(bracket) and separator in ("", ":")
    elif host.count(":") > 1:  # an IPv6 address without brackets has no port
        name, separator, port, well_formed = host, "", "", True
    else:
        name, separator, port = host.partition(":")
        well_formed = True
    # libpq takes a leading slash or @ for a Unix socket, where it never uses TLS, and a comma for several hosts.
    if not well_formed or not name or name[0] in "/@" or "," in name or any(map(str.isspace, name)):
        raise InputError(f"{host!r} is not one host name or address")
    if not separator:
        return name, ENGINE_PORT
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InputError(f"{host!r}: {port!r} is not a port between 1 and 65535")
    return name, int(port)
