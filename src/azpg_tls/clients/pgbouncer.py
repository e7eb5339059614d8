"""PgBouncer: what it tells its clients (08P01 mostly), and what its log says of clients (C-) and servers (S-).

Sources: pgbouncer/pgbouncer src/client.c, server.c, objects.c, proto.c, sbuf.c, hba.c, scram.c, main.c and
lib/usual/tls of 1.12 to 1.25; www.pgbouncer.org/config.html. Azure's built-in one listens on port 6432.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import maybe_on_azure, on_azure

_NO_USER = (
    likely("role-missing", "PgBouncer finds this user in none of auth_file and auth_query."),
    possible("single-server-username-format", "A user@server name may have lost a part on the way.", maybe_on_azure),
    possible("password-rejected", "The list may be out of date."),
)
_SECRET = (
    likely(
        "password-rejected",
        "PgBouncer holds only a hash of the password (md5 or SCRAM), and the server asks for what a hash cannot "
        "answer: the password itself, as Azure does for some roles and all tokens, or another kind of hash.",
    ),
)
_PASSWORD = (
    likely("password-rejected", "PgBouncer, or the server through it, did not accept the password or token."),
    possible("entra-wrong-username", "With a token: the user must be the Entra ID principal's.", maybe_on_azure),
    possible("entra-token-malformed", "PgBouncer may cut long tokens: port 5432 takes them.", maybe_on_azure),
)
_BEHIND = (
    possible(
        "password-rejected", "The login on the server behind PgBouncer may fail: its log says server login failed."
    ),
    possible("tcp-refused", "The server behind PgBouncer may be down, or at another address."),
    possible("tls-not-offered", "The server may have no TLS while server_tls_sslmode demands it."),
    possible("unknown-issuer", "server_tls_ca_file may lack the server's root."),
)
_FULL = (
    certain("too-many-connections", "PgBouncer's limit of connections (max_client_conn and its like) is reached."),
)
_WAITED = (
    likely(
        "pool-timeout", "No connection to the server came free in time (query_wait_timeout): the pool is too small."
    ),
    possible("too-many-connections", "The server may refuse PgBouncer more connections."),
    possible("tcp-timeout", "The server behind PgBouncer may not answer."),
)
_CUT = (
    likely(
        "entra-token-malformed",
        "On Azure's port 6432 a token longer than PgBouncer's buffer looks so: port 5432 takes it.",
        on_azure,
    ),
    likely(
        "closed-before-tls", "The client ended the connection in the middle of its first packet, as health checks do."
    ),
    possible("entra-token-malformed", "A token longer than PgBouncer's buffer looks so too.", maybe_on_azure),
    possible("handshake-closed", "The client may have given up during the handshake."),
    possible("direct-tls-unsupported", "The client may have begun TLS at once, without PostgreSQL's SSLRequest."),
)
# Told to the client, which therefore waits: the packet is whole, and does not fit.
_TOO_LONG = (
    likely("entra-token-malformed", "A token longer than PgBouncer's buffer looks so: port 5432 takes it."),
    likely("client-library-bug", "PgBouncer's buffer (pkt_buf) is shorter than what the client sent in one packet."),
    possible("closed-before-tls", "The client may have ended the connection in the middle of its first packet."),
)
_TLS_REQUIRED = (
    likely("tls-required", "client_tls_sslmode demands TLS, and the client sent none."),
    possible("client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."),
)
_CA_FILE = likely("root-file-missing", "client_tls_ca_file is not set, and verify-ca and verify-full need it.")

PGBOUNCER = Client(
    "pgbouncer",
    "PgBouncer",
    marks=(
        r"\b[CS]-0x[0-9a-f]{4,16}: ",
        r"\bpgbouncer\b(?![.:\w-]*(?:[:@/]|\.svc))",
        r"closing because: ",
        r"bouncer config error",
    ),
    over=("openssl",),
    signs=(
        # to clients
        sign(r"pgbouncer cannot connect to server", *_BEHIND),
        sign(r"server login has been failing", *_BEHIND),
        sign(r"no such user(?!name)", *_NO_USER),
        sign(r"no such database: ", likely("database-missing", "pgbouncer.ini has no such database, nor *.")),
        sign(
            r"bouncer config error",
            likely(
                "role-missing", "PgBouncer cannot look this user up: auth_user, auth_query or auth_dbname is wrong."
            ),
            possible("password-rejected", "auth_user itself may be unable to log in."),
        ),
        sign(
            r"unexpected response from login query",
            likely(
                "role-missing", "PgBouncer's auth_query failed: its function, table or right to them may be missing."
            ),
            likely("password-rejected", "Some services answer so to a wrong user or password."),
            possible("startup-error", "The server's own log has what it answered."),
        ),
        sign(r"(?:SASL|PAM|\"trust\"|LDAP) authentication failed(?! for)", *_PASSWORD),
        sign(r"ERROR[: ]{1,3}password authentication failed(?! for)", *_PASSWORD),
        sign(
            r"server login failed: FATAL (?:empty password|password authentication failed)",
            *_SECRET,
        ),
        sign(r"server login failed: wrong password type", *_SECRET),
        sign(r"cannot do (?:SCRAM|MD5) authentication: (?:wrong password type|password is SCRAM secret)", *_SECRET),
        sign(r"SCRAM authentication failed: user has MD5 secret", *_SECRET),
        sign(
            r"server login failed: none of the server's SASL authentication mechanisms",
            likely(
                "channel-binding-mismatch", "The server offers SCRAM with channel binding only, which PgBouncer lacks."
            ),
        ),
        sign(
            r"login rejected",
            likely("no-pg-hba-entry", "No rule of auth_hba_file lets this address, user and database in."),
        ),
        sign(r"no more connections allowed", *_FULL),
        sign(r"client connections exceeded", *_FULL),
        sign(r"query_wait_timeout", *_WAITED),
        sign(
            r"client_login_timeout",
            likely("pool-timeout", "The login was not done in time: the server behind PgBouncer does not answer."),
            possible("handshake-timeout", "The client may not have finished the TLS handshake."),
            possible("tcp-timeout", "The server behind PgBouncer may not be reachable."),
        ),
        sign(
            r"unsupported startup parameter",
            likely("startup-error", "PgBouncer passes this setting on only if ignore_startup_parameters names it."),
        ),
        sign(r"closing because: SSL required", *_TLS_REQUIRED),
        sign(r"(?:FATAL|ERROR):? +(?:08P01:? +)?SSL required", *_TLS_REQUIRED),
        sign(r"TLS connection required", *_TLS_REQUIRED),
        sign(
            r"TLS client certificate required",
            likely(
                "client-certificate-required",
                "auth_type=cert, or a rule of auth_hba_file, demands a client certificate.",
            ),
        ),
        sign(
            r"TLS certificate name mismatch",
            likely("client-certificate-required", "The client certificate's common name is not the user's."),
        ),
        sign(r"client sent partial pkt in startup phase", *_CUT),
        sign(r"(?:08P01|FATAL|(?<!pooler )ERROR): client sent partial pkt in startup phase", *_TOO_LONG),
        sign(r"partial pkt in login phase", *_CUT),
        # its log
        sign(
            r"unknown special pkt: len=8 code=80877104",
            certain("gssenc-interference", "80877104 is the GSSENCRequest, which PgBouncer before 1.12 does not know."),
        ),
        sign(
            r"unknown special pkt",
            likely("not-postgres", "What the client sent is no packet of PostgreSQL's."),
            possible("gssenc-interference", "It may be a GSSENCRequest, which PgBouncer before 1.12 does not know."),
        ),
        sign(
            r"bad (?:pkt header|startup packet)",
            likely("not-postgres", "What the client sent is no packet of PostgreSQL's, such as HTTP."),
            possible("direct-tls-unsupported", "It may be TLS without PostgreSQL's SSLRequest."),
        ),
        sign(
            r"server refused SSL",
            likely("tls-not-offered", "The server behind PgBouncer has no TLS, and server_tls_sslmode demands it."),
        ),
        sign(
            r"bad sslreq answer",
            likely("not-postgres", "What answered the SSLRequest behind PgBouncer is not PostgreSQL."),
        ),
        sign(
            r"name [`'\"][^`'\"]{1,253}[`'\"] not present in server certificate",
            likely("hostname-mismatch", "The server's certificate lacks the name that host= in pgbouncer.ini has."),
        ),
        sign(
            r"ocsp verify failed: revoked",
            certain("revoked", "The server's own stapled answer says that its certificate is revoked."),
        ),
        sign(
            r"ocsp verify failed",
            likely("revocation-check-failed", "The server's stapled answer about revocation is missing or not good."),
        ),
        sign(r"client_tls_sslmode requires client_tls_ca_file", _CA_FILE),
        sign(r"auth_type=cert requires client_tls_ca_file", _CA_FILE),
        sign(
            r"client_tls_key_file and client_tls_cert_file must be set",
            likely(
                "root-file-missing", "client_tls_sslmode offers TLS to clients, and the key or certificate is not set."
            ),
        ),
        sign(
            r"failed to (?:load|open) (?:CA|certificate|private key)(?: file)?.{0,200}?No such file",
            likely("root-file-missing", "A file that a *_tls_*_file setting names does not exist."),
        ),
        sign(
            r"failed to (?:load|open) (?:CA|certificate|private key)(?: file)?.{0,200}?Permission denied",
            likely("root-file-permissions", "PgBouncer's user may not read a file that a *_tls_*_file setting names."),
        ),
        sign(
            r"failed to (?:load|read) (?:CA|certificate|private key)",
            likely("root-file-format", "A file that a *_tls_*_file setting names is not what PgBouncer expects there."),
            possible("root-file-missing", "It may not exist."),
            possible("root-file-permissions", "PgBouncer's user may not be allowed to read it."),
        ),
        sign(
            r"TLS (?:setup|startup) failed(?!: failed to)",
            likely("root-file-format", "The files of the *_tls_* settings do not make a usable set."),
            possible("root-file-missing", "One of them may be missing."),
            possible("root-file-permissions", "One of them may not be readable for PgBouncer's user."),
        ),
        sign(
            r"(?:server )?DNS lookup failed",
            likely("dns-failure", "PgBouncer's resolver has no address for the name in host=."),
        ),
        sign(
            r"closing because: connect timeout",
            likely("tcp-timeout", "The server behind PgBouncer did not answer within server_connect_timeout."),
        ),
        sign(
            r"server conn crashed\?",
            likely("handshake-closed", "The server ended the connection without a word."),
            possible("closed-before-tls", "It may have done so before TLS."),
            possible("closed-after-tls", "It may have been ended later, by a restart or a time limit."),
        ),
        sign(
            r"TLS handshake error: .{0,160}?alert (?:unknown ca|bad certificate|certificate unknown)",
            likely("unknown-issuer", "A client did not trust PgBouncer's certificate, and sent this alert."),
            likely(
                "client-certificate-required", "Or the server did not trust the certificate that PgBouncer sent it."
            ),
            possible("self-signed", "PgBouncer's certificate may have signed itself."),
        ),
        sign(
            r"TLS handshake (?:error|failed): handshake failed: (?:Success|Unexpected EOF|Connection reset by peer)",
            likely("handshake-closed", "The other side ended the connection during the handshake without an alert."),
            possible("closed-before-tls", "It may be a health check or scanner that never meant to speak TLS."),
            possible("unknown-issuer", "A client that does not trust the certificate may close so."),
        ),
        sign(
            r"TLS handshake (?:error|failed)",
            possible("unknown-issuer", "One side did not trust the other's certificate."),
            possible("handshake-closed", "The other side may have gone away."),
            possible("tls-version-unsupported", "They may have no version or cipher suite of TLS in common."),
        ),
    ),
    fixes={
        "unknown-issuer": (
            (
                "In pgbouncer.ini: server_tls_sslmode = verify-full and server_tls_ca_file = ROOTS; for Azure, "
                "`azpg-tls bundle path` names the file."
            ),
            (
                "If a client refuses PgBouncer: client_tls_cert_file must hold the certificate and its "
                "intermediates, and the client must trust their root."
            ),
        ),
        "hostname-mismatch": ("In [databases], host= must be the name in the server's certificate, not an address.",),
        "tls-required": (
            "Let clients speak TLS: sslmode=require or better in the client.",
            "Towards the server: server_tls_sslmode = verify-full and server_tls_ca_file = ROOTS in pgbouncer.ini.",
        ),
        "tls-not-offered": (
            (
                "Towards clients: client_tls_sslmode = require, client_tls_key_file and client_tls_cert_file in "
                "pgbouncer.ini."
            ),
            "Towards the server: ssl = on in postgresql.conf.",
        ),
        "client-certificate-required": (
            "Give the client its certificate and key (libpq: sslcert, sslkey), from a CA in client_tls_ca_file.",
        ),
        "password-rejected": (
            (
                "Give PgBouncer the password itself in auth_file, or let it look it up (auth_user, auth_query); a "
                "server that asks for SCRAM needs the password, or the same SCRAM secret on both sides."
            ),
        ),
        "role-missing": (
            "Add the user to auth_file, or set auth_user and auth_query; then RELOAD on the admin console.",
        ),
        "no-pg-hba-entry": ("Add a line for the address, user and database to auth_hba_file; then RELOAD.",),
        "startup-error": ("Name the setting in ignore_startup_parameters of pgbouncer.ini.",),
        "too-many-connections": ("Raise max_client_conn, and the open file limit of PgBouncer's process with it.",),
        "pool-timeout": ("Raise default_pool_size, or find the transactions that hold their connection: SHOW POOLS.",),
        "gssenc-interference": (
            "gssencmode=disable in the client (JDBC: gssEncMode=disable), or PgBouncer 1.12 or later.",
        ),
        "tls-version-unsupported": ("client_tls_protocols and server_tls_protocols = secure (TLS 1.2 and 1.3).",),
        "entra-token-malformed": (
            "Connect to port 5432 of the server: PgBouncer's buffer is too short for the token.",
        ),
    },
)
