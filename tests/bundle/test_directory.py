from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from azpg_tls.bundle import directory
from azpg_tls.bundle.build import sums
from azpg_tls.errors import InputError

if TYPE_CHECKING:
    from azpg_tls.bundle.manifest import Manifest

OLD = {"a": b"old", "SHA256SUMS": sums({"a": b"old"})}
NEW = {"b": b"new", "deep/c": b"new too"}


def snapshot(at: Path) -> dict[str, bytes]:
    return {str(path.relative_to(at)): path.read_bytes() for path in at.rglob("*") if path.is_file()}


def test_certificate_files_are_read_by_suffix(tmp_path: Path, manifest: Manifest) -> None:
    for name in ("b.pem", "A.CRT", "README.md", "DigiCertGlobalRootG2.crt"):
        (tmp_path / name).write_bytes(name.encode())
    found = directory.sources(tmp_path, manifest)
    assert [(Path(source.name).name, source.data) for source in found] == [
        ("A.CRT", b"A.CRT"),
        ("DigiCertGlobalRootG2.crt", b"DigiCertGlobalRootG2.crt"),
        ("b.pem", b"b.pem"),
    ]
    assert [source.expected for source in found] == [None, manifest.entries[0], None]


def test_a_directory_without_certificates_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    with pytest.raises(InputError, match=r"no file ends with \.crt, \.cer"):
        directory.sources(tmp_path, manifest)


def test_what_cannot_be_read_is_named(tmp_path: Path, manifest: Manifest) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(InputError, match="missing: No such file or directory"):
        directory.sources(missing, manifest)
    with pytest.raises(InputError, match="missing' cannot be read: No such file or directory"):
        directory.read_file(missing)
    with pytest.raises(InputError, match="missing: No such file or directory"):
        directory.contents(missing)


def test_a_file_too_large_for_certificates_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "zeros.crt"
    large.write_bytes(bytes(10_000_000))
    with pytest.raises(InputError, match="larger than 4194304 bytes"):
        directory.read_file(large)


def test_contents_are_the_files_only(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "a").write_bytes(b"1")
    assert directory.contents(tmp_path) == {"a": b"1"}


def test_a_directory_is_made_with_its_parents(tmp_path: Path) -> None:
    directory.replace(tmp_path / "x" / "y", NEW)
    assert snapshot(tmp_path) == {"x/y/b": b"new", "x/y/deep/c": b"new too"}


def test_a_directory_is_replaced_as_a_whole(tmp_path: Path) -> None:
    directory.replace(tmp_path / "out", OLD)
    directory.replace(tmp_path / "out", NEW)
    assert snapshot(tmp_path) == {"out/b": b"new", "out/deep/c": b"new too"}


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    directory.replace(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert snapshot(tmp_path / "real") == snapshot(tmp_path / "link") == NEW


def test_a_failed_write_changes_nothing(tmp_path: Path) -> None:
    directory.replace(tmp_path / "out", OLD)
    impossible = {"a": b"new", "a/b": b"a file cannot be a directory too"}
    with pytest.raises(InputError, match="out: cannot be written"):
        directory.replace(tmp_path / "out", impossible)
    assert snapshot(tmp_path) == {f"out/{name}": data for name, data in OLD.items()}


def test_a_parent_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(InputError, match="cannot be written"):
        directory.replace(tmp_path / "file" / "out", NEW)
    assert snapshot(tmp_path) == {"file": b"mine"}


NO_SPACE = OSError(28, "No space left on device")


@pytest.mark.parametrize("renamed", ["out", ".new"], ids=["the-old", "the-new"])
@pytest.mark.parametrize(
    ("failure", "told"), [(NO_SPACE, InputError), (KeyboardInterrupt(), KeyboardInterrupt)], ids=["error", "ctrl-c"]
)
def test_a_failed_rename_puts_the_old_directory_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: str, failure: BaseException, told: type[BaseException]
) -> None:
    directory.replace(tmp_path / "out", OLD)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.endswith(renamed):
            raise failure
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(told):
        directory.replace(tmp_path / "out", NEW)
    assert snapshot(tmp_path) == {f"out/{name}": data for name, data in OLD.items()}


def test_ctrl_c_just_after_the_first_rename_puts_the_old_directory_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.replace(tmp_path / "out", OLD)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        moved = real(self, target)
        if self.name == "out":
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        directory.replace(tmp_path / "out", NEW)
    assert snapshot(tmp_path) == {f"out/{name}": data for name, data in OLD.items()}


def refused(at: Path) -> bool:
    try:
        directory.refuse_foreign(at)
    except InputError:
        return True
    return False


def test_an_earlier_bundle_may_be_replaced(tmp_path: Path) -> None:
    directory.replace(tmp_path / "out", OLD)
    assert [refused(tmp_path / "none"), refused(tmp_path / "out")] == [False, False]
    assert snapshot(tmp_path) == {f"out/{name}": data for name, data in OLD.items()}  # looking changed nothing
    (tmp_path / "out" / "mine").write_bytes(b"")
    assert refused(tmp_path / "out")


def test_an_empty_directory_may_be_replaced(tmp_path: Path) -> None:
    assert not refused(tmp_path)


@pytest.mark.parametrize("files", [{"a": b"1"}, {**OLD, "z-notes.txt": b"mine"}], ids=["no-bundle", "something-beside"])
def test_a_directory_with_anything_else_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    directory.replace(tmp_path / "out", files)
    with pytest.raises(InputError, match="which is no part of a bundle"):
        directory.refuse_foreign(tmp_path / "out")


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(InputError, match="out: Not a directory"):
        directory.refuse_foreign(tmp_path / "out")
