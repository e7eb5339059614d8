"""Chains of which it matters who issued them: gaps, impostors, products that inspect TLS."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from azpg_tls.lab import exponent, generations, pki
from azpg_tls.lab.answers import context, postgres
from azpg_tls.lab.pki import Chain
from azpg_tls.lab.scenario import Setup, known

AZURE_HOST = "lab.postgres.database.azure.com"
STRANGER = "azpg-tls lab, another organization"


def missing_middle(at: dt.datetime) -> Setup:
    """Present leaf, issuer and the topmost of three intermediates, without the middle one, which is known.

    leaf < Lab Issuing CA < (Lab Policy CA, not sent) < Lab Upper CA < Lab Root
    """
    root, upper, policy, issuing = _three(at)
    chain = Chain(pki.server(issuing, at=at), (issuing, policy, upper), root)
    return _presenting(replace(chain, intermediates=(issuing, upper)), known_from=chain)


def missing_private_intermediate(at: dt.datetime) -> Setup:
    """Present the leaf alone; its issuer is not known, but of the organization of the trusted root.

    leaf < (Lab Issuing CA, not sent) < Lab Root
    """
    root = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=root)
    return _presenting(Chain(pki.server(issuing, at=at), (), root))


def leaf_of_a_stranger(at: dt.datetime) -> Setup:
    """Present the leaf alone; its issuer is not known, and of no organization that is trusted.

    leaf < (Private CA, not sent) < (Private Root, not trusted)
    """
    stranger = pki.authority("Private CA", at=at, subject=pki.subject_of("Private CA", STRANGER))
    return _presenting(Chain(pki.server(stranger, at=at), (), pki.authority("Lab Root", at=at)))


def tls_intercepted(at: dt.datetime) -> Setup:
    """Present a leaf that a product for inspecting TLS has made, instead of the server's own.

    leaf < Zscaler Intermediate Root CA (laboratory) < (Zscaler Root CA (laboratory), not sent, not trusted)
    """
    return _presenting(_product(at), root=pki.authority("Lab Root", at=at))


def tls_inspection_trusted(at: dt.datetime) -> Setup:
    """Present a leaf that a product for inspecting TLS has made, to a client that trusts the product's CA.

    leaf < Zscaler Intermediate Root CA (laboratory) < Zscaler Root CA (laboratory)
    """
    return _presenting(_product(at))


def tls_intercepted_by_habit(at: dt.datetime) -> Setup:
    """Present a leaf for a host of Azure's that a CA without a known name has made minutes ago.

    leaf (for Azure's host, from five minutes ago) < (Private CA, not sent, not trusted)
    """
    return _for_azure(at, begin=at - dt.timedelta(minutes=5))


def private_ca_for_azure(at: dt.datetime) -> Setup:
    """Present a leaf for a host of Azure's that a private CA has made ten days ago: no sign of inspection by itself.

    leaf (for Azure's host) < (Private CA, not sent, not trusted)
    """
    return _for_azure(at, begin=at - dt.timedelta(days=10))


def issuer_impostor(at: dt.datetime) -> Setup:
    """Present a chain that ends at a root by the trusted root's name, with another key, and send it.

    leaf < Lab Issuing CA < Lab Root (another key, sent); trusted is Lab Root
    """
    impostor = pki.authority("Lab Root", at=at)
    issuing = pki.authority("Lab Issuing CA", at=at, issuer=impostor)
    chain = Chain(pki.server(issuing, at=at), (issuing, impostor), impostor)
    return _presenting(chain, root=pki.authority("Lab Root", at=at))


def issuer_impostor_not_sent(at: dt.datetime) -> Setup:
    """Present a leaf that names the trusted root as its issuer, whose key did not sign it.

    leaf < (Lab Root, another key, not sent); trusted is Lab Root
    """
    return _presenting(Chain(pki.server(pki.authority("Lab Root", at=at), at=at), (), pki.authority("Lab Root", at=at)))


def issuer_impostor_of_a_known_root(at: dt.datetime) -> Setup:
    """Present a chain that ends at a root by the name of a known one that is not trusted here, with another key.

    leaf < Lab Global Root G2 (another key, sent); known is Lab Global Root G2, trusted is Lab Root
    """
    genuine = generations.chain("g2-2025", at=at)
    impostor = pki.authority("Lab Global Root G2", at=at)
    chain = Chain(pki.server(impostor, at=at), (impostor,), impostor)
    return _presenting(chain, root=pki.authority("Lab Root", at=at), known_from=genuine)


def signature_not_checked(at: dt.datetime) -> Setup:
    """Present a leaf that the trusted root has signed, with a kind of key by which OpenSSL checks nothing.

    leaf < Lab Root (RSA 3200, exponent of 65 bits)
    """
    return _long_exponent(at, bits=3200)


def signature_checked(at: dt.datetime) -> Setup:
    """Present a leaf that the trusted root has signed, with a key that is odd, and that OpenSSL takes.

    leaf < Lab Root (RSA 3072, exponent of 65 bits)
    """
    return _long_exponent(at, bits=3072)


def issuer_unrecognised(at: dt.datetime) -> Setup:
    """Present a sound chain for a host of Azure's, through an intermediate that is not known.

    leaf (for Azure's host) < Lab TLS G2 RSA CA OCSP 99 (not known) < Lab Global Root G2 (known)
    """
    chain = generations.chain("g2-2025", at=at)
    issuing = pki.authority("Lab TLS G2 RSA CA OCSP 99", at=at, issuer=chain.root)
    leaf = pki.server(issuing, at=at, dns_names=[AZURE_HOST])
    return replace(_presenting(Chain(leaf, (issuing,), chain.root), known_from=chain), words={"host": AZURE_HOST})


def issuer_recognised(at: dt.datetime) -> Setup:
    """Present a sound chain for a host of Azure's, through the known intermediates: nothing is wrong.

    leaf (for Azure's host) < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2
    """
    chain = generations.chain("g2-2025", at=at)
    leaf = pki.server(chain.intermediates[0], at=at, dns_names=[AZURE_HOST])
    return replace(_presenting(replace(chain, leaf=leaf), known_from=chain), words={"host": AZURE_HOST})


def root_retired(at: dt.datetime) -> Setup:
    """Present a sound chain to a root that root stores have dropped a month ago.

    leaf < Lab TLS RSA SHA256 2020 CA1 < Lab Global Root CA (retired)
    """
    chain = generations.chain("digicert-2020", at=at)
    day = (at - dt.timedelta(days=30)).date()
    cas = known(chain, "digicert-2020")
    retired = tuple(
        replace(ca, until=day, until_why="root stores dropped it") if ca.role == "root" else ca for ca in cas
    )
    return replace(_presenting(chain), known=retired)


def _long_exponent(at: dt.datetime, *, bits: int) -> Setup:
    key = pki.rsa_key(bits)
    root = exponent.with_exponent(pki.authority("Lab Root", at=at, key=key), key)
    return _presenting(Chain(exponent.signed_with_exponent(pki.server(root, at=at), key), (), root))


def _three(at: dt.datetime) -> tuple[pki.Identity, pki.Identity, pki.Identity, pki.Identity]:
    root = pki.authority("Lab Root", at=at)
    upper = pki.authority("Lab Upper CA", at=at, issuer=root)
    policy = pki.authority("Lab Policy CA", at=at, issuer=upper)
    return root, upper, policy, pki.authority("Lab Issuing CA", at=at, issuer=policy)


def _product(at: dt.datetime) -> Chain:
    root = pki.authority("Zscaler Root CA (laboratory)", at=at)
    issuing = pki.authority("Zscaler Intermediate Root CA (laboratory)", at=at, issuer=root)
    return Chain(pki.server(issuing, at=at), (issuing,), root)


def _for_azure(at: dt.datetime, *, begin: dt.datetime) -> Setup:
    private = pki.authority("Private CA", at=at, subject=pki.subject_of("Private CA", STRANGER))
    leaf = pki.server(private, at=at, dns_names=[AZURE_HOST], not_before=begin)
    trusted = generations.chain("g2-2025", at=at)
    setup = _presenting(Chain(leaf, (), private), root=trusted.root, known_from=trusted)
    return replace(setup, words={"host": AZURE_HOST})


def _presenting(chain: Chain, *, root: pki.Identity | None = None, known_from: Chain | None = None) -> Setup:
    return Setup(
        (root or chain.root).certificate,
        postgres(context(chain)),
        known=known(known_from, "g2-2025") if known_from else (),
    )
