"""What libpq says of a name and of a login, and pg_isready of a server.

Sources: src/interfaces/libpq/fe-connect.c, fe-auth.c and fe-auth-scram.c, and src/bin/scripts/pg_isready.c, all of
PostgreSQL 9.6 to 18.
"""

from __future__ import annotations

from azpg_tls.clients.libpq_texts import NO_SOCKET
from azpg_tls.clients.sign import Sign, certain, likely, possible, sign
from azpg_tls.clues import on_azure

_METHOD = (
    likely("password-rejected", "The server asks for another way to log in than require_auth allows."),
    possible("channel-binding-mismatch", "require_auth or channel_binding is stricter than the server's entry."),
)

_OLD_LIBPQ = (
    certain("client-library-bug", "This libpq is older than 10 and does not know SCRAM, PostgreSQL 14's default."),
)

_UNKNOWN_METHOD = (
    likely(
        "client-library-bug", "The driver or libpq is too old for the login that the server asks for (10 is SCRAM)."
    ),
    possible("password-rejected", "The server may ask for a kind of login that it should not ask for."),
)

LOGIN: tuple[Sign, ...] = (
    sign(r"SCRAM authentication requires libpq version 10 or above", *_OLD_LIBPQ),
    sign(r"authentication method 1[0-2] not supported", *_UNKNOWN_METHOD),
    sign(r"authentication method \d{1,10} not supported", *_UNKNOWN_METHOD),
    sign(
        r"none of the server's SASL authentication mechanisms are supported",
        likely("client-library-bug", "This libpq knows none of the mechanisms offered (OAUTHBEARER needs libpq 18)."),
        possible("channel-binding-mismatch", "The server may offer SCRAM with channel binding alone."),
    ),
    sign(r'authentication method requirement "[^"]{0,80}" failed', *_METHOD),
    # the attempt with TLS first, then sslmode=prefer's second one in the clear
    sign(
        r"requires a valid client certificate.{0,300}?fe_sendauth: no password supplied",
        likely("client-certificate-required", "With TLS the server demands a client certificate (sslcert, sslkey)."),
        possible("password-rejected", "In the clear it asks for a password, and the client had none."),
    ),
    sign(
        r"fe_sendauth: no password supplied",
        likely("password-rejected", "The server asked for a password, and the client had none (PGPASSWORD, .pgpass)."),
    ),
    sign(
        r"password file \"[^\"]{1,200}\" has group or world access",
        likely("root-file-permissions", "libpq passes a password file over that others may read."),
        possible("password-rejected", "So no password is sent."),
    ),
    sign(
        r'could not translate host name "(?P<host>[^"@]{0,200}@[^"]{0,253})" to address.{0,45}',
        likely("sslmode-invalid", "The password or user has an @ that is not percent-encoded (%40) in the URL."),
        possible("dns-failure", "Otherwise the resolver has no address for the name."),
        possible("single-server-username-format", "A user USER@SERVER needs %40 for its @ in a URL."),
    ),
    sign(
        r"running locally and accepting connections on (?:that|Unix domain) socket(?: \"[^\"]{1,250}\")?",
        NO_SOCKET,
        possible("sslmode-invalid", "The host's setting may not have reached libpq."),
    ),
    sign(
        r'could not translate host name "(?P<host>[^"@:=/]{0,253}[:=/][^"@]{0,253})" to address.{0,45}',
        likely("sslmode-invalid", "{host} is no name: the port, or more of a connection string, stands in the host."),
        likely("dns-failure", "So no resolver has an address for it."),
    ),
    sign(
        r"could not translate host name \"(?P<host>[^\"@]{0,253})\" to address",
        likely("dns-failure", "The resolver of the machine that runs the client has no address for {host}."),
        possible("private-dns-zone", "A server with private access is known in its private DNS zone alone.", on_azure),
    ),
    sign(
        r"could not translate host name "
        r'"(?P<host>[^"@:=/]{0,253}\.database\.(?:azure\.com|usgovcloudapi\.net|chinacloudapi\.cn))" to address.{0,45}',
        likely(
            "private-dns-zone", "Azure's public names resolve everywhere; {host} is not known where the client runs."
        ),
        likely("dns-failure", "The resolver may be down, or the name misspelt."),
    ),
    sign(
        r"(?:port \d{1,5} failed|could not connect to server): Permission denied",
        likely(
            "tcp-refused", "The client's own machine forbids it: SELinux (httpd_can_network_connect_db), a firewall."
        ),
        likely("tcp-unreachable", "A route may forbid it: in a container, mostly one for IPv6."),
    ),
    sign(
        r"\([0-9a-f]{1,4}:[0-9a-f:.]{2,45}\), port \d{1,5} failed: Permission denied",
        likely("tcp-unreachable", "There is no usable route for IPv6 where the client runs, as in most containers."),
        possible("tcp-refused", "The client's own machine may forbid it: SELinux, a sandbox, a firewall."),
    ),
    sign(
        r'(?:on socket "[^"]{1,200}" failed|domain socket "[^"]{1,200}"): Permission denied',
        likely("tcp-refused", "The client may not use the server's Unix socket: its directory's rights, or SELinux."),
    ),
    sign(
        r"(?<!accepting )TCP/IP connections on port \d{1,5}\?",
        possible("tcp-refused", "It is the end of libpq's hint: the lines before it name the reason."),
        possible("tcp-timeout", "libpq says it of servers too that do not answer."),
        possible("tcp-unreachable", "There may be no route."),
    ),
    sign(
        r"\btimeout expired\b",
        likely(
            "tcp-timeout",
            "connect_timeout passed without an answer: a firewall drops the packets, or the route is gone.",
        ),
        possible("handshake-timeout", "The server may have accepted and then said nothing."),
        possible("private-dns-zone", "The name may lead to an address that cannot be reached from here.", on_azure),
    ),
    sign(
        r"(?<![\w-])session is (?:not )?read-only",
        likely("server-not-ready", "target_session_attrs found no server of the kind that is asked for."),
    ),
)

# src/bin/scripts/pg_isready.c prints HOST:PORT, or the socket's directory, and one of four answers.
_ADDRESS = r"(?:[\w.-]{1,253}|/[\w./-]{1,100}):\d{1,5}"

PG_ISREADY: tuple[Sign, ...] = (
    sign(
        rf"{_ADDRESS} - no response",
        likely(
            "tcp-refused", "pg_isready got no connection: nothing listens at the address yet, or it is another one."
        ),
        likely("tcp-timeout", "A firewall may drop what it sends."),
        likely("dns-failure", "The name may not resolve: pg_isready says no more than this."),
    ),
    sign(
        rf"{_ADDRESS} - rejecting connections",
        certain("server-not-ready", "pg_isready reached a server that is starting up, or stopping."),
    ),
    sign(
        rf"{_ADDRESS} - no attempt",
        likely("sslmode-invalid", "pg_isready did not try: an option or variable (PGSSLMODE, PGPORT) is not valid."),
    ),
)
