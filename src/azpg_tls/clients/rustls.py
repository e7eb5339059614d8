"""rustls and webpki: below tokio-postgres and sqlx in Rust; stricter than OpenSSL, and without the system's habits.

Sources: rustls/src/error.rs and enums.rs of rustls 0.16 to 0.24-dev, src/error.rs of webpki 0.21 and 0.22 and of
rustls-webpki 0.100 to 0.103, tokio-rustls/src/common/handshake.rs. Names of errors come as Debug writes them: until
0.20 "WebPKIError(UnknownIssuer)" or "invalid certificate: …", since then "invalid peer certificate: …".
"""

from __future__ import annotations

from azpg_tls.clients.alerts import BY_ALERT
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_CAMEL = {
    "UnexpectedMessage": 10,
    "BadRecordMac": 20,
    "RecordOverflow": 22,
    "HandshakeFailure": 40,
    "BadCertificate(?!Status|Hash)": 42,
    "UnsupportedCertificate": 43,
    "CertificateRevoked": 44,
    "CertificateExpired": 45,
    "CertificateUnknown": 46,
    "IllegalParameter": 47,
    "UnknownCA": 48,
    "AccessDenied": 49,
    "DecodeError": 50,
    "DecryptError": 51,
    "ProtocolVersion": 70,
    "InsufficientSecurity": 71,
    "InternalError": 80,
    "InappropriateFallback": 86,
    "UserCanceled": 90,
    "NoRenegotiation": 100,
    "MissingExtension": 109,
    "UnsupportedExtension": 110,
    "Unrecogni[sz]edName": 112,
    "CertificateRequired": 116,
    "NoApplicationProtocol": 120,
}
# The words of rustls's development version, after "received fatal alert: the peer ".
_WORDS = {
    "rejected the certificate as corrupt or incorrectly signed": 42,
    "did not support the certificate": 43,
    "found the certificate to be revoked": 44,
    "found the certificate to be expired": 45,
    "rejected the certificate for an unspecified reason": 46,
    "found the certificate was not issued by a trusted CA": 48,
    "denied access": 49,
    "required a client certificate": 116,
    "encountered an internal error": 80,
    "canceled the handshake": 90,
    "did not recognize a name in the": 112,
    "did not support any of the offered application protocols": 120,
}

UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root that the client was given."),
    likely("missing-intermediate", "The server may send its own certificate alone: rustls fetches no intermediate."),
    possible("root-store-outdated", "webpki-roots or the file may be older, or newer, than the server's chain."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_NOT_STRICT = (
    certain("certificate-not-strict", "rustls refuses how the certificate is made; OpenSSL is less strict."),
)
_EXPIRED = (
    certain("expired", "A certificate of the chain has expired."),
    possible("clock-skew", "This machine's clock may be ahead."),
)
_NOT_YET = (
    likely("not-yet-valid", "A certificate's time has not begun."),
    likely("clock-skew", "This machine's clock may be behind."),
)
_OTHER_NAME = (
    likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
    possible("ip-address-target", "An address may have been connected to in place of the name."),
    possible("no-subject-alternative-name", "The certificate may have a Common Name only: rustls does not look at it."),
)
_SIGNATURE = (
    likely("bad-signature", "A certificate is not signed with the key of the CA that it names."),
    likely("issuer-impostor", "The trusted root may have the issuer's name, and another key."),
    possible("unknown-issuer", "The CA may have been made anew under the same name: give the new root."),
)
_ALGORITHM = (
    likely("certificate-not-strict", "rustls does not take the signature algorithm of a certificate."),
    likely("weak-signature", "It may be SHA-1 or MD5."),
    possible("weak-key", "It may be RSA with fewer than 2048 bits, or a curve that rustls lacks."),
)
_REVOCATION = (certain("revocation-check-failed", "The client checks revocation, and had no list that could tell."),)
_CONSTRAINT = (certain("name-constraint-violation", "A CA of the chain may not sign for that name."),)
_PURPOSE = (certain("wrong-key-usage", "The certificate is not for servers (extended key usage serverAuth)."),)
_INCOMPATIBLE = (
    likely("cipher-mismatch", "Client and server have no cipher suite, group or signature in common."),
    possible("client-certificate-required", "It may be the signature of the client's certificate."),
)
_OLD_SERVER = (
    certain("tls-version-unsupported", "The server has neither TLS 1.2 nor 1.3, or not those that the client allows."),
)
_CA_AS_LEAF = (
    likely("self-signed", "The server shows a CA certificate as its own, mostly one that signed itself."),
    likely("certificate-not-strict", "rustls takes no CA certificate (CA:TRUE) as a server's; OpenSSL does."),
    possible("unknown-issuer", "It may stand among the trusted roots, which does not help rustls."),
)
_GARBLED = (
    likely("malformed-tls", "What the server sent is not what TLS sends at that point."),
    possible("direct-tls-unsupported", "It may have answered direct TLS in the clear."),
    possible("not-postgres", "It may be another service."),
)
_EOF = (
    likely("handshake-closed", "The other side ended the connection during the handshake."),
    likely("closed-before-tls", "It may not speak TLS there at all."),
    possible("direct-tls-unsupported", "With direct TLS a server before PostgreSQL 17 closes the connection."),
)
_NO_CERTIFICATE = (
    likely("malformed-tls", "The server showed no certificate, which TLS does not allow."),
    possible("cipher-mismatch", "It may use a cipher suite without certificates."),
)

RUSTLS = Client(
    "rustls",
    "rustls",
    over=("securetransport", "schannel"),
    signs=(
        sign(r"\bUnknownIssuer\b", *UNTRUSTED),
        sign(r"invalid (?:peer )?certificate: (?:\w{1,20}\(){0,2}Expired\b", *_EXPIRED),
        sign(r"\bExpiredContext\b", *_EXPIRED),
        sign(r"\bCertExpired\b", *_EXPIRED),
        sign(r"certificate expired: verification time", *_EXPIRED),
        sign(r"\bCertNotValidYet\b", *_NOT_YET),
        sign(r"\bNotValidYet(?:Context)?\b", *_NOT_YET),
        sign(r"certificate not valid yet: verification time", *_NOT_YET),
        sign(r"\bCertNotValidForName\b", *_OTHER_NAME),
        sign(r"\bNotValidForName(?:Context)?\b", *_OTHER_NAME),
        sign(
            r"certificate not valid for name \"?(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3})\"?",
            likely("hostname-mismatch", "The address {host} was connected to, and the certificate does not hold it."),
            likely("ip-address-target", "Connect by the server's name in place of {host}."),
        ),
        sign(
            r"certificate not valid for name \"?(?P<host>[\w.-]{1,253})\"?; certificate is not valid for any names",
            likely("hostname-mismatch", "The certificate has no subjectAltName at all, so that it is not for {host}."),
            likely("no-subject-alternative-name", "rustls does not look at the Common Name."),
        ),
        sign(
            r"certificate not valid for name \"?(?P<host>[\w.:-]{1,253})\"?",
            likely("hostname-mismatch", "The certificate is not for {host}."),
        ),
        sign(r"\bBadSignature\b", *_SIGNATURE),
        sign(r"\bInvalidSignatureForPublicKey\b", *_SIGNATURE),
        sign(r"\bUnsupportedCertVersion\b", *_NOT_STRICT),
        sign(r"\bCaUsedAsEndEntity\b", *_CA_AS_LEAF),
        sign(
            r"\bEndEntityUsedAsCa\b",
            likely("invalid-ca", "A certificate signed another one and is not marked as a CA's."),
            possible("unknown-issuer", "The trusted file may hold the server's own certificate in place of the root."),
        ),
        sign(
            r"\bPathLenConstraintViolated\b",
            likely("invalid-ca", "A CA of the chain allows fewer CAs below it (pathlen) than there are."),
        ),
        sign(
            r"\bMaximum(?:PathBuildCalls|SignatureChecks|PathDepth|NameConstraintComparisons)Exceeded\b",
            likely("chain-too-deep", "The chain is longer, or its CAs are more, than webpki tries."),
            possible("unknown-issuer", "The trusted file may hold very many certificates."),
        ),
        sign(r"\bUn(?:supported|handled)CriticalExtension\b", *_NOT_STRICT),
        sign(r"\bMissingOrMalformedExtensions\b", *_NOT_STRICT),
        sign(r"\bExtensionValueInvalid\b", *_NOT_STRICT),
        sign(r"\bMalformedExtensions\b", *_NOT_STRICT),
        sign(r"\bInvalidSerialNumber\b", *_NOT_STRICT),
        sign(r"\bInvalidCertValidity\b", *_NOT_STRICT),
        sign(r"\bMalformedDnsIdentifier\b", *_NOT_STRICT),
        sign(r"invalid peer certificate: BadEncoding", *_NOT_STRICT),
        sign(
            r"invalid peer certificate (?:encoding|contents)(?!: invalid)",
            likely("certificate-not-strict", "rustls before 0.20 says so of all that it could not read or accept."),
            possible("unknown-issuer", "The text was cut off: the chain may end at a root that is not trusted."),
        ),
        sign(r"WebPKIError\((?:BadDer|BadDERTime)", *_NOT_STRICT),
        sign(r"invalid peer certificate: .{0,60}?\bBadDer(?:Time)?\b", *_NOT_STRICT),
        sign(r"\bUnsupportedSignatureAlgorithm\w{0,30}", *_ALGORITHM),
        sign(r"\bNameConstraintViolation\b", *_CONSTRAINT),
        sign(r"\bInvalidPurpose(?:Context)?\b", *_PURPOSE),
        sign(r"\bRequiredEkuNotFound\w{0,10}", *_PURPOSE),
        sign(r"certificate does not allow extended key usage for server", *_PURPOSE),
        sign(r"invalid peer certificate: (?:CertificateError::)?Revoked", certain("revoked", "It has been revoked.")),
        sign(r"\bCertRevoked\b", certain("revoked", "A certificate of the chain has been revoked.")),
        sign(r"\bUnknownRevocationStatus\b", *_REVOCATION),
        sign(r"\bExpiredRevocationList\w{0,10}", *_REVOCATION),
        sign(r"\bCrlExpired\b", *_REVOCATION),
        sign(r"certificate revocation list expired", *_REVOCATION),
        sign(r"\bInvalidOcspResponse\b", *_REVOCATION),
        sign(
            r"\bApplicationVerificationFailure\b",
            likely("pin-mismatch", "The program's own check refused the certificate."),
            possible("unknown-issuer", "That check may be one of the issuer."),
        ),
        *(sign(rf"received fatal alert: {words}", *BY_ALERT[number]) for words, number in _CAMEL.items()),
        *(sign(rf"AlertReceived\({words}", *BY_ALERT[number]) for words, number in _CAMEL.items()),
        *(sign(rf"received fatal alert: the peer {words}", *BY_ALERT[number]) for words, number in _WORDS.items()),
        sign(r"peer is incompatible: .{0,60}?No\w{2,40}InCommon", *_INCOMPATIBLE),
        sign(r"peer is incompatible: .{0,60}?no ciphersuites in common", *_INCOMPATIBLE),
        sign(r"ServerDoesNotSupportTls12Or13", *_OLD_SERVER),
        sign(r"server does not support TLS v1\.2/v1\.3", *_OLD_SERVER),
        sign(r"ServerTlsVersionIsDisabledByOurConfig", *_OLD_SERVER),
        sign(
            r"peer is incompatible: ",
            likely("cipher-mismatch", "The server lacks something that rustls needs."),
            possible("tls-version-unsupported", "It may be the TLS version."),
        ),
        sign(
            r"peer misbehaved: ",
            likely("malformed-tls", "The server's answer is not what TLS allows."),
            possible("client-library-bug", "rustls may be stricter than the server's library expects."),
        ),
        sign(r"peer doesn't support any known protocol", *BY_ALERT[120]),
        sign(r"SelectedUnofferedApplicationProtocol", *BY_ALERT[120]),
        sign(r"peer sent no certificates", *_NO_CERTIFICATE),
        sign(r"\bNoCertificatesPresented\b", *_NO_CERTIFICATE),
        sign(r"received corrupt message", *_GARBLED),
        sign(r"received unexpected (?:handshake )?message: got", *_GARBLED),
        sign(r"InappropriateHandshakeMessage", *_GARBLED),
        sign(r"InappropriateMessage", *_GARBLED),
        sign(r"cannot decrypt peer's message", *_GARBLED),
        sign(r"tls handshake eof", *_EOF),
        sign(
            r"Sending fatal alert (?:BadCertificate|Unknown ?CA|CertificateUnknown)",
            possible("unknown-issuer", "rustls refused the server's certificate; the line after this says why."),
        ),
        sign(
            r"peer closed connection without sending TLS close_notify",
            likely("handshake-closed", "The other side ended the connection without a word."),
            likely("closed-after-tls", "TLS may have stood by then: a restart, or an idle connection."),
            possible("closed-before-tls", "It may not speak TLS there at all."),
        ),
        sign(
            r"invalid (?:dns|server) name",
            likely("hostname-mismatch", "The host given is no name that a certificate could be for."),
            likely("ip-address-target", "It may be an address: rustls before 0.21 verifies none."),
        ),
        sign(
            r"\bInvalidDnsNameError\b",
            likely("hostname-mismatch", "The host given is no name that a certificate could be for."),
            likely("ip-address-target", "It may be an address: webpki 0.22 and older verify none."),
        ),
        sign(
            r"presented server name type wasn't supported",
            likely("ip-address-target", "rustls before 0.21 verifies names only, no addresses."),
        ),
        sign(
            r"no (?:native )?root (?:CA )?certificates found",
            likely("root-file-missing", "The machine or image has no root store: install ca-certificates."),
            possible("root-file-permissions", "The store may not be readable."),
        ),
        sign(
            r"no valid (?:native )?root (?:CA )?certificates found",
            likely("root-file-format", "The root store has nothing that rustls can read."),
        ),
        sign(
            r"Could not automatically determine the process-level CryptoProvider",
            certain("client-library-bug", "The program has two or no crypto providers of rustls, and chose none."),
        ),
        sign(
            r"no process-level CryptoProvider available",
            certain("client-library-bug", "The program did not install a crypto provider of rustls."),
        ),
        sign(
            r"keys may not be consistent: KeyMismatch",
            certain("root-file-format", "The client's key does not belong to its certificate."),
        ),
    ),
)
