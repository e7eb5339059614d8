"""Go's crypto/tls: handshakes that failed, and alerts; "remote error" is an alert that the server sent.

Sources: src/crypto/tls/alert.go, conn.go, handshake_client.go, handshake_client_tls13.go, key_agreement.go and tls.go
of Go 1.10 to 1.26.
"""

from __future__ import annotations

from azpg_tls.clients.alerts import BY_ALERT
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_ALERTS = {
    "unexpected message": 10,
    "bad record MAC": 20,
    "record overflow": 22,
    "handshake failure": 40,
    "bad certificate": 42,
    "unsupported certificate": 43,
    "revoked certificate": 44,
    "expired certificate": 45,
    "unknown certificate(?! authority)": 46,
    "illegal parameter": 47,
    "unknown certificate authority": 48,
    "access denied": 49,
    "error decoding message": 50,
    "error decrypting message": 51,
    "protocol version not supported": 70,
    "insufficient security level": 71,
    "internal error": 80,
    "inappropriate fallback": 86,
    "user canceled": 90,
    "no renegotiation": 100,
    "missing extension": 109,
    "unsupported extension": 110,
    "unrecognized name": 112,
    "certificate required": 116,
    "no application protocol": 120,
}
# Older Go had no words for these: Go 1.12 certificate_required, 1.9 unrecognized_name, 1.13 no_application_protocol.
_NUMBERS = (112, 116, 120)

_VERSIONS = (certain("tls-version-unsupported", "Server and client have no TLS version in common."),)
_GARBLED = (
    likely("malformed-tls", "What the server sent is not what TLS sends at that point."),
    possible("handshake-rejected", "A device on the way may have changed it."),
    possible("client-library-bug", "The two TLS libraries may not agree."),
)
_DISAGREED = (
    likely("cipher-mismatch", "The server chose something that this client did not offer or does not allow."),
    possible("malformed-tls", "The server's answer is not what TLS allows."),
)
_CLIENT_FILES = (
    likely("root-file-format", "The client's own certificate or key cannot be read."),
    possible("root-file-missing", "The path may lead to another file than was meant."),
)

GO_TLS = Client(
    "go-tls",
    "Go's crypto/tls",
    over=("go-x509", "go-net"),
    signs=(
        *(sign(rf"remote error: tls: {words}", *BY_ALERT[number]) for words, number in _ALERTS.items()),
        *(sign(rf"remote error: (?:tls: )?alert\({number}\)", *BY_ALERT[number]) for number in _NUMBERS),
        sign(
            r"first record does not look like a TLS handshake.{1,40}?0x0, 0x0, 0x0, 0x8, 0x4",
            likely(
                "direct-tls-unsupported", "These bytes are an SSLRequest: the client did not begin with TLS at once."
            ),
            likely("direct-tls-only", "The listener that logged this takes direct TLS only (sslnegotiation=direct)."),
        ),
        sign(
            r"first record does not look like a TLS handshake",
            likely("direct-tls-unsupported", "The server answered TLS in the clear: it does not take direct TLS."),
            likely("malformed-tls", "What came after the server's S is not TLS."),
            possible("not-postgres", "It may be another service: see the record header's bytes."),
        ),
        sign(
            r"either ServerName or InsecureSkipVerify must be specified",
            likely("sslmode-invalid", "The driver's settings lead to a tls.Config without a name: use verify-full."),
            likely("client-library-bug", "The program built a tls.Config without ServerName, or an old pgx did."),
        ),
        sign(r"server selected unsupported protocol version \w{1,5}", *_VERSIONS),
        sign(r"no supported versions satisfy MinVersion and MaxVersion", *_VERSIONS),
        sign(r"tls: server selected TLS 1\.3 in a renegotiation", *_DISAGREED),
        sign(r"tls: server chose an unconfigured cipher suite", *_DISAGREED),
        sign(r"tls: server selected unsupported (?:curve|group|compression)", *_DISAGREED),
        sign(r"tls: server changed cipher suite after a HelloRetryRequest", *_DISAGREED),
        sign(r"tls: peer doesn't support any of the certificate's signature algorithms", *_DISAGREED),
        sign(r"tls: no cipher suite supported by both client and server", *_DISAGREED),
        sign(r"tls: no supported elliptic curves offered", *_DISAGREED),
        sign(
            r"tls: client requested unsupported application protocols",
            certain("alpn-mismatch", "This listener takes other ALPN protocols than the client's."),
        ),
        sign(r"tls: client offered only unsupported versions", *_VERSIONS),
        sign(
            r"tls: client didn't provide a certificate",
            certain("client-certificate-required", "This listener demands a certificate of its clients."),
        ),
        sign(
            r"tls: unsupported SSLv2 handshake received",
            likely("not-postgres", "What began the handshake is no TLS of today."),
            possible("tls-version-unsupported", "It may be a very old client."),
        ),
        sign(
            r"tls: downgrade attempt detected",
            likely("tls-intercepted", "Something between took a newer version of TLS away from the handshake."),
            possible("tls-version-unsupported", "An old middlebox may not know TLS 1.3."),
        ),
        sign(r"tls: server (?:sent an? |did not (?:send|echo) |resumed |selected an invalid )", *_GARBLED),
        sign(r"tls: received (?:malformed|empty) ", *_GARBLED),
        sign(
            r"tls: (?:use of closed connection|protocol is shutdown)",
            likely("closed-after-tls", "The connection had been ended before it was used again."),
            possible("handshake-closed", "It may have been ended during the handshake."),
        ),
        sign(
            r"tls: server (?:selected unadvertised|did not select an) ALPN protocol",
            certain("alpn-mismatch", "The server did not answer to ALPN postgresql as it should."),
        ),
        sign(
            r"tls: server sent certificate containing RSA key larger than \d{4,6} bits",
            certain("certificate-not-strict", "The certificate's RSA key is larger than Go accepts."),
        ),
        sign(
            r"tls: server's certificate contains an unsupported type of public key",
            certain("certificate-not-strict", "Go does not know the type of the certificate's key."),
        ),
        sign(
            r"tls: unsupported certificate (?:curve|key)",
            certain("certificate-not-strict", "Go does not take that key."),
        ),
        sign(
            r"tls: invalid signature by the server certificate",
            likely("bad-signature", "The server does not have the key that belongs to its certificate."),
            possible("malformed-tls", "The handshake may have been changed on the way."),
        ),
        sign(
            r"tls: server's identity changed during renegotiation",
            likely("handshake-rejected", "The server showed another certificate when it renegotiated."),
        ),
        sign(r"tls: certificate used with invalid signature algorithm", *_DISAGREED),
        sign(r"tls: invalid server key share", *_DISAGREED),
        sign(r"tls: handshake message of length", *_GARBLED),
        sign(r"tls: server's Finished message (?:was|is) incorrect", *_GARBLED),
        sign(r"tls: unexpected message", *_GARBLED),
        sign(r"tls: received unexpected handshake message of type", *_GARBLED),
        sign(r"tls: oversized record received with length", *_GARBLED),
        sign(r"tls: received record with version \w{2,6} when expecting version", *_GARBLED),
        sign(r"local error: tls: (?!bad record MAC)", *_GARBLED),
        sign(
            r"local error: tls: bad record MAC",
            likely("malformed-tls", "A record arrived changed: a device on the way, or a connection used twice."),
            likely("fork-shared-connection", "Two users of one connection spoil its records."),
            possible("client-library-bug", "The two TLS libraries may not agree."),
        ),
        sign(r"tls: failed to find any PEM data in", *_CLIENT_FILES),
        sign(r"tls: failed to find (?:\"CERTIFICATE\"|PEM block)", *_CLIENT_FILES),
        sign(r"tls: failed to parse private key", *_CLIENT_FILES),
        sign(r"tls: private key (?:type )?does not match public key", *_CLIENT_FILES),
        sign(r"tls: found a certificate rather than a key in the PEM", *_CLIENT_FILES),
        sign(
            r"TLS handshake timeout",
            likely("handshake-timeout", "The handshake did not end in time."),
            possible("pool-timeout", "The process may have had no time for it."),
        ),
    ),
)
