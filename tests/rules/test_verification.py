"""Every answer of OpenSSL's verification has its code, and a step to take that fits."""

from __future__ import annotations

import dataclasses

import pytest
from OpenSSL._util import ffi, lib

from azpg_tls.chain import Trust, Verification
from azpg_tls.evidence import Evidence
from azpg_tls.lab import pki
from azpg_tls.rules.verification import ANSWERS
from tests.observed import AT, der, evidence, findings, present

ISSUER = "Lab TLS G2 RSA CA OCSP 02"  # depth 1 of the healthy chain
# X509_V_ERR_* that OpenSSL answers only to who asks for more than is asked here.
NOT_ASKED = {
    "dates, which have rules of their own": {9, 10, 13, 14},
    "revocation lists": {3, 5, 8, 11, 12, 15, 16, 23, 33, 35, 36, 44, 45, 54},
    "no memory, a call in a wrong way": {17, 69, 70},
    "notes beside the issuers, before OpenSSL 1.1": {29, 30, 31, 55},
    "policies": {42, 43},
    "an application's own": {50},
    "Suite B": {56, 57, 58, 59, 60, 61},
    "names": {62, 63, 64},
    "DANE, certificate transparency, raw keys": {65, 71, 95},
    "OCSP": {73, 74, 75, 96, 97, 98, 99, 100},
    "X509_V_FLAG_X509_STRICT alone": {*range(80, 94), 102, 103},
}


def refused(number: int, depth: int = 1, reason: str = "OpenSSL's word for it") -> Evidence:
    e = evidence()
    assert e.chain is not None
    answer = Verification(number, depth, reason)
    return Evidence(e.observation, dataclasses.replace(e.chain, trusted=answer, timeless=answer), e.trust, e.policy)


@pytest.mark.parametrize(
    ("number", "code", "fix"),
    [
        (1, "wrong-key-usage", "Look at 'Lab TLS G2 RSA CA OCSP 02', above all at its public key"),
        (4, "bad-signature", "Put leaf and intermediates of one and the same issue"),
        (6, "bad-signature", "Have the certificate of the issuer of 'Lab TLS G2 RSA CA OCSP 02' issued again"),
        (7, "bad-signature", "Put leaf and intermediates of one and the same issue"),
        (24, "invalid-ca", "Have the certificate of the issuer of"),
        (25, "invalid-ca", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again with a greater pathlen"),
        (26, "wrong-key-usage", "Have the CA's certificate 'Lab TLS G2 RSA CA OCSP 02' issued again, without extended"),
        (27, "wrong-key-usage", "Look at 'Lab TLS G2 RSA CA OCSP 02' in the root file"),
        (28, "wrong-key-usage", "Look at 'Lab TLS G2 RSA CA OCSP 02' in the root file"),
        (32, "invalid-ca", "Have the CA's certificate 'Lab TLS G2 RSA CA OCSP 02' issued again, with CA:TRUE"),
        (34, "wrong-key-usage", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again without the extension"),
        (37, "invalid-ca", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again with CA:FALSE"),
        (38, "wrong-key-usage", "Present the server's own certificate"),
        (39, "wrong-key-usage", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again for servers"),
        (40, "wrong-key-usage", "Present the server's own certificate"),
        (41, "wrong-key-usage", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again without the extensions of RFC 3779"),
        (46, "wrong-key-usage", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again without the extensions of RFC 3779"),
        (47, "name-constraint-violation", "Have 'Lab TLS G2 RSA CA OCSP 02' issued by a CA that may name this host."),
        (48, "name-constraint-violation", "Have 'Lab TLS G2 RSA CA OCSP 02' issued by a CA that may name this host."),
        (49, "name-constraint-violation", "Have the CA's nameConstraints written again, without minimum and maximum."),
        (51, "name-constraint-violation", "Have the CA's nameConstraints written again: OpenSSL knows"),
        (52, "name-constraint-violation", "Have the CA's nameConstraints written again: OpenSSL knows"),
        (53, "name-constraint-violation", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again: a name in it"),
        (66, "weak-key", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again, for a key of RSA 3072 or P-256"),
        (67, "weak-key", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again, for a key of RSA 3072 or P-256"),
        (68, "weak-signature", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again, for a key of RSA 3072 or P-256"),
        (72, "wrong-key-usage", "Present the server's own certificate"),
        (76, "bad-signature", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again, signed with RSA or ECDSA"),
        (77, "bad-signature", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again: it names two algorithms"),
        (78, "bad-signature", "Have 'Lab TLS G2 RSA CA OCSP 02' issued again: it names two algorithms"),
        (79, "invalid-ca", "Have the CA's certificate 'Lab TLS G2 RSA CA OCSP 02' issued again, with CA:TRUE"),
        (999, "wrong-key-usage", "Look error 999 up: openssl verify"),
    ],
)
def test_a_number_has_a_code_and_a_fix_that_fits(number: int, code: str, fix: str) -> None:
    (found,) = findings(refused(number)).values()
    assert (found.code, found.stage) == (code, "certificate")
    assert found.fix[0].startswith(fix)
    known = "" if number in ANSWERS else f", error {number}"
    assert found.detail == f"OpenSSL refuses '{ISSUER}' (depth 1): OpenSSL's word for it{known}."
    assert (found.evidence["openssl_error"], found.evidence["depth"]) == (number, 1)


@pytest.mark.parametrize(("number", "code"), [(2, "unknown-issuer"), (18, "self-signed"), (20, "unknown-issuer")])
def test_who_issued_it_is_judged_by_rules_of_its_own(number: int, code: str) -> None:
    assert code in findings(refused(number))


def test_what_openssl_has_words_for_is_answered_or_not_asked() -> None:
    every = {number: ffi.string(lib.X509_verify_cert_error_string(number)).decode() for number in range(1, 200)}
    known = {number for number, words in every.items() if words != "unknown certificate verification error"}
    apart = [number for numbers in NOT_ASKED.values() for number in numbers]
    assert len(apart) == len(set(apart))
    assert set(apart).isdisjoint(ANSWERS)
    # A number that is missing here came with a new OpenSSL: is it answered to what is asked?
    assert known - set(apart) == set(ANSWERS) & known


def test_a_leaf_and_a_ca_that_serve_another_purpose_are_told_apart() -> None:
    (leaf,) = findings(refused(26, depth=0)).values()
    assert leaf.fix == (
        "Have 'lab server' issued again for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.",
    )


def test_an_anchor_that_is_not_sent_has_its_name() -> None:
    root = pki.authority("Lab Root", at=AT, path_length=0)
    issuing = pki.authority("Lab Issuing CA", at=AT, issuer=root)
    shown = present(pki.server(issuing, at=AT).certificate, issuing.certificate)
    (found,) = findings(evidence(handshake=shown, trust=Trust("root.crt", (der(root.certificate),)))).values()
    assert found.detail == "OpenSSL refuses 'Lab Root' (depth 2): path length constraint exceeded."


UNREADABLE = {pki.KEY_USAGE: b"\5\0"}


def test_an_extension_that_cannot_be_read_is_named_and_not_the_issuer() -> None:
    root = pki.authority("Lab Root", at=AT)
    shown = present(pki.server(root, at=AT, further=UNREADABLE).certificate)
    (found,) = findings(evidence(handshake=shown, trust=Trust("root.crt", (der(root.certificate),)))).values()
    assert found.code == "wrong-key-usage"
    assert found.detail == (
        "'lab server' has an extension keyUsage that cannot be read. OpenSSL calls it invalid, and takes no part of it."
    )
    assert found.fix[0].startswith("Have 'lab server' issued again with sound extensions")


def test_a_ca_and_an_anchor_can_be_invalid_too_and_a_sound_form_beside_one_will_do() -> None:
    sound = pki.authority("Lab Root", at=AT)
    # A server's certificate of the same name and key: what matters here is only that it cannot be read.
    broken = pki.server(None, at=AT, common_name="Lab Root", key=sound.key, further=UNREADABLE)
    shown = present(pki.server(sound, at=AT).certificate)

    def of(*anchors: pki.Identity) -> tuple[str, ...]:
        found = findings(evidence(handshake=shown, trust=Trust("root.crt", tuple(der(a.certificate) for a in anchors))))
        return tuple(found)

    assert of(broken) == ("wrong-key-usage",)
    assert of(broken, sound) == of(sound, broken) == ()
    assert evidence().issuer_fault is None


def test_cas_that_sign_each_other_are_gone_through_once() -> None:
    one, other = pki.authority("One", at=AT), pki.authority("Other", at=AT)
    one_by_other = pki.authority("One", at=AT, issuer=other, key=one.key)
    other_by_one = pki.authority("Other", at=AT, issuer=one, key=other.key)
    shown = present(pki.server(one, at=AT).certificate, one_by_other.certificate, other_by_one.certificate)
    assert list(findings(evidence(handshake=shown))) == ["unknown-issuer"]
