"""What stricter verifiers than OpenSSL's default would say of a path that OpenSSL has accepted.

Two are asked: OpenSSL itself with X509_V_FLAG_X509_STRICT, which Python 3.13 sets in ssl.create_default_context, and
cryptography's verifier, which holds to the CA/Browser Forum's profile as rustls (webpki) and Go's crypto/x509 largely
do, and stands in for them here. Neither is asked about the host's name, which is judged elsewhere. Of Java's own rules
one is known here, of rustls' the curves, which are also Mozilla's.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography import x509

from azpg_tls.certificate import CANNOT_READ
from azpg_tls.chain import OK
from azpg_tls.conninfo import is_address
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.certificate import Certificate
    from azpg_tls.chain import Chain

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")  # of other names the verifier thinks in its own way

# How cryptography introduces the last of several reasons, and a value of Rust's, written for programmers.
_NOISE = re.compile(
    r"validation failed: |candidates exhausted: |:? \(?(got )?\w+ \{.*| \(encountered processing.*", re.DOTALL
)

# What rustls takes, and Mozilla's intermediate profile asks for: curves of 256 bits and more, and only NIST's.
_CURVES = ("EC secp256r1", "EC secp384r1", "EC secp521r1")

JAVA = (
    "Java (EndEntityChecker)"  # sun/security/validator, which asks so for TLS 1.3 and for ECDHE (KU_SERVER_SIGNATURE)
)
CURVES = "rustls, Mozilla's intermediate profile"
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
    name = _own_name(chain.leaf)
    # Without a name that it can be asked for, it looks at no certificate.
    if name and (rule := _refused(tuple(each.der for each in chain.path), name, _within(chain.path, at))):
        found.append(Refusal(WEBPKI, visible(rule)))
    odd = next((each for each in chain.path if each.key.startswith("EC ") and each.key not in _CURVES), None)
    if odd:
        found.append(
            Refusal(CURVES, f"'{odd.subject.common_name}' has a key of the curve {odd.key.removeprefix('EC ')}")
        )
    if not chain.leaf.purpose.signs:
        found.append(Refusal(JAVA, "KeyUsage does not allow digital signatures"))
    return tuple(found)


def _within(path: tuple[Certificate, ...], at: dt.datetime) -> dt.datetime:
    """Return the first moment at which all of *path* is valid: OpenSSL has found it so at *at*."""
    return max((each.not_before for each in path if each.not_before), default=at)


@lru_cache(maxsize=64)
def _refused(path: tuple[bytes, ...], name: str, at: dt.datetime) -> str:
    """Return for which rule cryptography's verifier refuses *path* (DER) for *name*, empty if it does not."""
    from cryptography.x509 import verification

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in certificate.py: oddities are facts, not faults of ours
        try:
            leaf, *above = (x509.load_der_x509_certificate(der) for der in path)
            store = verification.Store([(above or [leaf])[-1]])
            verifier = verification.PolicyBuilder().store(store).time(at).build_server_verifier(_subject(name))
            verifier.verify(leaf, above[:-1])
        except (verification.VerificationError, *CANNOT_READ) as error:
            return _NOISE.sub("", str(error))
    return ""


def _own_name(leaf: Certificate) -> str:
    """Return a name or address that *leaf* is certainly for, empty if there is none: names are not what is judged."""
    hosts = (
        name.replace("*", "any", 1) for name in leaf.names.dns_names if _HOST.fullmatch(name) and not is_address(name)
    )
    return next(iter((*hosts, *leaf.names.ip_addresses)), "")


def _subject(name: str) -> x509.DNSName | x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name)
