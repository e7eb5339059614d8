"""libpq, and psql and the other programs that come with it.

Sources: src/interfaces/libpq/fe-connect.c, fe-secure.c, fe-secure-openssl.c, fe-secure-common.c, fe-secure-gssapi.c,
fe-auth.c, fe-auth-scram.c, fe-protocol3.c and fe-misc.c of PostgreSQL 9.6 to 18, and po/ for translations. Before 14
the wording is "could not connect to server: …", since then "connection to server at … failed: …"; the reason of a
failed verification follows since 17.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.libpq_files import FILES
from azpg_tls.clients.libpq_languages import LANGUAGES
from azpg_tls.clients.libpq_login import LOGIN, PG_ISREADY
from azpg_tls.clients.libpq_rest import REST
from azpg_tls.clients.libpq_settings import LOADING, SETTINGS
from azpg_tls.clients.libpq_texts import NEGOTIATION, TLS
from azpg_tls.clients.sign import likely, sign

FIXES = {
    "tls-required": (
        ('Connect with TLS and verify: "host=HOST port=PORT sslmode=verify-full sslrootcert=ROOTS", or PGSSLMODE and '
        "PGSSLROOTCERT."),
        "If a line before it says why TLS failed, put that right: sslmode=prefer only tried again in the clear.",
        "A Unix socket path as host never uses TLS; give host=HOST.",
    ),
    "tls-not-offered": (
        "Check host and port: a pooler or proxy on another port may lack TLS (PgBouncer: client_tls_sslmode).",
        ("On a server of your own: ssl = on in postgresql.conf, with ssl_cert_file and ssl_key_file. Azure always "
         "has it."),
    ),
    "unknown-issuer": (
        "Name the roots: sslrootcert=ROOTS with sslmode=verify-full; `azpg-tls bundle path` names the file for Azure.",
        "libpq 16 and later can take the system's roots: sslrootcert=system (a container needs ca-certificates).",
        ("If sslmode=require verifies unasked, a root file lies at ~/.postgresql/root.crt "
         "(%APPDATA%\\postgresql\\root.crt on Windows): replace its contents with the roots of the server."),
    ),
    "root-store-outdated": (
        ("Replace the file that sslrootcert names with ROOTS (`azpg-tls bundle path`): it has DigiCert Global Root "
         "G2 and Microsoft RSA Root CA 2017."),
        "Look for old files too: ~/.postgresql/root.crt is read even with sslmode=require.",
    ),
    "missing-intermediate": (
        "On a server of your own: put the intermediates behind the certificate in ssl_cert_file.",
        "Do not add the intermediate to sslrootcert: it changes without notice. Add its root.",
    ),
    "self-signed": (
        "Copy the server's certificate, check its fingerprint another way, and give it as sslrootcert=FILE.",
        "If sslmode=require fails so, ~/.postgresql/root.crt exists: libpq then verifies as with verify-ca.",
        "Azure's certificates are never self-signed: then something else answered.",
    ),
    "expired": (
        "If the server sent the alert (\"sslv3 alert certificate expired\"), renew the file that sslcert names.",
        "Otherwise renew the server's certificate, or take expired roots out of the file that sslrootcert names.",
    ),
    "hostname-mismatch": (
        "Connect to a name that is in the certificate: host=SERVER, and the address, if need be, as hostaddr=ADDRESS.",
        ("For Azure that is the server's own name (….postgres.database.azure.com), behind a private endpoint too: "
         "let DNS resolve it privately."),
    ),
    "ip-address-target": (
        "Give a name that is in the certificate as host=SERVER, and the address beside it as hostaddr=ADDRESS.",
    ),
    "root-file-missing": (
        "Give libpq the roots: sslrootcert=ROOTS (or PGSSLROOTCERT); for Azure, `azpg-tls bundle path` names the file.",
        "libpq 16 and later can take the system's roots: sslrootcert=system.",
        "For a client certificate, sslcert and sslkey name the two files; sslcert= alone does not imply sslkey.",
    ),
    "root-file-format": (
        "sslrootcert, sslcert and sslkey take PEM files (-----BEGIN …); convert with `openssl x509 -inform der -in F`.",
        ("Check that certificate and key belong together: `openssl x509 -noout -pubkey -in CRT` and `openssl pkey "
         "-pubout -in KEY` print the same."),
    ),
    "root-file-permissions": (
        ("chmod 0600 the file that sslkey names, owned by the user that connects (0640 if root owns it, libpq 14 and "
         "later)."),
        ("If libpq reaches for ~/.postgresql of another user, set HOME to the user's own, or sslcert and sslkey to "
         "files that may be read; if no client certificate is needed, sslcertmode=disable (libpq 16), or "
         "PGSSLCERT=/none."),
        "Kubernetes: defaultMode: 0640 with fsGroup, or copy the key in an init container.",
    ),
    "client-certificate-required": (
        "Give the certificate and its key: sslcert=FILE sslkey=FILE (PGSSLCERT, PGSSLKEY).",
        ("If none is meant to be sent, libpq finds ~/.postgresql/postgresql.crt by itself: sslcertmode=disable "
         "(libpq 16), or move it away."),
    ),
    "sslmode-invalid": (
        "sslmode takes disable, allow, prefer, require, verify-ca, verify-full, in lower case; take verify-full.",
        ("Options that libpq does not know make the whole string invalid: `psql --version` shows how old it is "
        "(sslnegotiation: 17, require_auth and sslcertmode: 16, sslrootcert=system: 16, gssencmode: 12)."),
        "In a URL the options follow ?, with & between, and special characters are percent-encoded.",
    ),
    "tls-version-unsupported": (
        "Azure takes TLS 1.2 and 1.3: use a libpq with OpenSSL 1.0.1 or later; 1.1.1 for TLS 1.3.",
        "Take limits out: ssl_min_protocol_version and ssl_max_protocol_version, and MinProtocol in openssl.cnf.",
    ),
    "alpn-mismatch": (
        ("libpq 17 always offers ALPN postgresql: let the proxy allow it (Traefik: tls.options alpnProtocols: "
         "postgresql) or pass TLS through."),
    ),
    "direct-tls-unsupported": (
        "Take sslnegotiation=direct out (the default is postgres): servers before 17 and many proxies want SSLRequest.",
    ),
    "sni-rejected": (
        ("Use libpq 14 or later, which sends the server name (SNI), and a host name, no address; sslsni=1 is the "
         "default."),
    ),
    "gssenc-interference": ("Switch GSSAPI encryption off: gssencmode=disable (PGGSSENCMODE=disable).",),
    "channel-binding-mismatch": (
        "Something between ends TLS: connect to the server itself, or take channel_binding=require out.",
    ),
    "client-without-tls": (
        "Use a libpq that is built with OpenSSL (configure --with-ssl=openssl); distributions' packages are.",
    ),
    "client-library-bug": (
        "Update libpq (10 and later know SCRAM), and rebuild or reinstall what is linked with it.",
        "Look which libpq is loaded: `ldd`, `otool -L` or a list of loaded DLLs; an older one may come first.",
    ),
    "not-postgres": ("Check host and port (PGHOST, PGPORT): what answers there is no PostgreSQL.",),
    "handshake-closed": (
        "For idle connections: keepalives=1 keepalives_idle=60, and a pool that tests or ages its connections.",
        "For new ones: look at proxies, poolers and firewalls between, and at the server's log.",
    ),
    "fork-shared-connection": ("Open connections after fork, one for each process; close those that were inherited.",),
    "weak-key": (("Renew the server's certificate with RSA 2048 or larger, or EC P-256; "
    "ssl_dh_params_file with 2048 bits."),),
    "weak-signature": ("Renew the certificate with a SHA-256 signature; client certificates (sslcert) too.",),
}  # fmt: skip

LIBPQ = Client(
    "libpq",
    "libpq",
    marks=(
        r"connection to server (?:at|on socket) \"[^\"]{1,253}\".{0,60}? failed: ",
        r"Is the server running (?:on|locally)",
    ),
    over=("openssl", "gssapi"),
    signs=(*FILES, *NEGOTIATION, *TLS, *SETTINGS, *LOGIN, *LOADING, *REST, *LANGUAGES),
    fixes=FIXES,
    aliases=("libpq5",),
)

PSQL = Client(
    "psql",
    "psql and PostgreSQL's other programs",
    marks=(
        (
            r"\b(?:psql|pg_\w+|createdb|dropdb|createuser|vacuumdb|reindexdb|clusterdb|pgbench|ysqlsh): "
            r"(?:error|fatal|warning)?"
        ),
    ),
    over=("libpq",),
    signs=(
        *PG_ISREADY,
        sign(
            r'extra command-line argument "(?P<option>host|hostaddr|port|dbname|user|password|ssl\w{2,30})=',
            likely("sslmode-invalid", 'psql takes a connection string as one argument: psql "host=… {option}=…".'),
        ),
    ),
)
