"""Which names a certificate has, down to the byte, and where libpq stops reading them."""

from __future__ import annotations

import pytest

from azpg_tls.altnames import AltNames
from azpg_tls.certificate import read
from tests import forged
from tests.forged import SEQUENCE, Forged, der, names

MALFORMED = "the list of names is malformed: "
NO_END = "an element does not say where it ends"
NONE: tuple[str, ...] = ()


def listed(contents: bytes) -> AltNames:
    return read(Forged(extensions={forged.SAN: contents}).der).names


def dns(name: bytes) -> bytes:
    return der(0x82, name)


def address(packed: bytes) -> bytes:
    return der(0x87, packed)


@pytest.mark.parametrize(
    ("contents", "dns_names", "addresses"),
    [
        (names(b"a.example", b"*.b.example"), ("a.example", "*.b.example"), NONE),
        (der(SEQUENCE), NONE, NONE),
        # What cryptography does not read, and libpq does not mind.
        (names(b"b\xfccher.example", b"a.example"), (r"b\xfccher.example", "a.example"), NONE),
        (names(b"a.example") + b"\5\0", ("a.example",), NONE),
        (b"\x30\x81\x0b" + dns(b"a.example"), ("a.example",), NONE),
        (der(SEQUENCE, der(0xA3), dns(b"a.example")), ("a.example",), NONE),
        (der(SEQUENCE, der(0x81, b"\xff@b.example"), dns(b"a.example")), ("a.example",), NONE),
        (der(SEQUENCE, address(bytes(16)), address(b"\x0a\0\0\1")), NONE, ("::", "10.0.0.1")),
    ],
)
def test_names_are_read_as_libpq_reads_them(
    contents: bytes, dns_names: tuple[str, ...], addresses: tuple[str, ...]
) -> None:
    assert listed(contents) == AltNames(dns_names, addresses)


@pytest.mark.parametrize(
    ("contents", "dns_names", "fault"),
    [
        (names(b"a", b"b\0c", b"d"), ("a", r"b\x00c"), r"the name 'b\x00c' has a NUL byte"),
        (names(b"\0"), (r"\x00",), r"the name '\x00' has a NUL byte"),
        (der(SEQUENCE, dns(b"a"), address(b"\1\2\3"), dns(b"b")), ("a",), "an address has 3 bytes"),
        (der(SEQUENCE, address(bytes(8)), dns(b"b")), NONE, "an address has 8 bytes"),
        (b"", NONE, MALFORMED + NO_END),
        (b"\x30\x80" + dns(b"a") + b"\0\0", NONE, MALFORMED + NO_END),
        (b"\x30\x05" + b"\x82\x04abc", NONE, f"{MALFORMED}an element ends beyond what it is in"),
    ],
)
def test_what_stops_libpq_stops_here_and_is_said(contents: bytes, dns_names: tuple[str, ...], fault: str) -> None:
    assert listed(contents) == AltNames(dns_names, (), fault)
