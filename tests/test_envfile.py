"""A file of settings, read as python-dotenv does; what is doubtful about it is said without its secrets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azpg_tls.envfile import LARGEST, read
from azpg_tls.errors import InputError

TEXT = """\
# the article's cheat sheet
TENANT_ID=t
export CLIENT_ID="c"
CLIENT_SECRET='PLANTED#~secret'
CLIENT_NAME=my app # a comment
AZURE_POSTGRES_HOST=db1
EMPTY=
BARE
"""


def written(directory: Path, data: bytes, mode: int = 0o600) -> Path:
    file = directory / "settings.env"
    file.write_bytes(data)
    file.chmod(mode)
    return file


def test_a_file_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()))
    assert found.values == {
        "TENANT_ID": "t",
        "CLIENT_ID": "c",
        "CLIENT_SECRET": "PLANTED#~secret",
        "CLIENT_NAME": "my app",
        "AZURE_POSTGRES_HOST": "db1",
        "EMPTY": "",
    }
    assert found.warnings == ()
    assert "PLANTED" not in repr(found)
    assert "TENANT_ID" not in os.environ


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_is_open_to_others_is_doubtful(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path, b"A=b", mode)
    assert read(file).warnings == (
        f"'{file}' holds secrets and is open to others (mode {mode:04o}): chmod 600 '{file}'",
    )


def test_a_line_that_is_no_setting_is_named_by_its_number(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, b"A=b\n=PLANTED\nC=d\n")
    found = read(file)
    assert (found.values, found.warnings) == (
        {"A": "b", "C": "d"},
        (f"'{file}' line 2 is not NAME=VALUE: it was left out",),
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"A=\xff", "is no file of settings: not UTF-8"),
        (b"A=\0", "is no file of settings: NUL characters"),
        (b"A" * (LARGEST + 1), "is no file of settings: too large"),
    ],
)
def test_what_is_no_file_of_settings(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(written(tmp_path, data))


def test_a_file_that_is_not_there_and_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file or directory"):
        read(tmp_path / "none.env")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_a_pipe_has_no_permissions_to_speak_of() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"A=b\n")
    os.close(writer)
    try:
        assert read(Path(f"/dev/fd/{reader}")).warnings == ()
    finally:
        os.close(reader)
