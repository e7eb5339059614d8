"""What PostgreSQL says to a client before and at login; every client passes it on.

The words may be translated (`server_translated`): SQLSTATE, pg_hba.conf and role names are not. Sources:
src/backend/libpq/auth.c, auth-scram.c and crypt.c, src/backend/utils/init/miscinit.c and postinit.c,
src/backend/tcop/backend_startup.c (postmaster.c before 18) and src/backend/utils/errcodes.txt, PostgreSQL 9.6 to 18.
"""

from __future__ import annotations

from azpg_tls.clients import pg_hba
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import elsewhere, maybe_on_azure, on_azure

WRONG_PASSWORD = (
    likely("password-rejected", "The server knows the method, and the password or token was not the right one."),
    possible(
        "entra-wrong-username", "With a token: the user name must be that of the Entra ID principal.", maybe_on_azure
    ),
    possible("single-server-username-format", "Azure's retired single server wanted user@server.", maybe_on_azure),
)
# Nobody gives a password to a role that Entra ID proves: the page's ALTER ROLE is none of these.
_TOKEN = (
    'export PGPASSWORD="$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)"',
    "Send that token whole as the password, a new one for each connection; it is valid for about an hour.",
    "Log in as the token's own principal, in upper and lower case too: azpg-tls token --inspect tells its name.",
)
_CERTIFICATE = (
    likely("client-certificate-required", "A rule of pg_hba.conf demands a client certificate that the server trusts."),
    possible("client-library-bug", "The client may have one configured and not send it, as versions of drivers do."),
)
_METHODS = 'Ident|Peer|LDAP|GSSAPI|SSPI|RADIUS|BSD|OAuth bearer|Kerberos 5|["\\\\]*trust["\\\\]*'
_ROLE = (
    likely("role-missing", "The server has no such role."),
    possible("entra-wrong-username", "With a token: no role was created for this Entra ID principal.", maybe_on_azure),
    possible("single-server-username-format", "The part after @ in the user name may be taken for the role's."),
)
_FULL = (certain("too-many-connections", "Every connection that the server, role or database allows is in use."),)
_NOT_READY = (certain("server-not-ready", "The server is starting, stopping or recovering."),)
_BINDING = (
    likely(
        "channel-binding-mismatch",
        "The client and the server saw different certificates, or different offers: something between ends TLS.",
    ),
)
_BROKEN_LOGIN = (
    likely("client-library-bug", "The client's part in the login is not what the server expects: see its version."),
    possible("password-rejected", "The client may have ended the login: it had no password, or refused the method."),
)
_ENDED = (
    likely("closed-after-tls", "The server ended a connection that was open: a time limit, a restart, a command."),
    possible("handshake-closed", "A pool may have handed out the connection after the server closed it."),
)
# Options of connection strings, or how they begin, that are no settings of the server.
_OPTIONS = "ssl|gss|tls|channel_binding|target_session|pgbouncer|uselibpq|connection_limit|pool_timeout|supa"
_UNKNOWN_PARAMETER = (
    likely(
        "sslmode-invalid",
        "The client does not know the option {name} of the connection string and sent it to the server as a setting.",
    ),
)

SERVER = Client(
    "server",
    "the server",
    signs=(
        *pg_hba.SIGNS,
        sign(
            r"password authentication failed for user ?[\"'`]?"
            r"(?P<user>[^\s\"'`@]{1,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})",
            likely(
                "password-rejected",
                "The server did not accept what {user} sent; a name of this form is Entra ID's, and wants a token.",
                on_azure,
                _TOKEN,
            ),
            likely("password-rejected", "The server did not accept the password or token of {user}.", elsewhere),
            likely(
                "entra-wrong-username",
                "{user} looks like a person's name in Entra ID: it has to be the token's, in upper and lower case too.",
                maybe_on_azure,
            ),
            possible("entra-token-expired", "The token may have expired: it lives about an hour.", maybe_on_azure),
            *WRONG_PASSWORD[2:],
        ),
        sign(
            r"password authentication failed for user ?[\"'`]?(?P<user>[^\"'`]{1,63})",
            likely("password-rejected", "The server did not accept the password or token of {user}."),
            *WRONG_PASSWORD[1:],
        ),
        sign(r"password authentication failed", *WRONG_PASSWORD),
        sign(
            r"empty password returned by client",
            likely(
                "password-rejected", "The client sent an empty password: its setting is missing or expanded to nothing."
            ),
        ),
        sign(
            rf"(?:{_METHODS}) authentication failed for user",
            likely("password-rejected", "The server's method of proving who the user is did not succeed."),
            possible("no-pg-hba-entry", "Another rule of pg_hba.conf than the one meant may have matched."),
        ),
        sign(r"authentication failed for user [^:]{1,90}: host rejected", *pg_hba.SHORTENED),
        sign(
            r"PAM authentication failed for user",
            likely(
                "password-rejected", "The server asked PAM, which refused: on Amazon RDS a token that is not valid."
            ),
            possible("tls-required", "Amazon RDS takes IAM tokens with TLS only."),
            possible("role-missing", "On Amazon RDS the role needs rds_iam."),
        ),
        sign(
            r"pam_(?:authenticate|acct_mgmt) failed",
            likely(
                "password-rejected", "The server asked PAM, which refused: on Amazon RDS a token that is not valid."
            ),
            possible("role-missing", "On Amazon RDS the role needs rds_iam, and the identity rds-db:connect."),
            possible("tls-required", "Amazon RDS takes IAM tokens with TLS only."),
        ),
        sign(r"connection requires a valid (?:client )?certificate", *_CERTIFICATE),
        sign(
            r"certificate (?:authentication|validation \(clientcert=verify-full\)) failed for user",
            likely(
                "client-certificate-required",
                "The client certificate's name is not that of the role, nor mapped to it in pg_ident.conf.",
            ),
        ),
        sign(r"sorry, too many clients already", *_FULL),
        sign(r"remaining connection slots are reserved", *_FULL),
        sign(r"too many connections for (?:role|database)", *_FULL),
        sign(r"number of requested standby connections exceeds max_wal_senders", *_FULL),
        sign(
            r"could not fork (?:new process for|client backend|new connection|a new)",
            likely("too-many-connections", "The server has no memory or process left for another connection."),
            possible("server-error-before-tls", "The server says so before TLS, and some clients hide it."),
        ),
        sign(r"the database system is (?:starting up|shutting down|in recovery mode)", *_NOT_READY),
        sign(r"the database system is not (?:yet )?accepting connections", *_NOT_READY),
        sign(r"new replication connections are not allowed during database shutdown", *_NOT_READY),
        sign(
            r"terminating connection due to administrator command",
            likely("server-not-ready", "The server is being stopped or restarted, or someone ended the connection."),
            *_ENDED,
        ),
        sign(
            r"terminating connection because of crash of another server process",
            likely("server-not-ready", "Another process of the server failed, and it ends all connections."),
            *_ENDED,
        ),
        sign(
            r"canceling authentication due to timeout",
            likely("handshake-timeout", "The client did not finish the handshake or login in authentication_timeout."),
            possible("pool-timeout", "The client may have been too busy to go on."),
        ),
        sign(r"terminating connection due to idle-(?:session|in-transaction) timeout", *_ENDED),
        sign(r"role \"[^\"]{1,90}\" does not exist", *_ROLE),
        sign(
            r"role \"[^\"]{1,90}\" is not permitted to log in",
            likely("login-failed", "The role is there, and may not log in: it lacks LOGIN, as groups do."),
            possible("role-missing", "Another role may have been meant."),
        ),
        sign(
            r"no PostgreSQL user name specified in startup packet",
            likely("startup-error", "The client sent no user name: the setting of the user is empty, or was not read."),
            likely("client-library-bug", "A driver or proxy may have lost it; a check of a port sends none."),
            possible("role-missing", "A user with this name may not be there either."),
        ),
        sign(
            r"database \"(?P<name>[^\"]{0,80}(?:\?|&|%3F)[^\"]{0,200})\" does not exist",
            likely("sslmode-invalid", "Options of the URL became part of the database's name: {name}."),
            possible("client-library-bug", "A tool may have taken the URL apart wrongly."),
        ),
        sign(
            r"database \"[^\"?&]{1,90}\" does not exist", likely("database-missing", "The server has no such database.")
        ),
        sign(
            r"cannot connect to invalid database \"",
            likely("database-missing", "The database was being dropped, and that broke off: drop it again."),
        ),
        sign(
            r"database \"[^\"]{1,90}\" is not currently accepting connections",
            likely("database-missing", "The database exists, and allows no connections (ALLOW_CONNECTIONS false)."),
        ),
        sign(
            r"cannot execute SQL commands in WAL sender for physical replication",
            likely(
                "sslmode-invalid", "The connection string has replication=true, where SQL wants replication=database."
            ),
            possible("client-library-bug", "A tool may have put it there, or sends SQL where it should not."),
        ),
        sign(
            r"permission denied for database",
            likely("login-failed", "The role may not connect to this database: it lacks the privilege CONNECT."),
            possible("database-missing", "Another database may have been meant."),
        ),
        sign(
            rf"unrecognized configuration parameter \"(?P<name>(?:{_OPTIONS})\w*)\"",
            *_UNKNOWN_PARAMETER,
        ),
        sign(
            r"parameter \"(?P<name>ssl\w*)\" cannot be changed",
            likely(
                "sslmode-invalid", "The client took {name} for a setting of the server's: it knows sslmode instead."
            ),
        ),
        sign(r"SCRAM channel binding (?:check failed|negotiation error)", *_BINDING),
        sign(r"(?:unexpected|unsupported) SCRAM channel-binding", *_BINDING),
        sign(r"malformed SCRAM message(?! \()", *_BROKEN_LOGIN),
        sign(r"invalid SCRAM response(?! \()", *_BROKEN_LOGIN),
        sign(r"client requires an unsupported SCRAM extension", *_BROKEN_LOGIN),
        sign(r"expected (?:SASL|GSS|SSPI|password) response, got message type", *_BROKEN_LOGIN),
        sign(r"supports SCRAM channel binding but thinks the server does not", *_BINDING),
        sign(
            r"(?:frontend protocol|protocol version:?) 1234\.5680",
            likely("gssenc-interference", "1234.5680 is the GSSENCRequest, which this server or pooler does not know."),
        ),
        sign(
            r"(?:frontend protocol|protocol version:?) 1234\.5679",
            likely("not-postgres", "1234.5679 is the SSLRequest: what answers does not know PostgreSQL's TLS."),
            possible("tls-not-offered", "It may be a pooler or proxy that has no TLS."),
            possible("direct-tls-unsupported", "The request may have been sent a second time, inside TLS."),
        ),
        # PostgreSQL knows the SSLRequest; a second request is a version to it (ProcessStartupPacket).
        sign(
            r"unsupported frontend protocol 1234\.5679: server supports",
            likely(
                "gssenc-interference", "The SSLRequest came after a GSSENCRequest, which this server does not take."
            ),
            possible("direct-tls-unsupported", "The request may have been sent a second time, inside TLS."),
            possible("not-postgres", "What answers may not know PostgreSQL's TLS."),
            possible("tls-not-offered", "It may be a pooler or proxy that has no TLS."),
        ),
        sign(
            r"unsupported frontend protocol(?! 1234\.)",
            likely("startup-error", "The client speaks a version of the protocol that the server does not."),
            possible("not-postgres", "The bytes may be those of another protocol."),
        ),
        sign(
            r"received unencrypted data after (?:SSL|GSSAPI encryption) re(?:quest|sponse)",
            likely(
                "plaintext-injection", "Bytes in the clear came where TLS had to begin: something between added them."
            ),
            possible("client-library-bug", "Drivers that send the StartupMessage at once do so too."),
        ),
    ),
)
