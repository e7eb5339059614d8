from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azpg_tls.bundle.package import read_manifest
from tests.bundle.mirror import Mirror, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azpg_tls.bundle.manifest import Manifest

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "ca"


@pytest.fixture(scope="session")
def published() -> Path:
    return PUBLISHED


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    return read_manifest(PUBLISHED / "manifest.toml")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with running(tmp_path) as it:
        yield it
