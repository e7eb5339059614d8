"""What pgjdbc says more rarely: logins by SSPI and SCRAM that break off, a protocol out of step, keystores.

Found by a search of all that the driver can print for what no sign explained. Sources: org.postgresql.Driver,
core.v3 (ConnectionFactoryImpl, QueryExecutorImpl, ScramAuthenticator), sspi, ssl and util of pgjdbc 42.7.13.
"""

from __future__ import annotations

from azpg_tls.clients.openssl import SHARED
from azpg_tls.clients.sign import likely, possible, sign

_SSPI = (
    likely("client-library-bug", "The server asks for SSPI or GSS, for which pgjdbc needs waffle-jna and Windows."),
    possible("password-rejected", "Another way to log in may have been meant: see the rule in pg_hba.conf."),
)
_CREDENTIALS = (
    likely("password-rejected", "Windows gave no credentials for the login by SSPI that the server asks for."),
    possible("client-library-bug", "The name of the service (SPN) may not be that of the server."),
)
_STORE = (
    likely("root-file-missing", "The keystore of the socket factory is not there, or cannot be opened."),
    possible("root-file-format", "It may be of another type than the factory reads, or have another password."),
)
_NO_NAMES = (
    likely("hostname-mismatch", "The server's certificate has no name that can be compared with the one connected to."),
    possible("certificate-not-strict", "The certificate may be malformed."),
)
_PROTOCOL = (
    likely("not-postgres", "What answers does not speak the protocol as PostgreSQL does: a pooler or a relative."),
    possible("client-library-bug", "A version of the pooler or of the driver may be at fault."),
)
# The end of a message of the server that could not be decoded: PostgreSQL says it before the encoding is known.
_UNREADABLE = (
    possible("password-rejected", "The server's words cannot be read in this encoding: often it refused the password."),
    possible("database-missing", "The server may not have the database."),
    possible("no-pg-hba-entry", "The server may have no rule for this login."),
)

_MEANINGS = (
    (
        _SSPI,
        (
            r"Unable to load org\.postgresql\.sspi\.SSPIClient",
            r"SSPI forced with gsslib=sspi, but SSPI not available",
            r"SSPI cannot be used, Waffle",
            r"SSPI not supported: non-Windows host",
        ),
    ),
    (
        _CREDENTIALS,
        (
            r"Could not obtain local Windows credentials for SSPI",
            r"Could not initialize SSPI security context",
            r"SSPI setup failed to determine SPN",
        ),
    ),
    (
        _STORE,
        (r"Failed to (?:load|read) keystore", r"Failed to find keystore file", r"Failed to set up database socket"),
    ),
    (_NO_NAMES, (r"No certificates found for hostname", r"Unable to parse X509Certificate for hostname")),
    (
        _PROTOCOL,
        (
            r"Protocol error\. Cancel Key (?:should|cannot) be",
            r"Protocol error, received invalid options: ",
            r"Received AuthenticationSASL message with 0 mechanisms",
        ),
    ),
    (
        SHARED,
        (
            r"Unknown Response Type ",
            r"Expected an EOF from server, got: ",
            r"PSQLException: Unexpected packet type(?: during copy)?: ",
        ),
    ),
)

SIGNS = (
    *(sign(text, *meanings) for meanings, texts in _MEANINGS for text in texts),
    sign(r"\(pgjdbc: autodetected server-encoding to be ", *_UNREADABLE),
    sign(
        r"Your security policy has prevented the connection from being attempted",
        likely("tcp-refused", "Java's security manager forbids it: grant java.net.SocketPermission for HOST:PORT."),
    ),
    sign(
        r"Error extracting channel binding data",
        likely("channel-binding-mismatch", "The driver could not read from the certificate what it is to bind to."),
        possible("client-library-bug", "The certificate's signature may be of a kind that this version does not know."),
    ),
    sign(
        r"Server requested \d{1,12} SCRAM PBKDF2 iterations, which exceeds",
        likely("sslmode-invalid", "The password's iterations are more than the driver takes: raise its property."),
    ),
    sign(
        r"The SocketFactory class provided .{1,200}? could not be instantiated",
        likely("client-library-bug", "The class in socketFactory is not in the class path, or failed."),
        possible("jdbc-sslfactory", "sslfactory may have been meant."),
    ),
)
