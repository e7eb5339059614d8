"""The JSON Schemas of the documents, each read and built once: building one costs more than what it validates."""

from __future__ import annotations

import json
from importlib import resources

from jsonschema import Draft202012Validator


def _read(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((resources.files("azpg_tls.render") / f"{name}.schema.json").read_text()))


PROBE = _read("probe")
EXPLAIN = _read("explain")
TOKEN = _read("token")
