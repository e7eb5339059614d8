"""Rules of the negotiate stage: the answer to the SSLRequest, before a single byte of TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import greeting
from azpg_tls.greeting import Protocol
from azpg_tls.prelogin import Answer
from azpg_tls.refusal import Refusal, refusal
from azpg_tls.render.escape import visible_bytes
from azpg_tls.rules.direct import wants_an_ssl_request
from azpg_tls.rules.refused import (
    answered,
    client_address,
    error_evidence,
    error_in_clear,
    let_in,
    refused_at_once,
    wait,
)
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

_SHOWN_BYTES = 80
_NOT_READY = "The server says before TLS that it is starting up, shutting down or recovering"
_NO_ENTRY = "The server says before TLS that no firewall rule or pg_hba.conf entry lets this client in"


def _answered(e: Evidence, answer: Answer) -> bool:
    return e.negotiation is not None and e.negotiation.answer is answer


def tls_not_offered(e: Evidence) -> Found | None:
    """The server does not offer TLS.

    It answered N to the SSLRequest: whatever is sent to it, passwords too, travels in the clear.

    Why it happens:
    - PostgreSQL runs with ssl = off, its default outside managed services;
    - this is not the server that was meant: Azure's servers always offer TLS;
    - a pooler or proxy in front has no TLS of its own (PgBouncer's client_tls_sslmode = disable).

    Fix:
    - set ssl = on with ssl_cert_file and ssl_key_file, and reload;
    - in PgBouncer, set client_tls_sslmode, client_tls_cert_file and client_tls_key_file.

    See for yourself:
        psql "host=NAME sslmode=require"   # server does not support SSL, but SSL was required

    Sources: https://www.postgresql.org/docs/current/ssl-tcp.html
    """
    if not _answered(e, Answer.NO_TLS):
        return None
    fix = ["On the server: set ssl = on, ssl_cert_file and ssl_key_file, then SELECT pg_reload_conf()."]
    if e.target.cloud:
        fix = ["Azure's servers always offer TLS: check with --hostaddr and your DNS which machine answers here."]
    return Found(f"{e.endpoint} answered N to the SSLRequest.", {"answer": "N"}, tuple(fix))


def no_reply(e: Evidence) -> Found | None:
    """The server accepts the connection and then says nothing.

    TCP connected, the SSLRequest was sent, and no answer came within the deadline.

    Why it happens:
    - something else listens there that waits for the client's first words, and takes the SSLRequest for the
      beginning of them: a web server, Redis, MongoDB;
    - a load balancer or port forwarding accepts connections while nothing is behind it;
    - the server is overloaded or hangs, or a middlebox swallows what it does not know.

    Fix:
    - check what listens on that port, and the health of what stands behind a load balancer;
    - if the server is known to be slow, give it more time: connect_timeout in libpq, --timeout here.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # hangs

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    if not _answered(e, Answer.SILENT):
        return None
    fix = (
        f"Check that PostgreSQL itself, and not only a load balancer or tunnel, is behind {e.endpoint}.",
        "If it is only slow, give it more time: --timeout 60",
    )
    return Found(f"{e.endpoint} gave no answer to the SSLRequest within the deadline.", fix=fix)


def closed_before_tls(e: Evidence) -> Found | None:
    """The server closes the connection instead of answering the SSLRequest.

    Not a byte came back.

    Why it happens:
    - a firewall or proxy lets TCP through and cuts what it does not allow;
    - a load balancer has no healthy server behind it;
    - the server wants TLS at once and takes the SSLRequest for an error (one that says so is direct-tls-only);
    - the server is shutting down.

    Fix:
    - check the proxies and firewalls on the way, then the server's log for that moment;
    - try --sslnegotiation direct if a TLS proxy is in front.

    See for yourself:
        psql "host=NAME sslmode=require"   # server closed the connection unexpectedly

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    reset = _answered(e, Answer.RESET)
    if not reset and not _answered(e, Answer.CLOSED):
        return None
    how = "reset (RST)" if reset else "closed (FIN)"
    fix = (
        "Look for a firewall, proxy or load balancer between here and the server, and read the server's log.",
        f"If a TLS proxy is in front: azpg-tls probe --sslnegotiation direct {e.endpoint}",
    )
    return Found(f"{e.endpoint} {how} the connection after the SSLRequest.", {"closed_by": how}, fix)


def not_postgres(e: Evidence) -> Found | None:
    """What answers there does not speak PostgreSQL's protocol.

    The answer to the SSLRequest is neither S, nor N, nor an error message of PostgreSQL.

    Why it happens:
    - the port belongs to another program;
    - the host is another one than was meant;
    - a captive portal or proxy answers in the server's place.

    Fix:
    - check host and port; PostgreSQL's is 5432, Azure's built-in PgBouncer 6432.

    See for yourself:
        psql "host=NAME port=PORT"   # received invalid response to SSL negotiation

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    data = _stranger(e)
    if data is None:
        return None
    protocol = greeting.recognise(data)
    what = f"in the manner of {protocol}" if protocol else "with bytes that no PostgreSQL server sends"
    evidence = {"first_bytes": visible_bytes(data, _SHOWN_BYTES), "protocol": protocol.value or "not recognised"}
    fix = ["Check host and port: PostgreSQL listens on 5432 by default, Azure's built-in PgBouncer on 6432."]
    if e.target.hostaddr:
        fix.append(f"Check that the address or tunnel {e.target.hostaddr} leads to that server.")
    return Found(f"{e.endpoint} answered {what}.", evidence, tuple(fix))


def _stranger(e: Evidence) -> bytes | None:
    """Return the first bytes of a server that is no PostgreSQL and does not speak TLS."""
    if e.negotiation is not None:
        data = e.negotiation.data
        return data if _answered(e, Answer.OTHER) and greeting.alert(data) is None else None
    handshake = refused_at_once(e)
    return handshake.data if handshake and greeting.recognise(handshake.data) is not Protocol.UNKNOWN else None


def server_error_before_tls(e: Evidence) -> Found | None:
    """The server answers with an error before TLS begins.

    libpq shows only "server sent an error response during SSL exchange"; the server's own text is in the evidence.
    It came before TLS, so that anybody on the way could have written it (CVE-2024-10977).

    Why it happens:
    - the server could not start a process for the connection, or is out of memory;
    - it is starting up, shutting down or recovering (57P03);
    - a firewall, pooler or proxy has no rule that lets this client in (28000, "no pg_hba.conf entry"); PostgreSQL
      itself says that only after TLS;
    - the server is older than TLS in PostgreSQL.

    Fix:
    - do what the server's text says; look into its log for that moment;
    - 57P03: wait, and try again;
    - 28000: let the client's address in: on Azure with a firewall rule, elsewhere in pg_hba.conf.

    See for yourself:
        psql "host=NAME sslmode=require"   # server sent an error response during SSL exchange

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    error = error_in_clear(e)
    if error is None or (e.negotiation is None and wants_an_ssl_request(error)):
        return None
    detail, evidence = answered(e, error), error_evidence(error)
    match refusal(error):
        case Refusal.FULL:
            return None
        case Refusal.NOT_READY:
            return Found(detail, evidence, wait(), title=_NOT_READY)
        case Refusal.NO_ENTRY:
            evidence |= {"client_address": client_address(error.message)}
            return Found(detail, evidence, let_in(e, error), title=_NO_ENTRY)
    fix = ("Look into the log of the server, or of the pooler in front of it, for that moment.",)
    return Found(detail, evidence, fix)


def plaintext_injection(e: Evidence) -> Found | None:
    """More than one byte came before TLS began: somebody may be writing into the connection.

    After the S that accepts TLS nothing may follow until the handshake. A client that took those bytes for part of
    the encrypted session would trust what anybody on the way had written (CVE-2021-23222).

    Why it happens:
    - an attacker in the middle, or a proxy that mixes plain and encrypted data;
    - the server is not PostgreSQL, and its greeting happens to begin with S.

    Fix:
    - do not log in over this connection; find the proxy on the way, or connect from another network.

    See for yourself:
        psql "host=NAME sslmode=require"   # received unencrypted data after SSL response

    Sources: https://www.postgresql.org/support/security/CVE-2021-23222/
    """
    if e.negotiation is None or not _answered(e, Answer.INJECTED):
        return None
    evidence = {"first_bytes": visible_bytes(e.negotiation.data, _SHOWN_BYTES)}
    fix = ("Do not log in over this connection; find the proxy that adds the bytes, or try from another network.",)
    extra = len(e.negotiation.data) - 1
    return Found(f"{e.endpoint} sent {extra} byte(s) after the S, before TLS.", evidence, fix)
