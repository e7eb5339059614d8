"""The time that a text takes grows with its length and no faster, whatever is in it; so does a large log's memory."""

from __future__ import annotations

import base64
import random
import time
import tracemalloc

import pytest

from azpg_tls.clients import CLIENTS
from azpg_tls.explanation import explain
from azpg_tls.transcript import ENOUGH, decode, messages

QUICK = 0.05  # seconds for 40,000 characters; what takes less is not compared
SEEDED = random.Random(1)  # noqa: S311 (no secret)
NEEDLES = [each.needle for client in CLIENTS for each in client.signs]

SHAPES = {
    "quotes": '"',
    "escaped quotes": '\\"',
    "backslashes": "\\",
    "line ends written out": "\\n",
    "brackets": "{[(",
    "nested JSON": '{"a":',
    "causes": "Caused by: ",
    "colours": "\x1b[31m",
    "colours cut off": "\x1b[",
    "titles without end": "\x1b]0;",
    "NULs": "\0",
    "one long word": "a",
    "blanks": " ",
    "empty lines": " \n",
    "entities": "&#39;",
    "emoji": "😀",
    "passwords in quotes": 'password="',
    "passwords in brackets": "password=[",
    "passwords in parts": "password=,,,)))&&&",
    "options": "--password ",
    "names and values": "password value ",
    "tokens": "eyJaaaaaaaaaa ",
    "wrapped tokens": "eyJaaaaaaaaaa.aaaa1Baaaaaaaaaaaaaaaaaaaaa ",
    "keys": "-----BEGIN PRIVATE KEY-----",
    "password files": "a:12345:b:c:",
    "URIs": "postgres://u:a ",
    "URIs without a scheme": "u:aaaa@",
    "hosts": "a.postgres.database.azure.com",
    "labels": "a-b.c-d.",
    "addresses": "::1:",
    "names of CAs": "unable to get local issuer certificate CN=a ",
    "settings": 'use `"?&sslmode=',
    "numbers": "error:1",
    "stamps": "2026-11-23 10:00:00 ERROR ",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_time_of_an_explanation_grows_with_the_text_and_no_faster(shape: str) -> None:
    """Four times as much text may take eight times as long, not sixteen."""
    part = SHAPES[shape]
    long = _seconds(part * (40_000 // len(part)))
    assert long < QUICK or long < 8 * _seconds(part * (10_000 // len(part)))


def _seconds(text: str) -> float:
    taken = []
    for _ in range(2):
        begin = time.process_time()
        explain(text)
        taken.append(time.process_time() - begin)
    return min(taken)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"ERROR connect {SEEDED.choice(NEEDLES)} {number:b}" for number in range(20_000)),
        base64.b64encode(SEEDED.randbytes(1_200_000)).decode(),
        decode(SEEDED.randbytes(1_500_000)),
        "ERROR connect " + "x" * 1_500_000,
    ],
    ids=["different messages", "base64", "binary", "one line"],
)
def test_no_more_than_enough_of_a_large_text_is_looked_at(text: str) -> None:
    found, _ = messages(text)
    assert sum(len(message.text) for message in found) < 1.2 * ENOUGH


def test_a_large_log_takes_memory_for_its_lines_alone() -> None:
    log = "".join(f"2026-11-23 10:00:00 ERROR connection {number:b} failed\n" for number in range(50_000))
    tracemalloc.start()
    explain(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(log)
