"""Advice that turns verification off, as errors and threads give it, and what it costs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azpg_tls.clients.sign import Sign


@dataclass(frozen=True)
class Advice:
    """A setting that a text recommends or uses, and what it costs."""

    matched: str
    cost: str


_BEFORE = 40  # characters before a setting in which a warning of it stands

_UNVERIFIED = "The connection is encrypted to whoever answers: anybody on the way can read the password or token."
_UNNAMED = "Whoever has any certificate of a trusted CA can answer in the server's place: its name is not compared."
_PLAIN = "Nothing is encrypted: the password or token, and the data, can be read on the way; Azure refuses it."
_REQUIRE = (
    "It encrypts without verifying the server in libpq (unless a root file exists), and means something else in other "
    "clients; verify-full is what proves the server."
)

# A setting and its value in JavaScript, Python, Ruby, PHP, YAML, TOML, and connection strings.
_IS = r"['\"]?\s?(?:=>|[:=])\s?['\":]?"

_ADVICE = (
    (rf"rejectUnauthorized{_IS}(?:false|0)\b", _UNVERIFIED),
    (rf"NODE_TLS_REJECT_UNAUTHORIZED{_IS}0", f"{_UNVERIFIED} It holds for every connection of the process."),
    (
        (
            r"checkServerIdentity['\"]?\s?[:=]\s?(?:function ?)?\(\w*\) ?(?:=>)? ?"
            r"\{? ?(?:return )?(?:undefined|null|true|\})"
        ),
        _UNNAMED,
    ),
    (rf"strictSSL{_IS}false", _UNVERIFIED),
    (r"Trust[ _]?Server[ _]?Certificate['\"]?\s?(?:=|to)\s?(?:true|yes|1)\b", _UNVERIFIED),
    (r"CertificateValidationCallback.{0,60}?=>\s?\{?\s?(?:return )?true", _UNVERIFIED),
    (r"onBadCertificate['\"]?\s?[:=]\s?\(\w*\) ?=> ?true", _UNVERIFIED),
    (r"\bverify_none\b", _UNVERIFIED),
    (rf"Insecure_?Skip_?Verify{_IS}true", _UNVERIFIED),
    (r"set InsecureSkipVerify", _UNVERIFIED),
    (r"danger_?accept_?invalid_?(?:certs|hostnames)", _UNVERIFIED),
    (r"sslaccept=accept_invalid_certs", _UNVERIFIED),
    (r"\bNonValidatingFactory\b", _UNVERIFIED),
    (r"\bTrustAll\w*\b", _UNVERIFIED),
    (r"\bNoopHostnameVerifier\b", _UNNAMED),
    (rf"\bcheck_hostname{_IS}(?:False|0)\b", _UNNAMED),
    (rf"ssl_?verify\w{{0,12}}{_IS}(?:false|off|0|none)\b", _UNVERIFIED),
    (rf"\bverify_peer(?:_name)?{_IS}(?:false|0)\b", _UNVERIFIED),
    (r"\bCERT_NONE\b", _UNVERIFIED),
    (r"_create_unverified_context", _UNVERIFIED),
    (r"change sslmode to disable server certificate verification", _UNVERIFIED),
    (rf"ssl[_ ]?mode{_IS}no-verify", _UNVERIFIED),
    (rf"ssl[_ ]?mode{_IS}(?:disable|allow)\b", _PLAIN),
    (rf"(?:set|use|try|using|add|with|to) [`'\"?&]{{0,2}}(?:PG)?ssl[_ ]?mode{_IS}(?:require|prefer)\b", _REQUIRE),
)
_SIGNS = tuple((Sign(pattern, ()), cost) for pattern, cost in _ADVICE)

# What says that the setting is not to be used, within a few words before it.
_REFUSED = re.compile(
    r"""\b(?:not|never|n't|instead\sof|avoid|remov(?:e|ing)|refuses)\b[ '"`:({]{1,3}
        (?:(?:set|use|using|add|to|the|ever)[ '"`:({]{1,3}){0,2}$""",
    re.VERBOSE,
)


def advice(text: str) -> tuple[Advice, ...]:
    """Return what *text*, cleaned, recommends or uses that turns verification or encryption off, each once."""
    lowered = text.lower()
    found = ((_used(sign, text, lowered), cost) for sign, cost in _SIGNS)
    return tuple(Advice(used, cost) for used, cost in found if used)


def _used(sign: Sign, text: str, lowered: str) -> str | None:
    """Return the first place of *sign* that nothing before it warns of."""
    places = (match for match in sign.places(text, lowered) if not _REFUSED.search(lowered[: match.start()][-_BEFORE:]))
    return next((match[0] for match in places), None)
