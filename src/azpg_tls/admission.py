"""Whether anything secret may be sent to a server, and what became of the login: the report with it.

A refusal is told by its SQLSTATE first. 28000 and PgBouncer's 08P01 have several uses: then the words decide, which
`explanation` knows in the languages that PostgreSQL is translated into, and in Entra ID's old and new wording.

Source: src/backend/utils/init/miscinit.c and postinit.c of PostgreSQL; PgBouncer's src/client.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azpg_tls import jwt
from azpg_tls.catalogue import BY_CODE
from azpg_tls.errorresponse import ServerError
from azpg_tls.principal import Principal, principal
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
from azpg_tls.rules import token
from azpg_tls.rules.refused import error_evidence
from azpg_tls.session import Abandoned, End, Failed, Rows, Session
from azpg_tls.target import DEFAULT_USER, Target
from azpg_tls.terms import CLEARTEXT

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.report import Report
    from azpg_tls.secret import Secret

_LONGEST = 1000  # characters of a server's message that are shown
_CLIENT_CERTIFICATE = "client-certificate-required"

_BY_SQLSTATE = {"3D000": "database-missing", "28P01": "password-rejected"}
_BY_REFUSAL = {
    Refusal.FULL: "too-many-connections",
    Refusal.NOT_READY: "server-not-ready",
    Refusal.NO_ENTRY: "no-pg-hba-entry",
    Refusal.NO_CERTIFICATE: _CLIENT_CERTIFICATE,
}
_BY_END = {End.METHOD: "auth-method-refused", End.BINDING: "channel-binding-mismatch"}
# What the server's words may decide; any other meaning is that of a client's text.
_BY_WORDS = ("password-rejected", "role-missing", "database-missing", "channel-binding-mismatch", _CLIENT_CERTIFICATE)
# What libpq's own words may decide where a client certificate was to be shown: its files, and alerts that answer it.
_BY_LIBPQ = ("root-file-missing", "root-file-format", "root-file-permissions", _CLIENT_CERTIFICATE)
_NOLOGIN = re.compile(r"is not permitted to log in")  # the role is there


@dataclass(frozen=True)
class Attempt:
    """How a login was tried: to whom, with what, and if that is a token.

    *credential* says where the secret came from, *user_from* the user's name, *certificate* that one was shown.
    """

    target: Target
    credential: str | None = None
    token: bool = False
    write: bool = False
    user_from: str = ""
    certificate: bool = False

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
    return finding.code == _CLIENT_CERTIFICATE and finding.stage in (Stage.HANDSHAKE, Stage.STARTUP)


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


def with_login(report: Report, attempt: Attempt, outcome: Session | Failed) -> Report:
    """Return *report* with what became of the login."""
    finding = _finding(attempt, outcome)
    status = (Status.FAILED, finding.code) if finding else (Status.OK, "")
    login = StageResult(Stage.LOGIN, *status, outcome.ms if isinstance(outcome, Failed) else outcome.login_ms)
    # Whoever shows a client certificate is past what the probe, which has none, was refused for.
    findings = tuple(each for each in report.findings if not _wants_certificate(each))
    stages = report.stages if len(findings) == len(report.findings) else tuple(map(_certified, report.stages))
    view = _view(report, attempt, outcome)
    findings += (finding,) if finding else ()
    return _summed(replace(report, findings=findings, stages=(*stages, login), login=view))


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


def _finding(attempt: Attempt, outcome: Session | Failed) -> Finding | None:
    if isinstance(outcome, Failed):
        if outcome.error:
            code = code_of(outcome.error, with_token=attempt.token)
        else:
            code = _BY_END.get(outcome.end) or _of_libpq(outcome.words, attempt)
        return _said(code, attempt, outcome.error, outcome.words)
    if isinstance(outcome.rows, ServerError):
        return _said("statement-failed", attempt, outcome.rows, "")
    if isinstance(outcome.rows, Abandoned):
        return _said("statement-failed", attempt, None, outcome.rows.words)
    return None


def _said(code: str, attempt: Attempt, error: ServerError | None, words: str) -> Finding:
    evidence: dict[str, object] = error_evidence(error) if error else {"message": visible(words, _LONGEST)}
    evidence |= {"user": attempt.user, "database": attempt.dbname}
    if attempt.user_from:
        evidence["user_from"] = attempt.user_from
    if attempt.credential:
        evidence["credential"] = attempt.credential
    if error:
        state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
        detail = f"The server answered '{attempt.user}': {visible(error.message, _LONGEST)}{state}"
    else:
        detail = visible(" ".join(words.split()), _LONGEST)
    fix = _fixes(code, attempt, error)
    return Finding(code, Severity.ERROR, Stage.LOGIN, BY_CODE[code].title, detail, evidence, fix)


def code_of(error: ServerError, *, with_token: bool = False) -> str:
    """Return the code of a login that the server refused with *error*; *with_token*: an Entra token was sent."""
    meant = _meant(error.message)
    if meant[0].startswith("entra-"):
        return meant[0]
    # PgBouncer says this of a token that does not fit into its buffer, and of other broken packets.
    if with_token and error.sqlstate == PGBOUNCER and "entra-token-malformed" in meant:
        return "entra-token-malformed"
    code = _BY_SQLSTATE.get(error.sqlstate) or _BY_REFUSAL.get(refusal(error))
    if code is None:
        code = meant[0] if meant[0] in _BY_WORDS and not _NOLOGIN.search(error.message) else "login-failed"
    # A token that was looked at before it was sent is most often refused for whose it is; PgBouncer's own refusal (of
    # what its auth_file has, or cannot hold) says nothing of that.
    by_server = with_token and error.sqlstate != PGBOUNCER
    return "entra-wrong-username" if by_server and code == "password-rejected" else code


def _of_libpq(words: str, attempt: Attempt) -> str:
    """Return the code of a login that ended without an answer of the server's."""
    meant = _meant(words)[0] if attempt.certificate else ""
    return meant if meant in _BY_LIBPQ else "login-failed"


def _meant(words: str) -> list[str]:
    """Return the codes of what *words* can mean, the most probable first; at least one."""
    from azpg_tls.explanation import explain  # imported late: only a refused login needs every client's words

    return [cause.code for cause in explain(words).causes] or ["login-failed"]


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
        _CLIENT_CERTIFICATE: (
            "See whose the certificate is, and until when: openssl x509 -in FILE -noout -subject -issuer -enddate",
            f"Its common name has to be '{user}', or mapped to it in pg_ident.conf.",
            "See whether the server knows the CA that issued it: ssl_ca_file (client_tls_ca_file in pgbouncer.ini)",
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
    shown = _shown(error) if error else None
    method = CLEARTEXT if attempt.token else report.startup.auth_method if report.startup else None
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
        message=visible(error.message, _LONGEST),
        detail=visible(error.detail, _LONGEST),
        hint=visible(error.hint, _LONGEST),
    )
