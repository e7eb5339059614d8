"""What OpenSSL says of a certificate that it does not accept: crypto/x509/x509_txt.c of 1.0.1 to 3.5.

3.0 and later write "self-signed" where older versions write "self signed", "unsuitable" for "unsupported", "has a
problem" for nothing. Some clients show the constant's name (X509_V_ERR_…) or its last part.
"""

from __future__ import annotations

from azpg_tls.clients.sign import Meaning, Sign, likely, possible, sign
from azpg_tls.clues import Clues, on_azure


def _elsewhere(said: Clues) -> bool:
    return not on_azure(said)


_AZURE_ROOTS = (
    "The client's roots lack the one that this server's chain ends at: DigiCert Global Root G2 for Azure's newer "
    "chains, Microsoft RSA Root CA 2017 for the older ones."
)
UNTRUSTED = (
    likely("unknown-issuer", _AZURE_ROOTS, on_azure),
    likely("unknown-issuer", "The chain does not end at a root that the client trusts."),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible(
        "root-store-outdated", "The client's roots may be older than the chain: DigiCert Global Root G2.", on_azure
    ),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
    possible("root-store-outdated", "The client's roots may be older than the server's chain."),
)
_PRIVATE_ROOT = (
    likely("unknown-issuer", "The server sends its root along, and the client does not trust it: mostly a private CA."),
    possible("self-signed", "The certificate of a server set up by hand may be its own root."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
    possible("root-store-outdated", "The client's roots may lack the one that the chain ends at."),
)
_SELF_SIGNED = (
    likely("self-signed", "The server's certificate signed itself, and the client does not trust it."),
    possible("unknown-issuer", "Some clients say so of a private root that the server sends along too."),
    possible("tls-intercepted", "A product on the way may have made the certificate."),
)
_FIRST = (
    likely("unknown-issuer", "The issuer of the server's certificate is not among the trusted ones."),
    likely("missing-intermediate", "The server sent one certificate alone, without its intermediates."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
    possible("root-store-outdated", "The client's roots may lack the one that the chain ends at."),
)
_UNSAID = (
    likely("unknown-issuer", f"{_AZURE_ROOTS} The words leave other reasons open.", on_azure),
    likely(
        "unknown-issuer", "The words do not say why; mostly the chain ends at a root that the client does not have."
    ),
    possible(
        "root-store-outdated", "The client's roots may be older than the chain that the server has now.", on_azure
    ),
    possible("self-signed", "The server's certificate may have signed itself.", _elsewhere),
    possible("intermediate-pinned", "The root file may hold an intermediate that Azure has replaced.", on_azure),
    possible("expired", "The same is said of an expired certificate, unless a reason follows."),
    possible("root-store-outdated", "The client's roots may be older than the chain that the server has now."),
    possible("missing-intermediate", "The server may not send its intermediates."),
    possible("tls-intercepted", "A product on the way may have signed the certificate."),
    possible("not-yet-valid", "The certificate's time may not have begun, or the client's clock is slow."),
    possible("hostname-mismatch", "Some clients have OpenSSL compare the name, and say this if it differs."),
)
_NO_LIST = (
    likely("revocation-check-failed", "A revocation list (CRL) is demanded, and none that fits is there."),
    possible("unknown-issuer", "The list may be another issuer's than the certificate's."),
)
_STRICT = (
    likely(
        "certificate-not-strict",
        "The certificate lacks or has what RFC 5280 forbids, and this verifier is strict (Python 3.13 is by default: "
        "VERIFY_X509_STRICT).",
    ),
    possible(
        "tls-intercepted", "Public CAs do not issue such certificates: a private CA or an inspecting product may."
    ),
    possible("invalid-ca", "The CA that signed it may not be made as a CA is to be."),
)
_WRONG_USE = (
    likely("wrong-key-usage", "The certificate's (extended) key usage does not allow it to be a server's."),
    possible("invalid-ca", "A certificate that is no CA may have signed another."),
)
_NO_CA = (
    likely("invalid-ca", "A certificate that is no CA, or not this deep in a chain, signed another one."),
    possible("root-file-format", "The root file may hold a server's certificate in place of its CA's."),
    possible("certificate-not-strict", "It may lack basicConstraints, as old private CAs do."),
)
_NAME = (
    likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
    possible("ip-address-target", "The client may connect to an IP address or an alias (localhost, private endpoint)."),
    possible("no-subject-alternative-name", "The certificate may have a common name alone."),
)
_EXPIRED = (
    likely("expired", "A certificate of the chain, or an old root that the client keeps, has expired."),
    possible("clock-skew", "The clock of the machine that runs the client may be fast."),
    possible("root-store-outdated", "The expired one may be in the client's own root file."),
)
_EARLY = (
    likely("not-yet-valid", "A certificate's time has not begun."),
    possible("clock-skew", "The clock of the machine that runs the client, or made the certificate, may be wrong."),
)
_IMPOSTOR = (
    likely(
        "bad-signature", "The signature does not fit the issuer's key: the certificate was changed, or is another's."
    ),
    possible("issuer-impostor", "The client may trust another CA of the same name, with another key."),
    possible("unknown-issuer", "The root file may be that of another cluster or an earlier CA."),
)
_OTHER_ISSUER = (
    likely("issuer-impostor", "The CA that the client has bears the issuer's name, and has another key."),
    possible("unknown-issuer", "The root file may be that of another cluster or an earlier CA."),
)
_WEAK_KEY = (
    likely("weak-key", "A key of the chain is too short for this OpenSSL's security level."),
    possible("weak-signature", "The system's crypto policy may refuse what was allowed before its upgrade."),
)
_WEAK_DIGEST = (
    likely("weak-signature", "A certificate is signed with SHA-1 or MD5, which this OpenSSL's security level refuses."),
    possible("weak-key", "The system's crypto policy may refuse what was allowed before its upgrade."),
)

# The words, then the ends of the constants' names.
_ERRORS: tuple[tuple[str, tuple[Meaning, ...]], ...] = (
    (r"unable to get local issuer certificate", UNTRUSTED),
    (r"UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?\b", UNTRUSTED),
    (r"unable to get issuer certificate", UNTRUSTED),
    (r"certificate not trusted", UNTRUSTED),
    (r"unable to verify the first certificate", _FIRST),
    (r"UNABLE_TO_VERIFY_LEAF_SIGNATURE", _FIRST),
    (r"self[- ]signed certificate in (?:certificate )?chain", _PRIVATE_ROOT),
    (r"SELF_SIGNED_CERT_IN_CHAIN", _PRIVATE_ROOT),
    (r"self[- ]signed certificate(?! in)", _SELF_SIGNED),
    (r"DEPTH_ZERO_SELF_SIGNED_CERT", _SELF_SIGNED),
    (r"certificate has expired(?! or)", _EXPIRED),
    (r"CERT_HAS_EXPIRED", _EXPIRED),
    (r"certificate is not yet valid", _EARLY),
    (r"CERT_NOT_YET_VALID", _EARLY),
    (r"format error in certificate's not(?:Before|After) field", _STRICT),
    (r"certificate signature failure", _IMPOSTOR),
    (r"CERT_SIGNATURE_FAILURE", _IMPOSTOR),
    (r"unable to decrypt certificate's signature", _IMPOSTOR),
    (r"unable to decode issuer public key", _IMPOSTOR),
    (r"subject signature algorithm and issuer public key algorithm mismatch", _OTHER_ISSUER),
    (r"subject issuer mismatch", _OTHER_ISSUER),
    (r"authority and subject key identifier mismatch", _OTHER_ISSUER),
    (r"authority and issuer serial number mismatch", _OTHER_ISSUER),
    (r"certificate chain too long", (likely("chain-too-deep", "The client allows fewer intermediates than come."),)),
    (r"CERT_CHAIN_TOO_LONG", (likely("chain-too-deep", "The client allows fewer intermediates than come."),)),
    (r"certificate revoked(?! alert)", (likely("revoked", "The issuer has revoked a certificate of the chain."),)),
    (r"CERT_REVOKED\b", (likely("revoked", "The issuer has revoked a certificate of the chain."),)),
    (r"invalid CA certificate", _NO_CA),
    (r"V_ERR_INVALID_CA\b", _NO_CA),
    (r"invalid non-CA certificate", _NO_CA),
    (r"issuer certificate doesn't have a public key", _NO_CA),
    (
        r"path length constraint exceeded",
        (
            likely("invalid-ca", "A CA issued below a CA that allows none, or fewer, beneath itself (pathlen)."),
            possible("chain-too-deep", "The chain has more intermediates than one of its CAs allows."),
        ),
    ),
    (r"un(?:supported|suitable) certificate purpose", _WRONG_USE),
    (r"INVALID_PURPOSE", _WRONG_USE),
    (r"certificate rejected", _WRONG_USE),
    (r"key usage does not include (?:certificate signing|digital signature)", _WRONG_USE),
    (r"Key usage keyCertSign invalid for non-CA cert", _STRICT),
    (r"Path length (?:invalid for non-CA cert|given without key usage keyCertSign)", _STRICT),
    (r"unhandled critical extension", _STRICT),
    (r"invalid or inconsistent certificate (?:policy )?extension", _STRICT),
    (r"Missing (?:Authority|Subject) Key Identifier", _STRICT),
    (r"Empty Subject Alternative Name extension", _STRICT),
    (r"Basic Constraints of CA cert not marked critical", _STRICT),
    (r"Subject empty and Subject Alt Name extension not critical", _STRICT),
    (r"(?:Authority|Subject) Key Identifier marked critical", _STRICT),
    (r"CA cert does not include key usage extension", _STRICT),
    (r"Using cert extension requires at least X509v3", _STRICT),
    (r"Certificate public key has explicit ECC parameters", _STRICT),
    (r"cert info signature and signature algorithm mismatch", _STRICT),
    (r"(?:Issuer|Subject) name empty", _STRICT),
    (r"(?:permitted|excluded) subtree violation", (
        likely("name-constraint-violation", "A CA of the chain is restricted to other names than the server's."),
    )),
    (r"unsupported (?:or invalid )?name constraint (?:type|syntax)", (
        likely("name-constraint-violation", "A CA of the chain has name constraints that this verifier cannot check."),
    )),
    (r"\b(?:host ?name|hostname) mismatch", _NAME),
    (r"HOSTNAME_MISMATCH", _NAME),
    (
        r"IP address mismatch",
        (
            likely("hostname-mismatch", "The certificate does not name the IP address connected to."),
            likely("ip-address-target", "Certificates of managed servers name host names, no addresses."),
        ),
    ),
    (r"unable to get certificate CRL", _NO_LIST),
    (r"UNABLE_TO_GET_CRL", _NO_LIST),
    (r"unable to get CRL issuer certificate", _NO_LIST),
    (r"\bCRL (?:has expired|is not yet valid|signature failure|path validation error)", _NO_LIST),
    (r"unable to decrypt CRL's signature", _NO_LIST),
    (r"key usage does not include CRL signing", _NO_LIST),
    (r"(?:EE|CA) certificate key too weak", _WEAK_KEY),
    (r"CA signature digest algorithm too weak", _WEAK_DIGEST),
    (r"CA_MD_TOO_WEAK", _WEAK_DIGEST),
)  # fmt: skip

# "certificate verify failed" may stand before the reason: SSL error: (libpq 17), [SSL: …] (Python), in brackets (Ruby).
_BEFORE = r"(?:(?:SSL error: |error:[0-9A-F]{8}:.{0,100}?)?certificate verify failed.{0,80}?)?"

VERIFICATION: tuple[Sign, ...] = (
    *(sign(_BEFORE + pattern, *meanings) for pattern, meanings in _ERRORS),
    sign(r"certificate verify failed", *_UNSAID),
    sign(r"certificate (?:verification|validation|validate) failed", *_UNSAID),
    sign(r"CERTIFICATE_VERIFY_FAILED(?!\]? certificate)", *_UNSAID),
    sign(r"error:(?:14[0-9A-F]{3}|0A000)086\b", *_UNSAID),
)
