"""Errors with which a server refuses a connection, before TLS or inside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azpg_tls.conninfo import is_address
from azpg_tls.errorresponse import begun_error, parse_error
from azpg_tls.handshake import Ending
from azpg_tls.prelogin import Reply
from azpg_tls.refusal import PGBOUNCER, Refusal, refusal
from azpg_tls.render.escape import visible
from azpg_tls.report import Stage
from azpg_tls.rules.rule import Found
from azpg_tls.target import DEFAULT_USER

if TYPE_CHECKING:
    from azpg_tls.errorresponse import ServerError
    from azpg_tls.evidence import Evidence
    from azpg_tls.handshake import Handshake

_ADDRESS = "ADDRESS"  # where none is known that may go into a command
_SHOWN_TEXT = 1000  # characters of a server's message; those about Entra tokens have several hundred
# The first thing in quotation marks, of any language, is the client's address as the server sees it.
_CLIENT = re.compile(r'["«»„“]\s?([^"«»„“”%]{1,64}?)\s?["«»“”]')
# The server itself got no TLS (src/backend/libpq/auth.c; "SSL off" before PostgreSQL 14).
_PLAIN = re.compile(r"no encryption|SSL off")
_REJECTED = re.compile(r"pg_hba\.conf rejects")


def refused_at_once(e: Evidence) -> Handshake | None:
    """Return the handshake if TLS began at once (direct), and what came back is no TLS."""
    handshake = e.handshake if e.target.sslnegotiation == "direct" else None
    return handshake if handshake and handshake.ending is Ending.REFUSED else None


def error_in_clear(e: Evidence) -> ServerError | None:
    """Return the error that the server sent in the place of TLS, whether that was asked for or begun at once."""
    if e.negotiation:
        return e.negotiation.error
    handshake = refused_at_once(e)
    return in_clear(handshake.data) if handshake else None


def in_clear(data: bytes) -> ServerError | None:
    """Return the error that stands at the beginning of *data*, as far as it came; None if none does."""
    return (parse_error(data) or begun_error(data)) if data[:1] == b"E" else None


def answered(e: Evidence, error: ServerError) -> str:
    """Return in words that the server answered *error*, as far as it came."""
    if error.whole:
        return f"{e.endpoint} answered: {visible(error.message)}"
    said = visible(error.message or error.severity)
    return f"{e.endpoint} was cut off while it sent an error, and so far answered: {said}"


def error_evidence(error: ServerError) -> dict[str, object]:
    """Return the fields of *error* made visible, and that it was cut off, if it was."""
    fields = {"severity": error.severity, "sqlstate": error.sqlstate, "message": error.message}
    fields |= {"detail": error.detail, "hint": error.hint}
    shown: dict[str, object] = {name: visible(text, _SHOWN_TEXT) for name, text in fields.items() if text}
    return shown if error.whole else shown | {"cut_off": True}


def wait() -> tuple[str, ...]:
    """Return what to do about a server that is not ready."""
    return ("Wait, and try again: after 5 seconds at first, then longer, up to a minute.",)


def let_in(e: Evidence, error: ServerError) -> tuple[str, ...]:
    """Return how to let in a client whom no firewall rule and no entry of pg_hba.conf lets in."""
    # Anybody on the way can write an error in clear, and have a firewall opened for an address of his own.
    inside = e.reply is not None
    address = client_address(error.message) if inside else _ADDRESS
    fix = _firewall_rule(e, address) if e.target.cloud else _entry(e, error.message, address)
    return (
        fix if inside else (*fix, f"{_ADDRESS} is this client's as you know it: what came before TLS proves nothing.")
    )


def _firewall_rule(e: Evidence, address: str) -> tuple[str, ...]:
    server = e.target.host.partition(".")[0]
    rule = f"--server-name {server} --name azpg-tls --start-ip-address {address} --end-ip-address {address}"
    return (
        f"Allow the client: az postgres flexible-server firewall-rule create --resource-group GROUP {rule}",
        "Wait up to five minutes for it to take effect, then probe again.",
    )


def _entry(e: Evidence, message: str, address: str) -> tuple[str, ...]:
    # The probe's own name is never advised: no server should let it in. Before TLS no name has been given.
    inside = e.reply is not None
    stranger = e.target.user == DEFAULT_USER
    user, dbname = ("USER", "DATABASE") if stranger else (e.target.user, e.target.dbname)
    line = f"{dbname} {user} {address}/{128 if ':' in address else 32} scram-sha-256"
    fix = [f"On the server, in pg_hba.conf: hostssl {line}", "Then: SELECT pg_reload_conf();"]
    if inside and _PLAIN.search(message):
        proxy = "A proxy ends TLS before PostgreSQL, which hears this client in clear: let the proxy use TLS towards it"
        fix[0] = f"{proxy} (PgBouncer: server_tls_sslmode=verify-full), or in pg_hba.conf: host {line}"
    elif _REJECTED.search(message):
        fix[0] = f"On the server, in pg_hba.conf: remove the line that says reject, or put before it: hostssl {line}"
    if inside and stranger:
        asked = f"as {e.target.user}, database {e.target.dbname}"
        fix.insert(0, f"The probe asked {asked}. First ask as your client does: --user USER --dbname DATABASE")
    return tuple(fix)


def client_address(message: str) -> str:
    """Return the client's address as the server's *message* gives it; ADDRESS if that is none.

    It goes into commands that are pasted: a zone (``fe80::1%eth0``) could hold anything.
    """
    client = _CLIENT.search(message)
    return client[1] if client and is_address(client[1]) else _ADDRESS


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
        psql "host=NAME"   # FATAL: sorry, too many clients already

    Sources: https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits
    """
    before = error_in_clear(e)
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
    return Found(answered(e, error), error_evidence(error), fix, stage)
