"""On what terms one logs in: where to, trusting whom, with which authentication methods; as libpq's parameters.

Every parameter that could weaken the login is given, so that libpq takes none of them from the environment, a service
file or ~/.postgresql.

Source: PostgreSQL documentation, "Parameter Key Words" (libpq).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible
from azpg_tls.session import End, Failed

if TYPE_CHECKING:
    from azpg_tls.report import StartupView
    from azpg_tls.secret import Secret
    from azpg_tls.target import Target

WITH_BINDING = "SCRAM-SHA-256-PLUS"
CLEARTEXT = "password"
CHANNEL_BINDING = ("disable", "prefer", "require")
AUTH_METHODS = ("password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none")


_NO_PHRASE = "none"  # without one, OpenSSL asks on standard input for that of a key, whatever the deadline


@dataclass(frozen=True)
class Wish:
    """What is asked of a login, empty where nothing is: libpq's words, paths of a client certificate and a key.

    *token* says that the password is an Entra token, which goes to the server in clear, inside TLS.
    """

    require_auth: str = ""
    channel_binding: str = ""
    sslcert: str = ""
    sslkey: str = ""
    passfile: str = ""
    token: bool = False

    def __post_init__(self) -> None:
        """Refuse what libpq does not know; raises `InputError`."""
        if self.channel_binding and self.channel_binding not in CHANNEL_BINDING:
            known = ", ".join(CHANNEL_BINDING)
            raise InputError(f"channel_binding '{visible(self.channel_binding)}' is not one of {known}")
        for word in self.require_auth.split(",") if self.require_auth else ():
            if word.strip().removeprefix("!") not in AUTH_METHODS:
                known = ", ".join(AUTH_METHODS)
                raise InputError(
                    f"require_auth '{visible(word.strip())}' is not one of {known}, each with or without !"
                )


@dataclass(frozen=True)
class Terms:
    """The *wish*, and the *require_auth* and *channel_binding* that hold."""

    wish: Wish
    require_auth: str
    channel_binding: str


def settled(startup: StartupView | None, wish: Wish) -> Terms:
    """Return the terms for a server that answered with *startup*: what is wished, else the safest that it offers.

    The method that was seen is the one that is allowed, so that the server cannot ask for a weaker one afterwards.
    A password in clear is for a token, or for whoever asks for it.
    """
    seen = startup.auth_method if startup else None
    method = seen if seen in AUTH_METHODS and seen != CLEARTEXT else f"!{CLEARTEXT}"
    if wish.token:
        method = CLEARTEXT  # the server has to read the token
    binding = "require" if startup and WITH_BINDING in startup.sasl_mechanisms else "prefer"
    return Terms(wish, wish.require_auth or method, wish.channel_binding or binding)


def objection(terms: Terms, startup: StartupView | None) -> Failed | None:
    """Return why the server's offer is not acceptable on these *terms*, None if it is or is not known yet."""
    method = startup.auth_method if startup else None
    if startup is None or method is None:
        return None
    if not _allows(terms.require_auth, method):
        asked = f"require_auth is {terms.require_auth}" if terms.wish.require_auth else "nobody has agreed to that"
        if terms.wish.token:
            asked = "a token is sent as a password in clear alone"
        in_clear = " in clear, inside TLS" if method == CLEARTEXT else ""
        return Failed(End.METHOD, f"The server asks for {method}{in_clear}, and {asked}: nothing secret was sent.")
    if terms.channel_binding == "require" and WITH_BINDING not in startup.sasl_mechanisms:
        offered = ", ".join(startup.sasl_mechanisms) or method
        return Failed(End.BINDING, f"channel_binding is require, and the server offers {offered} alone.")
    return None


def _allows(require_auth: str, method: str) -> bool:
    words = [word.strip() for word in require_auth.split(",")]
    if words[0].startswith("!"):
        return f"!{method}" not in words
    return method in words


def parameters(
    target: Target, address: str, min_tls: str, terms: Terms, *, root_file: str, secret: Secret | None
) -> dict[str, str | int]:
    """Return libpq's parameters for a login at *address*, which has proved to be the target."""
    given: dict[str, str | int] = {
        "host": target.server_name,
        "hostaddr": address,
        "port": target.port,
        "user": target.user,
        "dbname": target.dbname,
        "sslmode": "verify-full",
        "sslrootcert": root_file,
        "sslsni": int(bool(target.sni_name)),
        "sslnegotiation": target.sslnegotiation,
        "ssl_min_protocol_version": min_tls,
        "ssl_max_protocol_version": "",
        "sslcert": terms.wish.sslcert,
        "sslkey": terms.wish.sslkey,
        "sslcertmode": "allow" if terms.wish.sslcert else "disable",
        "sslpassword": _NO_PHRASE,
        "sslkeylogfile": "",
        "sslcompression": 0,
        "require_auth": terms.require_auth,
        "channel_binding": terms.channel_binding,
        "gssencmode": "disable",
        "gssdelegation": 0,
        "target_session_attrs": "any",
        "replication": "",
        "client_encoding": "UTF8",
        "application_name": "azpg-tls",
    }
    if terms.wish.passfile:
        given["passfile"] = terms.wish.passfile
    if secret:
        given["password"] = secret.reveal()
    return given
