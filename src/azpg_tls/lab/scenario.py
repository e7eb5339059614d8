"""What a scenario is: a server that is wrong in exactly one way, and what must be found about it."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from azpg_tls.azure import KnownCA
from azpg_tls.chain import Trust
from azpg_tls.lab.answers import NO_LOGIN
from azpg_tls.lab.endpoint import Behaviour, Door
from azpg_tls.network import DEFAULT_TIMEOUT, Resolver, system_resolver
from azpg_tls.policy import Policy

if TYPE_CHECKING:
    from azpg_tls.lab.peer import Peer
    from azpg_tls.lab.pki import Chain


def _silent(peer: Peer) -> None:
    peer.wait_for_end()


@dataclass(frozen=True)
class Setup:
    """A scenario made ready: the server's *behaviour*, the *root* to trust, and what the client is told.

    *words* are libpq's, and win over ``host=localhost hostaddr=127.0.0.1``. *known* are the laboratory's own CAs, in
    the place of Azure's. *timeout* is in seconds, short where a scenario consists of waiting. *refusal* is what the
    server says to whoever logs in.
    """

    root: x509.Certificate
    behaviour: Behaviour = _silent
    door: Door = Door.OPEN
    words: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    known: tuple[KnownCA, ...] = ()
    timeout: float = DEFAULT_TIMEOUT
    resolver: Resolver = system_resolver
    refusal: str = NO_LOGIN

    def trust(self, name: str) -> Trust:
        """Return the trust anchors: the laboratory's root alone."""
        return Trust(f"lab:{name}", (self.root.public_bytes(Encoding.DER),), self.known)


@dataclass(frozen=True)
class Scenario:
    """One scenario: its name, what makes it ready, the codes that it yields in their order, and what clients do.

    *accepted* says whether a client with verify-full and the root file gets as far as the authentication request;
    *login* is the code that a login yields then, where the server has an answer of its own to it.
    """

    name: str
    prepare: Callable[[dt.datetime], Setup]
    codes: tuple[str, ...] = ()
    accepted: bool = False
    login: str = ""

    @property
    def has_server(self) -> bool:
        """Whether there is a server to reach: where the name does not resolve, there is none."""
        return "dns-failure" not in self.codes

    @property
    def page(self) -> str:
        """What is wrong, with the chain drawn where there is one."""
        return inspect.cleandoc(self.prepare.__doc__ or "")

    @property
    def title(self) -> str:
        """The first line of the page, without its full stop."""
        return self.page.partition("\n")[0].removesuffix(".")


def known(chain: Chain, generation: str | None = None) -> tuple[KnownCA, ...]:
    """Return the CAs of *chain* as the laboratory's known CAs."""
    cas = [(ca.certificate, "intermediate") for ca in chain.intermediates] + [(chain.root.certificate, "root")]
    return tuple(_known(certificate, role, generation) for certificate, role in cas)


def _known(certificate: x509.Certificate, role: str, generation: str | None) -> KnownCA:
    common_name = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return KnownCA(
        name=common_name.lower().replace(" ", "-"),
        common_name=common_name,
        generation=generation if role == "intermediate" else None,
        role=role,
        der=certificate.public_bytes(Encoding.DER),
        spki_sha256=hashlib.sha256(spki).hexdigest(),
    )


def no_such_host(host: str) -> tuple[tuple[str, ...], str]:
    """Stand in for a resolver that does not know *host*: the laboratory asks no real one."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known", host)
