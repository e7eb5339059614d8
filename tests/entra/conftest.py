"""What holds for every test with azure-identity: nothing of the environment it would read, and loopback alone."""

from __future__ import annotations

import gc
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.entra.fakes import Authority, Https, Machine, https, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
# An HTTP client that was given up by a deadline closes its socket when it is collected, whenever that is.
GIVEN_UP = "ignore:unclosed <ssl.SSLSocket:ResourceWarning"

OUTSIDE = ("AZURE_", "IDENTITY_", "MSI_", "IMDS_", "REQUESTS_", "CURL_CA", "SSL_CERT")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings(GIVEN_UP))


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    """Leave nothing to be collected in the tests that come after."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in os.environ:
        if name.startswith(OUTSIDE) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    # No Azure CLI of whoever runs the tests, and no metadata service of the machine they run on.
    monkeypatch.setenv("PATH", f"{tmp_path_factory.mktemp('bin')}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Https:
    return https(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def authority(certified: Https, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """A fake authority whose root the HTTP client of azure-identity trusts."""
    fake = Authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certified.root))
    with serving(fake, certified.context):
        yield fake


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A fake of a machine's service that gives tokens, which azure-identity finds."""
    fake = Machine()
    with serving(fake):
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", fake.url)
        yield fake
