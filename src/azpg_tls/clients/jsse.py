"""Java's TLS: what JSSE and its certificate path checks print, and the providers that take its place.

"Received fatal alert" is the server's refusal of us; a name in parentheses before a message ("(certificate_unknown)
PKIX path …", since JDK 21) is the alert that Java sends, its own verdict. Sources: sun.security.ssl,
sun.security.validator, sun.security.provider.certpath and sun.security.util.HostnameChecker of OpenJDK 8 to 25; Bouncy
Castle's org.bouncycastle.tls; Conscrypt's TrustManagerImpl; NSS's SSLerrs.h for JSS; IBM's com.ibm.jsse2.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign

UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root in the trust store that Java used."),
    possible("self-signed", "The server's certificate may have signed itself."),
    possible("root-store-outdated", "That store may be older than the server's chain, as in an old JDK or image."),
    possible("missing-intermediate", "The server may not send its intermediates; Java fetches none."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_EXPIRED = (
    likely("expired", "A certificate of the server's chain is past its time."),
    possible("clock-skew", "The clock of this machine may be ahead."),
)
_EARLY = (
    likely("not-yet-valid", "A certificate's time has not begun."),
    likely("clock-skew", "The clock of this machine may be behind, as in a virtual machine that slept."),
)
_WEAK = (
    likely(
        "weak-signature",
        "Java refuses a signature in the chain, mostly SHA-1 or MD5. Azure's servers have sent the SHA-1 root of "
        "DigiCert along, which a system-wide ban of SHA-1, as in RHEL 9, refuses too.",
    ),
    likely("weak-key", "Java refuses the size or kind of a key in the chain."),
    possible("certificate-not-strict", "The rules of this JVM (jdk.certpath.disabledAlgorithms) are stricter."),
)
_STRICT = (
    likely(
        "certificate-not-strict", "Java reads certificates more strictly than OpenSSL, and refuses this one's form."
    ),
    possible("weak-signature", "The algorithm of its signature may be unknown to this Java."),
    possible("weak-key", "The kind of its key may be unknown to this Java."),
)
_MISMATCH = (certain("hostname-mismatch", "The certificate is for other names than {name}."),)
_USAGE = (certain("wrong-key-usage", "The certificate's key usages do not allow it to be a TLS server's."),)
_CA = (certain("invalid-ca", "A certificate in the chain signed another and is no CA, or not one that deep."),)
_UNCHECKED = (
    likely("revocation-check-failed", "Revocation checks are on, and OCSP or the list could not be had."),
    possible("revoked", "The certificate's state is not known."),
)
_NOT_TLS = (
    likely("malformed-tls", "What came in answer to the handshake is no TLS."),
    likely("not-postgres", "Another service, or a proxy that speaks plain text, may listen on that port."),
    likely("tls-not-offered", "The server may have no TLS there."),
    possible("direct-tls-unsupported", "With sslNegotiation=direct: servers before PostgreSQL 17 do not know it."),
)
_OWN_VERSIONS = (
    likely("tls-version-unsupported", "Client and server have no TLS version in common; this JVM disables old ones."),
    possible("cipher-mismatch", "No cipher suite may be left either (jdk.tls.disabledAlgorithms)."),
    possible("client-library-bug", "An old driver or Java may offer old versions only."),
)
_OLD_JAVA = (
    likely("client-library-bug", "This Java cannot compute with the server's parameters; a newer one can."),
    likely("weak-key", "The server's Diffie-Hellman key may be of a size that this Java refuses."),
    possible("cipher-mismatch", "Other cipher suites may go round it."),
)


def _ours(what: str, *more: Meaning) -> tuple[Meaning, ...]:
    return (
        likely("client-certificate-required", f"The server refuses the certificate that this client sent: {what}."),
        *more,
        possible("handshake-rejected", "The server ended the handshake with that alert."),
    )


_REJECTED = (
    likely("handshake-rejected", "The server ended the handshake with an alert; its log says why."),
    possible("client-library-bug", "A TLS provider or driver may have sent what it should not."),
    possible("client-certificate-required", "It may be about the client's certificate or key."),
)

_UNREADABLE = (
    likely(
        "client-library-bug", "One side's TLS library got its keys or messages wrong: another Java or driver may do."
    ),
    likely("malformed-tls", "Something on the way, or a server of its own kind, may have changed the bytes."),
    possible("fork-shared-connection", "Two threads may have used one connection."),
)

# The alerts of RFC 8446 section 6 by Java's names, as the other side sent them.
RECEIVED: dict[str, tuple[Meaning, ...]] = {
    "handshake_failure": (
        likely("cipher-mismatch", "Most often client and server share no cipher suite, curve or signature scheme."),
        likely("client-certificate-required", "A server of TLS 1.2 that misses a client certificate says so too."),
        possible("tls-version-unsupported", "Some servers say so of a version that they do not take."),
        possible("sni-rejected", "Some proxies say so of a name that they do not serve."),
    ),
    "protocol_version": (
        likely("tls-version-unsupported", "The server does not take the TLS versions that this Java offers."),
        possible("client-library-bug", "An old driver or Java may offer old versions only."),
    ),
    "insufficient_security": (likely("cipher-mismatch", "The server wants stronger cipher suites than offered."),),
    "bad_certificate": _ours("it finds it faulty, or not that user's"),
    "unsupported_certificate": _ours("its kind or usage is not allowed there"),
    "certificate_revoked": _ours("it is revoked", possible("revoked", "The client's certificate is revoked.")),
    "certificate_expired": _ours("it has expired", possible("expired", "The client's certificate has expired.")),
    "certificate_unknown": _ours("it does not accept it"),
    "unknown_ca": _ours("no CA that the server trusts signed it"),
    "certificate_required": (
        certain("client-certificate-required", "The server demands a client certificate, and none was sent."),
    ),
    "no_certificate": _ours("none was sent"),
    "access_denied": _ours("it may not connect"),
    "decrypt_error": _ours("the key does not belong to it"),
    "unrecognized_name": (likely("sni-rejected", "The server or proxy does not know the name that was asked for."),),
    "no_application_protocol": (
        certain("alpn-mismatch", "The other side does not know ALPN postgresql: a proxy ends TLS there."),
    ),
    "close_notify": CLOSED,
    **dict.fromkeys(("bad_record_mac", "decryption_failed", "record_overflow"), _UNREADABLE),
}


def _received(alert: str, meanings: tuple[Meaning, ...]) -> tuple[Sign, ...]:
    return (
        sign(rf"Received fatal alert: {alert}", *meanings),
        sign(rf"SSL error: {alert}\b", *meanings),
        sign(rf"TlsFatalAlertReceived: {alert}\b", *meanings),
    )


JSSE = Client(
    "jsse",
    "Java's TLS",
    over=("java",),
    signs=(
        sign(r"unable to find valid certification path to requested target", *UNTRUSTED),
        sign(r"PKIX path building failed", *UNTRUSTED),
        sign(r"sun\.security\.validator\.ValidatorException(?!: )", *UNTRUSTED),
        sign(r"Path does not chain with any of the trust anchors", *UNTRUSTED),
        sign(r"Trust anchor for certification path not found", *UNTRUSTED),
        sign(r"could not build a valid CertPath", *UNTRUSTED),
        sign(r"Untrusted (?:server )?certificate", *UNTRUSTED),
        sign(r"Certificate chaining error", *UNTRUSTED),
        sign(r"No trusted certificate found", *UNTRUSTED),
        sign(r"No issuer certificate for certificate in certification path found", *UNTRUSTED),
        sign(r"TlsFatalAlert: (?:certificate_unknown|bad_certificate|unknown_ca)", *UNTRUSTED),
        sign(r"(?:SEC_ERROR_UNKNOWN_ISSUER|SEC_ERROR_UNTRUSTED_ISSUER|SEC_ERROR_CA_CERT_INVALID) \(-8", *UNTRUSTED),
        sign(
            r"General (?:SSL|OpenSsl)Engine problem",
            *UNTRUSTED,
            possible("hostname-mismatch", "The same words stand for a name that does not match."),
        ),
        sign(
            r"peer not authenticated",
            *UNTRUSTED,
            possible("hostname-mismatch", "The same words stand for a name that does not match."),
        ),
        sign(
            r"anchored by a distrusted .{1,60}? root CA",
            likely("root-retired", "Java no longer accepts certificates that this CA issued since that date."),
            possible("unknown-issuer", "The chain ends at a root that Java distrusts."),
        ),
        sign(r"(?:timestamp|validity) check failed", *_EXPIRED, *_EARLY),
        sign(r"CertificateExpiredException", *_EXPIRED),
        sign(r"\bNotAfter: ", *_EXPIRED),
        sign(r"Certificate expired at", *_EXPIRED),
        sign(r"SEC_ERROR_EXPIRED_CERTIFICATE", *_EXPIRED),
        sign(r"CertificateNotYetValidException", *_EARLY),
        sign(r"\bNotBefore: ", *_EARLY),
        sign(r"Chain validation failed", *_EXPIRED, *_EARLY),
        sign(r"Certificates do(?:es)? not conform to algorithm constraints", *_WEAK),
        sign(r"Algorithm constraints check failed", *_WEAK),
        sign(r"Algorithm constraints check failed on (?:the )?key(?:size)?\b", _WEAK[1], _WEAK[0], _WEAK[2]),
        sign(r"ServerKeyExchange does not comply (?:with|to) algorithm constraints", *_OLD_JAVA),
        sign(r"Could not generate (?:EC)?DH keypair", *_OLD_JAVA),
        sign(r"Prime size must be multiple of 64", *_OLD_JAVA),
        sign(r"No name matching (?P<name>[^\s]{1,253}) found", *_MISMATCH),
        sign(r"No subject alternative DNS name matching (?P<name>[^\s]{1,253}) found", *_MISMATCH),
        sign(r"Hostname \S{1,253} not verified", likely("hostname-mismatch", "The certificate is for other names.")),
        sign(r"doesn't match any of the subject alternative names", likely("hostname-mismatch", "Other names only.")),
        sign(r"SSL_ERROR_BAD_CERT_DOMAIN", likely("hostname-mismatch", "The certificate is for other names.")),
        sign(
            r"No subject alternative names matching IP address (?P<name>[0-9A-Fa-f.:]{2,45}) found",
            likely("hostname-mismatch", "The certificate does not name the address {name}."),
            likely("ip-address-target", "Connect to the server's name: certificates rarely hold addresses."),
        ),
        sign(
            r"No subject alternative names present",
            likely("no-subject-alternative-name", "The certificate has no subject alternative names."),
            likely("ip-address-target", "Java says so of a connection to an address: connect to the name."),
            likely("hostname-mismatch", "The certificate does not name what was connected to."),
        ),
        sign(
            r"Hostname or IP address is undefined",
            likely("client-library-bug", "The client checks names, and did not tell Java the server's."),
            possible("hostname-mismatch", "So no name can match."),
        ),
        sign(r"Extended key usage does not permit use for TLS server authentication", *_USAGE),
        sign(r"KeyUsage does not allow (?:digital signatures|key encipherment|key agreement)", *_USAGE),
        sign(r"Netscape cert type does not permit use for SSL server", *_USAGE),
        sign(r"CA key usage check failed", *_CA),
        sign(r"basic constraints check failed", *_CA),
        sign(r"End user tried to act as a CA", *_CA),
        sign(
            r"name constraints check failed",
            certain("name-constraint-violation", "A CA in the chain may not issue for that name."),
        ),
        sign(r"certificate chain length \(\d+\) exceeds", certain("chain-too-deep", "Java's limit is shorter.")),
        sign(r"unrecognized critical extension", *_STRICT),
        sign(r"Empty issuer DN not allowed", *_STRICT),
        sign(r"Failed to parse server certificates", *_STRICT),
        sign(r"CertificateParsingException", *_STRICT),
        sign(r"no more data allowed for version 1 certificate", *_STRICT),
        sign(r"Duplicate extensions not allowed", *_STRICT),
        sign(r"X\.509 Certificate is incomplete", *_STRICT),
        sign(
            r"(?:PKIX path validation failed: .{0,80}?)signature check failed",
            likely("bad-signature", "A signature in the chain does not fit its issuer's key."),
            possible("issuer-impostor", "A trusted root may have the issuer's name and another key."),
            possible("root-store-outdated", "The trust store may hold an older CA of the same name."),
        ),
        sign(
            r"SignatureException: Signature does not match",
            likely("bad-signature", "A signature in the chain does not fit its issuer's key."),
            possible("issuer-impostor", "A trusted root may have the issuer's name and another key."),
        ),
        sign(
            r"(?:EC|EdDSA|Ed25519|RSASSA-PSS) (?:KeyFactory|AlgorithmParameters|Signature) not available",
            likely("client-library-bug", "This Java lacks elliptic curves or newer keys: the module jdk.crypto.ec."),
            likely("cipher-mismatch", "Without them it shares no cipher suite with many servers."),
            possible("weak-key", "The certificate's key may be of a kind that this Java does not know."),
        ),
        sign(
            r"subject/issuer name chaining check failed",
            likely("unknown-issuer", "The certificates sent do not follow from one another."),
            possible("chain-out-of-order", "They may be sent in another order."),
        ),
        sign(r"revocation status check failed", *_UNCHECKED),
        sign(r"Could not determine revocation status", *_UNCHECKED),
        sign(r"Unable to determine revocation status", *_UNCHECKED),
        sign(r"Certificate does not specify OCSP responder", *_UNCHECKED),
        sign(r"Response is unreliable: its validity interval is out-of-date", *_UNCHECKED),
        sign(r"Certificate has been revoked", certain("revoked", "The CA has revoked a certificate of the chain.")),
        *(each for alert, meanings in RECEIVED.items() for each in _received(alert, meanings)),
        sign(r"Received fatal alert: [a-z]{2,20}_", *_REJECTED),
        sign(r"TlsFatalAlertReceived: ", *_REJECTED),
        sign(
            r"Received fatal alert: internal_error",
            likely("client-library-bug", "The server failed at something of this client's handshake, or by itself."),
            likely("handshake-rejected", "The server's log says why it ended the handshake."),
        ),
        sign(
            r"SSL_ERROR_[A-Z_]{3,40}ALERT \(-12\d{3}\)",
            likely("client-library-bug", "JSS, NSS as a Java provider, sent a handshake that the server refused."),
            likely("handshake-rejected", "The server ended the handshake with an alert."),
        ),
        sign(r"Tag mismatch\b", *_UNREADABLE),
        sign(r"Insufficient buffer remaining for AEAD cipher", *_UNREADABLE),
        sign(r"Invalid (?:TLS )?padding (?:length|data)\b", *_UNREADABLE),
        sign(r"Invalid (?:EC)?DH ServerKeyExchange signature", *_UNREADABLE),
        sign(r"\bpoint (?:has incorrect order|is not on curve)", *_UNREADABLE),
        sign(r"Could not generate secret\b", *_UNREADABLE),
        sign(r"PSQLException: SSL error: null", *_UNREADABLE),
        sign(r"No appropriate protocol", *_OWN_VERSIONS),
        sign(r"server selected protocol version \S{1,12} is not accepted by client preferences", *_OWN_VERSIONS),
        sign(r"Server chose \S{1,12}, but (?:that|it|protocol)", *_OWN_VERSIONS),
        sign(
            r"No (?:appropriate cipher suite|negotiable cipher suite|cipher suites? in common)",
            likely("cipher-mismatch", "Client and server share no cipher suite."),
            possible("tls-version-unsupported", "They may share no TLS version either."),
        ),
        sign(r"Unsupported or unrecognized SSL message", *_NOT_TLS),
        sign(r"Unrecognized SSL message, plaintext connection", *_NOT_TLS),
        sign(r"Unsupported record version", *_NOT_TLS),
        sign(r"Remote host terminated the handshake", *CLOSED),
        sign(r"Remote host closed connection during handshake", *CLOSED),
        sign(r"SSL peer shut down incorrectly", *CLOSED),
        sign(r"Received close_notify during handshake", *CLOSED),
        sign(r"closing inbound before receiving peer's close_notify", *CLOSED),
        sign(
            r"the trustAnchors parameter must be non-empty",
            likely("root-file-missing", "The trust store has no certificate: the file is missing, or no store."),
            likely("root-file-format", "Its type or password may be another than the settings say."),
            possible("jdbc-sslfactory", "The driver may read another store than the one that was filled."),
        ),
        sign(
            r"No X\.509 certificate for client authentication",
            likely("client-certificate-required", "The server asks for a client certificate, and none fits."),
        ),
        sign(
            r"cannot be cast to class \[Ljava\.security\.cert\.X509Certificate",
            likely(
                "client-library-bug", "The driver's name check takes for granted what a TLS provider need not give."
            ),
        ),
    ),
)
