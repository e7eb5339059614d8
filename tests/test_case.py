"""Saved cases: they come back as they were, and what is no case is refused with the reason."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from azpg_tls import check
from azpg_tls.case import Case, dumps, loads
from azpg_tls.chain import Trust
from azpg_tls.errorresponse import ServerError
from azpg_tls.errors import InputError
from azpg_tls.handshake import Ending, Handshake
from azpg_tls.lab import generations
from azpg_tls.lab.running import running
from azpg_tls.lab.scenario import known
from azpg_tls.lab.scenarios import BY_NAME
from azpg_tls.network import Clock
from azpg_tls.observation import Attempt, Connection, Lookup, NotReached, Observation, Reach, Resolution, Seen, Startup
from azpg_tls.policy import Policy
from azpg_tls.prelogin import Answer, Negotiation, Reply, StartupReply
from azpg_tls.render.json import render as render_json
from azpg_tls.render.text import Style
from azpg_tls.render.text import render as render_text
from azpg_tls.target import Target, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT = dt.datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=dt.UTC)
CHAIN = generations.chain("g2-2025", at=AT)
DER = tuple(certificate.public_bytes(Encoding.DER) for certificate in CHAIN.presented)


def case(handshake: Handshake | None = None) -> Case:
    error = ServerError("FATAL", "28000", "no\x1b entry", detail="d", hint="h")
    refused = Seen(Negotiation(Answer.ERROR, b"E\xff\0", error), 0.3)
    startup = Seen(Startup(StartupReply(Reply.ERROR, error=error), alert=116), 0.5)
    return Case(
        Observation(
            target=Target("lab:x", "localhost", 5433, hostaddr="127.0.0.1", server_name="localhost", cloud="usgov"),
            started=AT,
            elapsed_ms=12.5,
            resolution=Seen(Resolution(Lookup.FOUND, ("127.0.0.1", "::1"), "localhost"), 0.1),
            connection=Seen(
                Connection((Attempt("::1", Reach.REFUSED, "ECONNREFUSED"), Attempt("127.0.0.1", Reach.CONNECTED))), 0.2
            ),
            negotiation=Seen(Negotiation(Answer.TLS, b"S"), 0.3) if handshake else refused,
            handshake=Seen(handshake, 0.4) if handshake else NotReached("the server did not agree to TLS"),
            startup=startup if handshake else NotReached("no TLS connection"),
        ),
        Trust("lab:x", (DER[-1],), known(CHAIN, "g2-2025")),
        Policy(max_depth=1, pins=("00" * 32,)),
    )


COMPLETE = Handshake(
    Ending.COMPLETED, "localhost", "TLSv1.3", "c", "g", "postgresql", True, b"\0", DER, 1, 2, "r", b"\x16"
)


@pytest.mark.parametrize("saved", [[case()], [case(COMPLETE), case()]], ids=["one", "two"])
def test_a_case_comes_back_as_it_was(saved: list[Case]) -> None:
    assert loads(dumps(saved), "file") == saved


def changed(change: Callable[[Any], object]) -> str:
    document = json.loads(dumps([case(COMPLETE)]))
    change(document["cases"][0])
    return json.dumps(document)


def observed(**facts: object) -> str:
    return changed(lambda c: c["observation"].update(facts))


def target(**words: object) -> str:
    return changed(lambda c: c["observation"]["target"].update(words))


def seen(stage: str, **facts: object) -> str:
    return changed(lambda c: c["observation"][stage]["value"].update(facts))


NOT_REACHED = {"reason": "no time"}
CONNECTED = {"address": "127.0.0.1", "reach": "connected", "error": ""}


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
        (changed(lambda c: c["observation"]["target"].update(cloud="\x1bmars")), r"cloud '\x1bmars' is not known"),
        (
            changed(lambda c: c["observation"]["handshake"]["value"].update(certificates=["AAAA"])),
            "should be a certificate",
        ),
        (changed(lambda c: c["trust"].update(anchors=["AAAA"])), "should be a certificate"),
        (changed(lambda c: c["trust"].update(anchors=["\x1b]0;title\x07"])), "trust"),
        (changed(lambda c: c["trust"]["known"][0].update(der="AAAA")), "should be a certificate"),
        (dumps([]), "it holds no case"),
        ("[" * 100_000, "nested too deeply"),
        (changed(lambda c: c["policy"].update(pins=["zz"])), "a pin is no SHA-256 digest"),
        (changed(lambda c: c["policy"].update(max_depth=-1)), "-1 intermediates are no limit"),
        (observed(started="0001-01-01T00:00:00+23:59"), "its date is not in the years from 2000 to 8999"),
        (observed(started="9000-01-01T00:00:00+00:00"), "its date is not in the years from 2000 to 8999"),
        (observed(elapsed_ms=float("nan")), "a time in milliseconds is negative or no number"),
        (observed(elapsed_ms=-1), "a time in milliseconds is negative or no number"),
        (changed(lambda c: c["observation"]["startup"].update(ms=float("inf"))), "a time in milliseconds"),
        (target(host="a;reboot"), "'a;reboot' cannot be a host name"),
        (target(host="a b"), "'a b' cannot be a host name"),
        (target(host="\x1b[2J"), r"'\x1b[2J' cannot be a host name"),
        (target(server_name="münchen"), "'münchen' is no host name in ASCII"),
        (target(server_name=""), "names no host"),
        (target(port=0), "'0' is no port"),
        (target(hostaddr="localhost"), "hostaddr 'localhost' is no IP address"),
        (target(sslnegotiation="maybe"), "sslnegotiation 'maybe' is not known"),
        (target(user="a\0"), "the user name"),
        (target(dbname="d" * 1025), "the dbname name"),
        (seen("connection", attempts=[]), "its attempts to connect"),
        (seen("connection", attempts=[CONNECTED, CONNECTED]), "its attempts to connect"),
        (seen("connection", attempts=[{**CONNECTED, "address": "x"}]), "what should be an IP address is none"),
        (seen("resolution", addresses=["127.0.0.1", "$(reboot)"]), "what should be an IP address is none"),
        (seen("resolution", addresses=[]), "its connection does not go together"),
        (observed(connection=NOT_REACHED), "its connection does not go together"),
        (observed(negotiation=NOT_REACHED), "its negotiation does not go together"),
        (target(sslnegotiation="direct"), "its negotiation does not go together"),
        (seen("negotiation", answer="no-tls"), "its handshake does not go together"),
        (observed(handshake=NOT_REACHED), "its handshake does not go together"),
        (seen("handshake", certificates=[]), "its handshake was completed without a certificate"),
        (seen("handshake", ending="reset"), "its startup took place outside TLS"),
        (changed(lambda c: c["trust"].update(extra=1)), "extra fields found (extra) @ $[0].trust"),
    ],
)
def test_what_is_no_case_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        loads(text, "case.json")
    assert str(refused.value).startswith("case.json is no saved observation: ")
    assert problem in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.fixture(scope="module")
def saved() -> list[str]:
    """Cases as a probe of the laboratory saves them: accepted, refused before TLS, within it, and after."""
    clock = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)
    texts = []
    for name in MUTATED:
        with running(BY_NAME[name], clock.now()) as server:
            setup = server.setup
            trust = setup.trust(name)
            made = check.check(parse(server.conninfo), trust, setup.policy, timeout=PATIENT, clock=clock)
        texts.append(dumps([made]))
    return texts


MUTATED = ("azure-g2-2025", "closed-before-tls", "missing-intermediate", "client-certificate-requested")
PATIENT = 20.0
Path = tuple[str | int, ...]

OFFSETS = [dt.timezone(dt.timedelta(hours=hours, minutes=59)) for hours in (-24, 0, 23)]
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-2, max_value=300),
    st.floats(),
    st.text(),
    st.dates(min_value=dt.date(1, 1, 1)).map(dt.date.isoformat),
    st.datetimes(timezones=st.sampled_from(OFFSETS)).map(dt.datetime.isoformat),
    st.sampled_from([*Answer, *Ending, *Reach, *Lookup, *Reply]).map(str),
    st.binary().map(lambda data: base64.b64encode(data).decode()),
    st.sampled_from([[], {}, [[]], "localhost;", "::1", "TLSv1.3", "direct", base64.b64encode(DER[0]).decode()]),
)


def leaves(document: object, path: Path = ()) -> Iterator[Path]:
    below = document.items() if isinstance(document, dict) else enumerate(document)  # type: ignore[arg-type]
    for key, inner in below:
        if isinstance(inner, dict | list) and inner:
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_changed_in_a_case_it_is_judged_or_refused(saved: list[str], data: st.DataObject) -> None:
    document = json.loads(data.draw(st.sampled_from(saved)))
    for path in data.draw(st.lists(st.sampled_from(sorted(leaves(document), key=str)), min_size=1, max_size=2)):
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = data.draw(ANYTHING)
    try:
        report = check.judge(loads(json.dumps(document), "file")[0])
    except InputError as refused:
        shown = str(refused)
    else:
        json.loads(render_json(report), parse_constant=pytest.fail)
        shown = render_text(report, Style())
    assert shown.replace("\n", "").isprintable()
    assert shown.encode()
