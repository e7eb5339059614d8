"""Report to JSON, as ``azpg-tls schema`` describes it. Fields may be added, never renamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.certificate import Certificate
    from azpg_tls.errorresponse import ServerError
    from azpg_tls.report import ChainView, Finding, LoginView, Report, StartupView

SCHEMA = "azpg-tls/probe/1"


def render(report: Report) -> str:
    """Return *report* as one JSON document."""
    return json.dumps(document(report), indent=2)


def render_all(reports: list[Report]) -> str:
    """Return one report as a document, several as an array in their order."""
    documents = [document(report) for report in reports]
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=2)


def document(report: Report) -> dict[str, object]:
    """Return *report* as plain data."""
    tool, target, tls = report.tool, report.target, report.tls
    return {
        "schema": SCHEMA,
        "tool": {"version": tool.version, "openssl": tool.openssl, "bundle": vars(tool.bundle)},
        "target": vars(target) | {"addresses": list(target.addresses)},
        "started": _moment(report.started),
        "elapsed_ms": report.elapsed_ms,
        "verdict": report.verdict.value,
        "diagnosis": finding(report.diagnosis) if report.diagnosis else None,
        "findings": [finding(each) for each in report.findings],
        "stages": [
            {"name": stage.name.value, "status": stage.status.value, "reason": stage.reason or None, "ms": stage.ms}
            for stage in report.stages
        ],
        "tls": vars(tls) if tls else None,
        "chain": _chain(report.chain) if report.chain else None,
        "startup": _startup(report.startup) if report.startup else None,
        "login": _login(report.login) if report.login else None,
    }


def finding(found: Finding) -> dict[str, object]:
    """Return one finding as plain data."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "stage": found.stage.value,
        "title": found.title,
        "detail": found.detail,
        "evidence": dict(found.evidence),
        "fix": list(found.fix),
    }


def _chain(chain: ChainView) -> dict[str, object]:
    return {
        "presented": [_certificate(certificate) for certificate in chain.presented],
        "verified": [_certificate(certificate) for certificate in chain.verified],
        "intermediates": chain.intermediates,
        "anchor": chain.anchor,
        "azure_generation": chain.azure_generation,
        "not_after": _moment(chain.not_after),
    }


def _certificate(certificate: Certificate) -> dict[str, object]:
    return {
        "subject": certificate.subject.text,
        "issuer": certificate.issuer.text,
        "serial": certificate.serial,
        "not_before": _moment(certificate.not_before),
        "not_after": _moment(certificate.not_after),
        "key": certificate.key,
        "signature": certificate.signature,
        "sha256": certificate.sha256,
        "spki_sha256": certificate.spki_sha256,
        "sans": list(certificate.sans),
        "ca": certificate.ca,
    }


def _startup(startup: StartupView) -> dict[str, object]:
    return {
        "answer": startup.answer,
        "auth_method": startup.auth_method,
        "sasl_mechanisms": list(startup.sasl_mechanisms),
        "error": _error(startup.error) if startup.error else None,
    }


def _login(login: LoginView) -> dict[str, object]:
    rows = login.rows
    return {
        "user": login.user,
        "user_from": login.user_from,
        "auth_method": login.auth_method,
        "credential": login.credential,
        "session": vars(login.session) if login.session else None,
        "read_only": login.read_only,
        "rows": vars(rows) if rows else None,
        "error": _error(login.error) if login.error else None,
    }


def _error(error: ServerError) -> dict[str, str]:
    fields = ("severity", "sqlstate", "message", "detail", "hint")
    return {field: visible(getattr(error, field)) for field in fields}


def _moment(moment: dt.datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
