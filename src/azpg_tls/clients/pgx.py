"""pgx 3 to 5 with its pgconn and pgxpool: Go's own driver, also below GORM, Ent, sqlc and many tools.

Sources: pgconn/errors.go, config.go and pgconn.go of github.com/jackc/pgx (v5) and github.com/jackc/pgconn (v4). Until
5.5 the text is "failed to connect to `host=… user=… database=…`: STEP (CAUSE)", since then "failed to connect to
`user=… database=…`:" with a line for each address and attempt.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_SETTINGS = (certain("sslmode-invalid", "pgx refuses this combination of settings before it connects."),)
_KEY = (
    likely("root-file-format", "pgx cannot read the client's certificate or key."),
    possible("root-file-missing", "The path may lead to another file than was meant."),
)
_LATE = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-after-tls", "With TLS, pgx had sent its StartupMessage by then."),
    possible("closed-before-tls", "Without TLS, a pooler or firewall may have ended it at once."),
)
_STARTUP = (
    likely("handshake-timeout", "The server did not answer in time; until pgx 5.5 the handshake takes place here."),
    likely("pool-timeout", "The limit of the context may have been used up before."),
    possible("tcp-timeout", "A firewall may drop packets once the connection stands."),
)

_LOGIN_LOST = (
    likely("client-library-bug", "The server or pooler does not speak SCRAM as pgx expects it."),
    possible("password-rejected", "What was not understood may be a refusal of the password."),
)
_UNREADABLE = (
    likely("sslmode-invalid", "pgx cannot read the connection string."),
    possible("dns-failure", "Where it reads a part of the password as the host, that name is unknown."),
)

FIXES = {
    "unknown-issuer": (
        'Name the roots in the URL: "postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS".',
        (
            "Look for another CA's file: pgx takes ~/.postgresql/root.crt and PGSSLROOTCERT, and verifies even with "
            "sslmode=require."
        ),
    ),
    "root-store-outdated": (
        "Put the roots of today into the file that sslrootcert (or PGSSLROOTCERT) names: sslrootcert=ROOTS.",
        "Without sslrootcert Go takes the system's roots: update ca-certificates in the image.",
    ),
    "missing-intermediate": (
        "Let the server send its intermediates: Go fetches none. sslrootcert=ROOTS has to hold the root.",
    ),
    "hostname-mismatch": (
        ('Connect by the name in the certificate: host=HOST; with an address, set TLSConfig.ServerName = "HOST".'),
        "Behind a private endpoint, use the server's own name, not the privatelink one.",
    ),
    "tls-required": (
        'Ask for TLS in the connection string: "postgres://USER@HOST:PORT/DB?sslmode=verify-full&sslrootcert=ROOTS".',
        "If a ConnConfig is changed by hand, keep its TLSConfig and those of its Fallbacks: nil means plaintext.",
    ),
    "tls-not-offered": (
        "Turn TLS on at the server or the pooler; for a server on the same machine: sslmode=disable.",
        "If the program itself insists on TLS, see its own option or PGSSLMODE.",
    ),
    "sslmode-invalid": (
        "In a URL, percent-encode what is special in user and password (url.QueryEscape); no quotes around the URL.",
        "Use one of disable, allow, prefer, require, verify-ca, verify-full: sslmode=verify-full&sslrootcert=ROOTS.",
        'In a URL the options begin with "?" and are parted by "&"; in a DSN by blanks.',
        "Old pgx with sslmode=require and sslrootcert builds a tls.Config without a name: use verify-full, or update.",
    ),
    "root-file-missing": (
        "Give sslrootcert (or PGSSLROOTCERT) the full path of the file as the process or container sees it: ROOTS.",
    ),
    "root-file-format": (
        "sslrootcert has to be PEM, and so has sslkey: openssl x509 -inform DER -in ROOT.crt -out ROOTS",
    ),
    "cipher-mismatch": (
        "Let the server offer ECDHE with AES-GCM: Go 1.22 no longer offers RSA key exchange, 1.23 no 3DES.",
    ),
    "tls-version-unsupported": ("Let the server offer TLS 1.2 or 1.3: Go since 1.18 offers nothing older.",),
    "client-certificate-required": ("Add the client's certificate: sslcert=client.crt&sslkey=client.key, both.",),
    "entra-token-expired": ("Fetch a token for each connection in pgxpool's BeforeConnect: cfg.Password = token.",),
    "password-rejected": ("Percent-encode the password in a URL, or give it in PGPASSWORD.",),
    "channel-binding-mismatch": ("Connect without the proxy that ends TLS, or set channel_binding=prefer.",),
}

PGX = Client(
    "pgx",
    "pgx",
    marks=(
        r"failed to connect to `",
        r"failed to write startup message",
        r"cannot parse `[^`]{0,2000}`: ",
        r"\bpgconn\b",
        r"jackc/pgx",
        r"\bpgx(?:pool)?\b",
        r"hostname resolving error",
    ),
    over=("go-tls", "go-x509", "go-net"),
    signs=(
        sign(
            r"dial error: dial tcp [^ ]{3,80} connect: [a-z ]{8,30}(?= [^ ]{3,80} \([^)]{1,253}\): (?!dial error))",
            possible("tcp-refused", "One address of the name did not take the connection, the next one did."),
        ),
        sign(
            r"server refused TLS connection",
            likely("tls-not-offered", "The server answered the SSLRequest with something else than S, mostly N."),
            possible(
                "password-rejected", "With sslmode=allow or prefer this is one attempt; the other may have failed so."
            ),
            possible("not-postgres", "pgx says the same of any other answer."),
        ),
        sign(r"sslmode is invalid", *_SETTINGS),
        sign(r"failed to parse as (?:URL|keyword/value|DSN)", *_UNREADABLE),
        sign(r"(?:`: |^)invalid (?:port|connect_timeout|target_session_attrs)\b", *_UNREADABLE),
        sign(r"is not in ConnStringAllowedKeys", *_UNREADABLE[:1]),
        sign(r"failed to read service", *_UNREADABLE[:1]),
        sign(r"weak sslmode .{1,20} may not be used with", *_SETTINGS),
        sign(r"sslnegotiation=direct.{1,40}sslmode", *_SETTINGS),
        sign(r"sslnegotiation is invalid", *_SETTINGS),
        sign(
            r'both "sslcert" and "sslkey" are required',
            certain("sslmode-invalid", "One of sslcert and sslkey was given without the other."),
        ),
        sign(
            r"unable to read CA file: open .{1,300}?: (?:no such file|The system cannot find)",
            certain("root-file-missing", "The file that sslrootcert names does not exist."),
        ),
        sign(
            r"unable to read CA file: open .{1,300}?: (?:permission denied|Access is denied)",
            certain("root-file-permissions", "The file that sslrootcert names may not be read."),
        ),
        sign(
            r"unable to read CA file",
            likely("root-file-missing", "The file that sslrootcert names cannot be read."),
            possible("root-file-permissions", "It may be there, and not readable for this user."),
        ),
        sign(
            r"unable to add CA to cert pool",
            certain("root-file-format", "The file that sslrootcert names has no certificate in PEM."),
        ),
        sign(
            r"unable to read (?:sslkey|cert): open .{1,300}?: permission denied",
            certain("root-file-permissions", "The client's certificate or key may not be read."),
        ),
        sign(
            r"unable to read (?:sslkey|cert): ",
            likely("root-file-missing", "The client's certificate or key is not at that path."),
            possible("root-file-permissions", "It may be there, and not readable for this user."),
        ),
        sign(r"unable to load cert: ", *_KEY),
        sign(r"unable to (?:decrypt key|find sslpassword)", *_KEY),
        sign(r"failed to decode sslkey", *_KEY),
        sign(
            r"hostname resolving error",
            likely("dns-failure", "pgx found no address for the server's name."),
        ),
        sign(r"failed to receive message:? \(?(?:unexpected )?EOF", *_LATE),
        sign(r"failed to receive message:? \(?timeout: ", *_STARTUP),
        sign(r"failed to write startup message:? \(?timeout: ", *_STARTUP),
        sign(r"tls error:? \(?timeout: ", *_STARTUP),
        sign(
            r"context already done: context deadline exceeded",
            likely("pool-timeout", "The context was over before pgx had a connection."),
            likely("handshake-timeout", "An attempt before may have used up the time."),
        ),
        sign(
            r"failed to write startup message:? \(?(?:write failed: )?(?:unexpected )?EOF",
            likely("handshake-closed", "Until pgx 5.5 the handshake takes place here: the other side ended it."),
            likely("closed-before-tls", "A firewall, a pooler or a server without TLS may have ended the connection."),
            possible("tls-not-offered", "The server may have no TLS."),
        ),
        sign(
            r"invalid SCRAM server-final-message received from server",
            likely("password-rejected", "Supabase's pooler refuses a wrong password inside SCRAM's last message."),
            possible("client-library-bug", "A pooler may end SCRAM otherwise than pgx expects."),
        ),
        sign(
            r"invalid SCRAM ServerSignature received",
            likely("password-rejected", "What answers does not know this role's password: not the server meant?"),
            possible("client-library-bug", "A pooler may end SCRAM otherwise than pgx expects."),
        ),
        sign(r"invalid SCRAM (?:server-first-message|salt|iteration count|nonce)", *_LOGIN_LOST),
        sign(r"server does not support SCRAM-SHA-256", *_LOGIN_LOST),
        sign(r"expected AuthenticationSASL(?:Continue|Final) message", *_LOGIN_LOST),
        sign(
            r"`: .{0,300}?(?<!but )received unexpected message",
            likely("not-postgres", "What answers does not keep to PostgreSQL's protocol."),
            possible("client-library-bug", "A pooler or an old pgx may be the reason."),
        ),
        sign(
            r"ValidateConnect failed",
            likely("server-not-ready", "target_session_attrs found no server of the kind that is asked for."),
            possible("startup-error", "The query that looks for it may have failed."),
        ),
        sign(
            r"channel binding required but",
            certain("channel-binding-mismatch", "channel_binding=require, and this login cannot be bound to TLS."),
        ),
        sign(
            r"tls error:? \(?(?:unexpected )?EOF",
            likely("closed-before-tls", "The connection was ended after the SSLRequest, or during the handshake."),
            likely("handshake-closed", "It may have been ended during the handshake: since 5.5 that is here too."),
            possible("alpn-mismatch", "With sslnegotiation=direct the server wants ALPN postgresql."),
        ),
    ),
    fixes=FIXES,
    aliases=("pgconn", "pgxpool", "gorm"),
)
