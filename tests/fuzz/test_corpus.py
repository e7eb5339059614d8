"""Every input of the corpus is read, as the fuzz target does it; no atheris is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from azpg_tls.chain import Chain
from azpg_tls.errorresponse import ServerError
from azpg_tls.handshake import Handshake
from azpg_tls.prelogin import Negotiation, StartupReply
from tests.fuzz.target import READERS, outcome

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
# What each of READERS makes of its input.
OUTCOMES = (
    Negotiation,
    Negotiation,
    StartupReply,
    ServerError | None,
    Handshake,
    Chain | None,
    Chain,
)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_it_is_read(file: Path) -> None:
    data = file.read_bytes()
    assert isinstance(outcome(data), OUTCOMES[data[0] % len(READERS)])


def test_the_corpus_has_something_for_every_reader() -> None:
    assert {file.read_bytes()[0] % len(READERS) for file in CORPUS} == set(range(len(READERS)))
    assert len(CORPUS) < 100
