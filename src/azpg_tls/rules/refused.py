"""Errors with which a server refuses a connection, before TLS or inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.prelogin import Reply
from azpg_tls.refusal import PGBOUNCER, Refusal, refusal
from azpg_tls.render.escape import visible
from azpg_tls.report import Stage
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence
    from azpg_tls.prelogin import ServerError

_SHOWN_TEXT = 1000  # characters of a server's message; those about Entra tokens have several hundred


def error_evidence(error: ServerError) -> dict[str, object]:
    """Return the fields of *error* made visible."""
    fields = {"severity": error.severity, "sqlstate": error.sqlstate, "message": error.message}
    fields |= {"detail": error.detail, "hint": error.hint}
    return {name: visible(text, _SHOWN_TEXT) for name, text in fields.items() if text}


def too_many_connections(e: Evidence) -> Found | None:
    """The server has no connection left.

    Every one of its max_connections, or of those that this role or database may have, is in use.

    Why it happens:
    - applications hold more connections than they need: pools too large, or too many of them;
    - connections leak, or stay idle in a transaction;
    - the limit is low for the compute size. Azure keeps 15 connections for itself;
    - a pooler in front has its own limit: max_client_conn of PgBouncer.

    Fix:
    - find who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3;
    - put a pooler in front (on Azure, the built-in PgBouncer on port 6432), or make the pools smaller;
    - raise max_connections, or the CONNECTION LIMIT of the role or database, or PgBouncer's max_client_conn.

    See for yourself:
        psql "host=NAME"   (FATAL: sorry, too many clients already)

    Sources: https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits
    """
    before = e.negotiation.error if e.negotiation else None
    inside = e.reply.error if e.reply and e.reply.reply is Reply.ERROR else None
    error = before or inside
    if error is None or refusal(error) is not Refusal.FULL:
        return None
    fix = (
        "See who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3;",
        "Make the applications' pools smaller, or put a pooler in front (on Azure: PgBouncer, port 6432).",
    )
    if error.sqlstate == PGBOUNCER:
        fix = ("See who holds them, in PgBouncer's console: SHOW CLIENTS;", "Raise PgBouncer's max_client_conn.")
    stage = Stage.NEGOTIATE if before else Stage.STARTUP
    return Found(f"{e.endpoint} answered: {visible(error.message)}", error_evidence(error), fix, stage)
