"""The pinned roots as settings that a PostgreSQL client takes: an SSLContext, libpq's parameters."""

from __future__ import annotations

import ssl

from azpg_tls.bundle.inventory import check_profile, contents, where
from azpg_tls.errors import InputError
from azpg_tls.policy import TLS_VERSIONS
from azpg_tls.target import parse


def ssl_context(min_tls: str = "TLSv1.2", profile: str = "public") -> ssl.SSLContext:
    """Return a client's context that trusts the pinned roots only and checks the host name.

    Neither the system's store nor ``SSL_CERT_FILE`` adds to it. Revocation is not checked, as libpq does not
    without a CRL.

    Raises InputError: *min_tls* is neither TLSv1.2 nor TLSv1.3, or there is no such profile.
    """
    if min_tls not in TLS_VERSIONS:
        raise InputError(f"{min_tls!r} is no lowest TLS version; choose one of {', '.join(TLS_VERSIONS)}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies the chain and the host name by default
    context.minimum_version = ssl.TLSVersion[min_tls.replace(".", "_")]
    context.load_verify_locations(cadata=contents(profile))
    return context


def libpq_params(host: str, profile: str | None = None) -> dict[str, str]:
    """Return the libpq parameters that reach *host* (``host``, ``host:port``, ``[v6]:port``) and verify it.

    Without *profile* the host's DNS suffix decides it: usgov, china, or else public.

    Raises InputError: *host* is not one host with an optional port, or there is no such profile.
    """
    if "=" in host or "://" in host:  # what else such a text says would be lost; it may hold a password
        raise InputError("a URI or a connection string is more than a host; give host or host:port alone")
    target = parse(host)
    roots = where(check_profile(profile or target.cloud or "public"))
    return {"host": target.host, "port": str(target.port), "sslmode": "verify-full", "sslrootcert": roots}
