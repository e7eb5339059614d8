"""Rules of the certificate that a server asks of its clients, in the handshake or after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import alert
from azpg_tls.prelogin import Reply
from azpg_tls.refusal import Refusal, refusal
from azpg_tls.report import Stage
from azpg_tls.rules.refused import error_evidence
from azpg_tls.rules.rejected import alert_evidence, rejected
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

# What TLS libraries send to a client that shows no certificate: OpenSSL handshake_failure in TLS 1.2 and
# certificate_required in 1.3; Java and older Go bad_certificate in both.
_NONE_GIVEN = (
    alert.HANDSHAKE_FAILURE,
    alert.NO_CERTIFICATE,
    alert.BAD_CERTIFICATE,
    alert.CERTIFICATE_REQUIRED,
)


def client_certificate_required(e: Evidence) -> Found | None:
    """The server demands a client certificate.

    It lets nobody in who does not show a certificate of a CA that it trusts, whatever the password.

    Why it happens:
    - pg_hba.conf has the method cert or the option clientcert=verify-full for this connection;
    - a pooler is set to client_tls_sslmode = verify-ca or verify-full;
    - it is another server than was meant: Azure Database for PostgreSQL takes no client certificates.

    Fix:
    - give the client its certificate and key: sslcert=client.crt sslkey=client.key;
    - or let the server's pg_hba.conf do without (scram-sha-256).

    See for yourself:
        psql "host=NAME sslmode=require sslcert=client.crt sslkey=client.key"

    Sources: https://www.postgresql.org/docs/current/auth-cert.html;
        https://www.rfc-editor.org/rfc/rfc8446#section-6.2 (certificate_required)
    """
    found = _certificate_demanded(e)
    if found is None:
        return None
    stage, evidence = found
    fix = [
        "Give the client its certificate and key: sslcert=client.crt sslkey=client.key",
        "Or change the server's pg_hba.conf from cert or clientcert=verify-full to scram-sha-256.",
    ]
    if e.target.cloud:
        fix = ["Azure takes no client certificates: check with --hostaddr and your DNS which machine answers here."]
    return Found(f"{e.endpoint} refuses clients without a certificate.", evidence, tuple(fix), stage)


def _certificate_demanded(e: Evidence) -> tuple[Stage, dict[str, object]] | None:
    handshake, startup = e.handshake, e.startup
    # TLS 1.2: the server asked for a certificate, got none, and gave up within the handshake.
    if handshake and handshake.client_certificate_requested:
        within = rejected(e, *_NONE_GIVEN)
        if within:
            return Stage.HANDSHAKE, alert_evidence(within)
        if startup and startup.alert in _NONE_GIVEN:  # TLS 1.3: after the client's Finished
            return Stage.STARTUP, {"alert": alert.name(startup.alert)}
    error = startup.reply.error if startup else None
    # PostgreSQL's own demand, src/backend/libpq/auth.c, after TLS.
    if error and refusal(error) is Refusal.NO_CERTIFICATE:
        return Stage.STARTUP, error_evidence(error)
    return None


def client_certificate_requested(e: Evidence) -> Found | None:
    """The server asks for a client certificate, and goes on without one.

    Why it happens:
    - ssl_ca_file is set on the server: it then asks everybody, and pg_hba.conf decides who must answer. Azure's
      servers have it set.

    Fix:
    - nothing is wrong. If a client stumbles over the question, because its sslcert points to a wrong file, keep it
      from answering: sslcertmode=disable (libpq 16 and later).

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # Acceptable client certificate CA names

    Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLCERTMODE
    """
    handshake = e.handshake
    if handshake is None or not handshake.client_certificate_requested or client_certificate_required(e):
        return None
    # In TLS 1.3 only an answer inside TLS shows that the server let it pass.
    if e.reply is None or e.reply.reply not in (Reply.AUTHENTICATION, Reply.ERROR):
        return None
    evidence = {"client_certificate_sent": False}
    return Found(f"{e.endpoint} asked for a client certificate, and went on without one.", evidence)
