"""The report of ``probe --format json``, read again to be explained."""

from __future__ import annotations

import json

from azpg_tls.catalogue import BY_CODE
from azpg_tls.render.escape import visible
from azpg_tls.render.json import SCHEMA

NAME = "azpg-tls"


def documents(text: str) -> list[dict[str, object]]:
    """Return the reports in *text*, none if it is no output of a probe's."""
    if SCHEMA not in text[:1000] or text.lstrip()[:1] not in ("{", "["):
        return []
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    each = data if isinstance(data, list) else [data]
    return [item for item in each if isinstance(item, dict) and item.get("schema") == SCHEMA]


def findings(document: dict[str, object]) -> list[dict[str, object]]:
    """Return the diagnosis of *document* and its other findings, as far as they are findings of this version."""
    others = document.get("findings")
    found = [document.get("diagnosis"), *(others if isinstance(others, list) else [])]
    known = [item for item in found if isinstance(item, dict) and item.get("code") in BY_CODE]
    return list({str(item["code"]): item for item in known}.values())


def words(finding: dict[str, object], field: str) -> str:
    """Return a text of *finding*, made visible."""
    return visible(str(finding.get(field) or ""), 1000)


def steps(finding: dict[str, object]) -> tuple[str, ...]:
    """Return what *finding* says to do."""
    fix = finding.get("fix")
    return tuple(visible(str(step), 1000) for step in fix) if isinstance(fix, list) else ()
