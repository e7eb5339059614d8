"""Fuzz for some SECONDS, and put what is new and what fails into a DIRECTORY: python -m tests.fuzz with both."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

CORPUS = Path(__file__).parent / "corpus"

with atheris.instrument_imports(include=["azpg_tls"]):
    from tests.fuzz.target import read

if __name__ == "__main__":
    seconds, found = sys.argv[1], Path(sys.argv[2])
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}/", str(found), str(CORPUS)], read)
    atheris.Fuzz()
