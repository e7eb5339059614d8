"""What libpq says more rarely: a login that breaks off, a protocol out of step, settings that cannot be used.

Found by a search of all that libpq can print for what no sign explained. Sources: fe-auth.c, fe-auth-scram.c,
fe-auth-oauth.c, fe-connect.c, fe-protocol3.c, fe-secure-gssapi.c and fe-secure-openssl.c of PostgreSQL 14 to 18.
"""

from __future__ import annotations

from azpg_tls.clients.openssl import CLOSED, SHARED
from azpg_tls.clients.sign import Sign, likely, possible, sign

_SETTING = (likely("sslmode-invalid", "libpq cannot use the connection string so, and stopped before it connected."),)
_SERVICE = (likely("sslmode-invalid", "The service's settings cannot be read: PGSERVICE, PGSERVICEFILE, or LDAP."),)
_OTHER_SCRAM = (
    likely("not-postgres", "What answers does not speak SCRAM as PostgreSQL does: a pooler or proxy, mostly."),
    possible("client-library-bug", "A version of the pooler or of libpq may be at fault."),
)
_NO_CRYPTO = (
    likely("client-library-bug", "OpenSSL refused what SCRAM needs: a FIPS mode, or an installation that is broken."),
    possible("password-rejected", "A password of fewer than 14 characters is too short a key for some FIPS modes."),
)
_OAUTH = (
    likely("password-rejected", "The server asks for a login by OAuth, and it did not come about."),
    possible("sslmode-invalid", "oauth_issuer and oauth_client_id may be missing, or the issuer's address wrong."),
)
_VERSION = (
    likely("startup-error", "Client and server have no version of the protocol in common: see min_protocol_version."),
    possible("not-postgres", "A pooler between may know protocol 3.0 only."),
)
_NEGOTIATION = (
    likely("not-postgres", "What answers a newer protocol's startup wrongly is a pooler or a relative of PostgreSQL."),
    possible("startup-error", "max_protocol_version=3.0 in the client avoids it."),
)
_NO_NAME = (
    likely("role-missing", "No user was named, and the account that runs the client has no name: set user or PGUSER."),
    possible("sslmode-invalid", "The setting with the user may be empty."),
)
_GSS = (
    likely("gssenc-interference", "Encryption by GSSAPI was begun, and it failed."),
    possible("client-library-bug", "The Kerberos library of the client may be at fault."),
)
_SSPI = (
    likely("password-rejected", "The server asks for a login by SSPI or Kerberos, and Windows could give none."),
    possible("no-pg-hba-entry", "Another rule of pg_hba.conf than the one meant may have matched."),
)
_ODD_NAME = (
    likely("certificate-not-strict", "The server's certificate has a name that cannot be read."),
    possible("hostname-mismatch", "So no name of it matches the one connected to."),
)
_ENGINE = (
    likely("root-file-missing", "sslkey names a key in an engine of OpenSSL, and it is not there."),
    possible("client-library-bug", "This OpenSSL may have no such engine."),
)
_NO_PRIMARY = (
    likely("server-not-ready", "target_session_attrs found no server of the kind that is asked for."),
    possible("sslmode-invalid", "target_session_attrs may ask for another kind than is meant."),
)

_MEANINGS = (
    (
        _SETTING,
        (
            r"IPv6 host address may not be empty in URI",
            r"forbidden value %00 in percent-encoded value",
            r"could not match \d{1,9} (?:host names|port numbers) to \d{1,9} (?:hostaddr values|hosts)",
            r"keepalives parameter must be an integer",
            r"could not parse network address \"",
            r"connection info string size exceeds the maximum",
            r"Unix-domain socket path \"[^\"]{0,500}\" is too long",
            r"could not translate Unix-domain socket path",
            r"requirepeer (?:specifies \"|parameter is not supported)",
            r"require_auth method \"[^\"]{1,60}\" (?:cannot be mixed|is specified more than once)",
            r"OAuth discovery URI \"[^\"]{1,300}\" (?:is not|must|uses)",
        ),
    ),
    (
        _SERVICE,
        (
            r"service file \"[^\"]{1,250}\" not found",
            r"line \d{1,9} too long in service file",
            r"lookup on LDAP server failed",
            r"(?:no entry|more than one entry) found on LDAP lookup",
            r"attribute has no values on LDAP lookup",
        ),
    ),
    (
        _OTHER_SCRAM,
        (
            r"malformed SCRAM message \(",
            r"invalid SCRAM response \(nonce mismatch",
            r"no client response found after SASL exchange success",
            r"duplicate SASL authentication request",
        ),
    ),
    (
        _NO_CRYPTO,
        (
            r"could not (?:calculate|encode) client proof",
            r"could not verify server signature",
            r"could not (?:generate|encode) nonce",
            r"could not generate random salt",
            r"could not encode cbind data for channel binding",
        ),
    ),
    (
        _OAUTH,
        (
            r"server rejected OAuth bearer token",
            r"server requires OAuth authentication, but",
            r"no OAuth flows are available",
            r"user-defined OAuth flow (?:failed|did not|provided)",
            r"server's discovery document (?:at|has moved)",
            r"OAuth flow did not set a token",
        ),
    ),
    (
        _VERSION,
        (
            r"protocol version not supported by server: client uses",
            r"server only supports protocol version \d",
        ),
    ),
    (
        _NEGOTIATION,
        (
            r"received (?:invalid|duplicate) protocol negotiation message",
            r"received invalid BackendKeyData message",
            r"protocol extensions? not supported by server: ",
        ),
    ),
    (
        _NO_NAME,
        (
            r"local user with ID \d{1,12} does not exist",
            r"could not look up local user ID \d",
            r"user name lookup failure: error code",
        ),
    ),
    (
        _GSS,
        (
            r"GSSAPI context establishment error",
            r"oversize GSSAPI packet",
            r"GSSAPI message (?:did|would) not use confidentiality",
        ),
    ),
    (_SSPI, (r"SSPI continuation error", r"could not acquire SSPI credentials")),
    (
        _ODD_NAME,
        (
            r"SSL certificate's (?:name|address) entry is missing",
            r"certificate contains IP address with invalid length",
        ),
    ),
    (_ENGINE, (r"could not (?:load|read) private SSL key \"[^\"]{1,250}\" from engine",)),
    (
        _NO_PRIMARY,
        (
            r"server is (?:not )?in hot standby mode",
            r"could not make a writable connection to server",
        ),
    ),
    (
        SHARED,
        (
            r"invalid (?:connection|setenv)? ?state.{0,12}?, probably indicative of memory corruption",
            r"message contents do not agree with length in message type",
            r"(?:insufficient|extraneous) data in \"[DTt]\" message",
            r"unexpected field count in \"D\" message",
            r"without prior row description \(\"T\" message\)",
            r"unexpected response from server; first received character was",
            r"\bprotocol error: id=0x",
            r"SSL_(?:read|write) failed but did not provide error information",
        ),
    ),
    (
        CLOSED,
        (
            r"SSL error: no SSL error reported",
            r"could not (?:send data to|receive data from) server: (?:Success|No error|Bad file|Unknown error)",
            r"\bwrite to server failed",
        ),
    ),
)

REST: tuple[Sign, ...] = (
    *(sign(text, *meanings) for meanings, texts in _MEANINGS for text in texts),
    sign(
        r"error received from server in SCRAM exchange: ",
        likely("password-rejected", "The server or a pooler ended the login, and says why after it."),
        possible("channel-binding-mismatch", "It may not take the channel binding that the client sent."),
    ),
    sign(
        r"could not set SSL (?:Server Name Indication|ALPN extension)",
        likely("client-library-bug", "The OpenSSL that is loaded does not fit this libpq."),
    ),
    sign(
        r"(?:Kerberos [45]|Crypt) authentication not supported",
        likely("client-library-bug", "The server asks for a login that libpq no longer knows."),
        possible("not-postgres", "The server may be very old, or no PostgreSQL."),
    ),
    sign(
        r"password file \"[^\"]{1,250}\" is not a plain file",
        likely("password-rejected", "libpq passed the password file over, and so had no password."),
    ),
    sign(
        r"password retrieved from file \"",
        likely("password-rejected", "The password came from the password file, and was not the right one."),
    ),
)
