"""The throw-away PKI: what it makes by default is valid, and what a caller asks for is what deviates."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from azpg_tls.chain import Trust, judge
from azpg_tls.lab import generations, pki
from azpg_tls.lab.scenario import known, no_such_host
from azpg_tls.pins import show
from tests.observed import AT, der, presented

YEAR = dt.timedelta(days=365)


def common_name(certificate: x509.Certificate) -> object:
    return certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


@pytest.mark.parametrize("generation", generations.SHAPES)
def test_a_chain_of_each_generation_is_sound_around_its_moment(generation: str) -> None:
    chain = generations.chain(generation, at=AT)
    trust = Trust("lab", (der(chain.root.certificate),), known(chain, generation))
    for at in (AT - dt.timedelta(days=9), AT, AT + dt.timedelta(days=89)):
        judged = judge(presented(chain), trust, at)
        assert judged.trusted.error == 0
        assert judged.generation == generation

    names = [common_name(ca.certificate) for ca in (chain.root, *reversed(chain.intermediates))]
    assert names == list(generations.SHAPES[generation])


def test_a_chain_presents_everything_but_its_root_and_knows_all_of_it() -> None:
    chain = generations.chain("g2-2025", at=AT)

    assert chain.presented == (chain.leaf.certificate, *(ca.certificate for ca in chain.intermediates))
    assert x509.load_pem_x509_certificates(chain.presented_pem) == list(chain.presented)
    assert [(ca.name, ca.role, ca.generation) for ca in known(chain, "g2-2025")] == [
        ("lab-tls-g2-rsa-ca-ocsp-02", "intermediate", "g2-2025"),
        ("lab-tls-rsa-root-g2", "intermediate", "g2-2025"),
        ("lab-global-root-g2", "root", None),
    ]
    assert all(show(ca.spki_sha256) for ca in known(chain))


def test_an_identity_is_written_as_postgresql_reads_it() -> None:
    identity = pki.server(None, at=AT)
    assert x509.load_pem_x509_certificate(identity.certificate_pem) == identity.certificate
    key = load_pem_private_key(identity.key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == identity.certificate.public_key()


def test_nothing_is_made_in_the_name_of_a_real_ca() -> None:
    for generation in generations.SHAPES:
        chain = generations.chain(generation, at=AT)
        for certificate in (*chain.presented, chain.root.certificate):
            organization = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
            assert organization == pki.ORGANIZATION
            assert str(common_name(certificate)).lower().startswith("lab ")


def test_a_ca_deviates_where_it_is_asked_to() -> None:
    key = pki.new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other")])
    made = pki.authority("x", at=AT, key=key, subject=subject, not_before=AT, not_after=AT + YEAR, path_length=1)

    assert made.key is key
    assert made.certificate.subject == subject
    assert (made.certificate.not_valid_before_utc, made.certificate.not_valid_after_utc) == (AT, AT + YEAR)
    assert made.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 1


def test_a_key_of_the_callers_serves_the_leaf() -> None:
    key = pki.new_key()
    assert generations.chain("rsa-2023", at=AT, leaf_key=key).leaf.key is key


def test_the_laboratorys_resolver_knows_nobody() -> None:
    with pytest.raises(OSError, match="Name or service not known"):
        no_such_host("localhost")
