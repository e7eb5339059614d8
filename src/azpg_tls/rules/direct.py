"""Rules of TLS at once (sslnegotiation=direct): where only that works, and where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import alert, greeting
from azpg_tls.handshake import Ending
from azpg_tls.prelogin import Answer
from azpg_tls.refusal import PGBOUNCER, Refusal, refusal
from azpg_tls.render.escape import visible
from azpg_tls.rules.refused import error_evidence, error_in_clear
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.errorresponse import ServerError
    from azpg_tls.evidence import Evidence


def wants_an_ssl_request(error: ServerError) -> bool:
    """Whether *error*, the answer to TLS that began at once, complains of that: PgBouncer's "bad packet header"."""
    return error.sqlstate == PGBOUNCER and refusal(error) is Refusal.OTHER


def direct_tls_only(e: Evidence) -> Found | None:
    """The server takes TLS only at once: it does not know the SSLRequest.

    PostgreSQL's clients ask for TLS with eight bytes in clear. This server answered them with a TLS alert: it took
    them for broken TLS. Whether PostgreSQL is inside cannot be told from that, only from a connection that begins
    with TLS. A server that wants TLS at once may also close without a word: that is closed-before-tls.

    Why it happens:
    - a proxy or load balancer in front ends TLS itself, and does not know PostgreSQL's negotiation;
    - the port belongs to another service over TLS, such as HTTPS.

    Fix:
    - begin with TLS: sslnegotiation=direct (libpq 17 and later, with sslmode=require or stricter);
    - or let the proxy pass the connection through, so that PostgreSQL itself does TLS;
    - check host and port.

    See for yourself:
        openssl s_client -alpn postgresql -connect NAME:PORT </dev/null

    Sources: https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-SSLNEGOTIATION;
        https://www.rfc-editor.org/rfc/rfc8446#section-6
    """
    number = greeting.alert(e.negotiation.data) if e.negotiation and e.negotiation.answer is Answer.OTHER else None
    if number is None:
        return None
    fix = (
        f"See whether PostgreSQL is behind it: azpg-tls probe --sslnegotiation direct {e.endpoint}",
        "If it is, give the clients sslnegotiation=direct (libpq 17 and later). If not, check host and port.",
    )
    name = alert.name(number)
    return Found(f"{e.endpoint} answered the SSLRequest with the TLS alert {name}.", {"alert": name}, fix)


def direct_tls_unsupported(e: Evidence) -> Found | None:
    """The server does not take TLS at once: it wants an SSLRequest first.

    sslnegotiation=direct begins with TLS. PostgreSQL before 17 takes that for an invalid startup packet and closes;
    PgBouncer without direct TLS answers "bad packet header" in clear (08P01).

    Why it happens:
    - the server is PostgreSQL 16 or older, or a pooler without direct TLS;
    - it runs with ssl = off.

    Fix:
    - leave sslnegotiation at its default, postgres.

    See for yourself:
        psql "host=NAME sslmode=require sslnegotiation=direct"   # EOF detected; unexpected eof while reading

    Sources: https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-SSLNEGOTIATION
    """
    handshake = e.handshake
    if e.target.sslnegotiation != "direct" or handshake is None:
        return None
    evidence: dict[str, object] = {"ending": handshake.ending.value}
    error = error_in_clear(e)
    if error and wants_an_ssl_request(error):
        evidence |= error_evidence(error)
        said = f'answered TLS in clear: "{visible(error.message)}"'
    elif handshake.ending in (Ending.CLOSED, Ending.RESET) and not handshake.data:
        said = "closed the connection when TLS began at once."
    else:
        return None
    fix = (f"Use the default: azpg-tls probe --sslnegotiation postgres {e.endpoint}",)
    return Found(f"{e.endpoint} {said}", evidence, fix)
