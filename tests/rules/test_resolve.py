"""What a name resolves to: misspelt suffixes, private endpoints, addresses of several kinds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from azpg_tls.observation import Attempt, Connection, Lookup, Reach, Resolution
from tests.observed import AZURE, TARGET, evidence, findings

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

SUFFIX = "postgres.database.azure.com"
PRIVATE = f"db.privatelink.{SUFFIX}"
UNKNOWN = Resolution(Lookup.NOT_FOUND, error="Name or service not known")


def asked(host: str, resolution: Resolution, cloud: str | None = "public") -> Evidence:
    return evidence(target=dataclasses.replace(TARGET, host=host, cloud=cloud), resolution=resolution)


def resolved(*addresses: str, name: str = "") -> Resolution:
    return Resolution(Lookup.FOUND, addresses, name)


@pytest.mark.parametrize(
    ("host", "likely"),
    [
        ("db.postgres.database.azure.co", f"db.{SUFFIX}"),
        ("db.postgre.database.azure.com", f"db.{SUFFIX}"),
        ("db.postgresql.database.azure.com.", f"db.{SUFFIX}"),
        ("db.postgres.databse.azure.com", f"db.{SUFFIX}"),
        ("db.postgres.database.usgovcloudapi.com", "db.postgres.database.usgovcloudapi.net"),
        ("db.postgres.database.chinacloudapi.com", "db.postgres.database.chinacloudapi.cn"),
    ],
)
def test_a_misspelt_suffix_is_put_right(host: str, likely: str) -> None:
    fix = findings(asked(host, UNKNOWN, cloud=None))["dns-failure"].fix
    assert fix[0] == f"Its suffix looks misspelt. Try: azpg-tls probe {likely}"


@pytest.mark.parametrize("host", ["db.example.com", f"db.{SUFFIX}", "db", "db.database.windows.net"])
def test_other_suffixes_are_left_alone(host: str) -> None:
    fix = findings(asked(host, UNKNOWN, cloud=None))["dns-failure"].fix
    assert not any("misspelt" in step for step in fix)


def test_a_name_of_azures_may_belong_to_another_cloud() -> None:
    fix = findings(evidence(target=AZURE, resolution=UNKNOWN))["dns-failure"].fix
    assert fix[-1] == (
        "Servers of Azure's other clouds end in .postgres.database.usgovcloudapi.net (usgov) or "
        ".postgres.database.chinacloudapi.cn (china)."
    )


def test_a_private_name_without_address_is_a_matter_of_its_zone() -> None:
    found = findings(asked(PRIVATE, UNKNOWN))
    assert list(found) == ["dns-failure", "private-dns-zone"]
    assert found["private-dns-zone"].detail == f"The private endpoint's name {PRIVATE} has no address here."
    assert found["private-dns-zone"].fix[0].startswith(f"Link the private DNS zone privatelink.{SUFFIX} to this")
    # A resolver that does not answer says nothing about the zone.
    assert list(findings(asked(PRIVATE, Resolution(Lookup.SILENT)))) == ["dns-failure"]


@pytest.mark.parametrize(
    ("host", "name"), [(PRIVATE, ""), (PRIVATE.upper(), ""), (f"db.{SUFFIX}", PRIVATE), ("alias.example.com", PRIVATE)]
)
def test_a_private_name_with_a_public_address_is_one_seen_from_outside(host: str, name: str) -> None:
    found = findings(asked(host, resolved("10.0.0.4", "203.0.113.7", name=name)))
    assert list(found) == ["private-dns-zone"]
    assert found["private-dns-zone"].evidence["addresses"] == ["203.0.113.7"]


@pytest.mark.parametrize("address", ["10.0.0.4", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd00::4", "127.0.0.1"])
def test_a_private_name_with_a_private_address_is_as_it_should_be(address: str) -> None:
    assert findings(asked(PRIVATE, resolved(address))) == {}


@pytest.mark.parametrize(
    "name", [f"db.{SUFFIX}", "db.rs-0123456789abcde.postgres.database.azure.com", "privatelink.example"]
)
def test_a_public_name_may_have_a_public_address(name: str) -> None:
    assert findings(asked(f"db.{SUFFIX}", resolved("203.0.113.7", name=name))) == {}


def test_an_address_that_was_given_is_nobodys_zone() -> None:
    assert findings(asked(PRIVATE, Resolution(Lookup.GIVEN, ("203.0.113.7",)))) == {}


def test_addresses_inside_and_outside_lead_to_two_places() -> None:
    found = findings(asked("db.example.com", resolved("10.0.0.4", "2001:db8::7"), None))
    assert list(found) == ["resolved-addresses-differ"]
    assert found["resolved-addresses-differ"].detail == (
        "Of the addresses of 'db.example.com', 10.0.0.4 is inside a network, and 2001:db8::7 is public."
    )
    assert findings(asked("db.example.com", resolved("203.0.113.7", "2001:db8::7"), None)) == {}
    assert findings(asked("db.example.com", resolved("10.0.0.4", "fd00::4"), None)) == {}


@pytest.mark.parametrize("reach", [Reach.REFUSED, Reach.SILENT])
def test_an_address_that_does_not_answer_before_one_that_does_is_said(reach: Reach) -> None:
    tried = Connection((Attempt("203.0.113.1", reach), Attempt("203.0.113.2", Reach.CONNECTED)))
    found = findings(evidence(connection=tried))["resolved-addresses-differ"]
    assert found.detail == (
        "Of the addresses of 'localhost', 203.0.113.1 did not take the connection, and another did."
    )
    assert found.evidence["without_answer"] == ["203.0.113.1"]


@pytest.mark.parametrize(("address", "reach"), [("::1", Reach.REFUSED), ("2001:db8::1", Reach.UNREACHABLE)])
def test_a_family_that_this_machine_or_its_server_lacks_is_no_news(address: str, reach: Reach) -> None:
    tried = Connection((Attempt(address, reach), Attempt("127.0.0.1", Reach.CONNECTED)))
    assert findings(evidence(connection=tried)) == {}
