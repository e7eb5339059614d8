"""Servers that are right until the StartupMessage. The chain is that of azure-g2-2025 throughout."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from azpg_tls.lab import generations
from azpg_tls.lab.answers import context, error, message, postgres, says
from azpg_tls.lab.scenario import Setup, known

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from azpg_tls.lab.peer import Peer


def no_pg_hba_entry(at: dt.datetime) -> Setup:
    """Refuse the client's address, as Azure's firewall does."""
    text = 'no pg_hba.conf entry for host "203.0.113.7", user "u", database "d", SSL encryption'
    return _answering(at, says(error("28000", text)))


def no_pg_hba_entry_in_german(at: dt.datetime) -> Setup:
    """Refuse the client's address in another language: the SQLSTATE and the file's name stay."""
    text = "kein pg_hba.conf-Eintrag für Host »203.0.113.7«, Benutzer »u«, Datenbank »d«, SSL-Verschlüsselung"
    return _answering(at, says(error("28000", text)))


def pg_hba_rejects(at: dt.datetime) -> Setup:
    """Refuse the client by a line of pg_hba.conf that says reject."""
    text = 'pg_hba.conf rejects connection for host "203.0.113.7", user "u", database "d", SSL encryption'
    return _answering(at, says(error("28000", text)))


def tls_ends_before_postgres(at: dt.datetime) -> Setup:
    """Be a proxy that ends TLS, before a PostgreSQL that wants it: it sees no encryption."""
    text = 'no pg_hba.conf entry for host "10.0.0.9", user "u", database "d", no encryption'
    return _answering(at, says(error("28000", text)))


def client_certificate_by_pg_hba(at: dt.datetime) -> Setup:
    """Refuse a client without certificate in PostgreSQL's own words (clientcert=verify-full)."""
    return _answering(at, says(error("28000", "connection requires a valid client certificate")))


def too_many_connections(at: dt.datetime) -> Setup:
    """Have no connection left."""
    return _answering(at, says(error("53300", "sorry, too many clients already")))


def server_not_ready(at: dt.datetime) -> Setup:
    """Be starting up."""
    return _answering(at, says(error("57P03", "the database system is starting up")))


def full_in_protocol_2(at: dt.datetime) -> Setup:
    """Have no connection left, and say so in protocol 2."""
    return _answering(at, says(b"EFATAL:  sorry, too many clients already\n\0"))


def pgbouncer_full(at: dt.datetime) -> Setup:
    """Have no connection left in PgBouncer, which says so without a SQLSTATE of its own."""
    return _answering(at, says(_pgbouncer("no more connections allowed (max_client_conn)")))


def shutting_down(at: dt.datetime) -> Setup:
    """Be shutting down."""
    return _answering(at, says(error("57P03", "the database system is shutting down")))


def in_recovery(at: dt.datetime) -> Setup:
    """Recover from a crash, and say so in Japanese."""
    return _answering(at, says(error("57P03", "データベースシステムはリカバリモードです")))


def starting_up_in_protocol_2(at: dt.datetime) -> Setup:
    """Be starting up, and say so in protocol 2."""
    return _answering(at, says(b"EFATAL:  the database system is starting up\n\0"))


def pgbouncer_no_such_database(at: dt.datetime) -> Setup:
    """Be a PgBouncer that does not know the database."""
    return _answering(at, says(_pgbouncer("no such database: d")))


def pgbouncer_without_server(at: dt.datetime) -> Setup:
    """Be a PgBouncer that does not reach PostgreSQL behind it."""
    return _answering(at, says(_pgbouncer("server login has been failing, try again later (server_login_retry)")))


def no_ca_for_clients(at: dt.datetime) -> Setup:
    """Demand a client certificate by pg_hba.conf, and have no ssl_ca_file to check it with."""
    text = "client certificates can only be checked if a root certificate store is available"
    return _answering(at, says(error("F0000", text)))


def notices_only(at: dt.datetime) -> Setup:
    """Send a notice, and never an answer."""
    notice = message(b"N", b"SWARNING\0VWARNING\0C01000\0Mthe standby is lagging\0\0")
    return dataclasses.replace(_answering(at, says(notice)), timeout=0.5)


def error_cut_off(at: dt.datetime) -> Setup:
    """Begin an error inside TLS, and close within it."""
    begun = error("57P03", "the database system is shutting down")[:-12]
    return _answering(at, lambda peer: peer.send(begun))


def reset_after_tls(at: dt.datetime) -> Setup:
    """Break the connection (RST) after the StartupMessage."""
    return _answering(at, lambda peer: peer.reset())


def silent_after_tls(at: dt.datetime) -> Setup:
    """Say nothing to the StartupMessage."""
    return dataclasses.replace(_answering(at, lambda peer: peer.wait_for_end()), timeout=0.5)


def startup_error(at: dt.datetime) -> Setup:
    """Refuse for a reason of its own."""
    return _answering(at, says(error("0A000", "unsupported frontend protocol 3.0: server supports 1.0 to 2.0")))


def closed_after_tls(at: dt.datetime) -> Setup:
    """Close the connection after the StartupMessage."""
    return _answering(at, lambda peer: None)


def _answering(at: dt.datetime, answer: Callable[[Peer], None]) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    return Setup(chain.root.certificate, postgres(context(chain), answer), known=known(chain, "g2-2025"))


def _pgbouncer(text: str) -> bytes:
    """Return an error as PgBouncer sends it: always 08P01, and no V (src/proto.c)."""
    return message(b"E", b"SFATAL\0C08P01\0M" + text.encode() + b"\0\0")
