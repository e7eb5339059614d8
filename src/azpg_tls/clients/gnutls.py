"""GnuTLS's words: lib/errors.c and gnutls_certificate_verification_status_print in lib/cert-session.c, 3.x."""

from __future__ import annotations

from azpg_tls.clients.alerts import BY_ALERT, MALFORMED
from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import BAD_FILE, CIPHER, CLOSED, NO_TLS, WEAK_KEY, WEAK_SIGNATURE
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clients.verification import UNTRUSTED

GNUTLS = Client(
    "gnutls",
    "GnuTLS",
    marks=(r"\bGNUTLS_E_", r"\bgnutls_\w+", r"\bGnuTLS\b"),
    signs=(
        sign(r"The certificate issuer is unknown", *UNTRUSTED),
        sign(r"The certificate is NOT trusted", *UNTRUSTED),
        sign(r"Error in the certificate verification", *UNTRUSTED),
        sign(r"The certificate issuer is not a CA", likely("invalid-ca", "A certificate that is no "
        "CA signed another.")),
        sign(r"The certificate chain uses expired certificate", likely("expired", "A certificate has expired.")),
        sign(r"The certificate chain uses not yet valid certificate", likely("not-yet-valid", "It is too early.")),
        sign(r"The certificate chain uses insecure algorithm", *WEAK_SIGNATURE),
        sign(r"The certificate chain is revoked", likely("revoked", "A certificate of the chain is revoked.")),
        sign(r"The certificate chain does not match the intended purpose",
             likely("wrong-key-usage", "The certificate is not one for servers.")),
        sign(r"The name in the certificate does not match the expected",
             likely("hostname-mismatch", "The certificate is for other names than the one connected to.")),
        sign(r"The signature in the certificate is invalid", likely("bad-signature", "A signature is wrong.")),
        sign(r"The TLS connection was non-properly terminated", *CLOSED),
        sign(r"An unexpected TLS packet was received", *NO_TLS),
        sign(r"A TLS record packet with invalid length was received", *NO_TLS),
        sign(r"A (?:TLS )?packet with illegal or unsupported version was received",
             likely("tls-version-unsupported", "No TLS version in common."),
             possible("tls-not-offered", "The answer may have been no TLS.")),
        sign(r"No supported cipher suites have been found", *CIPHER),
        sign(r"Could not negotiate a supported cipher suite", *CIPHER),
        sign(r"No common key share with peer", *CIPHER),
        sign(r"The Diffie-Hellman prime sent by the server is not acceptable", *WEAK_KEY),
        sign(r"One of the involved algorithms has insufficient security level", *WEAK_KEY),
        sign(r"No common application protocol could be negotiated", certain("alpn-mismatch", "No ALPN in common.")),
        sign(r"Certificate is required\.", *BY_ALERT[116]),
        sign(r"A TLS fatal alert has been received", *BY_ALERT[40]),
        sign(r"Base64 (?:decoding|unexpected header) error", *BAD_FILE),
        sign(r"The certificate and the given key do not match", *BAD_FILE),
        sign(r"An unexpected TLS handshake packet was received", *MALFORMED),
    ),
)  # fmt: skip
