"""What a client is: how its texts are recognised, what they mean, and how it is put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from azpg_tls.clients.sign import Sign


@dataclass(frozen=True)
class Client:
    """A driver or tool that connects to PostgreSQL, or a layer below: a TLS library, the server, the system.

    *marks* are patterns of what only this client's texts contain. *over* names the clients and layers whose texts
    show through, the nearest first. *fixes* has, for a finding code, what to change in this client's own terms; there
    ``HOST``, ``PORT`` and ``ROOTS`` stand for the server and the file of trusted roots. *windows* says that it mostly
    runs there.
    """

    name: str
    title: str
    marks: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    fixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    windows: bool = False

    @cached_property
    def mark_signs(self) -> tuple[Sign, ...]:
        """Return the marks as signs that mean nothing."""
        return tuple(Sign(mark, ()) for mark in self.marks)

    @cached_property
    def unquoted_signs(self) -> tuple[Sign, ...]:
        """Return the signs that have quotes, without them, where enough is left to mean something."""
        return tuple(each.unquoted for each in self.signs if each.quoted and each.unquoted.telling)
