"""Rules of the certificate stage: are the keys and signatures of the chain strong enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.issuer import Unsigned
from azpg_tls.rules.rule import Found
from azpg_tls.rules.verification import refused
from azpg_tls.signature import LONGEST_RSA

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate
    from azpg_tls.evidence import Evidence

# Bits that OpenSSL's security level 2 asks for (112 bits of security: NIST SP 800-57 part 1, table 2), by kind of key.
_SHORTEST = {"RSA": 2048, "DSA": 2048, "EC": 224}
_BROKEN_DIGESTS = ("md5", "sha1")
# Signatures whose hash cryptography does not name: MD2, MD4 and SHA-0 or SHA-1 by their older numbers.
_BROKEN_SIGNATURES = {
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.3": "MD4",
    "1.3.14.3.2.15": "SHA",
    "1.3.14.3.2.27": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
}


def weak_key(e: Evidence) -> Found | None:
    """A key of the chain is too short to be trusted, or too long to be used.

    The limits are those of OpenSSL's security level 2, which is the default since OpenSSL 3.2 and in Debian and Ubuntu:
    RSA and DSA from 2048 bits on, elliptic curves from 224 bits on, in every certificate of the chain, the root
    included. Mozilla's intermediate profile asks for the same of RSA, and for 256 bits of curves: a curve of 224 bits,
    which OpenSSL takes, is certificate-not-strict. Keys of RSA beyond 16384 bits are refused by OpenSSL, as they only
    serve to keep its users busy.

    Why it happens:
    - the certificate was made years ago, or by an appliance with old defaults;
    - a key of extreme length was chosen.

    Fix:
    - make a new key, RSA of 2048 to 4096 bits or the curve P-256, and have the certificate issued for it;
    - do not lower the clients' security level (SECLEVEL=1): it is lowered for every server.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   # ee or ca key too small

    Sources: https://docs.openssl.org/master/man3/SSL_CTX_set_security_level/;
        https://wiki.mozilla.org/Security/Server_Side_TLS; X509_V_ERR_EE_KEY_TOO_SMALL (66), CA_KEY_TOO_SMALL (67)
    """
    for certificate in _with_keys(e):
        limit = _limit(certificate)
        if limit:
            name = certificate.subject.common_name
            evidence = {"subject": certificate.subject.text, "key": certificate.key, "limit": limit}
            fix = f"Make a new key for '{name}' (RSA 3072 or P-256), and have its certificate issued again."
            return Found(f"The key of '{name}' is {certificate.key}; {limit} is the limit.", evidence, (fix,))
    return refused(e, "weak-key")


def _with_keys(e: Evidence) -> tuple[Certificate, ...]:
    """Return what is presented or leads to an anchor, and the anchor by whose key a signature ought to verify."""
    line = e.chain.line if e.chain else ()
    fault = e.issuer_fault
    return (*line, fault.issuer) if isinstance(fault, Unsigned) else line


def _limit(certificate: Certificate) -> str:
    """Return the limit that the key of *certificate* is beyond, empty if it is within."""
    kind, size = certificate.key.partition(" ")[0], certificate.key_size
    if size is None:
        return ""
    if size < _SHORTEST[kind]:
        return f"{kind} of at least {_SHORTEST[kind]} bits"
    return f"{kind} of at most {LONGEST_RSA} bits" if kind == "RSA" and size > LONGEST_RSA else ""


def too_long(e: Evidence) -> bool:
    """Whether a key of the chain is so long that OpenSSL checks no signature by it."""
    return any(
        certificate.key.startswith("RSA ") and (certificate.key_size or 0) > LONGEST_RSA
        for certificate in _with_keys(e)
    )


def weak_signature(e: Evidence) -> Found | None:
    """A certificate of the chain is signed with a broken hash.

    MD5 and SHA-1 signatures can be forged, and clients at OpenSSL's security level 1 and above, Mozilla's profiles and
    every browser refuse them. SHA-224 is enough for OpenSSL's level 2, and for neither Mozilla's profiles nor public
    CAs: that is certificate-not-strict. The trust anchor's own signature does not count: it is trusted by its key.

    Why it happens:
    - an old private CA or appliance still signs with SHA-1;
    - a certificate that was valid for very long has never been renewed.

    Fix:
    - have the certificate issued again, signed with SHA-256 or better; the CA's configuration says with what it signs.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   # ca md too weak

    Sources: https://docs.openssl.org/master/man3/SSL_CTX_set_security_level/; https://shattered.io/;
        https://wiki.mozilla.org/Security/Server_Side_TLS; X509_V_ERR_CA_MD_TOO_WEAK (68)
    """
    if e.chain is None:
        return None
    line = e.chain.line
    # What ends a path is an anchor; and whatever signed itself proves nothing by that, with whatever hash.
    signed = line[:-1] if e.chain.path or line[-1].self_issued else line
    for certificate in signed:
        digest = _broken(certificate)
        if digest:
            name, issuer = certificate.subject.common_name, certificate.issuer.common_name
            evidence = {"subject": certificate.subject.text, "signature": certificate.signature, "digest": digest}
            fix = f"Have '{name}' issued again by '{issuer}', signed with SHA-256."
            return Found(f"'{issuer}' signed '{name}' with {digest}.", evidence, (fix,))
    return refused(e, "weak-signature")


def _broken(certificate: Certificate) -> str:
    if certificate.digest in _BROKEN_DIGESTS:
        return certificate.digest.upper().replace("SHA1", "SHA-1")
    return _BROKEN_SIGNATURES.get(certificate.signature, "")
