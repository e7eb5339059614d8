"""What an alert that the server sent means: it is the server's judgement of this client.

The keys are the names of RFC 8446 section 6 and RFC 5246 section 7.2; each TLS library spells them its own way. In the
log of a server or proxy the same alert is a client's judgement of it.
"""

from __future__ import annotations

from azpg_tls.clients.sign import Meaning, certain, likely, possible

_SERVERS_LOG = "In the log of a server or proxy it was the client that refused the server's certificate."
_OURS_REFUSED = (
    likely("client-certificate-required", "The server does not accept the certificate that this client showed."),
    possible("unknown-issuer", _SERVERS_LOG),
    possible("handshake-rejected", "The server ended the handshake with this alert."),
)
_NO_REASON = (
    likely("handshake-rejected", "The server ended the handshake with this alert; its log says more."),
    possible("client-library-bug", "The two TLS libraries may not agree: compare with psql, and update the client."),
)
_ENDED = (
    likely("handshake-closed", "The server ended the connection during the handshake."),
    possible("closed-after-tls", "The server may have ended it after the handshake."),
)

RECEIVED: dict[str, tuple[Meaning, ...]] = {
    "handshake_failure": (
        likely("cipher-mismatch", "The server found no cipher suite, group or signature in common with this client."),
        likely("client-certificate-required", "OpenSSL sends this alert in TLS 1.2 to a client without certificate."),
        possible("tls-version-unsupported", "Old servers send it when they do not know the client's TLS version."),
    ),
    "insufficient_security": (
        likely("cipher-mismatch", "The server wants stronger cipher suites than this client offers."),
        possible("tls-version-unsupported", "It may want a newer TLS version."),
    ),
    "protocol_version": (
        certain("tls-version-unsupported", "The server takes none of the TLS versions that this client offers."),
    ),
    "certificate_required": (
        certain("client-certificate-required", "The server wants a client certificate, and none was shown."),
    ),
    "bad_certificate": (
        likely("client-certificate-required", "The server refused the client's certificate, or got none."),
        possible("unknown-issuer", _SERVERS_LOG),
        possible("hostname-mismatch", "Clients send it too when a server's name does not match."),
    ),
    "unknown_ca": (
        likely("client-certificate-required", "The server does not know the CA that signed the client's certificate."),
        possible("unknown-issuer", _SERVERS_LOG),
    ),
    "certificate_expired": (
        likely("client-certificate-required", "The client's own certificate has expired; the server refused it."),
        likely("expired", "A certificate has expired: the client's, if this is the client's own text."),
    ),
    "certificate_revoked": _OURS_REFUSED,
    "certificate_unknown": _OURS_REFUSED,
    "unsupported_certificate": _OURS_REFUSED,
    "access_denied": _OURS_REFUSED,
    "unrecognized_name": (
        certain("sni-rejected", "The server, or a proxy before it, does not know the name that was sent as SNI."),
    ),
    "no_application_protocol": (
        certain("alpn-mismatch", "The other side does not know ALPN postgresql: a proxy ends TLS there."),
    ),
    "internal_error": _NO_REASON,
    "unexpected_message": _NO_REASON,
    "bad_record_mac": _NO_REASON,
    "record_overflow": _NO_REASON,
    "illegal_parameter": _NO_REASON,
    "decode_error": _NO_REASON,
    "decrypt_error": _NO_REASON,
    "inappropriate_fallback": _NO_REASON,
    "missing_extension": _NO_REASON,
    "unsupported_extension": _NO_REASON,
    "no_renegotiation": _NO_REASON,
    "user_canceled": _ENDED,
    "close_notify": _ENDED,
}
