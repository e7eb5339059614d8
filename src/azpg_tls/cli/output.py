"""Where a command's text goes: the terminal and what it can show, or a file."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from azpg_tls.errors import InputError

if TYPE_CHECKING:
    from azpg_tls.render.text import Style

STANDARD = Path("-")  # standard output, or input


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def style() -> Style:
    """Return how the terminal shows text: plain, unless there is one that is coloured."""
    from azpg_tls.render.text import Style

    if not on_terminal():
        return Style()
    colored = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(min(shutil.get_terminal_size().columns, 120), colored)


def standard_input(most: int = -1) -> bytes:
    """Return at most *most* bytes of standard input; raises `InputError` if there is none."""
    if sys.stdin is None:
        raise InputError("standard input is closed; give it something to read, or name a file")
    return sys.stdin.buffer.read(most)


def show(text: str, file: Path | None) -> None:
    """Write *text* to *file*, or to standard output."""
    if file in (None, STANDARD):
        click.echo(text, nl=False, color=True)
    else:
        write(file, text)


def write(file: Path, text: str) -> None:
    """Write *text* to *file*; raises `InputError` if it cannot be written."""
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"'{file}' cannot be written: {error.strerror}") from None
