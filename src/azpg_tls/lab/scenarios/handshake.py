"""Handshakes that cannot succeed. The chain is that of azure-g2-2025 throughout."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL, crypto

from azpg_tls.lab import generations, pki
from azpg_tls.lab.answers import context, postgres, scram
from azpg_tls.lab.scenario import Setup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from azpg_tls.lab.peer import Peer
    from azpg_tls.lab.pki import Chain

# Fatal alerts as records in clear: type 21, version, length 2, level 2, number (RFC 8446 section 5.1).
_RECORD = b"\x15\x03\x03\x00\x02\x02"


def tls_1_1_only(at: dt.datetime) -> Setup:
    """Speak TLS 1.1 and nothing newer."""

    def old(tls: SSL.Context) -> None:
        tls.set_cipher_list(b"ALL:@SECLEVEL=0")
        tls.set_min_proto_version(SSL.TLS1_1_VERSION)
        tls.set_max_proto_version(SSL.TLS1_1_VERSION)

    return _with(at, old)


def tls_1_0_hello(at: dt.datetime) -> Setup:
    """Choose TLS 1.0 without asking whether it was offered, as OpenSSL 0.9.8 did."""
    body = b"\x03\x01" + bytes(32) + b"\x00" + b"\x00\x2f" + b"\x00"  # version, random, session, cipher, compression
    hello = b"\x02" + len(body).to_bytes(3) + body
    return _after_s(at, _says(b"\x16\x03\x01" + len(hello).to_bytes(2) + hello))


def protocol_version_alert(at: dt.datetime) -> Setup:
    """Send the alert protocol_version for every ClientHello, as a server does whose newest version was not offered."""
    return _after_s(at, lambda peer: _alert(peer, 70))


def cipher_mismatch(at: dt.datetime) -> Setup:
    """Accept only RSA cipher suites of TLS 1.2, with an ECDSA certificate."""

    def narrow(tls: SSL.Context) -> None:
        tls.set_max_proto_version(SSL.TLS1_2_VERSION)
        tls.set_cipher_list(b"ECDHE-RSA-AES256-GCM-SHA384")

    return _with(at, narrow)


def insufficient_security(at: dt.datetime) -> Setup:
    """Send the alert insufficient_security for every ClientHello: what is offered is too weak for the server."""
    return _after_s(at, lambda peer: _alert(peer, 71))


def sni_rejected(at: dt.datetime) -> Setup:
    """Send the alert unrecognized_name for every ClientHello."""
    return _after_s(at, lambda peer: _alert(peer, 112))


def sni_rejected_by_warning(at: dt.datetime) -> Setup:
    """Send unrecognized_name as a mere warning, and close."""
    return _after_s(at, lambda peer: peer.send(b"\x15\x03\x03\x00\x02\x01\x70"))


def handshake_rejected(at: dt.datetime) -> Setup:
    """Send the alert internal_error for every ClientHello."""
    return _after_s(at, lambda peer: _alert(peer, 80))


def client_certificate_required_tls12(at: dt.datetime) -> Setup:
    """Demand a client certificate in TLS 1.2, where the refusal comes within the handshake."""

    def demanding(tls: SSL.Context) -> None:
        _demand_certificate(tls)
        tls.set_max_proto_version(SSL.TLS1_2_VERSION)

    return _with(at, demanding)


def client_certificate_required_tls13(at: dt.datetime) -> Setup:
    """Demand a client certificate in TLS 1.3, where the refusal comes after the handshake."""
    return _with(at, _demand_certificate)


def client_certificate_requested(at: dt.datetime) -> Setup:
    """Ask for a client certificate, and go on without one, as Azure's servers may."""
    return _with(at, lambda tls: tls.set_verify(SSL.VERIFY_PEER, lambda *_: True))


def handshake_closed(at: dt.datetime) -> Setup:
    """Agree to TLS and close the connection at the ClientHello."""
    return _after_s(at, lambda peer: None)


def handshake_reset(at: dt.datetime) -> Setup:
    """Agree to TLS and break the connection at the ClientHello, as inspecting firewalls do."""
    return _after_s(at, lambda peer: peer.reset())


def handshake_cut_midway(at: dt.datetime) -> Setup:
    """Send the beginning of a ServerHello, and close."""
    return _after_s(at, lambda peer: peer.send(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"))


def handshake_timeout_midway(at: dt.datetime) -> Setup:
    """Send the beginning of a ServerHello, and fall silent."""
    return _after_s(at, _says(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"), timeout=0.5)


def handshake_timeout(at: dt.datetime) -> Setup:
    """Agree to TLS and fall silent."""
    return _after_s(at, lambda peer: peer.wait_for_end(), timeout=0.5)


def malformed_tls(at: dt.datetime) -> Setup:
    """Agree to TLS and go on in plain text."""
    return _after_s(at, _says(b"this is not TLS\r\n" * 4))


def certificate_without_its_key(at: dt.datetime) -> Setup:
    """Present the right certificates without the key of the first: whoever copied them cannot sign with it.

    leaf (another's key) < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2
    """
    chain = generations.chain("g2-2025", at=at)
    return Setup(chain.root.certificate, postgres(without_the_key(chain, at)))


def without_the_key(chain: Chain, at: dt.datetime) -> SSL.Context:
    """Present *chain* with a key that says it is the leaf's, and signs with another secret number (SEC 1, C.4)."""
    form = (Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    genuine, other = (pair.key.private_bytes(*form) for pair in (chain.leaf, pki.server(chain.intermediates[0], at=at)))
    numbers = slice(7, 39)  # after SEQUENCE, version 1 and the header of the OCTET STRING
    forged = genuine[: numbers.start] + other[numbers] + genuine[numbers.stop :]
    made = context(chain)
    # From a file, as cryptography would see that the two halves do not belong together.
    with tempfile.NamedTemporaryFile() as file:
        file.write(forged)
        file.flush()
        made.use_privatekey_file(file.name, crypto.FILETYPE_ASN1)
    return made


def alpn_mismatch(at: dt.datetime) -> Setup:
    """Take TLS at once, but agree to no protocol inside it."""
    chain = generations.chain("g2-2025", at=at)
    tls = context(chain)
    tls.set_alpn_select_callback(lambda _connection, _offered: SSL.NO_OVERLAPPING_PROTOCOLS)
    return Setup(chain.root.certificate, postgres(tls), words={"sslnegotiation": "direct"})


def alpn_refused(at: dt.datetime) -> Setup:
    """Send the alert no_application_protocol for every ClientHello."""
    return _after_s(at, lambda peer: _alert(peer, 120))


def _demand_certificate(tls: SSL.Context) -> None:
    tls.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)


def _with(at: dt.datetime, change: Callable[[SSL.Context], None]) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    tls = context(chain)
    change(tls)
    return Setup(chain.root.certificate, postgres(tls, scram))


def _after_s(at: dt.datetime, then: Callable[[Peer], None], timeout: float = 10.0) -> Setup:
    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        _, *length = peer.read(5)[2:]
        peer.read(int.from_bytes(length))  # the whole ClientHello: a close with bytes unread would be a reset
        then(peer)

    return Setup(generations.chain("g2-2025", at=at).root.certificate, serve, timeout=timeout)


def _says(data: bytes) -> Callable[[Peer], None]:
    def say(peer: Peer) -> None:
        peer.send(data)
        peer.wait_for_end()

    return say


def _alert(peer: Peer, number: int) -> None:
    peer.send(_RECORD + bytes([number]))
    peer.wait_for_end()
