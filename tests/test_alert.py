"""Alerts go by name and number."""

from __future__ import annotations

from azpg_tls import alert


def test_alerts_go_by_name_and_number() -> None:
    assert alert.name(70) == "protocol_version (70)"
    assert alert.name(255) == "unknown alert (255)"
