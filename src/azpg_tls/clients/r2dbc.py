"""r2dbc-postgresql, the reactive driver of Spring.

Sources: io.r2dbc.postgresql (PostgresqlConnectionFactory) and io.r2dbc.postgresql.client
(AbstractPostgresSSLHandlerAdapter, SSLSessionHandlerAdapter, SSLMode, DefaultHostnameVerifier, ReactorNettyClient) of
0.8 to 1.1.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.sign import certain, likely, possible, sign

_URL = "r2dbc:postgresql://HOST:PORT/DATABASE?sslMode=verify-full&sslRootCert=ROOTS"
_TRUST = (f"Give the driver the roots: {_URL}", 'Or in code: .sslMode(SSLMode.VERIFY_FULL).sslRootCert("ROOTS")')

R2DBC = Client(
    "r2dbc",
    "r2dbc-postgresql",
    marks=(r"\br2dbc\b", r"reactor\.netty\.", r"\[08003\] Cannot connect to"),
    over=("netty", "jsse", "java", "java-pools"),
    signs=(
        sign(
            r"does not start with the r2dbc scheme",
            likely("sslmode-invalid", "The URL is not R2DBC's: r2dbc:postgresql://HOST:PORT/DATABASE."),
        ),
        sign(
            r"Unable to create a ConnectionFactory for 'ConnectionFactoryOptions",
            likely("client-library-bug", "r2dbc-postgresql is not in the class path, or lost META-INF/services."),
            possible("sslmode-invalid", "The driver in the URL may be misspelt: it is postgresql."),
        ),
        sign(
            r"Server support for SSL connection is disabled, but client was configured with SSL mode",
            likely("tls-not-offered", "The server answered the SSLRequest with N, and the settings demand TLS."),
            possible("client-library-bug", "0.8.3 took each sslMode for verify-full; ssl=false has the same effect."),
        ),
        sign(
            r"Server requires SSL handshake, but client was configured with SSL mode DISABLE",
            likely("tls-required", "The server wants TLS, and sslMode is disable."),
        ),
        sign(
            r"Unknown SSLResponse from server: ",
            likely("not-postgres", "The answer to the SSLRequest was neither S nor N."),
            possible("server-error-before-tls", "If it is E, the server or a pooler answered with an error."),
        ),
        sign(
            r"The hostname '[^']{0,260}' could not be verified",
            likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
            possible("no-subject-alternative-name", "It may have no DNS name at all."),
            possible("ip-address-target", "Versions before 1.0 compared the address in place of the name."),
        ),
        sign(
            r"Invalid ssl mode value",
            certain("sslmode-invalid", "sslMode is disable, allow, prefer, require, verify-ca, verify-full or tunnel."),
        ),
        sign(
            r"Cannot connect to \S{1,300}(?::\d{1,5})\b",
            possible("tcp-refused", "The cause below says why: nothing may listen there."),
            possible("dns-failure", "The name may be unknown here."),
            possible("tcp-timeout", "No answer may have come."),
        ),
        sign(r"Connection unexpectedly closed", *CLOSED),
        sign(r"Cannot exchange messages because the connection is closed", *CLOSED),
        sign(
            r"Unable to provide AuthenticationHandler capable of handling",
            likely("client-library-bug", "This version does not know the server's way of login."),
        ),
        sign(
            r"Password must not be null",
            likely("password-rejected", "The server asks for a password or token, and none is set."),
        ),
    ),
    fixes={
        "tls-required": (f"Ask for TLS: {_URL}",),
        **dict.fromkeys(("unknown-issuer", "root-store-outdated", "root-file-missing", "missing-intermediate"), _TRUST),
        "client-library-bug": ("Use org.postgresql:r2dbc-postgresql 1.0 or later.",),
        "hostname-mismatch": ("Connect to a name that the certificate has, not an alias or an address.",),
        "sslmode-invalid": ("sslMode is one of disable, allow, prefer, require, verify-ca, verify-full, tunnel.",),
        "pool-timeout": ("r2dbc-pool: maxAcquireTime, maxSize, and maxIdleTime below 4 minutes on Azure.",),
    },
    aliases=("r2dbc-postgresql",),
)
