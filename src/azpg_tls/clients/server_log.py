"""What PostgreSQL's log says of connections that came to nothing, in English; people paste it beside a client's.

Directions are the server's: an alert that its log shows was sent by the client, which refused the server. Sources:
src/backend/libpq/be-secure-openssl.c, be-secure-gssapi.c, auth.c and hba.c, src/backend/tcop/backend_startup.c of
PostgreSQL 9.6 to 18.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Sign, likely, possible, sign

_ACCEPT = r"could not accept SSL connection: "

_VERSION = (
    likely("tls-version-unsupported", "The client and the server have no version of TLS in common."),
    possible("cipher-mismatch", "They may have no cipher suite in common."),
)
_REFUSED_BY_CLIENT = (
    likely("unknown-issuer", "The client did not trust the server's certificate, and sent this alert."),
    possible("self-signed", "The server's certificate may have signed itself."),
    possible("hostname-mismatch", "Some clients send this alert for a wrong name too."),
)
_NO_CERTIFICATE = (
    likely("client-certificate-required", "The server asks for a client certificate that its ssl_ca_file vouches for."),
)
_CLOSED = (
    likely("handshake-closed", "The client, or something between, ended the connection during the handshake."),
    possible("closed-before-tls", "It may be a health check that never meant to speak TLS."),
    possible("unknown-issuer", "A client that does not trust the certificate may close without an alert."),
)
_KEY_FILE = "The server cannot read its own key or certificate, and offers no TLS or does not start."

ACCEPTING: tuple[Sign, ...] = (
    sign(
        _ACCEPT + r"(?:unsupported protocol|unknown protocol|tlsv1 alert protocol version|inappropriate fallback)",
        *_VERSION,
    ),
    sign(
        _ACCEPT + r"(?:no shared cipher|no suitable signature algorithm|no suitable key share)",
        likely("cipher-mismatch", "The client and the server have no cipher suite, group or signature in common."),
    ),
    sign(
        _ACCEPT + r"(?:tlsv1 alert unknown ca|sslv3 alert bad certificate|sslv3 alert certificate unknown)",
        *_REFUSED_BY_CLIENT,
    ),
    sign(
        _ACCEPT + r"sslv3 alert certificate expired",
        likely("expired", "The client found the server's certificate expired, and sent this alert."),
    ),
    sign(
        _ACCEPT + r"(?:certificate verify failed|peer did not return a certificate)"
        r"(?: DETAIL: Client certificate verification failed at depth \d+: [^.]{1,80})?",
        *_NO_CERTIFICATE,
    ),
    sign(
        _ACCEPT + r"sslv3 alert handshake failure",
        likely("cipher-mismatch", "The client refused what the server chose."),
        possible("tls-version-unsupported", "The client may refuse the server's version of TLS."),
    ),
    sign(
        _ACCEPT + r"tlsv1 alert no application protocol",
        likely("alpn-mismatch", "The client refused the answer to its ALPN."),
    ),
    sign(
        _ACCEPT + r"(?:http request|https proxy request|wrong version number)",
        likely("not-postgres", "What came after the SSLRequest was no TLS."),
        possible("client-library-bug", "A driver may have sent its StartupMessage without waiting."),
    ),
    sign(_ACCEPT + r"(?:EOF detected|Connection reset by peer|Success|Broken pipe|unexpected eof)", *_CLOSED),
    sign(
        _ACCEPT + r"(?:Socket operation on non-socket|Bad file descriptor)",
        likely(
            "client-library-bug", "The server's build and its OpenSSL do not fit: OpenSSL 3.2 wants a newer PostgreSQL."
        ),
    ),
    sign(r"could not accept SSL connection", *_CLOSED),
)

# Why a login was refused stands in the log alone; the client is told that it failed.
_MAPPED = (
    likely("password-rejected", "The account that was proved (peer, ident, GSS) may not be this role: pg_ident.conf."),
    possible("client-certificate-required", "With cert: the certificate's name is not the role's, nor mapped to it."),
    possible("role-missing", "Another role may have been meant."),
)
_ELSEWHERE = (
    likely("password-rejected", "The service that the server asks about logins did not agree, or did not answer."),
    possible("no-pg-hba-entry", "Another rule of pg_hba.conf than the one meant may have matched."),
)
_GSS = (
    likely("gssenc-interference", "The client began with GSSAPI, for encryption or for login, and it failed."),
    possible("password-rejected", "The login by GSSAPI may have been the one that was meant."),
)
_RULES = (
    likely("no-pg-hba-entry", "A line of pg_hba.conf or pg_ident.conf cannot be read: the rules before it stay."),
    possible("server-not-ready", "A server that starts with it does not start."),
)
_BEGINNING = (
    likely("handshake-closed", "The server could not begin TLS: the client was gone, or its OpenSSL is not in order."),
    possible("closed-before-tls", "It may be a health check that never meant to speak TLS."),
)
_REASONS = (
    (_MAPPED, (r"no match in usermap \"", r"provided user name \([^)]{0,90}\) and authenticated user name")),
    (
        _ELSEWHERE,
        (
            r"could not (?:perform initial LDAP bind|search LDAP|initialize LDAP|start LDAP TLS session)",
            r"LDAP user \"[^\"]{0,90}\" (?:does not exist|is not unique)",
            r"LDAP login failed for user",
            r"RADIUS response from",
            r"could not (?:send RADIUS packet|read RADIUS response)",
            r"timeout waiting for RADIUS response",
            r"could not connect to Ident server at address",
            r"invalidly formatted response from Ident server",
        ),
    ),
    (
        _GSS,
        (
            r"could not accept GSSAPI security context",
            r"accepting GSS security context failed",
            r"could not accept SSPI security context",
            r"GSSAPI did not provide confidentiality",
            r"retrieving GSS user name failed",
        ),
    ),
    (
        _RULES,
        (
            r"could not load pg_hba\.conf",
            r"invalid authentication method \"",
            r"invalid connection type \"",
            r"unrecognized authentication option name: \"",
            r"authentication option \"[^\"]{0,60}\" is only valid for",
            r"end-of-line before (?:authentication method|IP address|database specification|role specification)",
            r"(?:cert|peer|gssapi) authentication is (?:only|not) supported on",
            r"clientcert (?:can|only accepts)",
        ),
    ),
    (
        _BEGINNING,
        (
            r"could not initialize SSL connection: ",
            r"could not set SSL socket: ",
            r"failed to send (?:SSL|GSSAPI) negotiation response: ",
        ),
    ),
)

SERVER_LOG = Client(
    "server-log",
    "PostgreSQL's log",
    signs=(
        *ACCEPTING,
        *(sign(text, *meanings) for meanings, texts in _REASONS for text in texts),
        sign(
            r"hostssl record cannot match because SSL is disabled",
            likely("tls-not-offered", "The server has ssl = off, so that its rule hostssl takes no effect."),
        ),
        sign(
            r"direct SSL connection (?:request|was established) without ALPN",
            likely("alpn-mismatch", "Direct TLS needs the ALPN name postgresql, which the client did not send."),
            possible("direct-tls-unsupported", "The client may have spoken plain TLS without meaning PostgreSQL."),
        ),
        sign(
            r"received direct SSL connection request with unexpected ALPN protocol",
            likely("alpn-mismatch", "The client offered other ALPN names than postgresql."),
        ),
        sign(
            r"invalid length of startup packet",
            likely("direct-tls-unsupported", "TLS came at once, which servers before PostgreSQL 17 take for a packet."),
            possible("not-postgres", "HTTP or another protocol may have been spoken to this port."),
        ),
        sign(
            r"SSL configuration was not reloaded",
            likely("root-file-format", _KEY_FILE),
            possible("root-file-missing", "A file that the server's settings name may be missing."),
        ),
        sign(
            r"could not load (?:server certificate|private key) file \"[^\"]{1,200}\": (?:No such file|could not)",
            likely("root-file-missing", _KEY_FILE),
        ),
        sign(
            r"could not load (?:server certificate|private key|root certificate) file .{1,200}?: (?:no start|PEM|bad)",
            likely("root-file-format", _KEY_FILE),
        ),
        sign(
            r"could not load (?:server certificate|private key) file \"[^\"]{1,200}\": Permission denied",
            likely("root-file-permissions", _KEY_FILE),
        ),
        sign(
            r"could not load server certificate file \"[^\"]{1,200}\": ee key too small",
            likely("weak-key", "The server's certificate has a key that its OpenSSL finds too short."),
        ),
    ),
)
