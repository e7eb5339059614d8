"""A token's report to text and to JSON; the token itself is in neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azpg_tls.azure import CLOUDS
from azpg_tls.principal import Kind
from azpg_tls.render.json import finding as finding_document
from azpg_tls.render.text import VERDICT_SGR, Style, also, explained
from azpg_tls.report import Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from azpg_tls.report import Finding
    from azpg_tls.tokenreport import TokenReport, TokenView

SCHEMA = "azpg-tls/token/1"


def render(report: TokenReport, style: Style) -> str:
    """Return *report* as text, its last line ended."""
    main = _main(report)
    parts = [_first_line(report, main, style)]
    if main:
        parts.append(explained(main, style))
    others = [each for each in report.findings if each is not main]
    if others:
        parts.append("\n".join([style.bold("Also found"), *(also(each, style) for each in others)]))
    if report.token:
        parts.append("\n".join([style.bold("Token"), *_claims(report.token, report, style)]))
        parts.append("\n".join([style.bold("User name for PostgreSQL"), *_user(report, report.token, style)]))
    return "\n\n".join(parts) + "\n"


def _main(report: TokenReport) -> Finding | None:
    return report.diagnosis or next((each for each in report.findings if each.severity is Severity.WARNING), None)


def _first_line(report: TokenReport, main: Finding | None, style: Style) -> str:
    word = style.paint(report.verdict.name, VERDICT_SGR[report.verdict])
    whose = f"A token of {_whose(report.token)}" if report.token else ""
    sentence = f"{main.title} ({main.code})" if main else f"{whose} for PostgreSQL in the cloud '{report.cloud}'"
    return f"{word}  {report.source}: {sentence}"


def _whose(token: TokenView) -> str:
    who = token.principal
    article = "an" if who.kind is Kind.APPLICATION else "a"
    known = who.name or who.address or who.app_id or who.object_id
    kind = "someone unknown" if who.kind is Kind.UNKNOWN else f"{article} {who.kind.value}"
    return f"{kind} ({known})" if known else kind


def _claims(token: TokenView, report: TokenReport, style: Style) -> Iterator[str]:
    who, valid = token.principal, token.validity
    groups = f"{who.groups or 0}{' and more' if who.more_groups else ''}" if who.groups or who.more_groups else None
    lines = {
        "for": ", ".join(token.audiences) or "nobody (no claim aud)",
        "wanted": CLOUDS[report.cloud].audience,
        "scope": CLOUDS[report.cloud].scope,
        "of": _whose(token),
        "tenant": who.tenant,
        "object id": who.object_id,
        "app id": who.app_id,
        "resource": who.resource,
        "groups": groups,
        "mfa": ("yes" if who.mfa else "no") if who.human else None,
        "issued": _moment(valid.issued),
        "ends": f"{_moment(valid.ends)}{_left(valid.ends, report.at)}" if valid.ends else None,
        "length": f"{token.length} characters",
        "issuer": token.issuer,
    }
    for name, value in lines.items():
        if value is not None:
            yield style.wrap(value, " " * 14, f"  {name:<12}")


def _user(report: TokenReport, token: TokenView, style: Style) -> Iterator[str]:
    expected = token.principal.name
    yield f"  {expected}" if expected else "  the token does not tell"
    if report.user is not None:
        yield f"  given: {report.user}"
    for doubt in report.doubts:
        yield style.wrap(doubt, "    ", "  - ")


def _moment(moment: dt.datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else None


def _left(ends: dt.datetime, at: dt.datetime) -> str:
    minutes = int((ends - at).total_seconds() // 60)
    return f" (in {minutes} min)" if minutes >= 0 else ""


def to_json(report: TokenReport) -> str:
    """Return *report* as one JSON document, as ``azpg-tls schema token`` describes it."""
    return json.dumps(document(report), indent=2)


def document(report: TokenReport) -> dict[str, object]:
    """Return *report* as plain data."""
    return {
        "schema": SCHEMA,
        "source": report.source,
        "cloud": report.cloud,
        "expected_audience": CLOUDS[report.cloud].audience,
        "scope": CLOUDS[report.cloud].scope,
        "at": _utc(report.at),
        "verdict": report.verdict.value,
        "diagnosis": finding_document(report.diagnosis) if report.diagnosis else None,
        "findings": [finding_document(each) for each in report.findings],
        "token": _token(report.token) if report.token else None,
        "user": {
            "given": report.user,
            "expected": report.token.principal.name if report.token else None,
            "doubts": list(report.doubts),
        },
    }


def _token(token: TokenView) -> dict[str, object]:
    who, valid = token.principal, token.validity
    return {
        "length": token.length,
        "version": token.version,
        "audience": list(token.audiences),
        "issuer": token.issuer,
        "tenant": who.tenant,
        "kind": who.kind.value,
        "object_id": who.object_id,
        "app_id": who.app_id,
        "address": who.address,
        "resource": who.resource,
        "groups": who.groups,
        "more_groups": who.more_groups,
        "mfa": who.mfa,
        "issued": _utc(valid.issued),
        "begins": _utc(valid.begins),
        "ends": _utc(valid.ends),
    }


def _utc(moment: dt.datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
