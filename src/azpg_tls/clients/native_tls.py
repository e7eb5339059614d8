"""rust-native-tls: OpenSSL on Linux, SChannel on Windows, Secure Transport on macOS, each in its own words.

Sources: src/imp/{openssl,schannel,security_framework}.rs of native-tls 0.2, src/ssl/error.rs of openssl 0.10,
src/secure_transport.rs of security-framework; SecCopyErrorMessageString of macOS. Windows' numbers follow the text, as
in "(os error -2146762487)".
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign
from azpg_tls.clients.verification import UNTRUSTED

_OTHER_NAME = (
    likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
    possible("ip-address-target", "An address may have been connected to in place of the name."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection during the handshake."),
    likely("closed-before-tls", "It may not speak TLS there at all."),
    possible("direct-tls-unsupported", "With direct TLS a server before PostgreSQL 17 closes the connection."),
)
_IDENTITY = (
    likely("root-file-format", "The client's certificate and key cannot be read in that form."),
    possible("root-file-missing", "The path may lead to another file than was meant."),
)
# The error of an OpenSSL verification as Debug writes it behind the reason: x509_vfy.h.
_VERIFY = {
    9: (likely("not-yet-valid", "A certificate's time has not begun."),),
    10: (likely("expired", "A certificate of the chain has expired."),),
    18: (
        likely("self-signed", "The server's certificate signed itself, and the client does not trust it."),
        possible("unknown-issuer", "It may be a private root's."),
    ),
    19: UNTRUSTED,
    20: UNTRUSTED,
    21: (
        likely("unknown-issuer", "The issuer of the server's certificate is not among the trusted ones."),
        likely("missing-intermediate", "The server sent one certificate alone, without its intermediates."),
    ),
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}

NATIVE_TLS = Client(
    "native-tls",
    "Rust's native-tls",
    over=("openssl", "schannel", "securetransport"),
    signs=(
        *(
            sign(rf"certificate verify failed.{{0,200}}?X509VerifyResult {{ code: {code}\b", *meanings)
            for code, meanings in _VERIFY.items()
        ),
        sign(r"unknown root certificate was encountered", *UNTRUSTED),
        sign(r"trust policy was not trusted", *UNTRUSTED),
        sign(r"invalid certificate chain", *UNTRUSTED),
        sign(r"host name mismatch has occurred", *_OTHER_NAME),
        sign(r"host name you connected with does not match", *_OTHER_NAME),
        sign(
            r"expired certificate was detected",
            likely("expired", "A certificate of the chain has expired."),
            possible("clock-skew", "This machine's clock may be ahead."),
        ),
        sign(r"connection closed (?:via error|gracefully|no notification sent)", *_CLOSED),
        sign(
            r"bad protocol version",
            likely("tls-version-unsupported", "Server and client have no TLS version in common."),
        ),
        sign(r"One or more parameters passed to a function were not valid", *_IDENTITY),
        sign(r"expected PKCS#8 PEM", *_IDENTITY),
        sign(r"at least one certificate must be provided to create an identity", *_IDENTITY),
        sign(r"RC2-40-CBC", *_IDENTITY),
        sign(r"MAC verification failed during PKCS12 import", *_IDENTITY),
        sign(r"unexpected EOF during handshake", *_CLOSED),
        sign(r"unexpected EOF(?! during)", *_CLOSED),
    ),
    aliases=("rust-native-tls",),
)
