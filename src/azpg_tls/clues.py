"""What a pasted text says beside its error: the server's name and port, and numbers that survive translation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azpg_tls.azure import CLOUDS, OTHER_SUFFIXES, PGBOUNCER_PORT, cloud_of

DEFAULT_PORT = 5432
LOOKED_AT = 8192  # characters of a message; what a person copies is shorter

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?"
_ADDRESS = r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}"
_SUFFIXES = "|".join(re.escape(name) for name in (*(c.suffix for c in CLOUDS.values()), *OTHER_SUFFIXES))

# Where clients write the server's name, the surest first. "for host" of a pg_hba.conf line is the client's address.
_HOSTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w.-])(?P<host>[a-z0-9][a-z0-9-]{{0,62}}(?:\.[a-z0-9-]{{1,63}}){{0,4}}\.(?:{_SUFFIXES}))(?::(?P<port>\d{{1,5}}))?",
        rf"(?<![\w.:\[])(?:\[{_ADDRESS}\]|{_NAME}):(?P<port>\d{{1,5}}) \((?P<host>{_NAME})\): ",  # pgx
        rf'(?:server at|on host|host name) "(?P<host>{_NAME})"',
        rf'" ?(?P<host>{_NAME}) ?" ?\((?:\d{{1,3}}(?:\.\d{{1,3}}){{3}}|{_ADDRESS})\)',  # libpq, in any language
        rf"does not match host name \"(?P<host>{_NAME})\"",
        rf"\bhostname (?P<host>{_NAME}) could not be verified",
        rf"altnames: \"?Host: (?P<host>{_NAME}?)\. is not",
        rf"certificate is (?:not )?valid for .{{1,300}}, not (?P<host>{_NAME})",
        rf"postgres(?:ql)?(?:\+\w+)?://(?:[^\s@/]*@)?(?P<host>{_NAME})(?::(?P<port>\d{{1,5}}))?",
        rf"\bhost(?:name)?[=:] ?[\"'`]?(?P<host>{_NAME})",
        rf"(?:ENOTFOUND|EAI_AGAIN|lookup) (?P<host>{_NAME})",
        rf"E(?:CONNREFUSED|TIMEDOUT|HOSTUNREACH|NETUNREACH|CONNRESET) (?P<host>{_NAME}|{_ADDRESS}):(?P<port>\d{{1,5}})",
        rf"(?:dial tcp|connect(?:ion)? to) \[?(?P<host>{_ADDRESS}|{_NAME})\]?:(?P<port>\d{{1,5}})",
        rf"Connect call failed \('(?P<host>{_ADDRESS}|{_NAME})', (?P<port>\d{{1,5}})",  # asyncio
        rf"->\[?(?P<host>{_ADDRESS}|{_NAME})\]?:(?P<port>\d{{1,5}})",
        rf"(?<![\w.-])(?P<host>{_NAME}):(?P<port>5432|6432|7432|8432)\b",
    )
)
# In libpq's other languages too, whose words may stand next to the number.
_PORT = re.compile(
    r"(?:\bport[ =:]{1,3}|\b(?:puerto|porta|порт\w?) |ポート|포트 ?|端口 ?|連接埠 ?)\"?(\d{2,5})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
# "use the system's trusted roots with sslrootcert=system" is libpq's advice, not the client's setting.
_FILE = re.compile(r"(?<!trusted roots with )sslrootcert[=:] ?[\"'`]?([\w./\\~:-]{1,200})", re.IGNORECASE)
# The user who logs in, as a name that can be filled in anywhere; others are quoted in one place and escaped in another.
_USER_NAME = r"(?P<user>[A-Za-z_][A-Za-z0-9_.-]{0,62}(?:@[A-Za-z0-9.-]{1,62})?)"
_USER_WORD = r"\b(?:user|role|benutzer|usuario|utilisateur|rôle|utente|usuário|пользовател\w)"
_USERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_USER_WORD} ?[=:]? ?(?P<quote>[\"']) ?{_USER_NAME} ?(?P=quote)",
        rf"\buser(?:name)?=[\"']?{_USER_NAME}(?![\w@.])",
        rf"postgres(?:ql)?(?:\+\w+)?://{_USER_NAME}[:@]",
    )
)
# Five digits or capitals, two of the class and three of the condition; PostgreSQL's errcodes.txt has these classes.
_SQLSTATE = re.compile(
    r"(?:\bSQL ?STATE[\]\[:=(' \"]{1,3}|\bcode: ?[\"'`]|\(|^|: )"
    r"((?:08|0A|0P|22|23|25|26|28|3D|42|53|55|57|58|XX)[0-9A-Z]{3})(?![0-9A-Za-z])"
)
# What a server answers to a statement, after a login that succeeded: classes of errcodes.txt, and words.
_OF_STATEMENTS = ("22", "23", "42")
_STATEMENT = re.compile(
    r"""\b(?:relation|column|table|view|schema|sequence|type|operator|function|extension|index|constraint)
        \ [^,;]{1,120}?\ (?:does\ not\ exist|already\ exists)\b
      | permission\ denied\ for\ (?:schema|table|relation|sequence|view|function|type|language)\ [^\s,;.]{1,90}
      | must\ be\ owner\ of\ \w{1,30}\ [^\s,;.]{1,90}
      | syntax\ error\ at\ or\ near\ "[^"]{1,60}"
      | violates\ (?:unique|foreign\ key|not-null|check|exclusion)\ constraint
      | invalid\ input\ syntax\ for\ type\ \w{1,60}""",
    re.IGNORECASE | re.VERBOSE,
)
_ERRNO = re.compile(
    r"\b(E(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|PIPE|PROTO|AI_AGAIN|ACCES|NOENT)"
    r"|WSAE[A-Z]{4,14}|100(?:35|48|50|51|53|54|60|61|65)(?= |\)|$)|1100[1-4](?= |\)|$))\b"
)
_ALERT = re.compile(r"\bSSL alert number (\d{1,3})\b", re.IGNORECASE)
_OPENSSL = re.compile(r"\berror:([0-9A-F]{8}):", re.IGNORECASE)
_HRESULT = re.compile(r"\b(0x8[0-9A-F]{7}|-21462\d{5}|-21468\d{5})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Clues:
    """What was understood of a text beside its words; empty where nothing was.

    *sslrootcert* is the root file that the text names, *user* who logs in, *openssl* OpenSSL's packed error codes in
    hexadecimal, *statement* what tells that a statement failed, and no connection.
    """

    host: str | None = None
    port: int | None = None
    sslrootcert: str | None = None
    sqlstates: tuple[str, ...] = ()
    errnos: tuple[str, ...] = ()
    alerts: tuple[int, ...] = ()
    openssl: tuple[str, ...] = ()
    hresults: tuple[str, ...] = ()
    user: str | None = None
    statement: str | None = None

    @property
    def cloud(self) -> str | None:
        """Return the name of the Azure cloud that the host belongs to, None if it is not Azure's."""
        return cloud_of(self.host) if self.host else None

    @property
    def pgbouncer(self) -> bool:
        """Whether the port is that of Azure's built-in PgBouncer."""
        return self.port == PGBOUNCER_PORT


def clues(text: str) -> Clues:
    """Return what the beginning of *text*, one cleaned message, says of its circumstances."""
    text = text[:LOOKED_AT]
    host, port = _endpoint(text)
    file = _FILE.search(text)
    sqlstates = _each(_SQLSTATE, text)
    return Clues(
        host,
        port,
        file[1] if file else None,
        sqlstates,
        _each(_ERRNO, text),
        tuple(int(number) for number in _each(_ALERT, text)),
        tuple(code.upper() for code in _each(_OPENSSL, text)),
        _each(_HRESULT, text),
        next((match["user"] for pattern in _USERS if (match := pattern.search(text))), None),
        _of_statement(text, sqlstates),
    )


def on_azure(found: Clues) -> bool:
    """Whether the text names a server of Azure's."""
    return found.cloud is not None


def elsewhere(found: Clues) -> bool:
    """Whether the text names no server of Azure's."""
    return not on_azure(found)


def on_loopback(found: Clues) -> bool:
    """Whether the text names the client's own machine in the server's place."""
    host = found.host or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def maybe_on_azure(found: Clues) -> bool:
    """Whether the text names a server of Azure's, or none."""
    return found.host is None or on_azure(found)


def _of_statement(text: str, sqlstates: tuple[str, ...]) -> str | None:
    if words := _STATEMENT.search(text):
        return words[0]
    return next((f"SQLSTATE {state}" for state in sqlstates if state[:2] in _OF_STATEMENTS), None)


def _endpoint(text: str) -> tuple[str | None, int | None]:
    named = next((match for pattern in _HOSTS if (match := pattern.search(text))), None)
    if named is None:
        return None, _port(text)
    own = named.groupdict().get("port")
    return named["host"].lower(), int(own) if own and 0 < int(own) < 65536 else _port(text)


def _port(text: str) -> int | None:
    found = _PORT.search(text)
    return int(found[1]) if found and 0 < int(found[1]) < 65536 else None


def _each(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pattern.findall(text)))
