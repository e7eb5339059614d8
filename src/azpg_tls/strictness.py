"""What stricter verifiers than OpenSSL's default would say of a path that OpenSSL has accepted.

Two are asked: OpenSSL itself with X509_V_FLAG_X509_STRICT, which Python 3.13 sets in ssl.create_default_context, and
cryptography's verifier, which holds to the CA/Browser Forum's profile as rustls (webpki) and Go's crypto/x509 largely
do, and stands in for them here. Neither is asked about the host's name, which is judged elsewhere.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from azpg_tls.chain import OK
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.certificate import Certificate
    from azpg_tls.chain import Chain

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")  # of other names the verifier thinks in its own way

PYTHON = "Python 3.13 (VERIFY_X509_STRICT)"
WEBPKI = "rustls, Go (as told by cryptography)"


@dataclass(frozen=True)
class Refusal:
    """Who refuses a path, and for which rule."""

    verifier: str
    rule: str


def refusals(chain: Chain, at: dt.datetime) -> tuple[Refusal, ...]:
    """Return who would refuse the path of *chain*, which OpenSSL has accepted, at the moment *at* (aware)."""
    found = []
    if chain.strict.error != OK:
        found.append(Refusal(PYTHON, visible(chain.strict.reason)))
    if rule := _refused(chain.path, at):
        found.append(Refusal(WEBPKI, visible(rule)))
    return tuple(found)


def _refused(path: tuple[Certificate, ...], at: dt.datetime) -> str:
    """Return for which rule cryptography's verifier refuses *path*, empty if it does not."""
    from cryptography.x509 import verification

    name = _own_name(path[0])
    if name is None:
        return ""  # it looks at no certificate without a name that it can be asked for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in certificate.py: oddities are facts, not faults of ours
        try:
            leaf, *above = (x509.load_der_x509_certificate(certificate.der) for certificate in path)
            store = verification.Store([(above or [leaf])[-1]])
            verifier = verification.PolicyBuilder().store(store).time(at).build_server_verifier(name)
            verifier.verify(leaf, above[:-1])
        except (verification.VerificationError, ValueError, UnsupportedAlgorithm) as error:
            return str(error).partition(" (encountered processing")[0].removeprefix("validation failed: ")
    return ""


def _own_name(leaf: Certificate) -> x509.DNSName | x509.IPAddress | None:
    """Return a name that *leaf* is certainly for, as the verifier is to say nothing of names."""
    for name in leaf.dns_names:
        if _HOST.fullmatch(name):
            return x509.DNSName(name.replace("*", "any", 1))
    return next((x509.IPAddress(ipaddress.ip_address(ip)) for ip in leaf.ip_addresses), None)
