"""What libpq says of a connection that it does not get, or loses: negotiation and TLS.

Sources: src/interfaces/libpq/fe-connect.c, fe-secure.c, fe-secure-openssl.c, fe-secure-common.c, fe-secure-gssapi.c,
fe-gssapi-common.c, fe-auth.c, fe-auth-scram.c, fe-protocol3.c and fe-misc.c of PostgreSQL 9.6 to 18.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.openssl import CLOSED, SHARED, VERSION
from azpg_tls.clients.sign import Sign, certain, likely, possible, sign
from azpg_tls.clues import on_azure

_SILENT = (
    *CLOSED,
    possible("client-library-bug", "The server may have crashed, or refused the login without a word."),
)
# What is said of a connection in use: the statement stands in the traceback, or beside the error.
_ENDED = (
    r"SSL SYSCALL error: EOF detected",
    r"SSL connection has been closed unexpectedly",
    r"server closed the connection unexpectedly",
)
_IN_USE = (
    likely("closed-after-tls", "A statement was running or sent: idle too long, a restart, or too little memory."),
    possible("fork-shared-connection", "Processes or threads that share one connection end it for each other."),
    possible("handshake-closed", "The client may have been connecting anew."),
)
# pgtls_get_peer_certificate_hash, fe-secure-openssl.c; RFC 5929 section 4.1 knows no hash for such signatures
_NO_DIGEST = (
    likely("channel-binding-mismatch", "Channel binding hashes the certificate as it was signed: Ed25519 has no hash."),
    possible("weak-signature", "The certificate's signature is one that this OpenSSL does not know."),
    possible("client-library-bug", "Another version of libpq or OpenSSL may know the signature's hash."),
)
_TLS_REQUEST = (
    likely("not-postgres", "What answered the SSLRequest is no PostgreSQL: it said {byte}, where S or N belongs."),
    possible("tls-not-offered", "A pooler or proxy may not know the SSLRequest."),
    possible("closed-before-tls", "A proxy without a server behind it may answer with its own error."),
)
_BINDING = (
    likely("channel-binding-mismatch", "Channel binding is demanded, and cannot be had on this connection."),
    possible("tls-required", "Without TLS there is no channel binding."),
    possible("password-rejected", "The server may ask for md5 or a cleartext password (a token), which cannot bind."),
)
_GSS_REPLY = (
    likely("gssenc-interference", "The other side does not understand the GSSENCRequest that libpq 12 sends first."),
    possible("not-postgres", "What answers may be no PostgreSQL."),
)
_GSS_FIRST = (
    likely("gssenc-interference", "libpq tried GSSAPI encryption because a Kerberos ticket is there, and it failed."),
    possible("client-library-bug", "A binary package brings its own Kerberos library, with other paths."),
)
HOST_GIVEN = loopback.without_host("host=… in the connection string, -h, or PGHOST")
NO_SOCKET = loopback.no_socket(HOST_GIVEN)
# libpq since 14, and before.
REFUSED = (
    r"(?:connection to server at \"[^\"]{1,253}\"(?: \([0-9a-f.:]{2,45}\))?, port \d{1,5} failed"
    r"|could not connect to server): Connection refused"
)
_NO_SESSION = (
    likely("client-library-bug", "The TLS library failed; what follows the colon says how."),
    possible("tls-version-unsupported", "Limits of TLS versions may exclude each other."),
)


NEGOTIATION: tuple[Sign, ...] = (
    sign(r"(?:server|port \d{1,5} failed): Connection refused", loopback.refused(HOST_GIVEN)),
    sign(
        r"connection to server on socket \"[^\"]{1,250}\" failed: No such file",
        NO_SOCKET,
    ),
    sign(
        r"server does not support SSL, but SSL was required",
        certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
    ),
    sign(r"received invalid response to SSL negotiation(?:: (?P<byte>\S))?", *_TLS_REQUEST),
    sign(r"invalid response to SSL negotiation", *_TLS_REQUEST),
    sign(
        r"received invalid response to SSL negotiation: H\b",
        likely("not-postgres", "The answer began with H as in HTTP: a web server listens there."),
    ),
    sign(
        r"server sent an error response during SSL exchange",
        likely(
            "server-error-before-tls", "The server answered the SSLRequest with an error, which libpq does not show."
        ),
        possible("not-postgres", "A tunnel or proxy that cannot reach its server answers so."),
        possible("too-many-connections", "A server that cannot start another process answers so."),
    ),
    sign(
        r"received unencrypted data after (?:SSL|GSSAPI encryption) response",
        likely("plaintext-injection", "Bytes came in the clear after the server had said yes to encryption."),
    ),
    sign(
        r"direct SSL connection was established without ALPN",
        likely("direct-tls-unsupported", "sslnegotiation=direct reached a TLS server that did not choose postgresql."),
        possible("alpn-mismatch", "A proxy that ends TLS there does not know ALPN postgresql."),
    ),
    sign(
        r"SSL connection was established with unexpected ALPN protocol",
        certain("alpn-mismatch", "The server chose another ALPN protocol than postgresql: a proxy ends TLS there."),
    ),
    sign(r"received invalid response to GSSAPI negotiation", *_GSS_REPLY),
    sign(
        r"server sent an error response during GSS encryption exchange",
        likely("gssenc-interference", "The server, or a pooler before it, does not know the GSSENCRequest."),
    ),
    sign(
        r"server doesn't support GSSAPI encryption, but it was required",
        certain("gssenc-interference", "gssencmode=require, and the server offers no GSSAPI encryption."),
    ),
    sign(
        r"GSSAPI encryption required but",
        certain("gssenc-interference", "gssencmode=require cannot be met: no Kerberos ticket, or a local socket."),
    ),
    sign(r"could not initiate GSSAPI security context", *_GSS_FIRST),
    sign(r"GSSAPI (?:name import|wrap|unwrap|size check) error", *_GSS_FIRST),
    sign(
        r"expected authentication request from server, but received (?P<byte>\S)",
        possible("not-postgres", "What answers speaks no PostgreSQL, or a TLS attempt before it failed: see there."),
        possible("tls-required", "A proxy may want TLS, and answer plaintext with something of its own."),
        possible("client-library-bug", "An old server or pooler may not know this version of the protocol."),
    ),
)

# psql and pg_restore (COPY), pg_dump, pg_repack, osm2pgsql, WAL receivers; Python's tracebacks
_BEFORE_ENDED = (
    r"PQ(?:put|get)\w{4,12}\b.{0,80}?",
    r"\bquery failed: ",
    r"error on COPY: ",
    r"WAL stream(?:ing)?: ",
    r"cur(?:sor)?\.execute(?:many)?\((?:(?!connect\().){0,600}?",
)
# quickdie, postgres.c
_CRASH = r"terminating connection because of crash of another server process"
_CRASHED = (
    likely("closed-after-tls", "A process of the server crashed, which ends every connection: its log says of what."),
    likely("server-not-ready", "It recovers then, and takes no connections for some time."),
)
# SQLAlchemy, psql
_BEHIND_ENDED = (r".{0,200}?\[SQL: ", r".{0,200}?connection to (?:the )?server was lost")

TLS: tuple[Sign, ...] = (
    sign(
        r"(?:SSL error: [\w /]{5,60} )?This may indicate that the server does not support any SSL protocol version",
        *VERSION,
        possible("tls-not-offered", "A proxy may answer in the clear after it has said yes to TLS."),
        possible("not-postgres", "What answers may be no PostgreSQL."),
    ),
    sign(r"SSL SYSCALL error: EOF detected", *_SILENT),
    *(sign(rf"{text}{ended}", *_IN_USE) for text in _BEFORE_ENDED for ended in _ENDED),
    *(sign(rf"{ended}{text}", *_IN_USE) for text in _BEHIND_ENDED for ended in _ENDED),
    *(sign(rf"{_CRASH}.{{0,400}}?{ended}", *_CRASHED) for ended in _ENDED),
    sign(r"SSL SYSCALL error: Success", *_SILENT),
    sign(r"SSL SYSCALL error: (?:Connection reset|Broken pipe|Software caused|Undefined error: 0)", *CLOSED),
    sign(r"SSL SYSCALL error: Undefined error", *CLOSED),
    sign(
        r"SSL SYSCALL error: (?:Connection|Operation) timed out",
        likely("tcp-timeout", "The connection was open, and nothing came any more: a firewall drops it silently."),
        possible("closed-after-tls", "An idle connection was dropped on the way."),
    ),
    sign(
        r"SSL SYSCALL error: (?:No route to host|Network is unreachable)",
        likely("tcp-unreachable", "The route to the server went away while the connection was open."),
    ),
    sign(r"could not (?:receive data from|send data to) server: (?:Bad file descriptor|Socket operation on)", *SHARED),
    sign(r"SSL SYSCALL error: (?:Bad file descriptor|Bad address|Socket operation on non-socket)", *SHARED),
    sign(r"SSL SYSCALL error", *CLOSED),
    sign(r"SSL error: unexpected eof(?: while reading)?", *CLOSED),
    sign(r"SSL connection has been closed unexpectedly", *CLOSED),
    sign(r"server closed the connection unexpectedly", *_SILENT),
    sign(
        r"server closed the connection unexpectedly.{0,150}?FATAL: .{0,30}?SSL (?:connection is )?required",
        likely("tls-required", "The server, a gateway of Azure's, says that it takes connections with TLS only."),
        possible("handshake-closed", "The attempt with TLS before it may have been ended by the server."),
        possible("client-without-tls", "The client may have been built without TLS."),
    ),
    sign(
        r"connection pointer is NULL",
        likely(
            "client-library-bug", "The client asked libpq for the error after it had freed the connection: it is lost."
        ),
    ),
    sign(
        r"throwing an instance of 'pqxx::broken_connection'",
        possible("tcp-refused", "libpqxx says so where no connection came about: catch it, and print what()."),
        possible("closed-after-tls", "It says the same of a connection that was lost later."),
        possible("closed-before-tls", "A firewall or pooler may have ended it early."),
    ),
    sign(r"connection to (?:the )?server was lost", *CLOSED),
    sign(
        r"could not (?:receive data from|send data to) server: (?:Connection (?:reset|abort)|Software|Broken)", *CLOSED
    ),
    sign(
        r"could not (?:receive data from|send data to) server: (?:Connection|Operation) timed out",
        likely("tcp-timeout", "The connection was open, and nothing came any more: a firewall drops it silently."),
        possible("closed-after-tls", "An idle connection was dropped on the way."),
    ),
    sign(r"could not send (?:SSL negotiation|startup|GSSAPI negotiation) packet: ", *CLOSED),
    sign(r"could not receive server response to SSL negotiation packet: ", *CLOSED),
    sign(r"no connection to the server\b", *CLOSED),
    sign(r"lost synchronization with server", *SHARED),
    sign(r"message type 0x[0-9a-f]{2} arrived from server while idle", *SHARED),
    sign(r"SSL error: (?:bad length|uninitialized|record length mismatch|block type is not 0[12])", *SHARED),
    # what OpenSSL's other parts leave in the queue of errors of a thread, which libpq then reads for its own
    sign(
        r"SSL error: (?:unsupported method|passed (?:a )?null parameter|passed invalid argument|internal error"
        r"|unknown state|not server|still in init|malloc failure|\w{2,12} lib\b)",
        *SHARED,
    ),
    sign(r"unrecognized SSL error code", *SHARED),
    sign(
        r"SSL error: record layer failure",
        SHARED[0],
        possible("tls-not-offered", "The bytes that came may be no TLS."),
        *SHARED[1:],
    ),
    sign(
        r'server certificate for "[^"]{0,253}"(?: \(and \d+ other names?\))? does not match host name',
        certain(
            "hostname-mismatch",
            "The certificate is for other names than the one connected to. Azure's are for the server's own name: an "
            "address, a privatelink name or an alias of one's own does not match.",
            on_azure,
        ),
        certain("hostname-mismatch", "The certificate is for other names than the one connected to."),
        possible("ip-address-target", "The connection may be by address or through an alias."),
    ),
    sign(
        r'server common name "[^"]{0,253}" does not match host name',
        certain("hostname-mismatch", "The certificate's common name is another than the one connected to."),
    ),
    sign(
        r"host name must be specified for a verified SSL connection",
        likely("ip-address-target", "verify-full needs host=NAME; hostaddr alone names an address."),
        possible("hostname-mismatch", "Without host there is no name to compare the certificate with."),
    ),
    sign(
        r"could not get server's host name from server certificate",
        likely("no-subject-alternative-name", "The certificate names no host."),
        possible("hostname-mismatch", "There is no name in it that could match."),
    ),
    sign(
        r"SSL certificate's name contains embedded null",
        likely("hostname-mismatch", "A name in the certificate is malformed on purpose."),
    ),
    *(
        sign(rf"{what}: ", *_NO_SESSION)
        for what in (
            "certificate could not be obtained",
            "could not establish SSL connection",
            "could not create SSL context",
        )
    ),
    sign(
        r"could not set (?:minimum|maximum) SSL protocol version",
        likely("tls-version-unsupported", "This OpenSSL does not have the version asked for."),
        possible("sslmode-invalid", "The value may be misspelt."),
    ),
    sign(
        r"channel binding (?:is )?required",
        *_BINDING,
    ),
    sign(r"channel binding not supported by this build", *_BINDING),
    sign(r"could not find digest for NID", *_NO_DIGEST),
    sign(r"could not determine server certificate signature algorithm", *_NO_DIGEST),
    sign(r"could not generate peer certificate hash", *_NO_DIGEST),
    sign(
        r"server offered SCRAM-SHA-256-PLUS authentication over a non-SSL connection",
        certain("channel-binding-mismatch", "The server has TLS and the client has none: a proxy between ends TLS."),
    ),
    sign(
        r"SCRAM channel binding (?:check|negotiation) (?:failed|error)",
        certain("channel-binding-mismatch", "Client and server see other certificates: a proxy between ends TLS."),
    ),
    sign(
        r"incorrect server signature",
        likely("password-rejected", "The server did not prove that it knows the password: another server, or a proxy."),
    ),
    sign(
        r"server did not request an SSL certificate",
        likely("client-certificate-required", "sslcertmode=require, and the server asks for no client certificate."),
    ),
    sign(
        r"server accepted connection without a valid SSL certificate",
        likely("client-certificate-required", "sslcertmode=require, and no client certificate was sent."),
    ),
)
