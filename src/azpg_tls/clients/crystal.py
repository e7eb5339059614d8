"""crystal-pg, which Lucky and Amber use, over Crystal's OpenSSL: src/pq/connection.cr of will/crystal-pg."""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_METHOD = (
    likely("password-rejected", "The server asks for a way to log in that the driver does not have, or has off."),
    possible("client-library-bug", "auth_methods=… in the URL allows others, such as cleartext for Entra ID."),
)
_UNSAID = (
    likely("tcp-refused", "No connection came about; the cause is on the lines after it."),
    possible("dns-failure", "The name may have no address."),
    possible("tcp-timeout", "A firewall may drop the attempt."),
)
_URL = ("DATABASE_URL=postgres://USER@HOST:PORT/DB?sslmode=require&sslrootcert=ROOTS",)

CRYSTAL_PG = Client(
    "crystal-pg",
    "crystal-pg",
    marks=(r"\bPQ::(?:ConnectionError|PQError)\b", r"\bcrystal-pg\b", r"\.cr:\d{1,5}", r"\bDB::ConnectionRefused\b"),
    over=("openssl",),
    signs=(
        sign(
            r"sslmode=require and server did not establish SSL",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(
            r"Unexpected data after SSL response",
            likely("server-error-before-tls", "More than one byte came as an answer, mostly an error in the clear."),
            possible("plaintext-injection", "Bytes may have followed the S."),
        ),
        sign(
            r"Unexpected SSL response from server",
            likely("not-postgres", "The answer to the SSLRequest was neither S nor N."),
            possible("server-error-before-tls", "E begins an error, such as that the server is full."),
        ),
        sign(r"server asked for disabled authentication method", *_METHOD),
        sign(r"no known sasl mechanism in list", *_METHOD),
        # Without its cause; crystal-db's class stands for every failure to connect.
        sign(r"Cannot establish connection \(PQ::ConnectionError\)(?!.{0,400}?Caused by)", *_UNSAID),
        sign(r"\bDB::ConnectionRefused\b(?!.{0,2000}?Caused by)", *_UNSAID),
    ),
    fixes={
        "tls-required": _URL,
        "tls-not-offered": ("Switch TLS on at the server; sslmode=prefer goes on without it.",),
        "password-rejected": (
            "Name the method in the URL, within TLS: ?sslmode=require&auth_methods=cleartext,scram-sha-256.",
        ),
    },
    aliases=("crystal",),
)
