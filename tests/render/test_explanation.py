"""Explanations as text and JSON, word for word."""

from __future__ import annotations

import json

import pytest

from azpg_tls.advice import Advice
from azpg_tls.clients.sign import Confidence
from azpg_tls.clues import Clues
from azpg_tls.explanation import Cause, Explanation, Problem, explain
from azpg_tls.render.explanation import render, to_json
from azpg_tls.render.text import Style
from tests import schemas
from tests.explained import Sample, explained, printed, samples

UNTRUSTED = Cause(
    "unknown-issuer",
    Confidence.LIKELY,
    "certificate verify failed",
    "The root is not among those that are trusted.",
    ("Give libpq the roots: sslrootcert=ROOTS.", "Or the system's: sslrootcert=system."),
    ("azpg-tls probe db.example",),
)
EXPIRED = Cause(
    "expired",
    Confidence.POSSIBLE,
    "certificate verify failed",
    "libpq says the same.",
    (),
    ("azpg-tls probe db.example",),
)
REFUSED = Cause("tcp-refused", Confidence.CERTAIN, "Connection refused", "Nothing listens.", ("Start it.",), ())
SEEN = Clues(host="db.example", port=6432, sqlstates=("08006", "28000"))


def test_one_cause_is_said_with_what_to_do() -> None:
    assert (
        render(Explanation("libpq", (REFUSED,), Clues()), Style(80))
        == """\
CERTAIN  libpq: Nothing accepts connections on that port (tcp-refused)

  Nothing listens. It shows in: Connection refused

What to do
  1. Start it.

More: azpg-tls explain tcp-refused
"""
    )


def test_a_command_says_of_which_cause_it_tells_and_by_what() -> None:
    def cause(code: str, *check: str) -> Cause:
        return Cause(code, Confidence.LIKELY, "x", "Why.", ("Do it.",), check)

    plain = cause("tls-required", "psql   # connects")
    others = (
        cause("client-library-bug", "psql   # fails"),
        cause("role-missing", "ls"),
        cause("expired", *EXPIRED.check),
    )
    apart = render(Explanation("libpq", (plain, *others), Clues()), Style(80))
    assert (
        "What tells them apart\n"
        "  psql   # tls-required: connects; client-library-bug: fails\n"
        "  ls   # role-missing\n"
        "  azpg-tls probe db.example\n" in apart
    )
    assert "To be sure\n  psql   # connects\n" in render(Explanation("libpq", (plain,), Clues()), Style(80))
    bare = cause("role-missing", "ls")
    assert "To be sure\n  ls\n" in render(Explanation("libpq", (bare,), Clues()), Style(80))


def test_several_causes_are_ranked_with_what_tells_them_apart() -> None:
    said = Explanation(
        "libpq",
        (UNTRUSTED, EXPIRED),
        SEEN,
        3,
        (Advice("sslmode=disable", "Nothing is encrypted."),),
        (Problem("psycopg", (REFUSED,), Clues(), "…", 7), Problem("psql", (EXPIRED,), Clues(), "…")),
        12,
    )
    assert (
        render(said, Style(80))
        == """\
LIKELY  libpq, 3 times: The server's chain does not lead to a root that is trusted here (unknown-issuer)

  The root is not among those that are trusted. It shows in: certificate verify
  failed

What to do
  1. Give libpq the roots: sslrootcert=ROOTS.
  2. Or the system's: sslrootcert=system.
  ROOTS is the file with the roots that you trust; for Azure: azpg-tls bundle path

It could also be
  expired (possible): libpq says the same.

What tells them apart
  azpg-tls probe db.example

Do not turn verification off
  "sslmode=disable": Nothing is encrypted.

Also in this text
  7 times tcp-refused (certain): Connection refused
  expired (possible): certificate verify failed

12 different messages more were not looked at.

More: azpg-tls explain unknown-issuer
"""
    )


def test_what_is_unknown_is_said_with_what_was_understood() -> None:
    assert (
        render(Explanation("psql", (), SEEN), Style(80))
        == """\
UNKNOWN  No error of a known client is in this text.

What was understood
  client      psql
  host        db.example
  port        6432
  sqlstates   08006, 28000

What to run next
  azpg-tls probe db.example --port 6432
"""
    )


def test_the_answer_to_a_statement_is_said_to_be_that_and_not_probed() -> None:
    assert (
        render(explain('psql: ERROR:  relation "jobs" does not exist'), Style(80))
        == """\
UNKNOWN  No error of a known client is in this text.

What was understood
  client      psql
  statement   relation "jobs" does not exist

  That is the server's answer to a statement (SQLSTATE classes 22, 23 and 42),
  not to a connection: TLS and the login were in order, and a probe would find
  nothing. Do what the server's text says, or look at the page: azpg-tls explain
  statement-failed
"""
    )


def test_where_nothing_was_understood_the_names_are_left_to_fill_in() -> None:
    text = render(Explanation(None, (), Clues()), Style(80))
    assert "What was understood" not in text
    assert "  azpg-tls probe HOST\n" in text
    assert "  azpg-tls explain --client NAME …   # if you know which client wrote it" in text


def test_a_layers_words_are_somebodys_who_can_be_named() -> None:
    assert render(Explanation("openssl", (REFUSED,), SEEN), Style(80)).endswith("""
The fix in a client's own terms, if you know which it is: azpg-tls explain --client NAME …
More: azpg-tls explain tcp-refused
""")


def test_the_answer_to_a_second_attempt_is_no_cause() -> None:
    text = render(Explanation("libpq", (REFUSED,), SEEN, retry="no encryption"), Style(80))
    assert '\n\n  No cause: "no encryption" is the answer to a second attempt, which is made\n  without TLS.\n' in text


def test_the_place_of_the_roots_is_said_once() -> None:
    own = Cause("unknown-issuer", Confidence.LIKELY, "x", "…", ("ROOTS is what `azpg-tls bundle path` prints.",), ())
    text = render(Explanation("libpq", (own,), SEEN), Style(80))
    assert text.count("bundle path") == 1
    assert "  ROOTS is the file with the roots that you trust\n" in text


def test_commands_have_what_they_show_behind_them() -> None:
    told = [
        Cause(code, Confidence.LIKELY, "x", "…", (), ("klist   # a ticket is there",))
        for code in ("gssenc-interference",)
    ]
    text = render(Explanation("libpq", (*told, UNTRUSTED, EXPIRED), SEEN), Style(80))
    assert (
        """
What tells them apart
  klist   # gssenc-interference: a ticket is there
  azpg-tls probe db.example
"""
        in text
    )


def test_of_several_reports_each_target_is_named() -> None:
    rest = (Problem("azpg-tls", (EXPIRED,), SEEN, "db.example:6432"),)
    text = render(Explanation("azpg-tls", (REFUSED,), Clues(), rest=rest), Style(80))
    assert "Also in this text\n  db.example:6432: expired (possible): certificate verify failed\n" in text


def test_a_report_that_finds_nothing_wrong_is_no_unknown_text() -> None:
    assert render(Explanation("azpg-tls", (), Clues()), Style()) == "The report finds nothing wrong.\n"


def test_json_has_what_the_contract_says() -> None:
    document = json.loads(to_json(Explanation("libpq", (REFUSED,), Clues())))
    assert {name: document[name] for name in ("schema", "client", "causes")} == {
        "schema": "azpg-tls/explain/1",
        "client": "libpq",
        "causes": [
            {
                "code": "tcp-refused",
                "confidence": "certain",
                "matched": "Connection refused",
                "why": "Nothing listens.",
                "fix": ["Start it."],
                "check": [],
                "title": "Nothing accepts connections on that port",
            }
        ],
    }


def test_json_has_the_other_problems_of_a_log() -> None:
    rest = (Problem("psql", (REFUSED,), Clues(), "Connection refused", 7),)
    document = json.loads(to_json(Explanation("libpq", (EXPIRED,), Clues(), rest=rest)))
    (other,) = document["rest"]
    assert (other["client"], other["count"], other["text"]) == ("psql", 7, "Connection refused")
    assert [cause["code"] for cause in other["causes"]] == ["tcp-refused"]


@pytest.mark.parametrize("sample", [*samples(), *printed()], ids=lambda sample: f"{sample.client}/{sample.name}")
def test_every_explanation_is_as_the_schema_says_and_fits_a_terminal(sample: Sample) -> None:
    said = explained(sample.text)
    schemas.EXPLAIN.validate(json.loads(to_json(said)))
    lines = render(said, Style(80)).splitlines()
    assert all(line.isprintable() for line in lines)
