"""Rules of the certificate stage: what OpenSSL refuses in a chain that leads to an anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls.issuer import Impostor, Unsigned
from azpg_tls.rules.rule import Found
from azpg_tls.rules.strength import too_long

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence


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
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   (certificate signature failure)

    Sources: X509_V_ERR_CERT_SIGNATURE_FAILURE (7), X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY (6);
        https://docs.openssl.org/master/man1/openssl-verification-options/
    """
    fault = e.issuer_fault
    if e.chain is None or isinstance(fault, Impostor) or too_long(e):
        return None
    fix = "Put leaf and intermediates of one and the same issue into the server's ssl_cert_file, and reload."
    if e.target.cloud:
        fix = "Azure's CAs have signed none such: check with --hostaddr and your DNS which machine answers."
    known_kinds = "Have the chain issued with keys and signatures that every client knows: RSA 3072 or P-256, SHA-256."
    if not isinstance(fault, Unsigned):
        unnamed_curve = e.chain.timeless.error == c.EXPLICIT_CURVE
        return _openssl_refuses(e, c.BAD_SIGNATURE, known_kinds if unnamed_curve else fix)
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
        return Found(f"'{name}' names '{issuer}' as its issuer, whose key did not sign it.", evidence, (fix,))
    unread = next((problem for problem in fault.issuer.problems if problem.startswith("public key")), "")
    kind = f"signature: {fault.certificate.signature}; {unread or f'key: {fault.issuer.key}'}"
    detail = f"Whether '{issuer}' signed '{name}' cannot be checked here ({kind}), so it is not trusted."
    return Found(detail, evidence, (known_kinds,))


def invalid_ca(e: Evidence) -> Found | None:
    """A certificate that is no CA, or may not go that far, has signed another.

    Why it happens:
    - a server's certificate was used to sign another one;
    - a CA was made without the extension basicConstraints CA:TRUE or the key usage keyCertSign;
    - a path length constraint (pathlen) of a CA is shorter than the chain.

    Fix:
    - issue the CA's certificate again with CA:TRUE, keyCertSign and a sufficient pathlen.

    See for yourself:
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   (invalid CA certificate)

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9; X509_V_ERR_INVALID_CA (79)
    """
    return _openssl_refuses(e, c.INVALID_CA, "Issue the CA's certificate again, with CA:TRUE and keyCertSign.")


def name_constraint_violation(e: Evidence) -> Found | None:
    """A CA of the chain may not issue certificates for this name.

    Why it happens:
    - a CA is constrained to some domains (nameConstraints), and the server's name is in another.

    Fix:
    - have the certificate issued by a CA that may name this host.

    See for yourself:
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   (permitted subtree violation)

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10; X509_V_ERR_PERMITTED_VIOLATION (47)
    """
    return _openssl_refuses(e, c.NAME_CONSTRAINTS, "Have the certificate issued by a CA that may name this host.")


def wrong_key_usage(e: Evidence) -> Found | None:
    """A certificate's extensions forbid what it is used for.

    Why it happens:
    - the certificate was issued for clients or for signing, not for servers (extendedKeyUsage);
    - it carries a critical extension that OpenSSL does not know, or one that contradicts itself.

    Fix:
    - have it issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature;
    - for a critical extension that OpenSSL does not know: have it issued again without, or not marked critical.

    See for yourself:
        openssl verify -purpose sslserver -CAfile ROOTS server.crt   (unsuitable certificate purpose)

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12; X509_V_ERR_INVALID_PURPOSE (26)
    """
    elsewhere = {*c.NO_PATH, *c.BAD_SIGNATURE, *c.INVALID_CA, *c.NAME_CONSTRAINTS, c.OK}
    if e.chain is None or e.chain.timeless.error in elsewhere:
        return None
    fix = "Have the certificate issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature."
    if e.chain.timeless.error == c.UNKNOWN_CRITICAL_EXTENSION:
        fix = "Have the certificate issued again without the extension, or with it not marked critical."
    return _openssl_refuses(e, (e.chain.timeless.error,), fix)


def _openssl_refuses(e: Evidence, errors: tuple[int, ...], fix: str) -> Found | None:
    if e.chain is None or e.chain.timeless.error not in errors:
        return None
    answer = e.chain.timeless
    line = e.chain.line
    refused = line[answer.depth].subject.common_name if answer.depth < len(line) else "the trust anchor"
    evidence = {
        "openssl_error": answer.error,
        "depth": answer.depth,
        "openssl": answer.reason,
        "certificate": refused,
    }
    return Found(f"OpenSSL refuses '{refused}' (depth {answer.depth}): {answer.reason}.", evidence, (fix,))
