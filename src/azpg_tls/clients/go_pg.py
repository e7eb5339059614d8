"""go-pg, and Bun's pgdriver after it: drivers in Go whose URLs know few options.

Sources: options.go and messages.go of github.com/go-pg/pg v9 and v10; driver/pgdriver of github.com/uptrace/bun 1.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_TLS = (
    (
        'Give pg.Options (pgdriver: WithTLSConfig) a TLSConfig: &tls.Config{ServerName: "HOST", RootCAs: pool}, '
        "with the certificates of ROOTS in the pool (AppendCertsFromPEM)."
    ),
)

GO_PG = Client(
    "go-pg",
    "go-pg and Bun's pgdriver",
    marks=(
        r"(?:^|[^\w])pg: (?:SSL|sslmode|options|can't|network)",
        r"(?:^|[^\w])pgdriver: ",
        r"github\.com/go-pg/pg",
    ),
    over=("go-tls", "go-x509", "go-net"),
    signs=(
        sign(
            r"(?:pg|pgdriver): SSL is not enabled on the server",
            likely("tls-not-offered", "The server answered the SSLRequest with something else than S, mostly N."),
            possible("not-postgres", "go-pg says the same of any other answer."),
        ),
        sign(
            r"sslmode '(?P<mode>[\w-]{0,40})' is not supported",
            certain("sslmode-invalid", "go-pg's URLs do not know sslmode {mode}."),
        ),
        sign(
            r"pg: options other than ",
            likely("sslmode-invalid", "go-pg's URLs know sslmode and application_name alone, no sslrootcert."),
        ),
    ),
    fixes={
        "sslmode-invalid": _TLS,
        "unknown-issuer": _TLS,
        "tls-required": _TLS,
        "hostname-mismatch": _TLS,
        "tls-not-offered": ("Turn TLS on at the server; for one on the same machine: sslmode=disable in the URL.",),
    },
    aliases=("pgdriver",),
)
