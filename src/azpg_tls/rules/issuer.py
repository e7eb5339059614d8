"""Rules of the certificate stage: who issued it, and is there a path from there to a root that is trusted.

These causes exclude each other, from the most specific to the least: an inspection product, an impostor, a certificate
that signed itself, an intermediate that was not sent, an issuer that nobody here knows.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls import interception
from azpg_tls.certificate import read
from azpg_tls.hostname import matches
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate, Name
    from azpg_tls.chain import Chain
    from azpg_tls.evidence import Evidence

# A certificate this young was made for this connection or nearly so; no CA of Azure's hands one out so fast.
_MINTED = dt.timedelta(hours=1)
_CALLS_ITSELF_ROOT = re.compile(r"\broot\b", re.IGNORECASE)


def _no_path(e: Evidence) -> Chain | None:
    """Return the chain if OpenSSL found no way from its leaf to an anchor, dates aside."""
    return e.chain if e.chain and e.chain.timeless.error in c.NO_PATH else None


def tls_intercepted(e: Evidence) -> Found | None:
    """A product that inspects TLS signed the certificate in the server's stead.

    It ends the connection, reads what passes, and connects to the server in its own name. Whoever trusts its CA can
    connect; then passwords and tokens are sent to the product, not to the server. A CA that is among the trust
    anchors is not spoken of: it has been trusted on purpose.

    Why it happens:
    - a company's proxy or firewall, or a virus scanner or debugging proxy on this machine, inspects what goes out;
    - the CA's name is a known product's. A CA by any other name is taken for one only if it has certified a host of
      Azure's, which is not its to certify, within the last hour.

    Fix:
    - have the server's name exempted from inspection: PostgreSQL begins TLS in its own way, which such products rarely
      follow, and channel binding and client certificates fail through them;
    - only if your organization demands the inspection: give the product's CA to the clients, sslrootcert=FILE.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   (issuer=)

    Sources: https://jhalderm.com/pub/papers/interception-ndss17.pdf;
        https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details
    """
    if e.chain is None or e.chain.path:
        return None
    named = _inspecting(e)
    issuer = e.chain.leaf.issuer
    fix = [
        f"Have '{e.target.server_name}' exempted from TLS inspection, and ask whoever runs it which CA it uses.",
        "Do not send a password or token over this connection before you know who reads it.",
    ]
    if named:
        product, ca = named
        evidence = {"product": product, "ca": ca.text, "issuer": issuer.text, "trust": e.trust.label}
        return Found(f"{product} signed this certificate: its CA is called '{ca.common_name}'.", evidence, tuple(fix))
    if not _minted(e):
        return None
    evidence = {"product": "unknown", "ca": issuer.text, "not_before": str(e.chain.leaf.not_before), "at": str(e.at)}
    detail = f"'{issuer.common_name}', no CA of Azure's, certified {e.target.server_name} within the last hour."
    return Found(detail, evidence, tuple(fix))


def _inspecting(e: Evidence) -> tuple[str, Name] | None:
    """Return the inspection product whose CA is above the leaf, and that CA's name."""
    chain = e.chain
    if chain is None or chain.leaf.self_issued or _ends_at_known_root(e, chain):
        return None
    for name in (certificate.issuer for certificate in chain.line):
        if product := interception.product(name.text):
            return product, name
    return None


def _ends_at_known_root(e: Evidence, chain: Chain) -> bool:
    path = chain.path or (chain.completed.path if chain.completed else ()) or chain.known_path
    return bool(path) and path[-1].spki_sha256 in {ca.spki_sha256 for ca in e.trust.known}


def _minted(e: Evidence) -> bool:
    """Whether a CA that is not Azure's has just certified a host of Azure's."""
    chain = _no_path(e)
    if chain is None or not e.target.cloud or chain.leaf.self_issued or _ends_at_known_root(e, chain):
        return False
    leaf, begin = chain.leaf, chain.leaf.not_before
    if begin is None or not dt.timedelta(0) <= e.at - begin <= _MINTED or not matches(e.target.server_name, leaf):
        return False
    names = {text for ca in e.trust.known for text in (ca.common_name, read(ca.der).subject.organization) if text}
    above = {text for each in chain.line for text in (each.issuer.common_name, each.issuer.organization)}
    return names.isdisjoint(above)


def issuer_impostor(e: Evidence) -> Found | None:
    """A CA has a trusted root's name, and another key.

    The chain names a trust anchor or a known CA of Azure's as its issuer; but that CA's key did not sign it.

    Why it happens:
    - a private CA was made anew under its old name, and the clients still have the old one;
    - a test environment imitates the names of real CAs;
    - somebody impersonates the CA.

    Fix:
    - compare the SHA-256 of the root with whoever runs the server, over another channel than this connection;
    - if the CA was renewed: give the new root to the clients, and replace what the old one signed.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts -CAfile ROOTS </dev/null   (error 7, 19 or 20)
        openssl x509 -in root.crt -noout -subject -ext subjectKeyIdentifier

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1
    """
    found = _impostor(e)
    if found is None or tls_intercepted(e):
        return None
    shown, genuine, name = found
    evidence = {
        "name": name.text,
        "key_id_expected": genuine.key_id,
        "key_id_found": shown.key_id if shown.subject.text == name.text else shown.issuer_key_id,
        "spki_sha256_expected": genuine.spki_sha256,
        "trust": e.trust.label,
    }
    fix: tuple[str, ...] = (
        f"Ask whoever runs the server whether '{name.common_name}' was made anew, and compare its SHA-256 with theirs.",
        "Until then trust nothing that this server says: whoever answers uses a trusted CA's name without its key.",
    )
    if e.target.cloud:
        fix = ("No Azure CA shares its name with another: check with --hostaddr and your DNS which machine answers.",)
    whose = "a trust anchor" if genuine.der in e.trust.anchors else "a known CA of Azure's"
    return Found(f"'{name.common_name}' has the name of {whose}, but another key.", evidence, fix)


def _impostor(e: Evidence) -> tuple[Certificate, Certificate, Name] | None:
    """Return the certificate that shows it, the genuine CA of that name, and the name; None if all keys are right."""
    chain = e.chain
    if chain is None or chain.timeless.error not in (*c.NO_PATH, *c.BAD_SIGNATURE) or chain.known_path:
        return None
    if chain.completed and chain.completed.path:
        return None
    genuine: dict[str, list[Certificate]] = {}
    for der in (*e.trust.anchors, *(ca.der for ca in e.trust.known)):
        ca = read(der)
        genuine.setdefault(_folded(ca.subject), []).append(ca)
    for certificate in chain.line:
        namesakes = genuine.get(_folded(certificate.subject), [])
        if namesakes and certificate.spki_sha256 not in {ca.spki_sha256 for ca in namesakes}:
            return certificate, namesakes[0], certificate.subject
    top = chain.line[-1]
    namesakes = genuine.get(_folded(top.issuer), [])
    # One that claims the right key, and was not signed by it, is damaged or forged: its signature is what is wrong.
    claims_it = top.issuer_key_id and top.issuer_key_id in {ca.key_id for ca in namesakes}
    if not namesakes or claims_it or any(c.issued(ca, top) for ca in namesakes):
        return None
    return top, namesakes[0], top.issuer


def _folded(name: Name) -> str:
    """Return *name* as OpenSSL compares it: without regard to case and kind of string (X509_NAME_cmp)."""
    return " ".join(name.text.casefold().split())


def self_signed(e: Evidence) -> Found | None:
    """The server's certificate is signed by itself, and nobody trusts it.

    Why it happens:
    - the server runs with the certificate that its installation made (Debian's ssl-cert-snakeoil);
    - somebody made one with openssl req -x509;
    - another server answers: Azure's certificates are never self-signed.

    Fix:
    - have a certificate issued by a CA;
    - or give this very certificate to the clients: sslrootcert=server.crt, if it names the host.

    See for yourself:
        psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   (certificate verify failed)

    Sources: https://www.postgresql.org/docs/current/ssl-tcp.html#SSL-CERTIFICATE-CREATION;
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT (18)
    """
    chain = _no_path(e)
    if chain is None or chain.timeless.error != c.DEPTH_ZERO_SELF_SIGNED_CERT or issuer_impostor(e):
        return None
    leaf = chain.leaf
    fix = [
        f"Have a certificate for {e.target.server_name} issued by a CA that your clients trust.",
        "Or, after comparing its SHA-256 on the server, give exactly it to the clients: sslrootcert=server.crt",
    ]
    if e.target.cloud:
        fix = ["Azure's certificates are never self-signed: check with --hostaddr and your DNS which machine answers."]
    evidence = {"subject": leaf.subject.text, "sha256": leaf.sha256, "trust": e.trust.label}
    return Found(f"{e.endpoint} presents '{leaf.subject.common_name}', signed by itself.", evidence, tuple(fix))


def missing_intermediate(e: Evidence) -> Found | None:
    """The server does not send an intermediate certificate.

    The chain has a gap between the server's certificate and a root that is trusted. Clients that have the missing
    certificate at hand from elsewhere (Windows, browsers) connect; libpq and most drivers do not.

    Why it happens:
    - ssl_cert_file holds the server's certificate alone, not the CAs after it;
    - after a renewal the old intermediate was left in place;
    - one of several intermediates was forgotten.

    A CA that is not known is taken for a missing intermediate if it is of the same organization as a trust anchor and
    does not call itself a root; any other is an unknown issuer.

    Fix:
    - on the server, append every intermediate to ssl_cert_file, the issuer of the leaf first, and reload. Do not
      put it into the clients' root files: intermediates change without notice.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   (verify error:num=20 or 21)

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2;
        https://www.postgresql.org/docs/current/ssl-tcp.html
    """
    chain = _no_path(e)
    if chain is None or tls_intercepted(e) or issuer_impostor(e):
        return None
    missing = _missing(chain)
    subject = missing.subject if missing else _kindred(e, chain)
    if subject is None:
        return None
    name = subject.common_name
    evidence: dict[str, object] = {"missing": name, "presented": len(chain.presented), "trust": e.trust.label}
    fix = [f"On the server: append the certificate of '{name}' to ssl_cert_file, below those it has, and reload."]
    if e.target.cloud:
        fix = ["Azure's servers send their intermediates: look for a proxy in between, or open a support request."]
    if missing is None:
        evidence["organization"] = subject.organization
        detail = f"{e.endpoint} does not send the certificate of '{name}', of the organization of a trusted root."
        return Found(detail, evidence, tuple(fix))
    issuer = missing.issuer.common_name
    evidence["issuer"] = issuer
    if chain.known_path:
        root = chain.known_path[-1].subject.common_name
        fix.append(f"The root '{root}' is not in {e.trust.label} either: add it, or use azpg-tls bundle path")
    return Found(
        f"{e.endpoint} does not send the certificate of '{name}' that '{issuer}' issued.", evidence, tuple(fix)
    )


def _missing(chain: Chain) -> Certificate | None:
    """Return the first known certificate that would close the gap, None if none that we know would."""
    presented = {certificate.sha256 for certificate in chain.presented}
    path = (chain.completed.path if chain.completed else ()) or chain.known_path
    return next((ca for ca in path[1:-1] if ca.sha256 not in presented), None)


def _kindred(e: Evidence, chain: Chain) -> Name | None:
    """Return the issuer that is missing, if an anchor is of its organization and it does not call itself a root."""
    top = _top(e, chain)
    issuer = top.issuer
    if chain.known_path or top.self_issued or _CALLS_ITSELF_ROOT.search(issuer.common_name):
        return None
    anchors = (read(der).subject for der in e.trust.anchors)
    kindred = any(issuer.organization and anchor.organization == issuer.organization for anchor in anchors)
    return issuer if kindred else None


def _top(e: Evidence, chain: Chain) -> Certificate:
    """Return the last certificate that the presented ones lead to, and those beside the roots in the root file."""
    beside = {anchor.subject.der: anchor for anchor in map(read, e.trust.anchors) if not anchor.self_issued}
    top = chain.line[-1]
    for _ in range(len(beside)):
        top = beside.get(top.issuer.der, top)
    return top


def unknown_issuer(e: Evidence) -> Found | None:
    """The server's chain does not lead to a root that is trusted here.

    The certificates that were presented end at a CA that is not among the trust anchors.

    Why it happens:
    - the server's CA is private, and its root is not in the file given as --sslrootcert;
    - the CA changed, and the root file is older than the change;
    - another server, or a proxy that inspects TLS, answers in its place.

    Fix:
    - give the root of the server's CA: sslrootcert=FILE, obtained from whoever runs the server, not from the wire;
    - for Azure, use this package's bundle (azpg-tls bundle path). Since the rotation of 2025-26 a file with Microsoft
      RSA Root Certificate Authority 2017 alone is not enough: the chains end at DigiCert Global Root G2.

    See for yourself:
        psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   (certificate verify failed)
        openssl s_client -starttls postgres -connect NAME:5432 -CAfile ROOTS </dev/null   (error 19, 20 or 21)

    Sources: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY (20), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN (19)
    """
    chain = _no_path(e)
    if chain is None or any(rule(e) for rule in (tls_intercepted, issuer_impostor, self_signed, missing_intermediate)):
        return None
    top = _top(e, chain)
    # The root that is needed, if the chain is one of those we know; else whatever its last certificate names.
    issuer = chain.known_path[-1].subject if chain.known_path else top.issuer
    evidence = {"issuer": issuer.text, "root_presented": top.self_issued, "trust": e.trust.label}
    name, where = issuer.common_name, f"the trust anchors ({e.trust.label})"
    if chain.known_path:
        fix = [f"Add the root '{name}' to the clients' root file, or use the bundle that has it: azpg-tls bundle path"]
    elif chain.completed and chain.completed.path:
        fix = [
            f"On the server: take the self-signed '{name}' out of ssl_cert_file, it hides the one that is cross-signed."
        ]
    elif e.target.cloud:
        ours = any(ca.common_name == name for ca in e.trust.known)
        said = (
            f"An Azure CA is called '{name}', but did not sign this"
            if ours
            else f"No known Azure CA is called '{name}'"
        )
        fix = [
            f"{said}: look for a proxy that inspects TLS on the way.",
            "Check with --hostaddr and your DNS which machine answers.",
        ]
    else:
        fix = [
            f"If '{name}' is your own CA: give its root to the clients, sslrootcert=FILE.",
            "Obtain the root from whoever runs the server, never from this connection.",
        ]
        if not top.self_issued:
            fix.append(f"If '{name}' is an intermediate: have the server send it (ssl_cert_file).")
    return Found(f"The chain ends at '{name}', which is not in {where}.", evidence, tuple(fix))
