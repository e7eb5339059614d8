"""The command line as a whole: help, versions, and every way to fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
import rich_click as click

import azpg_tls
from azpg_tls import cli
from azpg_tls.cli import COMMANDS, main

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    out, err = capsys.readouterr()
    return int(exited.value.code or 0), out, err


def test_the_version_names_openssl_and_the_bundle(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert code == 0
    assert re.fullmatch(
        rf"azpg-tls {azpg_tls.__version__}\nOpenSSL \d.*\nbundle \d{{4}}\.\d+\.\d+, sha256 [0-9a-f]{{64}}\n", out
    )


def test_help_shows_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert [name for name in COMMANDS if not re.search(rf"│ {name} ", out)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert (code, f"azpg-tls {command}" in out) == (0, True)


@pytest.mark.parametrize(
    ("command", "user", "deadline"),
    [
        ("probe", "azpg_tls_probe", "Deadline for one target, everything included."),
        ("login", "the operating system's user; with --entra the token's principal", "Deadline for the probe, again"),
    ],
)
def test_help_gives_the_defaults_of_its_own_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, user: str, deadline: str
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    _, out, _ = run(capsys, command, "--help")
    assert (f"[default: ({user})]" in out, deadline in out) == (True, True)


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "prob")
    assert (code, out) == (2, "")
    assert "prob" in err


@pytest.mark.parametrize(
    ("arguments", "schema"), [([], "probe"), (["probe"], "probe"), (["login"], "probe"), (["explain"], "explain")]
)
def test_the_schemas_are_shown(capsys: pytest.CaptureFixture[str], arguments: list[str], schema: str) -> None:
    code, out, _ = run(capsys, "schema", *arguments)
    assert code == 0
    assert f'"const": "azpg-tls/{schema}/1"' in out


def breaking(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have a command with a fault: what main makes of it cannot be had from the real ones."""

    @click.command()
    def explode() -> None:
        raise error

    monkeypatch.setattr(cli.cli, "get_command", lambda _ctx, _name: explode)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, RuntimeError("first line\nsecond line"))


@pytest.mark.parametrize(
    "error", [OSError(24, "Too many open files"), BrokenPipeError(32, "Broken pipe"), PermissionError(13, "No")]
)
def test_only_what_fails_while_something_is_shown_is_laid_to_the_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    breaking(monkeypatch, error)
    code, out, err = run(capsys, "explode")
    assert (code, out) == (4, "")
    fault = f"{type(error).__name__}: [Errno {error.errno}] {error.strerror}"
    assert err == f"azpg-tls: failed by a fault of its own (--debug shows where): {fault}\n"


def in_process(*arguments: str, out: IO[bytes] | int, err: IO[bytes] | int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "azpg_tls", *arguments]
    # Buffered, as it is unless asked otherwise: what nobody reads is then noticed at the end.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stdout=out, stderr=err, text=True, env=env)


@pytest.fixture
def unread() -> Iterator[int]:
    """The end of a pipe to write to, whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 2), (["lab"], 2), (["prob"], 2), (["explain", "expird"], 2), (["--help"], 141), (["probe", "--help"], 141)],
)
def test_nobody_who_reads_changes_no_exit_code_for_wrong_usage(unread: int, arguments: list[str], code: int) -> None:
    assert in_process(*arguments, out=unread, err=unread).returncode == code
    alone = in_process(*arguments, out=unread, err=subprocess.PIPE)
    assert alone.returncode == code
    assert "Traceback" not in alone.stderr


def test_debug_shows_where_the_output_could_not_be_written() -> None:
    with Path("/dev/full").open("wb") as full:
        done = in_process("--debug", "explain", "expired", out=full, err=subprocess.PIPE)
    assert done.returncode == 4
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.endswith("\nazpg-tls: the output cannot be written: No space left on device\n")


@pytest.mark.usefixtures("broken")
def test_a_fault_of_its_own_is_exit_code_4_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explode")
    assert (code, out) == (4, "")
    assert err == (
        "azpg-tls: failed by a fault of its own (--debug shows where): RuntimeError: first line second line\n"
    )


def test_an_output_that_cannot_be_written_is_no_fault_of_its_own() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "azpg_tls", "explain", "expired"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        4,
        "azpg-tls: the output cannot be written: No space left on device",
    )


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("explain expi", "expired"),
        ("probe lab:azure-g", "lab:azure-g2-2025"),
        ("bundle show digicert-global-root-g2", ""),
    ],
)
def test_codes_and_scenarios_are_completed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str, offered: str
) -> None:
    monkeypatch.setenv("_AZPG_TLS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"azpg-tls {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    code, out, _ = run(capsys)
    assert code == 0
    assert offered in out


@pytest.mark.usefixtures("broken")
def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--debug", "explode")
    assert code == 4
    assert err.startswith("Traceback (most recent call last):")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_their_completion(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("_AZPG_TLS_COMPLETE", f"{shell}_source")
    code, out, _ = run(capsys)
    assert (code, "azpg-tls" in out) == (0, True)
