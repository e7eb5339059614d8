"""Directories of certificate files: read as sources, and replaced as a whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azpg_tls.bundle.build import SUMS_FILE, Source
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azpg_tls.bundle.manifest import Manifest

SUFFIXES = (".crt", ".cer", ".der", ".pem", ".p7b", ".p7c")
SIZE_LIMIT = 4 * 1024 * 1024  # the largest public trust stores are a tenth of it


def read_file(path: Path) -> bytes:
    """Return the content of *path*.

    Raises InputError: it cannot be read, or is larger than a file of certificates can be.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise InputError(f"'{visible(str(path))}' cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL in the path
        raise InputError(f"'{visible(str(path))}' cannot be read: that is no file name") from None
    if len(data) > SIZE_LIMIT:
        raise InputError(f"'{visible(str(path))}' is larger than {SIZE_LIMIT} bytes; that is no file of certificates")
    return data


def sources(directory: Path, manifest: Manifest) -> tuple[Source, ...]:
    """Read every certificate file of *directory*, by its suffix; a published name says which entry it must be.

    Raises InputError: the directory cannot be read or holds no such file.
    """
    expected = {entry.file: entry for entry in manifest.entries}
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise InputError(f"{directory}: {error.strerror}") from None
    if not paths:
        raise InputError(f"{directory}: no file ends with {', '.join(SUFFIXES)}")
    return tuple(Source(str(path), read_file(path), expected.get(path.name)) for path in paths)


def contents(directory: Path) -> dict[str, bytes]:
    """Return the files of *directory* by name.

    Raises InputError: it or one of them cannot be read.
    """
    try:
        paths = sorted(path for path in directory.iterdir() if path.is_file())
    except OSError as error:
        raise InputError(f"{directory}: {error.strerror}") from None
    return {path.name: read_file(path) for path in paths}


def replace(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Make *directory* hold exactly *contents* (by relative POSIX path): written beside it, then renamed.

    Whatever fails, the directory is as it was before.

    Raises InputError: the files cannot be written there.
    """
    target = directory.resolve()
    suffix = secrets.token_hex(4)
    fresh = target.with_name(f".{target.name}.{suffix}.new")
    old = target.with_name(f".{target.name}.{suffix}.old")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(fresh, contents)
        _swap(fresh, target, old)
    except OSError as error:
        raise InputError(f"{directory}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def refuse_foreign(directory: Path) -> None:
    """Make sure that replacing *directory* loses nothing but an earlier bundle.

    Raises InputError: it holds a file that its ``SHA256SUMS`` does not name.
    """
    try:
        names = {path.name for path in directory.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{directory}: {error.strerror}") from None
    listed = {SUMS_FILE} if SUMS_FILE in names else set()
    for line in read_file(directory / SUMS_FILE).decode("utf-8", "replace").splitlines() if listed else ():
        listed.add(line.partition("  ")[2])
    foreign = sorted(names - listed)
    if foreign:
        raise InputError(f"{directory}: holds {foreign[0]}, which is no part of a bundle; choose another directory")


def _write(directory: Path, contents: Mapping[str, bytes]) -> None:
    for name, data in contents.items():
        path = directory / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    try:
        target.rename(old)
        fresh.rename(target)
    except BaseException:  # Ctrl-C too must not leave the directory away
        if not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
