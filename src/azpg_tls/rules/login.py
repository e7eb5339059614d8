"""What a login that failed means, or a statement after it, as one finding.

A refusal is told by its SQLSTATE first. 28000 and PgBouncer's 08P01 have several uses: then the words decide, which
`explanation` knows in the languages that PostgreSQL is translated into, and in Entra ID's old and new wording.

Source: src/backend/utils/init/miscinit.c and postinit.c of PostgreSQL; PgBouncer's src/client.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls.catalogue import BY_CODE
from azpg_tls.errorresponse import ServerError
from azpg_tls.refusal import PGBOUNCER, Refusal, refusal
from azpg_tls.render.escape import visible
from azpg_tls.report import Finding, Severity, Stage
from azpg_tls.rules.refused import error_evidence
from azpg_tls.session import Abandoned, End, Failed
from azpg_tls.target import Target

if TYPE_CHECKING:
    from azpg_tls.session import Session

LONGEST = 1000  # characters of a server's message that are shown
CLIENT_CERTIFICATE = "client-certificate-required"

_BY_SQLSTATE = {"3D000": "database-missing", "28P01": "password-rejected"}
_BY_REFUSAL = {
    Refusal.FULL: "too-many-connections",
    Refusal.NOT_READY: "server-not-ready",
    Refusal.NO_ENTRY: "no-pg-hba-entry",
    Refusal.NO_CERTIFICATE: CLIENT_CERTIFICATE,
}
_BY_END = {End.METHOD: "auth-method-refused", End.BINDING: "channel-binding-mismatch"}
# What the server's words may decide; any other meaning is that of a client's text.
_BY_WORDS = ("password-rejected", "role-missing", "database-missing", "channel-binding-mismatch", CLIENT_CERTIFICATE)
# What libpq's own words may decide where a client certificate was to be shown: its files, and alerts that answer it.
_BY_LIBPQ = ("root-file-missing", "root-file-format", "root-file-permissions", CLIENT_CERTIFICATE)


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


def finding(attempt: Attempt, outcome: Session | Failed) -> Finding | None:
    """Return what is wrong with *outcome*, None if nothing is."""
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
    evidence: dict[str, object] = error_evidence(error) if error else {"message": visible(words, LONGEST)}
    evidence |= {"user": attempt.user, "database": attempt.dbname}
    if attempt.user_from:
        evidence["user_from"] = attempt.user_from
    if attempt.credential:
        evidence["credential"] = attempt.credential
    if error:
        state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
        detail = f"The server answered '{attempt.user}': {visible(error.message, LONGEST)}{state}"
    else:
        detail = visible(" ".join(words.split()), LONGEST)
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
        code = meant[0] if meant[0] in _BY_WORDS else "login-failed"
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
            # The server says the same of a role that it does not have (auth.c: mock authentication).
            "See as another role whether it is there, and until when its password is valid: psql … -c '\\du'",
            f"If it is, set the password anew: ALTER ROLE {_quoted(user)} PASSWORD '…';",
            f"If it is not: CREATE ROLE {_quoted(user)} LOGIN PASSWORD '…';",
        ),
        "role-missing": (
            "See what there is: SELECT rolname FROM pg_roles WHERE rolcanlogin;",
            f"Name one of them with --user, or: CREATE ROLE {_quoted(user)} LOGIN PASSWORD '…';",
        ),
        "database-missing": (
            "See what there is: --dbname postgres --command 'SELECT datname FROM pg_database'",
            f"Name one of them with --dbname, or: CREATE DATABASE {_quoted(dbname)};",
        ),
        CLIENT_CERTIFICATE: (
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
