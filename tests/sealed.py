"""Records of TLS 1.3 sealed by hand: what a server's OpenSSL would never send, in a connection that it has begun.

Source: RFC 8446 sections 5.2 (records), 5.3 (nonces), 7.1 and 7.2 (keys and their updates); RFC 5869 (HKDF).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from OpenSSL import SSL

if TYPE_CHECKING:
    from azpg_tls.lab.peer import Peer

ALERT, HANDSHAKE, APPLICATION_DATA = 21, 22, 23
CIPHER = b"TLS_AES_256_GCM_SHA384"
SECRET, KEY, IV, TAG = 48, 32, 12, 16  # bytes
CHUNK = 16 * 1024


class Sealer:
    """Seals records by one secret, in their sequence."""

    def __init__(self, secret: bytes, sequence: int = 0) -> None:
        self._secret = secret
        self._sequence = sequence
        self._key = AESGCM(_expanded(secret, b"key", KEY))
        self._iv = int.from_bytes(_expanded(secret, b"iv", IV))

    def record(self, kind: int, body: bytes) -> bytes:
        inner = body + bytes([kind])
        header = bytes([APPLICATION_DATA, 3, 3]) + (len(inner) + TAG).to_bytes(2)
        nonce = (self._iv ^ self._sequence).to_bytes(IV)
        self._sequence += 1
        return header + self._key.encrypt(nonce, inner, header)

    def updated(self) -> Sealer:
        """Return what seals after a KeyUpdate."""
        return Sealer(_expanded(self._secret, b"traffic upd", SECRET))


def _expanded(secret: bytes, label: bytes, length: int) -> bytes:
    info = length.to_bytes(2) + bytes([len(label) + 6]) + b"tls13 " + label + b"\0"
    return HKDFExpand(SHA384(), length, info).derive(secret)


class Shaken:
    """A server's handshake over *peer*, by OpenSSL, whose secrets are known."""

    def __init__(self, peer: Peer, context: SSL.Context) -> None:
        self._peer = peer
        self._secrets: dict[bytes, bytes] = {}
        context.set_keylog_callback(self._note)
        context.set_tls13_ciphersuites(CIPHER)
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()

    def _note(self, _connection: SSL.Connection, line: bytes) -> None:
        name, _, secret = line.split()
        self._secrets[name] = bytes.fromhex(secret.decode())

    def _step(self) -> tuple[list[bytes], bool]:
        """Take a record of the client's; return the records with which OpenSSL answers, and whether it is done."""
        self._tls.bio_write(read_record(self._peer))
        try:
            self._tls.do_handshake()
            done = True
        except SSL.WantReadError:
            done = False
        try:
            return split(self._tls.bio_read(CHUNK)), done
        except SSL.WantReadError:
            return [], done

    def to_its_end(self) -> Sealer:
        """Shake hands, take the StartupMessage, and return what seals the answer."""
        records, done = self._step()
        while not done:
            self._peer.send(b"".join(records))
            records, done = self._step()
        self._peer.send(b"".join(records))
        read_record(self._peer)
        return Sealer(self._secrets[b"SERVER_TRAFFIC_SECRET_0"], len(records))  # the session tickets

    def to_the_certificate(self) -> Sealer:
        """Send ServerHello, ChangeCipherSpec and EncryptedExtensions; return what seals the rest."""
        records, _ = self._step()
        self._peer.send(b"".join(records[:3]))
        return Sealer(self._secrets[b"SERVER_HANDSHAKE_TRAFFIC_SECRET"], 1)


def read_record(peer: Peer) -> bytes:
    head = peer.read(5)
    return head + peer.read(int.from_bytes(head[3:]))


def split(data: bytes) -> list[bytes]:
    """Cut *data* into its records."""
    records = []
    while data:
        size = 5 + int.from_bytes(data[3:5])
        records.append(data[:size])
        data = data[size:]
    return records
