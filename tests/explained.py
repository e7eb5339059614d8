"""How well texts of real clients are explained: `python -m tests.explained` shows it by client.

A directory of fixtures/errors is a client's. There, each file but two holds a text as its thread shows it, with the
source, and the codes of the cause that the thread established or that follows from the message; ``place`` is where the
cause comes when the text alone cannot tell, 0 if it does not come at all, with the reason in ``place_why``.
printed.toml holds lines that the client's source can print, healthy.txt lines that mean nothing is wrong.
"""

from __future__ import annotations

import functools
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azpg_tls.explanation import Explanation, explain

PRINTED = "printed.toml"
ERRORS = Path(__file__).parents[1] / "fixtures" / "errors"


@dataclass(frozen=True)
class Sample:
    """One text; *place* is the place at which its cause comes, 1 unless the text cannot tell, None if it does not."""

    name: str
    client: str
    text: str
    codes: tuple[str, ...]
    place: int | None = 1


def samples(directory: Path = ERRORS) -> list[Sample]:
    """Return the texts of threads, by client and name."""
    paths = [path for path in sorted(directory.glob("*/*.toml")) if path.name != PRINTED]
    return [_sample(path.stem, path.parent.name, tomllib.loads(path.read_text("utf-8"))) for path in paths]


def printed(directory: Path = ERRORS) -> list[Sample]:
    """Return the lines that clients' sources can print; each is named by its place in the file."""
    return [
        _sample(f"{PRINTED}:{number}", path.parent.name, line)
        for path in sorted(directory.glob(f"*/{PRINTED}"))
        for number, line in enumerate(tomllib.loads(path.read_text("utf-8"))["printed"], 1)
    ]


def healthy(directory: Path = ERRORS) -> list[tuple[str, str]]:
    """Return the lines of healthy logs, each with its client's name."""
    return [
        (path.parent.name, line)
        for path in sorted(directory.glob("*/healthy.txt"))
        for line in path.read_text("utf-8").splitlines()
    ]


def _sample(name: str, client: str, data: dict[str, Any]) -> Sample:
    place = data.get("place", 1)
    return Sample(name, client, data["text"], tuple(data["codes"]), place or None)


@functools.cache
def explained(text: str, client: str | None = None) -> Explanation:
    """Return what is said of *text*; more than one test asks of the same."""
    return explain(text, client)


def found_at(sample: Sample, explanation: Explanation) -> int | None:
    """Return the place of the first right cause, from 1; None if it is not there."""
    return next((place for place, c in enumerate(explanation, 1) if c.code in sample.codes), None)


def main() -> None:
    """Show the score by client, and the texts whose first cause is another."""
    texts, first, third, wrong = Counter[str](), Counter[str](), Counter[str](), 0
    only = sys.argv[1:]
    for sample in samples():
        if only and sample.client not in only:
            continue
        explanation = explain(sample.text)
        place = found_at(sample, explanation)
        texts[sample.client] += 1
        first[sample.client] += place == 1
        third[sample.client] += place is not None and place <= 3
        said = [f"{cause.code}/{cause.confidence.value}" for cause in explanation]
        sure = bool(said) and said[0].endswith("certain") and place != 1
        wrong += sure
        if place != 1:
            mark = " WRONGLY CERTAIN" if sure else ""
            print(
                f"{sample.client}/{sample.name}: {', '.join(sample.codes)}; said {', '.join(said) or 'nothing'}{mark}"
            )
    for client, count in sorted(texts.items()):
        print(f"{client:20}{count:4}{first[client]:4}{third[client]:4}")
    print(f"{'all':20}{texts.total():4}{first.total():4}{third.total():4}   wrongly certain {wrong}")


if __name__ == "__main__":
    main()
