"""What to probe: ``host:port``, a ``postgresql://`` URI or a libpq conninfo string, made one `Target`.

As in psql, what the target's own text says wins over options, and options win over the environment.
A password in the text is dropped at once: no `Target` and no error message holds one.

Source: PostgreSQL documentation, "Connection Strings" and "Parameter Key Words" (libpq).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from azpg_tls import azure
from azpg_tls.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 5432
# Any name will do, as no login follows; these say in the server's log who it was.
DEFAULT_USER = "azpg_tls_probe"
DEFAULT_DBNAME = "postgres"

SSLNEGOTIATIONS = ("postgres", "direct")
HIDDEN = "***"

_SCHEMES = ("postgresql://", "postgres://")
_SECRETS = {"password", "sslpassword", "passfile", "sslkey", "scram_client_key", "scram_server_key"}
_CONNINFO = re.compile(r"\s*([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\']|\\.)*))(?=\s|$)")
_HOST_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


@dataclass(frozen=True)
class Target:
    """One server to probe, in libpq's words.

    *host* is what is resolved and shown; *hostaddr* is an address to connect to instead of resolving it.
    *server_name* is the name to verify, and to send as SNI unless *sni* is false or it is an address.
    """

    input: str
    host: str
    port: int = DEFAULT_PORT
    hostaddr: str = ""
    server_name: str = ""
    sni: bool = True
    sslnegotiation: str = "postgres"
    user: str = DEFAULT_USER
    dbname: str = DEFAULT_DBNAME
    startup: bool = True
    cloud: str | None = None

    @property
    def sni_name(self) -> str:
        """The name that goes out as SNI, empty if none does: never an address (RFC 6066 section 3)."""
        return "" if not self.sni or is_address(self.server_name) else self.server_name


@dataclass(frozen=True)
class TargetOptions:
    """What the command line says of every target; None or empty where it says nothing."""

    port: int | None = None
    hostaddr: str = ""
    server_name: str = ""
    sni: bool = True
    sslnegotiation: str = ""
    user: str = ""
    dbname: str = ""
    startup: bool = True
    cloud: str | None = None


def parse(text: str, options: TargetOptions | None = None) -> Target:
    """Read one target; raises `InputError` that says what is wrong with it, without repeating a password."""
    options = options or TargetOptions()
    words = _words(text)
    host = _host_name(words.get("host") or words.get("hostaddr", ""), options.cloud)
    server_name = options.server_name and _host_name(options.server_name, None)
    return Target(
        input=words["input"],
        host=host,
        port=_port(words["port"]) if words.get("port") else options.port or DEFAULT_PORT,
        hostaddr=_address(words.get("hostaddr") or options.hostaddr),
        server_name=server_name or host.rstrip("."),
        sni=options.sni and words.get("sslsni") != "0",
        sslnegotiation=_sslnegotiation(words.get("sslnegotiation") or options.sslnegotiation or "postgres"),
        user=_name("user", words.get("user") or options.user or DEFAULT_USER),
        dbname=_name("dbname", words.get("dbname") or options.dbname or words.get("user") or DEFAULT_DBNAME),
        startup=options.startup,
        cloud=options.cloud or azure.cloud_of(host),
    )


def sslrootcert_of(text: str) -> str:
    """Return the ``sslrootcert`` that the target's own text names, empty if it names none."""
    return _words(text).get("sslrootcert", "")


def is_address(host: str) -> bool:
    """Whether *host* is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _words(text: str) -> dict[str, str]:
    """Return the target in libpq's key words, with ``input`` for the text that can be shown."""
    text = text.strip()
    if text.startswith(_SCHEMES):
        return _uri(text)
    if "://" in text:
        scheme = text.partition("://")[0]
        raise InputError(f"a target cannot begin with '{scheme}://'; give host:port or a postgresql:// URI")
    if "=" in text:
        return _conninfo(text)
    return _host_and_port(text)


def _uri(text: str) -> dict[str, str]:
    try:
        parts = urlsplit(text)
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise InputError("the postgresql:// URI cannot be read; check its brackets and its query") from None
    userinfo, _, address = parts.netloc.rpartition("@")
    user, colon, _ = userinfo.partition(":")
    words = _host_and_port(address) if address else {}
    words |= {"user": unquote(user), "dbname": unquote(parts.path[1:])}
    words |= query
    shown_query = "&".join(f"{key}={HIDDEN if key in _SECRETS else value}" for key, value in query.items())
    shown_user = (user + (f":{HIDDEN}" if colon else "") + "@") if userinfo else ""
    words["input"] = f"{parts.scheme}://{shown_user}{address}{parts.path}" + (f"?{shown_query}" if query else "")
    return _without_secrets(words)


def _conninfo(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _CONNINFO.match(text, position)
        if not match:
            # The rest may hold a password: say where, not what.
            raise InputError(f"the connection string cannot be read from character {position + 1} on")
        key, quoted, plain = match.groups()
        words[key] = re.sub(r"\\(.)", r"\1", plain if quoted is None else quoted)
        position = match.end()
    shown = {key: HIDDEN if key in _SECRETS else value for key, value in words.items()}
    words["input"] = " ".join(f"{key}={_quoted(value)}" for key, value in shown.items())
    return _without_secrets(words)


def _quoted(value: str) -> str:
    if value and not re.search(r"[\s'\\]", value):
        return value
    return "'" + value.replace("\\", r"\\").replace("'", r"\'") + "'"


def _without_secrets(words: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in words.items() if key not in _SECRETS}


def _host_and_port(text: str) -> dict[str, str]:
    """Cut ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", text)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
        if not is_address(host):
            raise InputError(f"'{host}' in '{text}' is no IPv6 address; brackets are for those only")
    elif text.count(":") > 1 and is_address(text):
        host, port = text, None
    else:
        host, colon, after = text.partition(":")
        port = after if colon else None
    if port == "":
        raise InputError(f"no port follows the colon in '{text}'; write {host}:{DEFAULT_PORT}")
    return {"input": text, "host": unquote(host), **({"port": port} if port else {})}


def _host_name(host: str, cloud: str | None) -> str:
    """Check *host*, complete a bare server name with the cloud's suffix, and return IDNA's ASCII form."""
    if not host:
        raise InputError("the target names no host; give host:port, a postgresql:// URI, or set PGHOST")
    if host.startswith(("/", "@")):
        raise InputError(f"'{host}' is a Unix socket, on which PostgreSQL never uses TLS; give a host name")
    if "," in host:
        raise InputError(f"'{host}' names several hosts; give each as a target of its own")
    if is_address(host):
        return host
    if cloud and "." not in host:
        host = f"{host}.{azure.CLOUDS[cloud].suffix}"
    try:
        name = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise InputError(f"'{host}' cannot be a host name; check it for stray characters") from None
    bare = name.removesuffix(".")
    if len(bare) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in bare.split(".")):
        raise InputError(f"'{host}' cannot be a host name; check it for stray characters")
    return name


def _address(text: str) -> str:
    if text and not is_address(text):
        raise InputError(f"hostaddr '{text}' is no IP address; give the name as host instead")
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise InputError(f"'{text}' is no port; ports are numbers from 1 to 65535")
    return int(text)


def _sslnegotiation(word: str) -> str:
    if word not in SSLNEGOTIATIONS:
        raise InputError(f"sslnegotiation '{word}' is not known; use postgres or direct")
    return word


def _name(key: str, value: str) -> str:
    if "\0" in value or len(value) > 1024:
        raise InputError(f"the {key} name holds a NUL or is longer than 1024 characters")
    return value
