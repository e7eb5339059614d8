"""Servers that are right until the StartupMessage. The chain is that of azure-g2-2025 throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab import generations
from azpg_tls.lab.answers import context, error, postgres, says
from azpg_tls.lab.scenario import Setup, known

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from azpg_tls.lab.peer import Peer


def no_pg_hba_entry(at: dt.datetime) -> Setup:
    """Refuse the client's address, as Azure's firewall does."""
    text = 'no pg_hba.conf entry for host "203.0.113.7", user "u", database "d", SSL encryption'
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


def startup_error(at: dt.datetime) -> Setup:
    """Refuse for a reason of its own."""
    return _answering(at, says(error("0A000", "unsupported frontend protocol 3.0: server supports 1.0 to 2.0")))


def closed_after_tls(at: dt.datetime) -> Setup:
    """Close the connection after the StartupMessage."""
    return _answering(at, lambda peer: None)


def _answering(at: dt.datetime, answer: Callable[[Peer], None]) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    return Setup(chain.root.certificate, postgres(context(chain), answer), known=known(chain, "g2-2025"))
