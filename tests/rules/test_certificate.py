"""Rules of the certificate and identity stages, and of the policy: what they say, and when they keep still."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest

from azpg_tls import bundle
from azpg_tls.altnames import AltNames
from azpg_tls.chain import Trust, Verification
from azpg_tls.evidence import Evidence
from azpg_tls.lab import pki
from azpg_tls.lab.pki import Chain
from azpg_tls.lab.scenario import known
from azpg_tls.policy import Policy
from tests.observed import AT, AZURE, HANDSHAKE, HEALTHY, TARGET, TRUST, der, evidence, findings, present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azpg_tls.handshake import Handshake
    from azpg_tls.report import Finding
    from azpg_tls.target import Target

DAY = dt.timedelta(days=1)
ROOT = pki.authority("Lab Root", at=AT)
KNOWN = bundle.known_cas()
REAL = {ca.name: ca.der for ca in KNOWN}


def trusting(root: pki.Identity) -> Trust:
    return Trust("root.crt", (der(root.certificate),))


def one(e: Evidence) -> Finding:
    (finding,) = findings(e).values()
    return finding


def real(*names: str) -> Handshake:
    return dataclasses.replace(HANDSHAKE, certificates=tuple(REAL[name] for name in names))


def test_a_self_signed_certificate_may_be_given_to_the_clients_but_not_for_azure() -> None:
    shown = present(pki.server(None, at=AT, common_name="snake oil").certificate)
    assert one(evidence(handshake=shown)).detail == "localhost:5432 presents 'snake oil', signed by itself."
    assert one(evidence(handshake=shown)).fix[1].endswith("sslrootcert=server.crt")
    azure = findings(evidence(target=AZURE, handshake=shown))["self-signed"]
    assert azure.fix == (
        "Azure's certificates are never self-signed: check with --hostaddr and your DNS which machine answers.",
    )


def test_every_missing_intermediate_is_named_with_its_issuer() -> None:
    trust = dataclasses.replace(TRUST, known=known(HEALTHY, "g2-2025"))
    found = one(evidence(handshake=present(HEALTHY.leaf.certificate), trust=trust))
    assert found.code == "missing-intermediate"
    assert found.detail == (
        "localhost:5432 does not send the certificates of 'Lab TLS G2 RSA CA OCSP 02' that 'Lab TLS RSA Root G2'"
        " issued, and 'Lab TLS RSA Root G2' that 'Lab Global Root G2' issued."
    )
    assert found.evidence["missing"] == ["Lab TLS G2 RSA CA OCSP 02", "Lab TLS RSA Root G2"]
    assert found.evidence["issuer"] == "Lab Global Root G2"
    assert "the certificates of 'Lab TLS G2 RSA CA OCSP 02' and 'Lab TLS RSA Root G2' to ssl_cert_file" in found.fix[0]
    azure = findings(evidence(target=AZURE, handshake=present(HEALTHY.leaf.certificate), trust=trust))
    assert azure["missing-intermediate"].fix[0].startswith("Azure's servers send their intermediates")


def test_an_azure_chain_without_its_root_is_azures_all_the_same() -> None:
    microsoft_alone = Trust("ms.pem", (REAL["microsoft-rsa-root-certificate-authority-2017"],), KNOWN)
    shown = real("microsoft-tls-g2-rsa-ca-ocsp-02", "microsoft-tls-rsa-root-g2-xsign")

    found = findings(evidence(target=AZURE, handshake=shown, trust=microsoft_alone))["unknown-issuer"]

    assert found.detail == "The chain ends at 'DigiCert Global Root G2', which is not in the trust anchors (ms.pem)."
    (fix,) = found.fix
    assert fix.startswith("Add the root 'DigiCert Global Root G2' to the clients' root file, or use the bundle")
    assert fix.endswith(": azpg-tls bundle path")


def test_a_strangers_chain_under_an_azure_name_is_a_proxys() -> None:
    proxy = pki.authority("Corporate Inspection", at=AT)
    shown = present(pki.server(proxy, at=AT).certificate)
    found = findings(evidence(target=AZURE, handshake=shown, trust=Trust("bundle", (), KNOWN)))["unknown-issuer"]
    assert found.fix[0] == (
        "No known Azure CA is called 'Corporate Inspection': look for a proxy that inspects TLS on the way."
    )


def test_a_strangers_chain_in_an_azure_cas_name_is_told_from_azures() -> None:
    name = "Microsoft TLS G2 RSA CA OCSP 02"
    impostor = pki.authority(name, at=AT)
    shown = present(pki.server(impostor, at=AT).certificate)
    found = findings(evidence(target=AZURE, handshake=shown, trust=Trust("bundle", (), KNOWN)))["unknown-issuer"]
    assert found.fix[0].startswith(f"An Azure CA is called '{name}', but did not sign this: look for a proxy")


def test_a_self_signed_ca_that_hides_its_cross_signed_form_is_to_be_taken_out() -> None:
    shown = real("microsoft-tls-g2-rsa-ca-ocsp-02", "microsoft-tls-rsa-root-g2", "microsoft-tls-rsa-root-g2-xsign")
    trust = Trust("bundle", bundle.anchors("public"), KNOWN)
    found = findings(evidence(target=AZURE, handshake=shown, trust=trust))["unknown-issuer"]
    assert found.fix[0].startswith(
        "On the server: take the self-signed 'Microsoft TLS RSA Root G2' out of ssl_cert_file"
    )

    instead = real("microsoft-tls-g2-rsa-ca-ocsp-02", "microsoft-tls-rsa-root-g2")
    missing = findings(evidence(target=AZURE, handshake=instead, trust=trust))["missing-intermediate"]
    assert "'Microsoft TLS RSA Root G2' that 'DigiCert Global Root G2' issued" in missing.detail


def test_a_private_ca_is_to_be_given_to_the_clients() -> None:
    private = pki.authority("Private Root", at=AT)
    issuing = pki.authority("Private CA", at=AT, issuer=private)
    leaf = pki.server(issuing, at=AT)

    without_root = one(evidence(handshake=present(leaf.certificate, issuing.certificate)))
    with_root = one(evidence(handshake=present(leaf.certificate, issuing.certificate, private.certificate)))

    assert "ends at 'Private Root', which is not in the trust anchors (root.crt)" in without_root.detail
    assert (len(without_root.fix), without_root.evidence["root_presented"]) == (3, False)
    assert (len(with_root.fix), with_root.evidence["root_presented"]) == (2, True)


def test_what_expired_in_the_root_file_is_to_be_replaced_there() -> None:
    old = pki.authority("Old Root", at=AT, not_after=AT - DAY)
    (found,) = findings(evidence(handshake=present(pki.server(old, at=AT).certificate), trust=trusting(old))).values()
    assert found.code == "expired"
    assert found.fix[0].startswith("Replace 'Old Root' by its successor in the root file (")


def chain_until(*, leaf: dt.datetime | None = None, issuing: dt.datetime | None = None) -> Handshake:
    ca = pki.authority("Issuing", at=AT, issuer=ROOT, not_after=issuing)
    return present(pki.server(ca, at=AT, not_after=leaf).certificate, ca.certificate)


@pytest.mark.parametrize(
    ("target", "shown", "name", "fix"),
    [
        (TARGET, chain_until(leaf=AT - DAY), "lab server", "Renew 'lab server' on the server, then: SELECT"),
        (TARGET, chain_until(issuing=AT - DAY), "Issuing", "On the server: replace the CA 'Issuing' by"),
        (AZURE, chain_until(issuing=AT - DAY), "Issuing", "Azure renews its certificates itself"),
    ],
)
def test_what_expired_is_renewed_by_whoever_has_it(target: Target, shown: Handshake, name: str, fix: str) -> None:
    found = one(evidence(target=target, handshake=shown, trust=trusting(ROOT)))
    assert found.code == "expired"
    assert found.detail == f"'{name}' expired on 2026-11-22 12:00:00 UTC."
    assert found.fix[0].startswith(fix)
    assert found.fix[1] == "Check this machine's clock: date -u"


def test_a_way_over_an_expired_cross_sign_only_is_out_of_date() -> None:
    direct = pki.authority("Issuing", at=AT, issuer=pki.authority("New Root", at=AT))
    across = pki.authority("Issuing", at=AT, issuer=ROOT, key=direct.key, not_after=AT - DAY)
    leaf = pki.server(direct, at=AT)
    shown = present(leaf.certificate, across.certificate, direct.certificate)
    assert one(evidence(handshake=shown, trust=trusting(ROOT))).detail.startswith("'Issuing' expired on 2026-11-22")


def test_a_way_over_a_cross_sign_of_the_future_only_is_not_yet_valid() -> None:
    direct = pki.authority("Issuing", at=AT, issuer=pki.authority("New Root", at=AT))
    across = pki.authority("Issuing", at=AT, issuer=ROOT, key=direct.key, not_before=AT + DAY)
    leaf = pki.server(direct, at=AT)
    shown = present(leaf.certificate, across.certificate, direct.certificate)
    found = one(evidence(handshake=shown, trust=trusting(ROOT)))
    assert found.detail == "'Issuing' is valid only from 2026-11-24 12:00:00 UTC on."


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (14, "expired", "The end of validity of 'lab server' cannot be read."),
        (13, "not-yet-valid", "The first day of 'lab server' cannot be read."),
    ],
)
def test_a_date_that_cannot_be_read_is_said(error: int, code: str, detail: str) -> None:
    e = evidence()
    assert e.chain is not None
    path = e.chain.path
    undated = dataclasses.replace(path[0], not_before=None, not_after=None)
    chain = dataclasses.replace(
        e.chain,
        trusted=Verification(error, 0, "format error"),
        timeless=dataclasses.replace(e.chain.timeless, path=(undated, *path[1:])),
    )
    found = one(Evidence(e.observation, chain, e.trust, e.policy))
    assert (found.code, found.detail) == (code, detail)


@pytest.mark.parametrize(
    ("days", "within", "fires"), [(13, 14, True), (14, 14, False), (15, 14, False), (15, 16, True), (1, 0, False)]
)
def test_what_expires_within_the_limit_is_warned_of(days: int, within: int, fires: bool) -> None:
    shown = chain_until(leaf=AT + days * DAY)
    found = findings(evidence(handshake=shown, trust=trusting(ROOT), policy=Policy(expires_within=within)))
    assert ("expires-soon" in found) is fires
    if fires:
        assert found["expires-soon"].detail.startswith(f"'lab server' expires in {days} day(s), on ")
        assert found["expires-soon"].fix == ("Renew 'lab server' on the server before then, and reload it.",)


def test_azure_renews_what_expires_soon() -> None:
    shown = chain_until(leaf=AT + DAY)
    found = one(evidence(target=AZURE, handshake=shown, trust=trusting(ROOT)))
    assert found.fix[0].startswith("Azure renews its certificates itself")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (7, "bad-signature"),
        (78, "bad-signature"),
        (24, "invalid-ca"),
        (25, "invalid-ca"),
        (79, "invalid-ca"),
        (47, "name-constraint-violation"),
        (26, "wrong-key-usage"),
        (34, "wrong-key-usage"),
    ],
)
def test_openssls_numbers_are_told_apart(error: int, code: str) -> None:
    e = evidence()
    assert e.chain is not None
    refused = Verification(error, 1, "OpenSSL's word for it")
    chain = dataclasses.replace(e.chain, trusted=refused, timeless=refused)
    found = one(Evidence(e.observation, chain, e.trust, e.policy))
    assert found.code == code
    assert found.detail == "OpenSSL refuses 'Lab TLS G2 RSA CA OCSP 02' (depth 1): OpenSSL's word for it."


def test_every_purpose_and_every_ca_counts() -> None:
    unlimited = pki.authority("Issuing", at=AT, issuer=ROOT, path_length=0)
    below = pki.authority("Below", at=AT, issuer=unlimited)
    shown = present(pki.server(below, at=AT).certificate, below.certificate, unlimited.certificate)
    assert one(evidence(handshake=shown, trust=trusting(ROOT))).code == "invalid-ca"


def named(dns_names: Sequence[str], ip_addresses: Sequence[str] = (), common_name: str = "lab server") -> Handshake:
    leaf = pki.server(ROOT, at=AT, dns_names=dns_names, ip_addresses=ip_addresses, common_name=common_name)
    return present(leaf.certificate)


def asking(name: str, shown: Handshake, trust: Trust | None = None) -> Finding:
    target = dataclasses.replace(TARGET, server_name=name)
    found = findings(evidence(target=target, handshake=shown, trust=trust or trusting(ROOT)))
    return next(finding for finding in found.values() if finding.stage == "identity")


def test_a_certificate_for_another_host_offers_its_own_name() -> None:
    found = asking("db.example.com", named(["other.example.com", "third.example.com"]))
    assert found.code == "hostname-mismatch"
    assert found.detail == (
        "The certificate is for DNS:other.example.com, DNS:third.example.com, not for db.example.com."
    )
    assert found.fix[0] == "Use a name of the certificate: host=other.example.com hostaddr=127.0.0.1"


def test_azures_own_name_is_offered_before_its_internal_one() -> None:
    names = ["a789dfd096c0.database.azure.com", "db.postgres.database.azure.com"]
    found = asking("localhost.example.com", named(names))
    assert found.fix[0] == "Use a name of the certificate: host=db.postgres.database.azure.com hostaddr=127.0.0.1"


@pytest.mark.parametrize(
    "name", ["*.example.com", "evil.example sslmode=disable", "evil.example; reboot", "$(reboot)", "evil.example'"]
)
def test_a_name_that_cannot_be_pasted_is_not_offered(name: str) -> None:
    found = asking("db.example.org", named([name]))
    assert found.fix == ("Check that 'db.example.org' is the server you mean.",)
    assert asking("10.0.0.1", named([name])).fix == (
        "Connect by name, with the address beside it: host=NAME hostaddr=10.0.0.1",
    )


def test_the_name_of_a_certificate_that_is_not_trusted_is_not_offered() -> None:
    found = asking("db.example.org", named(["evil.example"]), Trust("none", ()))
    assert found.fix == ("Check that 'db.example.org' is the server you mean.",)


def test_names_cannot_control_a_terminal() -> None:
    found = asking("db.example.org", named(["a\x1b[2J"]))
    assert found.evidence["names"] == [r"DNS:a\x1b[2J"]
    assert found.detail.isprintable()


def test_of_many_names_the_first_are_shown_and_all_are_counted() -> None:
    found = asking("db.example.org", named([f"host{number}.example" for number in range(12)]))
    assert found.detail.endswith("DNS:host9.example and 2 more, not for db.example.org.")
    assert found.evidence["number_of_names"] == 12


def test_names_that_cannot_be_read_are_not_called_absent() -> None:
    e = evidence(handshake=named(["x.example"]), trust=trusting(ROOT))
    assert e.chain is not None
    unread = dataclasses.replace(e.chain.leaf, names=AltNames(fault="the name 'a\\x00b' has a NUL byte"))
    chain = dataclasses.replace(e.chain, presented=(unread, *e.chain.presented[1:]))
    found = one(Evidence(e.observation, chain, e.trust, e.policy))
    assert found.code == "hostname-mismatch"
    assert found.title == "The names in the server's certificate cannot be read, or not as far as the host"
    assert found.detail == "'lab server' cannot be held against localhost: the name 'a\\x00b' has a NUL byte."


def test_a_certificate_without_names_has_a_common_name_only() -> None:
    found = asking("localhost", named([], common_name="localhost"))
    assert found.code == "no-subject-alternative-name"
    assert found.fix == ("Issue the certificate again with: subjectAltName = DNS:localhost",)


@pytest.mark.parametrize(
    ("names", "addresses", "code"),
    [
        (["db.example.com"], [], "ip-address-target"),
        (["db.example.com"], ["10.0.0.9"], "hostname-mismatch"),
        ([], ["10.0.0.9"], "hostname-mismatch"),
        ([], [], "no-subject-alternative-name"),
    ],
)
def test_an_address_is_asked_for_in_vain(names: list[str], addresses: list[str], code: str) -> None:
    assert asking("10.0.0.1", named(names, addresses)).code == code


def test_an_address_is_to_be_replaced_by_a_name() -> None:
    found = asking("10.0.0.1", named(["db.example.com"]))
    assert found.fix == ("Connect by name, with the address beside it: host=db.example.com hostaddr=10.0.0.1",)


@pytest.mark.parametrize(("allowed", "fires"), [(0, True), (1, True), (2, False), (None, False)])
def test_the_depth_is_that_of_the_path(allowed: int | None, fires: bool) -> None:
    policy = Policy(max_depth=allowed)
    assert ("chain-too-deep" in findings(evidence(policy=policy))) is fires
    with_root = dataclasses.replace(HANDSHAKE, certificates=(*HANDSHAKE.certificates, der(HEALTHY.root.certificate)))
    assert ("chain-too-deep" in findings(evidence(handshake=with_root, policy=policy))) is fires
    assert "chain-too-deep" not in findings(evidence(trust=Trust("none", ()), policy=policy))


@pytest.mark.parametrize(
    ("expected", "fires"), [("", False), ("CA OCSP 02", False), ("Issuing CA 03", True), ("ca ocsp 02", True)]
)
def test_the_issuer_is_expected_by_a_part_of_its_name(expected: str, fires: bool) -> None:
    assert ("issuer-unexpected" in findings(evidence(policy=Policy(expect_issuer=expected)))) is fires


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_any_key_of_the_path_may_be_pinned(place: int) -> None:
    e = evidence()
    assert e.chain is not None
    pinned = Policy(pins=("00" * 32, e.chain.path[place].spki_sha256))
    assert findings(evidence(policy=pinned)) == {}


def test_keys_of_certificates_with_one_name_are_told_apart() -> None:
    ca = pki.authority("same", at=AT)
    leaf = pki.server(ca, at=AT, common_name="same")
    shown = present(leaf.certificate)
    e = evidence(handshake=shown, trust=trusting(ca))
    assert e.chain is not None
    for certificate in e.chain.path:
        policy = Policy(pins=(certificate.spki_sha256,))
        assert findings(evidence(handshake=shown, trust=trusting(ca), policy=policy)) == {}


def test_pins_that_nobody_has_are_shown_beside_those_of_the_path() -> None:
    found = one(evidence(policy=Policy(pins=("00" * 32,))))
    assert found.detail == "No key of the path from the server to its root is among those pinned (1)."
    assert found.evidence["pins"] == ["sha256/" + "A" * 43 + "="]
    path = found.evidence["path"]
    assert isinstance(path, list)
    assert [entry["subject"].partition(",")[0] for entry in path] == [
        "CN=lab server",
        "CN=Lab TLS G2 RSA CA OCSP 02",
        "CN=Lab TLS RSA Root G2",
        "CN=Lab Global Root G2",
    ]


@pytest.mark.parametrize(
    ("version", "demanded", "fires"),
    [
        ("TLSv1.2", "TLSv1.2", False),
        ("TLSv1.3", "TLSv1.2", False),
        ("TLSv1.3", "TLSv1.3", False),
        ("TLSv1.2", "TLSv1.3", True),
        ("TLSv1.1", "TLSv1.2", True),
    ],
)
def test_the_version_is_at_least_what_is_demanded(version: str, demanded: str, fires: bool) -> None:
    shown = dataclasses.replace(HANDSHAKE, version=version)
    found = findings(evidence(handshake=shown, policy=Policy(min_tls=demanded)))
    assert ("tls-version-too-old" in found) is fires


def test_a_root_of_no_use_is_not_waited_for() -> None:
    # The chain is sound and its root an anchor: a root that was sent too is worth a remark and no more.
    with_root = Chain(HEALTHY.leaf, (*HEALTHY.intermediates, HEALTHY.root), HEALTHY.root)
    assert one(evidence(handshake=present(*with_root.presented))).code == "root-included"
