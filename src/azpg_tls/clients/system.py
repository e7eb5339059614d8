"""What operating systems say of names, addresses and sockets, in the words and numbers that every client passes on.

Sources: errno(3), getaddrinfo(3) of glibc, musl, macOS and Windows; learn.microsoft.com/windows/win32/winsock error
codes (WSAECONNREFUSED is 10061, 0x274D).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import on_azure

_PRIVATE = possible(
    "private-dns-zone",
    "The server may have private access only: then its name is known in its network's private DNS zone alone.",
    on_azure,
)
_UNKNOWN = (
    likely("dns-failure", "The resolver of the machine that runs the client has no address for the server's name."),
    _PRIVATE,
)
_REFUSED = (
    certain("tcp-refused", "The machine answered, and nothing listens on that port: no server, or a firewall refuses."),
)
_TIMEOUT = (
    likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it, or the route is missing."),
    possible("private-dns-zone", "The name may lead to the public address of a server with private access.", on_azure),
)
_CLOSED = (
    likely("handshake-closed", "The other side, or a firewall between, ended the connection without a word."),
    likely("closed-before-tls", "The connection may have been ended before TLS began, by a firewall or pooler."),
    possible("closed-after-tls", "It may have been ended later, such as an idle connection of a pool."),
)
_UNREACHABLE = (certain("tcp-unreachable", "There is no route to the server's address from this machine."),)

SYSTEM = Client(
    "system",
    "the operating system",
    signs=(
        sign(r"Name or service not known", *_UNKNOWN),
        sign(r"nodename nor servname provided", *_UNKNOWN),
        sign(r"Name (?:does not|doesn't) resolve", *_UNKNOWN),
        sign(r"No such host is known", *_UNKNOWN),
        sign(r"Unknown host", *_UNKNOWN),
        sign(r"Temporary failure in name resolution", *_UNKNOWN),
        sign(r"No address associated with hostname", *_UNKNOWN),
        sign(r"failed to lookup address information", *_UNKNOWN),
        sign(r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN|failed)", *_UNKNOWN),
        sign(r"\bENOTFOUND\b", *_UNKNOWN),
        sign(r"\bEAI_AGAIN\b", *_UNKNOWN),
        sign(r"\b1100[14]\b.{0,40}host", *_UNKNOWN),
        sign(r"Connection refused", *_REFUSED),
        sign(r"\bECONNREFUSED\b", *_REFUSED),
        sign(r"actively refused", *_REFUSED),
        sign(r"0x0000274D/10061", *_REFUSED),
        sign(r"\bWSAECONNREFUSED\b", *_REFUSED),
        sign(r"Connection timed out", *_TIMEOUT),
        sign(r"Operation timed out", *_TIMEOUT),
        sign(r"connect(?:ion)? (?:attempt )?timed out", *_TIMEOUT),
        sign(r"\bETIMEDOUT\b", *_TIMEOUT),
        sign(r"did not properly respond after a period of time", *_TIMEOUT),
        sign(r"0x0000274C/10060", *_TIMEOUT),
        sign(r"No route to host", *_UNREACHABLE),
        sign(r"\bEHOSTUNREACH\b", *_UNREACHABLE),
        sign(r"Network is unreachable", *_UNREACHABLE),
        sign(r"\bENETUNREACH\b", *_UNREACHABLE),
        sign(r"unreachable (?:host|network)", *_UNREACHABLE),
        sign(r"Connection reset by peer", *_CLOSED),
        sign(r"\bECONNRESET\b", *_CLOSED),
        sign(r"forcibly closed by the remote host", *_CLOSED),
        sign(r"Broken pipe", *_CLOSED),
        sign(r"\bEPIPE\b", *_CLOSED),
        sign(r"connection abort(?:ed)?", *_CLOSED),
    ),
)
