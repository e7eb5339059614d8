"""From evidence to report: apply every rule, choose the cause that explains the failure, and sum up the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.errorresponse import ServerError
from azpg_tls.handshake import Ending
from azpg_tls.observation import NotReached, Seen
from azpg_tls.render.escape import visible
from azpg_tls.report import (
    PROOF,
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

# Characters that are shown; what is longer is cut.
_NAME_LIMIT = 300  # a DNS name has 253 at most
_INPUT_LIMIT = 2000  # a connection string
_ERROR_LIMIT = 1000  # a server's message
_NO_CERTIFICATE = NotReached("no certificate was presented")
# A certificate is anybody's until the handshake has proved that the server holds its key.
_NOT_PROVED = NotReached("the TLS handshake did not end")
_NO_PATH = NotReached("no path to a trusted root to check")


def diagnose(evidence: Evidence, tool: Tool) -> Report:
    """Return the report on *evidence*."""
    found = [finding for rule in RULES if (finding := rule.apply(evidence))]
    findings = tuple(sorted(found, key=lambda finding: _ORDER[finding.stage]))
    diagnosis = next((finding for finding in findings if finding.severity is Severity.ERROR), None)
    observation = evidence.observation
    stages = _stages(evidence, findings)
    return Report(
        tool=tool,
        target=_target(evidence),
        started=observation.started,
        elapsed_ms=observation.elapsed_ms,
        verdict=verdict(findings, stages),
        diagnosis=diagnosis,
        findings=findings,
        stages=stages,
        tls=_tls(evidence),
        chain=_chain(evidence.chain) if evidence.chain else None,
        startup=_startup(evidence),
    )


def verdict(findings: tuple[Finding, ...], stages: tuple[StageResult, ...]) -> Verdict:
    """Return the verdict that *findings* amount to; whoever was not checked, does not pass."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if any(finding.stage in _UNREACHABLE for finding in errors):
        return Verdict.UNREACHABLE
    unchecked = any(stage.name in PROOF and stage.status is not Status.OK for stage in stages)
    if errors or unchecked:
        return Verdict.FAIL
    return Verdict.WARN if any(finding.severity is Severity.WARNING for finding in findings) else Verdict.PASS


def _stages(evidence: Evidence, findings: tuple[Finding, ...]) -> tuple[StageResult, ...]:
    seen = evidence.observation
    judged = _judged(evidence)
    stages = {
        Stage.RESOLVE: seen.resolution,
        Stage.CONNECT: seen.connection,
        Stage.NEGOTIATE: seen.negotiation,
        Stage.HANDSHAKE: seen.handshake,
        Stage.CERTIFICATE: judged,
        Stage.IDENTITY: judged,
        Stage.POLICY: judged or _policy(evidence),
        Stage.STARTUP: seen.startup,
    }
    failures = {finding.stage: finding.code for finding in reversed(findings) if finding.severity is Severity.ERROR}
    results = []
    for name, stage in stages.items():
        ms = stage.ms if isinstance(stage, Seen) else 0.0
        if name in failures:
            results.append(StageResult(name, Status.FAILED, failures[name], ms))
        elif isinstance(stage, NotReached):
            results.append(StageResult(name, Status.SKIPPED, visible(stage.reason), ms))
        elif name is Stage.HANDSHAKE and not _completed(evidence):
            # What ended it is named in the stage before: a server that wants an SSLRequest first.
            results.append(StageResult(name, Status.SKIPPED, "the server did not begin TLS", ms))
        else:
            results.append(StageResult(name, Status.OK, "", ms))
    return tuple(results)


def _completed(evidence: Evidence) -> bool:
    return evidence.handshake is not None and evidence.handshake.ending is Ending.COMPLETED


def _judged(evidence: Evidence) -> NotReached | None:
    """Return why the certificate and its name cannot be called right even without a finding, None if they can."""
    if evidence.chain is None:
        return _NO_CERTIFICATE
    return None if _completed(evidence) else _NOT_PROVED


def _policy(evidence: Evidence) -> NotReached | None:
    """Return why a demand of the policy could not be checked, None if all were."""
    policy = evidence.policy
    demanding = policy.max_depth is not None or policy.pins or policy.expect_issuer
    return _NO_PATH if demanding and evidence.chain and not evidence.chain.path else None


def _target(evidence: Evidence) -> TargetView:
    target, resolution = evidence.target, evidence.resolution
    return TargetView(
        input=visible(target.input, _INPUT_LIMIT),
        host=_name(target.host),
        port=target.port,
        hostaddr=_name(target.hostaddr) or None,
        server_name=_name(target.server_name),
        address=_name(evidence.connection.address) if evidence.connection and evidence.connection.address else None,
        addresses=tuple(_name(address) for address in resolution.addresses),
        canonical_name=_name(resolution.canonical_name) or None,
        cloud=target.cloud,
    )


def _tls(evidence: Evidence) -> TlsView | None:
    handshake = evidence.handshake
    if handshake is None or handshake.ending is not Ending.COMPLETED:
        return None
    return TlsView(
        version=visible(handshake.version),
        cipher=visible(handshake.cipher),
        group=visible(handshake.group) or None,
        alpn=visible(handshake.alpn) or None,
        sni=_name(handshake.sni) or None,
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
        auth_method=visible(reply.auth_method) or None,
        sasl_mechanisms=tuple(visible(name) for name in reply.sasl_mechanisms),
        error=_shown(reply.error) if reply.error else None,
    )


def _shown(error: ServerError) -> ServerError:
    return ServerError(
        severity=visible(error.severity),
        sqlstate=visible(error.sqlstate),
        message=visible(error.message, _ERROR_LIMIT),
        detail=visible(error.detail, _ERROR_LIMIT),
        hint=visible(error.hint, _ERROR_LIMIT),
        protocol=error.protocol,
        whole=error.whole,
    )


def _name(text: str) -> str:
    return visible(text, _NAME_LIMIT)
