"""What to probe: ``host:port``, a ``postgresql://`` URI or a libpq conninfo string, made one `Target`.

As in psql, what the target's own text says wins over options, and options win over the environment.

No `Target` and no error message holds a password of the text.

Source: PostgreSQL documentation, "Parameter Key Words" (libpq).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from azpg_tls import azure, conninfo
from azpg_tls.conninfo import DEFAULT_PORT, is_address, is_port
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

# Any name will do, as no login follows; these say in the server's log who it was.
DEFAULT_USER = "azpg_tls_probe"
DEFAULT_DBNAME = "postgres"

SSLNEGOTIATIONS = ("postgres", "direct")
LOGIN_WORDS = ("user", "require_auth", "channel_binding", "sslcert", "sslkey", "passfile")
_HOST_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_MAX_HOST = 253  # characters, RFC 1035 section 2.3.4 without the length bytes
_MAX_NAME = 1024  # bytes; two of them and their words fit into PostgreSQL's longest startup packet of 10,000
_MAX_SHOWN = 2000  # characters of a target


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
        """The name that goes out as SNI, empty if none does: never an address nor a final dot (RFC 6066 section 3)."""
        return "" if not self.sni or is_address(self.server_name) else self.server_name.removesuffix(".")


@dataclass(frozen=True)
class TargetOptions:
    """What the command line says of every target; None or empty where it says nothing. *host* is for those without."""

    port: int | None = None
    hostaddr: str = ""
    server_name: str = ""
    sni: bool = True
    sslnegotiation: str = ""
    user: str = ""
    dbname: str = ""
    startup: bool = True
    cloud: str | None = None
    host: str = ""


def parse(text: str, options: TargetOptions | None = None) -> Target:
    """Read one target; raises `InputError` that says what is wrong with it, without repeating a password."""
    options = options or TargetOptions()
    words = conninfo.read(text)
    cloud = _cloud(options.cloud)
    host = _host_name(words.get("host") or words.get("hostaddr") or options.host or options.hostaddr, cloud)
    server_name = _host_name(options.server_name, None) if options.server_name else host
    user = words.get("user") or options.user
    return Target(
        input=visible(words["input"], _MAX_SHOWN),
        host=host,
        port=_port(words.get("port") or str(DEFAULT_PORT if options.port is None else options.port)),
        hostaddr=_address(words.get("hostaddr") or options.hostaddr),
        server_name=server_name,
        sni=options.sni and words.get("sslsni") != "0",
        sslnegotiation=_sslnegotiation(words.get("sslnegotiation") or options.sslnegotiation or "postgres"),
        user=_name("user", user or DEFAULT_USER),
        # As in libpq, the database is named like the user who is given.
        dbname=_name("dbname", words.get("dbname") or options.dbname or user or DEFAULT_DBNAME),
        startup=options.startup,
        cloud=cloud or azure.cloud_of(host),
    )


def check(target: Target) -> None:
    """Refuse a target that `parse` would not have made, a saved one for instance; raises `InputError`."""
    for host in (target.host, target.server_name):
        if _host_name(host, None) != host:
            raise InputError(f"'{visible(host)}' is no host name in ASCII, as DNS and certificates have it")
    _address(target.hostaddr)
    _port(str(target.port))
    _sslnegotiation(target.sslnegotiation)
    _name("user", target.user)
    _name("dbname", target.dbname)
    _cloud(target.cloud)


def login_words(text: str) -> dict[str, str]:
    """Return what the target's own text says of the login, in libpq's words; none where it says nothing."""
    words = conninfo.read(text)
    return {key: words[key] for key in LOGIN_WORDS if words.get(key)}


def sslrootcert_of(text: str) -> str:
    """Return the ``sslrootcert`` that the target's own text names, empty if it names none."""
    return conninfo.read(text).get("sslrootcert", "")


def _host_name(host: str, cloud: str | None) -> str:
    """Check *host*, complete a bare server name with the cloud's suffix, and return IDNA's ASCII form."""
    if not host:
        raise InputError("the target names no host; give host:port, a postgresql:// URI, or set PGHOST")
    if host.startswith(("/", "@")):
        raise InputError(f"'{visible(host)}' is a Unix socket, on which PostgreSQL never uses TLS; give a host name")
    if "," in host:
        raise InputError(f"'{visible(host)}' names several hosts; give each as a target of its own")
    if is_address(host):
        return host
    if cloud and "." not in host and host != "localhost":
        host = f"{host}.{azure.CLOUDS[cloud].suffix}"
    try:
        name = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        name = ""
    bare = name.removesuffix(".")
    if len(bare) > _MAX_HOST or not all(_HOST_LABEL.fullmatch(label) for label in bare.split(".")):
        raise InputError(f"'{visible(host)}' cannot be a host name; check it for stray characters and its length")
    return name


def _cloud(name: str | None) -> str | None:
    if name and name not in azure.CLOUDS:
        raise InputError(f"cloud '{visible(name)}' is not known; use {', '.join(azure.CLOUDS)}")
    return name or None


def _address(text: str) -> str:
    if text and not is_address(text):
        raise InputError(f"hostaddr '{visible(text)}' is no IP address; give the name as host instead")
    return text


def _port(text: str) -> int:
    if not is_port(text):
        raise InputError(f"'{visible(text)}' is no port; ports are numbers from 1 to 65535")
    return int(text)


def _sslnegotiation(word: str) -> str:
    if word not in SSLNEGOTIATIONS:
        raise InputError(f"sslnegotiation '{visible(word)}' is not known; use {' or '.join(SSLNEGOTIATIONS)}")
    return word


def _name(key: str, value: str) -> str:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise InputError(f"the {key} name '{visible(value)}' is not UTF-8; write it in UTF-8") from None
    if "\0" in value or size > _MAX_NAME:
        raise InputError(
            f"the {key} name '{visible(value)}' holds a NUL or has more than {_MAX_NAME} bytes; shorten it"
        )
    return value
