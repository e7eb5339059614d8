"""Every client whose texts are understood, the most special first: a tool before the driver that it uses.

To add one: a module with its marks, signs and fixes, and its line here. What several share is a layer: a TLS library,
the operating system, the server; layers stand last, and name the client only when nothing else does.
"""

from __future__ import annotations

from azpg_tls.clients import (
    bun,
    deno,
    django,
    epgsql,
    erlang_ssl,
    gnutls,
    gssapi,
    libpq,
    node_postgres,
    node_tls,
    nss,
    openssl,
    perl,
    pgadmin,
    pgloader,
    pgmoon,
    php,
    postgrex,
    prisma,
    psycopg,
    ruby,
    securetransport,
    server,
    sqlalchemy,
    system,
    vscode_pgsql,
)

CLIENTS = (
    vscode_pgsql.VSCODE_PGSQL,
    prisma.PRISMA,
    deno.DENO,
    bun.BUN,
    node_postgres.POSTGRES_JS,
    postgrex.POSTGREX,
    epgsql.P1_PGSQL,
    epgsql.EPGSQL,
    pgmoon.PGMOON,
    pgadmin.PGADMIN,
    pgloader.PGLOADER,
    django.DJANGO,
    sqlalchemy.SQLALCHEMY,
    psycopg.PSYCOPG,
    ruby.RUBY_PG,
    php.PHP_PDO,
    php.PHP_PGSQL,
    perl.DBD_PG,
    libpq.PSQL,
    libpq.LIBPQ,
    node_postgres.NODE_POSTGRES,
    node_tls.NODE_TLS,
    erlang_ssl.ERLANG_SSL,
    openssl.OPENSSL,
    gnutls.GNUTLS,
    nss.NSS,
    securetransport.SECURE_TRANSPORT,
    gssapi.GSSAPI,
    server.SERVER,
    system.SYSTEM,
)
BY_NAME = {name: client for client in CLIENTS for name in (client.name, *client.aliases)}

# What shows through in every client's texts: the server's own words, and the system's.
COMMON = (server.SERVER.name, system.SYSTEM.name)
