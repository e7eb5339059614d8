"""Rules of the startup stage: the server's first answer inside TLS, before any login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from azpg_tls import alert as alerts
from azpg_tls.greeting import recognise
from azpg_tls.handshake import FLOODED
from azpg_tls.prelogin import Reply
from azpg_tls.refusal import PGBOUNCER, Refusal, refusal
from azpg_tls.render.escape import visible, visible_bytes
from azpg_tls.rules.client_certificate import client_certificate_required
from azpg_tls.rules.refused import answered, client_address, error_evidence, let_in, wait
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.errorresponse import ServerError
    from azpg_tls.evidence import Evidence
    from azpg_tls.prelogin import StartupReply

# What PgBouncer says when not it, but the server behind it is the trouble (src/objects.c, src/janitor.c).
_BEHIND_PGBOUNCER = re.compile(r"server (login|DNS|conn)|server down|query_wait_timeout|cannot connect")

_NOTICES = "The server sends notices and no answer to the StartupMessage"
_BROKEN_TLS = "What the server sends after the TLS handshake is not valid TLS, or without end"
_STRANGER = "What answers inside TLS does not speak PostgreSQL's protocol"

_OWN_WORDS: tuple[str, ...] = (
    "Do what the server's text says; if it does not know the user or database: --user USER --dbname DATABASE",
)
_CLIENT_CA = (
    "On the server: set ssl_ca_file to the CAs of its clients' certificates, then SELECT pg_reload_conf().",
    "Or take cert, clientcert=verify-ca and clientcert=verify-full out of its pg_hba.conf.",
)
_PGBOUNCERS_SERVER = (
    "PgBouncer does not reach PostgreSQL behind it: read PgBouncer's log, and in its console: SHOW SERVERS;",
    "Check host, port and server_tls_sslmode of this database in pgbouncer.ini.",
)


def _error(e: Evidence) -> ServerError | None:
    return e.reply.error if e.reply and e.reply.reply is Reply.ERROR else None


def no_pg_hba_entry(e: Evidence) -> Found | None:
    """No entry of pg_hba.conf (on Azure: no firewall rule) lets this client in.

    TLS is fine. The server looked into pg_hba.conf and found no entry for this address, user and database. On Azure
    that file is made from the firewall rules and the network settings.

    Why it happens:
    - on Azure: no firewall rule for the address from which the server sees this client come;
    - elsewhere: pg_hba.conf has no line for that address, user and database, or one that says reject. The probe asks
      as user azpg_tls_probe unless --user names another;
    - the message ends in "no encryption" (before PostgreSQL 14: "SSL off") although TLS was used: a proxy or pooler in
      front ends TLS, and speaks to PostgreSQL in clear.

    Fix:
    - on Azure: az postgres flexible-server firewall-rule create with that address; it may take five minutes. Before
      az 2.86 the server was --name and the rule --rule-name, now they are --server-name and --name;
    - elsewhere: a line "hostssl DATABASE USER ADDRESS/32 scram-sha-256" in pg_hba.conf (an IPv6 address ends in /128),
      then SELECT pg_reload_conf();
    - the file may let in certain users or databases only: a probe asks as one of them with --user and --dbname;
    - a line that says reject: remove it, or put the client's line before it, as the first that matches counts.

    See for yourself:
        psql "host=NAME sslmode=require"   # FATAL: no pg_hba.conf entry for host …, SSL encryption

    Sources: https://learn.microsoft.com/azure/postgresql/network/concepts-networking-public;
        https://www.postgresql.org/docs/current/client-authentication-problems.html
    """
    error = _error(e)
    if error is None or refusal(error) is not Refusal.NO_ENTRY:
        return None
    evidence = error_evidence(error) | {"client_address": client_address(error.message)}
    return Found(answered(e, error), evidence, let_in(e, error))


def server_not_ready(e: Evidence) -> Found | None:
    """The server is starting up, shutting down or recovering.

    Why it happens:
    - it was restarted, fails over or is being maintained; a large recovery takes minutes;
    - it is a standby that takes no connections yet (hot_standby).

    Fix:
    - wait and try again: 5 seconds at first, then longer, up to a minute.

    See for yourself:
        pg_isready -h NAME   # rejecting connections

    Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html (57P03);
        https://learn.microsoft.com/azure/postgresql/troubleshoot/concepts-connectivity
    """
    error = _error(e)
    if error is None or refusal(error) is not Refusal.NOT_READY:
        return None
    return Found(answered(e, error), error_evidence(error), wait())


def closed_after_tls(e: Evidence) -> Found | None:
    """The server ends the connection after TLS, or says nothing there.

    Why it happens:
    - the server stops or crashes at that moment, or its authentication_timeout ran out;
    - a TLS proxy is in front, and has no healthy server behind it;
    - what speaks TLS there is not PostgreSQL;
    - it demands a client certificate, and closes without saying so.

    Fix:
    - look into the log of the server, and of the proxy in front of it.

    See for yourself:
        psql "host=NAME sslmode=require"   # SSL connection has been closed unexpectedly

    Sources: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
    """
    reply = e.reply
    if reply is None or reply.reply not in (Reply.CLOSED, Reply.RESET, Reply.SILENT) or client_certificate_required(e):
        return None
    if e.startup and e.startup.refusal:
        return None
    alert = e.startup.alert if e.startup else None
    how = {Reply.CLOSED: "closed the connection", Reply.RESET: "cut the connection"}.get(reply.reply, "gave no answer")
    evidence: dict[str, object] = {"reply": reply.reply.value}
    if alert is not None:
        how, evidence["alert"] = f"sent the alert {alerts.name(alert)}", alerts.name(alert)
    elif reply.data:
        how = "did not come to the end of its answer" if reply.reply is Reply.SILENT else f"{how} within its answer"
        evidence["first_bytes"] = visible_bytes(reply.data)
    said = _noticed(reply, evidence)
    fix = ["Look into the log of the server, or of the proxy in front of it, for that moment."]
    if e.handshake and e.handshake.client_certificate_requested:
        fix.append("It had asked for a client certificate: if it demands one, sslcert=client.crt sslkey=client.key")
    return Found(f"{e.endpoint} {how} after the StartupMessage{said}.", evidence, tuple(fix))


def _noticed(reply: StartupReply, evidence: dict[str, object]) -> str:
    """Return in words which notice the server had sent, and add it to *evidence*; empty if none."""
    if reply.notice is None:
        return ""
    evidence["notice"] = error_evidence(reply.notice)
    return f' and the notice "{visible(reply.notice.message)}"'


def startup_error(e: Evidence) -> Found | None:
    """The server answers the StartupMessage with an error.

    TLS is fine; what the server says comes from PostgreSQL itself, before any password.

    Why it happens:
    - the server's text says why; its SQLSTATE is listed in PostgreSQL's documentation;
    - it is a pooler's: PgBouncer answers 08P01 to nearly everything ("no such database", "SSL required");
    - F0000: pg_hba.conf demands client certificates, and the server has no ssl_ca_file to check them with;
    - the server sends notices only, or breaks TLS, or what speaks TLS there is not PostgreSQL: the report says so.

    Fix:
    - do what the text says; name a user and a database that exist: --user and --dbname of a probe;
    - for F0000, set ssl_ca_file on the server, or take cert and clientcert out of pg_hba.conf.

    See for yourself:
        psql "host=NAME sslmode=require"

    Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    error = _error(e)
    if error is None:
        return _no_answer(e)
    meaning = refusal(error)
    if meaning not in (Refusal.OTHER, Refusal.NO_CLIENT_CA):
        return None
    fix = _OWN_WORDS
    if meaning is Refusal.NO_CLIENT_CA:
        fix = _CLIENT_CA
    elif error.sqlstate == PGBOUNCER and _BEHIND_PGBOUNCER.search(error.message):
        fix = _PGBOUNCERS_SERVER
    return Found(answered(e, error), error_evidence(error), fix)


def _no_answer(e: Evidence) -> Found | None:
    """Return what came in the place of an answer: no valid TLS, notices and nothing else, or another protocol."""
    reply = e.reply
    evidence: dict[str, object] = {}
    if e.startup and e.startup.refusal:
        evidence["openssl"] = visible(e.startup.refusal)
        fix = (f"Check what answers at {e.endpoint}, and compare with a connection from another network.",)
        said = FLOODED if e.startup.refusal == FLOODED else f"what OpenSSL does not accept ({evidence['openssl']})"
        return Found(f"{e.endpoint} sent {said} inside TLS, and no answer.", evidence, fix, title=_BROKEN_TLS)
    if reply is None or reply.reply is not Reply.OTHER:
        return None
    if reply.notice:
        fix = ("Do what the notice says, and look into the log of the server, or of the pooler in front of it.",)
        detail = f"{e.endpoint} sent no answer to the StartupMessage{_noticed(reply, evidence)}."
        return Found(detail.replace(" and the notice", ", only the notice"), evidence, fix, title=_NOTICES)
    protocol = recognise(reply.data)
    evidence |= {"first_bytes": visible_bytes(reply.data), "protocol": protocol.value or "not recognised"}
    fix = (f"Check what answers at {e.endpoint}: it may be another program's TLS port.",)
    return Found(f"{e.endpoint} answered with what PostgreSQL does not send here.", evidence, fix, title=_STRANGER)


def cleartext_password_over_tls(e: Evidence) -> Found | None:
    """The server asks for the password itself, inside TLS.

    Microsoft Entra ID works like this: the token is sent as a password. Whoever has the server's key reads it, so
    sslmode=verify-full matters more than ever.

    Why it happens:
    - the role logs in with Microsoft Entra ID;
    - pg_hba.conf says password, ldap, pam or radius.

    Fix:
    - use sslmode=verify-full, and require_auth=password only if this is meant;
    - for roles with a real password, scram-sha-256 keeps it from the server.

    See for yourself:
        psql "host=NAME sslmode=verify-full sslrootcert=ROOTS require_auth=scram-sha-256"
        (authentication method requirement "scram-sha-256" failed: server requested a cleartext password)

    Sources: https://www.postgresql.org/docs/current/auth-password.html;
        https://learn.microsoft.com/azure/postgresql/security/security-entra-concepts
    """
    if e.reply is None or e.reply.auth_method != "password":
        return None
    evidence = {"auth_method": e.reply.auth_method, "user": visible(e.target.user)}
    fix = ("Use sslmode=verify-full, so that nobody else can ask for it.",)
    return Found(f"{e.endpoint} asks '{visible(e.target.user)}' for a password in clear, inside TLS.", evidence, fix)
