"""Whom a certificate names: by a table, and beside OpenSSL's own check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.certificate import read
from azpg_tls.hostname import matches, matches_pattern
from azpg_tls.lab import pki
from tests.observed import AT, der
from tests.openssl_names import openssl_accepts

if TYPE_CHECKING:
    from azpg_tls.certificate import Certificate

ROOT = pki.authority("Root", at=AT)


def certificate(dns_names: list[str], ip_addresses: tuple[str, ...] = (), common_name: str = "server") -> Certificate:
    leaf = pki.server(ROOT, at=AT, dns_names=dns_names, ip_addresses=ip_addresses, common_name=common_name)
    return read(der(leaf.certificate))


SAME = [
    # name, pattern, matches
    ("db.example.com", "db.example.com", True),
    ("DB.Example.COM", "db.eXample.com", True),
    ("db.example.com", "other.example.com", False),
    ("db.example.com", "example.com", False),
    ("example.com", "db.example.com", False),
    ("localhost", "localhost", True),
    ("db.example.com", "*.example.com", True),
    ("DB.example.com", "*.EXAMPLE.com", True),
    ("example.com", "*.example.com", False),
    ("a.db.example.com", "*.example.com", False),
    ("db.example.com", "*.com", False),
    ("example.com", "*.com", False),
    ("localhost", "*", False),
    ("db.example.com", "*", False),
    ("db.example.com", "*.*.com", False),
    ("db.example.com", "db.*.com", False),
    ("db.example.com", "**.example.com", False),
    ("xn--dchs-1ra.example.com", "*.example.com", True),
    ("db.example.com", "", False),
    ("db.example.com", "db.example.com.", False),
    ("db.example.com", ".example.com", False),
    ("db.postgres.database.azure.com", "*.postgres.database.azure.com", True),
    ("db.privatelink.postgres.database.azure.com", "*.postgres.database.azure.com", False),
]
DIFFERENT = [
    # name, pattern, matches here, matches for OpenSSL
    ("foo.example.com", "f*.example.com", False, True),  # partial wildcards: libpq knows none
    ("foo.example.com", "*o.example.com", False, True),
    ("my_db.example.com", "*.example.com", True, False),  # underscores: libpq takes them
    ("db.my_zone.example.com", "*.my_zone.example.com", True, False),
]


@pytest.mark.parametrize(("name", "pattern", "expected"), SAME)
def test_a_name_matches_as_openssl_says(name: str, pattern: str, expected: bool) -> None:
    assert matches_pattern(name, pattern) is expected
    if pattern:
        assert openssl_accepts(name, [pattern]) is expected


@pytest.mark.parametrize(("name", "pattern", "here", "openssl"), DIFFERENT)
def test_where_it_differs_from_openssl(name: str, pattern: str, here: bool, openssl: bool) -> None:
    assert matches_pattern(name, pattern) is here
    assert openssl_accepts(name, [pattern]) is openssl


def test_the_common_name_does_not_count_though_openssl_falls_back_to_it() -> None:
    assert not matches("localhost", certificate([], common_name="localhost"))
    assert openssl_accepts("localhost", [], common_name="localhost")


def test_only_ascii_is_without_case() -> None:
    assert not matches_pattern("kelvin.example.com", "\u212aelvin.example.com")
    assert not matches_pattern("\u212aelvin.example.com", "*.example.org")


@pytest.mark.parametrize(
    ("address", "names", "expected"),
    [
        ("10.0.0.1", ["10.0.0.1"], True),
        ("10.0.0.1", ["10.0.0.2", "10.0.0.1"], True),
        ("10.0.0.1", ["10.0.0.2"], False),
        ("2001:db8::1", ["2001:0db8:0:0::1"], True),
        ("2001:DB8::1", ["2001:db8::1"], True),
        ("::ffff:10.0.0.1", ["10.0.0.1"], False),
        ("10.0.0.1", [], False),
    ],
)
def test_an_address_matches_the_same_address(address: str, names: list[str], expected: bool) -> None:
    assert matches(address, certificate(["a.example"], tuple(names))) is expected


def test_an_address_written_as_a_dns_name_names_no_address() -> None:
    assert not matches("10.0.0.1", certificate(["10.0.0.1"]))


def test_any_of_the_names_will_do() -> None:
    facts = certificate([f"host{number}.example" for number in range(300)])
    assert matches("host299.example", facts)
    assert not matches("host300.example", facts)


labels = st.from_regex(r"\A[a-zA-Z0-9]([a-zA-Z0-9-]{0,6}[a-zA-Z0-9])?\Z")
# OpenSSL 4 takes no host of one letter, and none whose last label is a number, which would be read as an address.
hosts = st.builds(
    lambda some, last: ".".join([*some, last]), st.lists(labels, max_size=4), st.from_regex(r"\A[a-zA-Z]{2,6}\Z")
)


@given(hosts, hosts)
def test_names_without_wildcards_match_as_openssl_says(name: str, pattern: str) -> None:
    assert matches_pattern(name, pattern) is openssl_accepts(name, [pattern])
    assert matches_pattern(name, name.swapcase())
    assert openssl_accepts(name, [name.swapcase()])


@given(hosts, st.integers(0, 5))
def test_wildcards_match_as_openssl_says(name: str, dropped: int) -> None:
    pattern = ".".join(["*", *name.split(".")[dropped:]])

    assert matches_pattern(name, pattern) is openssl_accepts(name, [pattern])


@given(hosts, st.text(st.sampled_from("ab*.-_X"), max_size=12))
def test_nothing_matches_that_neither_openssl_nor_libpq_would_take(name: str, pattern: str) -> None:
    if matches_pattern(name, pattern):
        assert openssl_accepts(name, [pattern])
