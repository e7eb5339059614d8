"""What other hosted services and relatives of PostgreSQL say: Neon, Supabase, Amazon RDS, Cloud SQL, CockroachDB.

Sources: neondatabase/neon proxy/src; supabase/supavisor lib/supavisor/client_handler and errors;
docs.aws.amazon.com/AmazonRDS rds-proxy.troubleshooting; cloud.google.com/sql/docs/postgres troubleshooting;
cockroachdb/cockroach pkg/sql/pgwire and pkg/ccl/sqlproxyccl; postgresml/pgcat src/errors.rs, client.rs and auth.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_DEMANDED = (
    likely("tls-required", "The server says that it takes connections with TLS only."),
    possible("client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."),
    possible("client-library-bug", "Versions of some drivers and tools lose the TLS setting on the way."),
)
_NO_SNI = (
    certain(
        "sni-rejected",
        "The service finds the database by the host name in the TLS handshake (SNI), which the client did not send.",
    ),
)
_OTHER_SNI = (
    likely(
        "sni-rejected", "The service could not tell from the host name in the TLS handshake which database is meant."
    ),
    possible("dns-failure", "The name may belong to a database that was deleted or renamed."),
)
_TENANT = (
    likely(
        "role-missing", "The pooler finds the project by the user name, postgres.PROJECT, and knows none of this name."
    ),
    possible("sni-rejected", "The host may be that of another region's pooler than the project's."),
    possible("database-missing", "The project may be paused or deleted."),
)
_AUTH_QUERY = (
    likely("server-not-ready", "The pooler could not look the user up: the database may be down, paused or full."),
    possible("role-missing", "The user may not be there."),
    possible("password-rejected", "The pooler's own login there may have failed."),
)
_SLOW_LOGIN = (likely("handshake-timeout", "The client did not go on with the login in time."),)
_ADDRESS = (likely("no-pg-hba-entry", "The service's list of allowed addresses does not have the client's."),)
_FULL = (likely("too-many-connections", "Every connection that the service allows is in use."),)
_CHECKOUT = (
    likely("pool-timeout", "The service's pooler had no connection to the database free in time."),
    possible("too-many-connections", "Its limit may be too low for the load."),
)
_IAM = (
    likely("password-rejected", "The service did not accept the IAM token as the password."),
    possible("role-missing", "The role may lack the right to sign in with IAM."),
    possible("tls-required", "Tokens are taken with TLS only."),
)
_CLUSTER = (
    likely("sni-rejected", "The shared gateway could not tell which cluster is meant."),
    possible("database-missing", "The cluster's name in the host, the database or options may be wrong."),
)

# https://developers.cloudflare.com/hyperdrive/observability/troubleshooting
_HYPERDRIVE = (
    (2008, "dns-failure", "Hyperdrive found no address for the server's name in public DNS."),
    (2009, "tcp-unreachable", "The name leads to a private address, which Hyperdrive reaches through a Tunnel only."),
    (2010, "tcp-timeout", "Hyperdrive could not reach host and port."),
    (2011, "tcp-refused", "A firewall or the server refuses Hyperdrive's connection."),
    (2012, "tls-not-offered", "The server has no TLS, and Hyperdrive demands it."),
    (2013, "password-rejected", "The user or the password is wrong."),
    (2014, "database-missing", "The server has no such database."),
)

HOSTED = Client(
    "hosted",
    "a hosted PostgreSQL service",
    signs=(
        # Neon
        sign(r"(?:Endpoint|Project) ID is not specified", *_NO_SNI),
        sign(r"upgrade the postgres client library \(libpq\) for SNI support", *_NO_SNI),
        sign(r"Inconsistent project name inferred from SNI", *_OTHER_SNI),
        sign(r"inconsistently formatted with respect to common name", *_OTHER_SNI),
        sign(r"Common name inferred from SNI", *_OTHER_SNI),
        sign(r"unable to accept connection, sni was not received", *_NO_SNI),
        sign(
            r"The requested endpoint could not be found, or you don't have access",
            likely("database-missing", "The service has no such endpoint, or it is not yours."),
            possible("sni-rejected", "The host name may be wrong."),
        ),
        sign(r"This IP address .{0,60}?is not allowed to connect to this endpoint", *_ADDRESS),
        sign(r"Too many connections to this endpoint", *_FULL),
        sign(r"Failed to acquire permit to connect to the database", *_FULL),
        sign(
            r"The endpoint (?:has been|is) disabled",
            likely("server-not-ready", "The endpoint was switched off in the service's console."),
        ),
        sign(
            r"exceeded the (?:compute time|data transfer|active time) quota",
            likely("server-not-ready", "The service has stopped the database until the plan allows more."),
        ),
        sign(
            r"Control plane request failed",
            likely("server-not-ready", "The service could not start the database: see its status page."),
        ),
        sign(
            r"(?:Couldn't connect to|Failed to connect to) compute node",
            likely("server-not-ready", "The service could not start or reach the database behind its proxy."),
        ),
        sign(r"connection is insecure \(try using", *_DEMANDED),
        # Supabase
        sign(
            r"auth_query failed",
            likely("role-missing", "The pooler could not look the user up in the database."),
            possible("password-rejected", "Its own login there may have failed."),
        ),
        sign(r"Tenant or user not found", *_TENANT),
        sign(r"\(ENOTFOUND\) tenant/user", *_TENANT),
        sign(r"no tenant identifier provided", *_TENANT),
        sign(r"(?:Authentication error, reason: .{0,3})?Invalid format for user or db_name", *_TENANT),
        sign(
            r"user not found in the database",
            likely("role-missing", "The pooler found the project, and no such role in its database."),
        ),
        sign(r"\(EAUTHQUERY\) (?!user not found|auth_query failed)", *_AUTH_QUERY),
        sign(r"auth_query connection failed", *_AUTH_QUERY),
        sign(r"authentication query failed", *_AUTH_QUERY),
        sign(
            r"Connection closed when state was authentication",
            likely("password-rejected", "The database behind the pooler refused the pooler's login."),
            likely("database-missing", "It says the same of a database that is not there."),
            possible("role-missing", "The user name may lack the project."),
        ),
        sign(r"\(EAUTHTIMEOUT\)", *_SLOW_LOGIN),
        sign(r"connection failure during authentication", *_SLOW_LOGIN),
        sign(
            r"protocol violation during authentication",
            likely("client-library-bug", "The client and the pooler do not agree on the way to log in."),
            possible("password-rejected", "The password may be missing."),
        ),
        sign(
            r"tenant is banned",
            likely("server-not-ready", "The service has blocked the project: see its console."),
        ),
        sign(
            r"(?:DbHandler|connection to database) (?:exited|closed)\. Check logs",
            likely("closed-after-tls", "The pooler lost its connection to the database."),
            possible("server-not-ready", "The database may be restarting or paused."),
        ),
        sign(
            r"Failed to subscribe to tenant after multiple retries",
            likely("server-not-ready", "The pooler cannot set up a pool for this project now."),
        ),
        sign(r"Pool checkout timeout\. Request was dropped", *_CHECKOUT),
        sign(r"Max pools count reached", *_FULL),
        sign(r"Address not in tenant allow_list", *_ADDRESS),
        sign(r"\(EADDRNOTALLOWED\)", *_ADDRESS),
        sign(r"Max client connections reached", *_FULL),
        sign(r"MaxClientsInSessionMode", *_FULL),
        sign(r"max clients (?:connections )?reached - in session mode", *_FULL),
        sign(r"unable to check out (?:process|connection) from the pool due to timeout", *_CHECKOUT),
        sign(
            r"Circuit breaker open: Too many authentication errors",
            likely("password-rejected", "The pooler refuses for a while after many wrong passwords."),
        ),
        sign(
            r"Authentication error, reason",
            likely("password-rejected", "The pooler or the database behind it refused the login."),
            possible("role-missing", "The user name may lack the project."),
        ),
        sign(
            r"error received from server in SCRAM exchange: Wrong password",
            certain("password-rejected", "The password is wrong."),
        ),
        # Render, Railway and others in the words of their front ends
        sign(r"SSL connection is required(?!\. Please)", *_DEMANDED),
        sign(r"SSL/TLS (?:is )?required", *_DEMANDED),
        sign(r"server requires encryption", *_DEMANDED),
        # Amazon RDS and its proxy
        sign(r"RDS Proxy requires TLS connections", *_DEMANDED),
        sign(r"IAM authentication is allowed only with SSL connections", *_DEMANDED),
        sign(r"IAM authentication failed for (?:the )?(?:role|user)", *_IAM),
        sign(r"The password that was provided for the role", certain("password-rejected", "The password is wrong.")),
        sign(
            r"(?:proxy has no credentials for|no credentials for) the role",
            likely("role-missing", "RDS Proxy has no secret with the password of this role."),
            possible("password-rejected", "The secret may be another role's."),
        ),
        sign(r"Timed-out waiting to acquire database connection", *_CHECKOUT),
        sign(
            r"RDS proxy supports only IAM(?:, | or )",
            likely("password-rejected", "The role or the client uses a method of login that RDS Proxy does not take."),
        ),
        # Google Cloud SQL
        sign(r"Cloud SQL IAM (?:user|service account|group)?.{0,20}?authentication failed", *_IAM),
        sign(
            r"boss::NOT_AUTHORIZED",
            likely("password-rejected", "The identity lacks the role Cloud SQL Client (cloudsql.instances.connect)."),
        ),
        # Cloudflare's Hyperdrive, which tries the database when it is configured
        *(sign(rf"\[code: {number}\]", likely(code, why)) for number, code, why in _HYPERDRIVE),
        sign(
            r"Failed to acquire a connection from the pool",
            likely("pool-timeout", "Hyperdrive's pool had no connection to the database free in time."),
            possible("too-many-connections", "Its limit, or the database's, may be too low for the load."),
        ),
        sign(
            r"Server connection attempt failed: connection_refused",
            likely("tcp-refused", "The server or a firewall refused Hyperdrive's connection."),
        ),
        # CockroachDB and its serverless gateway
        sign(r"node is running secure mode, SSL connection required", *_DEMANDED),
        sign(
            r"must use certificate authentication instead of password authentication",
            likely("client-certificate-required", "This user (root, node) signs in with a client certificate only."),
        ),
        sign(
            r"requested user is .{1,90}?, but certificate is for",
            likely("client-certificate-required", "The client certificate is another user's."),
        ),
        sign(
            r"certificate authentication failed for user [^\"]",
            likely("client-certificate-required", "The client certificate is missing, or another user's."),
        ),
        sign(
            r"no server\.host_based_authentication\.configuration entry",
            likely("no-pg-hba-entry", "No rule of the server lets this address and user in."),
        ),
        sign(
            r"authentication rejected by configuration",
            likely("no-pg-hba-entry", "A rule of the server rejects this address and user."),
        ),
        sign(r"codeParamsRoutingFailed", *_CLUSTER),
        sign(r"codeSNIRoutingFailed", *_CLUSTER),
        sign(r"missing cluster (?:identifier|name in connection string)", *_CLUSTER),
        sign(
            r"codeProxyRefusedConnection",
            likely("no-pg-hba-entry", "The gateway refuses this address: not allowed, or too many failed logins."),
        ),
        sign(
            r"server is not accepting clients",
            likely("server-not-ready", "The node is being drained before it stops: another node takes connections."),
        ),
        # YugabyteDB, where the node makes the connection to the others of its cluster
        sign(
            r"FATAL: {1,2}Failed to use (?:certificate|private key)",
            likely("startup-error", "The node could not set up TLS to the others: see its directory of certificates."),
            possible("root-file-missing", "A file may be missing there."),
            possible("root-file-format", "A file may not be in PEM."),
        ),
        # pgcat and Odyssey, poolers that hosts run
        sign(
            r"No pool configured for database",
            likely("database-missing", "The pooler has no pool for this pair of database and user."),
            possible("role-missing", "The user may be the one that the pool lacks."),
        ),
        sign(
            r"Pool down for database",
            likely("server-not-ready", "pgcat could not connect to any server behind it: its log has the reason."),
            likely("tls-required", "A server that demands TLS refuses pgcat unless server_tls = true."),
            possible("password-rejected", "Its password for the server may be wrong."),
            possible("tcp-refused", "The servers may be down."),
        ),
        sign(
            r"Client auth not possible, no cleartext password set",
            likely("password-rejected", "pgcat.toml has no password for this user, and no auth_query."),
            possible("role-missing", "The user may be misspelt."),
        ),
        sign(
            r"(?<!from the pool - )AllServersDown\b",
            likely("server-not-ready", "pgcat could not connect to any server behind it: its log has the reason."),
            possible("tls-required", "A server that demands TLS refuses pgcat unless server_tls = true."),
            possible("tcp-refused", "The servers may be down."),
        ),
        sign(
            r"could not get connection from the pool",
            likely("pool-timeout", "pgcat has no usable connection to a server."),
            possible("tcp-refused", "All servers behind it may be down."),
        ),
        sign(r"odyssey: .{0,60}?SSL is required", *_DEMANDED),
        sign(r"odyssey: .{0,60}?too many", *_FULL),
        sign(
            r"odyssey: .{0,60}?route for [\"']?[^ ]{1,130} is not found",
            likely("database-missing", "Odyssey has no rule for this database and user."),
            possible("role-missing", "The user may be the one that it lacks."),
        ),
        sign(
            r"odyssey: .{0,60}?(?:failed to (?:get|connect to) remote server|remote server read/write error)",
            likely("pool-timeout", "Odyssey has no working connection to the server behind it."),
            possible("handshake-closed", "The server behind it may have closed the connection."),
            possible("tcp-refused", "The server behind it may be down."),
        ),
    ),
    fixes={
        "sni-rejected": (
            "Use a client that sends SNI: libpq 14 or later (pip install --upgrade psycopg[binary]).",
            "With an old client on Neon: options=endpoint%3DENDPOINT-ID in the URL, the first part of the host name.",
            "Connect by the host name, never by the address: there is no SNI for an address.",
        ),
    },
)
