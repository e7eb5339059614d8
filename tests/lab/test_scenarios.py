"""Every server of the laboratory is found out for exactly what is wrong with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import socket
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls import check
from azpg_tls.lab.answers import NO_LOGIN
from azpg_tls.lab.running import running
from azpg_tls.lab.scenarios import BY_NAME, SCENARIOS
from azpg_tls.network import Clock
from azpg_tls.report import PROBED_STAGES, Severity, Stage, Status, Verdict
from azpg_tls.rules import BY_CODE, RULES
from azpg_tls.target import parse

if TYPE_CHECKING:
    from pathlib import Path

    from azpg_tls.lab.scenario import Scenario
    from azpg_tls.report import Report

CLOCK = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.name for scenario in SCENARIOS])

OK, FAILED, SKIPPED = Status.OK, Status.FAILED, Status.SKIPPED


def probe(scenario: Scenario) -> Report:
    with running(scenario, CLOCK.now()) as server:
        setup = server.setup
        target = dataclasses.replace(parse(server.conninfo), input=f"lab:{scenario.name}")
        return check.judge(
            check.check(
                target,
                setup.trust(scenario.name),
                setup.policy,
                timeout=setup.timeout,
                clock=CLOCK,
                resolver=setup.resolver,
            )
        )


def expected_verdict(codes: tuple[str, ...]) -> Verdict:
    errors = [BY_CODE[code] for code in codes if BY_CODE[code].severity is Severity.ERROR]
    if any(rule.stages[0] in (Stage.RESOLVE, Stage.CONNECT) for rule in errors):
        return Verdict.UNREACHABLE
    if errors:
        return Verdict.FAIL
    return Verdict.WARN if any(BY_CODE[code].severity is Severity.WARNING for code in codes) else Verdict.PASS


def expected_stages(report: Report) -> dict[Stage, Status]:
    """The stages as they must end: what was judged although another stage failed is the exception, and is named."""
    failed = {finding.stage for finding in report.findings if finding.severity is Severity.ERROR}
    network = (Stage.RESOLVE, Stage.CONNECT, Stage.NEGOTIATE, Stage.HANDSHAKE)
    broken = next((stage for stage in network if stage in failed), None)
    stages = dict.fromkeys(PROBED_STAGES, OK)
    if broken:
        later = list(PROBED_STAGES)[list(PROBED_STAGES).index(broken) + 1 :]
        stages |= dict.fromkeys(later, SKIPPED)
    if report.tls:  # then the handshake went to its end, and everything after it took place
        stages |= dict.fromkeys(list(PROBED_STAGES)[list(PROBED_STAGES).index(Stage.CERTIFICATE) :], OK)
        if broken:  # ALPN, without which nothing is said inside TLS
            stages[Stage.STARTUP] = SKIPPED
    stages |= dict.fromkeys(failed, FAILED)
    return stages


@every_scenario
def test_the_probe_finds_exactly_what_is_wrong(scenario: Scenario) -> None:
    report = probe(scenario)

    assert tuple(finding.code for finding in report.findings) == scenario.codes
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    assert report.diagnosis == (errors[0] if errors else None)
    assert report.verdict is expected_verdict(scenario.codes)

    stages = {stage.name: stage for stage in report.stages}
    wanted = expected_stages(report)
    if scenario.prepare(CLOCK.now()).words.get("sslnegotiation") == "direct" and wanted[Stage.NEGOTIATE] is OK:
        wanted[Stage.NEGOTIATE] = SKIPPED
    assert {name: stage.status for name, stage in stages.items()} == wanted
    assert all(stage.reason for stage in report.stages if stage.status is not OK)
    assert not any(stage.reason for stage in report.stages if stage.status is OK)

    for finding in report.findings:
        assert finding.detail.endswith((".", '"')) or "answered: " in finding.detail
        assert finding.fix or finding.severity is Severity.INFO


@pytest.mark.parametrize("name", ["azure-g2-2025", "entra"])
def test_a_healthy_server_lets_nobody_in_and_says_so(name: str, tmp_path: Path) -> None:
    roots = tmp_path / "root.crt"
    with running(BY_NAME[name], CLOCK.now()) as server:
        roots.write_bytes(server.setup.root.public_bytes(Encoding.PEM))
        login = f"sslmode=verify-full sslrootcert={roots} user=u dbname=d password=p connect_timeout=10"
        with pytest.raises(psycopg.OperationalError, match=NO_LOGIN):
            psycopg.connect(f"{server.conninfo} {login}")


def test_a_server_that_is_about_names_only_says_nothing() -> None:
    with (
        running(BY_NAME["dns-failure"], CLOCK.now()) as server,
        socket.create_connection(("127.0.0.1", server.endpoint.port), timeout=10) as client,
    ):
        client.sendall(b"anybody there")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_every_code_has_a_scenario() -> None:
    shown = {code for scenario in SCENARIOS for code in scenario.codes}
    assert {rule.code for rule in RULES} == shown


def test_every_scenario_says_what_is_wrong_with_it() -> None:
    assert len(BY_NAME) == len(SCENARIOS)
    for scenario in SCENARIOS:
        assert scenario.title
        assert not scenario.title.endswith(".")
        assert scenario.page.startswith(scenario.title)
