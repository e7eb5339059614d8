"""The README is true: its examples run and print what it shows, its tables are those of the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azpg_tls.cli.login import login
from azpg_tls.cli.probe import probe
from tests.table import README, refreshed

if TYPE_CHECKING:
    import rich_click as click

TEXT = README.read_text("utf-8")
SHORT_ENOUGH = 128  # characters in a line


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    found = []
    for block in blocks("console"):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            found.append((command, output))
    return found


def pattern(shown: str) -> str:
    """Return the expression for *shown*, in which three dots stand for anything."""
    return "(?s)" + ".*".join(re.escape(part) for part in shown.split("..."))


def test_there_are_examples() -> None:
    assert len(examples()) >= 4
    assert len(blocks("python")) >= 1


@pytest.mark.parametrize(("command", "shown"), examples(), ids=lambda value: value.partition("\n")[0][:40])
def test_an_example_prints_what_the_readme_shows(command: str, shown: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    done = subprocess.run(["bash", "-c", command], env={"PATH": path}, capture_output=True, text=True, timeout=60)
    assert re.fullmatch(pattern(shown), done.stdout), done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_readme_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 (our own README)
    assert capsys.readouterr().out == "Nothing accepts connections on that port\n"


def test_the_table_of_findings_is_current() -> None:
    assert refreshed(TEXT) == TEXT, "run: make table"


@pytest.mark.parametrize("command", [probe, login], ids=lambda command: command.name)
def test_every_option_is_explained(command: click.Command) -> None:
    options = [name for parameter in command.params for name in parameter.opts if name.startswith("--")]
    assert [name for name in options if f"`{name}" not in TEXT] == []
