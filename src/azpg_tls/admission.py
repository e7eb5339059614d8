"""Whether anything secret may be sent to a server, and what became of the login: the report with it.

A refusal is told by its SQLSTATE first. 28000 has several uses: then PostgreSQL's words decide, in the languages
that its server is translated into.

Source: src/backend/utils/init/{miscinit,postinit}.c, src/backend/libpq/auth-scram.c, and src/backend/po of
PostgreSQL 15.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azpg_tls.catalogue import BY_CODE
from azpg_tls.clients.server import SERVER
from azpg_tls.errorresponse import ServerError
from azpg_tls.refusal import PGBOUNCER, Refusal, refusal
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
from azpg_tls.rules.refused import error_evidence
from azpg_tls.session import End, Failed, Rows, Session
from azpg_tls.target import Target

if TYPE_CHECKING:
    from azpg_tls.report import Report

_LONGEST = 1000  # characters of a server's message that are shown
_LOGIN_CODES = frozenset(code for code, entry in BY_CODE.items() if "login" in entry.places)
_PROOF = (Stage.HANDSHAKE, Stage.CERTIFICATE, Stage.IDENTITY, Stage.POLICY)
_CLIENT_CERTIFICATE = "client-certificate-required"

_BY_SQLSTATE = {"3D000": "database-missing", "28P01": "password-rejected"}
_BY_REFUSAL = {
    Refusal.FULL: "too-many-connections",
    Refusal.NOT_READY: "server-not-ready",
    Refusal.NO_ENTRY: "no-pg-hba-entry",
    Refusal.NO_CERTIFICATE: _CLIENT_CERTIFICATE,
}
_BY_END = {End.METHOD: "auth-method-refused", End.BINDING: "channel-binding-mismatch"}
_NO_ROLE = re.compile(
    "does not exist|existiert nicht|no existe|n'existe pas|non esiste|存在しません|არ არსებობს|없음|не существует|"
    "finns inte|не існує|不存在"
)
_BINDING = re.compile("SCRAM")  # of 28000 alone: the check of the channel binding failed
# PgBouncer gives nearly every error the same SQLSTATE (src/client.c).
_PGBOUNCER = (
    (re.compile(r"no such user"), "role-missing"),
    (re.compile(r"no such database"), "database-missing"),
    (re.compile(r"authentication failed"), "password-rejected"),
)


@dataclass(frozen=True)
class Attempt:
    """How a login was tried: to whom, with what (*credential* says where it came from), and if that is a token."""

    target: Target
    credential: str | None = None
    token: bool = False
    write: bool = False

    @property
    def user(self) -> str:
        """As whom, made visible."""
        return visible(self.target.user, len(self.target.user))

    @property
    def dbname(self) -> str:
        """To which database, made visible."""
        return visible(self.target.dbname, len(self.target.dbname))


def hindrance(report: Report, *, strict: bool = False, client_certificate: bool = False) -> str:
    """Return why nothing secret may be sent to the server of *report*, empty if it may.

    A probe shows no client certificate: that one is demanded is no hindrance for whoever has one.
    """
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    proved = all(stage.status is Status.OK for stage in report.stages if stage.name in _PROOF)
    if proved and client_certificate and errors and all(map(_wants_certificate, errors)):
        return ""
    if report.verdict in (Verdict.FAIL, Verdict.UNREACHABLE):
        return f"the server is not in order ({report.diagnosis.code})" if report.diagnosis else "not every stage was ok"
    if strict and report.verdict is Verdict.WARN:
        return "a warning counts as a failure (--strict)"
    return ""


def _wants_certificate(finding: Finding) -> bool:
    return finding.code == _CLIENT_CERTIFICATE and finding.stage is Stage.STARTUP


def not_tried(report: Report, reason: str) -> Report:
    """Return *report* with a login that was not tried."""
    return replace(report, stages=(*report.stages, StageResult(Stage.LOGIN, Status.SKIPPED, reason, 0.0)))


def with_login(report: Report, attempt: Attempt, outcome: Session | Failed) -> Report:
    """Return *report* with what became of the login."""
    finding = _finding(attempt, outcome)
    failed = isinstance(outcome, Failed)
    login = StageResult(
        Stage.LOGIN,
        Status.FAILED if finding else Status.OK,
        finding.code if finding else "",
        outcome.ms if isinstance(outcome, Failed) else outcome.login_ms,
    )
    # Whoever shows a client certificate is past what the probe, which has none, was refused for.
    findings = report.findings if failed else tuple(each for each in report.findings if not _wants_certificate(each))
    stages = report.stages if len(findings) == len(report.findings) else tuple(map(_certified, report.stages))
    findings += (finding,) if finding else ()
    diagnosis = next((each for each in findings if each.severity is Severity.ERROR), None)
    warned = any(each.severity is Severity.WARNING for each in findings)
    return replace(
        report,
        verdict=Verdict.FAIL if diagnosis else Verdict.WARN if warned else Verdict.PASS,
        diagnosis=diagnosis,
        findings=findings,
        stages=(*stages, login),
        login=_view(report, attempt, outcome),
    )


def _certified(stage: StageResult) -> StageResult:
    reason = "a probe shows no client certificate"
    return replace(stage, status=Status.SKIPPED, reason=reason) if stage.name is Stage.STARTUP else stage


def _finding(attempt: Attempt, outcome: Session | Failed) -> Finding | None:
    if isinstance(outcome, Failed):
        code = (
            code_of(outcome.error, token=attempt.token) if outcome.error else _BY_END.get(outcome.end, "login-failed")
        )
        return _said(code, attempt, outcome.error, outcome.words)
    if isinstance(outcome.rows, ServerError):
        return _said("statement-failed", attempt, outcome.rows, "")
    return None


def _said(code: str, attempt: Attempt, error: ServerError | None, words: str) -> Finding:
    evidence: dict[str, object] = error_evidence(error) if error else {"message": visible(words, _LONGEST)}
    evidence |= {"user": attempt.user, "database": attempt.dbname}
    if attempt.credential:
        evidence["credential"] = attempt.credential
    if error:
        state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
        detail = f"The server answered '{attempt.user}': {visible(error.message, _LONGEST)}{state}"
    else:
        detail = visible(" ".join(words.split()), _LONGEST)
    fix = _fixes(code, attempt, error)
    return Finding(code, Severity.ERROR, Stage.LOGIN, BY_CODE[code].title, detail, evidence, fix)


def code_of(error: ServerError, *, token: bool = False) -> str:
    """Return the code of a login that the server refused with *error*; *token*: an Entra token was sent."""
    about_token = _about_token(error.message)
    if about_token:
        return about_token
    code = _BY_SQLSTATE.get(error.sqlstate) or _BY_REFUSAL.get(refusal(error)) or _in_words(error)
    # A token that was looked at before it was sent is most often refused for whose it is.
    return "entra-wrong-username" if token and code == "password-rejected" else code


def _about_token(message: str) -> str:
    """Return the code if *message* is one of Entra ID's, in old or new wording."""
    for sign in SERVER.signs:
        meaning = sign.meanings[0]
        if meaning.code.startswith("entra-") and sign.search(message, message.lower()):
            return meaning.code
    return ""


def _in_words(error: ServerError) -> str:
    if error.sqlstate == PGBOUNCER:
        return next((code for pattern, code in _PGBOUNCER if pattern.search(error.message)), "login-failed")
    if error.sqlstate == "28000" and _BINDING.search(error.message):
        return "channel-binding-mismatch"
    if error.sqlstate == "28000" and _NO_ROLE.search(error.message):
        return "role-missing"
    # Without a SQLSTATE: libpq would not show it, or the server had none.
    meant = [sign.meanings[0].code for sign in SERVER.signs if sign.search(error.message, error.message.lower())]
    return next((code for code in meant if code in _LOGIN_CODES and not error.sqlstate), "login-failed")


def _fixes(code: str, attempt: Attempt, error: ServerError | None) -> tuple[str, ...]:
    user, dbname = attempt.user, attempt.dbname
    own = {
        "password-rejected": (
            f"Check the password of '{user}' where it came from: {attempt.credential or 'nowhere, none was sent'}",
            f"See whether it has run out (VALID UNTIL): psql … -c '\\du {user}'",
            f"Set it anew: ALTER ROLE {_quoted(user)} PASSWORD '…';",
        ),
        "role-missing": (
            "See what there is: SELECT rolname FROM pg_roles WHERE rolcanlogin;",
            f"Name one of them with --user, or: CREATE ROLE {_quoted(user)} LOGIN PASSWORD '…';",
        ),
        "database-missing": (
            "See what there is: --dbname postgres --command 'SELECT datname FROM pg_database'",
            f"Name one of them with --dbname, or: CREATE DATABASE {_quoted(dbname)};",
        ),
    }.get(code)
    if code == "login-failed" and error and error.sqlstate == "28000":
        own = (f"Allow the role to log in: ALTER ROLE {_quoted(user)} LOGIN;",)
    if code == "login-failed" and error and error.sqlstate == "42501":
        own = (f"Allow it to use the database: GRANT CONNECT ON DATABASE {_quoted(dbname)} TO {_quoted(user)};",)
    if code == "statement-failed" and error and error.sqlstate == "25006" and not attempt.write:
        own = ("To change something, add --write: the statement is then committed.",)
    return own or BY_CODE[code].page.fixes


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _view(report: Report, attempt: Attempt, outcome: Session | Failed) -> LoginView:
    error = outcome.error if isinstance(outcome, Failed) else None
    session, rows = None, None
    if isinstance(outcome, Session):
        session = _session(outcome)
        error = outcome.rows if isinstance(outcome.rows, ServerError) else None
        rows = _rows(outcome.rows) if isinstance(outcome.rows, Rows) else None
    method = report.startup.auth_method if report.startup else None
    shown = _shown(error) if error else None
    return LoginView(attempt.user, method, attempt.credential, session, not attempt.write, rows, shown)


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
        message=visible(error.message, _LONGEST),
        detail=visible(error.detail, _LONGEST),
        hint=visible(error.hint, _LONGEST),
    )
