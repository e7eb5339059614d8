"""A connection for a program: psycopg's, opened once the server has proved who it is."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import psycopg

from azpg_tls import admission, login, terms
from azpg_tls.api import CLOCK, Options, observed
from azpg_tls.check import another, judge
from azpg_tls.errors import AzpgTlsError, InputError
from azpg_tls.network import DEFAULT_TIMEOUT
from azpg_tls.rules.login import Attempt
from azpg_tls.secret import Secret
from azpg_tls.session import Failed
from azpg_tls.target import DEFAULT_DBNAME, DEFAULT_USER, TargetOptions, login_words, parse

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential
    from psycopg.pq.abc import PGconn

    from azpg_tls.case import Case
    from azpg_tls.provider import TokenProvider
    from azpg_tls.report import Report
    from azpg_tls.target import Target


_WORDS = ("require_auth", "channel_binding", "sslcert", "sslkey")


class LoginError(AzpgTlsError):
    """No connection: the server is not in order, or refused the login; *report* says why."""

    exit_code = 1

    def __init__(self, report: Report) -> None:
        found = report.diagnosis
        said = f"{found.title} ({found.code}): {found.detail}" if found else report.stages[-1].reason
        super().__init__(said)
        self.report = report


def connect(
    host: str,
    *,
    password: str | Secret | None = None,
    credential: TokenCredential | TokenProvider | str | None = None,
    require_auth: str = "",
    channel_binding: str = "",
    sslcert: str = "",
    sslkey: str = "",
    **options: Unpack[Options],
) -> psycopg.Connection:
    """Verify the server *host*, a target as `probe` takes it, then log in and return psycopg's connection.

    With a *credential*, one of azure-identity's, the name of one or a token provider, an Entra token is the password.
    With neither, libpq finds the password as ever: PGPASSWORD, PGPASSFILE, ~/.pgpass. The other words are libpq's; what
    the target's own text says of them comes first. *options* are those of `probe`; *timeout* holds for the probe, and
    again for the login. The transaction's ways are psycopg's own: leave the block of a ``with``, or commit; so are
    ``autocommit`` and ``row_factory``, to be set on what is returned. Raises `LoginError` with the report,
    `InputError`, and `TypeError` for any other word.
    """
    _known(options)
    wish = _wish(host, credential, require_auth, channel_binding, sslcert, sslkey)
    # No variable but the caller's own holds the secret, whoever shows those of a traceback.
    secret = _secret(password, _provider(credential, host, options)() if credential is not None else None)
    pgconn, files = _open(host, secret, wish, options)
    connection = psycopg.Connection(pgconn)
    weakref.finalize(connection, files.close)  # kept as long: to cancel, libpq connects and verifies anew
    return connection


async def connect_async(
    host: str,
    *,
    password: str | Secret | None = None,
    credential: TokenCredential | AsyncTokenCredential | TokenProvider | str | None = None,
    require_auth: str = "",
    channel_binding: str = "",
    sslcert: str = "",
    sslkey: str = "",
    **options: Unpack[Options],
) -> psycopg.AsyncConnection:
    """Do as `connect` does, and return psycopg's connection for asyncio; the event loop goes on meanwhile."""
    _known(options)
    wish = _wish(host, credential, require_auth, channel_binding, sslcert, sslkey)
    asked = _provider(credential, host, options).asynchronous if credential is not None else None
    secret = _secret(password, await asked() if asked else None)
    pgconn, files = await asyncio.to_thread(_open, host, secret, wish, options)
    connection = psycopg.AsyncConnection(pgconn)
    weakref.finalize(connection, files.close)
    return connection


def _known(options: Options) -> None:
    """Raise `TypeError` for a word that is none of `probe`'s: a demand that is misspelt would not be made."""
    for name in options:
        if name not in Options.__annotations__:
            raise TypeError(f"connect() got an unexpected keyword argument '{name}'")


def _wish(host: str, credential: object, *given: str) -> terms.Wish:
    """Return what is asked of the login: what the target *host* says itself, else what was *given*."""
    own = login_words(host)
    words = {word: own.get(word, value) for word, value in zip(_WORDS, given, strict=True)}
    return terms.Wish(**words, passfile=own.get("passfile", ""), token=credential is not None)


def _secret(password: str | Secret | None, token: str | None) -> Secret | None:
    if password and token:
        raise InputError("give a password or a credential, not both")
    given = password or token
    return Secret(given) if isinstance(given, str) else given


def _provider(credential: Any, host: str, options: Options) -> TokenProvider:
    from azpg_tls.provider import TokenProvider, token_provider

    if isinstance(credential, TokenProvider):
        return credential
    asked = TargetOptions(cloud=options.get("cloud"))
    return token_provider(credential, cloud=parse(host, asked).cloud)


def _open(host: str, secret: Secret | None, wish: terms.Wish, options: Options) -> tuple[PGconn, contextlib.ExitStack]:
    options = _named(host, secret if wish.token else None, options)
    case = observed(host, **options)
    report = judge(case)
    target = case.observation.target
    reason = admission.hindrance(report, client_certificate=bool(wish.sslcert))
    if reason:
        raise LoginError(admission.not_tried(report, reason))
    if wish.token and secret:
        report = admission.with_findings(report, admission.token_user(secret, target, CLOCK.now())[1])
        if report.diagnosis:
            raise LoginError(report)
    agreed = terms.settled(report.startup, wish)
    outcome = terms.objection(agreed, report.startup) or _enter(case, agreed, secret, options)
    if isinstance(outcome, Failed):
        source = ("a token" if wish.token else "the caller") if outcome.used_password and secret else None
        raise LoginError(admission.with_login(report, _attempt(target, source, wish), outcome))
    return outcome


def _attempt(target: Target, source: str | None, wish: terms.Wish) -> Attempt:
    return Attempt(target, source, wish.token, certificate=bool(wish.sslcert))


def _named(host: str, token: Secret | None, options: Options) -> Options:
    """Return *options* with a user, the principal of the *token* where none is named; a probe would do without."""
    target = parse(host, TargetOptions(user=options.get("user", "")))
    if target.user == DEFAULT_USER and token is None:
        raise InputError("name the user to log in as: user=…")
    if token is None:
        return options
    user, _ = admission.token_user(token, target, CLOCK.now())
    return {"dbname": DEFAULT_DBNAME, **options, "user": user}


def _enter(
    case: Case, agreed: terms.Terms, secret: Secret | None, options: Options
) -> tuple[PGconn, contextlib.ExitStack] | Failed:
    with contextlib.ExitStack() as files:
        opened = login.enter(
            case,
            agreed,
            secret,
            root_file=files.enter_context(login.root_file(case.trust.anchors)),
            timeout=options.get("timeout", DEFAULT_TIMEOUT),
            clock=CLOCK,
            doubt=partial(another, case),
        )
        if isinstance(opened, Failed):
            return opened
        return opened.pgconn, files.pop_all()
