"""What OpenSSL's verification can answer, by number: the code that it belongs to, and what to do about it.

The numbers are X509_V_ERR_* of include/openssl/x509_vfy.h, up to OpenSSL 4.0. Who issued a certificate is judged by
rules of its own, and so are its dates, which are left aside in the answer that counts here. A number that is not here,
of an OpenSSL to come, is named with OpenSSL's own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

SIGNED_ANEW = "Put leaf and intermediates of one and the same issue into the server's ssl_cert_file, and reload."
_ALGORITHM = "Have '{name}' issued again, signed with RSA or ECDSA and SHA-256; OpenSSL cannot check this signature."
_INCONSISTENT = "Have '{name}' issued again: it names two algorithms for one signature, or one that its issuer has not."
_CA = "Have the CA's certificate '{name}' issued again, with CA:TRUE and keyCertSign."
_CONSTRAINTS = "Have the CA's nameConstraints written again: OpenSSL knows names of DNS, mail, URI, IP and directories."
_PROXY = "Present the server's own certificate: '{name}' is a proxy certificate (RFC 3820), which no client takes."
_ADDRESSES = (
    "Have '{name}' issued again without the extensions of RFC 3779, which are for owners of Internet addresses."
)
_TRUST = "Look at '{name}' in the root file: a TRUSTED CERTIFICATE may exclude TLS servers. Use a plain CERTIFICATE."
_STRONGER = "Have '{name}' issued again, for a key of RSA 3072 or P-256 and signed with SHA-256."
_LEAF = "Have '{name}' issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature."
_ABOVE = "Have the CA's certificate '{name}' issued again, without extendedKeyUsage or with serverAuth in it."

# The code, and what to do; {name} is the certificate that is refused.
ANSWERS: dict[int, tuple[str, str]] = {
    1: ("wrong-key-usage", "Look at '{name}', above all at its public key: openssl x509 -noout -text -in server.crt"),
    **dict.fromkeys(c.NO_PATH, ("unknown-issuer", "")),
    4: ("bad-signature", SIGNED_ANEW),
    6: ("bad-signature", "Have the certificate of the issuer of '{name}' issued again: its public key cannot be read."),
    7: ("bad-signature", SIGNED_ANEW),
    24: ("invalid-ca", "Have the certificate of the issuer of '{name}' issued again: it has no public key."),
    25: ("invalid-ca", "Have '{name}' issued again with a greater pathlen, or leave out a CA below it."),
    c.INVALID_PURPOSE: ("wrong-key-usage", _LEAF),
    27: ("wrong-key-usage", _TRUST),
    28: ("wrong-key-usage", _TRUST),
    32: ("invalid-ca", _CA),
    34: ("wrong-key-usage", "Have '{name}' issued again without the extension, or with it not marked critical."),
    37: ("invalid-ca", "Have '{name}' issued again with CA:FALSE, as it is no CA."),
    38: ("wrong-key-usage", _PROXY),
    39: ("wrong-key-usage", _LEAF),
    40: ("wrong-key-usage", _PROXY),
    41: ("wrong-key-usage", _ADDRESSES),
    46: ("wrong-key-usage", _ADDRESSES),
    47: ("name-constraint-violation", "Have '{name}' issued by a CA that may name this host."),
    48: ("name-constraint-violation", "Have '{name}' issued by a CA that may name this host."),
    49: ("name-constraint-violation", "Have the CA's nameConstraints written again, without minimum and maximum."),
    51: ("name-constraint-violation", _CONSTRAINTS),
    52: ("name-constraint-violation", _CONSTRAINTS),
    53: (
        "name-constraint-violation",
        "Have '{name}' issued again: a name in it is not written as names of its kind are.",
    ),
    66: ("weak-key", _STRONGER),
    67: ("weak-key", _STRONGER),
    68: ("weak-signature", _STRONGER),
    72: ("wrong-key-usage", _PROXY),
    76: ("bad-signature", _ALGORITHM),
    77: ("bad-signature", _INCONSISTENT),
    78: ("bad-signature", _INCONSISTENT),
    79: ("invalid-ca", _CA),
    c.EXPLICIT_CURVE: ("bad-signature", _STRONGER),
}
_OTHER = (
    "wrong-key-usage",
    "Look error {number} up: openssl verify, section DIAGNOSTICS; openssl-verification-options(1).",
)


def refused(e: Evidence, code: str) -> Found | None:
    """Return what OpenSSL refuses in a chain, dates aside, if its answer belongs to *code*."""
    if e.chain is None or e.chain.timeless.error == c.OK:
        return None
    answer = e.chain.timeless
    belongs, fix = ANSWERS.get(answer.error, _OTHER)
    if belongs != code:
        return None
    name = _at(e, answer.depth)
    if answer.error == c.INVALID_PURPOSE and answer.depth:
        fix = _ABOVE
    evidence = {"openssl_error": answer.error, "depth": answer.depth, "openssl": answer.reason, "certificate": name}
    number = "" if answer.error in ANSWERS else f", error {answer.error}"
    detail = f"OpenSSL refuses '{name}' (depth {answer.depth}): {answer.reason}{number}."
    return Found(detail, evidence, (fix.format(name=name, number=answer.error),))


def _at(e: Evidence, depth: int) -> str:
    """Return the name of the certificate at *depth* of the path that OpenSSL went, which it does not give."""
    line = e.chain.line if e.chain else ()
    return line[depth].subject.common_name if depth < len(line) else line[-1].issuer.common_name
