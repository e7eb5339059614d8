"""Explanation to text and to JSON: the cause first, in one sentence, then why, what to do, and how to be sure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azpg_tls import reported
from azpg_tls.clients import BY_NAME, LAYERS
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azpg_tls.clues import Clues
    from azpg_tls.explanation import Cause, Explanation, Problem
    from azpg_tls.render.text import Style

SCHEMA = "azpg-tls/explain/1"

_OF_STATEMENT = (
    "That is the server's answer to a statement (SQLSTATE classes 22, 23 and 42), not to a connection: TLS and the "
    "login were in order, and a probe would find nothing. Do what the server's text says, or look at the page"
)

# What a text of one screen has room for.
_OTHERS = 4  # causes beside the first
_REMARK = "   # "  # what a command shows, as the pages of codes have it
_CHECKS = 1  # commands for each cause


def to_json(explanation: Explanation) -> str:
    """Return *explanation* as one JSON document (``azpg-tls schema explain``). Fields may be added, never renamed."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "client": explanation.client,
            "causes": [_cause(cause) for cause in explanation.causes],
            "count": explanation.count,
            "understood": _understood(explanation.understood),
            "advice": [vars(advice) for advice in explanation.advice],
            "rest": [_problem(problem) for problem in explanation.rest],
            "left_out": explanation.left_out,
            "second_attempt": explanation.retry or None,
        },
        indent=2,
    )


def _cause(cause: Cause) -> dict[str, object]:
    return {
        "code": cause.code,
        "confidence": cause.confidence.value,
        "matched": cause.matched,
        "why": cause.why,
        "fix": list(cause.fix),
        "check": list(cause.check),
        "title": cause.title,
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "client": problem.client,
        "count": problem.count,
        "text": problem.text,
        "causes": [_cause(cause) for cause in problem.causes],
    }


def _understood(said: Clues) -> dict[str, object]:
    return {
        "host": said.host,
        "port": said.port,
        "user": said.user,
        "cloud": said.cloud,
        "sslrootcert": said.sslrootcert,
        "sqlstates": list(said.sqlstates),
        "errnos": list(said.errnos),
        "alerts": list(said.alerts),
        "openssl": list(said.openssl),
        "hresults": list(said.hresults),
        "statement": visible(said.statement) if said.statement else None,
    }


def render(explanation: Explanation, style: Style) -> str:
    """Return *explanation* as text, its last line ended."""
    if explanation.recognised and not explanation.causes:
        return "The report finds nothing wrong.\n"
    if not explanation.causes:
        return "\n\n".join(_unknown(explanation, style)) + "\n"
    return "\n\n".join(_known(explanation, style)) + "\n"


def _known(explanation: Explanation, style: Style) -> Iterator[str]:
    main, *others = explanation.causes
    client = BY_NAME[explanation.client].title if explanation.client in BY_NAME else "azpg-tls"
    times = f", {explanation.count} times" if explanation.count > 1 else ""
    yield f"{style.bold(main.confidence.value.upper())}  {client}{times}: {main.title} ({main.code})"
    shown = "" if explanation.client == reported.NAME else f" It shows in: {main.matched}"
    yield style.wrap(f"{main.why}{shown}")
    if explanation.retry:
        yield style.wrap(
            f'No cause: "{explanation.retry}" is the answer to a second attempt, which is made without TLS.'
        )
    yield "\n".join([style.bold("What to do"), *_steps(main)])
    if others:
        named = [_other(cause, style) for cause in others[:_OTHERS]]
        more = [f"  and {len(others) - _OTHERS} more: --format json shows them"] if len(others) > _OTHERS else []
        yield "\n".join([style.bold("It could also be"), *named, *more])
    yield from _sure(explanation, style)
    yield from _warned(explanation, style)
    if explanation.rest:
        yield "\n".join([style.bold("Also in this text"), *(_also(problem, style) for problem in explanation.rest)])
    if explanation.left_out:
        yield f"{explanation.left_out} different messages more were not looked at."
    own = ""
    if explanation.client in LAYERS:
        own = "The fix in a client's own terms, if you know which it is: azpg-tls explain --client NAME …\n"
    yield f"{own}More: azpg-tls explain {main.code}"


def _steps(cause: Cause) -> Iterator[str]:
    # A command has to survive being copied: what is to be done is not wrapped.
    for number, step in enumerate(cause.fix, 1):
        yield f"  {number}. {step}"
    if any("ROOTS" in step for step in cause.fix):
        azure = "" if any("bundle path" in step for step in cause.fix) else "; for Azure: azpg-tls bundle path"
        yield f"  ROOTS is the file with the roots that you trust{azure}"


def _sure(explanation: Explanation, style: Style) -> Iterator[str]:
    causes = explanation.causes[: _OTHERS + 1]
    remarks: dict[str, list[str]] = {}
    for cause in causes:
        for line in cause.check[:_CHECKS]:
            command, _, shown = line.partition(_REMARK)
            remarks.setdefault(command, []).extend(_remark(cause, command, shown, alone=len(causes) == 1))
    if remarks:
        heading = "To be sure" if len(causes) == 1 else "What tells them apart"
        lines = (
            f"  {command}{_REMARK}{'; '.join(said)}" if said else f"  {command}" for command, said in remarks.items()
        )
        yield "\n".join([style.bold(heading), *lines])


def _remark(cause: Cause, command: str, shown: str, *, alone: bool) -> list[str]:
    """Return of which cause *command* tells, beside others, and by what; a probe tells of all."""
    if alone or command.startswith("azpg-tls probe "):
        return [shown] if shown else []
    return [f"{cause.code}: {shown}" if shown else cause.code]


def _other(cause: Cause, style: Style) -> str:
    return style.wrap(f"{cause.code} ({cause.confidence.value}): {cause.why}", "    ", "  ")


def _also(problem: Problem, style: Style) -> str:
    cause = problem.causes[0]
    count = f"{problem.count} times " if problem.count > 1 else ""
    if problem.client == reported.NAME:
        count = f"{problem.text}: "
    return style.wrap(f"{count}{cause.code} ({cause.confidence.value}): {cause.matched}", "    ", "  ")


def _warned(explanation: Explanation, style: Style) -> Iterator[str]:
    if explanation.advice:
        lines = [style.wrap(f'"{advice.matched}": {advice.cost}', "    ", "  ") for advice in explanation.advice]
        yield "\n".join([style.bold("Do not turn verification off"), *lines])


def _unknown(explanation: Explanation, style: Style) -> Iterator[str]:
    yield f"{style.bold('UNKNOWN')}  No error of a known client is in this text."
    said = {name: value for name, value in _understood(explanation.understood).items() if value}
    if explanation.client:
        said = {"client": explanation.client, **said}
    if said:
        shown = [f"  {name:<12}{', '.join(map(str, v)) if isinstance(v, list) else v}" for name, v in said.items()]
        yield "\n".join([style.bold("What was understood"), *shown])
    yield from _warned(explanation, style)
    if said.get("statement"):
        yield style.wrap(f"{_OF_STATEMENT}: azpg-tls explain statement-failed")
        return
    host = explanation.understood.host or "HOST"
    port = f" --port {explanation.understood.port}" if explanation.understood.port else ""
    steps = [f"  azpg-tls probe {host}{port}"]
    if not explanation.client:
        steps.append(
            f"  azpg-tls explain --client NAME …{_REMARK}if you know which client wrote it: azpg-tls explain --help"
        )
    yield "\n".join([style.bold("What to run next"), *steps])
