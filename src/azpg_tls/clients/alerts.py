"""TLS alerts as OpenSSL, LibreSSL and BoringSSL print those that they receive: the other side's judgement of us.

OpenSSL before 3.2 writes "sslv3 alert" or "tlsv1 alert" whatever the version in use, later ones "ssl/tls "
"alert" too; the
number is RFC 8446 section 6's. A reason of 1000 and the alert's number is one that OpenSSL has no words for. Sources:
ssl/ssl_err.c and ssl/record/rec_layer_s3.c ("SSL alert number") of OpenSSL 1.0.2 to 3.5.
"""

from __future__ import annotations

from azpg_tls.alert import NAMES
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign

OWN_CERTIFICATE = (
    likely(
        "client-certificate-required", "The server sent this alert: it did not accept the client's own certificate."
    ),
    possible("unknown-issuer", "In a server's log it is the client that does not trust the server's chain."),
    possible("handshake-rejected", "The server, or a proxy before it, refused the handshake."),
)
UNKNOWN_CA = (
    likely(
        "client-certificate-required",
        "The server sent this alert: the client's certificate is not from a CA that the server knows. libpq sends "
        "~/.postgresql/postgresql.crt unasked if it is there.",
    ),
    possible("unknown-issuer", "In a server's log it is the client that does not trust the server's chain."),
    possible("handshake-rejected", "The server, or a proxy before it, refused the handshake."),
)
OWN_EXPIRED = (
    likely("expired", "The server sent this alert: the certificate that has expired is the client's own."),
    likely("client-certificate-required", "The server takes a client certificate that is in date only."),
)
OWN_REVOKED = (
    likely("revoked", "The server sent this alert: the certificate that is revoked is the client's own."),
    likely("client-certificate-required", "The server takes a client certificate that is not revoked only."),
)
REFUSED = (
    likely("cipher-mismatch", "The server found no cipher suite, key exchange or signature that both allow."),
    likely("client-certificate-required", "Up to TLS 1.2 servers say the same if a client certificate is missing."),
    possible("handshake-rejected", "The server, or a proxy before it, refused without a reason."),
    possible("tls-version-unsupported", "Old servers say so of a TLS version that they do not have."),
    possible("sni-rejected", "Proxies say so of a server name that is missing or that they do not know."),
)
VERSION = (
    certain(
        "tls-version-unsupported", "The server sent protocol_version (70): it takes none of the client's versions."
    ),
)
NO_CIPHER = (
    likely("cipher-mismatch", "The server sent insufficient_security (71): it takes none of the client's ciphers."),
)
NO_PROTOCOL = (
    certain(
        "alpn-mismatch",
        "Whoever ends TLS does not know ALPN postgresql, which libpq 17 always offers: mostly a proxy (Traefik, "
        "nginx).",
    ),
)
NO_NAME = (certain("sni-rejected", "The server sent unrecognized_name (112): it does not know the server name (SNI)."),)
CERTIFICATE_REQUIRED = (
    likely("client-certificate-required", "The server sent certificate_required (116): it wants a client certificate."),
    possible("client-library-bug", "The client may have one configured and not send it, as versions of drivers do."),
)
INTERNAL = (
    likely("handshake-rejected", "The server sent internal_error (80): its own log has the reason."),
    possible("client-library-bug", "Session resumption between some TLS libraries ends so."),
    possible("sni-rejected", "Proxies say so when they know no backend for the server name."),
)
BAD_RECORD = (
    likely("fork-shared-connection", "The other side could not decrypt: two processes or threads use one TLS session."),
    possible("malformed-tls", "Something on the way changed the bytes."),
)
MALFORMED = (
    likely("malformed-tls", "The two sides do not understand each other's TLS messages."),
    possible("handshake-rejected", "The server, or a proxy before it, refused the handshake."),
    possible("client-library-bug", "Some versions of TLS libraries cannot talk to each other."),
)
OTHER = (
    likely("handshake-rejected", "The server sent a TLS alert: it, or a proxy before it, refused the handshake."),
    possible("client-certificate-required", "It may want another client certificate, or none."),
)
STAPLE = (
    likely("revocation-check-failed", "Alert 113: the OCSP answer that the server stapled could not be verified."),
    possible("handshake-rejected", "The other side refused the handshake."),
)
FALLBACK = (
    likely(
        "tls-version-unsupported", "The client fell back to an older TLS version, and the server knows a newer one."
    ),
    possible("handshake-rejected", "A proxy on the way may have broken the first attempt."),
)

BY_ALERT: dict[int, tuple[Meaning, ...]] = {
    10: MALFORMED, 20: BAD_RECORD, 21: BAD_RECORD, 22: MALFORMED, 30: MALFORMED, 40: REFUSED, 41: OWN_CERTIFICATE,
    42: OWN_CERTIFICATE, 43: OWN_CERTIFICATE, 44: OWN_REVOKED, 45: OWN_EXPIRED, 46: OWN_CERTIFICATE, 47: MALFORMED,
    48: UNKNOWN_CA, 49: OTHER, 50: MALFORMED, 51: OWN_CERTIFICATE, 60: OTHER, 70: VERSION, 71: NO_CIPHER, 80: INTERNAL,
    86: FALLBACK, 90: OTHER, 100: OTHER, 109: OTHER, 110: MALFORMED, 112: NO_NAME, 113: STAPLE, 115: OTHER,
    116: CERTIFICATE_REQUIRED, 120: NO_PROTOCOL,
}  # fmt: skip

# Words of OpenSSL that are not the alert's name.
_WORDS = {
    20: "bad[ _]record[ _]mac", 41: "no[ _]certificate", 86: "inappropriate[ _]fallback",
    90: "user[ _]cancell?ed",
}  # fmt: skip
_KIND = r"(?:sslv3|tlsv1|tlsv13|ssl/tls|tls)[ _](?:alert[ _])?"


def _words(number: int) -> str:
    return _WORDS.get(number) or NAMES[number].replace("_", "[ _]")


def _named(number: int) -> Sign:
    return sign(rf"(?<![a-z]){_KIND}{_words(number)}\b(?:.{{0,120}}?SSL alert number {number}\b)?", *BY_ALERT[number])


ALERTS: tuple[Sign, ...] = (
    sign(r"Description: Bad Certificate Status Response \(113\)", *STAPLE),  # Wireshark
    *(_named(number) for number in BY_ALERT),
    *(sign(rf"SSL alert number {number}\b", *meanings) for number, meanings in BY_ALERT.items()),
    *(sign(rf"\breason\({1000 + number}\)", *meanings) for number, meanings in BY_ALERT.items()),
)
