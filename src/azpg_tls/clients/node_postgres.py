"""node-postgres (pg, pg-pool, pg-connection-string, pg-native) and what is built on it.

Sequelize, TypeORM, Knex, Drizzle, MikroORM, pg-promise, and the tools on top of those pass on the driver's error, with
a class name of their own. Sources: lib/client.js, connection.js, connection-parameters.js and crypto/sasl.js of pg 7.18
to 8.23, pg-pool 3.14 index.js, pg-connection-string 2.5 to 2.14 index.js; sequelize 6.37 dialects/postgres, knex 3.3
lib/client.js; https://node-postgres.com/features/ssl.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.node_tls import MARKS as NODE_MARKS
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import on_azure

_CA = "Give the driver the roots: `ssl: { ca: fs.readFileSync('ROOTS', 'utf8') }` in the Client's or Pool's config."
_URL = (
    "Take sslmode, sslrootcert, sslcert and sslkey out of the connection string if you give `ssl`: any of them in it "
    "makes node-postgres drop the whole `ssl` object."
)
ENVIRONMENT = "A program whose config you cannot change: start it with NODE_EXTRA_CA_CERTS=ROOTS."
_TOOLS = (
    "Sequelize: `dialectOptions: { ssl: { ca: fs.readFileSync('ROOTS', 'utf8') } }`",
    "TypeORM: `ssl: { ca: fs.readFileSync('ROOTS', 'utf8') }`",
    "Knex, Strapi: `connection: { ssl: { ca: fs.readFileSync('ROOTS', 'utf8') } }`",
    "MikroORM: `driverOptions: { connection: { ssl: { ca: fs.readFileSync('ROOTS', 'utf8') } } }`",
)
NAME = "Connect to the name that the certificate holds; for Azure the server's own, under postgres.database.azure.com."
_CLIENT_CERTIFICATE = (
    "Give both: `ssl: { cert: fs.readFileSync('client.crt'), key: fs.readFileSync('client.key'), ca: … }`.",
    "Put the intermediates of the client certificate into the same file, after it.",
    "Azure Database for PostgreSQL takes no client certificates: there another server or a proxy asks for one.",
)

FIXES = {
    "unknown-issuer": (_CA, _URL, ENVIRONMENT, *_TOOLS),
    "root-store-outdated": (
        _CA,
        (
            "`ssl.ca` replaces Node's own list: put every root into that file that Azure uses, as `azpg-tls bundle "
            "path` has."
        ),
        _URL,
    ),
    "self-signed": (
        (
            "Give the server a certificate of a CA, or trust exactly this one: `ssl: { ca: "
            "fs.readFileSync('server.crt', 'utf8') }`."
        ),
        _URL,
        *_TOOLS,
    ),
    "missing-intermediate": (
        "Have the server send its whole chain (ssl_cert_file: the certificate, then its intermediates).",
        "Until then put the intermediate beside the root in the file for `ssl.ca`.",
    ),
    "tls-intercepted": (
        (
            "Except PostgreSQL's port from inspection, or trust the product's root too: "
            "NODE_EXTRA_CA_CERTS=inspection-root.pem."
        ),
    ),
    "hostname-mismatch": (
        NAME,
        (
            "For an address or a tunnel: `ssl: { ca: …, servername: 'CERTIFICATE_NAME' }`, with the name from the "
            "certificate."
        ),
    ),
    "ip-address-target": (NAME, "Or give the certificate's name: `ssl: { ca: …, servername: 'CERTIFICATE_NAME' }`."),
    "client-library-bug": (
        "Update pg: since 8.23.1 it hands an address to Node's check; before that only `ssl.servername` can.",
        "Until then: `ssl: { ca: …, servername: 'CERTIFICATE_NAME' }`, or connect to a name.",
    ),
    "tls-required": (
        "Switch TLS on: `ssl: { ca: fs.readFileSync('ROOTS', 'utf8') }`, or `?sslmode=verify-full&sslrootcert=ROOTS`.",
        "Through the environment: PGSSLMODE=verify-full, with NODE_EXTRA_CA_CERTS=ROOTS.",
        *_TOOLS,
    ),
    "client-without-tls": (
        "See that the setting reaches pg: `ssl` has to be in the config of the Client or Pool itself.",
        *_TOOLS,
    ),
    "tls-not-offered": (
        "See that the host is the right one: pg knows no PGHOSTADDR and goes to localhost if it was given no host.",
        (
            "Switch TLS on at the server (ssl = on); a connection to a pooler on the same machine can go without: "
            "`ssl: false`."
        ),
    ),
    "root-file-missing": (
        "Give an absolute path, `fs.readFileSync('ROOTS', 'utf8')`; in a container the file has to be in the image.",
        "`azpg-tls bundle path` names a file with Azure's roots.",
    ),
    "root-file-format": (
        "`ssl.ca` is the certificate's text, not its path: `fs.readFileSync('ROOTS', 'utf8')`.",
        "From a variable: put the line ends back, `process.env.PG_CA.replace(/\\\\n/g, '\\n')`.",
        "A DER file (.crt, .cer) has to become PEM: `openssl x509 -inform der -in root.crt -out root.pem`.",
    ),
    "root-file-permissions": ("Let the user that runs Node read the file, and its directories.",),
    "sslmode-invalid": (
        (
            "pg-connection-string knows sslmode disable, prefer, require, verify-ca, verify-full and no-verify; "
            "write verify-full."
        ),
        "uselibpqcompat=true gives libpq's meanings; then verify-ca needs sslrootcert.",
        "Encode user and password in a URL with encodeURIComponent: a % by itself, #, /, ? and @ spoil it.",
    ),
    "expired": ("Renew the server's certificate. If only an old root has expired, update Node, or its `ssl.ca` file.",),
    "client-certificate-required": _CLIENT_CERTIFICATE,
    "alpn-mismatch": ("Leave sslnegotiation=direct out: what answers there does not know ALPN postgresql.",),
    "weak-key": (
        "Give the server a key of 2048 bits or more, and DH parameters of 2048 bits (ssl_dh_params_file).",
        "Until then a cipher list without DHE avoids small DH parameters: `ssl: { ciphers: 'ECDHE+AESGCM', ca: … }`.",
    ),
    "tls-version-unsupported": (
        (
            "Let both sides have TLS 1.2: the server's ssl_min_protocol_version, and `ssl: { minVersion: 'TLSv1.2', "
            "ca: … }`. Node 10 and older have no TLS 1.3."
        ),
    ),
    "pool-timeout": (
        "Look for the driver's own error first: connect with one Client and no pool.",
        "Release every client (client.release()), and set `max` and `connectionTimeoutMillis` to fit the server.",
    ),
    "password-rejected": (
        "See that the password is there and is a string: an undefined environment variable gives none.",
        "A password with # / ? or @ has to be percent-encoded in a URL: encodeURIComponent(password).",
    ),
    "dns-failure": (
        "See that the host has no scheme, port or path in it, and that # and / in the password are percent-encoded.",
    ),
}

# Since Node 17 names are not sorted any more, IPv4 first: https://github.com/nodejs/node/pull/39987.
_HERE = loopback.refused(
    "Name the server: `new Pool({ host: 'SERVER', port: 5432 })`, the URL, or PGHOST; the default is localhost.",
    "For a server on this machine write 127.0.0.1: localhost is ::1 first since Node 17, where it may not listen.",
)
_POOL = (
    likely("pool-timeout", "No connection of the pool became free, or was made, in time."),
    likely("handshake-timeout", "New connections may hang while they are being set up."),
    possible("tcp-timeout", "The server may not be reachable: a firewall drops the packets."),
    possible("client-library-bug", "pg before 8.0.3 hangs on Node 14 and later."),
)
ENDED = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-before-tls", "A firewall, a proxy or a pooler that expects TLS, or none, ends it early."),
    possible("closed-after-tls", "An idle connection of a pool is ended by a firewall or by the server's restart."),
)
_BAD_URL = (
    likely("sslmode-invalid", "The URL cannot be read: what is special in user and password has to be encoded."),
    possible("dns-failure", "Where a part of the password is read as the host, that name is unknown."),
    possible("password-rejected", "Another part of it may be sent as the password."),
)
_NO_PASSWORD = (
    likely("password-rejected", "The server asks for a password, and the driver was given none, or no string."),
    possible("entra-token-malformed", "A token that could not be fetched may be undefined.", on_azure),
)
_BINDING = (
    likely("channel-binding-mismatch", "The driver could not bind the login to the server's certificate."),
    likely("client-library-bug", "Versions of pg and other runtimes do not know every certificate's signature."),
)

NODE_POSTGRES = Client(
    "node-postgres",
    "node-postgres",
    marks=(
        r"node_modules[\\/](?:\.pnpm[\\/][^ ]{0,80}?)?pg(?:-pool|-protocol|-native|-connection-string|-promise)?[\\/@]",
        *(rf"\b{name}\b" for name in ("node-postgres", "pg-promise", "pg-pool", "pg-protocol", "pg-native", "pg-boss")),
        r"\bpg-connection-string\b",
        r"\bSequelize\w{0,40}Error\b",
        *(rf"\b{name}\b" for name in ("TypeORM", "TypeOrmModule", "QueryFailedError", "Knex", "KnexTimeoutError")),
        *(rf"\b{name}\b" for name in ("DrizzleQueryError", "drizzle-kit", "MikroORM", "PostGraphile")),
        *(rf"\b{name}\b" for name in ("Strapi", "Directus", "NocoDB", "n8n")),
        r"DB_POSTGRESDB_",
        r"cannot connect to Postgres(?:\. Details)?: ",
        r"\bPGClient @",
        *NODE_MARKS,
        r"SASL: SCRAM-SERVER-",
        r"\bAggregateError\b",
    ),
    over=("node-tls", "libpq"),
    signs=(
        sign(
            r"The server does not support SSL connections",
            certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(
            r"There was an error establishing an SSL connection",
            likely("not-postgres", "The first answer was neither S nor N: another service may listen there."),
            likely("server-error-before-tls", "The server may have answered with an error, such as that it is full."),
            possible("plaintext-injection", "Bytes may have followed the S."),
        ),
        sign(r"Connection terminated unexpectedly", *ENDED),
        sign(r"Connection terminated(?! (?:unexpectedly|due))", *ENDED),
        sign(
            r"Client (?:has encountered a connection error|was closed) and is not queryable",
            likely("closed-after-tls", "The connection was ended before this query: see the error before it."),
            possible("pool-timeout", "The client may have been released, or ended, while it was in use."),
        ),
        sign(
            r"Error: received invalid response: (?P<byte>[0-9a-f]{1,2})\b",
            likely("not-postgres", "The answer began with byte {byte}, which no message of PostgreSQL does."),
            likely("client-library-bug", "Two users of one socket, or a bundler's mix of versions, garble it."),
        ),
        sign(
            r"unsupported frontend protocol 1234\.5679\b.{0,600}?\bpg[\\/]lib\b",
            likely("client-library-bug", "The driver sent the SSLRequest a second time, as pg 7.18.0 did: update it."),
            possible("not-postgres", "What answers may be a proxy that does not know PostgreSQL's TLS."),
            possible("direct-tls-unsupported", "The request may have come inside TLS that had begun already."),
        ),
        sign(
            r"SASL: Last message was not",
            likely("client-library-bug", "The login got out of step: the connection was used twice, or by a pooler."),
        ),
        sign(
            r"CloudflareSocket is not a constructor",
            certain("client-library-bug", "This pg is too old for the bundler: Workers need pg 8.16.3 or later."),
        ),
        sign(r"terminated due to connection timeout", *_POOL),
        sign(r"timeout exceeded when trying to connect", *_POOL),
        sign(
            r"Error: timeout expired",
            likely("handshake-timeout", "The connection was not set up within connectionTimeoutMillis."),
            likely("tcp-timeout", "The server may not be reachable: a firewall drops the packets."),
            possible("pool-timeout", "The process may have been too busy to answer."),
        ),
        sign(r"client password must be a (?:non-empty )?string", *_NO_PASSWORD),
        sign(
            r"SCRAM-SERVER-FINAL-MESSAGE: server signature (?:is missing|does not match)",
            likely(
                "client-library-bug", "The login's last message was not understood: an old pg, or a pooler between."
            ),
            possible("password-rejected", "The server that answers may not know the password."),
            possible("channel-binding-mismatch", "Something between may have changed the login."),
        ),
        sign(
            r"SCRAM-SERVER-(?:FIRST|FINAL)-MESSAGE: (?!client password|server signature)",
            likely("client-library-bug", "A message of the login was not understood: an old pg, or a pooler between."),
        ),
        sign(r"SASL: Only mechanism", *_BINDING),
        sign(r"SASL channel binding: ", *_BINDING),
        sign(r"Mechanism SCRAM-SHA-256-PLUS requires a certificate", *_BINDING),
        sign(
            r"Unknown authenticationOk message type",
            likely("client-library-bug", "This pg is older than 7.9 and does not know SCRAM-SHA-256."),
            possible("password-rejected", "The server asks for a way to log in that the driver does not have."),
        ),
        sign(
            r"SSL modes 'prefer', 'require', and 'verify-ca' are treated as aliases",
            possible("sslmode-invalid", "A warning: node-postgres verifies with this sslmode, as with verify-full."),
            possible(
                "unknown-issuer", "With a private CA that verification fails where libpq's require does not verify."
            ),
        ),
        sign(
            r"Using sslmode=verify-ca requires specifying a CA",
            certain("root-file-missing", "With uselibpqcompat, sslmode=verify-ca needs sslrootcert."),
        ),
        sign(
            r"Both useLibpqCompat and uselibpqcompat are set",
            certain("sslmode-invalid", "The option is given twice, in two spellings."),
        ),
        sign(
            r"Invalid sslnegotiation value",
            certain("sslmode-invalid", "sslnegotiation is postgres or direct."),
        ),
        sign(
            r"sslnegotiation=direct requires SSL to be enabled",
            certain("sslmode-invalid", "sslnegotiation=direct was asked for while TLS is off."),
        ),
        sign(
            r"Cannot find module 'pg-native'",
            likely("client-library-bug", "libpq's binding is not installed; the JavaScript driver does not need it."),
        ),
        sign(
            r"SequelizeConnectionTimedOutError.{0,60}?Connection timed out",
            likely("handshake-closed", "Sequelize says so if the connection ended before the login was over."),
            likely("closed-before-tls", "A firewall or pooler may have ended it early."),
            possible("tcp-timeout", "The server may not be reachable."),
        ),
        sign(r"SequelizeConnectionAcquireTimeoutError", *_POOL),
        sign(r"Timeout acquiring a connection\. The pool is probably full", *_POOL),
        sign(r"Could not establish database connection within the configured timeout", *_POOL),
        sign(
            r"MikroORM failed to connect to database",
            possible("tcp-refused", "MikroORM up to 5 hides the driver's error: set debug: true, or connect with pg."),
            possible("password-rejected", "The password may be wrong."),
            possible("tls-required", "The server may demand TLS: driverOptions.connection.ssl."),
            possible("dns-failure", "The host's name may have no address."),
        ),
        sign(
            r"Please install pg package manually",
            likely("client-library-bug", "Sequelize finds no pg: install it, or name it in dialectModule (bundlers)."),
        ),
        sign(
            r"Can't resolve 'pg-native'",
            likely("client-library-bug", "A bundler follows pg's optional binding: mark pg-native as external."),
        ),
        sign(
            r"net\.Socket is not a constructor",
            certain("client-library-bug", "The bundler has replaced Node's net module: pg needs Node, not a browser."),
        ),
        sign(
            r"ConnectRequest failed unexpectedly without providing any details",
            likely("client-library-bug", "SQLTools lost the driver's error: look into its log (Output, SQLTools)."),
            possible("tls-not-offered", "Its form writes an empty ssl object, which asks for TLS."),
        ),
        sign(r"ERR_INVALID_URL.{0,200}?postgres(?:ql)?:", *_BAD_URL),
        sign(r"URIError: URI malformed", *_BAD_URL),
        sign(r"Cannot read propert(?:y|ies) (?:of undefined \(reading )?'searchParams'", *_BAD_URL),
        sign(
            r"Cannot read properties of undefined \(reading '(?:setTypeParser|Pool|types|native)'",
            likely(
                "client-library-bug", "The module pg is not there, or a bundler has taken it apart: npm install pg."
            ),
        ),
        sign(
            r"connect ENOENT (?P<socket>[^ ]{0,120}\.s\.PGSQL\.\d{1,5})",
            loopback.no_socket(
                loopback.without_host("`new Pool({ host: 'SERVER' })`, postgres://USER@SERVER:5432/DATABASE, or PGHOST")
            ),
        ),
        sign(r"\bECONNREFUSED\b", _HERE),
    ),
    fixes=FIXES,
    aliases=("pg", "sequelize", "typeorm", "knex", "drizzle", "mikro-orm", "pg-promise", "strapi", "nocodb", "n8n"),
)
