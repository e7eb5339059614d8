"""Every sign is one that a client prints, and every text has its cause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from azpg_tls.catalogue import BY_CODE
from azpg_tls.clients import BY_NAME, CLIENTS
from azpg_tls.clients.sign import Confidence
from azpg_tls.transcript import clean
from tests.explained import Sample, explained, found_at, healthy, printed, samples

if TYPE_CHECKING:
    from azpg_tls.clients.client import Client

TEXTS = [(text := clean(sample.text), text.lower()) for sample in (*samples(), *printed())]


def named(sample: Sample) -> str:
    return f"{sample.client}/{sample.name}"


@pytest.mark.parametrize("sample", samples(), ids=named)
def test_a_text_of_a_thread_has_its_cause_at_its_place(sample: Sample) -> None:
    assert found_at(sample, explained(sample.text)) == sample.place


@pytest.mark.parametrize("sample", printed(), ids=named)
def test_a_line_of_a_clients_source_has_its_cause_first(sample: Sample) -> None:
    causes = explained(sample.text, sample.client if sample.client in BY_NAME else None).causes
    assert [cause.code for cause in causes[:1]] == list(sample.codes[:1])


@pytest.mark.parametrize("sample", printed(), ids=named)
def test_a_line_has_its_cause_among_the_first_three_of_all_clients_signs(sample: Sample) -> None:
    assert found_at(sample, explained(sample.text)) in {1, 2, 3}


@pytest.mark.parametrize("sample", [*samples(), *printed()], ids=named)
def test_a_certain_cause_is_right(sample: Sample) -> None:
    causes = explained(sample.text).causes
    sure = {cause.code for cause in causes if cause.confidence is Confidence.CERTAIN}
    assert not sure or sure & set(sample.codes)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_each_sign_is_seen_in_a_real_text_or_a_line_of_source(client: Client) -> None:
    unseen = [s.pattern for s in client.signs if not any(s.search(text, lowered) for text, lowered in TEXTS)]
    assert unseen == []


@pytest.mark.parametrize(("client", "line"), healthy())
def test_a_healthy_line_means_nothing(client: str, line: str) -> None:
    assert explained(line).causes == ()
    if client in BY_NAME:
        assert explained(line, client).causes == ()


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_speaks_of_codes_and_clients_that_there_are(client: Client) -> None:
    meant = {meaning.code for s in client.signs for meaning in s.meanings} | set(client.fixes)
    assert meant - set(BY_CODE) == set()
    assert set(client.over) - set(BY_NAME) == set()


# What is copied out of a fix: its line ends where it does, but for what stands between backticks.
COPIED = re.compile(
    r"(?<!`)(?:jdbc:postgresql://[^\s;,]+|r2dbc:postgresql://[^\s;,]+|(?:keytool|certutil) -[^;(,]*"
    r"|(?:new PDO|pg_connect)\(.*\)|PG\.connect\(.*\)|DBI->connect\(.*\)|\baz [a-z].*|export \w+=.*"
    r"|openssl (?:x509|pkcs\d+) [^;(,]*)"
)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_command_or_url_is_the_end_of_its_line(client: Client) -> None:
    steps = {step for steps in client.fixes.values() for step in steps}
    assert [
        step for step in steps for copied in COPIED.finditer(step) if copied.end() < len(step) or step[-1] == "."
    ] == []


@pytest.mark.parametrize(
    ("client", "frameworks"),
    [
        ("php-pdo", ("PDO: new PDO(", "Laravel, ", "Doctrine, ")),
        ("ruby-pg", ("Rails, ", "pg: PG.connect(", "Sequel: ")),
        ("perl-dbd-pg", ("DBI: DBI->connect(", "ora2pg, ")),
        ("django", ("settings.py: ", "dj-database-url, ")),
        ("vertx-pg", ("Vert.x 5: ", "Vert.x 4: ", "Quarkus: ")),
    ],
)
def test_each_framework_has_a_line_of_its_own(client: str, frameworks: tuple[str, ...]) -> None:
    steps = BY_NAME[client].fixes["tls-required"]
    assert [step for step, framework in zip(steps, frameworks, strict=False) if not step.startswith(framework)] == []


def test_a_name_is_one_clients() -> None:
    names = [name for client in CLIENTS for name in (client.name, *client.aliases)]
    assert sorted(names) == sorted(set(names))
