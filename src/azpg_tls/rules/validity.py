"""Rules of the certificate stage: is the certificate valid now, neither out of its dates nor revoked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from azpg_tls import chain as c
from azpg_tls.revocation import revocation
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate
    from azpg_tls.evidence import Evidence

_ENDED = (c.CERT_HAS_EXPIRED, c.NOT_AFTER_UNREADABLE)
_NOT_BEGUN = (c.CERT_NOT_YET_VALID, c.NOT_BEFORE_UNREADABLE)
_CHECK_CLOCK = "Check this machine's clock: date -u"
_AZURE_RENEWS = "Azure renews its certificates itself: if this one is not renewed in time, open a support request."
# CAs outlive the servers below them; one that was still good so long after a server's end was there to renew it.
_BEYOND_REASON = dt.timedelta(days=365)


def _day(moment: dt.datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "an unreadable date"


def clock_skew(e: Evidence) -> Found | None:
    """The clock of this machine is wrong: the whole chain says so.

    Not one certificate is out of its dates, but all of them are, which no server's operator overlooks.

    Why it happens:
    - the clock is behind, as after an empty battery, in a container or a resumed virtual machine: the server's
      certificate and every CA below the root (with no such CA: the root too) are not valid yet;
    - the clock is ahead: everything up to the root has expired, the first more than a year before the last;
    - seldom, the chain was made by a machine whose own clock is wrong.

    Fix:
    - set the clock: date -u shows it, and timedatectl whether it is synchronized (NTP).

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -showcerts </dev/null   # v:NotBefore

    Sources: X509_V_ERR_CERT_NOT_YET_VALID (9), X509_V_ERR_CERT_HAS_EXPIRED (10);
        https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5
    """
    if e.chain is None or not e.chain.path or e.chain.trusted.error not in c.DATES:
        return None
    path = e.chain.path
    begins = [each.not_before for each in path if each.not_before]
    ends = [each.not_after for each in path if each.not_after]
    if len(begins) < len(path) or len(ends) < len(path):
        return None
    evidence = {"at": _day(e.at), "not_before": [_day(day) for day in begins], "not_after": [_day(day) for day in ends]}
    fix = ("Set this machine's clock: date -u, then: timedatectl status",)
    below = begins[:-1] if len(path) > 2 else begins
    if len(path) > 1 and all(e.at < begin for begin in below):
        detail = f"This machine's clock says {_day(e.at)}, when no certificate of the chain was valid yet."
        return Found(detail, evidence, fix)
    if all(end < e.at for end in ends) and max(ends) - min(ends) > _BEYOND_REASON:
        detail = f"This machine's clock says {_day(e.at)}, when the whole chain has expired, its root included."
        return Found(detail, evidence, fix)
    return None


def _out_of_date(e: Evidence, errors: tuple[int, ...]) -> tuple[Certificate, int] | None:
    """Return the certificate that is refused for its dates, and its depth, if one of *errors* is why and no clock."""
    chain = e.chain
    if chain is None or clock_skew(e):
        return None
    if chain.trusted.error in errors:
        # Without a path, another fault is found beside this one; OpenSSL then speaks of what was presented.
        candidates = chain.path or chain.presented
        depth = min(chain.trusted.depth, len(candidates) - 1)
        return candidates[depth], depth
    if chain.trusted.error in (c.OK, *c.DATES) or chain.timeless.error:
        return None
    # Of several issuers OpenSSL follows the one that is valid, here to no anchor: the way there leads over another.
    ended = errors == _ENDED
    for depth, certificate in enumerate(chain.path):
        limit = certificate.not_after if ended else certificate.not_before
        if limit is None or (limit <= e.at if ended else limit > e.at):
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
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null | openssl x509 -noout -dates

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5; X509_V_ERR_CERT_HAS_EXPIRED (10)
    """
    found = _out_of_date(e, _ENDED)
    if found is None:
        return None
    certificate, depth = found
    name, until = certificate.subject.common_name, certificate.not_after
    if depth and certificate.der in e.trust.anchors:
        renew = f"Replace '{name}' by its successor in the root file ({e.trust.label}): that is where it has expired."
    elif e.target.cloud:
        renew = _AZURE_RENEWS
    elif depth == 0:
        renew = f"Renew '{name}' on the server, then: SELECT pg_reload_conf();"
    else:
        renew = f"On the server: replace the CA '{name}' by its successor in ssl_cert_file, and reload."
    evidence = {"subject": certificate.subject.text, "not_after": _day(until), "at": _day(e.at)}
    detail = f"'{name}' expired on {_day(until)}." if until else f"The end of validity of '{name}' cannot be read."
    return Found(detail, evidence, (renew, _CHECK_CLOCK))


def not_yet_valid(e: Evidence) -> Found | None:
    """A certificate of the chain is not valid yet.

    Why it happens:
    - this machine's clock is behind;
    - the certificate was issued for a later date, or by a machine whose clock is ahead.

    Fix:
    - check this machine's clock: date -u, then its NTP service;
    - have the certificate issued again.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null | openssl x509 -noout -dates

    Sources: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5; X509_V_ERR_CERT_NOT_YET_VALID (9)
    """
    found = _out_of_date(e, _NOT_BEGUN)
    if found is None:
        return None
    certificate, _ = found
    name, begin = certificate.subject.common_name, certificate.not_before
    evidence = {"subject": certificate.subject.text, "not_before": _day(begin), "at": _day(e.at)}
    detail = f"'{name}' is valid only from {_day(begin)} on." if begin else f"The first day of '{name}' cannot be read."
    return Found(detail, evidence, (_CHECK_CLOCK, f"If it is right, have '{name}' issued again."))


def expires_soon(e: Evidence) -> Found | None:
    """A certificate of the chain expires soon.

    Why it happens:
    - the renewal is due. Azure renews by itself, weeks before; elsewhere somebody has to.

    Fix:
    - renew it, and check that what renews it automatically still works;
    - change the limit with --expires-within DAYS.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null | openssl x509 -noout -enddate

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


def revoked(e: Evidence) -> Found | None:
    """The CA has revoked the server's certificate.

    The server itself sends the CA's word for it, in a stapled OCSP response. libpq and most drivers do not look at it;
    Java and browsers may. Only a response that the CA or its responder signed counts, and nothing is fetched: a server
    that staples nothing is not known to be unrevoked.

    Why it happens:
    - the private key was lost or disclosed, or the certificate was replaced or issued wrongly;
    - the certificate was renewed, the old one revoked, and the server not reloaded.

    Fix:
    - have a new certificate issued, with a new key, put it into ssl_cert_file and reload.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -status </dev/null   # Cert Status: revoked

    Sources: https://www.rfc-editor.org/rfc/rfc6960#section-2.2; https://www.rfc-editor.org/rfc/rfc6066#section-8
    """
    chain, handshake = e.chain, e.handshake
    if chain is None or handshake is None or not handshake.ocsp_response or len(chain.path) < 2:
        return None
    leaf, issuer = chain.path[:2]
    found = revocation(handshake.ocsp_response, leaf, issuer)
    if found is None:
        return None
    name = leaf.subject.common_name
    evidence = {"serial": leaf.serial, "revoked_at": _day(found.at), "reason": found.reason or "not given"}
    fix = f"Have a certificate with a new key issued for '{name}', put it into ssl_cert_file and reload."
    if e.target.cloud:
        fix = "Open a support request: Azure replaces the certificates of its servers itself."
    return Found(f"'{issuer.subject.common_name}' revoked '{name}' on {_day(found.at)}.", evidence, (fix,))
