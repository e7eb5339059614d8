"""A report of ``probe``, ``login`` or ``token``, read again to be explained. It may have passed through other hands."""

from __future__ import annotations

import json
import re

from azpg_tls.catalogue import BY_CODE, Entry
from azpg_tls.clues import Clues
from azpg_tls.render import json as probed
from azpg_tls.render import token
from azpg_tls.render.escape import visible
from azpg_tls.report import Severity, Verdict

NAME = "azpg-tls"

_SCHEMAS = (probed.SCHEMA, token.SCHEMA)
_FIRST_LINE = re.compile(rf"(?:{'|'.join(verdict.name for verdict in Verdict)})  \S.* \((?P<code>[a-z0-9-]+)\)\s")
_NAME = re.compile(r"[\w.:%-]{1,255}")  # what may stand in a command line without quotes
_LONGEST = 1000  # characters of one of its texts


def documents(text: str) -> list[dict[str, object]]:
    """Return the reports in *text*, none if it is no JSON of ours."""
    if text.lstrip()[:1] not in ("{", "[") or not any(schema in text for schema in _SCHEMAS):
        return []
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return []
    each = data if isinstance(data, list) else [data]
    return [item for item in each if isinstance(item, dict) and item.get("schema") in _SCHEMAS]


def code(text: str) -> str | None:
    """Return the code that the first line of a report in words ends with, None if *text* is no such report."""
    found = _FIRST_LINE.match(text)
    return found["code"] if found and found["code"] in BY_CODE else None


def findings(document: dict[str, object]) -> list[dict[str, object]]:
    """Return the diagnosis of *document*, then its other errors and warnings, as far as this version knows them."""
    others = document.get("findings")
    found = [document.get("diagnosis"), *(others if isinstance(others, list) else [])]
    known = [item for item in found if isinstance(item, dict) and _tells(BY_CODE.get(str(item.get("code"))))]
    return list({str(item["code"]): item for item in reversed(known)}.values())[::-1]


def _tells(entry: Entry | None) -> bool:
    return entry is not None and entry.severity is not Severity.INFO


def endpoint(document: dict[str, object]) -> Clues:
    """Return the server that *document* is about."""
    target = document.get("target")
    host, port = (target.get("host"), target.get("port")) if isinstance(target, dict) else (None, None)
    name = host if isinstance(host, str) and _NAME.fullmatch(host) else None
    return Clues(name, port if isinstance(port, int) else None)


def words(finding: dict[str, object], field: str) -> str:
    """Return a text of *finding*, made visible."""
    return visible(str(finding.get(field) or ""), _LONGEST)


def steps(finding: dict[str, object]) -> tuple[str, ...]:
    """Return what *finding* says to do."""
    fix = finding.get("fix")
    return tuple(visible(str(step), _LONGEST) for step in fix) if isinstance(fix, list) else ()
