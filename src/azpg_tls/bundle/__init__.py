"""The pinned roots of Azure Database for PostgreSQL, and every CA that its chains are known to use."""

from azpg_tls.azure import KnownCA
from azpg_tls.bundle.inventory import Installed, anchors, contents, installed, known_cas, where
from azpg_tls.bundle.manifest import PROFILES

__all__ = ["PROFILES", "Installed", "KnownCA", "anchors", "contents", "installed", "known_cas", "where"]
