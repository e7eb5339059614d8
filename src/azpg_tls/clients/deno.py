"""deno-postgres, and Deno's TLS, which is rustls.

Sources: connection/connection.ts of denodrivers/postgres 0.11 to 0.19; ext/net and ext/tls of Deno 1 and 2, webpki's
error names. https://docs.deno.com/runtime/reference/env_variables (DENO_CERT, DENO_TLS_CA_STORE)
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, likely, possible, sign
from azpg_tls.clues import on_azure

_ROOTS = (
    (
        "Give Deno the roots: `DENO_CERT=ROOTS deno run …`, or `tls: { caCertificates: [await "
        "Deno.readTextFile('ROOTS')] }`."
    ),
    "DENO_TLS_CA_STORE=system takes the system's roots, beside Mozilla's: DENO_TLS_CA_STORE=mozilla,system.",
)

_UNTRUSTED = (
    likely("unknown-issuer", "rustls does not trust the root that the server's chain ends at."),
    possible("missing-intermediate", "The server may not send all of its intermediates; rustls fetches none."),
    possible("root-store-outdated", "The roots may be older than the server's chain.", on_azure),
    possible("tls-intercepted", "A product on the way may have signed the certificate with its own CA."),
)
_REFUSED = (possible("unknown-issuer", "rustls refused the server's certificate; the line after this says why."),)
_VERSION_1 = (
    likely("certificate-not-strict", "rustls reads certificates of X.509 version 3 only."),
    possible("weak-signature", "Such old certificates mostly have old signatures too."),
)
_SAID_FATAL = (
    likely("tls-required", "1397113172 is SFAT, the beginning of the server's FATAL error: it was sent in the clear."),
    possible("no-pg-hba-entry", "The server may not let this address in."),
    possible("client-without-tls", "deno-postgres before 0.5 has no TLS."),
)


def _peer(name: str, *meanings: Meaning) -> Sign:
    """Return the sign of webpki's verdict *name*, in the wording of old and new rustls."""
    return sign(rf"invalid (?:peer )?certificate(?: contents: invalid peer certificate)?: .{{0,60}}?{name}", *meanings)


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
    over=("postgres-js",),
    signs=(
        _peer("UnknownIssuer", *_UNTRUSTED),
        _peer("UnsupportedCertVersion", *_VERSION_1),
        _peer(
            "(?:CertNotValidForName|NotValidForName)",
            likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
        ),
        _peer("(?:CertExpired|Expired)", likely("expired", "A certificate of the server's chain has expired.")),
        _peer("(?:CertNotValidYet|NotValidYet)", likely("not-yet-valid", "A certificate's time has not begun.")),
        _peer("CaUsedAsEndEntity", likely("self-signed", "The server presents a CA's certificate as its own.")),
        sign(r"Unknown auth message code 1397113172", *_SAID_FATAL),
        sign(
            r"The server isn't accepting TLS connections",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(
            r"The certificate used to secure the TLS connection is invalid",
            *_UNTRUSTED,
            possible("certificate-not-strict", "rustls is stricter than libpq: version 3 and alternative names."),
        ),
        sign(r"Sending fatal alert BadCertificate", *_REFUSED),
        sign(r"Sending fatal alert UnknownCA", *_REFUSED),
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
