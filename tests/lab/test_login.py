"""What ``azpg-tls login`` finds where the laboratory refuses it: each text of a server's has its code."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from azpg_tls.cli import main
from azpg_tls.lab.scenarios import SCENARIOS
from azpg_tls.pages.login import LOGIN
from tests.entra import forged

if TYPE_CHECKING:
    from azpg_tls.lab.scenario import Scenario

REFUSING = [scenario for scenario in SCENARIOS if scenario.login]

# What no server's answer alone yields: a token that nobody gave, a method that was not agreed to, a statement.
OURS = {"entra-sign-in-refused", "entra-unreachable", "entra-no-credential", "auth-method-refused", "statement-failed"}


@pytest.mark.parametrize("scenario", REFUSING, ids=lambda scenario: scenario.name)
def test_a_login_finds_exactly_what_the_server_says(
    scenario: Scenario, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", forged.token(forged.APPLICATION, at=dt.datetime.now(dt.UTC)))
    entra = ["--entra"] if scenario.codes else []
    with pytest.raises(SystemExit) as exited:
        main(["login", f"lab:{scenario.name}", "--user", "app", *entra, "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    found = report["diagnosis"]
    assert (exited.value.code, found["code"], found["stage"]) == (1, scenario.login, "login")
    assert found["evidence"]["message"] == scenario.prepare(dt.datetime.now(dt.UTC)).refusal
    assert report["login"]["credential"] == "PGPASSWORD"
    assert [each["code"] for each in report["findings"] if each["severity"] == "error"] == [scenario.login]


def test_every_code_of_a_login_that_a_server_causes_has_a_scenario() -> None:
    assert {scenario.login for scenario in REFUSING} | OURS == set(LOGIN)
