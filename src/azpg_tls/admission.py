"""Whether anything secret may be sent to a server, and what became of the login: the report with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from azpg_tls import jwt
from azpg_tls.errorresponse import ServerError
from azpg_tls.principal import Principal, principal
from azpg_tls.render.escape import visible
from azpg_tls.report import (
    Finding,
    LoginView,
    RowsView,
    SessionView,
    Severity,
    Stage,
    StageResult,
    Status,
    Verdict,
)
from azpg_tls.rules import login, token
from azpg_tls.rules.login import CLIENT_CERTIFICATE, LONGEST
from azpg_tls.session import Failed, Rows, Session
from azpg_tls.target import DEFAULT_USER, Target
from azpg_tls.terms import CLEARTEXT

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.report import Report
    from azpg_tls.secret import Secret


def hindrance(report: Report, *, strict: bool = False, client_certificate: bool = False) -> str:
    """Return why nothing secret may be sent to the server of *report*, empty if it may.

    A probe shows no client certificate: that one is demanded is no hindrance for whoever has one, if the server's are
    in order. In TLS 1.2 the handshake ends there; libpq's goes on, and proves the rest.
    """
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    in_order = report.chain is not None and report.chain.verified
    if in_order and client_certificate and errors and all(map(_wants_certificate, errors)):
        return ""
    if report.verdict in (Verdict.FAIL, Verdict.UNREACHABLE):
        return f"the server is not in order ({report.diagnosis.code})" if report.diagnosis else "not every stage was ok"
    if strict and report.verdict is Verdict.WARN:
        return "a warning counts as a failure (--strict)"
    return ""


def _wants_certificate(finding: Finding) -> bool:
    return finding.code == CLIENT_CERTIFICATE and finding.stage in (Stage.HANDSHAKE, Stage.STARTUP)


def not_tried(report: Report, reason: str) -> Report:
    """Return *report* with a login that was not tried."""
    return replace(report, stages=(*report.stages, StageResult(Stage.LOGIN, Status.SKIPPED, reason, 0.0)))


def with_findings(report: Report, found: tuple[Finding, ...]) -> Report:
    """Return *report* with what was *found* about the login before the server was asked."""
    error = next((finding for finding in found if finding.severity is Severity.ERROR), None)
    stages = report.stages
    if error:
        stages += (StageResult(Stage.LOGIN, Status.FAILED, error.code, 0.0),)
    return _summed(replace(report, findings=(*report.findings, *found), stages=stages))


def token_user(held: Secret, target: Target, at: dt.datetime) -> tuple[str, tuple[Finding, ...]]:
    """Return as whom to log in at *target* with the token *held*, and what is wrong with the two at the moment *at*.

    The user is the token's principal where none was named; that the token does not tell it is an error.
    """
    who = token_principal(held)
    named = None if target.user == DEFAULT_USER else target.user
    user = named or (who.name if who else None)
    found = token.findings(held, token.Login(target.cloud or "public", at, user, target.port))
    if who and user is None:
        found += (token.nameless(who),)
    return user or target.user, found


def token_principal(held: Secret) -> Principal | None:
    """Return whose the token *held* is, None if it is no token."""
    read = jwt.read(held.reveal())
    return None if isinstance(read, jwt.Malformed) else principal(read.claims)


def with_login(report: Report, attempt: login.Attempt, outcome: Session | Failed) -> Report:
    """Return *report* with what became of the login."""
    wrong = login.finding(attempt, outcome)
    status = (Status.FAILED, wrong.code) if wrong else (Status.OK, "")
    stage = StageResult(Stage.LOGIN, *status, outcome.ms if isinstance(outcome, Failed) else outcome.login_ms)
    # Whoever shows a client certificate is past what the probe, which has none, was refused for.
    findings = tuple(each for each in report.findings if not _wants_certificate(each))
    stages = report.stages if len(findings) == len(report.findings) else tuple(map(_certified, report.stages))
    view = _view(report, attempt, outcome)
    findings += (wrong,) if wrong else ()
    return _summed(replace(report, findings=findings, stages=(*stages, stage), login=view))


def _summed(report: Report) -> Report:
    """Return *report* with the diagnosis and verdict of its findings; the stages before the login were in order."""
    diagnosis = next((each for each in report.findings if each.severity is Severity.ERROR), None)
    warned = any(each.severity is Severity.WARNING for each in report.findings)
    found = Verdict.FAIL if diagnosis else Verdict.WARN if warned else Verdict.PASS
    return replace(report, diagnosis=diagnosis, verdict=found)


def _certified(stage: StageResult) -> StageResult:
    """Return *stage* without the failure of having no certificate; what was not proved there, libpq saw proved."""
    if stage.status is Status.OK:
        return stage
    return replace(stage, status=Status.SKIPPED, reason="a probe shows no client certificate")


def _view(report: Report, attempt: login.Attempt, outcome: Session | Failed) -> LoginView:
    error = outcome.error if isinstance(outcome, Failed) else None
    session, rows = None, None
    if isinstance(outcome, Session):
        session = _session(outcome)
        error = outcome.rows if isinstance(outcome.rows, ServerError) else None
        rows = _rows(outcome.rows) if isinstance(outcome.rows, Rows) else None
    shown = _shown(error) if error else None
    method = CLEARTEXT if attempt.token else report.startup.auth_method if report.startup else None
    if session and attempt.certificate and method is None and not attempt.credential:
        method = "cert"
    source = attempt.user_from or None
    return LoginView(attempt.user, source, method, attempt.credential, session, not attempt.write, rows, shown)


def _session(session: Session) -> SessionView:
    times = (session.login_ms, session.round_trip_ms)
    version = visible(session.server_version)
    if isinstance(session.who, ServerError):
        return SessionView(version, None, None, None, None, None, None, *times)
    who = session.who
    return SessionView(
        version,
        visible(who.current_user),
        visible(who.session_user),
        visible(who.database),
        who.in_recovery,
        visible(who.tls_version) if who.tls_version else None,
        visible(who.tls_cipher) if who.tls_cipher else None,
        *times,
    )


def _rows(rows: Rows) -> RowsView:
    """Return *rows* as they are: each form shows them in its own way."""
    return RowsView(visible(rows.status), rows.columns, rows.rows, rows.left_out)


def _shown(error: ServerError) -> ServerError:
    return replace(
        error,
        severity=visible(error.severity),
        message=visible(error.message, LONGEST),
        detail=visible(error.detail, LONGEST),
        hint=visible(error.hint, LONGEST),
    )
