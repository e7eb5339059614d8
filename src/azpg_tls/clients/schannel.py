"""SChannel and CryptoAPI, Windows' TLS: their numbers survive every translation of their texts.

A number is shown as hexadecimal or as a signed decimal. Sources: winerror.h (SEC_E_*, CERT_E_*, CRYPT_E_*, TRUST_E_*,
NTE_*), learn.microsoft.com/windows/win32/secauthn/schannel-error-codes-for-tls-and-ssl-alerts, and the English messages
of these codes.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, likely, possible, sign

UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root in Windows' store of trusted roots."),
    possible("self-signed", "The server's certificate may have signed itself."),
    possible("root-store-outdated", "Windows may not have fetched a newer root, as without access to its update site."),
    possible("missing-intermediate", "The server may not send its intermediates."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_REFUSED = (
    *UNTRUSTED[:1],
    possible(
        "client-certificate-required", "As an alert of the server's: it does not accept the client's certificate."
    ),
    *UNTRUSTED[1:],
)
_UNBUILT = (
    likely("unknown-issuer", "No chain to a trusted root could be built."),
    likely("missing-intermediate", "The server may not send its intermediates."),
    possible("root-store-outdated", "The root may be newer than Windows' store."),
)
_EXPIRED = (
    likely("expired", "A certificate of the chain is past its time."),
    possible("not-yet-valid", "The same number stands for one whose time has not begun."),
    possible("clock-skew", "The clock of this machine may be wrong."),
)
_MISMATCH = (
    likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
    possible("ip-address-target", "An address may have been connected to."),
)
_REVOKED = (likely("revoked", "The CA has revoked a certificate of the chain."),)
_UNCHECKED = (
    likely("revocation-check-failed", "Windows could not ask whether the certificate is revoked."),
    possible("revoked", "The certificate's state is not known."),
)
_USAGE = (likely("wrong-key-usage", "The certificate's usages do not allow it to be a TLS server's."),)
_NOTHING_SHARED = (
    likely("tls-version-unsupported", "Client and server have no TLS version in common: old .NET or Windows, mostly."),
    likely("cipher-mismatch", "Or they share no cipher suite."),
)
_UNEXPECTED = (
    likely("handshake-rejected", "The server ended the handshake, or answered what SChannel did not expect."),
    possible("tls-version-unsupported", "Client and server may have no TLS version in common."),
    possible("cipher-mismatch", "They may share no cipher suite."),
    possible("client-library-bug", "SChannel's resumption of sessions has failed with some servers."),
)
_NO_TLS = (
    likely("malformed-tls", "What came in answer is no TLS."),
    likely("not-postgres", "Another service, or a proxy, may listen on that port."),
    possible("tls-version-unsupported", "The server may have answered in a version that SChannel does not know."),
)
_OWN_CERTIFICATE = (
    likely("client-certificate-required", "The client certificate is missing or its key cannot be used."),
    likely("root-file-permissions", "The account may not read the certificate's private key."),
    possible("root-file-format", "A key read from PEM must be exported as PKCS#12 before SChannel can use it."),
)
_AUTHORITY = (
    likely("client-library-bug", "Windows' security authority failed: a policy of the machine, or of this account."),
    likely("tls-version-unsupported", "Client and server may have no TLS version in common."),
    possible("cipher-mismatch", "The server's key or suite may be refused by this Windows."),
)
_SIGNATURE = (
    likely("bad-signature", "A signature in the chain does not fit."),
    possible("weak-signature", "It may be of an algorithm that Windows refuses."),
)

# winerror.h: the number, its English text (a regular expression), and what it means.
_CODES: tuple[tuple[int, str, tuple[Meaning, ...]], ...] = (
    (0x80090325, r"certificate chain was issued by an authority that is not trusted", UNTRUSTED),
    (0x800B0109, r"terminated in a root certificate which is not trusted", UNTRUSTED),
    (0x800B0112, r"one of the CA certificates is not trusted by the policy provider", UNTRUSTED),
    (0x800B010A, r"certificate chain could not be built to a trusted root authority", _UNBUILT),
    (0x80090327, r"unknown error occurred while processing the certificate", _REFUSED),
    (0x80090322, r"target principal name is incorrect", _MISMATCH),
    (0x800B010F, r"certificate's CN name does not match the passed value", _MISMATCH),
    (0x80090328, r"received certificate has expired", _EXPIRED),
    (0x800B0101, r"required certificate is not within its validity period", _EXPIRED),
    (0x800B0102, r"validity periods of the certification chain do not nest", _EXPIRED),
    (0x80092010, r"\bThe certificate is revoked", _REVOKED),
    (0x800B010C, r"certificate was explicitly revoked by its issuer", _REVOKED),
    (0x80092012, r"revocation function was unable to check revocation for the certificate", _UNCHECKED),
    (0x80092013, r"because the revocation server was offline", _UNCHECKED),
    (0x800B010E, r"revocation process could not continue", _UNCHECKED),
    (0x800B0110, r"certificate is not valid for the requested usage", _USAGE),
    (0x80090349, r"certificate is not valid for the requested application usage", _USAGE),
    (0x80096019, r"basic constraint extension has not been observed", (likely("invalid-ca", "A CA that is none."),)),
    (0x800B0114, r"certificate has an invalid name", (likely("name-constraint-violation", "A name not allowed."),)),
    (0x80096004, r"signature of the certificate cannot be verified", _SIGNATURE),
    (
        0x80090331,
        r"client and server cannot communicate, because they do not possess a common algorithm",
        _NOTHING_SHARED,
    ),
    (0x80090326, r"message received was unexpected or badly formatted", _UNEXPECTED),
    (0x80090308, r"token supplied to the function is invalid", _NO_TLS),
    (0x80090318, r"supplied message is incomplete", _NO_TLS),
    (0x80090304, r"Local Security Authority cannot be contacted", _AUTHORITY),
    (0x8009030E, r"No credentials are available in the security package", _OWN_CERTIFICATE),
    (0x8009030D, r"credentials supplied to the package were not recognized", _OWN_CERTIFICATE),
    (0x80090016, r"Keyset does not exist", _OWN_CERTIFICATE),
    (0x80090330, r"specified data could not be decrypted", _UNEXPECTED),
    (0x80090367, r"no common application protocol exists", (likely("alpn-mismatch", "A proxy ends TLS there."),)),
    (0x80092009, r"Cannot find the requested object", (likely("root-file-format", "The file is no certificate."),)),
)


def _numbers(code: int, text: str, meanings: tuple[Meaning, ...]) -> tuple[Sign, ...]:
    return sign(f"{code:08X}", *meanings), sign(str(code - 2**32), *meanings), sign(text, *meanings)


SCHANNEL = Client(
    "schannel",
    "Windows' TLS (SChannel)",
    signs=tuple(each for code in _CODES for each in _numbers(*code)),
    windows=True,
)
