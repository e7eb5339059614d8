"""Vert.x's PostgreSQL client, which Quarkus and Hibernate Reactive use too.

Sources: io.vertx.pgclient (SslMode), io.vertx.pgclient.impl (PgConnectionFactory, InitiateSslHandler), and
io.vertx.sqlclient.impl (SocketConnectionBase, pool) of 3.8 to 5.0.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.sign import certain, likely, possible, sign

_CODE = (
    (
        "Vert.x 5: options.setSslMode(SslMode.VERIFY_FULL).setSslOptions(new ClientSSLOptions()"
        '.setTrustOptions(new PemTrustOptions().addCertPath("ROOTS")).setHostnameVerificationAlgorithm("HTTPS"))'
    ),
    (
        "Vert.x 4: options.setSslMode(SslMode.VERIFY_FULL)"
        '.setTrustOptions(new PemTrustOptions().addCertPath("ROOTS")).setHostnameVerificationAlgorithm("HTTPS")'
    ),
    (
        "Quarkus: quarkus.datasource.reactive.postgresql.ssl-mode=verify-full, "
        "quarkus.datasource.reactive.trust-certificate-pem=true, "
        "quarkus.datasource.reactive.trust-certificate-pem.certs=ROOTS, "
        "quarkus.datasource.reactive.hostname-verification-algorithm=HTTPS."
    ),
)

VERTX_PG = Client(
    "vertx-pg",
    "Vert.x's PostgreSQL client",
    marks=(r"io\.vertx\.", r"vert\.x-", r"\bPgException\b", r"under verify-full (?:sslmode|or verify-ca)"),
    over=("netty", "jsse", "java", "java-pools"),
    signs=(
        sign(
            r"Cannot parse invalid connection URI: ",
            likely("sslmode-invalid", "The URI cannot be read: a character of the password is not percent-encoded."),
        ),
        sign(
            r"Host(?:name)? verification algorithm must be specified under verify-full",
            certain("sslmode-invalid", "verify-full needs hostnameVerificationAlgorithm HTTPS beside it."),
        ),
        sign(
            r"Trust options must be specified under verify-full or verify-ca",
            likely(
                "root-file-missing", "The options name no roots; sslrootcert in the URI is not read by old versions."
            ),
            likely("sslmode-invalid", "verify-ca and verify-full need trust options beside them."),
        ),
        sign(
            r"Could not find an appropriate SSL mode for the value",
            certain("sslmode-invalid", "The client knows no such sslmode."),
        ),
        sign(
            r"Postgres Server does not handle SSL connection",
            likely("tls-not-offered", "The server answered the SSLRequest with N, and the settings demand TLS."),
            possible("client-library-bug", "Versions of some tools set another mode than they were told."),
        ),
        sign(
            r"Invalid SSL connection message",
            likely("not-postgres", "The answer to the SSLRequest was neither S nor N."),
            possible("server-error-before-tls", "A server or pooler may have answered with an error."),
        ),
        sign(
            r"Exception: SSL handshake failed",
            likely("handshake-closed", "The connection ended during the handshake; the cause below may say why."),
            possible("unknown-issuer", "The client may have refused the server's certificate."),
            possible("client-certificate-required", "The server may have wanted a client certificate."),
        ),
        sign(
            r"Failed to create SSL connection",
            likely("unknown-issuer", "The client did not finish the handshake, mostly for want of the right root."),
            possible("hostname-mismatch", "The name may not match."),
            possible("handshake-closed", "The server may have ended it."),
        ),
        sign(r"Fail(?:ed)? to read any response from the server", *CLOSED),
        sign(r"Connection is not active now, current status: ", *CLOSED),
        sign(
            r"Authentication type .{1,40}? (?:is )?not supported in the (?:client|driver)",
            likely("client-library-bug", "The client is too old for the server's way of login, such as SCRAM."),
        ),
    ),
    fixes={
        **dict.fromkeys(
            (
                "sslmode-invalid",
                "tls-required",
                "unknown-issuer",
                "root-store-outdated",
                "root-file-missing",
                "hostname-mismatch",
            ),
            _CODE,
        ),
        "client-library-bug": (
            "Use the current io.vertx:vertx-pg-client; SCRAM needs com.ongres.scram:client beside.",
        ),
        "closed-after-tls": ("poolOptions.setIdleTimeout(3).setIdleTimeoutUnit(TimeUnit.MINUTES)",),
    },
    aliases=("vertx",),
)
