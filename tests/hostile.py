"""Servers that mean harm: they never end, never answer, or send what nothing should choke on.

Each is the behaviour of one connection, as in the laboratory, and ends when the client goes.
"""

from __future__ import annotations

import contextlib
import itertools
import ssl
import struct
import tempfile
import time
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL

from azpg_tls.lab.answers import error, message, says
from tests import forged
from tests.forged import CA, EXTENSIONS, GENERALIZED_TIME, SAN, UTC_TIME, Forged, der, integer, name, names
from tests.sealed import APPLICATION_DATA, Shaken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from azpg_tls.lab.endpoint import Behaviour
    from azpg_tls.lab.peer import Peer

PAUSE = 0.02  # seconds between two bytes
CHUNK = 16 * 1024
HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC = 22, 21, 20
HELLO_REQUEST = b"\0\0\0\0"
# Lifetime, age, nonce, a ticket of 64 bytes, no extensions (RFC 8446 section 4.6.1).
NEW_SESSION_TICKET = b"\x04\0\0\x4f" + bytes(8) + b"\x02\0\0" + b"\0\x40" + bytes(64) + b"\0\0"
AT_A_TIME = 500  # records in one write
LONG = "x" * 1_000_000


def silent(peer: Peer) -> None:
    peer.wait_for_end()


def slowly(data: Iterable[int]) -> Callable[[Peer], None]:
    """Send one byte at a time."""

    def send(peer: Peer) -> None:
        for byte in data:
            peer.send(bytes([byte]))
            time.sleep(PAUSE)

    return send


def endlessly(piece: bytes, first: bytes = b"") -> Callable[[Peer], None]:
    """Send *first*, and then *piece* for ever."""
    pieces = piece * (CHUNK // len(piece))

    def send(peer: Peer) -> None:
        peer.send(first)
        while True:
            peer.send(pieces)

    return send


# Before TLS.


def instead_of_s(then: Callable[[Peer], None]) -> Behaviour:
    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        then(peer)

    return serve


# During the handshake.


def after_s(then: Callable[[Peer], None]) -> Behaviour:
    """Agree to TLS, take the ClientHello, and go on like that."""

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        peer.read(int.from_bytes(peer.read(5)[3:]))
        then(peer)

    return serve


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


def records(body: bytes) -> bytes:
    """A handshake message in as many records as it needs."""
    return b"".join(record(HANDSHAKE, body[start : start + CHUNK]) for start in range(0, len(body), CHUNK))


def message_of_handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3) + body


def handshake(kind: int, body: bytes) -> bytes:
    return records(message_of_handshake(kind, body))


# Version TLS 1.2, a random, no session, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, no compression, and renegotiation_info
# (RFC 5746), without which OpenSSL would read no further.
RENEGOTIATION_INFO = b"\0\x05\xff\x01\0\x01\0"
SERVER_HELLO = handshake(2, b"\x03\x03" + bytes(range(32)) + b"\0" + b"\xc0\x2f" + b"\0" + RENEGOTIATION_INFO)


def sized(body: bytes) -> bytes:
    return len(body).to_bytes(3) + body


def certificates_in_clear(*chain: bytes) -> Behaviour:
    """Send a ServerHello of TLS 1.2 and *chain*, whatever is in it, and wait."""
    flight = SERVER_HELLO + handshake(11, sized(b"".join(sized(certificate) for certificate in chain)))
    return after_s(says(flight))


def one_byte_at_a_time() -> Behaviour:
    """Shake hands soundly, but slowly."""

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        tls = SSL.Connection(context(Forged().der), None)
        tls.set_accept_state()
        head = peer.read(5)
        tls.bio_write(head + peer.read(int.from_bytes(head[3:])))
        try:
            tls.do_handshake()
        except SSL.WantReadError:
            slowly(tls.bio_read(CHUNK))(peer)

    return serve


# Inside TLS.


def pem(*chain: bytes) -> bytes:
    return "".join(map(ssl.DER_cert_to_PEM_cert, chain)).encode()


def key_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def context(*chain: bytes, key: PrivateKeyTypes = forged.KEY) -> SSL.Context:
    """A server's context that presents *chain*, by the key of its leaf."""
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    made.set_cipher_list(b"ALL:@SECLEVEL=0")
    # From a file, as OpenSSL reads it: cryptography would refuse some of them.
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(key_pem(key) + pem(*chain))
        file.flush()
        made.use_certificate_chain_file(file.name)
        made.use_privatekey_file(file.name)
    return made


def inside(then: Callable[[Peer], None], tls: SSL.Context | None = None) -> Behaviour:
    """Begin TLS, take the StartupMessage, and go on like that."""

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        peer.start_tls(tls or context(Forged().der))
        peer.read_startup()
        then(peer)

    return serve


def presenting(*chain: bytes, key: PrivateKeyTypes = forged.KEY) -> Behaviour:
    """Present *chain* and ask for a password; what OpenSSL does not let a server present is sent in clear."""
    try:
        tls = context(*chain, key=key)
    except SSL.Error:
        return certificates_in_clear(*chain)
    return inside(says(message(b"R", struct.pack("!i", 3))), tls)


def renegotiating(peer: Peer) -> None:
    """Ask for a new handshake again and again (HelloRequest, TLS 1.2)."""
    tls = peer._tls
    assert tls
    while tls.renegotiate():
        peer.send(b"")
        tls.do_handshake()


def ticketing(peer: Peer) -> None:
    """Send 10,000 session tickets (TLS 1.3) after the handshake: more than anybody wants to read."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(key_pem(forged.KEY) + pem(Forged().der))
        file.flush()
        made.load_cert_chain(file.name)
    made.num_tickets = 10_000
    peer.read_ssl_request()
    peer.send(b"S")
    with contextlib.suppress(OSError), made.wrap_socket(peer._socket.dup(), server_side=True) as tls:
        while tls.recv(CHUNK):
            pass


def sealed(kind: int, body: bytes) -> Behaviour:
    """Shake hands in TLS 1.3, and send the record *body* of *kind* for ever after the StartupMessage."""

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        sealer = Shaken(peer, context(Forged().der)).to_its_end()
        while True:
            peer.send(b"".join(sealer.record(kind, body) for _ in range(AT_A_TIME)))

    return serve


def updating_keys(wanted: bool) -> Behaviour:
    """Send KeyUpdates for ever, and ask for the client's if *wanted*, without ever reading them."""
    body = message_of_handshake(24, bytes([wanted]))

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        sealer = Shaken(peer, context(Forged().der)).to_its_end()
        while True:
            peer.send(sealer.record(HANDSHAKE, body))
            sealer = sealer.updated()

    return serve


def instead_of_the_certificate(*messages: bytes) -> Behaviour:
    """Begin a handshake of TLS 1.3 and send *messages* where the certificate should come, then wait."""

    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        peer.send(b"S")
        sealer = Shaken(peer, context(Forged().der)).to_the_certificate()
        for whole in messages:
            for start in range(0, len(whole), CHUNK):
                peer.send(sealer.record(HANDSHAKE, whole[start : start + CHUNK]))
        peer.wait_for_end()

    return serve


def compressed(size: int, algorithm: int = 1) -> bytes:
    """A CompressedCertificate of *size* zeros (RFC 8879 section 4); algorithm 1 is zlib."""
    small = zlib.compress(bytes(size), 9)
    return message_of_handshake(25, algorithm.to_bytes(2) + min(size, 2**24 - 1).to_bytes(3) + sized(small))


def tls_1_2() -> SSL.Context:
    made = context(Forged().der)
    made.set_max_proto_version(SSL.TLS1_2_VERSION)
    return made


# Certificates.


def issued(subject: bytes, issuer: bytes, **parts: object) -> Forged:
    return replace(Forged(name(subject), name(issuer)), **parts)  # type: ignore[arg-type]


def loop() -> tuple[bytes, ...]:
    """A leaf below A, A below B, B below A."""
    return (
        issued(b"leaf", b"A").der,
        issued(b"A", b"B", extensions=CA).der,
        issued(b"B", b"A", extensions=CA).der,
    )


def many(count: int) -> tuple[bytes, ...]:
    """A path of *count* CAs, all of which must be followed."""
    cas = [issued(b"CA %d" % n, b"CA %d" % (n + 1), extensions=CA).der for n in range(count)]
    return (issued(b"leaf", b"CA 0").der, *cas)


def maze(count: int) -> tuple[bytes, ...]:
    """CAs of one name and key, each of which may have signed each: a path of any order is possible."""
    cas = [issued(b"CA", b"CA", serial=integer(n), extensions=CA).der for n in range(1, count)]
    return (issued(b"leaf", b"CA").der, *cas)


def of_kind(key: PrivateKeyTypes) -> Behaviour:
    """Present a self-signed certificate of *key*."""
    at = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "unusual")])
    digest = hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    made = (
        x509.CertificateBuilder()
        .subject_name(at).issuer_name(at).serial_number(1)
        .not_valid_before(forged.BEGIN).not_valid_after(forged.END)
        .public_key(key.public_key())  # type: ignore[arg-type]
        .sign(key, digest)  # type: ignore[arg-type]
    )  # fmt: skip
    return presenting(made.public_bytes(Encoding.DER), key=key)


EVIL_TEXT = "\x1b[31m\x1b]0;owned\x07\u202egnp.exe\u2066[bold red]rich[/]\r\nPASS  fine\x00\u200b\x9b2J".encode()
EVIL = EVIL_TEXT + b"\xff\xfe\xed\xa0\xbd"  # not UTF-8
TIMES = {
    "no seconds": der(UTC_TIME, b"4901010000Z"),
    "with a zone": der(UTC_TIME, b"490101000000+0100"),
    "with fractions": der(GENERALIZED_TIME, b"20490101000000.5Z"),
    "in the year 0": der(GENERALIZED_TIME, b"00000101000000Z"),
    "in the year 9999": der(GENERALIZED_TIME, b"99991231235959Z"),
    "at no time": der(UTC_TIME, b"\x1b[31mnever"),
    "nowhere": der(UTC_TIME),
    "not even a time": integer(1),
}
GARBAGE = {"cut": b"\x30\x82\xff", "empty": b"", "of another kind": der(5), "deep": forged.nested(3000)}

RSA_SHA256 = der(48, forged.oid("1.2.840.113549.1.1.11"), der(5))
# What the client trusts: the forger, the end of the long path, the middle of the maze, and a key that is too big.
ROOTS = (
    Forged(name(b"Forger"), extensions=CA),
    Forged(name(b"CA 99"), name(b"CA 99"), extensions=CA),
    Forged(name(b"Huge"), name(b"Huge"), key=forged.rsa_key(65_536), extensions=CA),
)

FIELDS = ("S", "V", "C", "M", "D", "H")
EVIL_ERROR = message(
    b"E", b"".join(f.encode() + (b"28000" if f == "C" else EVIL.replace(b"\0", b"")) + b"\0" for f in FIELDS) + b"\0"
)
LONG_ERROR = error("28000", "x" * 29_000)

BEHAVIOURS: dict[str, Behaviour] = {
    "before TLS: silence": instead_of_s(silent),
    "before TLS: an error, byte by byte": instead_of_s(slowly(error("57P03", "x" * 500))),
    "before TLS: a greeting, byte by byte": instead_of_s(slowly(b"HTTP/1.1 200 " + b"x" * 1000)),
    "before TLS: an error without end": instead_of_s(endlessly(b"x", b"EFATAL:  ")),
    "before TLS: a long error without end": instead_of_s(endlessly(b"x", b"E\x00\x00\x75\x2f")),
    "before TLS: greetings without end": instead_of_s(endlessly(b"220 hello\r\n")),
    "before TLS: zeros without end": instead_of_s(endlessly(b"\0")),
    "before TLS: an evil error": instead_of_s(says(EVIL_ERROR)),
    "before TLS: an evil error of protocol 2": instead_of_s(says(b"EFATAL:  " + EVIL.replace(b"\0", b"") + b"\0")),
    "before TLS: a long error": instead_of_s(says(LONG_ERROR)),
    "before TLS: an error of 1 MB": instead_of_s(says(error("28000", LONG))),
    "before TLS: an error of protocol 2 of 1 MB": instead_of_s(says(b"EFATAL:  " + LONG.encode() + b"\0")),
    "before TLS: an evil greeting": instead_of_s(says(EVIL)),
    "handshake: silence": after_s(silent),
    "handshake: byte by byte": one_byte_at_a_time(),
    "handshake: one record, byte by byte": after_s(slowly(record(HANDSHAKE, bytes(1000)))),
    "handshake: empty records without end": after_s(endlessly(record(HANDSHAKE, b""))),
    "handshake: warnings without end": after_s(endlessly(record(ALERT, b"\x01\x5a"))),
    "handshake: HelloRequests without end": after_s(endlessly(record(HANDSHAKE, HELLO_REQUEST))),
    "handshake: HelloRequests, slowly": after_s(slowly(itertools.cycle(record(HANDSHAKE, HELLO_REQUEST)))),
    "handshake: ChangeCipherSpec without end": after_s(endlessly(record(CHANGE_CIPHER_SPEC, b"\x01"))),
    "handshake: a certificate list without end": after_s(
        endlessly(record(HANDSHAKE, bytes(1024)), SERVER_HELLO + record(HANDSHAKE, b"\x0b\xff\xff\xff\xff\xff\xfc"))
    ),
    "handshake: a certificate of 16 MB": certificates_in_clear(bytes(16_000_000)),
    "handshake: no certificate": certificates_in_clear(),
    "handshake: an empty certificate": certificates_in_clear(b""),
    "handshake: a certificate that is garbage": certificates_in_clear(bytes(1000)),
    "handshake: nested 20,000 deep": certificates_in_clear(forged.nested(20_000)),
    "handshake: a compressed certificate that was not asked for": after_s(
        says(SERVER_HELLO + records(compressed(100)))
    ),
    "handshake: a message of 16 MB": after_s(says(SERVER_HELLO + handshake(12, bytes(2**24 - 1)))),
    "TLS 1.3: a compressed certificate of 16 MB": instead_of_the_certificate(compressed(2**24 - 1)),
    "TLS 1.3: a compressed certificate of 60 MB": instead_of_the_certificate(compressed(60_000_000)),
    "TLS 1.3: a certificate of 1 MB": instead_of_the_certificate(message_of_handshake(11, b"\0" + sized(bytes(10**6)))),
    "TLS 1.3: EncryptedExtensions without end": instead_of_the_certificate(*[message_of_handshake(8, b"\0\0")] * 1000),
    "TLS 1.2: renegotiation": inside(renegotiating, tls_1_2()),
    "TLS 1.3: 10,000 session tickets": ticketing,
    "TLS 1.3: session tickets without end": sealed(HANDSHAKE, NEW_SESSION_TICKET),
    "TLS 1.3: KeyUpdates without end": updating_keys(wanted=False),
    "TLS 1.3: KeyUpdates without end, each to be answered": updating_keys(wanted=True),
    "TLS 1.3: empty records without end": sealed(APPLICATION_DATA, b""),
    "TLS 1.3: warnings without end": sealed(ALERT, b"\x01\x5a"),
    "TLS 1.3: HelloRequests without end": sealed(HANDSHAKE, HELLO_REQUEST),
    "startup: silence": inside(silent),
    "startup: byte by byte": inside(slowly(error("28000", "x" * 500))),
    "startup: an error without end": inside(endlessly(b"x", b"E\x00\x00\x75\x2f")),
    "startup: an error of protocol 2 without end": inside(endlessly(b"x", b"EFATAL:  ")),
    "startup: errors without end": inside(endlessly(error("28000", "no"))),
    "startup: notices without end": inside(endlessly(message(b"N", b"SNOTICE\0C00000\0Mno\0\0"))),
    "startup: notices, slowly": inside(slowly(message(b"N", b"C01000\0Mno\0\0") * 1000)),
    "startup: zeros without end": inside(endlessly(b"\0")),
    "startup: an evil error": inside(says(EVIL_ERROR)),
    "startup: a long error": inside(says(LONG_ERROR)),
    "startup: an error of 1 MB": inside(says(error("28000", LONG))),
    "startup: an error of protocol 2 of 1 MB": inside(says(b"EFATAL:  " + LONG.encode() + b"\0")),
    "startup: evil mechanisms": inside(says(message(b"R", b"\0\0\0\x0a" + EVIL + b"\0" + b"x" * 20_000 + b"\0\0"))),
    "chain: 100 certificates": presenting(*many(99)),
    "chain: 200 of one name": presenting(*maze(200)),
    "chain: the same 150 times": presenting(*[Forged().der] * 150),
    "chain: a loop": presenting(*loop()),
    "certificate: 10,000 names": presenting(
        Forged(extensions={SAN: names(*[b"n%05d" % n for n in range(10_000)])}).der
    ),
    "certificate: evil names": presenting(
        Forged(
            name(EVIL_TEXT),
            name(EVIL, kind=forged.TELETEX),
            extensions={SAN: names(EVIL.replace(b"\0", b""), b"x\0y", b"")},
        ).der
    ),
    "certificate: names that are not UTF-8": presenting(Forged(name(EVIL)).der),
    "certificate: evil names of a CA": presenting(
        Forged(issuer=name(EVIL_TEXT)).der, Forged(name(EVIL_TEXT), name(EVIL_TEXT), extensions=CA).der
    ),
    "certificate: long names": presenting(
        Forged(name(b"x" * 30_000), name(b"[/]" * 10_000), extensions={SAN: names(b"x" * 30_000)}).der
    ),
    # OpenSSL takes no list of certificates above 100 kB (SSL_MAX_CERT_LIST_DEFAULT).
    "certificate: a subject of 99 kB": presenting(Forged(name(b"x" * 99_000)).der),
    "certificate: one name of 99 kB": presenting(Forged(extensions={SAN: names(b"x" * 99_000)}).der),
    "certificate: 33,000 names": presenting(Forged(extensions={SAN: names(*[b"x"] * 33_000)}).der),
    "certificate: a subject of 110 kB": presenting(Forged(name(b"x" * 110_000)).der),
    "certificate: a subject of 1 MB": presenting(Forged(name(b"x" * 1_000_000)).der),
    "certificate: 1,000 common names": presenting(Forged(name(*[b"x"] * 1000)).der),
    "certificate: no names": presenting(Forged(name(), name(), extensions={}).der),
    "certificate: negative serial": presenting(Forged(serial=integer(-4711)).der),
    "certificate: serial 0": presenting(Forged(serial=integer(0)).der),
    "certificate: serial of 8,000 digits": presenting(Forged(serial=integer(16**8000)).der),
    "certificate: key of an unknown kind": certificates_in_clear(Forged(key=forged.unknown_key()).der),
    "certificate: signature of an unknown kind": presenting(
        Forged(signature_algorithm=der(48, forged.oid("1.3.6.1.4.1.99999.8"))).der
    ),
    "certificate: RSA 65,536": certificates_in_clear(Forged(key=forged.rsa_key(65_536)).der),
    "chain: a CA of RSA 65,536": presenting(
        Forged().der, Forged(name(b"Forger"), key=forged.rsa_key(65_536), extensions=CA).der
    ),
    "chain: a CA of RSA 65,536 that signed with RSA": presenting(
        Forged(signature_algorithm=RSA_SHA256).der,
        Forged(name(b"Forger"), name(b"Forger"), key=forged.rsa_key(65_536), extensions=CA).der,
    ),
    "chain: a trusted root of RSA 65,536": presenting(Forged(issuer=name(b"Huge"), signature_algorithm=RSA_SHA256).der),
    "certificate: Ed448": of_kind(ed448.Ed448PrivateKey.generate()),
    "certificate: ML-DSA-65": of_kind(mldsa.MLDSA65PrivateKey.generate()),
    "certificate: brainpool": of_kind(ec.generate_private_key(ec.BrainpoolP256R1())),
    **{
        f"chain: every extension {kind}": presenting(
            Forged().der, *(Forged(extensions={number: value}).der for number in EXTENSIONS)
        )
        for kind, value in GARBAGE.items()
    },
    **{
        f"certificate: names {kind}": presenting(Forged(extensions={SAN: value}).der) for kind, value in GARBAGE.items()
    },
    **{f"certificate: ends {kind}": presenting(Forged(not_after=time).der) for kind, time in TIMES.items()},
    "certificate: begins in the year 0": presenting(Forged(not_before=TIMES["in the year 0"]).der),
    "certificate: every extension empty": presenting(Forged(extensions=dict.fromkeys(EXTENSIONS, b"")).der),
    "certificate: every extension NULL": presenting(
        Forged(extensions=dict.fromkeys(EXTENSIONS, GARBAGE["of another kind"])).der
    ),
}
