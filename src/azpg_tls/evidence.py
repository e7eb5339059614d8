"""Everything that a rule may look at: what was observed, what became of the chain, and what is demanded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from azpg_tls import issuer
from azpg_tls import observation as seen
from azpg_tls.chain import Chain, Trust
from azpg_tls.observation import Observation
from azpg_tls.policy import Policy
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    import datetime as dt

    from azpg_tls.handshake import Handshake
    from azpg_tls.prelogin import Negotiation, StartupReply
    from azpg_tls.target import Target


@dataclass(frozen=True)
class Evidence:
    """One observation with its chain judged, None if no certificate was presented."""

    observation: Observation
    chain: Chain | None
    trust: Trust
    policy: Policy

    @property
    def target(self) -> Target:
        """What was probed."""
        return self.observation.target

    @property
    def at(self) -> dt.datetime:
        """The moment for which everything is judged."""
        return self.observation.started

    @property
    def endpoint(self) -> str:
        """Host and port, as one writes them."""
        host = visible(self.target.host, len(self.target.host))
        return f"[{host}]:{self.target.port}" if ":" in host else f"{host}:{self.target.port}"

    @cached_property
    def issuer_fault(self) -> issuer.Fault | None:
        """Why the chain leads to no anchor, None if it does or there is none; every rule on the issuer asks for it."""
        return issuer.fault(self.chain, self.trust, self.target, self.at) if self.chain else None

    @property
    def resolution(self) -> seen.Resolution:
        """How the name was resolved."""
        return self.observation.resolution.value

    @property
    def connection(self) -> seen.Connection | None:
        """How TCP connected, None if that was not reached."""
        return seen.value(self.observation.connection)

    @property
    def negotiation(self) -> Negotiation | None:
        """The answer to the SSLRequest, None if none was sent."""
        return seen.value(self.observation.negotiation)

    @property
    def handshake(self) -> Handshake | None:
        """The TLS handshake, None if it was not begun."""
        return seen.value(self.observation.handshake)

    @property
    def startup(self) -> seen.Startup | None:
        """The startup stage, None if it was not reached."""
        return seen.value(self.observation.startup)

    @property
    def reply(self) -> StartupReply | None:
        """The reply to the StartupMessage, None if none was sent."""
        return self.startup.reply if self.startup else None
