"""OpenSSL's judgement of a chain, and what is made of it: of Azure's real CAs, and of odd chains of the laboratory."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from azpg_tls import bundle, chain
from azpg_tls.certificate import Certificate, read
from azpg_tls.chain import NO_PATH, Trust, is_certificate, judge, verify
from azpg_tls.lab import generations, pki
from azpg_tls.lab.pki import Identity
from azpg_tls.lab.scenario import known
from tests.observed import AT, HEALTHY, TRUST, der, presented

if TYPE_CHECKING:
    from collections.abc import Sequence

KNOWN = bundle.known_cas()
REAL = {ca.name: ca.der for ca in KNOWN}

G2 = "digicert-global-root-g2"
G1 = "digicert-global-root-ca"
RSA_2017 = "microsoft-rsa-root-certificate-authority-2017"
ROOT_G2 = "microsoft-tls-rsa-root-g2"
ROOT_G2_XSIGN = "microsoft-tls-rsa-root-g2-xsign"
OCSP = "microsoft-tls-g2-rsa-ca-ocsp-"
ISSUING = "microsoft-azure-rsa-tls-issuing-ca-"
BEFORE = dt.datetime(2026, 8, 25, 12, tzinfo=dt.UTC)  # the cross-signs expire at this day's end


def real(*names: str, roots: Sequence[str] = (G2, RSA_2017), at: dt.datetime = AT) -> chain.Chain:
    """Judge real CA certificates as if the first were a server's."""
    return judge([REAL[name] for name in names], Trust("test", tuple(REAL[root] for root in roots), KNOWN), at)


def names_of(certificates: Sequence[Certificate]) -> list[str]:
    return [certificate.subject.common_name for certificate in certificates]


@pytest.mark.parametrize("profile", ["public", "usgov", "china", "full"])
@pytest.mark.parametrize("number", ["02", "04", "06", "08", "10", "12", "14", "16"])
def test_the_chain_of_2025_ends_at_digicert_global_root_g2(number: str, profile: str) -> None:
    judged = judge([REAL[OCSP + number], REAL[ROOT_G2_XSIGN]], Trust("bundle", bundle.anchors(profile), KNOWN), AT)

    assert judged.trusted.error == 0
    assert names_of(judged.path) == [
        f"Microsoft TLS G2 RSA CA OCSP {number}",
        "Microsoft TLS RSA Root G2",
        "DigiCert Global Root G2",
    ]
    assert judged.generation == "g2-2025"
    assert judged.intermediates == 1  # the first stands in for the server's own
    assert judged.leaf.subject.common_name == f"Microsoft TLS G2 RSA CA OCSP {number}"
    assert judged.completed is None
    assert judged.not_after == dt.datetime(2029, 6, 3, *_end_of(number), tzinfo=dt.UTC)


def _end_of(number: str) -> tuple[int, int, int]:
    return {
        "02": (20, 3, 0),
        "04": (20, 2, 59),
        "06": (20, 3, 1),
        "08": (23, 3, 40),
        "10": (20, 3, 3),
        "12": (23, 3, 39),
        "14": (23, 3, 41),
        "16": (20, 3, 2),
    }[number]


@pytest.mark.parametrize("number", ["03", "04", "07", "08"])
def test_the_issuing_cas_of_2023_end_at_microsofts_root(number: str) -> None:
    judged = real(ISSUING + number, roots=[RSA_2017])

    assert judged.trusted.error == 0
    assert names_of(judged.path)[1:] == ["Microsoft RSA Root Certificate Authority 2017"]
    assert judged.intermediates == 0


@pytest.mark.parametrize("number", ["03", "04", "07", "08"])
def test_the_cross_signed_issuing_cas_of_2023_ended_in_august_2026(number: str) -> None:
    name = f"{ISSUING}{number}-xsign"

    before, after = real(name, at=BEFORE), real(name)

    assert before.trusted.error == 0
    assert names_of(before.path)[1:] == ["DigiCert Global Root G2"]
    assert after.trusted.error == chain.CERT_HAS_EXPIRED
    assert after.timeless.error == 0
    assert names_of(after.path)[1:] == ["DigiCert Global Root G2"]
    assert after.not_after == dt.datetime(2026, 8, 25, 23, 59, 59, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        ("digicert-sha2-secure-server-ca", "digicert-2020"),
        ("digicert-tls-rsa-sha256-2020-ca1", "digicert-2020"),
        ("digicert-basic-rsa-cn-ca-g2", "digicert-cn-2020"),
    ],
)
def test_the_chains_before_2024_end_at_digicert_global_root_ca(name: str, generation: str) -> None:
    assert names_of(real(name, roots=[G1]).path)[1:] == ["DigiCert Global Root CA"]
    assert real(name, roots=[G2, RSA_2017]).trusted.error in NO_PATH
    # A leaf has its issuer's generation; here the issuer stands first, and its own does not count.
    assert chain.generation([read(REAL[name])], KNOWN) == generation
    assert real(name, roots=[G1]).generation is None


@pytest.mark.parametrize("number", ["02", "16"])
def test_microsofts_root_alone_does_not_carry_the_chain_of_2025(number: str) -> None:
    judged = real(OCSP + number, ROOT_G2_XSIGN, roots=[RSA_2017])

    assert judged.trusted.error == judged.timeless.error == 20
    assert judged.path == ()
    assert judged.completed is not None
    assert judged.completed.error in NO_PATH
    assert names_of(judged.known_path)[-1] == "DigiCert Global Root G2"
    assert judged.generation == "g2-2025"


def test_an_upper_intermediate_that_is_missing_is_known() -> None:
    judged = real(OCSP + "02")

    assert judged.trusted.error == 20
    assert judged.completed is not None
    assert names_of(judged.completed.path)[1:] == ["Microsoft TLS RSA Root G2", "DigiCert Global Root G2"]
    assert judged.path == ()
    assert judged.generation == "g2-2025"


def below(issuer: str) -> bytes:
    """A leaf that names a real CA as its issuer; nobody has the CA's key, so the signature is another's."""
    certificate = x509.load_der_x509_certificate(REAL[issuer])
    key = rsa.generate_private_key(65537, 2048)  # of the CA's kind: OpenSSL asks for that before it looks at names
    builder = x509.CertificateBuilder().subject_name(pki.subject_of("forged")).issuer_name(certificate.subject)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(AT - dt.timedelta(days=1)).not_valid_after(AT + dt.timedelta(days=1))
    return der(builder.sign(key, hashes.SHA256()))


def test_real_cas_beside_a_forged_leaf_make_it_none_of_azures() -> None:
    forged = below(OCSP + "02")

    judged = judge([forged, REAL[OCSP + "02"], REAL[ROOT_G2_XSIGN]], Trust("test", (REAL[G2],), KNOWN), AT)

    assert judged.trusted.error == judged.timeless.error
    assert judged.trusted.error in chain.BAD_SIGNATURE
    assert judged.generation is None


def test_real_cas_beside_a_strangers_chain_make_it_none_of_azures() -> None:
    stranger = presented(generations.chain("g2-2025", at=AT))

    judged = judge([*stranger, REAL[OCSP + "02"], REAL[ROOT_G2_XSIGN]], Trust("test", (REAL[G2],), KNOWN), AT)

    assert judged.trusted.error == 20
    assert judged.known_path == ()
    assert judged.generation is None


def test_a_self_signed_ca_in_the_place_of_its_cross_signed_form_hides_the_way() -> None:
    judged = real(OCSP + "02", ROOT_G2)

    assert judged.trusted.error == chain.SELF_SIGNED_CERT_IN_CHAIN
    assert judged.completed is not None
    assert names_of(judged.completed.path)[-1] == "DigiCert Global Root G2"
    assert judged.generation == "g2-2025"
    # For OpenSSL the order decides.
    assert real(OCSP + "02", ROOT_G2, ROOT_G2_XSIGN).trusted.error == chain.SELF_SIGNED_CERT_IN_CHAIN
    assert real(OCSP + "02", ROOT_G2_XSIGN, ROOT_G2).trusted.error == 0


def test_a_self_signed_ca_that_is_an_anchor_ends_the_path() -> None:
    judged = real(OCSP + "02", roots=[ROOT_G2])
    assert names_of(judged.path)[1:] == ["Microsoft TLS RSA Root G2"]
    assert judged.generation == "g2-2025"


def code(*certificates: Identity | bytes) -> list[bytes]:
    return [item if isinstance(item, bytes) else der(item.certificate) for item in certificates]


LEAF, (ISSUER, UPPER), ROOT = HEALTHY.leaf, HEALTHY.intermediates, HEALTHY.root


@pytest.mark.parametrize(
    "sent",
    [
        code(LEAF, ISSUER, UPPER),
        code(LEAF, UPPER, ISSUER),
        code(LEAF, ISSUER, UPPER, ROOT),
        code(LEAF, ROOT, UPPER, ISSUER),
        code(LEAF, ISSUER, ISSUER, UPPER, LEAF),
        code(LEAF, pki.authority("Unneeded", at=AT), ISSUER, UPPER),
    ],
    ids=["in order", "out of order", "root included", "upside down", "twice", "one that nobody needs"],
)
def test_the_order_does_not_matter_nor_what_is_too_much(sent: list[bytes]) -> None:
    judged = judge(sent, TRUST, AT)

    assert judged.trusted == judged.timeless
    assert names_of(judged.path) == [
        "lab server",
        "Lab TLS G2 RSA CA OCSP 02",
        "Lab TLS RSA Root G2",
        "Lab Global Root G2",
    ]
    assert judged.intermediates == 2


def test_intermediates_are_counted_without_a_path_and_without_the_root() -> None:
    judged = judge(code(LEAF, ISSUER, UPPER, ROOT), Trust("none", ()), AT)
    assert judged.path == ()
    assert judged.intermediates == 2
    assert judged.not_after == AT + dt.timedelta(days=90)


def test_nobody_is_trusted_without_anchors() -> None:
    judged = judge(presented(HEALTHY), Trust("none", ()), AT)
    assert judged.trusted.error == 20
    assert judged.completed is not None
    assert judged.completed.error == 20
    assert (judged.known_path, judged.generation) == ((), None)


def test_a_self_signed_server_is_its_own_anchor_if_it_is_given_as_one() -> None:
    server = pki.server(None, at=AT)

    stranger = judge(code(server), TRUST, AT)
    trusted = judge(code(server), Trust("server.crt", (der(server.certificate),)), AT)

    assert stranger.trusted.error == chain.DEPTH_ZERO_SELF_SIGNED_CERT
    assert trusted.trusted.error == 0
    assert (len(trusted.path), trusted.intermediates) == (1, 0)


@pytest.mark.parametrize("anchor", [LEAF, ISSUER, UPPER], ids=["server", "issuer", "upper"])
def test_an_anchor_that_is_not_self_signed_ends_no_path(anchor: Identity) -> None:
    assert judge(presented(HEALTHY), Trust("one", (der(anchor.certificate),)), AT).trusted.error in NO_PATH


def test_an_intermediate_among_the_anchors_may_be_left_out_by_the_server() -> None:
    # As in libpq: what lies in the root file is at hand, but the path still has to reach a root.
    both = (der(ISSUER.certificate), der(UPPER.certificate), der(ROOT.certificate))
    judged = judge(code(LEAF), Trust("roots and more", both), AT)
    assert judged.trusted.error == 0
    assert judged.intermediates == 2


def test_cas_that_sign_each_other_lead_nowhere() -> None:
    one, other = pki.authority("One", at=AT), pki.authority("Other", at=AT)
    one_by_other = pki.authority("One", at=AT, issuer=other, key=one.key)
    other_by_one = pki.authority("Other", at=AT, issuer=one, key=other.key)
    leaf = pki.server(one, at=AT)

    judged = judge(code(leaf, one_by_other, other_by_one), TRUST, AT)

    assert judged.trusted.error in NO_PATH
    assert judged.generation is None


def test_the_moment_is_the_one_that_is_given_in_whatever_zone() -> None:
    end = LEAF.certificate.not_valid_after_utc
    for zone in (dt.UTC, dt.timezone(dt.timedelta(hours=14)), dt.timezone(-dt.timedelta(hours=11))):
        just_before = (end - dt.timedelta(seconds=1)).astimezone(zone)
        just_after = (end + dt.timedelta(seconds=1)).astimezone(zone)
        assert judge(presented(HEALTHY), TRUST, just_before).trusted.error == 0
        assert judge(presented(HEALTHY), TRUST, just_after).trusted.error == chain.CERT_HAS_EXPIRED


def test_dates_can_be_left_aside() -> None:
    anchors = [der(ROOT.certificate)]
    assert verify(presented(HEALTHY), anchors).error == 0
    early = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
    judged = judge(presented(HEALTHY), TRUST, early)
    assert judged.trusted.error == chain.CERT_NOT_YET_VALID
    assert judged.timeless.error == 0
    assert judged.intermediates == 2


def for_clients(issuer: Identity, common_name: str) -> Identity:
    """A CA that is limited to client certificates."""
    key = pki.new_key()
    builder = x509.CertificateBuilder().subject_name(pki.subject_of(common_name))
    builder = builder.issuer_name(issuer.certificate.subject).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(AT).not_valid_after(AT + dt.timedelta(days=100))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return Identity(builder.add_extension(purposes, critical=False).sign(issuer.key, hashes.SHA256()), key)


def test_every_certificate_of_the_path_has_to_be_for_servers() -> None:
    root = pki.authority("Root", at=AT)
    leaf = pki.server(root, at=AT, purpose=ExtendedKeyUsageOID.CLIENT_AUTH)
    limited = for_clients(root, "Limited")
    below = pki.server(limited, at=AT)
    anchors = [der(root.certificate)]

    assert verify(code(leaf), anchors, at=AT).depth == 0
    assert verify(code(leaf), anchors, at=AT).error == chain.INVALID_PURPOSE
    assert verify(code(below, limited), anchors, at=AT).depth == 1
    assert verify(code(below, limited), anchors, at=AT).error == chain.INVALID_PURPOSE
    assert verify(code(below, limited), anchors, at=AT).path == ()


def cross_signed(at: dt.datetime, *, until: dt.datetime) -> tuple[Identity, Identity, Identity, Identity, Identity]:
    """An issuing CA under a new root, and cross-signed under an old one until some day, with a leaf below."""
    old, new = pki.authority("Old Root", at=at), pki.authority("New Root", at=at)
    direct = pki.authority("Issuing", at=at, issuer=new)
    across = pki.authority("Issuing", at=at, issuer=old, key=direct.key, not_after=until)
    return old, new, direct, across, pki.server(direct, at=at)


def test_a_way_that_leads_over_an_expired_cross_sign_only_is_out_of_date() -> None:
    old, _, direct, across, leaf = cross_signed(AT, until=AT - dt.timedelta(days=1))

    judged = judge(code(leaf, across, direct), Trust("old", (der(old.certificate),)), AT)

    assert judged.trusted.error == 20  # OpenSSL prefers the CA that is valid, and does not turn back
    assert judged.timeless.error == 0
    assert names_of(judged.path) == ["lab server", "Issuing", "Old Root"]


def test_of_a_missing_ca_with_two_forms_the_one_that_leads_to_an_anchor_is_named_and_the_valid_one_first() -> None:
    old, new, direct, across, leaf = cross_signed(AT, until=AT - dt.timedelta(days=1))
    cas = tuple(
        dataclasses.replace(ca, role="intermediate")
        for identity, root in ((across, old), (direct, new))
        for ca in known(pki.Chain(leaf, (identity,), root))[:1]
    )

    def completed(*anchors: Identity) -> str:
        trust = Trust("test", tuple(der(anchor.certificate) for anchor in anchors), cas)
        judged = judge(code(leaf), trust, AT)
        assert judged.completed is not None
        return judged.completed.path[1].issuer.common_name

    assert completed(old) == "Old Root"
    assert completed(new) == "New Root"
    assert completed(old, new) == completed(new, old) == "New Root"


def test_a_chain_is_told_by_keys_and_not_by_names() -> None:
    namesakes = pki.authority("Microsoft TLS G2 RSA CA OCSP 02", at=AT)
    assert chain.generation([read(der(namesakes.certificate))], KNOWN) is None


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"not a certificate", REAL[G2][:-1]])
def test_what_is_no_certificate_is_told(data: bytes) -> None:
    assert not is_certificate(data)


def test_what_is_a_certificate_is_told() -> None:
    assert is_certificate(REAL[G2])
