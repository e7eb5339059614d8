r"""PHP's two ways to libpq, PDO and pgsql, and Laravel and Doctrine on PDO.

Sources: ext/pdo_pgsql/pgsql_driver.c ("SQLSTATE[08006] [7] …") and ext/pgsql/pgsql.c of PHP 7 and 8;
Illuminate\\Database\\Connectors\\PostgresConnector of Laravel; Driver\\PDO\\PgSQL of Doctrine DBAL.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import likely, possible, sign

# One for each framework, what is to be copied at the end.
_SETTINGS = (
    'PDO: new PDO("pgsql:host=HOST;port=PORT;dbname=DB;sslmode=verify-full;sslrootcert=ROOTS", $user, $password)',
    "Laravel, pgsql in config/database.php: 'sslmode' => 'verify-full', 'sslrootcert' => 'ROOTS',",
    "Doctrine, beside driver: pdo_pgsql (Symfony: dbal, connections): { sslmode: verify-full, sslrootcert: ROOTS }",
)
_CONNECT = 'pg_connect("host=HOST port=PORT dbname=DB sslmode=verify-full sslrootcert=ROOTS")'
_NO_DRIVER = (
    likely("client-library-bug", "PHP has no extension for PostgreSQL loaded (pdo_pgsql, pgsql)."),
    possible("client-without-tls", "The build of PHP lacks what the connection needs."),
)
_BOTH = {
    "client-without-tls": (
        "PHP's libpq has no TLS: install php-pgsql from the distribution, or rebuild against a libpq with OpenSSL.",
    ),
    "client-library-bug": ("Install or update php-pgsql (pdo_pgsql), and look at the libpq version in phpinfo().",),
    "sni-rejected": (
        "PHP is linked with a libpq older than 14 (phpinfo(), PGSQL_LIBPQ_VERSION): update it; it then sends SNI.",
    ),
    "root-file-permissions": (
        ("PHP-FPM often runs with HOME of root: set env[HOME] in the pool, or sslcert and sslkey to readable files; "
        "where no client certificate is needed, PGSSLCERT=/none in the pool's environment."),
    ),
}  # fmt: skip

PHP_PDO = Client(
    "php-pdo",
    "PHP's PDO",
    marks=(
        r"SQLSTATE\[\w{5}\](?: \[7\]|: [\w ]{3,40}: 7 )",
        r"\bPDOException\b",
        r"\bPDO::__construct\b",
        r"\bIlluminate\\+Database\b",
        r"\bDoctrine\\+DBAL\b",
    ),
    over=("libpq",),
    signs=(
        sign(r"could not find driver", *_NO_DRIVER),
        sign(r"Lost connection and no reconnector available", *CLOSED),
    ),
    fixes={
        **_BOTH,
        "tls-required": (
            *_SETTINGS,
            "PDO knows no options ssl or sslenabled: they have no effect.",
        ),
        "unknown-issuer": _SETTINGS,
        "root-store-outdated": ("Replace the file of roots, or name another:", *_SETTINGS),
        "root-file-missing": _SETTINGS,
        "hostname-mismatch": (
            "host=SERVER in the DSN, a name that is in the certificate; the address, if need be, as hostaddr=ADDRESS.",
        ),
        "sslmode-invalid": ("The DSN takes libpq's options, divided by semicolons.", _SETTINGS[0]),
        "client-certificate-required": (
            "PDO, in the DSN: sslcert=client.crt;sslkey=client.key",
            "Laravel, pgsql in config/database.php: 'sslcert' => 'client.crt', 'sslkey' => 'client.key',",
        ),
        "handshake-closed": (
            (
                "Do not keep idle connections (PDO::ATTR_PERSISTENT, Octane and queue workers): DB::reconnect() in "
                "Laravel."
            ),
        ),
        "gssenc-interference": ("gssencmode=disable in the DSN, or PGGSSENCMODE=disable in the environment.",),
    },
    aliases=("pdo", "laravel", "doctrine"),
)

PHP_PGSQL = Client(
    "php-pgsql",
    "PHP's pgsql",
    marks=(r"\bpg_\w+\(\)",),
    over=("libpq",),
    signs=(sign(r"Call to undefined function pg_\w{3,30}\(\)", *_NO_DRIVER),),
    fixes={
        **_BOTH,
        "tls-required": (_CONNECT,),
        "unknown-issuer": (_CONNECT,),
        "root-store-outdated": (f"Replace the file of roots, or name another: {_CONNECT}",),
        "root-file-missing": (f"Users of web servers have no home directory for ~/.postgresql/root.crt: {_CONNECT}",),
        "hostname-mismatch": (
            "host=SERVER in pg_connect's string, a name that is in the certificate; hostaddr=ADDRESS beside it.",
        ),
        "sslmode-invalid": (f"The values are libpq's, and verify is none: {_CONNECT}",),
        "client-certificate-required": ("sslcert=client.crt sslkey=client.key in pg_connect's string.",),
    },
)
