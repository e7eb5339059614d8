"""Observations and evidence made by hand: every default is a healthy server's, a test states what differs."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls import chain as judging
from azpg_tls.evidence import Evidence
from azpg_tls.handshake import Ending, Handshake
from azpg_tls.lab import generations, pki
from azpg_tls.observation import (
    Attempt,
    Connection,
    Lookup,
    NotReached,
    Observation,
    Reach,
    Resolution,
    Seen,
    Startup,
)
from azpg_tls.policy import Policy
from azpg_tls.prelogin import Answer, Negotiation, Reply, StartupReply
from azpg_tls.report import Bundle, Tool
from azpg_tls.rules import RULES
from azpg_tls.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from azpg_tls.report import Finding

AT = dt.datetime(2026, 11, 23, 12, 0, 0, tzinfo=dt.UTC)
TOOL = Tool("1.0", "OpenSSL 4.0.0", Bundle("2026.11.23", "public", "ab" * 32))
TARGET = Target("localhost:5432", "localhost", hostaddr="127.0.0.1", server_name="localhost")
AZURE = dataclasses.replace(TARGET, host="db.postgres.database.azure.com", cloud="public")
HEALTHY = generations.chain("g2-2025", at=AT)
NO_TLS = NotReached("no TLS connection")


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def presented(chain: pki.Chain) -> tuple[bytes, ...]:
    return tuple(der(certificate) for certificate in chain.presented)


TRUST = judging.Trust("root.crt", (der(HEALTHY.root.certificate),))

HANDSHAKE = Handshake(
    Ending.COMPLETED,
    sni="localhost",
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    group="X25519",
    alpn="postgresql",
    certificates=presented(HEALTHY),
)
REPLY = StartupReply(Reply.AUTHENTICATION, auth_method="scram-sha-256", sasl_mechanisms=("SCRAM-SHA-256",))


def handshake(ending: Ending, *, certificates: Sequence[bytes] = (), **facts: object) -> Handshake:
    """A handshake that did not complete."""
    return dataclasses.replace(Handshake(ending, sni="localhost", certificates=tuple(certificates)), **facts)  # type: ignore[arg-type]


def evidence(
    *,
    target: Target = TARGET,
    resolution: Resolution | None = None,
    connection: Connection | None = None,
    negotiation: Negotiation | None = None,
    handshake: Handshake | None = None,
    reply: StartupReply | None = None,
    alert: int | None = None,
    startup: Seen[Startup] | NotReached | None = None,
    trust: judging.Trust = TRUST,
    policy: Policy | None = None,
    at: dt.datetime = AT,
) -> Evidence:
    """What a probe sees and what follows; where a stage fails, give it, and what comes after was not reached."""
    resolved = resolution or Resolution(Lookup.GIVEN, ("127.0.0.1",))
    connected = connection or Connection((Attempt("127.0.0.1", Reach.CONNECTED),))
    no_tcp = NotReached("no TCP connection")
    shaken: Seen[Handshake] | NotReached = Seen(handshake or HANDSHAKE, 3.0)
    answered: Seen[Negotiation] | NotReached = Seen(negotiation or Negotiation(Answer.TLS, b"S"), 1.0)
    if target.sslnegotiation == "direct":
        answered = NotReached("sslnegotiation=direct starts TLS at once")
    if not connected.address:
        answered = shaken = no_tcp
    if negotiation and negotiation.answer is not Answer.TLS:
        shaken = NotReached("the server did not agree to TLS")
    if startup is None:
        startup = Seen(Startup(reply or REPLY, alert), 2.0)
        if isinstance(shaken, NotReached) or shaken.value.ending is not Ending.COMPLETED:
            startup = NO_TLS
    observation = Observation(
        target,
        at,
        10.0,
        Seen(resolved, 0.5),
        Seen(connected, 1.0) if resolved.addresses else NotReached("the host name was not resolved"),
        answered if resolved.addresses else no_tcp,
        shaken if resolved.addresses else no_tcp,
        startup if resolved.addresses else NO_TLS,
    )
    certificates = shaken.value.certificates if isinstance(shaken, Seen) and resolved.addresses else ()
    judged = judging.judge(certificates, trust, at) if certificates else None
    return Evidence(observation, judged, trust, policy or Policy())


def findings(e: Evidence) -> dict[str, Finding]:
    """Every finding on *e*, by its code."""
    return {finding.code: finding for rule in RULES if (finding := rule.apply(e))}


def present(*certificates: x509.Certificate) -> Handshake:
    """A completed handshake in which the server sent *certificates*."""
    return dataclasses.replace(HANDSHAKE, certificates=tuple(der(certificate) for certificate in certificates))
