"""Rules of the certificate stage: is there a path from the leaf to a root that is trusted, now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate
    from azpg_tls.chain import Chain
    from azpg_tls.evidence import Evidence


def _no_path(e: Evidence) -> Chain | None:
    """Return the chain if OpenSSL found no way from its leaf to an anchor, dates aside."""
    return e.chain if e.chain and e.chain.timeless.error in c.NO_PATH else None


def _day(moment: dt.datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "an unreadable date"


def _top(chain: Chain) -> Certificate:
    """Return the last certificate that the presented ones lead to, from the leaf upwards."""
    by_subject = {certificate.subject.der: certificate for certificate in chain.presented[1:]}
    top = chain.leaf
    for _ in chain.presented:
        top = by_subject.get(top.issuer.der, top)
    return top


_AZURE_RENEWS = "Azure renews its certificates itself: if this one is not renewed in time, open a support request."


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
    if chain is None or chain.timeless.error != c.DEPTH_ZERO_SELF_SIGNED_CERT:
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
    - after a renewal the old intermediate was left in place.

    Fix:
    - on the server, append every intermediate to ssl_cert_file, the issuer of the leaf first, and reload. Do not
      put it into the clients' root files: intermediates change without notice.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts   (verify error:num=20 or 21)

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2;
        https://www.postgresql.org/docs/current/ssl-tcp.html
    """
    chain = _no_path(e)
    missing = _missing(chain) if chain else None
    if chain is None or missing is None:
        return None
    name, issuer = missing.subject.common_name, missing.issuer.common_name
    evidence = {"missing": name, "issuer": issuer, "presented": len(chain.presented), "trust": e.trust.label}
    fix = [f"On the server: append the certificate of '{name}' to ssl_cert_file, below those it has, and reload."]
    if e.target.cloud:
        fix = ["Azure's servers send their intermediates: look for a proxy in between, or open a support request."]
    detail = f"{e.endpoint} does not send the certificate of '{name}' that '{issuer}' issued."
    return Found(detail, evidence, tuple(fix))


def _missing(chain: Chain) -> Certificate | None:
    """Return the first certificate that would close the gap, None if none that we know would."""
    presented = {certificate.sha256 for certificate in chain.presented}
    path = chain.completed.path if chain.completed else ()
    return next((ca for ca in path[1:-1] if ca.sha256 not in presented), None)


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
        openssl s_client -starttls postgres -connect NAME:5432 -CAfile ROOTS   (verify error:num=19, 20 or 21)

    Sources: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY (20), X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN (19)
    """
    chain = _no_path(e)
    if chain is None or self_signed(e) or missing_intermediate(e):
        return None
    top = _top(chain)
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


def _out_of_date(e: Evidence, *errors: int) -> tuple[Certificate, int] | None:
    """Return the certificate that is refused for its dates, and its depth, if one of *errors* is why."""
    chain = e.chain
    if chain is None:
        return None
    if chain.trusted.error in errors:
        # Without a path, another fault is found beside this one; OpenSSL then speaks of what was presented.
        candidates = chain.path or chain.presented
        depth = min(chain.trusted.depth, len(candidates) - 1)
        return candidates[depth], depth
    if chain.trusted.error in (c.OK, *c.DATES) or chain.timeless.error:
        return None
    # Of several issuers OpenSSL follows the one that is valid, here to no anchor: the way there leads over another.
    expired = c.CERT_HAS_EXPIRED in errors
    for depth, certificate in enumerate(chain.path):
        limit = certificate.not_after if expired else certificate.not_before
        if limit is None or (limit <= e.at if expired else limit > e.at):
            return certificate, depth
    return None


def expired(e: Evidence) -> Found | None:
    """A certificate of the chain has expired.

    Why it happens:
    - the renewal failed, or the server was not reloaded after it;
    - an intermediate or cross-signed CA has run out, and the server still sends it. Azure's cross-signed
      issuing CAs 03, 04, 07 and 08 expired on 2026-08-25;
    - this machine's clock is ahead.

    Fix:
    - renew the certificate, put it into ssl_cert_file, and SELECT pg_reload_conf();
    - replace an expired CA by its successor, or by its other signature under a root that is trusted;
    - check this machine's clock: date -u

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 | openssl x509 -noout -dates

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5; X509_V_ERR_CERT_HAS_EXPIRED (10)
    """
    found = _out_of_date(e, c.CERT_HAS_EXPIRED, c.NOT_AFTER_UNREADABLE)
    if found is None:
        return None
    certificate, depth = found
    name = certificate.subject.common_name
    if e.target.cloud:
        renew = _AZURE_RENEWS
    elif depth == 0:
        renew = f"Renew '{name}' on the server, then: SELECT pg_reload_conf();"
    else:
        renew = f"Replace the CA '{name}' by its successor, in ssl_cert_file or, if it is a root, in the root file."
    evidence = {"subject": certificate.subject.text, "not_after": _day(certificate.not_after), "at": _day(e.at)}
    until = certificate.not_after
    detail = f"'{name}' expired on {_day(until)}." if until else f"The end of validity of '{name}' cannot be read."
    return Found(detail, evidence, (renew, "Check this machine's clock: date -u"))


def not_yet_valid(e: Evidence) -> Found | None:
    """A certificate of the chain is not valid yet.

    Why it happens:
    - this machine's clock is behind;
    - the certificate was issued for a later date, or by a machine whose clock is ahead.

    Fix:
    - check this machine's clock: date -u, then its NTP service;
    - have the certificate issued again.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 | openssl x509 -noout -dates

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5; X509_V_ERR_CERT_NOT_YET_VALID (9)
    """
    found = _out_of_date(e, c.CERT_NOT_YET_VALID, c.NOT_BEFORE_UNREADABLE)
    if found is None:
        return None
    certificate, _ = found
    name = certificate.subject.common_name
    evidence = {"subject": certificate.subject.text, "not_before": _day(certificate.not_before), "at": _day(e.at)}
    fix = ("Check this machine's clock: date -u", f"If it is right, have '{name}' issued again.")
    begin = certificate.not_before
    detail = f"'{name}' is valid only from {_day(begin)} on." if begin else f"The first day of '{name}' cannot be read."
    return Found(detail, evidence, fix)


def bad_signature(e: Evidence) -> Found | None:
    """A signature in the chain is wrong.

    A certificate names an issuer whose key did not sign it, or whose kind of signature OpenSSL does not know.

    Why it happens:
    - a CA was made anew under its old name, with a new key, and the old certificates were kept;
    - a file is damaged, or was put together from two chains;
    - somebody forged the certificate.

    Fix:
    - put leaf and intermediates of one and the same issue into ssl_cert_file.

    See for yourself:
        openssl verify -CAfile ROOTS -untrusted INTERMEDIATES server.crt   (certificate signature failure)

    Sources: X509_V_ERR_CERT_SIGNATURE_FAILURE (7)
    """
    fix = "Put leaf and intermediates of one and the same issue into the server's ssl_cert_file, and reload."
    return _openssl_refuses(e, c.BAD_SIGNATURE, fix)


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
    - have it issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.

    See for yourself:
        openssl verify -purpose sslserver -CAfile ROOTS server.crt   (unsuitable certificate purpose)

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12; X509_V_ERR_INVALID_PURPOSE (26)
    """
    elsewhere = {*c.NO_PATH, *c.BAD_SIGNATURE, *c.INVALID_CA, *c.NAME_CONSTRAINTS, c.OK}
    if e.chain is None or e.chain.timeless.error in elsewhere:
        return None
    fix = "Have the certificate issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature."
    return _openssl_refuses(e, (e.chain.timeless.error,), fix)


def _openssl_refuses(e: Evidence, errors: tuple[int, ...], fix: str) -> Found | None:
    if e.chain is None or e.chain.timeless.error not in errors:
        return None
    answer = e.chain.timeless
    evidence = {"openssl_error": answer.error, "depth": answer.depth, "openssl": answer.reason}
    return Found(f"OpenSSL refuses the chain at depth {answer.depth}: {answer.reason}.", evidence, (fix,))


def expires_soon(e: Evidence) -> Found | None:
    """A certificate of the chain expires soon.

    Why it happens:
    - the renewal is due. Azure renews by itself, weeks before; elsewhere somebody has to.

    Fix:
    - renew it, and check that what renews it automatically still works;
    - change the limit with --expires-within DAYS.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 | openssl x509 -noout -enddate

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5
    """
    if e.chain is None or e.chain.trusted.error:
        return None
    limit = e.at + dt.timedelta(days=e.policy.expires_within)
    for certificate in e.chain.path:
        if certificate.not_after and certificate.not_after < limit:
            days = (certificate.not_after - e.at).days
            name = certificate.subject.common_name
            evidence = {"subject": certificate.subject.text, "not_after": _day(certificate.not_after), "days": days}
            renew = _AZURE_RENEWS if e.target.cloud else f"Renew '{name}' on the server before then, and reload it."
            return Found(f"'{name}' expires in {days} day(s), on {_day(certificate.not_after)}.", evidence, (renew,))
    return None
