"""Healthy servers that do not meet a demand. The chain is that of azure-g2-2025 throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OpenSSL import SSL

from azpg_tls.lab import generations
from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.scenario import Setup, known
from azpg_tls.policy import Policy

if TYPE_CHECKING:
    import datetime as dt


def chain_too_deep(at: dt.datetime) -> Setup:
    """Present two intermediates to a client that allows one (--max-depth 1)."""
    return _demanding(at, Policy(max_depth=1))


def chain_deep_enough(at: dt.datetime) -> Setup:
    """Present two intermediates to a client that allows two (--max-depth 2): nothing is wrong."""
    return _demanding(at, Policy(max_depth=2))


def issuer_unexpected(at: dt.datetime) -> Setup:
    """Present a leaf of the new issuing CA to a client that expects the old one (--expect-issuer)."""
    return _demanding(at, Policy(expect_issuer="Issuing CA 03"))


def pin_mismatch(at: dt.datetime) -> Setup:
    """Present keys of which the client has pinned none (--pin)."""
    return _demanding(at, Policy(pins=("00" * 32,)))


def tls_1_2_only(at: dt.datetime) -> Setup:
    """Speak TLS 1.2 at most: nothing is wrong by default."""
    return _demanding(at, Policy(), SSL.TLS1_2_VERSION)


def tls_version_too_old(at: dt.datetime) -> Setup:
    """Speak TLS 1.2 at most, to a client that demands 1.3 (--min-tls TLSv1.3)."""
    return _demanding(at, Policy(min_tls="TLSv1.3"), SSL.TLS1_2_VERSION)


def _demanding(at: dt.datetime, policy: Policy, newest: int = SSL.TLS1_3_VERSION) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    tls = context(chain)
    tls.set_max_proto_version(newest)
    return Setup(chain.root.certificate, postgres(tls), policy=policy, known=known(chain, "g2-2025"))
