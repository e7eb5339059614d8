"""Connections that are refused by the machine of the client itself: mostly the server's name did not reach the client.

Without one, clients go to localhost or, libpq among them, to a Unix socket.
"""

from __future__ import annotations

from azpg_tls.clients.sign import Meaning, likely
from azpg_tls.clues import on_loopback

_CONTAINER = "In a container localhost is the container itself: name the database's container or service in its place."
_SERVER = "For a server on this machine: start it, and see where it listens: SHOW listen_addresses; SHOW port;"


def refused(*settings: str) -> Meaning:
    """Return what a refusal by the client's own machine means; *settings* say where a client takes the name from."""
    why = "Nothing listens on that port of this machine itself, where a client goes that is given no other host."
    return likely("tcp-refused", why, on_loopback, (*settings, _CONTAINER, _SERVER))


def no_socket(*settings: str) -> Meaning:
    """Return what a Unix socket means that is not there."""
    why = "No host reached the client, which then takes a Unix socket, and no server listens there."
    return likely("tcp-refused", why, None, (*settings, _SERVER))


def without_host(setting: str) -> str:
    """Return the step that names the server in a *setting*."""
    return f"Name the server's host: {setting}; a variable that is empty counts as none."
