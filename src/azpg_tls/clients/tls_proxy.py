"""Programs that end or begin TLS in front of PostgreSQL: stunnel, HAProxy, nginx (stream), Traefik, Envoy, Istio.

Sources: stunnel src/protocol.c, verify.c; HAProxy doc/management.txt and src/check.c; nginx
src/stream/ngx_stream_proxy_module.c and src/event/ngx_event_openssl.c; Envoy source/common/tls; Traefik pkg/tcp.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import UNTRUSTED
from azpg_tls.clients.sign import certain, likely, possible, sign

_NOT_AT_ONCE = (
    likely(
        "direct-tls-unsupported",
        "The proxy speaks TLS at once, and PostgreSQL before 17 begins TLS after an SSLRequest only: one of both "
        "ends does not know the other's way.",
    ),
    possible(
        "direct-tls-only", "This end takes direct TLS only: PostgreSQL 17's clients do it with sslnegotiation=direct."
    ),
    possible("not-postgres", "The port may be another service's."),
)
_DEPTH = (
    likely("unknown-issuer", "The proxy's roots do not have the one that the server's chain ends at."),
    likely(
        "chain-too-deep",
        "nginx allows one intermediate (proxy_ssl_verify_depth 1); Azure's chain since 2025 has two, and fails so.",
    ),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection during the handshake."),
    possible("closed-before-tls", "It may be a health check that never meant to speak TLS."),
    possible("direct-tls-unsupported", "A server that waits for an SSLRequest closes when TLS comes at once."),
)

TLS_PROXY = Client(
    "tls-proxy",
    "a TLS proxy",
    marks=(
        r"\bstunnel\b",
        r"\bLOG[0-7]\[[\w:]+\]: ",
        r"while SSL handshaking",
        r"\bhaproxy\b",
        r"\benvoy\b",
        r"\bistio-proxy\b",
        r"\btraefik\b",
        r"tlsrouter\.",
        r"OPENSSL_internal:",
    ),
    over=("openssl", "go-tls", "rustls"),
    signs=(
        # what a proxy that wants direct TLS says of PostgreSQL's SSLRequest, 00 00 00 08 04 d2 16 2f
        sign(r"RecordHeader:\[5\]uint8\{0x0, 0x0, 0x0, 0x8, 0x4\}", *_NOT_AT_ONCE),
        sign(
            r"first record does not look like a TLS handshake",
            likely("direct-tls-unsupported", "What came, or what answered, is no TLS: PostgreSQL begins in the clear."),
            possible("tls-not-offered", "The other end may not speak TLS on this port."),
            possible("not-postgres", "The port may be another service's."),
        ),
        # stunnel
        sign(r"SSL_(?:connect|accept): Peer suddenly disconnected", *_CLOSED),
        sign(
            r"PostgreSQL server rejected TLS",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(
            r"client did not request TLS, rejecting",
            likely("tls-required", "The client sent no SSLRequest: its sslmode is disable or allow."),
        ),
        sign(
            r"TIMEOUTconnect exceeded",
            likely("tcp-timeout", "No answer came to stunnel's attempt to connect: a firewall drops it."),
        ),
        sign(
            r"TIMEOUTbusy exceeded",
            likely("handshake-timeout", "The other end did not go on with the handshake in time."),
        ),
        sign(
            r"Error resolving \"[^\"]{1,253}\": ",
            likely("dns-failure", "stunnel found no address for the name that connect has."),
        ),
        sign(
            r"SSL expected but not requested by client",
            likely("gssenc-interference", "stunnel answers so to a GSSENCRequest, and takes an SSLRequest only."),
            possible("tls-required", "The client may have begun in the clear."),
        ),
        sign(
            r"CERT: (?:Pre-v|V)erification error: (?:unable to get|self[- ]signed|certificate not found)",
            *UNTRUSTED,
        ),
        sign(
            r"CERT: (?:Pre-verification error|Verification error): certificate has expired",
            likely("expired", "A certificate of the server's chain has expired."),
        ),
        sign(
            r"CERT: (?:Subject checks? failed|No matching host ?name found|Host name .{1,253}? mismatch)",
            likely("hostname-mismatch", "The certificate lacks the name that checkHost demands."),
        ),
        sign(
            r"CERT: Certificate not found in local repository",
            likely(
                "unknown-issuer", "verifyPeer = yes wants the server's own certificate in CAfile, and finds another."
            ),
            possible("intermediate-pinned", "An old certificate may be pinned there."),
        ),
        # nginx
        sign(r"upstream SSL certificate verify error: \((?:2|20|21|27)[:)]", *_DEPTH),
        sign(r"upstream SSL certificate verify error: \((?:18|19)[:)]", *UNTRUSTED),
        sign(
            r"upstream SSL certificate verify error: \(10[:)]",
            likely("expired", "A certificate of the server's chain has expired."),
        ),
        sign(
            r"upstream SSL certificate verify error: \(22[:)]",
            certain("chain-too-deep", "proxy_ssl_verify_depth is below the number of the server's intermediates."),
        ),
        sign(
            r"upstream SSL certificate does not match",
            likely("hostname-mismatch", "The certificate lacks the name that proxy_ssl_name has."),
        ),
        sign(r"peer closed connection in SSL handshake", *_CLOSED),
        sign(
            r"SSL_do_handshake\(\) failed .{0,200}?(?:wrong version number|packet length too long|record layer)",
            *_NOT_AT_ONCE,
        ),
        # HAProxy
        sign(
            r"Layer6 invalid response.{0,40}?SSL handshake failure",
            likely(
                "direct-tls-unsupported",
                "HAProxy's check or server line speaks TLS at once (ssl), PostgreSQL does not.",
            ),
            possible("unknown-issuer", "HAProxy's ca-file may lack the server's root."),
            possible("tls-version-unsupported", "They may have no version of TLS in common."),
        ),
        sign(r"Connection closed during SSL handshake", *_CLOSED),
        # a line of a frontend: bind … ssl, which reads PostgreSQL's SSLRequest as a broken ClientHello
        sign(
            r"SSL handshake failure(?: \(|$)",
            likely(
                "direct-tls-only",
                "HAProxy's bind line wants TLS at once, PostgreSQL's clients begin with an SSLRequest in the clear.",
            ),
            likely("handshake-closed", "The client ended the handshake, such as one that does not trust HAProxy."),
            possible("tls-version-unsupported", "They may have no version or cipher suite of TLS in common."),
        ),
        sign(
            r"Layer4 (?:connection problem|timeout)",
            likely("tcp-refused", "The server behind the proxy does not answer on its port."),
            possible("tcp-timeout", "A firewall may drop what the proxy sends."),
        ),
        sign(
            r"pgsql-check.{0,80}?(?:unknown|error|failed)",
            likely(
                "startup-error",
                "HAProxy's check connects as a user that the server must let in (pgsql-check user USER).",
            ),
        ),
        # Envoy and Istio, over BoringSSL
        sign(
            r"OPENSSL_internal:CERTIFICATE_VERIFY_FAILED(?!:verify cert failed)",
            *UNTRUSTED,
            possible("hostname-mismatch", "Envoy says the same of a name that its matchers do not allow."),
        ),
        sign(
            r"CERTIFICATE_VERIFY_FAILED:verify cert failed: .{0,90}? at depth \d{1,2}: certificate has expired",
            likely("expired", "A certificate of the other end's chain has expired."),
        ),
        sign(
            r"verify cert failed: (?:verify )?SAN (?:list|matcher)",
            likely("hostname-mismatch", "The certificate lacks the names that match_typed_subject_alt_names demands."),
        ),
        sign(r"OPENSSL_internal:WRONG_VERSION_NUMBER", *_NOT_AT_ONCE),
        sign(
            r"OPENSSL_internal:(?:TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)",
            likely("tls-version-unsupported", "The two ends have no version of TLS in common."),
        ),
        sign(
            r"OPENSSL_internal:(?:TLSV1_ALERT_UNKNOWN_CA|SSLV3_ALERT_CERTIFICATE_UNKNOWN|SSLV3_ALERT_BAD_CERTIFICATE)",
            likely("client-certificate-required", "The other end did not trust the certificate that this one sent."),
            possible("unknown-issuer", "Seen by a server, its client did not trust it."),
        ),
        sign(
            r"OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED",
            likely("client-certificate-required", "The other end demands a certificate: strict mutual TLS."),
        ),
        sign(
            r"OPENSSL_internal:(?:NO_COMMON_SIGNATURE_ALGORITHMS|BAD_ECC_CERT|WRONG_CERTIFICATE_TYPE|WRONG_CURVE)",
            likely("cipher-mismatch", "The two ends have no kind of key or signature in common."),
            possible("weak-signature", "The certificate's key or signature may be one that BoringSSL refuses."),
        ),
        sign(
            r"OPENSSL_internal:(?:SSLV3_ALERT_HANDSHAKE_FAILURE|NO_SHARED_CIPHER|HANDSHAKE_FAILURE_ON_CLIENT_HELLO)",
            likely("cipher-mismatch", "The two ends have no cipher suite in common."),
            possible("client-certificate-required", "The other end may demand a certificate."),
        ),
        sign(
            r"Secret is not supplied by SDS",
            likely("root-file-missing", "Envoy was given no certificate or root for this connection."),
        ),
        sign(
            r"upstream connect error or disconnect/reset before headers",
            likely("not-postgres", "An HTTP proxy answered: the route is one of HTTP, PostgreSQL needs one of TCP."),
            possible("tcp-refused", "The server behind it may be down."),
        ),
    ),
    fixes={
        "direct-tls-only": (
            "Clients of version 17: sslnegotiation=direct sslmode=verify-full, and alpn postgresql on the bind line.",
            "For other clients let the server end TLS: mode tcp, and no ssl on the bind line.",
        ),
        "direct-tls-unsupported": (
            "Where the proxy ends TLS at once: libpq 17 or later with sslnegotiation=direct sslmode=verify-full.",
            "Where the server speaks TLS: pass it through as TCP; stunnel does the SSLRequest with protocol = pgsql.",
            "Traefik answers the SSLRequest itself on a TCP router with HostSNI and tls.",
        ),
        "alpn-mismatch": (
            (
                "Let the proxy accept ALPN postgresql: HAProxy alpn postgresql on the bind line; Traefik "
                "tls.options.default.alpnProtocols: [postgresql]."
            ),
        ),
        "chain-too-deep": ("nginx: proxy_ssl_verify_depth 3;",),
        "unknown-issuer": (
            (
                "Give the proxy the roots: nginx proxy_ssl_trusted_certificate ROOTS; HAProxy ca-file ROOTS on the "
                "server line; stunnel CAfile = ROOTS; for Azure, `azpg-tls bundle path` names the file."
            ),
        ),
        "hostname-mismatch": (
            (
                "Name the server: nginx proxy_ssl_name HOST and proxy_ssl_server_name on; HAProxy sni str(HOST) "
                "verifyhost HOST; stunnel checkHost = HOST and sni = HOST."
            ),
        ),
        "tls-not-offered": (
            "Switch TLS on in the server (ssl = on), or connect the proxy in the clear on a safe network.",
        ),
        "tls-required": ("Let the client ask for TLS: sslmode=require or better.",),
    },
)
