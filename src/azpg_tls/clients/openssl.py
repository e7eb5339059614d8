"""OpenSSL's own words beside verification errors and alerts: why a handshake fails, and why a file cannot be read.

Most clients that are not Java, Go or .NET pass them on: after "SSL error:" (libpq), in "[SSL: NAME]" (Python), as
ERR_SSL_NAME (Node), or packed: error:1408F10B:SSL routines:function:reason (library 8 bits, function 12, reason 12)
up to 1.1.1, error:0A00010B:SSL routines:function:reason from 3.0. Sources: ssl/ssl_err.c, crypto/pem/pem_err.c,
crypto/x509/x509_err.c, crypto/pkcs12/pk12err.c, include/openssl/sslerr.h of 1.0.2 to 3.5.
"""

from __future__ import annotations

from azpg_tls.clients.alerts import ALERTS, BAD_RECORD, MALFORMED
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign
from azpg_tls.clients.verification import UNTRUSTED, VERIFICATION

__all__ = ["OPENSSL", "UNTRUSTED"]

NO_TLS = (
    likely("tls-not-offered", "The answer was no TLS: TLS was begun where the server, or a proxy, speaks plaintext."),
    possible("direct-tls-unsupported", "The client may have begun TLS at once, where an SSLRequest is to come first."),
    possible("not-postgres", "Something that is not PostgreSQL may listen there."),
    possible("tls-version-unsupported", "OpenSSL 1.1.0 and older say so of a TLS version that they do not take."),
)
_UNKNOWN_PROTOCOL = (
    likely("tls-version-unsupported", "The client takes no TLS version that the server has."),
    possible("tls-not-offered", "OpenSSL 1.0 says so too if the answer was no TLS."),
    possible("not-postgres", "Something that is not PostgreSQL may listen there."),
)
VERSION = (
    likely(
        "tls-version-unsupported", "Client and server have no TLS version in common; mostly one has 1.0 or 1.1 only."
    ),
    possible("client-library-bug", "The client's TLS library may be too old for TLS 1.2."),
    possible("tls-intercepted", "A product on the way may speak old TLS only."),
)
CIPHER = (
    likely("cipher-mismatch", "Client and server have no cipher suite, group or signature algorithm in common."),
    possible("tls-version-unsupported", "Old servers and clients share none because they share no TLS version."),
    possible("weak-signature", "The system's crypto policy may forbid what the other side has."),
)
WEAK_KEY = (
    likely("weak-key", "A key is too short for this OpenSSL's security level (2 asks for RSA 2048, DH 2048)."),
    possible("weak-signature", "The system's crypto policy may refuse what was allowed before its upgrade."),
    possible("cipher-mismatch", "Another key exchange (ECDHE) would not need that key."),
)
WEAK_SIGNATURE = (
    likely("weak-signature", "A certificate is signed with SHA-1 or MD5, which this OpenSSL's security level refuses."),
    possible("weak-key", "The system's crypto policy may refuse what was allowed before its upgrade."),
    possible("cipher-mismatch", "Client and server may share no signature algorithm."),
)
CLOSED = (
    likely("handshake-closed", "The other side ended the connection without TLS's goodbye (close_notify)."),
    likely("closed-before-tls", "A firewall, pooler or proxy between may have ended it."),
    possible("closed-after-tls", "It may have been ended later: a restart, or an idle connection of a pool."),
)
SHARED = (
    likely("fork-shared-connection", "Two processes or threads use one TLS session, mostly after a fork."),
    possible("malformed-tls", "Something on the way changed the bytes."),
    possible("client-library-bug", "Some versions of TLS libraries lose track of a session."),
)
NO_CERTIFICATE = (
    certain("client-certificate-required", "A server says this: the client sent no certificate, and it demands one."),
)
_HTTP = (likely("not-postgres", "HTTP was spoken where TLS was expected, or the other way round."),)
NO_CERTIFICATES_IN_FILE = (
    likely(
        "root-file-format", "The file holds no certificate in PEM: it is empty, DER, a PKCS#12 file or something else."
    ),
)
BAD_FILE = (
    likely("root-file-format", "A file could not be understood as what the setting asks for (PEM certificate or key)."),
)
# ossl_store_get0_loader_int says so of the default store if the build's directory of certificates is not there
_NO_STORE = (
    likely("root-file-missing", "This OpenSSL's own directory of certificates is not on this machine."),
    likely("client-library-bug", "The build has another directory than the system: another build, or SSL_CERT_FILE."),
)
_KEY_OF_ANOTHER = (
    likely("root-file-format", "The private key is not that of the client certificate, or the files are swapped."),
    possible("client-certificate-required", "The server may demand a certificate of this client."),
)
_PASSPHRASE = (
    likely("root-file-format", "The key or PKCS#12 file is encrypted, and the passphrase is missing or another one."),
)
_LEGACY = (
    likely(
        "root-file-format", "The file uses an algorithm that OpenSSL 3 has in its legacy provider only (RC2, 3DES)."
    ),
    possible("client-library-bug", "The client's build of OpenSSL may lack algorithms."),
)

_UNCHECKED = (
    likely("revocation-check-failed", "An answer about revocation (OCSP) came, and could not be verified."),
    possible("unknown-issuer", "The roots may lack the one that the answer's signer comes from."),
)

# BoringSSL alone: ssl_cert.cc.
_KEY_USAGE = (
    likely("wrong-key-usage", "BoringSSL: the certificate's key usage lacks what the cipher suite needs."),
    likely("certificate-not-strict", "OpenSSL takes such a certificate, stricter libraries do not."),
)

# Reasons: the words, with "_" in the form of names; and the reason's number in packed codes.
_REASONS: tuple[tuple[str, int | None, tuple[Meaning, ...]], ...] = (
    ("wrong version number", 0x10B, NO_TLS),
    ("unknown protocol", 0xFC, _UNKNOWN_PROTOCOL),
    ("packet length too long", 0xC6, NO_TLS),
    ("record too large", None, NO_TLS),
    ("bad record type", None, NO_TLS),
    ("record layer failure", None, (*NO_TLS, possible("fork-shared-connection", "A record could not be decrypted."))),
    ("http request", 0x9C, _HTTP),
    ("https proxy request", 0x9B, _HTTP),
    ("unsupported protocol", 0x102, VERSION),
    ("unsupported ssl version", None, VERSION),
    ("unknown ssl version", 0xFE, VERSION),
    ("wrong ssl version", 0x10A, VERSION),
    ("bad protocol version number", None, VERSION),
    ("version too low", 0x18C, VERSION),
    ("version too high", None, VERSION),
    ("no protocols available", 0xBF, VERSION),
    ("unsafe legacy renegotiation disabled", 0x152, VERSION),
    ("inappropriate fallback", None, VERSION),
    ("no shared cipher", 0xC1, CIPHER),
    ("no ciphers available", 0xB5, CIPHER),
    ("no cipher match", 0xB9, CIPHER),
    ("no suitable key share", 0x65, CIPHER),
    ("no suitable groups", 0x127, CIPHER),
    ("no shared groups", None, CIPHER),
    ("no suitable signature algorithm", 0x76, CIPHER),
    ("no shared signature algorithms", None, CIPHER),
    ("no suitable digest algorithm", None, CIPHER),
    ("key usage bit incorrect", None, _KEY_USAGE),
    ("unsupported elliptic curve", None, CIPHER),
    ("wrong curve", None, CIPHER),
    ("unknown cipher returned", None, CIPHER),
    ("wrong cipher returned", None, CIPHER),
    ("dh key too small", 0x18A, WEAK_KEY),
    ("ee key too small", 0x18F, WEAK_KEY),
    ("ca key too small", 0x18D, WEAK_KEY),
    ("ca md too weak", 0x18E, WEAK_SIGNATURE),
    ("ee md too weak", None, WEAK_SIGNATURE),
    ("md too weak", None, WEAK_SIGNATURE),
    ("wrong signature type", 0x172, WEAK_SIGNATURE),
    ("legacy sigalg disallowed or unsupported", 0x14D, WEAK_SIGNATURE),
    ("unexpected eof while reading", 0x126, CLOSED),
    ("eof occurred in violation of protocol", None, CLOSED),
    ("shutdown while in init", None, CLOSED),
    ("protocol is shutdown", 0xCF, CLOSED),
    ("application data after close notify", None, CLOSED),
    ("decryption failed or bad record mac", 0x119, SHARED),
    ("bad record mac", None, BAD_RECORD),
    ("block cipher pad is wrong", None, SHARED),
    ("bad write retry", None, SHARED),
    ("called a function you should not call", None, SHARED),
    ("uninitialized", None, SHARED),
    ("digest check failed", None, MALFORMED),
    ("unexpected message", 0xF4, MALFORMED),
    ("unexpected record", 0xF5, MALFORMED),
    ("excessive message size", None, MALFORMED),
    ("unsolicited extension", None, MALFORMED),
    ("parse tlsext", None, MALFORMED),
    ("length mismatch", None, MALFORMED),
    ("peer did not return a certificate", 0xC7, NO_CERTIFICATE),
    ("no certificates? returned", None, NO_CERTIFICATE),
    ("no application protocol", 0xEB, (certain("alpn-mismatch", "The other side does not know ALPN postgresql."),)),
    ("unregistered scheme", None, _NO_STORE),
    ("no certificate or crl found", None, NO_CERTIFICATES_IN_FILE),
    ("no start line", None, NO_CERTIFICATES_IN_FILE),
    ("bad base64 decode", None, BAD_FILE),
    ("bad end line", None, BAD_FILE),
    ("not enough data", None, BAD_FILE),
    ("header too long", None, BAD_FILE),
    ("wrong tag", None, BAD_FILE),
    ("nested asn1 error", None, BAD_FILE),
    ("unsupported encryption", None, BAD_FILE),
    ("expecting an? (?:asn1 sequence|private key|public key|rsa key|ec key)", None, BAD_FILE),
    ("key values mismatch", None, _KEY_OF_ANOTHER),
    ("key type mismatch", None, _KEY_OF_ANOTHER),
    ("private key mismatch", None, _KEY_OF_ANOTHER),
    ("bad password read", None, _PASSPHRASE),
    ("bad decrypt", None, _PASSPHRASE),
    ("mac verify (?:failure|error)", None, _PASSPHRASE),
    ("problems getting password", None, _PASSPHRASE),
    ("interrupted or cancelled", None, _PASSPHRASE),
)

# Words that other programs use too: they count where TLS, or a file of keys, is spoken of before them.
_OF_TLS = r"SSL[^;]{0,120}?"
_OF_FILES = r"(?:PEM|ASN1|PKCS|key|cert|crt|CA file).{0,200}?"
_COMMON_WORDS = {
    _OF_TLS: (
        "http request", "https proxy request", "unsupported protocol", "unknown protocol", "record too large",
        "unexpected message", "unexpected record", "uninitialized", "length mismatch", "excessive message size",
        "version too high", "version too low", "wrong curve", "md too weak",
    ),
    _OF_FILES: (
        "not enough data", "header too long", "wrong tag", "bad decrypt", "interrupted or cancelled",
        "unsupported encryption", "nested asn1 error", "bad end line",
    ),
}  # fmt: skip

# What "SSL routines" stands for in the packed codes of 1.x (20) and 3.x (10 << 23).
_PACKED = r"error:(?:14[0-9A-F]{{3}}|0A000){:03X}\b"


def _spelled(words: str) -> str:
    """Return a pattern of *words* with blanks or, in names such as WRONG_VERSION_NUMBER, underscores."""
    name = words.replace(" ", "[ _]")
    before = next((context for context, common in _COMMON_WORDS.items() if words in common), "")
    return rf"{before}(?<![a-z]){name}(?![a-z])"


_PACKED_SIGNS = tuple(sign(_PACKED.format(number), *meanings) for _, number, meanings in _REASONS if number)

REASONS: tuple[Sign, ...] = (
    *(sign(_spelled(words), *meanings) for words, _, meanings in _REASONS),
    *_PACKED_SIGNS,
    sign(r"digital envelope routines.{0,60}?unsupported", *_LEGACY),
    sign(r"SSL error code 2147483650", likely("root-file-missing", "OpenSSL's number for errno 2: no such file.")),
    sign(r"DECODER routines.{0,20}?unsupported", *BAD_FILE),
    sign(
        r"system library:\w{0,30}:No such file or directory",
        likely("root-file-missing", "A file that the settings name is not there."),
    ),
    sign(
        r"system library:\w{0,30}:Permission denied",
        likely("root-file-permissions", "A file that the settings name may not be read by this user."),
    ),
    sign(r"PEM routines", *BAD_FILE),
    sign(r"\bPEM lib\b", *BAD_FILE),
    sign(r"\bASN1 lib\b", *BAD_FILE),
)

OPENSSL = Client("openssl", "OpenSSL", signs=(*VERIFICATION, *ALERTS, *REASONS, sign(r"OCSP routines:", *_UNCHECKED)))
