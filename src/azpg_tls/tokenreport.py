"""What is said of one Entra token, acquired or inspected: whose it is, what it fits, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azpg_tls import jwt
from azpg_tls.azure import CLOUDS
from azpg_tls.principal import Principal, Validity, audiences, doubts, principal, text, validity
from azpg_tls.render.escape import visible
from azpg_tls.report import Finding, Severity, Verdict
from azpg_tls.rules import sign_in, token

if TYPE_CHECKING:
    from azpg_tls.credential import Failure
    from azpg_tls.rules.token import Login
    from azpg_tls.secret import Secret


@dataclass(frozen=True)
class TokenView:
    """A token's claims, ready to be shown; the token itself is not in here."""

    length: int
    version: str | None
    audiences: tuple[str, ...]
    issuer: str | None
    principal: Principal
    validity: Validity


@dataclass(frozen=True)
class TokenReport:
    """The judgement of one token: *source* is what it came from; *token* is None if there was none to read."""

    source: str
    cloud: str
    at: dt.datetime
    user: str | None
    verdict: Verdict
    diagnosis: Finding | None
    findings: tuple[Finding, ...]
    token: TokenView | None
    doubts: tuple[str, ...]


def judge(held: Secret, login: Login, source: str) -> TokenReport:
    """Return what is to be said of the token *held* for *login*."""
    read = jwt.read(held.reveal())
    view = None if isinstance(read, jwt.Malformed) else _view(read)
    left_open = doubts(view.principal) if view else ()
    return _report(source, login, token.findings(held, login), view, left_open)


def refused(failures: tuple[Failure, ...], login: Login, source: str) -> TokenReport:
    """Return what is to be said where no token was acquired."""
    return _report(source, login, (sign_in.finding(failures, login.cloud),), None, ())


def cloud_of(held: Secret) -> str | None:
    """Return the cloud whose servers the token *held* is for; None if it is for none of theirs."""
    read = jwt.read(held.reveal())
    named = () if isinstance(read, jwt.Malformed) else audiences(read.claims)
    return next((cloud.name for cloud in CLOUDS.values() if cloud.audience in named), None)


def _report(
    source: str, login: Login, found: tuple[Finding, ...], view: TokenView | None, left_open: tuple[str, ...]
) -> TokenReport:
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    diagnosis = errors[0] if errors else None
    if diagnosis and diagnosis.code == "entra-unreachable":
        verdict = Verdict.UNREACHABLE
    else:
        verdict = Verdict.FAIL if errors else Verdict.WARN if found else Verdict.PASS
    return TokenReport(source, login.cloud, login.at, _shown(login.user), verdict, diagnosis, found, view, left_open)


def _view(read: jwt.Jwt) -> TokenView:
    who = principal(read.claims)
    return TokenView(
        read.length,
        _shown(text(read.claims, "ver")),
        tuple(visible(item) for item in audiences(read.claims)[:10]),
        _shown(text(read.claims, "iss")),
        replace(
            who,
            name=_shown(who.name),
            tenant=_shown(who.tenant),
            object_id=_shown(who.object_id),
            app_id=_shown(who.app_id),
            address=_shown(who.address),
            resource=_shown(who.resource),
        ),
        validity(read.claims),
    )


def _shown(value: str | None) -> str | None:
    return visible(value) if value is not None else None
