"""From evidence to report: apply every rule, choose the cause that explains the failure, and sum up the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.handshake import Ending
from azpg_tls.observation import NotReached
from azpg_tls.render.escape import visible
from azpg_tls.report import (
    ChainView,
    Report,
    Severity,
    Stage,
    StageResult,
    StartupView,
    Status,
    TargetView,
    TlsView,
    Verdict,
)
from azpg_tls.rules import RULES

if TYPE_CHECKING:
    from azpg_tls.chain import Chain
    from azpg_tls.evidence import Evidence
    from azpg_tls.report import Finding, Tool

_ORDER = {stage: place for place, stage in enumerate(Stage)}
_UNREACHABLE = (Stage.RESOLVE, Stage.CONNECT)
_NO_CERTIFICATE = NotReached("no certificate was presented")


def diagnose(evidence: Evidence, tool: Tool) -> Report:
    """Return the report on *evidence*."""
    found = [finding for rule in RULES if (finding := rule.apply(evidence))]
    findings = tuple(sorted(found, key=lambda finding: _ORDER[finding.stage]))
    diagnosis = next((finding for finding in findings if finding.severity is Severity.ERROR), None)
    observation = evidence.observation
    return Report(
        tool=tool,
        target=_target(evidence),
        started=observation.started,
        elapsed_ms=observation.elapsed_ms,
        verdict=verdict(findings),
        diagnosis=diagnosis,
        findings=findings,
        stages=_stages(evidence, findings),
        tls=_tls(evidence),
        chain=_chain(evidence.chain) if evidence.chain else None,
        startup=_startup(evidence),
    )


def verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict that *findings* amount to."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if any(finding.stage in _UNREACHABLE for finding in errors):
        return Verdict.UNREACHABLE
    if errors:
        return Verdict.FAIL
    return Verdict.WARN if any(finding.severity is Severity.WARNING for finding in findings) else Verdict.PASS


def _stages(evidence: Evidence, findings: tuple[Finding, ...]) -> tuple[StageResult, ...]:
    seen = evidence.observation
    judged = NotReached("") if evidence.chain else _NO_CERTIFICATE
    stages = {
        Stage.RESOLVE: seen.resolution,
        Stage.CONNECT: seen.connection,
        Stage.NEGOTIATE: seen.negotiation,
        Stage.HANDSHAKE: seen.handshake,
        Stage.CERTIFICATE: judged,
        Stage.IDENTITY: judged,
        Stage.POLICY: judged,
        Stage.STARTUP: seen.startup,
    }
    failures = {finding.stage: finding.code for finding in reversed(findings) if finding.severity is Severity.ERROR}
    results = []
    for name, stage in stages.items():
        ms = 0.0 if isinstance(stage, NotReached) else stage.ms
        skipped = stage.reason if isinstance(stage, NotReached) else ""
        if name in failures:
            results.append(StageResult(name, Status.FAILED, failures[name], ms))
        elif name is Stage.HANDSHAKE and evidence.handshake and evidence.handshake.ending is not Ending.COMPLETED:
            # What ended it is named in the stage before: a server that wants an SSLRequest first.
            results.append(StageResult(name, Status.SKIPPED, "the server did not begin TLS", ms))
        else:
            results.append(StageResult(name, Status.SKIPPED if skipped else Status.OK, skipped, ms))
    return tuple(results)


def _target(evidence: Evidence) -> TargetView:
    target, resolution = evidence.target, evidence.resolution
    return TargetView(
        input=visible(target.input),
        host=target.host,
        port=target.port,
        hostaddr=target.hostaddr or None,
        server_name=target.server_name,
        address=evidence.connection.address if evidence.connection else None,
        addresses=tuple(visible(address) for address in resolution.addresses),
        canonical_name=visible(resolution.canonical_name) or None,
        cloud=target.cloud,
    )


def _tls(evidence: Evidence) -> TlsView | None:
    handshake = evidence.handshake
    if handshake is None or handshake.ending is not Ending.COMPLETED:
        return None
    return TlsView(
        version=handshake.version,
        cipher=handshake.cipher,
        group=handshake.group or None,
        alpn=visible(handshake.alpn) or None,
        sni=handshake.sni or None,
        client_certificate_requested=handshake.client_certificate_requested,
        ocsp_stapled=bool(handshake.ocsp_response),
    )


def _chain(chain: Chain) -> ChainView:
    path = chain.trusted.path
    return ChainView(
        presented=chain.presented,
        verified=path,
        intermediates=chain.intermediates,
        anchor=path[-1].subject.common_name if path else None,
        azure_generation=chain.generation,
        not_after=chain.not_after,
    )


def _startup(evidence: Evidence) -> StartupView | None:
    reply = evidence.reply
    if reply is None:
        return None
    return StartupView(
        answer=reply.reply.value,
        auth_method=reply.auth_method or None,
        sasl_mechanisms=tuple(visible(name) for name in reply.sasl_mechanisms),
        error=reply.error,
    )
