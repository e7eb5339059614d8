"""Pages of what goes wrong at the client's side: only its error text or its files show it."""

from __future__ import annotations

from azpg_tls.pages.process import PROCESS
from azpg_tls.pages.roots import ROOTS
from azpg_tls.pages.settings import SETTINGS

CLIENT_SIDE = SETTINGS | ROOTS | PROCESS
