"""Django, whose django.db.utils errors carry psycopg's text."""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.libpq_texts import REFUSED
from azpg_tls.clients.sign import likely, possible, sign

_OPTIONS = (
    'settings.py: DATABASES["default"]["OPTIONS"] = {"sslmode": "verify-full", "sslrootcert": "ROOTS"}',
    "dj-database-url, at the end of DATABASE_URL: ?sslmode=verify-full&sslrootcert=ROOTS",
)

DJANGO = Client(
    "django",
    "Django",
    marks=(r"\bdjango\.(?:db|core)\b",),
    over=("psycopg",),
    signs=(
        sign(
            r"settings\.DATABASES is improperly configured\. Please supply the (?P<setting>ENGINE|NAME)",
            likely("sslmode-invalid", "DATABASES lacks {setting}: mostly the variable with the URL is not set."),
        ),
        sign(
            r"isn't an available database backend or couldn't be imported",
            likely("client-library-bug", "psycopg is not installed in the Python that runs, or does not fit Django."),
            likely("sslmode-invalid", "ENGINE may be misspelt: it is django.db.backends.postgresql."),
        ),
        sign(
            rf"django\.db\.utils\.OperationalError: (?:connection failed: )?{REFUSED}",
            loopback.refused(loopback.without_host('DATABASES["default"] in settings.py, or DATABASE_URL')),
        ),
        # dj-database-url, and urllib below it
        sign(
            r"is not a valid url, possibly because some of its parts is not properly urllib",
            likely("sslmode-invalid", "A character of the password is not percent-encoded in DATABASE_URL."),
        ),
        sign(
            r"Scheme '(?P<scheme>[^']{0,60})://' is unknown\. (?:Did you forget|Supported)",
            likely("sslmode-invalid", "dj-database-url takes postgres:// and postgresql://; the URL may be empty."),
        ),
        sign(
            r"No support for '(?P<scheme>[^']{0,60})'\. We support: ",
            likely("sslmode-invalid", "dj-database-url takes postgres:// and postgresql://; the URL may be empty."),
        ),
        sign(
            r"Port could not be cast to integer value as",
            likely("sslmode-invalid", "A character of the password (#, /, ?, :) is not percent-encoded in the URL."),
            possible("client-library-bug", "A tool may have put the URL together without quoting."),
        ),
    ),
    fixes={
        "tls-required": _OPTIONS,
        "unknown-issuer": (*_OPTIONS, 'In Python: "sslrootcert": azpg_tls.where().'),
        "root-store-outdated": (*_OPTIONS, 'In Python: "sslrootcert": azpg_tls.where().'),
        "root-file-missing": _OPTIONS,
        "hostname-mismatch": (
            (
                "Set the host in DATABASES to a name that is in the certificate, and the address, if "
                "need be, in OPTIONS: "
                '{"hostaddr": "ADDRESS"}.'
            ),
        ),
        "sslmode-invalid": (
            'Options of libpq go into OPTIONS, in lower case: {"sslmode": "verify-full", "sslrootcert": "ROOTS"}.',
        ),
        "client-library-bug": ("pip install --upgrade 'psycopg[binary]' django, in the environment that runs.",),
        "client-certificate-required": ('OPTIONS: {"sslcert": "client.crt", "sslkey": "client.key"}.',),
        "handshake-closed": (
            'DATABASES["default"]: "CONN_HEALTH_CHECKS": True, and a "CONN_MAX_AGE" below what the network allows.',
        ),
        "fork-shared-connection": ("Call django.db.connections.close_all() in each child after fork.",),
        "gssenc-interference": ('OPTIONS: {"gssencmode": "disable"}.',),
        "tls-not-offered": (
            (
                'Take "sslmode" out of OPTIONS for servers without TLS on this machine '
                "(django_heroku.settings(locals(), "
                "…) puts it there), and check host and port for others."
            ),
        ),
        "pool-timeout": ('OPTIONS: {"pool": {"min_size": 2, "max_size": 10, "timeout": 30}} (Django 5.1).',),
    },
)
