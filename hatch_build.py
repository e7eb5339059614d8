"""The build hook: makes the CA bundle, as package data, from fixtures/ca before a wheel is packed.

The wheel may be an editable one. With ``AZPG_TLS_FETCH=1`` the bundle's roots are downloaded anew; the
manifest's digests hold for them all the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FETCH = os.environ.get("AZPG_TLS_FETCH") == "1"


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling's name for the hook of the project itself."""

    def dependencies(self) -> list[str]:
        """Return what the build needs beyond pyproject.toml's list."""
        return ["certifi>=2025.1.31"] if FETCH else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write ``src/azpg_tls/bundle/data``; an sdist needs none, the wheel made from it builds its own."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from azpg_tls.bundle import package

        data = root / "src" / "azpg_tls" / "bundle" / "data"
        package.write(root / "fixtures" / "ca", data, _downloader() if FETCH else None)


def _downloader() -> Any:
    from azpg_tls.bundle.fetch import fetcher

    return fetcher().entries
