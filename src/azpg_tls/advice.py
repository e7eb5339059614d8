"""Advice that turns verification off, as errors and threads give it, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from azpg_tls.clients.sign import Sign


@dataclass(frozen=True)
class Advice:
    """A setting that a text recommends or uses, and what it costs."""

    matched: str
    cost: str


_UNVERIFIED = "The connection is encrypted to whoever answers: anybody on the way can read the password or token."
_PLAIN = "Nothing is encrypted: the password or token, and the data, can be read on the way; Azure refuses it."
_REQUIRE = (
    "It encrypts without verifying the server in libpq (unless a root file exists), and means something else in other "
    "clients; verify-full is what proves the server."
)

_ADVICE = (
    (r"rejectUnauthorized[\"']?\s?[:=]\s?(?:false|0)", _UNVERIFIED),
    (r"NODE_TLS_REJECT_UNAUTHORIZED\s?=\s?[\"']?0", f"{_UNVERIFIED} It holds for every connection of the process."),
    (r"Trust ?Server ?Certificate['\"]?\s?(?:=|to)\s?true", _UNVERIFIED),
    (r"\bverify_none\b", _UNVERIFIED),
    (r"InsecureSkipVerify\s?[:=]\s?true", _UNVERIFIED),
    (r"set InsecureSkipVerify", _UNVERIFIED),
    (r"danger_?accept_?invalid_?(?:certs|hostnames)", _UNVERIFIED),
    (r"sslaccept=accept_invalid_certs", _UNVERIFIED),
    (r"\bNonValidatingFactory\b", _UNVERIFIED),
    (r"\bTrustAll\w*\b", _UNVERIFIED),
    (r"ssl_?verify\w*\s?[:=]\s?(?:false|off|0|none)", _UNVERIFIED),
    (r"\bCERT_NONE\b", _UNVERIFIED),
    (r"_create_unverified_context", _UNVERIFIED),
    (r"change sslmode to disable server certificate verification", _UNVERIFIED),
    (r"ssl_?mode\s?=\s?['\"]?(?:disable|allow)\b", _PLAIN),
    (r"(?:set|use|try|using|add|with|to) [`'\"?&]{0,2}ssl_?mode\s?=\s?['\"]?(?:require|prefer)\b", _REQUIRE),
)
_SIGNS = tuple((Sign(pattern, ()), cost) for pattern, cost in _ADVICE)


def advice(text: str) -> tuple[Advice, ...]:
    """Return what *text*, cleaned, says that would turn verification or encryption off."""
    lowered = text.lower()
    found = ((sign.search(text, lowered), cost) for sign, cost in _SIGNS)
    return tuple(Advice(match[0], cost) for match, cost in found if match)
