"""Netty's TLS and sockets, which the reactive Java drivers use in place of Java's own.

Sources: handler/src/main/java/io/netty/handler/ssl (SslHandler, NotSslRecordException, SslContext, PemReader) and
resolver-dns of Netty 4.1 and 4.2.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.sign import likely, possible, sign

_NO_RECORD = (
    likely("malformed-tls", "The bytes in place of the server's first TLS record are none."),
    likely("not-postgres", "Another service, or a proxy that speaks plain text, may listen on that port."),
    possible("tls-not-offered", "The server may have no TLS there."),
)
_PEM = (
    likely("root-file-format", "The file is not in the form that Netty reads: certificates in PEM, keys in PKCS#8."),
    possible("root-file-missing", "The file may be empty, or another than was meant."),
)

NETTY = Client(
    "netty",
    "Netty",
    over=("jsse", "openssl"),
    signs=(
        sign(r"not an SSL/TLS record: ", *_NO_RECORD),
        sign(
            r"not an SSL/TLS record: 45[0-9a-f]{4,}",
            likely("server-error-before-tls", "The bytes are an ErrorResponse of PostgreSQL (0x45), in the clear."),
            possible("direct-tls-unsupported", "With direct TLS: servers before PostgreSQL 17 do not know it."),
        ),
        sign(
            r"not an SSL/TLS record: 4854545[0-9a-f]{2,}",
            likely("not-postgres", "The bytes are an answer in HTTP."),
        ),
        sign(
            r"handshake timed out(?: after \d+ ?ms)?",
            likely("handshake-timeout", "The TLS handshake did not end in the time that the driver allows."),
            possible("pool-timeout", "The client itself may have been too busy to go on."),
        ),
        sign(r"Connection closed while SSL/TLS handshake was in progress", *CLOSED),
        sign(r"SSLEngine closed already", *CLOSED),
        sign(r"does not contain valid (?:certificates|private key)", *_PEM),
        sign(r"not contain valid certificates", *_PEM),
        sign(r"found no (?:certificates|private key) in ", *_PEM),
        sign(r"could not find a PKCS #8 private key in", *_PEM),
    ),
)
