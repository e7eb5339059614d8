"""deno-postgres, and Deno's TLS, which is rustls.

Sources: connection/connection.ts and connection_params.ts of denodrivers/postgres 0.4 to 0.19; ext/net and ext/tls of
Deno 1 and 2.
https://docs.deno.com/runtime/reference/env_variables (DENO_CERT, DENO_TLS_CA_STORE)
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.rustls import UNTRUSTED
from azpg_tls.clients.sign import certain, likely, possible, sign

_ROOTS = (
    (
        "Give Deno the roots: `DENO_CERT=ROOTS deno run …`, or `tls: { caCertificates: [await "
        "Deno.readTextFile('ROOTS')] }`."
    ),
    "DENO_TLS_CA_STORE=system takes the system's roots, beside Mozilla's: DENO_TLS_CA_STORE=mozilla,system.",
)

_SAID_FATAL = (
    likely("tls-required", "1397113172 is SFAT, the beginning of the server's FATAL error: it was sent in the clear."),
    possible("no-pg-hba-entry", "The server may not let this address in."),
    possible("client-without-tls", "deno-postgres before 0.5 has no TLS."),
)

_PARAMETERS = (likely("sslmode-invalid", "The driver cannot use the connection string or options as they are given."),)

_ENDED = (
    likely("closed-after-tls", "The connection was ended during or after the login."),
    likely("handshake-closed", "It may have been ended during the handshake."),
    possible("closed-before-tls", "A pooler or firewall may have ended it early."),
)

DENO = Client(
    "deno-postgres",
    "deno-postgres",
    marks=(
        r"\bDeno\.[a-z]",
        r"deno\.land/x/",
        r"\bext:deno_",
        r"\bdeno-postgres\b",
        r"\bdenodb\b",
        r"\bdenodrivers\b",
        r"jsr:@db/postgres",
    ),
    over=("rustls", "postgres-js"),
    signs=(
        sign(r"Unknown auth message code 1397113172", *_SAID_FATAL),
        sign(
            r"The server isn't accepting TLS connections",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(
            r"The certificate used to secure the TLS connection is invalid: Bad resource ID",
            likely("client-library-bug", "The driver used a connection that Deno had closed: the first error is lost."),
            possible("unknown-issuer", "That first error may be a certificate that is not trusted."),
        ),
        sign(
            r"The certificate used to secure the TLS connection is invalid",
            *UNTRUSTED,
            possible("certificate-not-strict", "rustls is stricter than libpq: version 3 and alternative names."),
        ),
        sign(
            r"Could not check if server accepts SSL connections",
            likely("server-error-before-tls", "The answer to the SSLRequest was neither S nor N: 69 begins an error."),
            likely("not-postgres", "Another service may listen there."),
        ),
        sign(r"The session was terminated (?:unexpectedly|by the database)", *_ENDED),
        sign(r"The client has been disconnected from the database", *_ENDED),
        sign(
            r"Auth Error: attempting (?:MD5|SCRAM-SHA-256) auth with password unset",
            certain("password-rejected", "The server asks for a password, and the driver was given none."),
        ),
        sign(
            r"Database server expected gss authentication",
            likely("password-rejected", "The server asks for Kerberos (gss), which the driver does not have."),
        ),
        sign(
            r"Supplied DSN has invalid sslmode",
            certain("sslmode-invalid", "The driver knows sslmode disable, prefer, require, verify-ca and verify-full."),
        ),
        sign(r"Supplied DSN has invalid driver", *_PARAMETERS),
        sign(r"ConnectionParamsError", *_PARAMETERS),
        sign(r"Could not parse the connection string", *_PARAMETERS),
        sign(
            r"Can't enforce TLS when client has TLS encryption is disabled",
            certain("sslmode-invalid", "tls.enforce was asked for while tls.enabled is false."),
        ),
        sign(
            r"No TLS options are allowed when host type is set to",
            certain("sslmode-invalid", "A Unix socket has no TLS: leave the option tls out, or give a host's name."),
        ),
        sign(
            r"Missing connection parameters: ",
            likely("sslmode-invalid", "The connection string or options lack what is named: a variable may be unset."),
        ),
        sign(
            r"Defaulting to non-encrypted connection",
            possible(
                "unknown-issuer", "TLS failed, and the driver went on in the clear: set `tls: { enforce: true }`."
            ),
        ),
    ),
    fixes={
        "unknown-issuer": _ROOTS,
        "root-store-outdated": _ROOTS,
        "self-signed": _ROOTS,
        "tls-required": (
            "Demand TLS: `tls: { enabled: true, enforce: true, caCertificates: [await Deno.readTextFile('ROOTS')] }`.",
        ),
        "certificate-not-strict": ("Give the server a certificate of version 3 that holds its name as DNS name.",),
    },
    aliases=("deno",),
)
