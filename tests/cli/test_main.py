"""The command line as a whole: help, versions, and every way to fail."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import rich_click as click

import azpg_tls
from azpg_tls import cli
from azpg_tls.cli import COMMANDS, main


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


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "prob")
    assert (code, out) == (2, "")
    assert "prob" in err


@pytest.mark.parametrize(("arguments", "schema"), [([], "probe"), (["probe"], "probe"), (["explain"], "explain")])
def test_the_schemas_are_shown(capsys: pytest.CaptureFixture[str], arguments: list[str], schema: str) -> None:
    code, out, _ = run(capsys, "schema", *arguments)
    assert code == 0
    assert f'"const": "azpg-tls/{schema}/1"' in out


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command with a fault: what main makes of it cannot be had from the real ones."""

    @click.command()
    def explode() -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(cli.cli, "get_command", lambda _ctx, _name: explode)


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
