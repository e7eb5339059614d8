"""``azpg-tls probe`` as a user runs it: exit codes, forms, files, settings."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from azpg_tls import pins
from azpg_tls.case import dumps
from azpg_tls.cli import main
from azpg_tls.lab.scenarios import SCENARIOS
from azpg_tls.render.text import Style
from tests import schemas

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., "Done"]


class Done:
    """What one run left."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        out, err = capsys.readouterr()
        return Done(int(exited.value.code or 0), out, err)

    return run


def findings(document: Any) -> list[str]:
    return [finding["code"] for finding in document["findings"]]


EXITS = {"pass": 0, "warn": 0, "fail": 1, "unreachable": 3}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_scenario_gives_valid_json_and_replays_to_the_same_report(
    run: Run, tmp_path: Path, scenario: Any
) -> None:
    saved = tmp_path / "observation.json"
    live = run("probe", f"lab:{scenario.name}", "--format", "json", "--save", str(saved))
    assert live.err == ""
    schemas.PROBE.validate(live.json)
    assert findings(live.json) == list(scenario.codes)
    assert live.code == EXITS[live.json["verdict"]]
    replayed = run("probe", "--replay", str(saved), "--format", "json")
    assert (replayed.code, replayed.out) == (live.code, live.out)


def test_the_text_begins_with_verdict_target_and_cause(run: Run) -> None:
    done = run("probe", "lab:expired")
    first, _, second = done.out.splitlines()[:3]
    assert first.startswith("FAIL  lab:expired (localhost:")
    assert first.endswith("): A certificate of the chain has expired (expired)")
    assert second.startswith("  'lab server' expired on ")
    assert done.code == 1


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        (["lab:azure-g2-2025"], 0),
        (["lab:azure-g2-2025", "lab:expires-soon"], 0),
        (["lab:expires-soon", "--strict"], 1),
        (["lab:tcp-refused", "lab:azure-g2-2025"], 3),
        (["lab:tcp-refused", "lab:expired"], 1),
        (["lab:tcp-refused", "lab:expires-soon", "--strict"], 1),
    ],
)
def test_the_worst_target_decides_the_exit_code(run: Run, targets: list[str], code: int) -> None:
    assert run("probe", *targets).code == code


def test_several_targets_give_an_array_in_their_order(run: Run) -> None:
    done = run("probe", "lab:tcp-refused", "lab:azure-g2-2025", "--format", "json")
    schemas.PROBE.validate(done.json)
    assert [report["target"]["input"] for report in done.json] == ["lab:tcp-refused", "lab:azure-g2-2025"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["lab:azure-g2-2025", "--max-depth", "1"], ["chain-too-deep"]),
        (["lab:chain-too-deep", "--max-depth", "2"], []),
        (["lab:azure-g2-2025", "--expect-issuer", "OCSP 02"], []),
        (["lab:azure-g2-2025", "--expect-issuer", "DigiCert"], ["issuer-unexpected"]),
        (["lab:azure-g2-2025", "--pin", "sha256/" + "A" * 43 + "="], ["pin-mismatch"]),
        (["lab:azure-g2-2025", "--expires-within", "365"], ["expires-soon"]),
        (["lab:expires-soon", "--expires-within", "0"], []),
        (["lab:tls-1-2-only", "--min-tls", "TLSv1.3"], ["tls-version-too-old"]),
        (["lab:tls-1-2-only", "--min-tls", "tlsv1.2"], []),
        (["lab:azure-g2-2025", "--server-name", "db.example.com"], ["hostname-mismatch"]),
        (["lab:azure-g2-2025", "--sslrootcert", "bundle"], ["unknown-issuer"]),
        (["lab:azure-g2-2025", "--sslrootcert", "system"], ["unknown-issuer"]),
        (["lab:azure-g2-2025", "--sslrootcert", "certifi"], ["unknown-issuer"]),
        (["lab:too-many-connections", "--no-startup"], []),
        (["lab:azure-g2-2025", "--sslnegotiation", "direct"], []),
    ],
)
def test_options_decide_the_judgement(run: Run, arguments: list[str], expected: list[str]) -> None:
    assert findings(run("probe", *arguments, "--format", "json").json) == expected


def test_a_pin_of_the_path_is_accepted(run: Run, tmp_path: Path) -> None:
    saved = str(tmp_path / "observation.json")
    root = run("probe", "lab:azure-g2-2025", "--save", saved, "--format", "json").json["chain"]["verified"][-1]
    pin = pins.show(root["spki_sha256"])
    assert findings(run("probe", "--replay", saved, "--pin", pin, "--format", "json").json) == []


def test_a_replay_can_be_judged_by_other_anchors(run: Run, tmp_path: Path) -> None:
    saved = str(tmp_path / "observation.json")
    run("probe", "lab:azure-g2-2025", "--save", saved)
    again = run("probe", "--replay", saved, "--sslrootcert", "bundle", "--format", "json")
    assert findings(again.json) == ["unknown-issuer"]


def test_sni_is_sent_for_the_host_unless_told_otherwise(run: Run) -> None:
    sent = run("probe", "lab:azure-g2-2025", "--format", "json").json["tls"]["sni"]
    withheld = run("probe", "lab:azure-g2-2025", "--no-sni", "--format", "json").json["tls"]["sni"]
    assert (sent, withheld) == ("localhost", None)


def test_the_report_can_go_to_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    done = run("probe", "lab:azure-g2-2025", "--format", "json", "--output", str(file))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert json.loads(file.read_text())["verdict"] == "pass"


@pytest.mark.parametrize("option", ["--output", "--save"])
def test_a_file_that_cannot_be_written_is_named(run: Run, tmp_path: Path, option: str) -> None:
    file = tmp_path / "missing" / "file"
    done = run("probe", "lab:tcp-refused", option, str(file))
    assert (done.code, done.err) == (2, f"azpg-tls: '{file}' cannot be written: No such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name a TARGET, or set PGHOST."),
        (["localhost:http"], "'http' is no port"),
        (["lab:xyzzy"], "the laboratory has no scenario 'xyzzy'; see: azpg-tls lab list"),
        (["lab:expird"], "the laboratory has no scenario 'expird'; is 'expired' meant?"),
        (["localhost", "--min-tls", "TLSv1.1"], "'TLSv1.1' is not one of TLSv1.2, TLSv1.3."),
        (["lab:tcp-refused", "--save", "-"], "Standard output holds the report; give --save a file."),
        (["localhost", "--port", "0"], "0 is not in the range"),
        (["localhost", "--pin", "sha256/short"], "'sha256/short' is no pin"),
        (["localhost", "--min-tls", "TLSv1.4"], "'TLSv1.4' is not one of TLSv1.2, TLSv1.3."),
        (["localhost", "--timeout", "0"], "0.0 is not in the range"),
        (["localhost", "--sslrootcert", "/no/such/file"], "'/no/such/file' cannot be read: No such file or directory"),
        (["localhost", "--replay", "/no/such/file"], "it takes no TARGET"),
        (["--replay", "/no/such/file", "--server-name", "x"], "--replay connects nowhere; it takes no --server-name."),
        (["--replay", "/no/such/file"], "'/no/such/file' cannot be read: No such file or directory"),
        (["--replay", sys.executable], "is no saved observation: not UTF-8"),
        (["--replay", __file__], "is no saved observation: not JSON"),
        (["localhost", "--hostaddr", "localhost"], "hostaddr 'localhost' is no IP address"),
        (["localhost", "--no-such-option"], "No such option"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what(run: Run, arguments: list[str], words: str) -> None:
    done = run("probe", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in " ".join(done.err.split())


def test_a_replay_of_nonsense_is_wrong_usage_and_says_so_in_one_line(run: Run, tmp_path: Path) -> None:
    saved = tmp_path / "case.json"
    for text, words in (("[" * 100_000, "nested too deeply"), (dumps([]), "it holds no case")):
        saved.write_text(text)
        done = run("probe", "--replay", str(saved))
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines() == [done.err.strip()]
        assert words in done.err


def test_nothing_is_probed_before_every_target_is_understood(run: Run) -> None:
    done = run("probe", "lab:no-reply", "localhost:http")
    assert (done.code, done.out) == (2, "")


@pytest.mark.parametrize(
    ("variable", "value", "part", "expected"),
    [
        ("PGHOST", "localhost", "host", "localhost"),
        ("PGPORT", "1", "port", 1),
        ("AZPG_TLS_PORT", "2", "port", 2),
        ("PGHOSTADDR", "127.0.0.2", "address", None),
        ("AZPG_TLS_SERVER_NAME", "db.example.com", "server_name", "db.example.com"),
        ("AZPG_TLS_CLOUD", "china", "cloud", "china"),
    ],
)
def test_settings_come_from_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, part: str, expected: object
) -> None:
    monkeypatch.setenv("PGHOST", "localhost")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv(variable, value)
    assert run("probe", "--format", "json").json["target"][part] == expected


def test_a_target_without_a_host_takes_it_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "localhost")
    assert run("probe", "port=1", "--format", "json").json["target"]["host"] == "localhost"
    assert run("probe", "postgresql://:1/db", "--format", "json").json["target"]["host"] == "localhost"
    monkeypatch.delenv("PGHOST")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    assert run("probe", "--port", "1", "--format", "json").json["target"]["host"] == "127.0.0.1"


def test_a_replay_can_come_from_standard_input_and_a_report_go_to_output(tmp_path: Path) -> None:
    saved = tmp_path / "observation.json"
    process("probe", "lab:expired", "--save", str(saved))
    command = [*SCRIPT, "probe", "--replay", "-", "--output", "-"]
    done = subprocess.run(command, env=BARE, input=saved.read_text(), capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.partition(" ")[0]) == (1, "FAIL")


def test_a_closed_standard_output_is_no_fault() -> None:
    done = subprocess.run(["bash", "-c", f"{' '.join(SCRIPT)} probe lab:expired >&-"], env=BARE, capture_output=True)
    assert (done.returncode, done.stderr) == (1, b"")


def test_several_text_reports_stand_apart(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "reports.txt"
    shown = run("probe", "lab:tcp-refused", "lab:dns-failure").out
    assert shown.count("─" * 100 + "\n") == 1
    run("probe", "lab:tcp-refused", "lab:dns-failure", "--output", str(file))
    assert file.read_text().count("─" * 100 + "\n") == 1


def test_azpg_tls_variables_come_before_libpqs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("AZPG_TLS_PORT", "2")
    assert run("probe", "localhost", "--format", "json").json["target"]["port"] == 2
    assert run("probe", "localhost", "--port", "3", "--format", "json").json["target"]["port"] == 3
    assert run("probe", "localhost:4", "--port", "3", "--format", "json").json["target"]["port"] == 4


@pytest.mark.parametrize(("value", "expected"), [("TLSv1", []), ("TLSv1.1", []), ("TLSv1.3", ["tls-version-too-old"])])
def test_libpqs_lowest_version_is_honoured(
    run: Run, monkeypatch: pytest.MonkeyPatch, value: str, expected: list[str]
) -> None:
    monkeypatch.setenv("PGSSLMINPROTOCOLVERSION", value)
    assert findings(run("probe", "lab:tls-1-2-only", "--format", "json").json) == expected


def test_the_root_file_of_a_connection_string_counts(run: Run) -> None:
    done = run("probe", "host=localhost port=1 sslrootcert=/no/such/file")
    assert (done.code, "'/no/such/file' cannot be read" in done.err) == (2, True)


@pytest.mark.parametrize(
    "target",
    [
        "postgresql://me:hunter2@localhost:1/db",
        "host=localhost port=1 password=hunter2",
        "host=localhost password='hunter2",
    ],
)
def test_a_password_is_never_echoed(run: Run, tmp_path: Path, target: str) -> None:
    saved = tmp_path / "observation.json"
    done = run("probe", target, "--format", "json", "--save", str(saved))
    everything = done.out + done.err + (saved.read_text() if saved.exists() else "")
    assert "hunter2" not in everything


SCRIPT = [sys.executable, "-m", "azpg_tls"]
# Nothing of the environment but where the package is, and what measures the coverage of child processes.
BARE = {"PATH": os.defpath} | {
    name: value for name, value in os.environ.items() if name.startswith(("COVERAGE", "PYTHONPATH"))
}


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCRIPT, *arguments],
        env=BARE | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_json_run_imports_neither_rich_nor_psycopg() -> None:
    code = (
        "import sys\nfrom azpg_tls.cli import main\n"
        "try:\n    main(['probe', 'lab:azure-g2-2025', '--format', 'json'])\n"
        "finally:\n    print(sorted({'rich', 'psycopg', 'cattrs', 'ssl'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")


def test_a_pipe_gets_no_colour() -> None:
    assert "\x1b" not in process("probe", "lab:expired").stdout


def test_a_reader_who_leaves_hears_nothing_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*SCRIPT, "explain", "--list"], env=BARE, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=30
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(("variables", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_a_terminal_gets_colour_unless_it_wants_none(variables: dict[str, str], colored: bool) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*SCRIPT, "probe", "lab:tcp-refused"],
        env=BARE | {"TERM": "xterm", "COLUMNS": "60"} | variables,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
    ) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the child has closed its side
                break
    os.close(ours)
    assert child.returncode == 3
    assert (b"\x1b[1;31mUNREACHABLE\x1b[0m" in shown) == colored
    assert b"UNREACHABLE" in shown


def test_ctrl_c_is_exit_code_130() -> None:
    with subprocess.Popen(
        [*SCRIPT, "--debug", "probe", "lab:no-reply", "--timeout", "30"],
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        # The laboratory's two threads are there once the probe talks to its server.
        while len(list(Path(f"/proc/{child.pid}/task").iterdir())) < 3 and child.poll() is None:
            os.sched_yield()
        # A signal in the instant before Python begins to wait is noticed after it: like a user, press again.
        while child.poll() is None:
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=1)
        out, err = child.communicate()
    assert (child.returncode, out, err.strip()) == (130, "", "azpg-tls: interrupted")


def test_the_default_width_is_that_of_a_wide_terminal() -> None:
    assert Style() == Style(width=100, color=False)
