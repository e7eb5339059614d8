"""A secret is given to whoever asks for it by name, and to nobody else."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from azpg_tls.secret import Secret

HELD = Secret("hunter2")


def test_a_secret_is_revealed_by_name_alone() -> None:
    assert HELD.reveal() == "hunter2"
    assert bool(HELD)
    assert not Secret("")


@pytest.mark.parametrize("shown", [repr(HELD), str(HELD), f"{HELD}", f"{HELD!r:>20}", f"{[HELD]}", "%s" % HELD])  # noqa: UP031
def test_a_secret_is_not_shown(shown: str) -> None:
    assert "hunter2" not in shown


def test_a_secret_is_not_saved() -> None:
    for save in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError):
            save(HELD)
