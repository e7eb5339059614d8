"""An observation together with what it is judged by: everything that a report follows from, in one file."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azpg_tls.azure import CLOUDS
from azpg_tls.chain import Trust, is_certificate
from azpg_tls.errors import InputError
from azpg_tls.observation import Observation, value
from azpg_tls.policy import Policy
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from cattrs import Converter

SCHEMA = "azpg-tls/observation/1"


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
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"{source} is no saved observation: its schema is not '{SCHEMA}'")
    try:
        cases = _converter().structure(document.get("cases"), list[Case])
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        problem = visible(cattrs.transform_error(error)[0])
        raise InputError(f"{source} is no saved observation: {problem}") from None
    for case in cases:
        if problem := _problem(case):
            raise InputError(f"{source} is no saved observation: {problem}")
    return cases


def _problem(case: Case) -> str:
    """Return what in *case* no probe would have written down, empty if it is sound."""
    handshake = value(case.observation.handshake)
    certificates = (*(handshake.certificates if handshake else ()), *case.trust.anchors)
    if not all(map(is_certificate, certificates)):
        return "what should be a certificate is none"
    if case.observation.started.tzinfo is None:
        return "its date has no time zone"
    if case.observation.target.cloud not in (None, *CLOUDS):
        return f"there is no cloud '{visible(case.observation.target.cloud or '')}'"
    return ""


def _converter() -> Converter:
    # Imported late: only --save and --replay need it.
    from cattrs.preconf.json import make_converter

    converter = make_converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(bytes, lambda data: base64.b64encode(data).decode())
    converter.register_structure_hook(bytes, lambda text, _: base64.b64decode(text, validate=True))
    return converter
