"""Servers and proxies other than PostgreSQL that speak its protocol: what they say of requests that they do not know.

Sources: the texts of pgsrv, pg-gateway, pgwire (Rust), buenavista and others; PostgreSQL's pqcomm.h has the
numbers 80877103 (SSLRequest, 1234.5679) and 80877104 (GSSENCRequest, 1234.5680).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_SSL_REQUEST = (
    likely("not-postgres", "What answers is no PostgreSQL and does not know the SSLRequest (80877103)."),
    possible("tls-not-offered", "It has no TLS: a client with sslmode=prefer expects the answer N."),
    possible("direct-tls-unsupported", "The request may have been sent a second time, inside TLS."),
)
_GSS_REQUEST = (
    likely("gssenc-interference", "What answers does not know the GSSENCRequest (80877104)."),
    possible("not-postgres", "It is no PostgreSQL, or a very old one."),
)

WIRE_PROXY = Client(
    "pg-wire-proxy",
    "a server or proxy in PostgreSQL's protocol",
    signs=(
        sign(r"\b80877103\b", *_SSL_REQUEST),
        sign(r"\b80877104\b", *_GSS_REQUEST),
        sign(r"\b0x0?4d2162f\b", *_SSL_REQUEST),
        sign(r"\b0x0?4d21630\b", *_GSS_REQUEST),
        # the eight bytes of the requests as Go prints them
        sign(r"0x0, 0x0, 0x0, 0x8, 0x4, 0xd2, 0x16, 0x2f", *_SSL_REQUEST),
        sign(r"0x0, 0x0, 0x0, 0x8, 0x4, 0xd2, 0x16, 0x30", *_GSS_REQUEST),
        sign(
            r"(?:unsupported|invalid|unknown) protocol version:? (?!1234\.)\d",
            likely("not-postgres", "What answers, or what asked, does not speak PostgreSQL's protocol 3."),
            possible("startup-error", "A newer minor version of the protocol may have been asked for."),
        ),
        sign(
            r"(?:FATAL|ERROR):? {1,2}SSL (?:is )?not supported",
            likely("tls-not-offered", "What answers speaks PostgreSQL's protocol, and has no TLS."),
        ),
        sign(
            r"(?:invalid|unexpected) startup (?:message|packet)(?!.{0,40}8087710)",
            likely("not-postgres", "The first packet is none of PostgreSQL's."),
            possible("direct-tls-unsupported", "TLS may have come at once, without an SSLRequest."),
            possible("gssenc-interference", "It may be a GSSENCRequest."),
        ),
        sign(
            r"warpgate.{0,200}?Invalid startup message",
            likely("gssenc-interference", "It is libpq's GSSENCRequest, eight bytes, which Warpgate does not know."),
            possible("direct-tls-unsupported", "TLS may have come at once, without an SSLRequest."),
            possible("not-postgres", "The first packet may be none of PostgreSQL's."),
        ),
        sign(
            r"Warpgate target connection failed",
            possible("unknown-issuer", "Warpgate may not trust the server's CA: its log has the reason."),
            possible("tcp-refused", "It may not reach the server."),
            possible("password-rejected", "Its login there may have failed."),
            possible("tls-not-offered", "The server may have no TLS where Warpgate asks for it."),
        ),
    ),
    fixes={
        "not-postgres": (
            "Connect to the real server, or answer the SSLRequest: one byte, S before TLS or N without.",
            "If the proxy has no TLS and stands on this machine alone: sslmode=disable towards it.",
        ),
        "gssenc-interference": ("gssencmode=disable in the client; in the proxy, answer the GSSENCRequest with N.",),
    },
)
