"""The probe and the real servers: what it finds, that psql agrees, and that the servers' logs stay quiet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

import azpg_tls
from azpg_tls import Verdict
from azpg_tls.lab import pki
from tests.integration.clients import psql_login
from tests.integration.servers import BY_NAME, PLANS, Server

if TYPE_CHECKING:
    from pathlib import Path

    from azpg_tls import Report

CODES: dict[str, tuple[str, ...]] = {
    **{f"postgres-{major}": () for major in (18, 17, 16, 15, 14)},
    "direct-18": (),
    "direct-17": (),
    "direct-16": ("direct-tls-unsupported",),
    "cleartext-password": ("cleartext-password-over-tls",),
    "pgbouncer": ("client-certificate-requested",),
    "tls-1.2": (),
    "tls-off": ("tls-not-offered",),
    "other-name": ("hostname-mismatch",),
    "client-certificate": ("client-certificate-required",),
    "no-client-ca": ("startup-error",),
    "no-hba-entry": ("no-pg-hba-entry",),
    "hba-reject": ("no-pg-hba-entry",),
    "full": ("too-many-connections",),
}

# PostgreSQL 16 and older take the ClientHello of direct TLS for a broken startup packet, and say so.
ANSWERED_ALOUD = {"direct-16"}


def probe(server: Server, **options: object) -> Report:
    settings = {"sslrootcert": str(server.root_file), "user": server.plan.user} | options
    settings["sslnegotiation"] = server.plan.sslnegotiation
    return azpg_tls.probe(f"{server.host}:{server.port}", **settings)  # type: ignore[arg-type]


def codes(report: Report) -> tuple[str, ...]:
    return tuple(finding.code for finding in report.findings)


def diagnosis(report: Report) -> str:
    return report.diagnosis.code if report.diagnosis else ""


def test_every_server_has_its_expectation() -> None:
    assert CODES.keys() == {plan.name for plan in PLANS}


def test_the_probe_names_the_cause_and_psql_agrees(server: Server) -> None:
    report = probe(server)
    assert codes(report) == CODES[server.plan.name]
    accepted = report.verdict in (Verdict.PASS, Verdict.WARN)
    assert accepted == (psql_login(server.psql, server.conninfo) == "")


@pytest.mark.parametrize("server", [BY_NAME["postgres-18"], BY_NAME["pgbouncer"]], indirect=True)
def test_another_root_is_refused_by_both(server: Server, tmp_path: Path) -> None:
    other = tmp_path / "other-root.pem"
    other.write_bytes(pki.authority("Another Root", at=dt.datetime.now(dt.UTC)).certificate_pem)
    report = probe(server, sslrootcert=str(other))
    assert diagnosis(report) == "unknown-issuer"
    assert "certificate verify failed" in psql_login(server.psql, server.conninfo | {"sslrootcert": str(other)})


@pytest.mark.parametrize("server", [BY_NAME["postgres-18"], BY_NAME["pgbouncer"]], indirect=True)
def test_another_name_is_refused_by_both(server: Server) -> None:
    report = probe(server, server_name="db.example.com")
    assert diagnosis(report) == "hostname-mismatch"
    elsewhere = server.conninfo | {"host": "db.example.com", "hostaddr": "127.0.0.1"}
    assert "does not match host name" in psql_login(server.psql, elsewhere)


@pytest.mark.parametrize("server", [BY_NAME["tls-1.2"]], indirect=True)
def test_a_demand_for_tls_1_3_is_judged_as_by_libpq(server: Server) -> None:
    assert codes(probe(server, min_tls="TLSv1.3")) == ("tls-version-too-old",)
    newest_only = server.conninfo | {"ssl_min_protocol_version": "TLSv1.3"}
    assert "protocol version" in psql_login(server.psql, newest_only)


@pytest.mark.parametrize("server", [BY_NAME["postgres-18"]], indirect=True)
def test_the_chain_is_azure_shaped(server: Server) -> None:
    report = probe(server, max_depth=1)
    assert codes(report) == ("chain-too-deep",)
    assert report.chain is not None
    assert [certificate.subject.common_name for certificate in report.chain.verified] == [
        "lab server",
        "Lab TLS G2 RSA CA OCSP 02",
        "Lab TLS RSA Root G2",
        "Lab Global Root G2",
    ]


# PgBouncer logs every connection, by design.
@pytest.mark.parametrize(
    "server", [plan for plan in PLANS if not plan.pooled], indirect=True, ids=lambda plan: plan.name
)
@pytest.mark.parametrize("startup", [True, False], ids=["startup", "no-startup"])
def test_the_servers_log_stays_quiet(server: Server, startup: bool) -> None:
    with server.daemon.messages() as lines:
        report = probe(server, startup=startup)
    said = report.startup.error.message if report.startup and report.startup.error else None
    if server.plan.name in ANSWERED_ALOUD:
        assert "invalid length of startup packet" in "".join(lines)
    elif said:
        # The server logs its own refusal (FATAL, with a detail at times), and nothing about us.
        assert any(said in line for line in lines)
        assert not any("could not" in line or "unexpected" in line for line in lines)
    else:
        assert lines == []
