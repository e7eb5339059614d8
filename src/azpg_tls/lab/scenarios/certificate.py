"""Chains that a careful client refuses."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from cryptography.x509.oid import ExtendedKeyUsageOID

from azpg_tls.lab import generations, pki
from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.pki import Chain
from azpg_tls.lab.scenario import Setup, known

DAY = dt.timedelta(days=1)
STRANGER = "azpg-tls lab, another organization"


def unknown_issuer(at: dt.datetime) -> Setup:
    """Present a sound chain of a CA that the client does not trust, without its root.

    leaf < Private CA < (Private Root, not sent, not trusted)
    """
    trusted, stranger = generations.chain("g2-2025", at=at), _private(at)
    return _presenting(stranger, root=trusted.root)


def unknown_issuer_root_sent(at: dt.datetime) -> Setup:
    """Present a sound chain of a CA that the client does not trust, root included.

    leaf < Private CA < Private Root (sent, not trusted)
    """
    trusted, stranger = generations.chain("g2-2025", at=at), _private(at)
    with_root = replace(stranger, intermediates=(*stranger.intermediates, stranger.root))
    return _presenting(with_root, root=trusted.root)


def root_not_trusted(at: dt.datetime) -> Setup:
    """Present Azure's chain to a client that has another root of Azure's, as root files older than a rotation do.

    leaf < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < (Lab Global Root G2, known, not trusted)
    """
    trusted, chain = generations.chain("rsa-2023", at=at), generations.chain("g2-2025", at=at)
    return _presenting(chain, root=trusted.root, known_from=chain)


def self_signed(at: dt.datetime) -> Setup:
    """Present a leaf that signed itself.

    leaf < leaf
    """
    trusted = generations.chain("g2-2025", at=at)
    return _presenting(Chain(pki.server(None, at=at), (), trusted.root), root=trusted.root)


def missing_intermediate(at: dt.datetime) -> Setup:
    """Present the leaf alone; the intermediates are known, and not sent.

    leaf < (Lab TLS G2 RSA CA OCSP 02, not sent) < (Lab TLS RSA Root G2, not sent) < Lab Global Root G2
    """
    chain = generations.chain("g2-2025", at=at)
    return _presenting(replace(chain, intermediates=()), known_from=chain)


def missing_upper_intermediate(at: dt.datetime) -> Setup:
    """Present leaf and issuer, without the CA between issuer and root.

    leaf < Lab TLS G2 RSA CA OCSP 02 < (Lab TLS RSA Root G2, not sent) < Lab Global Root G2
    """
    chain = generations.chain("g2-2025", at=at)
    return _presenting(replace(chain, intermediates=chain.intermediates[:1]), known_from=chain)


def expired(at: dt.datetime) -> Setup:
    """Present a leaf that expired yesterday.

    leaf (until yesterday) < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2
    """
    return _leaf_valid(at, not_before=at - 90 * DAY, not_after=at - DAY)


def expired_intermediate(at: dt.datetime) -> Setup:
    """Present an intermediate that expired yesterday.

    leaf < Lab Issuing CA (until yesterday) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root, not_before=at - 900 * DAY, not_after=at - DAY)
    return _presenting(Chain(pki.server(issuing, at=at), (issuing,), root))


def not_yet_valid(at: dt.datetime) -> Setup:
    """Present a leaf that becomes valid tomorrow.

    leaf (from tomorrow) < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2
    """
    return _leaf_valid(at, not_before=at + DAY, not_after=at + 90 * DAY)


def expires_soon(at: dt.datetime) -> Setup:
    """Present a leaf that expires in three and a half days.

    leaf (until then) < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2
    """
    return _leaf_valid(at, not_before=at - 90 * DAY, not_after=at + 3.5 * DAY)


def bad_signature(at: dt.datetime) -> Setup:
    """Present a leaf whose issuer was made anew, under the same name and key identifier, with another key.

    leaf (signed by the old Lab Issuing CA) < Lab Issuing CA (new key) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    old = pki.authority("Lab Issuing CA", at=at, issuer=root)
    new = pki.authority("Lab Issuing CA", at=at, issuer=root, key_identifier=old)
    return _presenting(Chain(pki.server(old, at=at), (new,), root))


def invalid_ca(at: dt.datetime) -> Setup:
    """Present a leaf that was signed by another server's certificate.

    leaf < another server's leaf (CA:FALSE) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    server = pki.server(root, at=at, common_name="another server")
    return _presenting(Chain(pki.server(server, at=at), (server,), root))


def name_constraint_violation(at: dt.datetime) -> Setup:
    """Present a leaf for localhost from a CA that may only name example.com.

    leaf (localhost) < Lab Issuing CA (permitted: example.com) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root, permitted_dns="example.com")
    return _presenting(Chain(pki.server(issuing, at=at), (issuing,), root))


def wrong_key_usage(at: dt.datetime) -> Setup:
    """Present a leaf that was issued for clients.

    leaf (clientAuth) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, purpose=ExtendedKeyUsageOID.CLIENT_AUTH), (), root))


def unknown_critical_extension(at: dt.datetime) -> Setup:
    """Present a leaf with a critical extension that nobody understands.

    leaf (critical 1.3.6.1.4.1.99999.1) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, critical_oid="1.3.6.1.4.1.99999.1"), (), root))


def for_clients_by_netscape_type(at: dt.datetime) -> Setup:
    """Present a leaf that Netscape's old extension limits to clients, though extendedKeyUsage says server.

    leaf (nsCertType: client) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, further={pki.NETSCAPE_TYPE: b"\x03\x02\x07\x80"}), (), root))


def unreadable_extension(at: dt.datetime) -> Setup:
    """Present a leaf whose keyUsage is malformed: OpenSSL takes no part of such a certificate.

    leaf (keyUsage: NULL) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    return _presenting(Chain(pki.server(root, at=at, further={pki.KEY_USAGE: b"\x05\x00"}), (), root))


def path_length_exceeded(at: dt.datetime) -> Setup:
    """Present a CA below one that may have none below it.

    leaf < Lab Second CA < Lab First CA (pathlen 0) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    first = pki.authority("Lab First CA", at=at, issuer=root, path_length=0)
    second = pki.authority("Lab Second CA", at=at, issuer=first)
    return _presenting(Chain(pki.server(second, at=at), (second, first), root))


def chain_without_end(at: dt.datetime) -> Setup:
    """Present more CAs than OpenSSL follows, each the issuer of the one before.

    leaf < Lab CA 101 < Lab CA 100 < ... < Lab CA 1 < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    cas = [root]
    for number in range(1, 102):
        cas.append(pki.authority(f"Lab CA {number}", at=at, issuer=cas[-1]))
    return _presenting(Chain(pki.server(cas[-1], at=at), tuple(cas[:0:-1]), root))


def _private(at: dt.datetime) -> Chain:
    root = pki.authority("Private Root", at=at, subject=pki.subject_of("Private Root", STRANGER))
    issuing = pki.authority("Private CA", at=at, issuer=root, subject=pki.subject_of("Private CA", STRANGER))
    return Chain(pki.server(issuing, at=at), (issuing,), root)


def _leaf_valid(at: dt.datetime, *, not_before: dt.datetime, not_after: dt.datetime) -> Setup:
    chain = generations.chain("g2-2025", at=at)
    leaf = pki.server(chain.intermediates[0], at=at, not_before=not_before, not_after=not_after)
    return _presenting(replace(chain, leaf=leaf))


def _presenting(chain: Chain, *, root: pki.Identity | None = None, known_from: Chain | None = None) -> Setup:
    return Setup(
        (root or chain.root).certificate,
        postgres(context(chain)),
        known=known(known_from) if known_from else (),
    )
