"""What is shown of a text has its words and quotes whole."""

from __future__ import annotations

import re

import pytest

from azpg_tls.clients.quotation import quotation


@pytest.mark.parametrize(
    ("pattern", "text", "shown"),
    [
        ("role .a", 'no role "app" there', 'role "app"'),
        ("role .a", 'no role "app and more', 'role "app'),
        ('bank "[a-z]', 'keine Datenbank "db": x "y"', 'Datenbank "db"'),
        ('failed"', 'verify failed", file: "x"', 'failed"'),
        ('failed", f', 'verify failed", file: "x"', 'failed", file'),
        ('"no pg_hba', '"no pg_hba.conf entry', "no pg_hba"),
        ("80090325", "code 0x80090325.", "0x80090325"),
        ("xx+y", "a" * 30 + "xxy", "a" * 20 + "xxy"),
        ("not known", "is not known [2024-05-03]", "not known"),
        (
            "error:1416F086",
            "failed: error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed (age)",
            "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
        ),
        (
            "error:0A000086",
            "error:0A000086:SSL routines::certificate verify failed. Next sentence",
            "error:0A000086:SSL routines::certificate verify failed",
        ),
        ("error:0A000086", "error:0A000086:lib(20)::reason(134)", "error:0A000086"),
        ("error:0A000086", "error:0A000086", "error:0A000086"),
        ("EOF", "EOF", "EOF"),
    ],
)
def test_a_quotation(pattern: str, text: str, shown: str) -> None:
    match = re.search(pattern, text)
    assert match
    assert quotation(match) == shown
