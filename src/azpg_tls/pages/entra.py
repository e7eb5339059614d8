"""Pages of logins with Microsoft Entra ID: the token, and whose it is."""

from __future__ import annotations

from azpg_tls.page import Page

ENTRA: dict[str, Page] = {
    "entra-token-expired": Page("""\
The Entra token has expired, or is not valid yet.

Tokens of users live up to an hour, those of managed identities up to 24 hours. Azure checks them at login only: a
connection that is open stays open.

Why it happens:
- the token was fetched once, when the program started, and is the password of every later connection;
- a pool opens a new connection, or a tool reconnects, after an hour;
- a cache or an environment variable holds an old token;
- this machine's clock is wrong, so that the token looks valid here.

Fix:
- fetch a token for each new connection: azure-identity caches it, and renews it in time;
- Npgsql: UsePeriodicPasswordProvider of NpgsqlDataSourceBuilder; node-postgres: password as an async function;
- pgjdbc: authenticationPluginClassName of azure-identity-extensions; SQLAlchemy: the event do_connect;
- pgx: BeforeConnect of pgxpool.Config; pgAdmin: the field "Password exec command".

See for yourself:
    az account get-access-token --resource-type oss-rdbms --query expiresOn

Sources: https://learn.microsoft.com/azure/postgresql/security/security-entra-concepts;
    https://learn.microsoft.com/azure/postgresql/security/security-entra-configure"""),
    "entra-wrong-audience": Page("""\
The Entra token was issued for another service.

A token names the service that it is for (the claim aud). Azure Database for PostgreSQL takes its own alone:
https://ossrdbms-aad.database.windows.net in the public cloud.

Why it happens:
- the token is for Azure's management, Microsoft Graph or Azure SQL: az account get-access-token without a resource;
- the token is for another cloud: the scope of the public one, sent to a server in China or for the US government;
- Azure Cosmos DB for PostgreSQL has a name of its own: https://token.postgres.cosmos.azure.com;
- a tool's cache gave an old token of another service.

Fix:
- public: https://ossrdbms-aad.database.windows.net/.default as the scope;
- US government: https://ossrdbms-aad.database.usgovcloudapi.net/.default, authority login.microsoftonline.us;
- China: https://ossrdbms-aad.database.chinacloudapi.cn/.default, authority login.partner.microsoftonline.cn;
- with the Azure CLI, which knows its cloud: az account get-access-token --resource-type oss-rdbms;
- azure-identity-extensions for Java: azure.scopes and azure.authorityHost in the URL.

See for yourself:
    az account get-access-token --resource-type oss-rdbms --query tokenType

Sources: https://learn.microsoft.com/azure/postgresql/security/security-entra-configure;
    https://learn.microsoft.com/azure/postgresql/security/security-connect-with-managed-identity"""),
    "entra-wrong-username": Page("""\
The user name of the login does not fit the principal whose token was sent.

The name has to be that of a role which is mapped to the token's principal, and to its kind: user, group or service.

Why it happens:
- a managed identity's or application's token was sent with a role that was created for a user, or the other way
  round;
- no user was given, or the client id in place of the name; names are case-sensitive;
- a guest's name is name_domain#EXT#@TENANT.onmicrosoft.com, not the address;
- a member of a group logs in: without group sync the user is the group's name;
- the principal was deleted and made again: the server compares object ids, not names;
- the name is of single server's form, user@tenant@server.

Fix:
- users: the userPrincipalName, exactly; groups, applications and managed identities: their display name;
- make the role, in database postgres: SELECT * FROM pgaadauth_create_principal('ROLE', false, false);
- by object id, if the name is not unique or has changed:
  SELECT * FROM pgaadauth_create_principal_with_oid('ROLE', 'OBJECT_ID', 'service', false, false);
- see what is mapped: SELECT * FROM pgaadauth_list_principals(false);

See for yourself:
    az ad signed-in-user show --query userPrincipalName

Sources: https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users;
    https://learn.microsoft.com/azure/postgresql/security/security-entra-concepts"""),
    "entra-token-malformed": Page("""\
What was sent as the password is not an Entra token, or did not arrive whole.

A token has three parts with points between, begins with eyJ, and has a thousand characters or several thousand.

Why it happens:
- a password was sent where the role takes a token, or the whole JSON of the CLI, or the word "Bearer" before it;
- quotation marks or a line end came along from a file or a shell;
- something cut it: a prompt, a variable, the Windows Credential Manager (512 bytes), a pooler's limit (pgagroal 256);
- Azure's built-in PgBouncer on port 6432 has refused long tokens of users ("client sent partial pkt in startup
  phase"), while shorter ones of managed identities went through.

Fix:
- export PGPASSWORD="$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)";
- count the characters on both sides: printf %s "$PGPASSWORD" | wc -c;
- through PgBouncer: try port 5432; use a managed identity, or a user in fewer groups, whose token is shorter;
- get another token: one for the right resource has the claim oid.

See for yourself:
    printf %s "$PGPASSWORD" | tr -cd . | wc -c   # 2

Sources: https://learn.microsoft.com/azure/postgresql/security/security-entra-configure;
    https://github.com/pgbouncer/pgbouncer/issues/874"""),
}
