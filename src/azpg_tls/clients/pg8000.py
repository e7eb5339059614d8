"""pg8000, in Python throughout, with scramp for SCRAM; Google's Cloud SQL connector and SQLAlchemy use it.

Sources: tlocke/pg8000 src/pg8000/core.py, 1.16 to 1.31; tlocke/scramp src/scramp/core.py.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_BROKEN = (
    likely("handshake-closed", "The other side, or a firewall between, ended the connection."),
    possible("closed-before-tls", "It may have been ended before TLS began."),
    possible("closed-after-tls", "It may have been ended later, such as an idle connection of a pool."),
)

_SCRAM = (
    likely("password-rejected", "The password is not the one that the server holds."),
    possible("channel-binding-mismatch", "Something between may end TLS."),
)

_SETTING = (likely("sslmode-invalid", "The setting is missing, or cannot be used so: host, user, unix_sock."),)
PG8000 = Client(
    "pg8000",
    "pg8000",
    marks=(r"\bpg8000\b", r"\bscramp\b", r"timeout is .{1,8}? and source_address is"),
    over=("python-ssl",),
    signs=(
        sign(r"The 'user' connection parameter cannot be None", *_SETTING),
        sign(r"one of host, sock or unix_sock must be provided", *_SETTING),
        sign(r"attempt to connect to unix socket on unsupported platform", *_SETTING),
        sign(
            r"Can't create a connection to host",
            possible("tcp-timeout", "No answer came: a firewall drops what is sent, or the route is missing."),
            possible("tcp-refused", "Nothing may listen on that port."),
            possible("dns-failure", "The name may not resolve."),
        ),
        sign(
            r"Server refuses SSL",
            likely("tls-not-offered", "The server did not answer S to the SSLRequest: it has no TLS."),
            possible("closed-before-tls", "pg8000 says the same if the connection was closed."),
            possible("client-library-bug", "pg8000 1.31.1 asks for TLS by itself, also inside a connector's TLS."),
            possible("not-postgres", "What answered may not be PostgreSQL."),
        ),
        sign(
            r"SSL required but ssl module not available",
            certain("client-without-tls", "This Python was built without OpenSSL."),
        ),
        sign(
            r"server requesting (?:MD5 )?password authentication, but no password was provided",
            likely("password-rejected", "The server wants a password or token, and none was given."),
        ),
        sign(
            r"Authentication method (?P<number>\d+) not (?:supported|recognized) by pg8000",
            likely("client-library-bug", "This version of pg8000 does not know the server's method {number}."),
        ),
        sign(r"InterfaceError[:('\" ]{1,4}(?:network error|communication error|connection is closed)", *_BROKEN),
        sign(r"unpack(?:_from)? requires a (?:buffer|bytes object|string argument)", *_BROKEN),
        sign(
            r"ScramException.{0,200}?(?:channel.binding|requires channel)",
            likely(
                "channel-binding-mismatch", "The client and the server saw different certificates, or different offers."
            ),
        ),
        sign(r"The client keys don't match", *_SCRAM),
        sign(r"(?<!exception\.)\bScramException\b", *_SCRAM),
    ),
    fixes={
        "tls-required": (
            "pg8000.connect(…, ssl_context=azpg_tls.ssl_context()); ssl_context=True checks nothing.",
            'SQLAlchemy: create_engine(url, connect_args={"ssl_context": azpg_tls.ssl_context()}).',
        ),
        "unknown-issuer": ('ssl_context=ssl.create_default_context(cafile="ROOTS"), or azpg_tls.ssl_context().',),
        "tls-not-offered": ("Switch TLS on in the server (ssl = on), or name the host that has it.",),
        "client-certificate-required": ("Call load_cert_chain on the SSLContext that goes into ssl_context=.",),
        "client-library-bug": ("Update pg8000: 1.16.6 and later know SCRAM.",),
        "password-rejected": ("Pass password=, or for Entra ID the access token as password=.",),
    },
)
