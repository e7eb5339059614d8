"""What a PostgreSQL server says inside TLS, and how a server of the laboratory is put together from it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from OpenSSL import SSL

if TYPE_CHECKING:
    from collections.abc import Callable

    from azpg_tls.lab.endpoint import Behaviour
    from azpg_tls.lab.peer import Peer
    from azpg_tls.lab.pki import Chain

ALPN = b"postgresql"

NO_LOGIN = "this is azpg-tls's laboratory: nobody can log in here"


def message(kind: bytes, body: bytes) -> bytes:
    """Return one message of protocol 3."""
    return kind + struct.pack("!i", len(body) + 4) + body


def error(sqlstate: str, text: str, severity: str = "FATAL", **others: str) -> bytes:
    """Return an ErrorResponse; *others* are further fields by their one-letter codes (D detail, H hint)."""
    fields = {"S": severity, "V": severity, "C": sqlstate, "M": text} | others
    body = b"".join(code.encode() + value.encode() + b"\0" for code, value in fields.items())
    return message(b"E", body + b"\0")


# AuthenticationCleartextPassword, as for Microsoft Entra ID, and AuthenticationSASL (src/include/libpq/protocol.h).
IN_CLEAR = message(b"R", struct.pack("!i", 3))
WITH_SCRAM = message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")


def context(chain: Chain, ciphers: str = "") -> SSL.Context:
    """Return a server's TLS context that presents *chain*, for TLS 1.2 and 1.3; *ciphers* as OpenSSL writes them."""
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    if ciphers:
        made.set_cipher_list(ciphers.encode())  # before the certificate, as it sets the level that one is held to
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.use_certificate(chain.leaf.certificate)
    made.use_privatekey(chain.leaf.key)
    for intermediate in chain.intermediates:
        made.add_extra_chain_cert(intermediate.certificate)
    made.set_alpn_select_callback(
        lambda _connection, offered: ALPN if ALPN in offered else SSL.NO_OVERLAPPING_PROTOCOLS
    )
    return made


def postgres(tls: SSL.Context, answer: Callable[[Peer], None] | None = None) -> Behaviour:
    """Return the behaviour of PostgreSQL 17 and later: SSLRequest or TLS at once, then *answer* (SCRAM)."""

    def serve(peer: Peer) -> None:
        if not peer.starts_tls_at_once():
            peer.read_ssl_request()
            peer.send(b"S")
        peer.start_tls(tls)
        peer.read_startup()
        (answer or scram)(peer)

    return serve


def asks(request: bytes, refusal: bytes) -> Callable[[Peer], None]:
    """Return an answer that sends *request*, one for a password, and *refusal* to whoever answers it."""

    def answer(peer: Peer) -> None:
        peer.send(request)
        peer.read_message()
        peer.send(refusal)

    return answer


def says(data: bytes) -> Callable[[Peer], None]:
    """Return an answer that sends *data* and waits for the client to go."""

    def answer(peer: Peer) -> None:
        peer.send(data)
        peer.wait_for_end()

    return answer


scram = asks(WITH_SCRAM, error("28P01", NO_LOGIN))
"""Offers SCRAM, and refuses whoever tries."""

cleartext = asks(IN_CLEAR, error("28P01", NO_LOGIN))
"""Asks for the password itself, as for Microsoft Entra ID, and refuses whoever sends one."""
