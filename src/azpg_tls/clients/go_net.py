"""Go's net package and contexts: names, connections and deadlines in the words of its own.

What the operating system says is in `system`. Sources: src/net/net.go, dnsclient_unix.go and dial.go, src/io/io.go,
src/context/context.go, src/database/sql/driver/driver.go of Go 1.10 to 1.26.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign
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
_RESOLVER = (likely("dns-failure", "The resolver that was asked did not answer, or with an error."), _PRIVATE)
_SLOW = (
    likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it, or the route is missing."),
    _PRIVATE,
)
_CLOSED = (
    likely("handshake-closed", "The other side, or a device on the way, ended the connection without a word."),
    likely("closed-before-tls", "It may have ended it before TLS began: a firewall, a pooler, or no PostgreSQL."),
    possible("closed-after-tls", "It may have ended it later, such as an idle connection of a pool."),
)
_SILENT = (
    likely("handshake-timeout", "The connection stands, and the other side did not answer in time."),
    likely("no-reply", "The other side may not have answered the SSLRequest."),
    possible("pool-timeout", "The limit may have been used up while the caller waited for a connection."),
)
_REFUSED = (
    loopback.refused(loopback.without_host("host=… or postgres://USER@SERVER:5432/DATABASE, or PGHOST")),
    likely("tcp-refused", "The machine answered, and nothing listens on that port: no server, or a firewall refuses."),
)
_SOCKET = (
    loopback.no_socket(loopback.without_host("host=… or postgres://USER@SERVER:5432/DATABASE, or PGHOST")),
    possible("sslmode-invalid", "The host may be empty in the settings: then a socket is tried."),
)

GO_NET = Client(
    "go-net",
    "Go's net package",
    signs=(
        sign(r"lookup (?P<host>[\w.-]{1,253})(?: on [\w.:\[\]%]{2,80})?: no such host", *_UNKNOWN),
        sign(r"dial tcp: lookup [\w.-]{1,253}.{0,90}?: i/o timeout", *_RESOLVER),
        sign(r"read udp .{5,120}?: (?:read: )?(?:i/o timeout|connection refused)", *_RESOLVER),
        sign(r": server misbehaving", *_RESOLVER),
        sign(r"cannot unmarshal DNS message", *_RESOLVER),
        sign(
            r"dial tcp: (?:missing address|address \S{1,300}: (?:too many colons|missing port))",
            likely("sslmode-invalid", "The connection string was read otherwise than it was meant: host and port."),
            possible("dns-failure", "The host's name is empty or malformed."),
        ),
        sign(r"dial tcp [\w.:\[\]%-]{3,300}: i/o timeout", *_SLOW),
        sign(r"dial tcp [\w.:\[\]%-]{3,300}: (?:operation was canceled|context deadline exceeded)", *_SLOW),
        sign(r"dial error:? \(?timeout: (?:context deadline exceeded|dial tcp [^ ]{3,300} i/o timeout)", *_SLOW),
        sign(r"(?:read|write) tcp \S{3,80}->\S{3,80} i/o timeout", *_SILENT),
        sign(
            r"context deadline exceeded",
            likely("tcp-timeout", "The program's own limit was over before the connection stood."),
            likely("handshake-timeout", "It may have been over during the handshake or the login."),
            possible("pool-timeout", "It may have been over while the caller waited for a connection of the pool."),
        ),
        # by the program itself: its own limit, a request that went away, or another failure before
        sign(
            r"context canceled",
            possible("tcp-timeout", "The program gave up before the connection stood; the server may not answer."),
            possible("pool-timeout", "It may have given up while it waited for a connection of the pool."),
            possible("handshake-timeout", "It may have given up during the handshake or the login."),
        ),
        sign(r"dial tcp [\w.:\[\]%-]{3,300}: connect: connection refused", *_REFUSED),
        sign(r"dial unix (?P<socket>[^ ]{1,200}): connect: no such file or directory", *_SOCKET),
        sign(r"(?:read|write) tcp [^ ]{3,80}->[^ ]{3,80}: (?:read|write): connection reset by peer", *_CLOSED),
        sign(r"(?:read|write) tcp [^ ]{3,80}->[^ ]{3,80}: (?:read|write): broken pipe", *_CLOSED),
        sign(r"wsa(?:send|recv): An e\w{5,12} connection was", *_CLOSED),
        sign(r"use of closed network connection", *_CLOSED),
        sign(r"driver: bad connection", *_CLOSED),
        sign(r"unexpected EOF", *_CLOSED),
        sign(
            r"(?:^|[:(] ?)EOF\)?(?:$| \(SQLSTATE)",
            *_CLOSED[:2],
            possible("alpn-mismatch", "With sslnegotiation=direct the server closes so if ALPN postgresql is missing."),
            _CLOSED[2],
        ),
    ),
)
