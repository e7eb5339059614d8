"""Rules of the certificate stage: what OpenSSL refuses in a chain that leads to an anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.issuer import Impostor, Invalid, Unsigned
from azpg_tls.rules.rule import Found
from azpg_tls.rules.strength import too_long
from azpg_tls.rules.verification import SIGNED_ANEW, refused

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

_UNCHECKED = "A signature in the chain cannot be checked here, and is not trusted"
_NOT_AZURES = "Azure's CAs have signed none such: check with --hostaddr and your DNS which machine answers."
_KNOWN_KINDS = "Have the chain issued with keys and signatures that every client knows: RSA 3072 or P-256, SHA-256."


def bad_signature(e: Evidence) -> Found | None:
    """A signature in the chain does not verify.

    A certificate names an issuer whose key did not sign it, or it cannot be told here whether it did: OpenSSL does not
    know this kind of key or signature, or refuses to reckon with such a key. What was not checked is not trusted;
    clients with another library may be able to check it.

    Why it happens:
    - a CA was made anew under its old name, with a new key, and the old certificates were kept;
    - a file is damaged, or was put together from two chains;
    - somebody forged the certificate;
    - a CA has a kind of key that OpenSSL here is too old for (ML-DSA before 3.5) or was built without (Brainpool or SM2
      in some distributions), a curve described by its parameters instead of its name, or RSA with a giant exponent.

    Fix:
    - put leaf and intermediates of one and the same issue into ssl_cert_file;
    - where it cannot be checked: have the chain issued with keys that every client knows, RSA 3072 or P-256.

    See for yourself:
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   # certificate signature failure

    Sources: X509_V_ERR_CERT_SIGNATURE_FAILURE (7), X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY (6);
        https://docs.openssl.org/master/man1/openssl-verification-options/
    """
    fault = e.issuer_fault
    if e.chain is None or isinstance(fault, Impostor) or too_long(e):
        return None
    if not isinstance(fault, Unsigned):
        return refused(e, "bad-signature")
    name, issuer = fault.certificate.subject.common_name, fault.issuer.subject.common_name
    evidence = {
        "openssl_error": e.chain.timeless.error,
        "depth": e.chain.timeless.depth,
        "openssl": e.chain.timeless.reason,
        "certificate": name,
        "issuer": issuer,
        "key": fault.issuer.key,
        "signature": fault.certificate.signature,
        "checked": fault.checked,
    }
    if fault.checked:
        fix = _NOT_AZURES if e.target.cloud else SIGNED_ANEW
        return Found(f"'{name}' names '{issuer}' as its issuer, whose key did not sign it.", evidence, (fix,))
    unread = next((problem for problem in fault.issuer.problems if problem.startswith("public key")), "")
    kind = f"signature: {fault.certificate.signature}; {unread or f'key: {fault.issuer.key}'}"
    detail = f"Whether '{issuer}' signed '{name}' cannot be checked here ({kind}), so it is not trusted."
    return Found(detail, evidence, (_KNOWN_KINDS,), title=_UNCHECKED)


def invalid_ca(e: Evidence) -> Found | None:
    """A certificate that is no CA, or may not go that far, has signed another.

    Why it happens:
    - a server's certificate was used to sign another one;
    - a CA was made without the extension basicConstraints CA:TRUE or the key usage keyCertSign;
    - a path length constraint (pathlen) of a CA is shorter than the chain.

    Fix:
    - issue the CA's certificate again with CA:TRUE, keyCertSign and a sufficient pathlen.

    See for yourself:
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   # invalid CA certificate

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9; X509_V_ERR_INVALID_CA (79)
    """
    return refused(e, "invalid-ca")


def name_constraint_violation(e: Evidence) -> Found | None:
    """A CA of the chain may not issue certificates for this name.

    Why it happens:
    - a CA is constrained to some domains (nameConstraints), and the server's name is in another;
    - the constraints are written in a way that OpenSSL does not know, or the names are.

    Fix:
    - have the certificate issued by a CA that may name this host;
    - have constraints that OpenSSL does not know written as RFC 5280 has them.

    See for yourself:
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   # permitted subtree violation

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10; X509_V_ERR_PERMITTED_VIOLATION (47)
    """
    return refused(e, "name-constraint-violation")


def wrong_key_usage(e: Evidence) -> Found | None:
    """A certificate's extensions forbid what it is used for, or cannot be read.

    OpenSSL takes no part of a certificate of which it cannot read an extension that it heeds: keyUsage,
    extendedKeyUsage, basicConstraints, subjectAltName, nameConstraints, crlDistributionPoints, the key identifiers,
    nsCertType. libpq says "invalid certificate" then, and a verification that the issuer was not found (error 20). What
    OpenSSL refuses for a reason that no other code is about is named here too, with OpenSSL's number and words.

    Why it happens:
    - the certificate was issued for clients or for signing, not for servers (extendedKeyUsage, or the old nsCertType);
    - it carries a critical extension that OpenSSL does not know;
    - an extension is malformed, empty where it may not be, or there twice: home-made tools write such certificates;
    - it is a proxy certificate (RFC 3820), or claims Internet addresses (RFC 3779) that its issuer has not.

    Fix:
    - have it issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature, no nsCertType;
    - for a critical extension that OpenSSL does not know: have it issued again without, or not marked critical;
    - for one that cannot be read: have it issued again with a current openssl, cfssl or step-ca.

    See for yourself:
        openssl verify -purpose sslserver -CAfile ROOTS server.crt   # unsuitable certificate purpose
        openssl x509 -in server.crt -noout -ext keyUsage,extendedKeyUsage,nsCertType

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12; X509_V_ERR_INVALID_PURPOSE (26);
        https://docs.openssl.org/master/man1/openssl-verification-options/
    """
    fault = e.issuer_fault
    if not isinstance(fault, Invalid):
        return refused(e, "wrong-key-usage")
    certificate, what = fault.certificate, fault.what
    name = certificate.subject.common_name
    evidence = {"certificate": name, "sha256": certificate.sha256, "fault": what}
    fix = f"Have '{name}' issued again with sound extensions; a current openssl, cfssl or step-ca makes such."
    return Found(f"'{name}' {what}. OpenSSL calls it invalid, and takes no part of it.", evidence, (fix,))
