"""Whatever a server does: one report within the deadline, in little memory, and nothing a terminal would act on."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from azpg_tls.lab.endpoint import LOOPBACK, Door, Endpoint
from azpg_tls.lab.peer import Peer
from tests import schemas
from tests.hostile import BEHAVIOURS, ROOTS

if TYPE_CHECKING:
    from azpg_tls.lab.endpoint import Behaviour


DEADLINE = 1.0  # seconds
GRACE = 0.5  # seconds, for what is done when the deadline has passed
CPU = 3.0  # seconds; a start takes 0.2, with coverage measured up to 0.8
MEMORY = 150 * 1024  # kB
AT_ONCE = 3
EXITS = {"pass": 0, "warn": 0, "fail": 1, "unreachable": 3}

# Where the cause is beyond doubt, it is named. Tickets and KeyUpdates without end cost OpenSSL so much that on a busy
# machine the deadline comes before the limit of bytes.
DIAGNOSES = {
    "before TLS: silence": "no-reply",
    "before TLS: greetings without end": "not-postgres",
    "before TLS: zeros without end": "not-postgres",
    "before TLS: an evil error": "server-error-before-tls",
    "before TLS: an error, byte by byte": "server-error-before-tls",
    "before TLS: an error without end": "server-error-before-tls",
    "before TLS: an error of protocol 2 of 1 MB": "server-error-before-tls",
    "before TLS: an evil greeting": "not-postgres",
    "handshake: silence": "handshake-timeout",
    "handshake: byte by byte": "handshake-timeout",
    "handshake: HelloRequests, slowly": "handshake-timeout",
    "handshake: empty records without end": "malformed-tls",
    "handshake: HelloRequests without end": "malformed-tls",
    "handshake: a certificate list without end": "malformed-tls",
    "handshake: a certificate of 16 MB": "malformed-tls",
    "handshake: a compressed certificate that was not asked for": "malformed-tls",
    "handshake: a message of 16 MB": "malformed-tls",
    "TLS 1.3: a compressed certificate of 16 MB": "malformed-tls",
    "TLS 1.3: a certificate of 1 MB": "malformed-tls",
    "TLS 1.3: EncryptedExtensions without end": "malformed-tls",
    "certificate: a subject of 110 kB": "malformed-tls",
    "certificate: a subject of 1 MB": "malformed-tls",
    "TLS 1.3: empty records without end": "startup-error",
    "TLS 1.3: warnings without end": "startup-error",
    "TLS 1.3: HelloRequests without end": "startup-error",
    "handshake: no certificate": "malformed-tls",
    "handshake: an empty certificate": "malformed-tls",
    "handshake: a certificate that is garbage": "malformed-tls",
    "startup: silence": "closed-after-tls",
    "startup: byte by byte": "startup-error",
    "startup: notices, slowly": "startup-error",
    "startup: an error of protocol 2 of 1 MB": "startup-error",
    "startup: an evil error": "startup-error",
    "startup: a long error": "startup-error",
    "startup: errors without end": "startup-error",
    "chain: a loop": "unknown-issuer",
    "chain: a CA of RSA 65,536 that signed with RSA": "issuer-impostor",
    "certificate: 10,000 names": "hostname-mismatch",
    "certificate: ends in the year 0": "expired",
    "certificate: Ed448": "self-signed",
    "certificate: brainpool": "self-signed",
}

# What a terminal or a reader would be deceived by: control characters but the end of a line, marks of direction,
# zero-width characters, lone surrogates.
DECEIVING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Done:
    """What one process left, and took: *cpu* in seconds, its start included, *memory* in kB at its peak."""

    code: int
    out: str
    err: str
    cpu: float
    memory: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def probe(directory: Path, *arguments: str, program: str = "tests.measured") -> Done:
    taken = directory / "taken"
    command = [sys.executable, "-m", program, str(taken), "probe", *arguments]
    process = subprocess.run(
        command, capture_output=True, timeout=60, cwd=Path(__file__).parents[1], env=os.environ | {"PYTHONUTF8": "1"}
    )
    out, err = (stream.decode("utf-8", "surrogatepass") for stream in (process.stdout, process.stderr))
    memory, cpu = taken.read_text().split()
    return Done(process.returncode, out, err, float(cpu), int(memory))


@dataclass(frozen=True)
class Run:
    """Where files go: the roots to trust, what was saved."""

    directory: Path

    def probe(self, place: int, behaviour: Behaviour, *options: str, timeout: float = DEADLINE) -> Done:
        """Probe a server of *behaviour*; what is seen is saved in a file of the number *place*."""
        own = self.directory / str(place)
        own.mkdir()
        with Endpoint(behaviour) as server:
            target = f"host=localhost hostaddr={LOOPBACK} port={server.port}"
            saved = ("--save", str(own / "case.json"), "--sslrootcert", str(self.directory / "roots.pem"))
            return probe(own, target, *saved, "--timeout", str(timeout), *options)


@dataclass(frozen=True)
class Results:
    """What became of every server."""

    done: dict[str, Done]
    run: Run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Every server, probed for JSON, a few at a time."""
    run = Run(tmp_path_factory.mktemp("hostile"))
    (run.directory / "roots.pem").write_text("".join(ssl.DER_cert_to_PEM_cert(root.der) for root in ROOTS))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda n: run.probe(n[0], n[1], "--format", "json"), enumerate(BEHAVIOURS.values()))
        return Results(dict(zip(BEHAVIOURS, done, strict=True)), run)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_it_ends_in_time_in_little_memory_with_the_report_that_is_promised(results: Results, name: str) -> None:
    done = results.done[name]
    assert done.err == ""
    schemas.PROBE.validate(done.json)
    assert done.code == EXITS[done.json["verdict"]]
    assert not DECEIVING.search(done.out)
    assert done.json["elapsed_ms"] < (DEADLINE + GRACE) * 1000
    # Its own clock tells how long the probe took; what is left, start and judgement, is told in CPU time, which does
    # not depend on what else the machine does.
    assert done.cpu < CPU
    assert done.memory < MEMORY
    if name in DIAGNOSES:
        assert done.json["diagnosis"]["code"] == DIAGNOSES[name]


def test_a_port_that_never_answers_costs_no_more_than_the_deadline(tmp_path: Path) -> None:
    with Endpoint(Peer.wait_for_end, door=Door.STUCK) as server:
        done = probe(tmp_path, f"{LOOPBACK}:{server.port}", "--timeout", str(DEADLINE), "--format", "json")
    assert_unreachable(done, "tcp-timeout")


def test_a_resolver_that_never_answers_costs_no_more_than_the_deadline(tmp_path: Path) -> None:
    """The thread that waits for it is left behind, and does not keep the process."""
    begun = time.monotonic()
    done = probe(tmp_path, "db.example", "--timeout", str(DEADLINE), "--format", "json", program="tests.deaf")
    assert_unreachable(done, "dns-failure")
    assert time.monotonic() - begun < DEADLINE + GRACE + CPU


def assert_unreachable(done: Done, code: str) -> None:
    schemas.PROBE.validate(done.json)
    assert (done.code, done.err, done.json["diagnosis"]["code"]) == (3, "", code)
    assert done.json["elapsed_ms"] < (DEADLINE + GRACE) * 1000
    assert done.cpu < CPU
    assert done.memory < MEMORY


def test_the_text_of_them_all_deceives_nobody(results: Results, tmp_path: Path) -> None:
    """All cases together, as --replay takes them: a report each, short enough to be read."""
    files = [results.run.directory / str(place) / "case.json" for place in range(len(BEHAVIOURS))]
    saved = [json.loads(file.read_text()) for file in files]
    cases = [case for document in saved for case in document["cases"]]
    (tmp_path / "cases.json").write_text(json.dumps(saved[0] | {"cases": cases}))
    done = probe(tmp_path, "--replay", str(tmp_path / "cases.json"))
    assert (done.code, done.err) == (1, "")
    assert DECEIVING.search(done.out) is None
    assert "\nPASS  fine" not in done.out
    assert len(done.out) < 100_000 * len(cases)
    assert done.memory < MEMORY


@pytest.mark.parametrize("name", ["startup: an evil error", "certificate: evil names", "before TLS: an evil error"])
def test_text_is_harmless_as_it_is_shown(results: Results, name: str) -> None:
    done = results.run.probe(1000 + list(BEHAVIOURS).index(name), BEHAVIOURS[name])
    assert (done.code, done.err) == (1, "")
    assert DECEIVING.search(done.out) is None
    assert "\\x1b[31m" in done.out
