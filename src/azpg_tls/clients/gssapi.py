"""GSSAPI and Kerberos in the words of MIT's library: krb5_err.et and gssapi_err_generic.et of krb5 1.1x."""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_NO_TICKET = (
    likely(
        "client-library-bug", "The Kerberos library in use finds no ticket: a binary package brings its own library."
    ),
    possible("gssenc-interference", "libpq 12 and later try GSSAPI encryption first if a ticket is there."),
    possible("password-rejected", "The server may ask for Kerberos where a password was meant."),
)
_NO_SERVICE = (
    likely("gssenc-interference", "The realm does not know a service postgres/HOST: GSSAPI cannot be used here."),
    possible("password-rejected", "If the server asks for Kerberos, its service principal is missing (krbsrvname)."),
    possible("dns-failure", "Kerberos may have turned the name into another one (rdns, CNAME)."),
)

GSSAPI = Client(
    "gssapi",
    "GSSAPI and Kerberos",
    signs=(
        sign(r"GSSAPI continuation error", *_NO_TICKET),
        sign(r"No (?:Kerberos )?credentials (?:cache found|available|were supplied)", *_NO_TICKET),
        sign(r"Credentials cache (?:file|keyring) '[^']{1,200}' not found", *_NO_TICKET),
        sign(r"Ticket expired", *_NO_TICKET),
        sign(r"Server not found in Kerberos database", *_NO_SERVICE),
        sign(r"Server \S{1,120} not found in Kerberos database", *_NO_SERVICE),
        sign(r"Cannot (?:find|contact any) KDC for (?:requested )?realm", *_NO_SERVICE),
        sign(
            r"Clock skew too great",
            likely("clock-skew", "Kerberos allows five minutes between the clocks."),
        ),
        sign(
            r"pg_GSS_have_cred_cache",
            likely("gssenc-interference", "macOS: looking for a Kerberos ticket in a forked process crashes."),
        ),
    ),
    fixes={
        "gssenc-interference": ("Switch GSSAPI encryption off: gssencmode=disable, or PGGSSENCMODE=disable.",),
        "client-library-bug": (
            (
                "Use a libpq that is linked with the system's Kerberos (psycopg: build from source, or psycopg[c]), "
                "or name the ticket cache: KRB5CCNAME=FILE:/tmp/krb5cc_UID."
            ),
        ),
    },
)
