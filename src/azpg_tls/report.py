"""What is said of one target: findings, the one that explains the failure, the stages, and the verdict.

All text in here is ready to be shown: what came from the network has been made visible.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from azpg_tls.certificate import Certificate
from azpg_tls.errorresponse import ServerError


class Severity(StrEnum):
    """How much a finding matters: an error means that a careful client cannot connect."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Stage(StrEnum):
    """The stages of a connection, in their order; the last one is not a probe's."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    NEGOTIATE = "negotiate"
    HANDSHAKE = "handshake"
    CERTIFICATE = "certificate"
    IDENTITY = "identity"
    POLICY = "policy"
    STARTUP = "startup"
    LOGIN = "login"


PROBED_STAGES: tuple[Stage, ...] = tuple(stage for stage in Stage if stage is not Stage.LOGIN)
"""The stages of a probe, in their order."""

PROOF = (Stage.HANDSHAKE, Stage.CERTIFICATE, Stage.IDENTITY, Stage.POLICY)
"""The stages in which a server proves who it is."""


class Status(StrEnum):
    """How a stage ended; skipped is never shown as ok."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """The outcome for one target."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    WARN = "warn"
    FAIL = "fail"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Finding:
    """One thing that is so, with the evidence for it and what to do; *code* is for ever."""

    code: str
    severity: Severity
    stage: Stage
    title: str
    detail: str
    evidence: Mapping[str, object]
    fix: tuple[str, ...]


@dataclass(frozen=True)
class StageResult:
    """One stage: *reason* says why it was skipped or failed, *ms* how long it waited for the network.

    The stages that only judge (certificate, identity, policy) take no time on the connection: 0.
    """

    name: Stage
    status: Status
    reason: str
    ms: float


@dataclass(frozen=True)
class Bundle:
    """The bundle in this installation: its version, the profile in use, and the SHA-256 of that PEM file."""

    version: str
    profile: str
    sha256: str


@dataclass(frozen=True)
class Tool:
    """Who judged."""

    version: str
    openssl: str
    bundle: Bundle


@dataclass(frozen=True)
class TargetView:
    """The target as it was understood and reached; *address* is the one connected to, None if none was."""

    input: str
    host: str
    port: int
    hostaddr: str | None
    server_name: str
    address: str | None
    addresses: tuple[str, ...]
    canonical_name: str | None
    cloud: str | None


@dataclass(frozen=True)
class TlsView:
    """The TLS session; *sni* is None if none was sent, *alpn* None if none was agreed."""

    version: str
    cipher: str
    group: str | None
    alpn: str | None
    sni: str | None
    client_certificate_requested: bool
    ocsp_stapled: bool


@dataclass(frozen=True)
class ChainView:
    """The chain: *verified* is empty unless OpenSSL accepted it; *anchor* is the common name of its root."""

    presented: tuple[Certificate, ...]
    verified: tuple[Certificate, ...]
    intermediates: int
    anchor: str | None
    azure_generation: str | None
    not_after: dt.datetime | None


@dataclass(frozen=True)
class StartupView:
    """What the server answered to the StartupMessage."""

    answer: str
    auth_method: str | None
    sasl_mechanisms: tuple[str, ...]
    error: ServerError | None


@dataclass(frozen=True)
class RowsView:
    """What a statement gave, as the server wrote it: None is NULL. *left_out* rows were counted and not kept."""

    status: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    left_out: int


@dataclass(frozen=True)
class SessionView:
    """What the server said of the session; None where it did not say. *tls_version* is that of pg_stat_ssl."""

    server_version: str
    current_user: str | None
    session_user: str | None
    database: str | None
    in_recovery: bool | None
    tls_version: str | None
    tls_cipher: str | None
    login_ms: float
    round_trip_ms: float


@dataclass(frozen=True)
class LoginView:
    """A login: as whom, by which method, with what (never the secret itself), and the session if there was one.

    *user_from* says where the user's name came from, None in a program. *error* is the server's, of the login or of the
    statement.
    """

    user: str
    user_from: str | None
    auth_method: str | None
    credential: str | None
    session: SessionView | None
    read_only: bool
    rows: RowsView | None
    error: ServerError | None


@dataclass(frozen=True)
class Report:
    """The judgement of one target; *login* is None if none was tried."""

    tool: Tool
    target: TargetView
    started: dt.datetime
    elapsed_ms: float
    verdict: Verdict
    diagnosis: Finding | None
    findings: tuple[Finding, ...]
    stages: tuple[StageResult, ...]
    tls: TlsView | None
    chain: ChainView | None
    startup: StartupView | None
    login: LoginView | None = None

    def to_json(self) -> str:
        """Return the report as one JSON document (``azpg-tls schema`` describes it)."""
        from azpg_tls.render.json import render

        return render(self)
