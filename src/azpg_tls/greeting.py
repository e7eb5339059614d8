"""What other servers say: whose protocol do these first bytes belong to.

Some greet whoever connects; others answer an SSLRequest, eight bytes that they take for a request of their own.
Those that wait for more than eight bytes or for a line's end (Redis, MongoDB, memcached) say nothing to it.
"""

from __future__ import annotations

import re
from enum import StrEnum

# A TLS record of type alert: its type and version, its length, level and number (RFC 8446 sections 5.1 and 6).
_ALERT = re.compile(rb"\x15\x03.\x00\x02[\x01\x02].", re.DOTALL)


class Protocol(StrEnum):
    """A protocol by the name that people know it by."""

    UNKNOWN = ""
    AMQP = "AMQP"
    FTP = "FTP"
    HTTP = "HTTP"
    HTTP2 = "HTTP/2"
    HTTPS = "HTTPS"
    IMAP = "IMAP"
    MAIL_OR_FILES = "SMTP or FTP"
    LDAP = "LDAP"
    MARIADB = "MariaDB"
    MYSQL = "MySQL"
    MYSQL_X = "MySQL's X Protocol"
    NATS = "NATS"
    NNTP = "NNTP"
    POP3 = "POP3"
    REDIS = "Redis"
    SMTP = "SMTP"
    SQL_SERVER = "SQL Server (TDS)"
    SSH = "SSH"
    TELNET = "Telnet"
    TLS = "TLS"
    VNC = "VNC"


# How each begins. What a longer entry tells apart from a shorter one stands before it.
_BEGINNINGS = (
    (b"SSH-", Protocol.SSH),  # RFC 4253 section 4.2
    (b"Exceeded MaxStartups", Protocol.SSH),  # OpenSSH, sshd.c: instead of its version
    (b"HTTP/", Protocol.HTTP),  # RFC 9112 section 4
    (b"<html", Protocol.HTTP),  # a page without a status line, as for HTTP/0.9
    (b"<!DOCTYPE", Protocol.HTTP),
    (b"554", Protocol.SMTP),  # RFC 5321 section 3.1
    (b"421", Protocol.MAIL_OR_FILES),  # RFC 5321 section 3.8, RFC 959 section 4.2.1
    (b"* OK", Protocol.IMAP),  # RFC 9051 section 7.1
    (b"* BYE", Protocol.IMAP),
    (b"* PREAUTH", Protocol.IMAP),
    (b"+OK", Protocol.POP3),  # RFC 1939 section 3
    (b"-ERR [", Protocol.POP3),  # a response code, RFC 2449 section 8
    (b"-ERR", Protocol.REDIS),  # RESP: too many clients
    (b"-DENIED", Protocol.REDIS),  # protected mode
    (b"-LOADING", Protocol.REDIS),
    (b"200 ", Protocol.NNTP),  # RFC 3977 section 5.1
    (b"201 ", Protocol.NNTP),
    (b"AMQP", Protocol.AMQP),  # AMQP 0-9-1 section 4.2.2: the version that is supported, for whatever is not
    (b"RFB ", Protocol.VNC),  # RFC 6143 section 7.1.1
    (b"INFO {", Protocol.NATS),
    (b"\xff\xfb", Protocol.TELNET),  # IAC WILL, IAC DO: RFC 854
    (b"\xff\xfd", Protocol.TELNET),
    (b"\x04\x01\x00", Protocol.SQL_SERVER),  # MS-TDS section 2.2.3: a tabular result, the last packet of it
    (b"\x05\x00\x00\x00\x0b", Protocol.MYSQL_X),  # a frame of five bytes with a notice
)

# The initial handshake of MySQL is packet 0 and has protocol version 10; an error in its place begins with 255.
_MYSQL_PACKETS = (b"\x00\x0a", b"\x00\xff")
_HTTP2_SETTINGS = b"\x04\x00\x00\x00\x00\x00"  # type, flags and stream of the first frame, RFC 9113 section 3.4
# What web servers say to plain text on their TLS port.
_HTTPS_COMPLAINTS = (b"HTTPS", b"SSL-enabled", b"TLS connection")
# A Notice of Disconnection: a sequence whose length has up to three bytes, messageID 0, an ExtendedResponse (RFC 4511
# section 4.4.1).
_LDAP_NOTICE = re.compile(rb"\x30.{1,3}\x02\x01\x00\x78", re.DOTALL)
_WELCOME = b"220"

# Greetings of one line whose end tells more than their beginning.
LINES = (_WELCOME, b"-ERR")


def recognise(data: bytes) -> Protocol:
    """Return the protocol that *data*, the first bytes of a server, begins like."""
    if alert(data) is not None:
        return Protocol.TLS
    if data[3:5] in _MYSQL_PACKETS:
        return Protocol.MARIADB if b"mariadb" in data.lower() else Protocol.MYSQL
    if _LDAP_NOTICE.match(data):
        return Protocol.LDAP
    if data[3:9] == _HTTP2_SETTINGS:
        return Protocol.HTTP2
    if data.startswith(_WELCOME):
        return _welcoming(data.upper())
    found = next((protocol for beginning, protocol in _BEGINNINGS if data.startswith(beginning)), Protocol.UNKNOWN)
    if found is Protocol.HTTP and any(complaint in data for complaint in _HTTPS_COMPLAINTS):
        return Protocol.HTTPS
    return found


def alert(data: bytes) -> int | None:
    """Return the number of the TLS alert in clear with which *data* begins; only a server of TLS sends one."""
    found = _ALERT.match(data)
    return found[0][-1] if found else None


def _welcoming(line: bytes) -> Protocol:
    if b"SMTP" in line:
        return Protocol.SMTP
    return Protocol.FTP if b"FTP" in line or b"FILEZILLA" in line else Protocol.MAIL_OR_FILES
