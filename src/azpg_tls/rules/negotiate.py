"""Rules of the negotiate stage: the answer to the SSLRequest, before a single byte of TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.handshake import Ending
from azpg_tls.prelogin import Answer, Reply
from azpg_tls.render.escape import visible, visible_bytes
from azpg_tls.report import Stage
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence
    from azpg_tls.prelogin import ServerError

_SHOWN_BYTES = 80
_SHOWN_TEXT = 1000  # characters of a server's message; those about Entra tokens have several hundred

# First bytes of what else listens on ports. RFC 4253 section 4.2; RFC 9112; RFC 5321 section 4.2; RFC 3501 section 7;
# RFC 1939; RESP; X Protocol and the initial handshake packet of MySQL (version 10); RFC 8446 section 5.1 (alert).
GREETINGS = (
    (b"SSH-", "SSH"),
    (b"HTTP/", "HTTP"),
    (b"220", "SMTP or FTP"),
    (b"554", "SMTP"),
    (b"* OK", "IMAP"),
    (b"+OK", "POP3"),
    (b"-ERR", "Redis"),
    (b"\x15\x03", "TLS"),
)


def recognised(data: bytes) -> str:
    """Return the name of the protocol that *data* begins like, empty if it is none that we know."""
    # MySQL and MariaDB greet with a packet of number 0 and protocol version 10.
    if data[3:5] == b"\x00\x0a":
        return "MySQL or MariaDB"
    return next((name for greeting, name in GREETINGS if data.startswith(greeting)), "")


def error_evidence(error: ServerError) -> dict[str, object]:
    """Return the fields of *error* made visible."""
    fields = {"severity": error.severity, "sqlstate": error.sqlstate, "message": error.message}
    fields |= {"detail": error.detail, "hint": error.hint}
    return {name: visible(text, _SHOWN_TEXT) for name, text in fields.items() if text}


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
        psql "host=NAME sslmode=require"   (server does not support SSL, but SSL was required)

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
    - something else listens there that waits for the client's first words, such as an HTTP server;
    - a load balancer or port forwarding accepts connections while nothing is behind it;
    - the server is overloaded or hangs, or a middlebox swallows what it does not know.

    Fix:
    - check what listens on that port, and the health of what stands behind a load balancer;
    - raise --timeout if the server is known to be slow.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432   (hangs)

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
    - the server wants TLS at once and takes the SSLRequest for an error;
    - the server is shutting down.

    Fix:
    - check the proxies and firewalls on the way, then the server's log for that moment;
    - try --sslnegotiation direct if a TLS proxy is in front.

    See for yourself:
        psql "host=NAME sslmode=require"   (server closed the connection unexpectedly)

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
        psql "host=NAME port=PORT"   (received invalid response to SSL negotiation)

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    if e.negotiation is None or not _answered(e, Answer.OTHER):
        return None
    data = e.negotiation.data
    protocol = recognised(data)
    what = f"in the manner of {protocol}" if protocol else "with bytes that no PostgreSQL server sends"
    evidence = {"first_bytes": visible_bytes(data, _SHOWN_BYTES), "protocol": protocol or "not recognised"}
    fix = ("Check host and port: PostgreSQL listens on 5432 by default, Azure's built-in PgBouncer on 6432.",)
    return Found(f"{e.endpoint} answered {what}.", evidence, fix)


def server_error_before_tls(e: Evidence) -> Found | None:
    """The server answers the SSLRequest with an error.

    libpq shows only "server sent an error response during SSL exchange"; the server's own text is in the evidence.
    It came before TLS, so that anybody on the way could have written it (CVE-2024-10977).

    Why it happens:
    - the server could not start a process for the connection, or is out of memory;
    - a pooler or proxy refuses the connection;
    - the server is older than TLS in PostgreSQL.

    Fix:
    - do what the server's text says; look into its log for that moment.

    See for yourself:
        psql "host=NAME sslmode=require"   (server sent an error response during SSL exchange)

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
    """
    if e.negotiation is None or e.negotiation.error is None or is_full(e.negotiation.error):
        return None
    error = e.negotiation.error
    fix = ("Look into the log of the server, or of the pooler in front of it, for that moment.",)
    return Found(f"{e.endpoint} answered: {visible(error.message)}", error_evidence(error), fix)


def is_full(error: ServerError) -> bool:
    """Whether *error* says that there is no connection left (53300; protocol 2 has no SQLSTATE, only the text)."""
    return error.sqlstate == "53300" or (not error.sqlstate and "too many clients" in error.message)


def too_many_connections(e: Evidence) -> Found | None:
    """The server has no connection left.

    Every one of its max_connections, or of those that this role or database may have, is in use.

    Why it happens:
    - applications hold more connections than they need: pools too large, or too many of them;
    - connections leak, or stay idle in a transaction;
    - the limit is low for the compute size. Azure keeps 15 connections for itself.

    Fix:
    - find who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3;
    - put a pooler in front (on Azure, the built-in PgBouncer on port 6432), or make the pools smaller;
    - raise max_connections, or the CONNECTION LIMIT of the role or database.

    See for yourself:
        psql "host=NAME"   (FATAL: sorry, too many clients already)

    Sources: https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits
    """
    before = e.negotiation.error if e.negotiation else None
    inside = e.reply.error if e.reply and e.reply.reply is Reply.ERROR else None
    error = before or inside
    if error is None or not is_full(error):
        return None
    fix = (
        "See who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3;",
        "Make the applications' pools smaller, or put a pooler in front (on Azure: PgBouncer, port 6432).",
    )
    stage = Stage.NEGOTIATE if before else Stage.STARTUP
    return Found(f"{e.endpoint} answered: {visible(error.message)}", error_evidence(error), fix, stage)


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
        psql "host=NAME sslmode=require"   (received unencrypted data after SSL response)

    Sources: https://www.postgresql.org/support/security/CVE-2021-23222/
    """
    if e.negotiation is None or not _answered(e, Answer.INJECTED):
        return None
    evidence = {"first_bytes": visible_bytes(e.negotiation.data, _SHOWN_BYTES)}
    fix = ("Do not log in over this connection; find the proxy that adds the bytes, or try from another network.",)
    extra = len(e.negotiation.data) - 1
    return Found(f"{e.endpoint} sent {extra} byte(s) after the S, before TLS.", evidence, fix)


def direct_tls_unsupported(e: Evidence) -> Found | None:
    """The server does not take TLS at once: it wants an SSLRequest first.

    sslnegotiation=direct begins with TLS. PostgreSQL before 17 takes that for an invalid startup packet and closes.

    Why it happens:
    - the server is PostgreSQL 16 or older, or a pooler without direct TLS;
    - it runs with ssl = off.

    Fix:
    - leave sslnegotiation at its default, postgres.

    See for yourself:
        psql "host=NAME sslmode=require sslnegotiation=direct"   (server closed the connection unexpectedly)

    Sources: https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-SSLNEGOTIATION
    """
    handshake = e.handshake
    if e.target.sslnegotiation != "direct" or handshake is None:
        return None
    if handshake.ending not in (Ending.CLOSED, Ending.RESET) or handshake.data:
        return None
    fix = (f"Use the default: azpg-tls probe --sslnegotiation postgres {e.endpoint}",)
    return Found(f"{e.endpoint} closed the connection when TLS began at once.", {"ending": handshake.ending}, fix)
