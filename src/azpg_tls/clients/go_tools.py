"""Tools in Go that have settings of their own above pgx or lib/pq.

Sources: grafana.com/docs (database section of grafana.ini), registry.terraform.io/providers/cyrilgdn/postgresql (its
provider block; Pulumi's is made from it), github.com/golang-migrate/migrate.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client

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
