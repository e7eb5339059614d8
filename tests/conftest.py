"""What holds for every test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on libpq's or azpg-tls's variables of whoever runs it."""
    for name in os.environ:
        if name.startswith(("PG", "AZPG_TLS_")) and name != "AZPG_TLS_SERVERS":
            monkeypatch.delenv(name)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Fail the whole run if it left anything out where nothing may be left out."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("skipped tests are failures under CI=true", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
