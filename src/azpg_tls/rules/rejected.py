"""Handshakes that the server ended with an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import alert, greeting
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


def warned(e: Evidence, number: int) -> Handshake | None:
    """Return the handshake if the server began with the alert *number*, a mere warning, and then ended it."""
    handshake = e.handshake
    if handshake is None or handshake.ending not in (Ending.CLOSED, Ending.RESET):
        return None
    return handshake if greeting.alert(handshake.data) == number else None


def alert_evidence(handshake: Handshake) -> dict[str, object]:
    """Return the alert, and how far the handshake had come."""
    number = greeting.alert(handshake.data) if handshake.alert is None else handshake.alert
    return {"alert": alert.name(number or 0), "certificates_seen": len(handshake.certificates)}
