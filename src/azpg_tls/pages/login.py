"""Pages of what a server says to a login, after it has proved who it is."""

from __future__ import annotations

from azpg_tls.page import Page
from azpg_tls.pages.entra import ENTRA
from azpg_tls.pages.sign_in import SIGN_IN

LOGIN: dict[str, Page] = {
    "password-rejected": Page("""\
The server did not accept the password.

TLS and the network are fine. The server says the same (SQLSTATE 28P01) for a wrong password, for a role without one,
and mostly for a role that does not exist; its log says which. With Entra ID it says so too when it does not take the
token.

Why it happens:
- the password is wrong, or was changed on one side only; in a URL, special characters were not percent-encoded;
- no password was sent: an empty variable, a .pgpass line that does not match or that others may read;
- the user name is not the one that was meant: the operating system's, or user@server of Azure's single server;
- the server takes Entra tokens only, or the role is no Entra principal and a token was sent;
- a pooler has the hash of another password, or needs the plain one to log in for others.

Fix:
- set the password anew: ALTER ROLE "USER" PASSWORD '…';
- on Azure, for the administrator:
  az postgres flexible-server update --name SERVER --resource-group GROUP --admin-password …;
- percent-encode the password in a URL, or give it in PGPASSWORD or .pgpass (chmod 600);
- with Entra ID, send a new token as the password, and the principal's name as the user;
- if a second line says "no pg_hba.conf entry … no encryption", ignore it: it is the attempt without TLS.

See for yourself:
    psql "host=NAME user=USER dbname=postgres sslmode=verify-full sslrootcert=ROOTS"

Sources:
    https://learn.microsoft.com/azure/postgresql/troubleshoot/troubleshoot-password-authentication-failed-for-user;
    https://www.postgresql.org/docs/current/auth-password.html"""),
    **ENTRA,
    **SIGN_IN,
    "role-missing": Page("""\
The server has no role of that name.

PostgreSQL says so after the password or the certificate was accepted, or with methods that ask for none (SQLSTATE
28000). A role that is there and may not log in (NOLOGIN) is login-failed. Names are case-sensitive at login; CREATE
ROLE folds to lower case what is not in quotation marks.

Why it happens:
- the name is misspelt, or in another case than the role's;
- no user was given, and the client took the operating system's: root, app, the owner of the container's process;
- the role was made on another server, or not in the restored one;
- with Entra ID: the principal has not been made a role of this server, or its name has more than 63 bytes.

Fix:
- name the user: user=… in libpq, PGUSER, Username= in Npgsql;
- see what there is: SELECT rolname FROM pg_roles WHERE rolcanlogin;
- make it: CREATE ROLE "ROLE" LOGIN;
- an Entra principal, in database postgres: SELECT * FROM pgaadauth_create_principal('ROLE', false, false);

See for yourself:
    psql "host=NAME user=ADMIN dbname=postgres sslmode=verify-full sslrootcert=ROOTS" -c '\\du'

Sources: https://www.postgresql.org/docs/current/client-authentication-problems.html;
    https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users"""),
    "database-missing": Page("""\
The server has no database of that name.

TLS and login are fine (SQLSTATE 3D000).

Why it happens:
- no database was given, and the client took the user's name;
- the name is misspelt, in another case, or of another server;
- it was dropped, or has not been created yet: Azure makes postgres, azure_maintenance and azure_sys alone;
- options of a URL became part of the name.

Fix:
- name it: dbname=… in libpq, Database= in Npgsql, the path of a URL;
- create it: CREATE DATABASE "DATABASE";
- or on Azure: az postgres flexible-server db create;
- connect to postgres to see what there is.

See for yourself:
    psql "host=NAME user=USER dbname=postgres sslmode=verify-full sslrootcert=ROOTS" -c '\\l'

Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html (3D000);
    https://www.postgresql.org/docs/current/client-authentication-problems.html"""),
    "channel-binding-mismatch": Page("""\
The login is bound to another TLS connection than the server's, or cannot be bound.

SCRAM-SHA-256-PLUS mixes a hash of the server's certificate into the login. Client and server must see the same
certificate, which fails when somebody between them ends TLS: that is what it is for.

Why it happens:
- a proxy, gateway or inspecting firewall ends TLS, so that the client binds to the proxy's certificate;
- a proxy speaks TLS to the server and plaintext to the client, which hears of SCRAM-SHA-256-PLUS without TLS;
- channel_binding=require, and the server offers no SCRAM: a password in the clear inside TLS, as Entra tokens need,
  or md5;
- the certificate is signed with a method that has no hash to bind to (Ed25519), and the client's library is old;
- the server changed its certificate between the handshake and the login, or two servers share one address.

Fix:
- connect to the server without the proxy, or let the proxy pass TLS through;
- if the proxy is meant, and its certificate verified (sslmode=verify-full): channel_binding=disable in libpq;
- with Entra ID: channel_binding=prefer, libpq's default, together with sslmode=verify-full.

See for yourself:
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS channel_binding=require"

Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING;
    https://www.postgresql.org/docs/current/sasl-authentication.html"""),
    "auth-method-refused": Page("""\
The server asks for the password in a way that was not agreed to.

The server says how it wants the password: hashed together with a number of its own (SCRAM, md5), or in the clear
inside TLS. libpq's require_auth says which ways are acceptable; nothing was sent.

Why it happens:
- the role logs in with Microsoft Entra ID, which needs the token in clear, and no token was asked for (--entra);
- pg_hba.conf says password, ldap, pam or radius for this user;
- a pooler or proxy in front wants the plain password, to log in with it elsewhere;
- require_auth is set, in PGREQUIREAUTH or a service file, for another server.

Fix:
- for a role of Entra ID: azpg-tls login TARGET --entra;
- where the server may see the password itself: azpg-tls login TARGET --require-auth password;
- else let the server keep a hash: password_encryption = scram-sha-256, ALTER ROLE "USER" PASSWORD '…', and
  scram-sha-256 in pg_hba.conf (auth_type in pgbouncer.ini).

See for yourself:
    psql "host=NAME user=USER sslmode=verify-full sslrootcert=ROOTS require_auth=scram-sha-256"
    (authentication method requirement "scram-sha-256" failed: server requested a cleartext password)

Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH;
    https://www.postgresql.org/docs/current/auth-password.html"""),
    "login-failed": Page("""\
The login fails for a reason that has no code of its own.

The server has proved who it is; what it says of the login, or how the connection ended, stands in the finding.

Why it happens:
- the role may not log in (NOLOGIN), or may not connect to that database (REVOKE CONNECT), SQLSTATE 28000 or 42501;
- the connection broke, or the server said nothing more, before the login had ended;
- other certificates came at the login than at the probe, and were not in order: nothing secret was sent;
- a pooler could not reach the server behind it, or its log has more to say (SQLSTATE 08P01).

Fix:
- a role that may not log in: ALTER ROLE "USER" LOGIN;
- a database that it may not use: GRANT CONNECT ON DATABASE "DATABASE" TO "USER";
- else look into the log of the server, and of the pooler in front of it, for that moment.

See for yourself:
    psql "host=NAME user=USER dbname=DATABASE sslmode=verify-full sslrootcert=ROOTS"

Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html;
    https://www.postgresql.org/docs/current/client-authentication-problems.html"""),
    "statement-failed": Page("""\
The login succeeded, and the statement fails.

Why it happens:
- the statement would change something, and the transaction is read-only (SQLSTATE 25006), as it is without --write;
- it holds more than one statement (SQLSTATE 42601), or cannot be run within a transaction (SQLSTATE 25001);
- it names what is not there, or what the role may not use;
- the server is a standby, on which nothing can be changed;
- it took longer than --timeout, and was cancelled: it is slow, or waits for a lock;
- the server, or something on the way, ended the connection under it (SQLSTATE 57P01).

Fix:
- to change something: --write, with one statement;
- one that needs its time: --timeout SECONDS;
- else do what the server's text says.

See for yourself:
    psql "host=NAME user=USER dbname=DATABASE sslmode=verify-full sslrootcert=ROOTS" -c 'STATEMENT'

Sources: https://www.postgresql.org/docs/current/sql-set-transaction.html;
    https://www.postgresql.org/docs/current/errcodes-appendix.html"""),
}
