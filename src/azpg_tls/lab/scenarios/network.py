"""Names that do not resolve, and ports that do not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab.endpoint import Door
from azpg_tls.lab.pki import authority
from azpg_tls.lab.scenario import Setup, no_such_host

if TYPE_CHECKING:
    import datetime as dt


def dns_failure(at: dt.datetime) -> Setup:
    """Give a host name that no resolver knows (RFC 6761 keeps .invalid for that)."""
    words = {"host": "no-such-server.invalid", "hostaddr": ""}
    return Setup(authority("Lab Root", at=at).certificate, words=words, resolver=no_such_host)


def tcp_refused(at: dt.datetime) -> Setup:
    """Bind the port, but listen on it for nobody."""
    return Setup(authority("Lab Root", at=at).certificate, door=Door.CLOSED)


def tcp_timeout(at: dt.datetime) -> Setup:
    """Leave the queue of waiting connections full, so that the kernel drops every further one."""
    return Setup(authority("Lab Root", at=at).certificate, door=Door.STUCK, timeout=0.5)
