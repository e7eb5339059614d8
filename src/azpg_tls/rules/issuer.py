"""Rules of the certificate stage: who issued it, and is there a path from there to a root that is trusted.

Which of these causes it is, `azpg_tls.issuer` has decided: they exclude each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.chain import CHAIN_TOO_LONG
from azpg_tls.issuer import Impostor, Intercepted, Kindred, Missing, SelfSigned, Unknown
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.chain import Chain
    from azpg_tls.evidence import Evidence


def tls_intercepted(e: Evidence) -> Found | None:
    """A product that inspects TLS signed the certificate in the server's stead.

    It ends the connection, reads what passes, and connects to the server in its own name. Whoever trusts its CA can
    connect; then passwords and tokens are sent to the product, not to the server. A product of which a CA is among the
    trust anchors is not spoken of: it has been trusted on purpose.

    Why it happens:
    - a company's proxy or firewall, or a virus scanner or debugging proxy on this machine, inspects what goes out;
    - the CA's name is a known product's. A CA by any other name is taken for one only if it has certified a host of
      Azure's, which is not its to certify, within the last hour.

    Fix:
    - have the server's name exempted from inspection: PostgreSQL begins TLS in its own way, which such products rarely
      follow, and channel binding and client certificates fail through them;
    - only if your organization demands the inspection: give the product's CA to the clients, sslrootcert=FILE.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   # issuer=

    Sources: https://jhalderm.com/pub/papers/interception-ndss17.pdf;
        https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details
    """
    fault = e.issuer_fault
    if e.chain is None or not isinstance(fault, Intercepted):
        return None
    leaf, ca = e.chain.leaf, fault.ca
    fix = (
        f"Have '{e.target.server_name}' exempted from TLS inspection, and ask whoever runs it which CA it uses.",
        "Do not send a password or token over this connection before you know who reads it.",
    )
    if fault.product:
        evidence = {"product": fault.product, "ca": ca.text, "issuer": leaf.issuer.text, "trust": e.trust.label}
        return Found(f"{fault.product} signed this certificate: its CA is called '{ca.common_name}'.", evidence, fix)
    evidence = {"product": "unknown", "ca": ca.text, "not_before": str(leaf.not_before), "at": str(e.at)}
    detail = f"'{ca.common_name}', no CA of Azure's, certified {e.target.server_name} within the last hour."
    return Found(detail, evidence, fix)


def issuer_impostor(e: Evidence) -> Found | None:
    """A CA has a trusted root's name, and another key.

    The chain names a root that is trusted, or a known CA of Azure's, as its issuer; but that CA's key did not sign it.
    Where that cannot be checked here, it proves no impostor: see bad-signature and weak-key.

    Why it happens:
    - a private CA was made anew under its old name, and the clients still have the old one;
    - a test environment imitates the names of real CAs;
    - somebody impersonates the CA.

    Fix:
    - compare the SHA-256 of the root with whoever runs the server, over another channel than this connection;
    - if the CA was renewed: give the new root to the clients, and replace what the old one signed.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts -CAfile ROOTS </dev/null   # error 7, 19 or 20
        openssl x509 -in root.crt -noout -subject -ext subjectKeyIdentifier

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1
    """
    fault = e.issuer_fault
    if not isinstance(fault, Impostor):
        return None
    shown, genuine, name = fault.shown, fault.genuine, fault.name
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
        psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   # certificate verify failed

    Sources: https://www.postgresql.org/docs/current/ssl-tcp.html#SSL-CERTIFICATE-CREATION;
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT (18)
    """
    if e.chain is None or not isinstance(e.issuer_fault, SelfSigned):
        return None
    leaf = e.chain.leaf
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
    - after a renewal the old intermediate was left in place, or the form of it that another root has cross-signed;
    - one of several intermediates was forgotten.

    A CA that is not known is taken for a missing intermediate if it is of the same organization as a trust anchor and
    does not call itself a root; any other is an unknown issuer.

    Fix:
    - on the server, append every intermediate to ssl_cert_file, the issuer of the leaf first, and reload. Do not
      put it into the clients' root files: intermediates change without notice.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   # verify error:num=20 or 21

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2;
        https://www.postgresql.org/docs/current/ssl-tcp.html
    """
    fault = e.issuer_fault
    if e.chain is None or not isinstance(fault, Missing | Kindred):
        return None
    missing = [ca.subject for ca in fault.cas] if isinstance(fault, Missing) else [fault.name]
    names = [name.common_name for name in missing]
    evidence: dict[str, object] = {"missing": names, "presented": len(e.chain.presented), "trust": e.trust.label}
    quoted = " and ".join(f"'{name}'" for name in names)
    certificates = "certificates" if len(names) > 1 else "certificate"
    below = "each below the one it issued" if len(names) > 1 else "below the one it issued"
    fix = [f"On the server: add the {certificates} of {quoted} to ssl_cert_file, {below}; reload."]
    if e.target.cloud:
        fix = [f"Azure's servers send their intermediates ({quoted}): look for a proxy, or open a support request."]
    if isinstance(fault, Kindred):
        evidence["organization"] = fault.name.organization
        detail = f"{e.endpoint} does not send the certificate of {quoted}, of the organization of a trusted root."
        return Found(detail, evidence, tuple(fix))
    evidence["issuer"] = fault.cas[-1].issuer.common_name
    if e.chain.known_path:
        root = e.chain.known_path[-1].subject.common_name
        fix.append(f"The root '{root}' is not in {e.trust.label} either: add it, or use azpg-tls bundle path")
    issued = ", and ".join(f"'{ca.subject.common_name}' that '{ca.issuer.common_name}' issued" for ca in fault.cas)
    detail = f"{e.endpoint} does not send the {certificates} of {issued}."
    if {ca.subject.der for ca in fault.cas} & {each.subject.der for each in e.chain.presented}:
        detail = detail.removesuffix(".") + ", but another of that name."
    return Found(detail, evidence, tuple(fix))


def unknown_issuer(e: Evidence) -> Found | None:
    """The server's chain does not lead to a root that is trusted here.

    The certificates that were presented end at a CA that is not among the trust anchors, or they never end. Only a
    self-signed certificate in the root file is an anchor.

    Why it happens:
    - the server's CA is private, and its root is not in the file given as --sslrootcert;
    - the CA changed, and the root file is older than the change;
    - the root file holds an intermediate or a server's certificate in the place of the root;
    - CAs have signed each other, and OpenSSL follows them in a circle;
    - another server, or a proxy that inspects TLS, answers in its place.

    Fix:
    - give the root of the server's CA: sslrootcert=FILE, obtained from whoever runs the server, not from the wire;
    - for Azure, use this package's bundle (azpg-tls bundle path). Since the rotation of 2025-26 a file with Microsoft
      RSA Root Certificate Authority 2017 alone is not enough: the chains end at DigiCert Global Root G2.

    See for yourself:
        psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   # certificate verify failed
        openssl s_client -starttls postgres -connect NAME:5432 -CAfile ROOTS </dev/null   # error 19, 20 or 21

    Sources: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY (20), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN (19)
    """
    fault = e.issuer_fault
    if e.chain is None or not isinstance(fault, Unknown):
        return None
    # The root that is needed, if the chain is one of those we know; else whatever its last certificate names.
    issuer = e.chain.known_path[-1].subject if e.chain.known_path else fault.top.issuer
    name = issuer.common_name
    evidence = {"issuer": issuer.text, "root_presented": fault.top.self_issued, "trust": e.trust.label}
    detail = f"The chain ends at '{name}', which is not in the trust anchors ({e.trust.label})."
    if fault.namesake:
        detail = f"OpenSSL finds no way to '{name}', though one of that name is in the trust anchors ({e.trust.label})."
    if e.chain.timeless.error == CHAIN_TOO_LONG:
        detail = f"OpenSSL gives up after {e.chain.timeless.depth - 1} CAs, without a trust anchor ({e.trust.label})."
    return Found(detail, evidence, _to_know_it(e, e.chain, fault, name))


def _to_know_it(e: Evidence, chain: Chain, fault: Unknown, name: str) -> tuple[str, ...]:
    """Return what to do about the CA called *name*, at which the chain ends without being trusted."""
    if chain.timeless.error == CHAIN_TOO_LONG:
        return (
            "Leave nothing but the server's certificate and its intermediates in ssl_cert_file, and reload.",
            "If CAs have signed each other, there or in the root file: take those forms of them out.",
        )
    if fault.namesake:
        return (
            "Let the root file hold roots alone: an intermediate in it is none, and hides the one that is sent.",
            "Compare the key identifiers: openssl x509 -noout -ext subjectKeyIdentifier,authorityKeyIdentifier",
        )
    if chain.known_path:
        return (f"Add the root '{name}' to the clients' root file, or use the bundle with it: azpg-tls bundle path",)
    if chain.completed and chain.completed.path:
        return (
            f"On the server: take the {_hiding(chain)} out of ssl_cert_file, it hides the one that leads to a root.",
        )
    if e.target.cloud:
        said = f"No known Azure CA is called '{name}'"
        if any(ca.common_name == name for ca in e.trust.known):
            said = f"An Azure CA is called '{name}', but did not sign this"
        return (
            f"{said}: look for a proxy that inspects TLS on the way.",
            "Check with --hostaddr and your DNS which machine answers.",
        )
    fix: tuple[str, ...] = (
        f"If '{name}' is your own CA: give its root to the clients, sslrootcert=FILE.",
        "Obtain the root from whoever runs the server, never from this connection.",
    )
    no_root = next((each for each in chain.line if each.der in e.trust.anchors), None)
    if no_root:
        fix = (f"'{no_root.subject.common_name}' in the root file is no root, and so no anchor for OpenSSL.", *fix)
    if fault.top.self_issued:
        return fix
    return (*fix, f"If '{name}' is an intermediate: have the server send it (ssl_cert_file).")


def _hiding(chain: Chain) -> str:
    """Return which form of a CA OpenSSL follows, instead of the one in the path that could be."""
    other = chain.completed.path if chain.completed else ()
    followed = next((each for each in chain.line if each not in other), chain.line[-1])
    name = followed.subject.common_name
    return f"self-signed '{name}'" if followed.self_issued else f"'{name}' that '{followed.issuer.common_name}' issued"
