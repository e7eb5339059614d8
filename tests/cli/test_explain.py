"""``azpg-tls explain``: texts, standard input, codes, and every way to be used wrongly."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from azpg_tls.catalogue import ENTRIES
from tests.cli.test_main import run

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = 'connection to server at "db.example" (192.0.2.7), port 5433 failed: Connection refused'


class Input(io.StringIO):
    """Standard input that has bytes too."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.buffer = io.BytesIO(data)  # type: ignore[misc]


def test_a_text_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", REFUSED)
    assert (code, err) == (0, "")
    assert out.startswith("LIKELY  libpq: Nothing accepts connections on that port (tcp-refused)\n")
    assert "  azpg-tls probe db.example --port 5433\n" in out


def test_standard_input_is_explained(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Input(REFUSED.encode("utf-16")))
    code, out, _ = run(capsys, "explain", "-", "--format", "json")
    document = json.loads(out)
    assert (code, document["schema"]) == (0, "azpg-tls/explain/1")
    assert [(cause["code"], cause["confidence"]) for cause in document["causes"]] == [("tcp-refused", "likely")]


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b" \n", 1, "azpg-tls: standard input is empty\n"),
        (b"Connection refused\n" * 9, 0, "azpg-tls: only the first 80 bytes were read\n"),
    ],
)
def test_input_that_is_empty_or_too_long_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: bytes, code: int, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Input(data))
    monkeypatch.setattr("azpg_tls.cli.explain.LARGEST", 80)
    done, out, err = run(capsys, "explain", "-")
    assert (done, err) == (code, said)
    assert out


@pytest.mark.parametrize("command", ["explain -", "token --inspect", "probe --replay -"])
def test_a_closed_standard_input_is_said(command: str) -> None:
    line = f"exec {sys.executable} -m azpg_tls {command} <&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        2,
        "azpg-tls: standard input is closed; give it something to read, or name a file\n",
    )


def test_the_report_of_a_probe_is_explained() -> None:
    probe = [sys.executable, "-m", "azpg_tls", "probe", "lab:hostname-mismatch", "--format", "json"]
    explain = [sys.executable, "-m", "azpg_tls", "explain", "-"]
    report = subprocess.run(probe, capture_output=True, timeout=60).stdout
    done = subprocess.run(explain, input=report, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert b"(hostname-mismatch)" in done.stdout.splitlines()[0]


def test_what_is_not_recognised_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", "all is well at db.example:5432")
    assert (code, err) == (1, "")
    assert out.startswith("UNKNOWN  No error of a known client is in this text.\n")
    assert "  host        db.example\n" in out


def test_the_explanation_goes_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "said.json"
    assert run(capsys, "explain", REFUSED, "--format", "json", "--output", str(file)) == (0, "", "")
    assert json.loads(file.read_text())["causes"][0]["code"] == "tcp-refused"


def test_a_client_can_be_named_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "--client", "PSYCOPG2", REFUSED)
    assert (code, out.splitlines()[0]) == (
        0,
        "LIKELY  psycopg 2 and 3: Nothing accepts connections on that port (tcp-refused)",
    )


def test_a_page_is_shown_for_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "TLS-not-offered")
    assert code == 0
    assert out.startswith("tls-not-offered (error, stage negotiate)\n\nThe server does not offer TLS.\n")


def test_a_page_goes_to_a_file_whatever_form_the_environment_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZPG_TLS_FORMAT", "json")
    assert run(capsys, "explain", "expired", "--output", str(tmp_path / "page")) == (0, "", "")
    assert (tmp_path / "page").read_text().startswith("expired (error, stage certificate)\n")


def test_a_word_that_is_too_long_for_a_name_is_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "explain", "ü" * 200)[0] == 1


def test_the_catalogue_lists_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == [entry.code for entry in ENTRIES]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Give the error TEXT in quotes"),
        (["psql:", "error:"], "Give the error TEXT in quotes"),
        (["expired", "--format", "json"], "The pages of codes are text"),
        (["--list", "--format", "json"], "The pages of codes are text"),
        ([__file__], f"'{__file__}' is a file; to read it: azpg-tls explain - < {__file__}"),
        (["self-made-code"], "'self-made-code' is no finding code; see: azpg-tls explain --list"),
        (["expird"], "'expird' is no finding code; is 'expired' meant?"),
        (["--client", "nobody", "text"], "'nobody' is not"),
    ],
)
def test_explain_says_what_it_needs(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    code, out, err = run(capsys, "explain", *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_word_that_is_no_code_may_be_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "ECONNREFUSED")
    assert (code, "tcp-refused" in out) == (0, True)


SECRETS = ("hunter2", "s3cr3t", "c2lnbmF0dXJl")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("words", [REFUSED, "nothing is known of this"])
def test_no_secret_of_the_text_is_shown(capsys: pytest.CaptureFixture[str], form: str, words: str) -> None:
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"
    text = f"postgresql://u:hunter2@db.example:5433/d password='s3cr3t' {jwt} {words} PGPASSWORD=hunter2 {jwt}"
    _, out, err = run(capsys, "explain", text, "--format", form)
    assert [secret for secret in SECRETS if secret in out + err] == []
