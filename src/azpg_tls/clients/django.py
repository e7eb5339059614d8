"""Django, whose django.db.utils errors carry psycopg's text."""

from __future__ import annotations

from azpg_tls.clients.client import Client

_OPTIONS = (
    (
        'DATABASES["default"]["OPTIONS"] = {"sslmode": "verify-full", "sslrootcert": "ROOTS"} in settings.py; with '
        "dj-database-url, ?sslmode=verify-full&sslrootcert=ROOTS in DATABASE_URL."
    ),
)

DJANGO = Client(
    "django",
    "Django",
    marks=(r"\bdjango\.(?:db|core)\b",),
    over=("psycopg",),
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
