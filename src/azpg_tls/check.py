"""One target from beginning to end: observe it, judge what was seen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from OpenSSL import SSL

from azpg_tls import bundle, chain
from azpg_tls.case import Case
from azpg_tls.diagnosis import diagnose
from azpg_tls.evidence import Evidence
from azpg_tls.network import observe, system_resolver
from azpg_tls.report import Bundle, Tool
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


@cache
def tool(profile: str) -> Tool:
    """Return who judges: the versions of azpg-tls, of OpenSSL, and of the bundle in *profile*."""
    installed = bundle.installed(profile)
    openssl = SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()
    return Tool(__version__, openssl, Bundle(installed.version, profile, installed.sha256))
