"""Tools in Go that have settings of their own above pgx or lib/pq.

Sources: grafana.com/docs (database section of grafana.ini), registry.terraform.io/providers/cyrilgdn/postgresql (its
provider block; Pulumi's is made from it), github.com/golang-migrate/migrate; temporalio/temporal
(common/persistence/sql, tools/sql); GoogleCloudPlatform/cloud-sql-proxy 1 and 2 with cloud-sql-go-connector (errtype,
internal/cloudsql).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_PROVIDER = (
    (
        'In provider "postgresql": sslmode = "verify-full" and sslrootcert = "ROOTS" (Pulumi: sslMode, sslRootCert), '
        'with host = "HOST".'
    ),
)

TERRAFORM = Client(
    "terraform",
    "Terraform's and Pulumi's PostgreSQL provider",
    marks=(
        r"Error connecting to PostgreSQL server",
        r"error detecting capabilities",
        r"could not start transaction: ",
        r"error PostgreSQL version: ",
        r"provider(?:\[|\W{1,3}registry\.terraform\.io)?\W{0,80}cyrilgdn/postgresql",
    ),
    over=("lib-pq",),
    fixes={
        "tls-required": _PROVIDER,
        "unknown-issuer": (
            *_PROVIDER,
            "scheme awspostgres verifies whatever sslmode says; for Azure: scheme postgres.",
        ),
        "root-store-outdated": _PROVIDER,
        "hostname-mismatch": _PROVIDER,
        "sslmode-invalid": _PROVIDER,
        "tcp-refused": (
            (
                "Give the provider a host that is known when it is configured: host = "
                "azurerm_postgresql_flexible_server.SERVER.fqdn; an empty one means 127.0.0.1."
            ),
        ),
        "entra-token-malformed": (
            "azure_identity_auth = true and azure_tenant_id, with the principal's name as username; superuser = false.",
        ),
        "password-rejected": (
            "On a flexible server the username is the plain one; with Entra ID: azure_identity_auth = true.",
        ),
    },
    aliases=("pulumi",),
)

_GRAFANA = (
    (
        "In [database] of grafana.ini: ssl_mode = verify-full, ca_cert_path = ROOTS, server_cert_name = HOST; or "
        "GF_DATABASE_SSL_MODE and GF_DATABASE_CA_CERT_PATH. With url, ssl_mode stands there as ?sslmode=…."
    ),
    "For a data source: TLS/SSL Mode verify-full, and the roots as TLS/SSL Root Certificate.",
)

GRAFANA = Client(
    "grafana",
    "Grafana",
    marks=(r"logger=sqlstore", r"\bgrafana\b", r"initialize orm engine"),
    over=("lib-pq", "pgx"),
    fixes={"tls-required": _GRAFANA, "unknown-issuer": _GRAFANA, "root-store-outdated": _GRAFANA},
)

_MIGRATE = ('migrate -database "postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS" -path … up',)

MIGRATE = Client(
    "golang-migrate",
    "golang-migrate",
    marks=(r"golang-migrate", r"\bmigrate -(?:database|path|source)\b"),
    over=("lib-pq", "pgx"),
    fixes={"tls-required": _MIGRATE, "unknown-issuer": _MIGRATE, "sslmode-invalid": _MIGRATE},
    aliases=("migrate",),
)

_TEMPORAL = (
    (
        "For the server: SQL_TLS_ENABLED=true, SQL_CA=ROOTS, SQL_HOST_VERIFICATION=true, SQL_HOST_NAME=HOST (in its "
        "configuration: tls of the datastore)."
    ),
    "temporal-sql-tool --tls --tls-ca-file ROOTS --tls-enable-host-verification --tls-server-name HOST …",
)

TEMPORAL = Client(
    "temporal",
    "Temporal",
    marks=(r"\btemporal-sql-tool\b", r"go\.temporal\.io/", r"sql schema version compatibility check failed"),
    over=("lib-pq", "pgx"),
    signs=(
        sign(
            r"no usable database connection found",
            possible("tls-required", "The server may demand TLS; the cause is on a line before: unable to refresh."),
            possible("tcp-refused", "Nothing may listen there."),
            possible("password-rejected", "The password may be wrong."),
            possible("dns-failure", "The host's name may have no address."),
            possible("root-file-permissions", "The key's file may be readable by others."),
        ),
    ),
    fixes={"tls-required": _TEMPORAL, "unknown-issuer": _TEMPORAL, "hostname-mismatch": _TEMPORAL},
)

_CLOUD_SQL_ROLE = (
    "The proxy's account needs the role Cloud SQL Client (roles/cloudsql.client) and the Cloud SQL Admin API.",
)

CLOUD_SQL_PROXY = Client(
    "cloud-sql-proxy",
    "the Cloud SQL Auth Proxy",
    marks=(
        r"\bcloud[-_]sql[-_]proxy\b",
        r"\bcloudsqlconn\b",
        r"\(connection name = ",
        r"\bephemeral certificate\b",
        r"Instance [\w.:-]{5,130}:[\w-]{1,100} closed connection",
    ),
    over=("go-tls", "go-x509", "go-net"),
    signs=(
        sign(
            r"handshake failed \(connection name = .{0,300}?: context deadline exceeded",
            likely("handshake-timeout", "The instance took the connection, and the handshake did not end in time."),
            likely("tcp-timeout", "A firewall may drop what is sent to port 3307."),
        ),
        sign(
            r"(?:failed to dial|dial error) \(connection name = .{0,300}?: context deadline exceeded",
            likely("tcp-timeout", "The instance did not answer on port 3307: a firewall, or a private address."),
            possible("handshake-timeout", "The handshake may not have ended in time."),
        ),
        sign(
            r"Instance [\w.:-]{5,130}:[\w-]{1,100} closed connection",
            possible("handshake-closed", "The instance ended the connection: often its own log has a refused login."),
            possible("closed-after-tls", "It may have been restarted, or have ended an idle connection."),
            possible("closed-before-tls", "What connects to the proxy may close without a login, as a check does."),
        ),
        sign(
            r"ephemeral certificate expires too soon",
            likely("clock-skew", "The certificate was fetched for an hour, and looks almost over: see the clock."),
            possible("expired", "The proxy slept (no CPU) past the time at which it renews its certificate."),
            possible("client-library-bug", "Versions 1.19 renewed it in a loop: update the proxy."),
        ),
        sign(
            r"instance does not have IP of type",
            likely("tcp-unreachable", "The instance has no address of that kind: see --private-ip and --psc."),
        ),
        sign(
            r"(?:failed to get instance|Refresh error|ephemeral certificate).{0,400}?googleapi: Error 403",
            likely("password-rejected", "The proxy's own account may not use this instance."),
        ),
        sign(
            r"(?:failed to get instance|Refresh error|ephemeral certificate).{0,400}?googleapi: Error 40[49]",
            likely("server-not-ready", "The instance is stopped, being changed, or not there under this name."),
            possible("dns-failure", "The connection name may be misspelt: PROJECT:REGION:INSTANCE."),
        ),
    ),
    fixes={
        "password-rejected": _CLOUD_SQL_ROLE,
        "unknown-issuer": (
            "Update the proxy: instances with a shared or customer-managed CA need version 2.15 or later.",
            "After the server's certificate was rotated, restart the proxy, so that it fetches the new CA.",
        ),
        "tcp-unreachable": ("Start it with --private-ip inside the network, or give the instance a public address.",),
        "clock-skew": ("Set the clock by NTP; update the proxy.",),
    },
)
