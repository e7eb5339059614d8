"""A target's text in libpq's words: a ``postgresql://`` URI, a conninfo string, or ``host:port``.

A password in the text is dropped at once. A text that cannot be read may hold one anywhere: the errors say where
they are, and repeat nothing that could be a part of it. libpq's words that are not used are passed over, and
in URIs those of other programs (Prisma's schema); a misspelt one is an error, as it is in libpq.

Source: PostgreSQL documentation, "Connection Strings"; src/interfaces/libpq/fe-connect.c.
"""

from __future__ import annotations

import ipaddress
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import unquote

from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 5432
HIDDEN = "***"

_SCHEMES = ("postgresql://", "postgres://")
_OTHER_SCHEME = re.compile(r"(jdbc:)?[A-Za-z][A-Za-z0-9+.-]*://")
# The words that probe or login use: only these are shown again, and the password's as a sign that it was seen.
_USED = {
    "host", "hostaddr", "port", "user", "dbname", "sslnegotiation", "sslsni", "sslrootcert",
    "require_auth", "channel_binding", "sslcert", "sslkey", "passfile",
}  # fmt: skip
# The others that libpq knows (PostgreSQL 18, src/interfaces/libpq/fe-connect.c).
_PASSED_OVER = {
    "application_name", "client_encoding", "connect_timeout", "fallback_application_name",
    "gssdelegation", "gssencmode", "gsslib", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
    "krbsrvname", "load_balance_hosts", "max_protocol_version", "min_protocol_version", "oauth_client_id",
    "oauth_client_secret", "oauth_issuer", "oauth_scope", "options", "replication",
    "requirepeer", "requiressl", "scram_client_key", "scram_server_key", "sslcertmode", "sslcompression",
    "sslcrl", "sslcrldir", "sslkeylogfile", "sslmode", "sslpassword", "ssl_max_protocol_version",
    "ssl_min_protocol_version", "target_session_attrs", "tcp_user_timeout",
}  # fmt: skip
SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PASSWORD = "password"  # noqa: S105 -- the word, not one
_SHOWN = {*_USED, _PASSWORD}
_KNOWN = _SHOWN | _PASSED_OVER
# A quote has a meaning only as the value's first character; a backslash at the very end is dropped.
_CONNINFO = re.compile(
    r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:'((?:[^'\\]|\\.)*)'(?=\s|\Z)|(?!')((?:[^\s\\]|\\(?:.|\Z))*))",
    re.ASCII | re.DOTALL,
)
_TYPING_ERROR = 0.75  # of difflib's likeness: prot and port, sslrotcert and sslrootcert
_ADDRESS = re.compile(r"[0-9A-Fa-f.:]+(%[A-Za-z0-9._-]{1,32})?")  # with the zone of RFC 4007 section 11


def read(text: str) -> dict[str, str]:
    """Return the words that probe or login use, and as ``input`` the text that can be shown."""
    text = text.strip()
    if text.startswith(_SCHEMES):
        return _uri(text)
    if text.startswith("jdbc:postgresql://"):
        raise InputError("a target cannot be a JDBC URL; leave out jdbc: and what only JDBC knows")
    if other := _OTHER_SCHEME.match(text):
        raise InputError(f"a target cannot begin with '{visible(other[0])}'; give host:port or a postgresql:// URI")
    if "=" in text:
        return _conninfo(text)
    if "/" in text and not text.startswith("/"):
        raise InputError("a target with a database after a slash must be a URI; write postgresql:// before it")
    if "@" in text[1:]:  # an @ at the beginning is that of an abstract Unix socket
        raise InputError("a target with a user before an @ must be a URI; write postgresql:// before it")
    return _host_and_port(text)


def _uri(text: str) -> dict[str, str]:
    scheme, _, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, at, address = authority.rpartition("@")
    resource, _, query = (address + slash + path).partition("?")
    address, slash, path = resource.partition("/")
    user, colon, password = userinfo.partition(":")
    _decoded(password)
    if "@" in userinfo:
        raise InputError("the URI holds more than one @ before its host; write @ as %40 in a user name or password")
    if "@" in path or "?" in user:
        raise InputError("the URI's last @ is out of place; write / as %2F in a password, and @ as %40 anywhere else")
    host, port = _cut(address)
    if "," in address:
        raise InputError("the URI names several hosts; give each as a target of its own")
    if port and not is_port(port):
        # Not repeated: without an @ behind it, a password stands in the port's place.
        raise InputError("the URI's port is no number from 1 to 65535; brackets go around IPv6 addresses only")
    words = {"host": _decoded(host), "port": port, "user": _decoded(user), "dbname": _decoded(path)}
    asked = _query(query)
    shown_user = f"{user}:{HIDDEN}" if colon else user
    shown_query = "&".join(f"{key}={raw}" for key, raw in asked.items())
    words |= {key: _decoded(raw) for key, raw in asked.items() if key != _PASSWORD}
    words["input"] = f"{scheme}://{shown_user}{at}{resource}" + (f"?{shown_query}" if asked else "")
    return words


def _query(text: str) -> dict[str, str]:
    """Return those of a URI's parameters that can be shown, still encoded."""
    asked: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        key, equals, raw = pair.partition("=")
        key = _decoded(key)
        if not equals or (key not in _SHOWN and "@" in raw):
            raise InputError("the URI's query cannot be read; write key=value&key=value, and / as %2F in a password")
        if key not in _KNOWN and (meant := get_close_matches(key, _KNOWN, 1, _TYPING_ERROR)):
            raise InputError(f"the URI has a parameter that libpq does not know; is '{meant[0]}' meant?")
        _check(key, raw)
        if key in _SHOWN:
            asked[key] = HIDDEN if key == _PASSWORD else raw
    return asked


def _decoded(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise InputError("the URI holds a % without two hexadecimal digits behind it; write %25 for a percent sign")
    return unquote(text, errors="surrogateescape")


def _conninfo(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _CONNINFO.match(text, position)
        if not match:
            raise InputError(
                f"the connection string cannot be read from character {position + 1} on; "
                "write key=value, with single quotes around a value that holds spaces"
            )
        key, quoted, plain = match.groups()
        if key in ("service", "servicefile"):
            raise InputError(
                "login alone reads services, each named without other words; give host, port and user here"
            )
        if key not in _KNOWN:
            # Not repeated: it may be a part of a password with a space in it.
            raise InputError(f"libpq does not know the word before = at character {match.start(1) + 1}{_meant(key)}")
        words[key] = re.sub(r"\\(.?)", r"\1", plain if quoted is None else quoted, flags=re.DOTALL)
        _check(key, words[key])
        position = match.end()
    shown = {key: HIDDEN if key == _PASSWORD else value for key, value in words.items() if key in _SHOWN}
    used = {key: value for key, value in words.items() if key in _USED}
    return used | {"input": write(shown)}


def write(words: Mapping[str, str]) -> str:
    """Return *words* as a conninfo string."""
    return " ".join(f"{key}={_quoted(value)}" for key, value in words.items())


def _meant(key: str) -> str:
    meant = get_close_matches(key, _KNOWN, 1, _TYPING_ERROR)
    return f"; is '{meant[0]}' meant?" if meant else ""


def _check(key: str, value: str) -> None:
    """Refuse an sslmode that libpq refuses: whatever the server is like, its client cannot connect."""
    if key == "sslmode" and value not in SSLMODES:
        raise InputError(f"libpq does not know this sslmode; use one of {', '.join(SSLMODES)}")


def _quoted(value: str) -> str:
    if value and not re.search(r"[\s'\\]", value):
        return value
    return "'" + value.replace("\\", r"\\").replace("'", r"\'") + "'"


def _host_and_port(text: str) -> dict[str, str]:
    """Read ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    if "," in text:
        raise InputError(f"'{visible(text)}' names several hosts; give each as a target of its own")
    host, port = (text, "") if text.count(":") > 1 and not text.startswith("[") else _cut(text)
    if text.endswith(":") and host != text:
        raise InputError(f"no port follows the colon in '{visible(text)}'; write {visible(host)}:{DEFAULT_PORT}")
    return {"input": text, "host": host, "port": port}


def _cut(text: str) -> tuple[str, str]:
    """Cut ``host:port`` at its first colon, or behind the brackets of an IPv6 address."""
    bracketed = re.fullmatch(r"\[([^\]]*:[^\]]*)\](?::(.*))?", text, re.DOTALL)
    if bracketed and is_address(bracketed[1]):
        return bracketed[1], bracketed[2] or ""
    host, _, port = text.partition(":")
    return host, port


def is_address(host: str) -> bool:
    """Whether *host* is an IPv4 or IPv6 address."""
    if not _ADDRESS.fullmatch(host):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_port(text: str) -> bool:
    """Whether *text* is a TCP port's number."""
    return bool(re.fullmatch(r"[0-9]{1,5}", text)) and 0 < int(text) < 65536
