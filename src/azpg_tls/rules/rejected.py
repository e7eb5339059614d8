"""Handshakes that the server ended with an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import alert
from azpg_tls.handshake import Ending

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence
    from azpg_tls.handshake import Handshake


def rejected(e: Evidence, *alerts: int) -> Handshake | None:
    """Return the handshake if the server ended it with one of *alerts*."""
    handshake = e.handshake
    if handshake is None or handshake.ending is not Ending.REJECTED or handshake.alert not in alerts:
        return None
    return handshake


def alert_evidence(handshake: Handshake) -> dict[str, object]:
    """Return the alert, and how far the handshake had come."""
    return {"alert": alert.name(handshake.alert or 0), "certificates_seen": len(handshake.certificates)}
