"""rust-native-tls: OpenSSL on Linux, SChannel on Windows, Secure Transport on macOS, each in its own words.

Sources: src/imp/{openssl,schannel,security_framework}.rs of native-tls; winerror.h (0x80090326 is -2146893018);
SecureTransport.h and the texts that SecCopyErrorMessageString gives.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root that the system trusts."),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible("root-store-outdated", "The roots may be older than the server's chain."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_OTHER_NAME = (
    likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
    possible("ip-address-target", "An address may have been connected to in place of the name."),
)
_EXPIRED = (
    likely("expired", "A certificate is outside of its time, mostly after it."),
    possible("not-yet-valid", "Its time may not have begun."),
    possible("clock-skew", "This machine's clock may be wrong."),
)
_REVOCATION = (certain("revocation-check-failed", "Windows could not find out whether the certificate is revoked."),)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection during the handshake."),
    likely("closed-before-tls", "It may not speak TLS there at all."),
    possible("direct-tls-unsupported", "With direct TLS a server before PostgreSQL 17 closes the connection."),
)
_IDENTITY = (
    likely("root-file-format", "The client's certificate and key cannot be read in that form."),
    possible("root-file-missing", "The path may lead to another file than was meant."),
)

# Windows' numbers as Rust prints them, signed, with what they mean.
_WINDOWS = {
    "2146762487": _UNTRUSTED,  # CERT_E_UNTRUSTEDROOT
    "2146762486": _UNTRUSTED,  # CERT_E_CHAINING
    "2146893019": _UNTRUSTED,  # SEC_E_UNTRUSTED_ROOT
    "2146762481": _OTHER_NAME,  # CERT_E_CN_NO_MATCH
    "2146893022": _OTHER_NAME,  # SEC_E_WRONG_PRINCIPAL
    "2146762495": _EXPIRED,  # CERT_E_EXPIRED
    "2146893016": _EXPIRED,  # SEC_E_CERT_EXPIRED
    "2146762482": _REVOCATION,  # CERT_E_REVOCATION_FAILURE
    "2146885614": _REVOCATION,  # CRYPT_E_NO_REVOCATION_CHECK
    "2146885613": _REVOCATION,  # CRYPT_E_REVOCATION_OFFLINE
    "2146762484": (certain("revoked", "CERT_E_REVOKED: the certificate has been revoked."),),
    "2146885616": (certain("revoked", "CRYPT_E_REVOKED: the certificate has been revoked."),),
    "2146762480": (certain("wrong-key-usage", "CERT_E_WRONG_USAGE: the certificate is not for servers."),),
    "2146893007": (
        likely("cipher-mismatch", "SEC_E_ALGORITHM_MISMATCH: nothing in common with the server."),
        possible("tls-version-unsupported", "It may be the TLS version."),
    ),
    "2146893018": (
        likely("malformed-tls", "SEC_E_ILLEGAL_MESSAGE: the server's answer is no TLS, or an alert."),
        likely("cipher-mismatch", "SChannel says the same of a handshake_failure that the server sent."),
        possible("client-certificate-required", "The server may want a client certificate."),
    ),
    "2146893048": (
        likely("malformed-tls", "SEC_E_INVALID_TOKEN: the server's answer is no TLS."),
        possible("direct-tls-unsupported", "It may have answered direct TLS in the clear."),
    ),
}

NATIVE_TLS = Client(
    "native-tls",
    "Rust's native-tls",
    over=("openssl",),
    signs=(
        *(sign(rf"os error -{number}", *meanings) for number, meanings in _WINDOWS.items()),
        sign(r"certificate chain processed, but terminated in a root certificate which is not trusted", *_UNTRUSTED),
        sign(r"certificate chain was issued by an authority that is not trusted", *_UNTRUSTED),
        sign(r"certificate chain could not be built to a trusted root", *_UNTRUSTED),
        sign(r"certificate's CN name does not match the passed value", *_OTHER_NAME),
        sign(r"target principal name is incorrect", *_OTHER_NAME),
        sign(r"required certificate is not within its validity period", *_EXPIRED),
        sign(r"received certificate has expired", *_EXPIRED),
        sign(r"revocation function was unable to check revocation", *_REVOCATION),
        sign(
            r"message received was unexpected or badly formatted",
            likely("malformed-tls", "SChannel says so of an answer that is no TLS, or of an alert."),
            likely("cipher-mismatch", "The server may have refused the handshake with an alert."),
            possible("client-certificate-required", "The server may want a client certificate."),
        ),
        sign(
            r"client and server cannot communicate, because they do not possess a common algorithm",
            likely("cipher-mismatch", "Nothing in common with the server."),
            likely("tls-version-unsupported", "Windows says the same if the TLS versions differ."),
        ),
        sign(r"The certificate was not trusted\.", *_UNTRUSTED),
        sign(r"An unknown root certificate was encountered", *_UNTRUSTED),
        sign(r"The trust policy was not trusted", *_UNTRUSTED),
        sign(r"invalid certificate chain", *_UNTRUSTED),
        sign(r"A host name mismatch has occurred", *_OTHER_NAME),
        sign(r"host name you connected with does not match", *_OTHER_NAME),
        sign(r"An expired certificate was detected", *_EXPIRED),
        sign(r"The certificate is not yet valid\.", likely("not-yet-valid", "A certificate's time has not begun.")),
        sign(r"connection closed (?:via error|gracefully|no notification sent)", *_CLOSED),
        sign(
            r"bad protocol version",
            likely("tls-version-unsupported", "Server and client have no TLS version in common."),
        ),
        sign(r"expected PKCS#8 PEM", *_IDENTITY),
        sign(r"at least one certificate must be provided to create an identity", *_IDENTITY),
        sign(r"RC2-40-CBC", *_IDENTITY),
        sign(r"MAC verification failed during PKCS12 import", *_IDENTITY),
        sign(r"unexpected EOF during handshake", *_CLOSED),
        sign(r"unexpected EOF(?! during)", *_CLOSED),
    ),
    aliases=("rust-native-tls",),
)
