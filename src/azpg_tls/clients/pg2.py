"""pg2, a PostgreSQL driver for Clojure.

Sources: org.pg.Connection, org.pg.util.IOTool and org.pg.util.SocketTool of igrishaev/pg2, 0.1 to now.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

PG2 = Client(
    "pg2-clojure",
    "pg2 for Clojure",
    marks=(r"org\.pg\.",),
    over=("jsse",),
    signs=(
        sign(
            r"the server is configured to not use SSL",
            certain("tls-not-offered", "The server answered the SSLRequest with N."),
        ),
        sign(
            r"wrong SSL response: ",
            likely("not-postgres", "The answer to the SSLRequest was neither S nor N."),
            possible("server-error-before-tls", "If it is E, the server or a pooler answered with an error."),
        ),
        sign(
            r"could not upgrade to SSL due to an exception",
            possible("unknown-issuer", "The handshake failed; the cause below says why."),
            possible("handshake-closed", "The server may have ended it."),
        ),
        sign(
            r"cannot flush an output stream.{0,200}?Socket closed",
            likely("client-library-bug", "Versions such as 0.1.20 closed the socket when they went over to TLS."),
            possible("handshake-closed", "The other side may have ended the connection."),
        ),
    ),
    fixes={
        "tls-required": (
            '{:host "HOST" :port PORT :ssl? true :ssl-context (pg.ssl/context "ROOTS")} (older versions: :use-ssl?)',
        ),
        **dict.fromkeys(
            ("unknown-issuer", "root-store-outdated"),
            (':ssl-context (pg.ssl/context "ROOTS") trusts that root; :ssl? true alone verifies nothing.',),
        ),
        "client-library-bug": ("Use a newer com.github.igrishaev/pg2-core.",),
    },
    aliases=("pg2",),
)
