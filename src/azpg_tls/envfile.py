"""Settings in a file of NAME=VALUE lines, as python-dotenv reads them."""

from __future__ import annotations

import io
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azpg_tls.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1024 * 1024  # bytes; a file of settings has some hundred


@dataclass(frozen=True)
class EnvFile:
    """What a file sets, secrets among it, and what is doubtful about the file, in words for people."""

    values: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...]


def read(file: Path) -> EnvFile:
    """Return what *file* sets; raises `InputError` if it cannot be read. Nothing is put into the environment."""
    from dotenv import dotenv_values

    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            data = opened.read(LARGEST + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"'{file}' cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"'{file}' is no file of settings: not UTF-8") from None
    if len(data) > LARGEST or "\0" in text:
        raise InputError(f"'{file}' is no file of settings: {'too large' if len(data) > LARGEST else 'NUL characters'}")
    # It logs the lines that it cannot read by number, to standard error if nobody else listens.
    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    values = {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value is not None}
    return EnvFile(values, (*_permissions(file, mode), *_lines(file, text)))


def _permissions(file: Path, mode: int) -> tuple[str, ...]:
    # A pipe, as a shell's <(…) makes one, has no name that others could open.
    if not stat.S_ISREG(mode) or not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ()
    return (f"'{file}' holds secrets and is open to others (mode {stat.S_IMODE(mode):04o}): chmod 600 '{file}'",)


def _lines(file: Path, text: str) -> tuple[str, ...]:
    from dotenv.parser import parse_stream

    bad = [binding.original.line for binding in parse_stream(io.StringIO(text)) if binding.error]
    return tuple(f"'{file}' line {line} is not NAME=VALUE: it was left out" for line in bad)
