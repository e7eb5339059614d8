"""What a certificate may be used for, however its extensions are written; OpenSSL's own word is in test_certificate."""

from __future__ import annotations

import pytest

from azpg_tls.certificate import read
from azpg_tls.chain import INVALID_PURPOSE, OK, verify
from azpg_tls.purpose import Purpose
from tests import forged
from tests.forged import KEY_USAGE, PURPOSES, SEQUENCE, Forged, der, oid

NETSCAPE_TYPE = "2.16.840.1.113730.1.1"
SERVER_AUTH = oid("1.3.6.1.5.5.7.3.1")
ROOT = Forged(subject=forged.name(b"Forger"), extensions=forged.CA).der

ANY = Purpose(server_auth=True, serves_tls=True, signs=True)
ENCIPHERS = Purpose(server_auth=True, serves_tls=True, signs=False)
NO_SERVER = Purpose(server_auth=True, serves_tls=False, signs=True)
NOTHING = Purpose(server_auth=True, serves_tls=False, signs=False)


@pytest.mark.parametrize(
    ("number", "contents", "purpose"),
    [
        (KEY_USAGE, b"\3\2\7\x80", ANY),
        (KEY_USAGE, b"\3\2\5\x20", ENCIPHERS),
        (KEY_USAGE, b"\3\2\1\x06", NOTHING),
        # Bits beyond those that count, bytes behind, lengths longer than need be: cryptography reads none of these.
        (KEY_USAGE, b"\3\2\5\xbf", ANY),
        (KEY_USAGE, b"\3\2\1\x07", NOTHING),
        (KEY_USAGE, b"\3\2\7\x80\5\0", ANY),
        (KEY_USAGE, b"\3\4\0\x80\0\0", ANY),
        (KEY_USAGE, b"\3\x81\2\7\x80", ANY),
        (PURPOSES, der(SEQUENCE, SERVER_AUTH) + b"\5\0", ANY),
        (NETSCAPE_TYPE, b"\3\2\6\x40\5\0", ANY),
        (NETSCAPE_TYPE, b"\3\x81\2\6\x40", ANY),
        (NETSCAPE_TYPE, b"\3\x81\2\7\x80", NO_SERVER),
        (NETSCAPE_TYPE, b"\3\1\0", NO_SERVER),
    ],
)
def test_a_purpose_is_read_as_openssl_reads_it(number: str, contents: bytes, purpose: Purpose) -> None:
    leaf = Forged(extensions={**forged.LOCALHOST, number: contents}).der
    assert read(leaf).purpose == purpose
    assert verify([leaf], [ROOT]).error == (OK if purpose.serves_tls else INVALID_PURPOSE)


@pytest.mark.parametrize(("number", "contents"), [(KEY_USAGE, b"\5\0"), (KEY_USAGE, b""), (PURPOSES, b"\x30\5\6")])
def test_what_cannot_be_read_allows_nothing_and_is_said(number: str, contents: bytes) -> None:
    facts = read(Forged(extensions={number: contents}).der)
    assert facts.purpose == Purpose(server_auth=False, serves_tls=False, signs=False)
    assert [problem.partition(":")[0] for problem in facts.problems] == ["purpose"]
