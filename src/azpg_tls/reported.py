"""The report of ``probe --format json``, read again to be explained. It may have passed through other hands."""

from __future__ import annotations

import json

from azpg_tls.catalogue import BY_CODE
from azpg_tls.clues import Clues
from azpg_tls.render.escape import visible
from azpg_tls.render.json import SCHEMA

NAME = "azpg-tls"

_LONGEST = 1000  # characters of one of its texts


def documents(text: str) -> list[dict[str, object]]:
    """Return the reports in *text*, none if it is no output of a probe's."""
    if text.lstrip()[:1] not in ("{", "[") or SCHEMA not in text:
        return []
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    each = data if isinstance(data, list) else [data]
    return [item for item in each if isinstance(item, dict) and item.get("schema") == SCHEMA]


def findings(document: dict[str, object]) -> list[dict[str, object]]:
    """Return the diagnosis of *document*, then its other findings, as far as this version knows their codes."""
    others = document.get("findings")
    found = [document.get("diagnosis"), *(others if isinstance(others, list) else [])]
    known = [item for item in found if isinstance(item, dict) and str(item.get("code")) in BY_CODE]
    return list({str(item["code"]): item for item in reversed(known)}.values())[::-1]


def endpoint(document: dict[str, object]) -> Clues:
    """Return the server that *document* is about."""
    target = document.get("target")
    host, port = (target.get("host"), target.get("port")) if isinstance(target, dict) else (None, None)
    return Clues(visible(host) if isinstance(host, str) else None, port if isinstance(port, int) else None)


def words(finding: dict[str, object], field: str) -> str:
    """Return a text of *finding*, made visible."""
    return visible(str(finding.get(field) or ""), _LONGEST)


def steps(finding: dict[str, object]) -> tuple[str, ...]:
    """Return what *finding* says to do."""
    fix = finding.get("fix")
    return tuple(visible(str(step), _LONGEST) for step in fix) if isinstance(fix, list) else ()
