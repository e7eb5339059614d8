"""Chains that a careful client may accept, and that say something about the server or this machine all the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ReasonFlags
from cryptography.x509.ocsp import OCSPCertStatus

from azpg_tls.lab import generations, pki
from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.pki import Chain
from azpg_tls.lab.scenario import Setup, known

DAY = dt.timedelta(days=1)
YEAR = dt.timedelta(days=365)


def clock_behind(at: dt.datetime) -> Setup:
    """Present a chain that becomes valid in a year, but for its root, as to a client whose clock is behind.

    leaf (from in a year) < Lab Issuing CA (from in a year) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root, not_before=at + YEAR)
    leaf = pki.server(issuing, at=at, not_before=at + YEAR, not_after=at + YEAR + 90 * DAY)
    return _presenting(Chain(leaf, (issuing,), root))


def clock_ahead(at: dt.datetime) -> Setup:
    """Present a chain that has expired years ago, its root included, as to a client whose clock is ahead.

    leaf (until 8 years ago) < Lab Issuing CA (until 3 years ago) < Lab Root (until yesterday)
    """
    root = pki.authority("Lab Root", at=at, not_before=at - 20 * YEAR, not_after=at - DAY)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root, not_before=at - 12 * YEAR, not_after=at - 3 * YEAR)
    leaf = pki.server(issuing, at=at, not_before=at - 9 * YEAR, not_after=at - 8 * YEAR)
    return _presenting(Chain(leaf, (issuing,), root))


def expired_together(at: dt.datetime) -> Setup:
    """Present a chain that was made in one go, for a year, and expired yesterday as a whole.

    leaf (until yesterday) < Lab Root (until yesterday)
    """
    root = pki.authority("Lab Root", at=at, not_before=at - YEAR, not_after=at - DAY)
    leaf = pki.server(root, at=at, not_before=at - YEAR, not_after=at - DAY)
    return _presenting(Chain(leaf, (), root))


def expired_cross_sign(at: dt.datetime) -> Setup:
    """Present an expired cross-signed form of the issuer beside the one that leads to the trusted root: all is well.

    leaf < Lab Issuing CA < Lab Root; beside it Lab Issuing CA (until yesterday) < (Lab Old Root, not trusted)
    """
    root, old = (pki.authority(name, at=at) for name in ("Lab Root", "Lab Old Root"))
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root)
    across = pki.authority(
        "Lab Issuing CA", at=at, issuer=old, key=issuing.key, not_before=at - YEAR, not_after=at - DAY
    )
    return _presenting(Chain(pki.server(issuing, at=at), (across, issuing), root))


def revoked(at: dt.datetime) -> Setup:
    """Staple an OCSP response that calls the leaf revoked; who does not look at it connects.

    leaf (revoked yesterday: keyCompromise) < Lab Issuing CA < Lab Root
    """
    return _stapling(at, OCSPCertStatus.REVOKED, ReasonFlags.key_compromise)


def stapled_good(at: dt.datetime) -> Setup:
    """Staple an OCSP response that calls the leaf good: nothing is wrong.

    leaf < Lab Issuing CA < Lab Root
    """
    return _stapling(at, OCSPCertStatus.GOOD, None)


def weak_key(at: dt.datetime) -> Setup:
    """Present a leaf with an RSA key of 1024 bits.

    leaf (RSA 1024) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, key=pki.rsa_key(1024)), (), root), ciphers="DEFAULT:@SECLEVEL=0")


def weak_signature(at: dt.datetime) -> Setup:
    """Present a leaf that is signed with SHA-1.

    leaf (sha1WithRSAEncryption) < Lab Root
    """
    key = pki.rsa_key(2048)
    root = pki.authority("Lab Root", at=at, key=key)
    leaf = pki.signed_with_sha1(pki.server(root, at=at), key)
    return _presenting(Chain(leaf, (), root), ciphers="DEFAULT:@SECLEVEL=0")


def rsa_2048(at: dt.datetime) -> Setup:
    """Present a leaf with an RSA key of 2048 bits, just enough: nothing is wrong.

    leaf (RSA 2048) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, key=pki.rsa_key(2048)), (), root))


def chain_out_of_order(at: dt.datetime) -> Setup:
    """Present the intermediates in the wrong order.

    leaf, Lab TLS RSA Root G2, Lab TLS G2 RSA CA OCSP 02
    """
    chain = generations.chain("g2-2025", at=at)
    return _presenting(replace(chain, intermediates=chain.intermediates[::-1]))


def chain_unneeded_certificate(at: dt.datetime) -> Setup:
    """Present one more intermediate, which has nothing to do with the chain.

    leaf < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2; beside it Lab Old Issuing CA
    """
    chain = generations.chain("g2-2025", at=at)
    old = pki.authority("Lab Old Issuing CA", at=at, issuer=pki.authority("Lab Old Root", at=at))
    return _presenting(replace(chain, intermediates=(*chain.intermediates, old)))


def root_included(at: dt.datetime) -> Setup:
    """Present the root, too.

    leaf < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2 (sent)
    """
    chain = generations.chain("g2-2025", at=at)
    return _presenting(replace(chain, intermediates=(*chain.intermediates, chain.root)))


def certificate_not_strict(at: dt.datetime) -> Setup:
    """Present a leaf without key identifiers.

    leaf (no authorityKeyIdentifier) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, key_identifiers=False), (), root))


def ca_not_strict(at: dt.datetime) -> Setup:
    """Present an intermediate whose basicConstraints are not marked critical.

    leaf < Lab Issuing CA (basicConstraints not critical) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root, critical_constraints=False)
    return _presenting(Chain(pki.server(issuing, at=at), (issuing,), root))


def server_gated_cryptography(at: dt.datetime) -> Setup:
    """Present a leaf for Server Gated Cryptography, which OpenSSL takes for a server's and others do not.

    leaf (extendedKeyUsage: msSGC) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, purpose=pki.SERVER_GATED_CRYPTOGRAPHY), (), root))


def unreadable_address(at: dt.datetime) -> Setup:
    """Present a leaf with a malformed extension that OpenSSL does not look at.

    leaf (authorityInfoAccess: NULL) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, further={pki.ISSUER_ACCESS: b"\x05\x00"}), (), root))


def key_for_encipherment(at: dt.datetime) -> Setup:
    """Present a leaf whose key may encipher and not sign, as TLS 1.3 and ECDHE do; OpenSSL lets it pass.

    leaf (RSA 2048, keyUsage: keyEncipherment) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    further = {pki.KEY_USAGE: b"\x03\x02\x05\x20"}
    return _presenting(Chain(pki.server(root, at=at, key=pki.rsa_key(2048), further=further), (), root))


def curve_of_224_bits(at: dt.datetime) -> Setup:
    """Present a CA with a key of 224 bits: enough for OpenSSL, not for Mozilla's intermediate profile.

    leaf < Lab Issuing CA (EC secp224r1) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root, key=ec.generate_private_key(ec.SECP224R1()))
    return _presenting(Chain(pki.server(issuing, at=at), (issuing,), root))


def _stapling(at: dt.datetime, status: OCSPCertStatus, reason: ReasonFlags | None) -> Setup:
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root)
    leaf = pki.server(issuing, at=at)
    response = pki.ocsp_response(leaf, issuing, at=at, status=status, reason=reason)
    tls = context(Chain(leaf, (issuing,), root))
    tls.set_ocsp_server_callback(lambda _connection, _data: response)
    return Setup(root.certificate, postgres(tls))


def _presenting(chain: Chain, *, ciphers: str = "") -> Setup:
    return Setup(chain.root.certificate, postgres(context(chain, ciphers)), known=known(chain))
