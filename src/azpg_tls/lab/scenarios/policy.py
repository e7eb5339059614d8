"""Healthy servers that do not meet a demand. The chain is that of azure-g2-2025 throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OpenSSL import SSL

from azpg_tls.lab import generations
from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.pki import rsa_key
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


def weak_cipher_without_forward_secrecy(at: dt.datetime) -> Setup:
    """Agree to a cipher suite of TLS 1.2 without forward secrecy only (AES256-GCM-SHA384)."""
    return _preferring(at, "AES256-GCM-SHA384")


def weak_cipher_without_aead(at: dt.datetime) -> Setup:
    """Agree to a cipher suite of TLS 1.2 without AEAD only (ECDHE-RSA-AES256-SHA384)."""
    return _preferring(at, "ECDHE-RSA-AES256-SHA384")


def strong_cipher(at: dt.datetime) -> Setup:
    """Agree to one good cipher suite of TLS 1.2 only (ECDHE-RSA-AES128-GCM-SHA256): nothing is wrong."""
    return _preferring(at, "ECDHE-RSA-AES128-GCM-SHA256")


def _preferring(at: dt.datetime, ciphers: str) -> Setup:
    chain = generations.chain("g2-2025", at=at, leaf_key=rsa_key(2048))
    tls = context(chain, ciphers)
    tls.set_max_proto_version(SSL.TLS1_2_VERSION)
    return Setup(chain.root.certificate, postgres(tls), known=known(chain, "g2-2025"))


def _demanding(at: dt.datetime, policy: Policy, newest: int = SSL.TLS1_3_VERSION) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    tls = context(chain)
    tls.set_max_proto_version(newest)
    return Setup(chain.root.certificate, postgres(tls), policy=policy, known=known(chain, "g2-2025"))
