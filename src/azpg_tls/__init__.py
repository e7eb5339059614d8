"""Why a TLS connection to PostgreSQL fails, and the pinned roots of Azure Database for PostgreSQL.

The names below are imported when they are used, so that ``azpg_tls.where()`` loads no TLS library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from azpg_tls.version import __version__

if TYPE_CHECKING:
    from azpg_tls.api import probe
    from azpg_tls.bundle import contents, where
    from azpg_tls.bundle.trust import libpq_params, ssl_context
    from azpg_tls.connection import LoginError, connect, connect_async
    from azpg_tls.entra import NotAcquiredError
    from azpg_tls.errors import AzpgTlsError, InputError
    from azpg_tls.explanation import Cause, Explanation, explain
    from azpg_tls.provider import TokenProvider, token_provider
    from azpg_tls.report import Finding, Report, Severity, Stage, Verdict
    from azpg_tls.secret import Secret

_HOMES = {
    "probe": "azpg_tls.api",
    "contents": "azpg_tls.bundle",
    "where": "azpg_tls.bundle",
    "libpq_params": "azpg_tls.bundle.trust",
    "ssl_context": "azpg_tls.bundle.trust",
    "explain": "azpg_tls.explanation",
    "Cause": "azpg_tls.explanation",
    "Explanation": "azpg_tls.explanation",
    "LoginError": "azpg_tls.connection",
    "connect": "azpg_tls.connection",
    "connect_async": "azpg_tls.connection",
    "AzpgTlsError": "azpg_tls.errors",
    "InputError": "azpg_tls.errors",
    "NotAcquiredError": "azpg_tls.entra",
    "TokenProvider": "azpg_tls.provider",
    "token_provider": "azpg_tls.provider",
    "Finding": "azpg_tls.report",
    "Report": "azpg_tls.report",
    "Severity": "azpg_tls.report",
    "Stage": "azpg_tls.report",
    "Verdict": "azpg_tls.report",
    "Secret": "azpg_tls.secret",
}

__all__ = [
    "AzpgTlsError",
    "Cause",
    "Explanation",
    "Finding",
    "InputError",
    "LoginError",
    "NotAcquiredError",
    "Report",
    "Secret",
    "Severity",
    "Stage",
    "TokenProvider",
    "Verdict",
    "__version__",
    "connect",
    "connect_async",
    "contents",
    "explain",
    "libpq_params",
    "probe",
    "ssl_context",
    "token_provider",
    "where",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
