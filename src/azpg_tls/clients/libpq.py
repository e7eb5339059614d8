"""libpq, and psql and the other programs that come with it.

Sources: src/interfaces/libpq/fe-connect.c, fe-secure-openssl.c, fe-secure-common.c and fe-auth.c of PostgreSQL 9.6 to
18; the wording before 14 is "could not connect to server: …", since then "connection to server at … failed: …".
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

FIXES = {
    "tls-required": ('Connect with TLS: "host=HOST sslmode=verify-full sslrootcert=ROOTS", or PGSSLMODE=verify-full.',),
    "root-file-missing": (
        "Give libpq the roots: sslrootcert=ROOTS (or PGSSLROOTCERT); for Azure, `azpg-tls bundle path` names the file.",
        "libpq 16 and later can take the system's roots: sslrootcert=system.",
    ),
}

LIBPQ = Client(
    "libpq",
    "libpq",
    over=("openssl",),
    signs=(
        sign(
            r"SSL error: certificate verify failed",
            likely("unknown-issuer", "libpq says so of every chain that it does not trust, mostly an unknown root."),
            possible("root-store-outdated", "The root file may lack the root that the server's chain now ends at."),
            possible("expired", "libpq says the same of an expired certificate."),
            possible("missing-intermediate", "libpq says the same if the server does not send an intermediate."),
            possible("tls-intercepted", "libpq says the same of a product that inspects TLS."),
            possible("not-yet-valid", "libpq says the same of a certificate whose time has not begun."),
        ),
        sign(
            r'root certificate file "(?P<file>[^"]{1,200})" does not exist',
            certain("root-file-missing", "The settings ask for verification, and there is no file {file}."),
        ),
        sign(
            r'invalid sslmode value: "(?P<value>[^"]{0,60})"',
            certain("sslmode-invalid", "libpq knows no sslmode {value}."),
        ),
        sign(
            r"server certificate for \"[^\"]{0,253}\"(?: \(and \d+ other names?\))? does not match host name",
            certain("hostname-mismatch", "The certificate is for another name than the one connected to."),
        ),
        sign(
            r"server does not support SSL, but SSL was required",
            certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
    ),
    fixes=FIXES,
    aliases=("libpq5",),
)

PSQL = Client(
    "psql",
    "psql and PostgreSQL's other programs",
    marks=(r"\b(?:psql|pg_\w+|createdb|vacuumdb|ysqlsh): (?:error|fatal|warning)?",),
    over=("libpq",),
)
