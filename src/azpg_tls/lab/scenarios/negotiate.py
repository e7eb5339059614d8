"""Wrong answers to the SSLRequest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab.answers import error
from azpg_tls.lab.pki import authority
from azpg_tls.lab.scenario import Setup

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from azpg_tls.lab.endpoint import Behaviour
    from azpg_tls.lab.peer import Peer

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def tls_not_offered(at: dt.datetime) -> Setup:
    """Answer N: no TLS here."""
    return _setup(at, _answers(b"N"))


def no_reply(at: dt.datetime) -> Setup:
    """Take the SSLRequest and say nothing."""
    return _setup(at, _answers(b""), timeout=0.5)


def closed_before_tls(at: dt.datetime) -> Setup:
    """Close the connection (FIN) instead of answering."""
    return _setup(at, _then(lambda peer: None))


def reset_before_tls(at: dt.datetime) -> Setup:
    """Break the connection (RST) instead of answering."""
    return _setup(at, _then(lambda peer: peer.reset()))


def direct_tls_only(at: dt.datetime) -> Setup:
    """Take the SSLRequest for broken TLS, and say so with the alert unexpected_message, as Java's servers do."""
    return _setup(at, _answers(b"\x15\x03\x03\x00\x02\x02\x0a"))


def not_postgres_http(at: dt.datetime) -> Setup:
    """Answer like a web server that does not understand."""
    return _setup(at, _answers(_BAD_REQUEST))


def not_postgres_https(at: dt.datetime) -> Setup:
    """Answer like a web server that hears plain text on its TLS port."""
    page = b"Client sent an HTTP request to an HTTPS server.\n"
    return _setup(at, _answers(b"HTTP/1.0 400 Bad Request\r\n\r\n" + page))


def not_postgres_http_direct(at: dt.datetime) -> Setup:
    """Answer in plain text when TLS begins at once, like a web server without TLS."""
    return _setup(at, _says(_BAD_REQUEST), sslnegotiation="direct")


def not_postgres_ssh(at: dt.datetime) -> Setup:
    """Greet like an SSH server, whose first letter is that of consent."""
    return _setup(at, _says(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"))


def not_postgres_smtp(at: dt.datetime) -> Setup:
    """Greet like a mail server."""
    return _setup(at, _says(b"220 mail.example.com ESMTP Postfix\r\n"))


def not_postgres_ftp(at: dt.datetime) -> Setup:
    """Greet like a file server, with the number that mail servers use too."""
    return _setup(at, _says(b"220 (vsFTPd 3.0.3)\r\n"))


def not_postgres_imap(at: dt.datetime) -> Setup:
    """Greet like a mailbox server of IMAP."""
    return _setup(at, _says(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot ready.\r\n"))


def not_postgres_pop3(at: dt.datetime) -> Setup:
    """Greet like a mailbox server of POP3."""
    return _setup(at, _says(b"+OK Dovecot ready.\r\n"))


def not_postgres_redis(at: dt.datetime) -> Setup:
    """Refuse like a Redis in protected mode."""
    return _setup(at, _says(b"-DENIED Redis is running in protected mode because protected mode is enabled\r\n"))


def not_postgres_mysql(at: dt.datetime) -> Setup:
    """Greet like MySQL 8: packet 0, protocol version 10."""
    rest = b"\x08\x00\x00\x00scramble\x00\xff\xff\xff\x02\x00\xff\xdf\x15" + bytes(10) + b"scramble.12.\x00"
    return _setup(at, _says(_mysql_packet(b"\x0a8.0.36\x00" + rest + b"caching_sha2_password\x00")))


def not_postgres_mariadb(at: dt.datetime) -> Setup:
    """Refuse the client's host like MariaDB, before any greeting."""
    text = b"Host '203.0.113.7' is not allowed to connect to this MariaDB server"
    return _setup(at, _says(_mysql_packet(b"\xff\x6a\x04" + text)))


def not_postgres_amqp(at: dt.datetime) -> Setup:
    """Answer like RabbitMQ: name the protocol version that is supported, and close."""
    return _setup(at, _then(lambda peer: peer.send(b"AMQP\x00\x00\x09\x01")))


def not_postgres_ldap(at: dt.datetime) -> Setup:
    """Answer like a directory server of LDAP: say that the connection ends, and end it."""
    result = b"\x0a\x01\x02\x04\x00\x04\x00" + b"\x8a\x161.3.6.1.4.1.1466.20036"  # protocolError, and the notice's name
    body = b"\x02\x01\x00" + b"\x78" + bytes([len(result)]) + result
    return _setup(at, _then(lambda peer: peer.send(b"\x30" + bytes([len(body)]) + body)))


def not_postgres_garbage(at: dt.datetime) -> Setup:
    """Answer with bytes that belong to no known protocol."""
    return _setup(at, _answers(bytes(range(0x80, 0xA0))))


def server_error_before_tls(at: dt.datetime) -> Setup:
    """Answer the SSLRequest with an error of protocol 3."""
    return _setup(at, _answers(error("58000", "could not fork new process for connection: out of memory")))


def out_of_memory_before_tls(at: dt.datetime) -> Setup:
    """Fail to start a process, as PostgreSQL 13 says it in protocol 2, without a severity."""
    return _setup(at, _answers(b"Ecould not fork new process for connection: Cannot allocate memory\n\0"))


def starting_before_tls(at: dt.datetime) -> Setup:
    """Be starting up, and say so instead of answering the SSLRequest."""
    return _setup(at, _answers(error("57P03", "the database system is starting up")))


def starting_before_tls_protocol_2(at: dt.datetime) -> Setup:
    """Be starting up, and say so in protocol 2, before TLS."""
    return _setup(at, _answers(b"EFATAL:  the database system is starting up\n\0"))


def firewall_before_tls_protocol_3(at: dt.datetime) -> Setup:
    """Refuse the client's address in protocol 3, before TLS, as a proxy may."""
    text = 'no pg_hba.conf entry for host "203.0.113.7", user "u", database "d", no encryption'
    return _setup(at, _answers(error("28000", text)))


def error_cut_off_before_tls(at: dt.datetime) -> Setup:
    """Begin an error before TLS, and never come to its end."""
    return _setup(at, _answers(error("57P03", "the database system is starting up")[:-12]), timeout=0.5)


def firewall_before_tls(at: dt.datetime) -> Setup:
    """Refuse the client's address in protocol 2, before TLS."""
    text = b'FATAL:  no pg_hba.conf entry for host "203.0.113.7", user "u", database "d", no encryption\n'
    return _setup(at, _answers(b"E" + text + b"\0"))


def full_before_tls(at: dt.datetime) -> Setup:
    """Answer like a full PostgreSQL 13, in protocol 2, before TLS."""
    return _setup(at, _answers(b"EFATAL:  sorry, too many clients already\n\0"))


def full_before_tls_protocol_3(at: dt.datetime) -> Setup:
    """Be full, in protocol 3 and in French, before TLS: the SQLSTATE says it."""
    return _setup(at, _answers(error("53300", "désolé, trop de clients sont déjà connectés")))


def plaintext_injection(at: dt.datetime) -> Setup:
    """Send an S, and one more message in clear behind it."""
    return _setup(at, _answers(b"S" + error("28000", "injected")))


def direct_tls_unsupported(at: dt.datetime) -> Setup:
    """Close when TLS begins at once, as PostgreSQL 16 and older do."""
    return _setup(at, lambda peer: None, sslnegotiation="direct")


def direct_tls_out_of_memory(at: dt.datetime) -> Setup:
    """Fail to start a process when TLS begins at once: the error has nothing to do with TLS."""
    text = b"Ecould not fork new process for connection: Cannot allocate memory\n\0"
    return _setup(at, _says(text), sslnegotiation="direct")


def direct_tls_refused_in_clear(at: dt.datetime) -> Setup:
    """Answer TLS that begins at once with an error in clear, as PgBouncer without direct TLS does."""
    return _setup(at, _says(error("08P01", "bad packet header: '16030102'")), sslnegotiation="direct")


def _setup(at: dt.datetime, behaviour: Behaviour, *, timeout: float = 10.0, **words: str) -> Setup:
    return Setup(authority("Lab Root", at=at).certificate, behaviour, timeout=timeout, words=words)


def _says(data: bytes) -> Behaviour:
    """Send *data*, whatever the client does."""

    def serve(peer: Peer) -> None:
        peer.send(data)
        peer.wait_for_end()

    return serve


def _answers(data: bytes) -> Behaviour:
    return _then(_says(data))


def _then(answer: Callable[[Peer], None]) -> Behaviour:
    def serve(peer: Peer) -> None:
        peer.read_ssl_request()
        answer(peer)

    return serve


def _mysql_packet(body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + b"\0" + body
