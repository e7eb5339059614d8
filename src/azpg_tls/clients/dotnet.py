""".NET: SslStream's verdicts, certificate chains, sockets and files, as every driver of .NET shows them.

The names of chain states and alerts, and numbers, are the same in every language. Sources: System.Net.Security
(Strings.resx, TlsAlertMessage), System.Security.Cryptography.X509Certificates (X509ChainStatusFlags), Interop.OpenSsl
and Interop.AppleCrypto of dotnet/runtime 2 to 10; System.Net of .NET Framework 4; Mono.Security.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign
from azpg_tls.clues import on_azure

REJECTED = (
    possible("unknown-issuer", "Mostly the chain does not end at a root that .NET or the given root file trusts."),
    possible("hostname-mismatch", "The same words stand for a name that does not match."),
    possible("revocation-check-failed", "They stand for a revocation check that could not be made, too (Npgsql 9.0)."),
    possible("root-store-outdated", "The roots may be older than the server's chain."),
    possible("self-signed", "The server's certificate may have signed itself."),
    possible("expired", "A certificate may have expired."),
)
_INVALID = (
    likely("unknown-issuer", "Mostly the chain does not end at a root that this machine trusts."),
    likely("self-signed", "The server's certificate may have signed itself."),
    possible("hostname-mismatch", "The same words stand for a name that does not match."),
    possible("root-store-outdated", "The machine's roots may be older than the server's chain."),
    possible("expired", "A certificate may have expired."),
)
# Written only where the chain is all that is wrong (SslStream.IO.cs).
_CHAIN = tuple(possible(m.code, m.why) for m in _INVALID if m.code != "hostname-mismatch")
_PARTIAL = (
    likely("unknown-issuer", "No chain to a root could be built from what the server sent and this machine trusts."),
    likely("missing-intermediate", "The server may not send its intermediates."),
    possible("root-store-outdated", "The root may be newer than this machine's store."),
)
_ROOT = (
    likely("unknown-issuer", "The chain ends at a root that is not trusted here."),
    possible("self-signed", "The server's certificate may have signed itself."),
    possible("root-store-outdated", "The root may be newer than this machine's store."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_TIME = (
    likely("expired", "A certificate of the chain is past its time."),
    possible("not-yet-valid", "Or its time has not begun."),
    possible("clock-skew", "The clock of this machine may be wrong."),
)
_MISMATCH = (
    likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
    possible("ip-address-target", "An address may have been connected to."),
    possible("no-subject-alternative-name", "It may have no DNS name at all."),
)
_UNCHECKED = (
    likely("revocation-check-failed", "The revocation check is on, and OCSP or the list could not be had."),
    possible("unknown-issuer", "The chain may be incomplete, too, so that nobody can be asked."),
)
_NO_TLS = (
    likely("malformed-tls", "What came in answer to the handshake is no TLS."),
    likely("not-postgres", "Another service, or a proxy that speaks plain text, may listen on that port."),
    possible("tls-not-offered", "The server may have no TLS there."),
    possible("tls-version-unsupported", "Old .NET says so of a version that it does not know."),
)
_CONSTRAINT = (likely("name-constraint-violation", "A CA in the chain may not issue for that name."),)
_CONSTRAINTS = ("InvalidNameConstraints", "HasNotPermittedNameConstraint", "HasExcludedNameConstraint")
_WAITED = (
    likely("handshake-timeout", "The server's answer did not come in Timeout."),
    likely("pool-timeout", "The client may have been too busy, or a query too slow for Command Timeout."),
    possible("no-reply", "What listens there may not be PostgreSQL."),
    possible("tcp-timeout", "A firewall may drop the packets."),
)
_FILE = r"\.(?:crt|pem|cer|key|pfx|p12)"
_FILE_FORMAT = (
    likely("root-file-format", "A file of certificates or keys is not in the form that .NET reads."),
    possible("root-file-missing", "It may be empty, or another than was meant."),
)


def _ours(what: str) -> tuple[Meaning, ...]:
    return (
        likely("client-certificate-required", f"The server refuses the certificate that this client sent: {what}."),
        possible("handshake-rejected", "The server ended the handshake with that alert."),
    )


_ALERT = (likely("handshake-rejected", "The server ended the handshake with an alert; its log says why."),)
# TlsAlertMessage's names of what the other side sent; a number where the enumeration has no name.
_ALERTS: dict[str, tuple[Meaning, ...]] = {
    "HandshakeFailure": (
        likely("cipher-mismatch", "Client and server share no cipher suite, curve or signature scheme."),
        likely("client-certificate-required", "A server of TLS 1.2 that misses a client certificate says so too."),
    ),
    "ProtocolVersion": (likely("tls-version-unsupported", "The server does not take the TLS versions offered."),),
    "InsuffientSecurity": (likely("cipher-mismatch", "The server wants stronger cipher suites than offered."),),
    "BadCertificate": _ours("it finds it faulty, or not that user's"),
    "UnsupportedCert": _ours("its kind or usage is not allowed there"),
    "CertificateRevoked": _ours("it is revoked"),
    "CertificateExpired": _ours("it has expired"),
    "CertificateUnknown": _ours("it does not accept it"),
    "UnknownCA": _ours("no CA that the server trusts signed it"),
    "AccessDenied": _ours("it may not connect"),
    "DecryptError": _ours("the key does not belong to it"),
    "116": (certain("client-certificate-required", "Alert 116: the server demands a client certificate."),),
    "112": (likely("sni-rejected", "Alert 112: the server or proxy does not know the name that was asked for."),),
    "120": (certain("alpn-mismatch", "Alert 120: the other side does not know ALPN postgresql; a proxy ends TLS."),),
    "InternalError": (
        likely("client-library-bug", "SChannel's resumption of sessions fails so against some servers' OpenSSL."),
        likely("handshake-rejected", "The server failed at this handshake; its log says why."),
    ),
}


def _alert(name: str, meanings: tuple[Meaning, ...]) -> Sign:
    return sign(rf"(?:remote party sent a TLS alert: |TLS.{{0,60}}?: )?'{name}'", *meanings)


_REFUSED = (
    loopback.refused("Name the server in the connection string: Host=SERVER;Port=5432."),
    likely("tcp-refused", "The machine answered that nothing listens on that port, or a firewall refuses."),
)
_TIMEOUT = (
    likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it, or the route is missing."),
    possible("private-dns-zone", "The name may lead to the public address of a server with private access.", on_azure),
)
_UNKNOWN = (
    likely("dns-failure", "This machine finds no address for the server's name."),
    possible("private-dns-zone", "The name of a server with private access is known in its own network.", on_azure),
)
_UNREACHABLE = (likely("tcp-unreachable", "There is no route to the server's address from this machine."),)
# SocketException's numbers: Winsock's, then those of Linux, then of macOS.
_SOCKET = (
    (r"SocketException \((?:0x80004005, )?(?:10061|111|61)\)", _REFUSED),
    (r"SocketException \((?:0x80004005, )?(?:10060|110|60)\)", _TIMEOUT),
    (r"SocketException \((?:0x80004005, )?(?:1100[1-4]|-13107[0-9]|00000005, (?:0xFFFDFFFF|6))\)", _UNKNOWN),
    (r"SocketException \((?:0x80004005, )?(?:1005[34]|10[34]|5[34])\)", CLOSED),
    (r"SocketException \((?:0x80004005, )?(?:10051|10065|101|113|51|65)\)", _UNREACHABLE),
)

DOTNET = Client(
    "dotnet",
    ".NET",
    over=("schannel", "openssl"),
    signs=(
        # EAI_AGAIN of getaddrinfo, to which .NET gives the words of errno 11 (SocketError.TryAgain)
        sign(
            r"SocketException \((?:00000001, )?11\): Resource temporarily unavailable",
            likely("dns-failure", "No name server answered, or none that knows the name."),
            possible("private-dns-zone", "The name may be in a private DNS zone that is not linked here.", on_azure),
        ),
        sign(r"SocketException \([\w, -]{1,30}\): [^:]{1,80}? at System\.Net\.Dns\.", *_UNKNOWN),
        sign(r"certificate was rejected by (?:the provided )?RemoteCertificateValidationCallback", *REJECTED),
        sign(r"certificate is invalid according to the validation procedure", *_INVALID),
        sign(
            r"(?:certificate is invalid according to the )?validation procedure: RemoteCertificateNameMismatch",
            *_MISMATCH,
        ),
        sign(
            r"(?:certificate is invalid according to the )?validation procedure: RemoteCertificateChainErrors",
            *_INVALID,
        ),
        sign(r"\bRemoteCertificateNameMismatch\b", *_MISMATCH),
        sign(r"\bRemoteCertificateChainErrors\b", *_CHAIN),
        sign(
            r"\bRemoteCertificateNotAvailable\b",
            likely("handshake-closed", "The server sent no certificate, or the handshake ended before it."),
            possible("client-library-bug", "The runtime may not have shown the certificate."),
        ),
        sign(r"certificate is invalid because of errors in the certificate chain", *_CHAIN),
        sign(r"Could not establish trust relationship for the SSL/TLS secure channel", *_INVALID),
        sign(r"\bPartialChain\b", *_PARTIAL),
        sign(r"\bUntrustedRoot\b", *_ROOT),
        sign(r"\bNotTimeValid\b", *_TIME),
        sign(r"\bRevocationStatusUnknown\b", *_UNCHECKED),
        sign(r"\bOfflineRevocation\b", *_UNCHECKED),
        sign(r"\bPartialChain\b.{0,300}?\b(?:RevocationStatusUnknown|OfflineRevocation)\b", *_PARTIAL),
        sign(r"\b(?:RevocationStatusUnknown|OfflineRevocation)\b.{0,300}?\bPartialChain\b", *_PARTIAL),
        sign(r"\bUntrustedRoot\b.{0,300}?\b(?:RevocationStatusUnknown|OfflineRevocation)\b", *_ROOT),
        sign(r"\b(?:RevocationStatusUnknown|OfflineRevocation)\b.{0,300}?\bUntrustedRoot\b", *_ROOT),
        sign(r"certificate chain: Revoked\b", likely("revoked", "The CA has revoked a certificate of the chain.")),
        sign(r"\bNotSignatureValid\b", likely("bad-signature", "A signature in the chain does not fit.")),
        sign(r"\bNotValidForUsage\b", likely("wrong-key-usage", "The certificate is not for TLS servers.")),
        sign(r"\bInvalidBasicConstraints\b", likely("invalid-ca", "A certificate that signed another is no CA.")),
        *(sign(rf"\b{name}\b", *_CONSTRAINT) for name in _CONSTRAINTS),
        sign(r"\bHasWeakSignature\b", likely("weak-signature", "A signature in the chain is too weak for .NET.")),
        sign(
            r"\bExplicitDistrust\b",
            likely("root-retired", "The root is among those that this machine distrusts."),
            possible("unknown-issuer", "The chain ends at a root that is not trusted here."),
        ),
        *(_alert(name, meanings) for name, meanings in _ALERTS.items()),
        sign(r"remote party sent a TLS alert", *_ALERT),
        sign(r"remote party has closed the transport stream", *CLOSED),
        sign(r"unexpected EOF or 0 bytes from the transport stream", *CLOSED),
        sign(r"Received incomplete authentication message", *CLOSED),
        sign(r"OpenSSL error - SSL_ERROR_SYSCALL", *CLOSED),
        sign(r"Unable to (?:read|write) data (?:from|to) the transport connection", *CLOSED),
        sign(r"handshake failed due to an unexpected packet format", *_NO_TLS),
        sign(r"Cannot determine the frame size or a corrupted frame was received", *_NO_TLS),
        sign(
            r"A call to SSPI failed",
            possible("unknown-issuer", "The handshake failed; the inner exception says why."),
            possible("tls-version-unsupported", "Old .NET Framework offers old TLS versions only."),
            possible("cipher-mismatch", "Client and server may share no cipher suite."),
        ),
        sign(
            r"AppleCrypto\+SslException: bad protocol version",
            likely("tls-version-unsupported", "macOS's SecureTransport, below SslStream, knows no TLS 1.3."),
            likely("client-library-bug", "It also stumbles over long certificate chains."),
        ),
        sign(
            r"AppleCrypto\+SslException: ",
            likely("handshake-rejected", "macOS's SecureTransport ended the handshake, or the server did."),
            possible("unknown-issuer", "It may not trust the server's certificate."),
        ),
        sign(
            r"OpenSSL error - SSL_ERROR_SSL\b(?!.{0,60}?--->)",
            possible("handshake-rejected", "OpenSSL ended the handshake; the inner exception says why."),
            possible("cipher-mismatch", "Client and server may share no cipher suite."),
            possible("tls-version-unsupported", "They may share no TLS version."),
        ),
        sign(
            r"\breason\(1120\)",
            certain("alpn-mismatch", "1120 is alert 120: a proxy that does not know ALPN postgresql ends TLS there."),
        ),
        sign(
            r"\breason\(1116\)",
            certain("client-certificate-required", "1116 is alert 116: the server demands a client certificate."),
        ),
        sign(
            r"No usable version of (?:the )?libssl was found",
            certain("client-without-tls", "The image has no OpenSSL that this .NET can use."),
        ),
        sign(
            r"type initializer for '[^']{0,40}(?:OpenSsl|Ssl|Crypto)' threw",
            likely("client-without-tls", ".NET could not load its TLS library."),
            possible("client-library-bug", "The OpenSSL that it found may not fit."),
        ),
        *(sign(pattern, *meanings) for pattern, meanings in _SOCKET),
        sign(r"TimeoutException: The operation has timed out", *_WAITED),
        sign(r"NpgsqlException(?: \(0x80004005\))?: The operation has timed out", *_WAITED),
        sign(
            rf"Could not find (?:file|a part of the path) '[^']{{1,300}}{_FILE}",
            likely("root-file-missing", "A file that the settings name is not there."),
        ),
        sign(
            rf"Access to the path '[^']{{1,300}}{_FILE}' is denied",
            likely("root-file-permissions", "The account may not read the file."),
        ),
        sign(r"certificate contents do not contain a PEM", *_FILE_FORMAT),
        sign(r"key contents do not contain a PEM", *_FILE_FORMAT),
        sign(r"specified network password is not correct", *_FILE_FORMAT),
        sign(r"ASN1 corrupted data", *_FILE_FORMAT),
    ),
    windows=True,
)
