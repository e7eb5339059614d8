"""What is secret in a pasted text, replaced by ``***``: passwords, tokens and keys, as they are pasted.

A secret is told by what stands before it, as its own form says little; where that is not sure, more is hidden rather
than less. A line end parts a word that announces a secret from what follows: a prompt from the error below it.
"""

from __future__ import annotations

import re

SHOWN = "***"

# Words that announce a secret, also as the end of a longer name (PGPASSWORD, clientSecret), and with more behind it; no
# name of an exception, and nothing that only speaks of one (tokenType, passfile).
_WORD = (
    r"(?:passwor[dt]|passwd|passphrase|pwd|secret|token|cookie|accesssignature|amz-signature|(?:account|access|api)[_-]?key"
    r"|(?:db|pg)pass|(?<![a-z])(?:pass|pw|sig)(?![a-z]))"
    r"(?!\w{0,20}(?:error|exception|fail|provider|callback|plugin|type|expir|file))\w{0,20}"
)
# The value: in quotes up to the one that closes them, also where those are written \" or doubled inside; in brackets;
# or up to what parts settings from each other.
_QUOTED = r"(?P<quote>\\{0,8}[\"'`])(?:(?!(?<!\\)(?P=quote)(?![\w'\"])).){1,500}(?P=quote)"
_CLOSED = r"\{[^{}]{1,300}\}|\[[^\[\]]{1,3000}\]|Some\([^()]{1,300}\)|<<[^<>]{1,300}>>"
_SEMICOLON = r"[^;=\"'\n]{1,100}(?=;\s?[a-z][\w ]{1,30}=)"
_PLAIN = (
    r"(?:\\[ '\\]|,(?![\s\"'{}]|\w{1,30}[=:])|&(?!\w{1,30}[=;])|[)}\]](?![\s,;.)}\]\"']|$)|[^\s\"'`;,&)}\]<]|<(?!/))+"
)
_VALUE = rf"(?:{_QUOTED}|{_CLOSED}|{_SEMICOLON}|[\"'`]?{_PLAIN})"
_BETWEEN = (
    r"\\{0,8}[\"'`]?[ \t]{0,3}(?::=|=>|[=:])[ \t]{0,3}(?:[|>][+-]?\s{1,20})?"  # password=x, "password": "x", YAML's |
    r"|\\{0,8}[\"'`]?[\s,]{1,20}\\{0,8}[\"'`]?value\\{0,8}[\"'`]?\s{0,3}[=:]\s{0,3}"  # name: PGPASSWORD, value: x
    r"|[\"']?,[ ]?(?=[\"'<])"  # {password, "x"}
    r"|[ ](?:is[ :]{1,2})?(?=['\"])"  # PASSWORD 'x', the password is 'x'
    r"|\t{1,3}(?=\S)"  # in columns
    r"|>(?=[^<>\s]{1,200}</)"  # <password>x</password>
)
_NAMED = re.compile(rf"({_WORD}(?:{_BETWEEN})){_VALUE}", re.IGNORECASE)
_OPTION = re.compile(rf"((?<![\w-])--?[\w-]{{0,30}}{_WORD}[ ])(?!-){_VALUE}", re.IGNORECASE)

# RFC 7519: two or four points; the first part is a JSON object's, which always begins so. Wrapped, lines are long.
_TOKEN = re.compile(
    r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}(?:\.?\s{1,4}"
    r"(?:eyJ[\w-]+|(?=[\w-]{0,99}\d)(?=[\w-]{0,99}[a-z])(?=[\w-]{0,99}[A-Z])[\w-]{12,})(?:\.[\w-]*){0,4}){0,200}"
)
_BEARER = re.compile(r"(\bBearer )(?=\S{0,200}(?:\d|\.\w))[\w.~+/-]{8,}=*", re.IGNORECASE)
_KEY = re.compile(r"(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY-----)(?:(?!-----).){1,20000}", re.DOTALL)
_VERIFIER = re.compile(r"(\bSCRAM-SHA-256\$\d{1,9}:)\S+|(\bmd5)[0-9a-f]{32}\b")
_PASSFILE = re.compile(
    r"((?<![\w.:])(?![0-9a-f:.]+(?:[\s,)\]]|$))(?:[\w.*-]{1,253}):(?:\d{4,5}|\*):[^:\s]{1,63}:[^:\s]{1,63}:)[^\s:][^\s]*",
    re.IGNORECASE,
)

# A URI's password, which may hold an @ itself, as may the user's name: up to the last @, within quotes.
_URI = re.compile(r"(://[^\s:/\"']{0,200}:)((?:[^\s\"'`]|[\"'`](?![\s,;:)}\]]|$))+)")
_SPACED = re.compile(
    r"(postgres(?:ql)?(?:\+\w{1,20})?://[^\s:/@\"']{1,100}:)(?!\d{1,5}\b)[^\s@\"']{1,60}[ ][^@\"'\n]{1,60}@"
)
_ENCODED = re.compile(r"(%3A%2F%2F[^\s%]{0,200}%3A)[^\s/]{1,300}(?=%40)", re.IGNORECASE)
_UNSCHEMED = re.compile(r"((?<![\w./@-])(?://)?[\w.%+-]{1,64}:)[^\s:@/\"']{1,100}(?=@[\w.-]{1,253}[:/]\w)")


# Each with what it is searched for, in lower case, and what of its match is shown.
_NAMES = ("pass", "pwd", "secret", "token", "cookie", "key", "signature", "sig", "pw")
_PATTERNS = (
    (("://",), _SPACED, rf"\1{SHOWN}@"),
    (("%40",), _ENCODED, rf"\1{SHOWN}"),
    (("@",), _UNSCHEMED, rf"\1{SHOWN}"),
    (("eyj",), _TOKEN, SHOWN),
    (("bearer ",), _BEARER, rf"\1{SHOWN}"),
    (("-----begin ",), _KEY, rf"\1{SHOWN}"),
    (_NAMES, _NAMED, rf"\1{SHOWN}"),
    (_NAMES, _OPTION, rf"\1{SHOWN}"),
    (("scram-sha-256$", "md5"), _VERIFIER, rf"\1\2{SHOWN}"),
    ((":",), _PASSFILE, rf"\1{SHOWN}"),
)


def redact(text: str) -> str:
    """Return *text* with passwords, tokens and keys replaced by ``***``."""
    lowered = text.lower()
    if "://" in text:
        text = _URI.sub(_without_password, text)
    for words, pattern, shown in _PATTERNS:
        if any(word in lowered for word in words):
            text = pattern.sub(shown, text)
    return text


def _without_password(uri: re.Match[str]) -> str:
    password, at, rest = uri[2].rpartition("@")
    return f"{uri[1]}{SHOWN}@{rest}" if at and password else uri[0]
