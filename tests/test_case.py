"""Saved cases: they come back as they were, and what is no case is refused with the reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls.case import Case, dumps, loads
from azpg_tls.chain import Trust
from azpg_tls.errors import InputError
from azpg_tls.handshake import Ending, Handshake
from azpg_tls.lab import generations
from azpg_tls.lab.scenario import known
from azpg_tls.observation import Attempt, Connection, Lookup, NotReached, Observation, Reach, Resolution, Seen, Startup
from azpg_tls.policy import Policy
from azpg_tls.prelogin import Answer, Negotiation, Reply, ServerError, StartupReply
from azpg_tls.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

AT = dt.datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=dt.UTC)
CHAIN = generations.chain("g2-2025", at=AT)
DER = tuple(certificate.public_bytes(Encoding.DER) for certificate in CHAIN.presented)


def case(handshake: Handshake | None = None) -> Case:
    error = ServerError("FATAL", "28000", "no\x1b entry", detail="d", hint="h")
    return Case(
        Observation(
            target=Target("lab:x", "localhost", 5433, hostaddr="127.0.0.1", server_name="localhost", cloud="usgov"),
            started=AT,
            elapsed_ms=12.5,
            resolution=Seen(Resolution(Lookup.FOUND, ("127.0.0.1", "::1"), "localhost"), 0.1),
            connection=Seen(Connection((Attempt("::1", Reach.REFUSED, "ECONNREFUSED"),)), 0.2),
            negotiation=Seen(Negotiation(Answer.ERROR, b"E\xff\0", error), 0.3),
            handshake=Seen(handshake, 0.4) if handshake else NotReached("the server did not agree to TLS"),
            startup=Seen(Startup(StartupReply(Reply.ERROR, error=error), alert=116), 0.5),
        ),
        Trust("lab:x", (DER[-1],), known(CHAIN, "g2-2025")),
        Policy(max_depth=1, pins=("00" * 32,)),
    )


COMPLETE = Handshake(
    Ending.COMPLETED, "localhost", "TLSv1.3", "c", "g", "postgresql", True, b"\0", DER, 1, 2, "r", b"\x16"
)


@pytest.mark.parametrize("saved", [[], [case()], [case(COMPLETE), case()]], ids=["none", "one", "two"])
def test_a_case_comes_back_as_it_was(saved: list[Case]) -> None:
    assert loads(dumps(saved), "file") == saved


def changed(change: Callable[[Any], object]) -> str:
    document = json.loads(dumps([case(COMPLETE)]))
    change(document["cases"][0])
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON (Expecting value: line 1 column 1 (char 0))"),
        ("[]", "its schema is not 'azpg-tls/observation/1'"),
        ('{"schema": "azpg-tls/probe/1"}', "its schema is not 'azpg-tls/observation/1'"),
        ('{"schema": "azpg-tls/observation/1"}', "expected"),
        (changed(lambda c: c["policy"].update(min_tls="TLSv1.1")), "'TLSv1.1' is no lowest TLS version"),
        (changed(lambda c: c["observation"].pop("started")), "required field missing @ $[0].observation.started"),
        (changed(lambda c: c["observation"].update(started="2026-11-23T12:00:00")), "its date has no time zone"),
        (
            changed(lambda c: c["observation"].update(started="yesterday")),
            "expected datetime @ $[0].observation.started",
        ),
        (changed(lambda c: c["observation"]["target"].update(cloud="\x1bmars")), r"there is no cloud '\x1bmars'"),
        (
            changed(lambda c: c["observation"]["handshake"]["value"].update(certificates=["AAAA"])),
            "should be a certificate",
        ),
        (changed(lambda c: c["trust"].update(anchors=["AAAA"])), "should be a certificate"),
        (changed(lambda c: c["trust"].update(anchors=["\x1b]0;title\x07"])), "trust"),
        (changed(lambda c: c["trust"].update(extra=1)), "extra fields found (extra) @ $[0].trust"),
    ],
)
def test_what_is_no_case_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        loads(text, "case.json")
    assert str(refused.value).startswith("case.json is no saved observation: ")
    assert problem in str(refused.value)
    assert str(refused.value).isprintable()
