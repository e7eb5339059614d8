"""An observation together with what it is judged by: everything that a report follows from, in one file."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azpg_tls.chain import Trust, is_certificate
from azpg_tls.conninfo import is_address
from azpg_tls.errors import InputError
from azpg_tls.handshake import Ending
from azpg_tls.observation import Observation, Reach, Seen, value
from azpg_tls.policy import Policy
from azpg_tls.prelogin import Answer
from azpg_tls.render.escape import visible
from azpg_tls.target import check

if TYPE_CHECKING:
    from cattrs import Converter

SCHEMA = "azpg-tls/observation/1"
_YEARS = range(2000, 9000)  # of an observation: what is counted from it are dates too


@dataclass(frozen=True)
class Case:
    """What was observed, the anchors to judge it by, and what is demanded."""

    observation: Observation
    trust: Trust
    policy: Policy = field(default_factory=Policy)


def dumps(cases: list[Case]) -> str:
    """Return *cases* as one JSON document that `loads` reads back to the same values."""
    document = {"schema": SCHEMA, "cases": _converter().unstructure(cases)}
    return json.dumps(document, indent=1) + "\n"


def loads(text: str, source: str) -> list[Case]:
    """Read what `dumps` wrote; raises `InputError` naming *source* and the first thing that is wrong with it."""
    import cattrs

    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputError(f"{source} is no saved observation: not JSON ({error})") from None
    except RecursionError:
        raise InputError(f"{source} is no saved observation: its JSON is nested too deeply") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"{source} is no saved observation: its schema is not '{SCHEMA}'")
    try:
        cases = _converter().structure(document.get("cases"), list[Case])
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        problem = visible(cattrs.transform_error(error)[0])
        raise InputError(f"{source} is no saved observation: {problem}") from None
    problem = next(filter(None, map(_problem, cases)), "" if cases else "it holds no case")
    if problem:
        raise InputError(f"{source} is no saved observation: {problem}")
    return cases


def _problem(case: Case) -> str:
    """Return what in *case* no probe would have written down, empty if it is sound."""
    observation = case.observation
    handshake = value(observation.handshake)
    known = (ca.der for ca in case.trust.known)
    certificates = (*(handshake.certificates if handshake else ()), *case.trust.anchors, *known)
    if not all(map(is_certificate, certificates)):
        return "what should be a certificate is none"
    if observation.started.tzinfo is None:
        return "its date has no time zone"
    if observation.started.year not in _YEARS:
        return f"its date is not in the years from {_YEARS[0]} to {_YEARS[-1]}"
    if not all(0 <= ms < math.inf for ms in _times(observation)):  # NaN is not either
        return "a time in milliseconds is negative or no number"
    try:
        check(observation.target)
    except InputError as error:
        return str(error)
    return _contradiction(observation)


def _times(seen: Observation) -> list[float]:
    stages = (seen.resolution, seen.connection, seen.negotiation, seen.handshake, seen.startup)
    return [seen.elapsed_ms, *(stage.ms for stage in stages if isinstance(stage, Seen))]


def _contradiction(seen: Observation) -> str:
    """Return what in the stages of *seen* does not go together, empty if everything does."""
    connection, negotiation, handshake = value(seen.connection), value(seen.negotiation), value(seen.handshake)
    addresses = seen.resolution.value.addresses
    attempts = connection.attempts if connection else ()
    if not all(map(is_address, (*addresses, *(attempt.address for attempt in attempts)))):
        return "what should be an IP address is none"
    if Reach.CONNECTED in [attempt.reach for attempt in attempts[:-1]] or (connection and not attempts):
        return "its attempts to connect do not end with the one that succeeded, or there are none"
    connected = bool(connection and connection.address)
    direct = seen.target.sslnegotiation == "direct"
    agreed = direct or bool(negotiation and negotiation.answer is Answer.TLS)
    stages: tuple[tuple[str, object, bool], ...] = (
        ("connection", connection, bool(addresses)),
        ("negotiation", negotiation, connected and not direct),
        ("handshake", handshake, connected and agreed),
    )
    for name, stage, reached in stages:
        if (stage is not None) is not reached:
            return f"its {name} does not go together with the stages before"
    completed = handshake if handshake and handshake.ending is Ending.COMPLETED else None
    if completed and not completed.certificates:
        return "its handshake was completed without a certificate"
    return "its startup took place outside TLS" if value(seen.startup) and not completed else ""


def _converter() -> Converter:
    # Imported late: only --save and --replay need it.
    from cattrs.preconf.json import make_converter

    converter = make_converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(bytes, lambda data: base64.b64encode(data).decode())
    converter.register_structure_hook(bytes, lambda text, _: base64.b64decode(text, validate=True))
    return converter
