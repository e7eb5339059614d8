"""Every input of the corpus is read, as the fuzz target does it; no atheris is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.target import READERS, read

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_it_is_read(file: Path) -> None:
    read(file.read_bytes())


def test_the_corpus_has_something_for_every_reader() -> None:
    assert {file.read_bytes()[0] % len(READERS) for file in CORPUS} == set(range(len(READERS)))
    assert len(CORPUS) < 100
