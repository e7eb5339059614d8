"""What an error of a client that is not known suggests by its plain words, in English.

Nothing here is any client's own text, and so no more than possible; it counts only in a text where nothing else is
known. Words that only say that something failed mean nothing: there a probe tells more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, possible, sign

if TYPE_CHECKING:
    from collections.abc import Iterable

_FAILS = r"(?:fail|error|reject|denied|invalid|abort)"
_NOT = r"(?:\bnot|n't|\bno|never)"
_LOST = (
    r"(?:reset|aborted|lost|dropped|hung up|interrupted|broken|(?:closed|terminated|ended) (?:by|unexp|prema|abnor))"
)
_BAD = (
    r"(?:invalid|malformed|missing|unknown|unsupported|unrecogni[sz]ed|illegal|empty|undefined|wrong|not (?:valid|set))"
)
# What any program can fail with has to be said of PostgreSQL, of TLS or of a connection.
_SPOKEN = r"(?:postgres|pgsql|\bpg\b|psql|\b[56]432\b|\b(?:SSL|TLS)\b|\bconnect\w{0,3}\b|database).{0,300}?"
_GONE = r"(?:not found|no such file|not exist|not readable|cannot|could not|unable|missing)"

_EXPIRED = (possible("expired", "It speaks of a certificate that has expired, or is not valid yet."),)
_NAME = (possible("hostname-mismatch", "It speaks of a certificate that is for another name."),)
_SELF = (
    possible("self-signed", "It speaks of a certificate that is signed by itself."),
    possible("unknown-issuer", "The root of the chain may be missing from the client's trust store."),
)
_UNTRUSTED = (
    possible("unknown-issuer", "It speaks of a certificate that is not trusted: the root may not be there."),
    possible("self-signed", "The certificate may be signed by itself."),
    possible("hostname-mismatch", "It may be for another name."),
    possible("expired", "It may have expired."),
)
_CLIENT_CERTIFICATE = (
    possible("client-certificate-required", "It speaks of a client certificate: the server may demand one."),
    possible("root-file-missing", "Its file may not be where the client looks for it."),
)
_REQUIRED = (
    possible("tls-required", "It speaks of TLS that is required."),
    possible("client-without-tls", "The client may have been built without TLS."),
)
_NOT_OFFERED = (
    possible("tls-not-offered", "It speaks of TLS that is not there: the server may have none."),
    possible("client-without-tls", "The client may have been built without it."),
)
_VERSION = (
    possible("tls-version-unsupported", "It speaks of a TLS version or cipher that the two do not share."),
    possible("malformed-tls", "The other side may not speak TLS at all."),
)
_CIPHER = (
    possible("cipher-mismatch", "It speaks of a cipher that the two do not share."),
    possible("tls-version-unsupported", "They may share no TLS version."),
)
_TIMEOUT = (
    possible("tcp-timeout", "No answer came in time: a firewall may drop the packets."),
    possible("handshake-timeout", "The connection may have been there, and the other side silent."),
)
_POOL = (
    possible("pool-timeout", "The pool had no connection in time."),
    possible("tcp-timeout", "New connections may not be possible."),
)
_REFUSED = (
    possible("tcp-refused", "It speaks of a connection that was refused: nothing may listen there."),
    possible("no-pg-hba-entry", "The server may have refused the login."),
)
_CLOSED = (
    possible("handshake-closed", "It speaks of a connection that was ended early: maybe during the handshake."),
    possible("closed-before-tls", "It may have been ended before TLS began."),
    possible("closed-after-tls", "It may have been ended later, while it was idle for instance."),
)
_NO_NAME = (possible("dns-failure", "It speaks of a name that was not found."),)
_UNREACHABLE = (possible("tcp-unreachable", "It speaks of a way to the server that is not there."),)
_REJECTED = (
    possible("password-rejected", "It speaks of a login that was not accepted."),
    possible("role-missing", "The user may not be there."),
    possible("no-pg-hba-entry", "The server may not let this user or address in."),
)
_TOKEN = (
    possible("entra-token-expired", "It speaks of a token that is not accepted: it may have expired."),
    possible("entra-token-malformed", "The token may be cut off or of another kind."),
)
_ROLE = (possible("role-missing", "It speaks of a user that is not there."),)
_DATABASE = (possible("database-missing", "It speaks of a database that is not there."),)
_FULL = (possible("too-many-connections", "It speaks of a limit of connections."),)
_SETTING = (possible("sslmode-invalid", "It speaks of a setting or a connection string that cannot be used."),)
_METHOD = (
    possible("client-library-bug", "It speaks of a way to log in that this client may be too old for, mostly SCRAM."),
    possible("password-rejected", "The server may be set to a way that this user cannot use."),
)
_GARBLED = (
    possible(
        "not-postgres", "It speaks of an answer that the client did not expect: another service may listen there."
    ),
    possible("client-library-bug", "The client may not know a message of this server or pooler."),
    possible("server-error-before-tls", "The server may have answered with an error in the clear."),
)
_BROKE = (
    possible("client-library-bug", "A program failed by itself here, and the text does not say at what."),
    possible("client-without-tls", "What it needs for TLS may be missing."),
    possible("sslmode-invalid", "A setting may be missing, or of another form than it expects."),
)
_PERMISSIONS = (possible("root-file-permissions", "It speaks of a file that may not be read."),)
_KEY = (
    possible("root-file-permissions", "It speaks of a private key that cannot be used: it may not be readable."),
    possible("root-file-format", "The key's file may be of a form that the client does not read."),
)
_FILE = (
    possible("root-file-missing", "It speaks of a certificate's file that cannot be used."),
    possible("root-file-format", "The file may be of a form that the client does not read."),
)
_HANDSHAKE = (
    possible("handshake-closed", "The TLS handshake failed, and the text does not say at what."),
    possible("unknown-issuer", "The server's certificate may not be trusted."),
    possible("tls-version-unsupported", "The two may share no TLS version or cipher."),
)


def _said(meanings: Iterable[Meaning], *patterns: str) -> tuple[Sign, ...]:
    """Return a sign for each of *patterns*, all with the same meanings."""
    return tuple(sign(pattern, *meanings) for pattern in patterns)


PLAIN = Client(
    "plain",
    "a client that is not known",
    signs=(
        *_said(
            _EXPIRED,
            r"certificate[^/].{0,60}?expired",
            r"expired.{0,30}? certificate",
            r"certificate.{0,40}?not yet valid",
        ),
        *_said(
            _NAME,
            rf"certificate.{{0,60}}?{_NOT} match",
            rf"certificate.{{0,60}}?{_NOT} valid for",
            r"host ?name.{0,40}?mismatch",
            rf"host ?name.{{0,60}}?{_NOT} match",
            rf"host ?name verif\w{{3,8}}.{{0,20}}?{_FAILS}",
        ),
        *_said(_SELF, r"self[- ]?signed"),
        *_said(
            _UNTRUSTED,
            r"certificate.{0,60}?(?:not|n't) (?:be )?(?:trusted|verified|validated)",
            r"untrusted.{0,30}?(?:cert|issuer|root|CA\b|authority)",
            r"unknown (?:CA|certificate|issuer|authority|root)\b",
            rf"certificate[ _](?:verif|valid)\w{{2,8}}.{{0,20}}?{_FAILS}",
            rf"{_FAILS}\w*.{{0,20}}?(?:verify|validate|validating) (?:\w+ ){{0,3}}certificate(?!.{{0,70}}expire)",
            r"trust anchor",
            rf"{_FAILS}\w* (?:\w+ ){{0,4}}?certificate",
            rf"certificate (?:\w+ ){{0,3}}{_FAILS}",
        ),
        *_said(_CLIENT_CERTIFICATE, r"client certificate(?!.{0,40}? not req)"),
        *_said(
            _REQUIRED,
            r"\b(?:SSL|TLS|encrypt\w{2,4})\b.{0,30}?\b(?:is |are )?required",
            r"(?<!not )\brequires? (?:an? |the )?(?:\w+ )?(?:SSL|TLS|encrypt)",
            r"\b(?:SSL|TLS|encryption)\b.{0,20}?mandatory",
            r"insecure connection",
            r"connection is (?:insecure|not (?:secure|encrypted))",
        ),
        *_said(
            _NOT_OFFERED,
            rf"{_NOT} support (?:for )?(?:SSL|TLS|encrypt)",
            rf"{_NOT} want to (?:\w+ ){{0,4}}?(?:SSL|TLS|encrypt)",
            r"\b(?:SSL|TLS|encryption)\b(?!@).{0,30}?not (?:\w+ )?(?:supported|available|enabled|offered|accepted)",
        ),
        *_said(
            _VERSION,
            r"\b(?:SSL|TLS)[ /-]?(?:protocol )?versions?\b",
        ),
        *_said(_CIPHER, r"\bno (?:shared |common |matching )?cipher", rf"\bcipher.{{0,30}}?{_FAILS}"),
        *_said(_HANDSHAKE, rf"handshake.{{0,40}}?{_FAILS}", rf"{_FAILS}\w*.{{0,12}}?handshake"),
        *_said(_POOL, r"\bpool\b.{0,60}?(?:time(?:d )?-?out(?! ?(?:of |[=:] ?)?\d)|exhausted|full)"),
        *_said(
            _TIMEOUT,
            r"tim(?:ed|ing) out",
            r"(?<!statement )(?<!transaction )(?<!lock )\btimeout\b(?!,|\)| ?(?:of |[=:] ?)?\d)",
            r"timeout ?(?:error|exception|expired|exceeded|reached)",
            r"deadline exceeded",
            r"no response from",
        ),
        *_said(_REFUSED, r"\bconnect.{0,60}?refused", r"refused.{0,30}?\bconnect"),
        *_said(
            _CLOSED,
            rf"\bconnection.{{0,40}}?{_LOST}",
            rf"\bsocket.{{0,40}}?{_LOST}",
            r"unexpected (?:EOF|end of)",
            r"end of (?:file|stream)",
            r"broken pipe",
            r"\bhang ?up\b",
        ),
        *_said(
            _NO_NAME,
            r"(?:\bnot|n't|fail\w*|unable to|error) .{0,30}?resolv\w*",
            r"resolution.{0,20}?(?:fail|error)",
            r"\bhost(?:name)?\b.{0,60}?not (?:be )?found",
            r"no such host",
            r"unknown host",
        ),
        *_said(_UNREACHABLE, r"unreachable", r"no route"),
        *_said(
            _REJECTED,
            rf"\bauth(?:entication|orization)?\b[\w '\"-]{{0,30}}?{_FAILS}",
            rf"{_FAILS}\w*.{{0,20}}?\bauthenticat(?!ionException)",
            rf"\blogin\b.{{0,20}}?{_FAILS}",
            r"access denied",
            r"(?:invalid|wrong|incorrect|bad|missing|empty|no|without|needs|requires)(?: \w+){0,2}? password",
            (
                r"password.{0,40}?(?:invalid|wrong|incorrect|missing|empty|required"
                r"|must be(?! at least)|not set|was not|no match)"
            ),
            r"(?:invalid|wrong|incorrect|bad|missing|no)(?: \w+){0,2}? credentials",
        ),
        *_said(_TOKEN, r"\btoken\b.{0,40}?(?:expired|invalid|malformed|rejected)"),
        *_said(
            _ROLE,
            r"unknown (?:user|role)\b",
            r"no such (?:user|role)\b",
        ),
        *_said(
            _DATABASE,
            r"unknown database\b",
            r"no such database\b",
        ),
        *_said(_FULL, r"too many.{0,20}? (?:connections|clients|sessions)", r"connection (?:limit|slots)"),
        *_said(
            _SETTING,
            rf"{_BAD}.{{0,40}}?\bssl_?mode",
            rf"\bssl_?mode.{{0,40}}?{_BAD}",
            rf"{_BAD}.{{0,40}}?\bssl_?(?:root_?)?cert",
            rf"\bssl_?(?:root_?)?cert.{{0,40}}?{_BAD}",
            rf"{_BAD} value (?:\w+ ){{0,3}}?['\"]?ssl\b",
            r"\bKeyError: .{0,3}ssl",
            rf"{_BAD}.{{0,20}}?\bssl[ _](?:option|setting|param|config|opt)",
            rf"{_BAD}.{{0,20}}?\btls[ _](?:option|setting|param|config|opt)",
            rf"{_BAD}.{{0,40}}?connection string",
            rf"connection string.{{0,60}}?{_BAD}",
            rf"DATABASE_URL.{{0,60}}?{_BAD}",
            r"invalid (?:\w+ ){0,2}?(?:DSN|UR[IL])\b",
            r"malformed (?:\w+ ){0,2}?(?:DSN|UR[IL])\b",
            r"pars(?:e|ing) .{0,30}?(?:DSN|UR[IL])\b",
        ),
        *_said(
            _METHOD,
            r"(?:unsupported|unknown|unexpected|unimplemented|not support\w{0,3}).{0,60}?\bauth(?!or)\w{0,20}",
            r"(?:unsupported|unknown|unexpected|unimplemented|not support\w{0,3}).{0,60}?\bSCRAM\b",
        ),
        *_said(
            _GARBLED,
            *(
                rf"\b(?:unexpected|unknown|unrecogni[sz]ed|malformed|unhandled) (?:[\w-]{{1,15}} ){{0,3}}?{word}\b"
                for word in ("message", "packet", "response", "reply")
            ),
        ),
        *_said(
            _BROKE,
            rf"{_SPOKEN}Cannot (?:read|set) propert(?:y|ies) of (?:undefined|null)",
            rf"{_SPOKEN}undefined is not (?:an? )?(?:object|function)",
            rf"{_SPOKEN}\w is not a (?:function|constructor)\b",
            rf"{_SPOKEN}not (?:yet )?implemented\b",
            *(
                rf"\b{kind}Error\b(?:(?! at ).){{0,200}}?(?:postgres|pgsql|\bpg\b|asyncpg|psycopg|\bSSL\b|\bTLS\b)"
                for kind in ("Type", "Reference", "Attribute")
            ),
            rf"{_SPOKEN}\bNullPointerException\b",
            rf"{_SPOKEN}\bNullReferenceException\b",
            rf"{_SPOKEN}\bClassCastException\b",
            rf"{_SPOKEN}\bsegmentation fault\b",
            rf"{_SPOKEN}\bnil pointer dereference\b",
            rf"{_SPOKEN}'NoneType' object has no attribute",
        ),
        *_said(_PERMISSIONS, r"certificate.{0,120}?permission denied", r"\bkey\b.{0,100}?permission denied"),
        *_said(_KEY, rf"private key.{{0,60}}?(?:{_GONE}|{_FAILS}|permission|not match|mismatch)"),
        *_said(
            _FILE,
            r"no such file.{0,80}?\.(?:crt|pem|cer|p12|pfx|jks)\b",
            rf"\.crt\b.{{0,60}}?{_GONE}",
            rf"\.pem\b.{{0,60}}?{_GONE}",
            rf"{_GONE}.{{0,60}}?\.pem\b",
            rf"{_GONE}.{{0,60}}?\.crt\b",
            rf"certificate file.{{0,80}}?{_GONE}",
            rf"{_GONE} (?:to )?(?:open|read|load|parse|find) (?:\w+ ){{0,3}}?certificate",
        ),
    ),
)
