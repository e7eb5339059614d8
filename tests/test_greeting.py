"""What other servers say is recognised by its first bytes, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls import greeting
from azpg_tls.greeting import Protocol

HANDSHAKE_10 = b"\x0a\x35.7.44\x00\x08\x00\x00\x00"


@pytest.mark.parametrize(
    ("data", "protocol"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<center>The plain HTTP request was sent to HTTPS port</center>", "HTTPS"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\nYou're speaking plain HTTP to an SSL-enabled server port.", "HTTPS"),
        (b"\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x34", "LDAP"),
        (b"\x30\x82\x01\x00\x02\x01\x00\x78", "LDAP"),
        (b"\x30\x24\x02\x01\x01\x78", ""),
        (b"<html><head><title>400 Bad Request</title>", "HTTP"),
        (b"<!DOCTYPE html>", "HTTP"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03", "HTTP/2"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
        (b"SSH-1.99-Cisco-1.25\n", "SSH"),
        (b"Exceeded MaxStartups\r\n", "SSH"),
        (b"220 mail.example.com ESMTP Postfix\r\n", "SMTP"),
        (b"220 mx.example.com smtp ready\r\n", "SMTP"),
        (b"220 (vsFTPd 3.0.3)\r\n", "FTP"),
        (b"220-FileZilla Server 1.8.1\r\n", "FTP"),
        (b"220 Welcome\r\n", "SMTP or FTP"),
        (b"421 Too many connections\r\n", "SMTP or FTP"),
        (b"554 no\r\n", "SMTP"),
        (b"* OK IMAP4rev1\r\n", "IMAP"),
        (b"* BYE Too many connections\r\n", "IMAP"),
        (b"+OK POP3\r\n", "POP3"),
        (b"-ERR [SYS/TEMP] try again\r\n", "POP3"),
        (b"-ERR max number of clients reached\r\n", "Redis"),
        (b"-DENIED Redis is running in protected mode", "Redis"),
        (b"200 news.example.com ready\r\n", "NNTP"),
        (b"AMQP\x00\x00\x09\x01", "AMQP"),
        (b"RFB 003.008\n", "VNC"),
        (b'INFO {"server_id":"N"', "NATS"),
        (b"\xff\xfd\x18\xff\xfd\x20", "Telnet"),
        (b"\x04\x01\x00\x25\x00\x00\x01\x00", "SQL Server (TDS)"),
        (b"\x4a\x00\x00\x00" + HANDSHAKE_10, "MySQL"),
        (b"\x6a\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\x00", "MariaDB"),
        (b"\x45\x00\x00\x00\xff\x6a\x04Host 'x' is not allowed to connect to this MySQL server", "MySQL"),
        (b"\x05\x00\x00\x00\x0b\x08\x05\x1a\x00", "MySQL's X Protocol"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        (b"\x15\x03\x03\x00\x02\x01\x00", "TLS"),
        (b"", ""),
        (b"???", ""),
        (b"INFOrmation", ""),
        (b"\x15\x03\x01\x00\x02\x03\x46", ""),
    ],
)
def test_a_greeting_names_its_protocol(data: bytes, protocol: str) -> None:
    assert greeting.recognise(data).value == protocol


@given(st.binary(max_size=64))
def test_whatever_comes_has_a_name_or_none(data: bytes) -> None:
    assert greeting.recognise(data) in Protocol
    assert (greeting.alert(data) is None) == (greeting.recognise(data) is not Protocol.TLS)
