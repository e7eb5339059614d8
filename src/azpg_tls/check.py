"""One target from beginning to end: observe it, judge what was seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from OpenSSL import SSL

from azpg_tls import bundle, chain
from azpg_tls.case import Case
from azpg_tls.diagnosis import diagnose
from azpg_tls.evidence import Evidence
from azpg_tls.network import observe, system_resolver
from azpg_tls.observation import Seen, value
from azpg_tls.report import PROOF, Bundle, Severity, Tool
from azpg_tls.version import __version__

if TYPE_CHECKING:
    from azpg_tls.chain import Trust
    from azpg_tls.network import Clock, Resolver
    from azpg_tls.policy import Policy
    from azpg_tls.report import Report
    from azpg_tls.target import Target


def check(
    target: Target,
    trust: Trust,
    policy: Policy,
    *,
    timeout: float,
    clock: Clock,
    resolver: Resolver = system_resolver,
) -> Case:
    """Probe *target* once, within *timeout* seconds, and return the case that `judge` decides."""
    return Case(observe(target, timeout=timeout, clock=clock, resolver=resolver), trust, policy)


def judge(case: Case) -> Report:
    """Return the report on *case*; the same case gives the same report, whenever and wherever."""
    # A saved case names known CAs only if it brought its own, as the laboratory does.
    known = case.trust.known or bundle.known_cas()
    trust = chain.Trust(case.trust.label, case.trust.anchors, known)
    evidence = Evidence(case.observation, None, trust, case.policy)
    if evidence.handshake and evidence.handshake.certificates:
        judged = chain.judge(evidence.handshake.certificates, trust, evidence.at)
        evidence = Evidence(case.observation, judged, trust, case.policy)
    return diagnose(evidence, tool(case.observation.target.cloud or "public"))


def another(case: Case, certificates: tuple[bytes, ...]) -> str:
    """Return why a server that presents *certificates* is not to be trusted like the one of *case*, "" if it is.

    It may be the same server, or one of several by that name: others are judged as the first one was.
    """
    handshake = value(case.observation.handshake)
    if handshake is None or certificates == handshake.certificates:
        return ""
    if not certificates:
        demanding = case.policy.pins or case.policy.expect_issuer or case.policy.max_depth is not None
        return "what was demanded of the certificates cannot be checked in libpq's connection" if demanding else ""
    shaken = Seen(replace(handshake, certificates=certificates), 0.0)
    report = judge(replace(case, observation=replace(case.observation, handshake=shaken)))
    wrong = next((each for each in report.findings if each.stage in PROOF and each.severity is Severity.ERROR), None)
    return f"at the login, the server presented other certificates than before: {wrong.detail}" if wrong else ""


@cache
def tool(profile: str) -> Tool:
    """Return who judges: the versions of azpg-tls, of OpenSSL, and of the bundle in *profile*."""
    installed = bundle.installed(profile)
    openssl = SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()
    return Tool(__version__, openssl, Bundle(installed.version, profile, installed.sha256))
