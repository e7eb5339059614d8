"""Apple's Secure Transport and Security framework: SecureTransport.h (errSSL, -9800 and below), SecTrust."""

from __future__ import annotations

from azpg_tls.clients.alerts import BY_ALERT
from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CIPHER, CLOSED, NO_TLS
from azpg_tls.clients.sign import Meaning, likely, possible, sign
from azpg_tls.clients.verification import UNTRUSTED

_STRICT = (
    likely("certificate-not-strict", "Apple refuses it: more than 825 days of validity, SHA-1, or no server usage."),
    possible("weak-key", "Its key may be shorter than RSA 2048."),
)
_NAME = (likely("hostname-mismatch", "The certificate is for other names than the one connected to."),)
_EXPIRED = (likely("expired", "A certificate has expired."), possible("clock-skew", "The clock may be fast."))
_EARLY = (likely("not-yet-valid", "A certificate's time has not begun."),)

# The number, and the name without errSSL.
_NUMBERS: tuple[tuple[int, str, tuple[Meaning, ...]], ...] = (
    (9800, "Protocol", NO_TLS),
    (9801, "Negotiation", CIPHER),
    (9806, "ClosedAbort", CLOSED),
    (9807, "XCertChainInvalid", UNTRUSTED),
    (9808, "BadCert", UNTRUSTED),
    (9812, "UnknownRootCert", UNTRUSTED),
    (9813, "NoRootCert", UNTRUSTED),
    (9814, "CertExpired", _EXPIRED),
    (9815, "CertNotYetValid", _EARLY),
    (9816, "ClosedNoNotify", CLOSED),
    (9824, "PeerHandshakeFail", BY_ALERT[40]),
    (9825, "PeerBadCert", BY_ALERT[42]),
    (9828, "PeerCertExpired", BY_ALERT[45]),
    (9829, "PeerCertUnknown", BY_ALERT[46]),
    (9831, "PeerUnknownCA", BY_ALERT[48]),
    (9836, "PeerProtocolVersion", BY_ALERT[70]),
    (9843, "HostNameMismatch", _NAME),
)

SECURE_TRANSPORT = Client(
    "securetransport",
    "Secure Transport",
    marks=(r"\berrSSL[A-Z]", r"\bOSStatus -98\d\d\b"),
    signs=(
        *(sign(rf"errSSL{name}\b", *meanings) for _, name, meanings in _NUMBERS),
        *(sign(rf"(?<!\d)-{number}(?!\d)", *meanings) for number, _, meanings in _NUMBERS),
        sign(r"certificate is not standards compliant", *_STRICT),
        sign(r"certificate is not trusted", *UNTRUSTED),
        sign(r"certificate was not trusted", *UNTRUSTED),
        sign(r"certificate is expired", *_EXPIRED),
        sign(r"certificate name does not match input", *_NAME),
    ),
)
