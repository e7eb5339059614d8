"""psycopg 2 and 3, which are libpq in Python; what wraps them (SQLAlchemy, Django) shows their class names."""

from __future__ import annotations

from azpg_tls.clients.client import Client

PSYCOPG = Client(
    "psycopg",
    "psycopg 2 and 3",
    marks=(r"\bpsycopg2?\b",),
    over=("libpq",),
    aliases=("psycopg2", "psycopg3"),
)
