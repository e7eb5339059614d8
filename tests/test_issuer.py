"""The one fault of a chain that leads to no anchor: pairs of chains that are easily taken for each other."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from azpg_tls import bundle
from azpg_tls.chain import Trust
from azpg_tls.lab import pki
from azpg_tls.lab.pki import Chain, Identity
from azpg_tls.lab.scenario import known
from tests import forged
from tests.forged import Forged
from tests.observed import AT, AZURE, HANDSHAKE, der, evidence, findings
from tests.test_chain import below

if TYPE_CHECKING:
    from azpg_tls.azure import KnownCA

CORP, OTHER = "Corp", "Other Ltd"
YESTERDAY = AT - dt.timedelta(days=1)


def ca(name: str, issuer: Identity | None = None, *, of: str = CORP, **odd: object) -> Identity:
    return pki.authority(name, at=AT, issuer=issuer, subject=pki.subject_of(name, of), **odd)  # type: ignore[arg-type]


def leaf(issuer: Identity | None, *, key_identifiers: bool = True) -> Identity:
    return pki.server(issuer, at=AT, key_identifiers=key_identifiers)


def damaged(identity: Identity) -> bytes:
    data = der(identity.certificate)
    return data[:-1] + bytes([data[-1] ^ 1])


def root_file(*certificates: Identity | bytes, beside: tuple[KnownCA, ...] = ()) -> Trust:
    return Trust("root.crt", encoded(certificates), beside)


def encoded(certificates: tuple[Identity | bytes, ...]) -> tuple[bytes, ...]:
    return tuple(each if isinstance(each, bytes) else der(each.certificate) for each in certificates)


def told(sent: tuple[Identity | bytes, ...], trust: Trust) -> list[tuple[str, str]]:
    shaken = dataclasses.replace(HANDSHAKE, certificates=encoded(sent))
    return [(code, finding.detail) for code, finding in findings(evidence(handshake=shaken, trust=trust)).items()]


ROOT = ca("Corp Anchor")
UPPER = ca("Corp Upper", ROOT)
POLICY = ca("Corp Policy", UPPER)
ISSUING = ca("Corp Issuing", POLICY)
LEAF = leaf(ISSUING)
KNOWN = known(Chain(LEAF, (ISSUING, POLICY, UPPER), ROOT))
ELSEWHERE = ca("Elsewhere", of=OTHER)
# Made anew: the same name, another key.
NEW_ROOT, NEW_ISSUING = ca("Corp Anchor"), ca("Corp Issuing", POLICY)
# The same CA by another root, whose signature has run out.
OLD_ROOT = ca("Old Root", of=OTHER)
ACROSS = ca("Corp Upper", OLD_ROOT, key=UPPER.key, not_after=YESTERDAY)
# More than OpenSSL follows; and two that have signed each other, and their roots.
TOWER = [ca("Floor 0", ROOT)]
for floor in range(1, 103):
    TOWER.append(ca(f"Floor {floor}", TOWER[-1]))
ONE, TWO = ca("One"), ca("Two")
ONE_BY_TWO, TWO_BY_ONE = ca("One", TWO, key=ONE.key), ca("Two", ONE, key=TWO.key)
PRODUCT = ca("Zscaler Root", of="Zscaler Inc.")
PRODUCT_ISSUING = ca("Zscaler Issuing", PRODUCT, of="Zscaler Inc.")
PRODUCT_BY_CORP = ca("Zscaler Issuing", ROOT, of="Zscaler Inc.")
BUNDLE = Trust("bundle", bundle.anchors("public"), bundle.known_cas())
REAL = {each.name: each.der for each in BUNDLE.known}

NO_CHAIN: list[tuple[str, str]] = []


@pytest.mark.parametrize(
    ("sent", "trust", "code", "words"),
    [
        # Gaps.
        ((LEAF, ISSUING, UPPER), root_file(ROOT, beside=KNOWN), "missing-intermediate", "'Corp Policy' that 'Corp Up"),
        ((LEAF, ISSUING, UPPER), root_file(ROOT), "missing-intermediate", "'Corp Policy', of the organization"),
        ((LEAF,), root_file(ROOT, beside=KNOWN), "missing-intermediate", "issued, and 'Corp Upper' that 'Corp Anchor'"),
        ((LEAF,), root_file(ELSEWHERE, beside=KNOWN), "missing-intermediate", "the certificates of 'Corp Issuing'"),
        ((LEAF,), root_file(ELSEWHERE), "unknown-issuer", "ends at 'Corp Issuing'"),
        ((LEAF,), root_file(ROOT, ISSUING), "missing-intermediate", "'Corp Policy', of"),
        # An issuer by the right name, with another key.
        ((LEAF, NEW_ISSUING, POLICY, UPPER), root_file(ROOT), "bad-signature", "'lab server' names 'Corp Issuing'"),
        (
            (LEAF, NEW_ISSUING, POLICY, UPPER),
            root_file(ROOT, beside=KNOWN),
            "missing-intermediate",
            "'Corp Issuing' that 'Corp Policy' issued, but another of that name.",
        ),
        ((LEAF, NEW_ISSUING, POLICY, UPPER), root_file(ELSEWHERE), "unknown-issuer", "ends at 'Corp Anchor'"),
        ((leaf(NEW_ISSUING), ISSUING, POLICY, UPPER), root_file(ROOT), "bad-signature", "whose key did not sign it"),
        ((leaf(NEW_ROOT), NEW_ROOT), root_file(ROOT), "issuer-impostor", "'Corp Anchor' has the name of a trust"),
        ((leaf(NEW_ROOT),), root_file(ROOT), "issuer-impostor", "'Corp Anchor' has the name of a trust"),
        ((damaged(leaf(ROOT)),), root_file(ROOT), "bad-signature", "'lab server' names 'Corp Anchor' as its issuer"),
        ((damaged(leaf(ROOT)),), root_file(ELSEWHERE), "unknown-issuer", "ends at 'Corp Anchor'"),
        # Its own issuer.
        ((leaf(None),), root_file(ROOT), "self-signed", "signed by itself"),
        ((leaf(None), ISSUING), root_file(ROOT), "self-signed", "signed by itself"),
        ((LEAF, ISSUING, POLICY, UPPER, ROOT), root_file(ELSEWHERE), "unknown-issuer", "ends at 'Corp Anchor'"),
        ((LEAF, ISSUING, POLICY, UPPER), root_file(ELSEWHERE), "unknown-issuer", "ends at 'Corp Anchor'"),
        # Cross-signed, and run out.
        ((LEAF, ISSUING, POLICY, ACROSS), root_file(OLD_ROOT), "expired", "'Corp Upper' expired on 2026-11-22"),
        ((LEAF, ISSUING, POLICY, ACROSS), root_file(ROOT), "unknown-issuer", "ends at 'Old Root'"),
        (
            (LEAF, ISSUING, POLICY, ACROSS),
            root_file(ROOT, beside=KNOWN),
            "missing-intermediate",
            "'Corp Upper' that 'Corp Anchor' issued, but another of that name.",
        ),
        # In a circle.
        ((leaf(ONE), ONE_BY_TWO, TWO_BY_ONE), root_file(ROOT), "unknown-issuer", "ends at 'One'"),
        ((leaf(ONE),), root_file(ONE_BY_TWO, TWO_BY_ONE), "unknown-issuer", "gives up after 100 CAs"),
        (
            (leaf(TOWER[-1]), *reversed(TOWER)),
            root_file(ROOT),
            "unknown-issuer",
            "gives up after 100 CAs, without a tr",
        ),
        (
            (leaf(TOWER[-1]), *reversed(TOWER)),
            root_file(UPPER),
            "unknown-issuer",
            "gives up after 100 CAs, without a tr",
        ),
        # Certificates in the root file that are no roots.
        ((LEAF,), root_file(LEAF), "unknown-issuer", "ends at 'Corp Issuing'"),
        ((LEAF,), root_file(ISSUING), "unknown-issuer", "ends at 'Corp Policy'"),
        ((LEAF,), root_file(leaf(ROOT)), "unknown-issuer", "ends at 'Corp Issuing'"),
        (
            (leaf(NEW_ISSUING, key_identifiers=False), NEW_ISSUING, POLICY, UPPER),
            root_file(ROOT, ISSUING),
            "unknown-issuer",
            "no way to 'Corp Anchor', though one of that name is in the trust anchors",
        ),
        # Products that inspect.
        ((leaf(PRODUCT_ISSUING), PRODUCT_ISSUING), root_file(ROOT), "tls-intercepted", "Zscaler signed this"),
        ((damaged(leaf(PRODUCT_ISSUING)), PRODUCT_ISSUING), root_file(ROOT), "tls-intercepted", "Zscaler signed this"),
        ((damaged(leaf(PRODUCT_BY_CORP)), PRODUCT_BY_CORP), root_file(ROOT), "bad-signature", "'Zscaler Issuing' as"),
        ((leaf(PRODUCT_ISSUING),), root_file(PRODUCT), "missing-intermediate", "'Zscaler Issuing', of the org"),
        (
            (damaged(leaf(PRODUCT_ISSUING)), PRODUCT_ISSUING),
            root_file(PRODUCT),
            "bad-signature",
            "'Zscaler Issuing' as",
        ),
        ((leaf(ca("Zscaler Root", of="Zscaler Inc.")),), root_file(PRODUCT), "issuer-impostor", "'Zscaler Root' has"),
    ],
)
def test_a_chain_that_leads_nowhere_has_one_fault(
    sent: tuple[Identity | bytes, ...], trust: Trust, code: str, words: str
) -> None:
    ((found, detail),) = told(sent, trust)
    assert found == code
    assert words in detail


@pytest.mark.parametrize(
    ("sent", "trust"),
    [
        ((LEAF, ISSUING, POLICY, ACROSS, UPPER), root_file(ROOT)),
        ((LEAF, ISSUING, POLICY, UPPER, ACROSS), root_file(ROOT, OLD_ROOT)),
        ((LEAF, ISSUING, POLICY, UPPER), root_file(ROOT, NEW_ROOT)),
        ((leaf(ca("Corp Anchor", key=ROOT.key)),), root_file(ROOT)),
        ((leaf(ONE), ONE_BY_TWO, TWO_BY_ONE), root_file(ONE)),
        ((leaf(NEW_ISSUING), NEW_ISSUING, POLICY, UPPER), root_file(ROOT, ISSUING)),
        ((leaf(PRODUCT_ISSUING), PRODUCT_ISSUING), root_file(PRODUCT)),
    ],
    ids=[
        "expired beside",
        "both roots",
        "a namesake",
        "renewed",
        "signed each other",
        "an old intermediate",
        "product",
    ],
)
def test_a_chain_that_leads_to_an_anchor_has_none(sent: tuple[Identity | bytes, ...], trust: Trust) -> None:
    assert told(sent, trust) == NO_CHAIN


def test_a_wrong_issuer_beside_the_right_one_is_only_too_much() -> None:
    found = told((LEAF, NEW_ISSUING, ISSUING, POLICY, UPPER), root_file(ROOT))
    assert found == NO_CHAIN


def test_a_form_of_a_ca_that_hides_the_one_that_leads_to_an_anchor_is_to_be_taken_out() -> None:
    across = ca("Corp Upper", OLD_ROOT, key=UPPER.key)
    shaken = dataclasses.replace(HANDSHAKE, certificates=encoded((LEAF, ISSUING, POLICY, across, UPPER)))
    found = findings(evidence(handshake=shaken, trust=root_file(ROOT, beside=KNOWN)))["unknown-issuer"]
    assert found.detail == "The chain ends at 'Old Root', which is not in the trust anchors (root.crt)."
    assert found.fix[0].startswith("On the server: take the 'Corp Upper' that 'Old Root' issued out of ssl_cert_file")


@pytest.mark.parametrize("beside", [(), (OLD_ROOT,)], ids=["without its root", "with its root"])
def test_a_private_form_that_hides_another_is_to_be_taken_out_too(beside: tuple[Identity, ...]) -> None:
    across = ca("Corp Upper", OLD_ROOT, key=UPPER.key)
    sent = (LEAF, ISSUING, POLICY, across, UPPER, *beside)
    shaken = dataclasses.replace(HANDSHAKE, certificates=encoded(sent))
    (found,) = findings(evidence(handshake=shaken, trust=root_file(ROOT))).values()
    assert found.code == "unknown-issuer"
    assert found.fix[0].startswith("On the server: take the 'Corp Upper' that 'Old Root' issued out of ssl_cert_file")


def test_what_is_no_root_in_the_root_file_is_named() -> None:
    shaken = dataclasses.replace(HANDSHAKE, certificates=encoded((LEAF, ISSUING, POLICY, UPPER)))
    (found,) = findings(evidence(handshake=shaken, trust=root_file(POLICY))).values()
    assert found.fix[0] == "'Corp Policy' in the root file is no root, and so no anchor for OpenSSL."


def azure(*sent: bytes) -> dict[str, tuple[str, str]]:
    shaken = dataclasses.replace(HANDSHAKE, certificates=sent)
    found = findings(evidence(target=AZURE, handshake=shaken, trust=BUNDLE))
    return {code: (finding.detail, finding.fix[0]) for code, finding in found.items()}


def test_a_leaf_in_a_real_cas_name_is_an_impostors_alone_and_forged_beside_the_real_one() -> None:
    name = "microsoft-tls-g2-rsa-ca-ocsp-02"
    forgery = below(name)
    alone, _ = azure(forgery)["issuer-impostor"]
    assert alone == "'Microsoft TLS G2 RSA CA OCSP 02' has the name of a known CA of Azure's, but another key."
    beside, fix = azure(forgery, REAL[name], REAL["microsoft-tls-rsa-root-g2-xsign"])["bad-signature"]
    assert beside == "'forged' names 'Microsoft TLS G2 RSA CA OCSP 02' as its issuer, whose key did not sign it."
    assert fix.startswith("Azure's CAs have signed none such")


RSA = forged.der(forged.SEQUENCE, forged.oid("1.2.840.113549.1.1.11"), forged.der(forged.NULL))
UNHEARD_OF = forged.der(forged.SEQUENCE, forged.oid("1.3.6.1.4.1.99999.7"))
ODD = forged.name(b"Odd Root")


def odd_root(key: bytes, signature: bytes = RSA) -> bytes:
    return Forged(subject=ODD, issuer=ODD, key=key, extensions=forged.CA, signature_algorithm=signature).der


def below_odd_root(signature: bytes = RSA) -> bytes:
    return Forged(issuer=ODD, signature_algorithm=signature).der


CANNOT = "Whether 'Odd Root' signed 'forged' cannot be checked here ("


@pytest.mark.parametrize(
    ("sent", "root", "code", "words"),
    [
        (
            below_odd_root(),
            odd_root(forged.rsa_key(65536)),
            "weak-key",
            "The key of 'Odd Root' is RSA 65536; RSA of at",
        ),
        (below_odd_root(), odd_root(forged.rsa_key(16392)), "weak-key", "is RSA 16392; RSA of at most 16384 bits"),
        (below_odd_root(), odd_root(forged.rsa_key(16384)), "issuer-impostor", "'Odd Root' has the name of a trust"),
        (below_odd_root(), odd_root(forged.unknown_key(), UNHEARD_OF), "bad-signature", f"{CANNOT}signature: sha256"),
        (below_odd_root(), odd_root(forged.unknown_key()), "bad-signature", "public key: Unknown key type"),
        (
            below_odd_root(UNHEARD_OF),
            odd_root(forged.our_key(), forged.Forged().signature_algorithm),
            "bad-signature",
            f"{CANNOT}signature: 1.3.6.1.4.1.99999.7; key: EC secp256r1), so it is not trusted.",
        ),
        (below_odd_root(UNHEARD_OF), odd_root(forged.unknown_key(), UNHEARD_OF), "bad-signature", CANNOT),
        # Another kind of key than the signature's: that can be told.
        (below_odd_root(), odd_root(forged.our_key()), "issuer-impostor", "'Odd Root' has the name of a trust anchor"),
    ],
)
def test_what_cannot_be_checked_is_no_impostors(sent: bytes, root: bytes, code: str, words: str) -> None:
    ((found, detail),) = told((sent,), root_file(root))
    assert found == code
    assert words in detail


def test_what_cannot_be_checked_is_not_called_wrong() -> None:
    shaken = dataclasses.replace(HANDSHAKE, certificates=(below_odd_root(UNHEARD_OF),))
    (found,) = findings(evidence(handshake=shaken, trust=root_file(odd_root(forged.our_key())))).values()
    assert found.title == "A signature in the chain cannot be checked here, and is not trusted"


def test_a_key_identifier_that_is_not_the_anchors_settles_it_without_a_signature() -> None:
    root = ca("Odd Root")
    other = x509.AuthorityKeyIdentifier(b"another", None, None).public_bytes()
    right = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()).public_bytes()
    subject = root.certificate.subject.public_bytes()

    def sent(identifier: bytes) -> bytes:
        extensions = {**forged.LOCALHOST, "2.5.29.35": identifier}
        return Forged(issuer=subject, signature_algorithm=UNHEARD_OF, extensions=extensions).der

    assert [code for code, _ in told((sent(other),), root_file(root))] == ["issuer-impostor"]
    assert [code for code, _ in told((sent(right),), root_file(root))] == ["bad-signature"]


def test_a_sound_signature_with_another_key_identifier_is_no_impostors() -> None:
    liar = pki.authority("", at=AT, subject=ROOT.certificate.subject, key=ROOT.key, key_identifier=NEW_ROOT)
    ((code, detail),) = told((LEAF, ISSUING, POLICY, UPPER), root_file(liar))
    assert code == "unknown-issuer"
    assert (
        detail == "OpenSSL finds no way to 'Corp Anchor', though one of that name is in the trust anchors (root.crt)."
    )


def test_a_healthy_chain_has_no_fault() -> None:
    assert evidence().issuer_fault is None
    assert evidence(handshake=dataclasses.replace(HANDSHAKE, certificates=())).issuer_fault is None
