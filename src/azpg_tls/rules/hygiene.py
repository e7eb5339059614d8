"""Rules of the certificate stage: a chain that is sound, and could be better or is worth a remark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import strictness
from azpg_tls.rules.rule import Found
from azpg_tls.rules.strength import weak_key, weak_signature

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate
    from azpg_tls.chain import Chain
    from azpg_tls.evidence import Evidence

_WHERE = "in ssl_cert_file: the server's certificate first, then its issuer, and so on, without the root; then reload."
# By who refuses it; for others the rules of RFC 5280 are what is broken.
_REMEDIES = {
    strictness.CURVES: "Make a new key for it, RSA 3072 or of the curve P-256, and have the certificate issued again.",
    strictness.JAVA: "Have the server's certificate issued again with digitalSignature in its keyUsage.",
}
_REISSUE = "Have it issued again with current openssl, cfssl or step-ca, a server's with extendedKeyUsage serverAuth."
_MEANWHILE = "Until then, use clients on OpenSSL: libpq and what is built on it."
_REPEATED = "The server sends a certificate more than once"


def _sound(e: Evidence) -> Chain | None:
    """Return the chain if OpenSSL accepts it as it stands."""
    return e.chain if e.chain and not e.chain.trusted.error else None


def chain_out_of_order(e: Evidence) -> Found | None:
    """The server sends its certificates in a wrong order.

    Each is to be followed by its issuer. OpenSSL and most clients put them in order themselves; TLS 1.2 does not demand
    that of them, and some do not (older GnuTLS, embedded ones).

    Why it happens:
    - ssl_cert_file was put together with the CAs in the wrong order.

    Fix:
    - reorder ssl_cert_file: the server's certificate first, then its issuer, and so on; then reload.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # Certificate chain: s: and i: of each

    Sources: https://www.rfc-editor.org/rfc/rfc5246#section-7.4.2; https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
    """
    chain = _sound(e)
    if chain is None:
        return None
    sent = [certificate.sha256 for certificate in chain.presented]
    places = [sent.index(certificate.sha256) for certificate in chain.path if certificate.sha256 in sent]
    if places == sorted(places):
        return None
    evidence = {"presented": [each.subject.text for each in chain.presented], "order": places}
    names = ", ".join(f"'{chain.presented[place].subject.common_name}'" for place in places)
    return Found(f"The certificates belong in this order: {names}.", evidence, (f"Write them {_WHERE}",))


def chain_unneeded_certificate(e: Evidence) -> Found | None:
    """The server sends a certificate that belongs to no path from its own.

    Every connection carries it for nothing, and some clients that do not build paths themselves stumble over it.
    Another form of a CA of the path, cross-signed by another root, is no such certificate: other clients may need it.

    Why it happens:
    - an intermediate of an earlier renewal was left in ssl_cert_file;
    - a certificate is in there twice, or a whole bundle of CAs was appended.

    Fix:
    - remove it from ssl_cert_file, and reload.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # Certificate chain: s: and i: of each

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
    """
    chain = _sound(e)
    unneeded = _unneeded(chain) if chain else []
    if chain is None or not unneeded:
        return None
    evidence = {"unneeded": [certificate.subject.text for certificate in unneeded]}
    names = ", ".join(f"'{certificate.subject.common_name}'" for certificate in unneeded)
    if all(chain.presented.count(each) > 1 for each in unneeded):
        return Found(f"Sent more than once: {names}.", evidence, (f"Leave it there once {_WHERE}",), title=_REPEATED)
    return Found(f"Sent, and of no use: {names}.", evidence, (f"Leave it out {_WHERE}",))


def _unneeded(chain: Chain) -> list[Certificate]:
    """Return what is presented twice, or that no chain of issuers leads to from the leaf."""
    wanted, reached = {chain.leaf.issuer.der}, set[bytes]()
    while wanted:
        reached |= wanted
        wanted = {each.issuer.der for each in chain.presented[1:] if each.subject.der in wanted} - reached
    first = [each.sha256 for each in chain.presented]
    return [
        each
        for place, each in enumerate(chain.presented)
        if place and (each.subject.der not in reached or first.index(each.sha256) != place)
    ]


def root_included(e: Evidence) -> Found | None:
    """The server sends its root certificate too.

    It is of no use: a client that has the root does not need it, and one that has not must not take it from here. It is
    harmless but for Java, which also judged its signature (SHA-1 in old roots), and for its bytes.

    Why it happens:
    - the whole chain, root included, was put into ssl_cert_file.

    Fix:
    - leave the root out of ssl_cert_file.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # Certificate chain: s: and i: alike

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2; https://github.com/Azure/azure-postgresql/issues/112
    """
    chain = _sound(e)
    if chain is None:
        return None
    unneeded = _unneeded(chain)
    root = next((each for each in chain.presented[1:] if each.self_issued and each not in unneeded), None)
    if root is None:
        return None
    evidence = {"root": root.subject.text, "sha256": root.sha256}
    return Found(f"The server also sends the root '{root.subject.common_name}'.", evidence)


def root_retired(e: Evidence) -> Found | None:
    """The chain ends at a root that root stores have dropped.

    It is trusted here; clients that go by their system's or language's root store refuse it, if not today then after
    their next update. DigiCert Global Root CA left Mozilla's and Chrome's stores on 2026-04-15 (certifi 2026.4.22,
    webpki-roots 1.0.7), Baltimore CyberTrust Root Mozilla's on 2025-04-15.

    Why it happens:
    - the server has not been moved to a chain under a newer root: in China, or by an extension of the rotation;
    - a root file still has the old root, though the server offers a way to a newer one.

    Fix:
    - give the clients a root file of their own that has this root: the bundle's profile china, or full;
    - ask for the server to be moved to DigiCert Global Root G2.

    See for yourself:
        psql "host=NAME sslmode=verify-full sslrootcert=system"   # certificate verify failed

    Sources: https://wiki.mozilla.org/CA/Root_CA_Lifecycles;
        https://knowledge.digicert.com/alerts/digicert-tls-root-strategy-aligning-with-industry-standards
    """
    chain = _sound(e)
    if chain is None:
        return None
    anchor, today = chain.path[-1], e.at.date()
    roots = (ca for ca in e.trust.known if ca.role == "root" and ca.spki_sha256 == anchor.spki_sha256)
    retired = next((ca for ca in roots if ca.until and ca.until <= today), None)
    if retired is None:
        return None
    name = anchor.subject.common_name
    evidence = {"root": anchor.subject.text, "retired": str(retired.until), "why": retired.until_why}
    fix = (
        f"Let clients use a root file that has '{name}', not their system's: azpg-tls bundle path --profile china",
        "Ask whoever runs the server for a chain under a root that is not retired.",
    )
    detail = f"The chain ends at '{name}', retired on {retired.until}: {retired.until_why}."
    return Found(detail, evidence, fix)


def certificate_not_strict(e: Evidence) -> Found | None:
    """A stricter verifier would refuse this chain, which OpenSSL accepts.

    libpq connects. Clients with other verifiers may not: rustls (sqlx, tokio-postgres) and Go (pgx), for which
    cryptography's verifier speaks here, Python from 3.13 on, whose default context sets VERIFY_X509_STRICT, and Java.
    Their rules are close to each other's, not the same.

    Why it happens:
    - a private CA was made by an old script: no key identifiers, basicConstraints not marked critical, a CA without
      keyUsage, a server's certificate that is its own root;
    - the kind of key or signature is none of those that public CAs use: a curve of less than 256 bits, which Mozilla's
      intermediate profile asks for, or not one of NIST's; SHA-224;
    - extendedKeyUsage has Server Gated Cryptography, which OpenSSL and Java take for serverAuth, and nobody else does;
    - keyUsage lacks digitalSignature, without which Java takes no certificate for TLS 1.3 or ECDHE;
    - the server's key is of a brainpool curve: OpenSSL before 3.2 does not even shake hands with it;
    - an extension that OpenSSL does not look at is malformed, or a name has other letters than ASCII's: asyncpg, too,
      loses the connection over it.

    Fix:
    - have the certificate in question issued again by RFC 5280: authority and subject key identifiers, critical
      basicConstraints, keyUsage; current openssl, cfssl and step-ca do so by default;
    - for a server: extendedKeyUsage serverAuth, keyUsage digitalSignature, a key of RSA or of the curve P-256.

    See for yourself:
        openssl verify -x509_strict -CAfile ROOTS -untrusted INTERMEDIATES server.crt

    Sources: https://docs.python.org/3/whatsnew/3.13.html#ssl; https://cryptography.io/en/latest/x509/verification/;
        https://www.rfc-editor.org/rfc/rfc5280#section-4.2
    """
    chain = _sound(e)
    # What is too weak for them is named as such, and a certificate without names too.
    if chain is None or not chain.leaf.sans or weak_key(e) or weak_signature(e):
        return None
    found = strictness.refusals(chain, e.at)
    if not found:
        return None
    evidence = {refusal.verifier: refusal.rule for refusal in found}
    detail = " ".join(f"{refusal.verifier}: {refusal.rule.rstrip('.')}." for refusal in found)
    fix = tuple(dict.fromkeys(_REMEDIES.get(refusal.verifier, _REISSUE) for refusal in found))
    return Found(f"A stricter verifier would refuse the chain. {detail}", evidence, (*fix, _MEANWHILE))


def issuer_unrecognised(e: Evidence) -> Found | None:
    """The chain is sound, and leads through a CA that we do not know.

    The root is one of Azure's, the intermediate is none of those that this version of azpg-tls has heard of. Roots are
    what is trusted, so nothing is wrong.

    Why it happens:
    - Microsoft has put a new intermediate into service: these change without notice;
    - the certificate was not issued for Azure, but by another CA under the same public root.

    Fix:
    - nothing, unless a client pins intermediates: roots are what to pin. A newer azpg-tls may know it.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   # compare with Azure's list

    Sources: https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details
    """
    chain = _sound(e)
    if chain is None or not e.target.cloud:
        return None
    known = {ca.spki_sha256 for ca in e.trust.known}
    stranger = next((ca for ca in chain.path[1:-1] if ca.spki_sha256 not in known), None)
    if stranger is None or chain.path[-1].spki_sha256 not in known:
        return None
    evidence = {"issuer": stranger.subject.text, "sha256": stranger.sha256, "root": chain.path[-1].subject.text}
    return Found(f"The chain leads through '{stranger.subject.common_name}', a CA that we do not know.", evidence)
