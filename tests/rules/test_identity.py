"""Names that a certificate has and lacks: which code, and what is to be done."""

from __future__ import annotations

import dataclasses

import pytest

from azpg_tls.chain import Trust
from azpg_tls.lab import pki
from tests.observed import AT, TARGET, der, evidence, findings, present

ROOT = pki.authority("Lab Root", at=AT)
TRUST = Trust("root.crt", (der(ROOT.certificate),))


def found(host: str, *names: str, common_name: str = "lab server") -> dict[str, tuple[str, ...]]:
    leaf = pki.server(ROOT, at=AT, dns_names=names, ip_addresses=(), common_name=common_name)
    target = dataclasses.replace(TARGET, host=host, server_name=host.removesuffix("."))
    seen = findings(evidence(target=target, handshake=present(leaf.certificate), trust=TRUST))
    return {code: (finding.detail, *finding.fix) for code, finding in seen.items()}


def test_a_private_endpoints_name_is_to_be_replaced_by_the_servers_own() -> None:
    own = "db.postgres.database.azure.com"
    (_, fix, *_), *others = found("db.privatelink.postgres.database.azure.com", own).values()
    assert fix == f"Use the server's own name, which leads to the same private endpoint: host={own}"
    assert not others
    wild = found("DB.privatelink.postgres.database.azure.com", "*.postgres.database.azure.com")
    assert wild["hostname-mismatch"][1].endswith(f"host={own}")
    # The private name of another server than the certificate's leads elsewhere.
    other = found("other.privatelink.postgres.database.azure.com", own)
    assert other["hostname-mismatch"][1] == f"Use a name of the certificate: host={own} hostaddr=127.0.0.1"


def test_an_azure_server_behind_a_tunnel_keeps_its_name() -> None:
    (_, fix, *_), *_ = found("localhost", "a789dfd096c0.database.azure.com", "db.postgres.database.azure.com").values()
    assert fix == "Use a name of the certificate: host=db.postgres.database.azure.com hostaddr=127.0.0.1"


@pytest.mark.parametrize(
    ("host", "common_name", "code"),
    [
        ("db.example.com", "db.example.com", "no-subject-alternative-name"),
        ("db.example.com", "*.example.com", "no-subject-alternative-name"),
        ("db.example.com", "lab server", "no-subject-alternative-name"),
        ("db.example.com", "postgres", "no-subject-alternative-name"),
        ("10.0.0.1", "db.example.org", "no-subject-alternative-name"),
        ("db.example.com", "db.example.org", "hostname-mismatch"),
        ("db.eu.example.com", "*.example.com", "hostname-mismatch"),
    ],
)
def test_a_common_name_alone_names_nobody_unless_it_is_another_hosts(host: str, common_name: str, code: str) -> None:
    assert list(found(host, common_name=common_name)) == [code]


def test_the_common_name_of_another_host_is_shown() -> None:
    detail, *_ = found("db.example.com", common_name="db.example.org")["hostname-mismatch"]
    assert detail == "The certificate is for db.example.org (its common name), not for db.example.com."


@pytest.mark.parametrize(
    ("host", "name"),
    [("db.example.com.", "db.example.com"), ("xn--bcher-kva.example", "xn--BCHER-kva.example")],
)
def test_the_same_name_in_another_writing_is_the_same(host: str, name: str) -> None:
    assert found(host, name) == {}
