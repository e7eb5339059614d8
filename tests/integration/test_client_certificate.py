"""``azpg-tls login`` with a client certificate: PostgreSQL asks for it after TLS, PgBouncer in the handshake."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization

import azpg_tls
from tests.integration.fleet import _pki, _write_client
from tests.integration.pgbouncer import pooler
from tests.integration.postgres import write_identity
from tests.integration.servers import BY_NAME, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import Run
    from tests.integration.fleet import Fleet


def files(directory: Path, key: Path | None = None) -> dict[str, str]:
    return {"sslcert": f"{directory}/sslcert.pem", "sslkey": f"{key or directory}/sslkey.pem"}


def options(words: dict[str, str]) -> list[str]:
    return [f"--{word}={value}" for word, value in words.items()]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client's certificate and key, of a CA that no server knows."""
    directory = tmp_path_factory.mktemp("stranger")
    _write_client(_pki("localhost"), directory)
    return directory


def skipped(report: Any) -> list[str]:
    reason = "a probe shows no client certificate"
    return [stage["name"] for stage in report["stages"] if (stage["status"], stage["reason"]) == ("skipped", reason)]


def test_it_logs_in(run: Run, doors: Server) -> None:
    done = run(doors, "lab", *options(files(doors.root_file.parent)), password=None)
    assert (done.code, done.diagnosis, skipped(done.json)) == (0, (None, None), ["startup"])
    assert done.json["login"]["session"]["current_user"] == "lab"
    assert (done.json["login"]["credential"], done.json["login"]["auth_method"]) == (None, "cert")
    shown = run(doors, "lab", *options(files(doors.root_file.parent)), password=None, form="text").out
    assert "the server refused the probe, which shows no client certificate, and took the login" in shown
    without = run(doors, "lab", password=None)
    assert (without.code, without.diagnosis[0], without.json["login"]) == (1, "client-certificate-required", None)
    assert without.json["stages"][-1]["reason"] == "the server is not in order (client-certificate-required)"


def test_it_may_be_wanted_beside_the_password(run: Run, door: Server) -> None:
    done = run(door, "lab_unlisted", *options(files(door.root_file.parent)))
    assert (done.code, done.json["login"]["credential"]) == (0, "PGPASSWORD")
    refused = run(door, "lab_unlisted", *options(files(door.root_file.parent)), password="wrong")
    assert (refused.code, refused.diagnosis) == (1, ("password-rejected", "28P01"))


@pytest.mark.parametrize(
    ("user", "more", "diagnosis", "words"),
    [
        ("lab", ("--dbname", "nowhere"), ("database-missing", "3D000"), 'database "nowhere" does not exist'),
        ("lab_cleartext", (), ("client-certificate-required", "28000"), "certificate authentication failed for user"),
        ("lab", "stranger", ("client-certificate-required", None), "unknown ca"),
        ("lab", "other key", ("root-file-format", None), "key values mismatch"),
        ("lab", "no certificate", ("root-file-format", None), "could not read certificate file"),
        ("lab", "open to others", ("root-file-permissions", None), "has group or world access"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    run: Run, door: Server, stranger: Path, tmp_path: Path, user: str, more: Any, diagnosis: Any, words: str
) -> None:
    own = door.root_file.parent
    words_of = {
        "stranger": files(stranger),
        "other key": files(own, stranger),
        "no certificate": files(own) | {"sslcert": __file__},
        "open to others": files(own) | {"sslkey": str(tmp_path / "open.pem")},
    }
    (tmp_path / "open.pem").write_bytes((own / "sslkey.pem").read_bytes())
    (tmp_path / "open.pem").chmod(0o644)
    given = options(words_of[more] if isinstance(more, str) else files(own))
    done = run(door, user, *given, *(() if isinstance(more, str) else more), password=None)
    assert (done.code, done.diagnosis) == (1, diagnosis)
    assert words in done.json["diagnosis"]["detail"]
    assert done.json["diagnosis"]["stage"] == "login"


@pytest.mark.parametrize("word", ["sslcert", "sslkey"])
def test_a_file_that_is_not_there_is_missed(run: Run, door: Server, word: str) -> None:
    given = files(door.root_file.parent) | {word: "/nowhere.pem"}
    done = run(door, "lab", *options(given), password=None)
    assert (done.code, done.err) == (2, f"azpg-tls: {word} '/nowhere.pem' cannot be read: No such file or directory\n")


def test_a_key_with_a_pass_phrase_is_not_asked_for_it(run: Run, door: Server, tmp_path: Path) -> None:
    own, encrypted = door.root_file.parent, tmp_path / "encrypted.pem"
    key = serialization.load_pem_private_key((own / "sslkey.pem").read_bytes(), None)
    form = (serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"a pass phrase"))
    encrypted.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    encrypted.chmod(0o600)
    given = files(own) | {"sslkey": str(encrypted)}
    done = run(door, "lab", *options(given), password=None)
    said = f"sslkey '{encrypted}' needs a pass phrase, which is not asked for here; openssl pkey -in FILE -out PLAIN"
    assert (done.code, done.err) == (2, f"azpg-tls: {said}\n")


@pytest.fixture(params=["", "tlsv1.2"], ids=["tls1.3", "tls1.2"])
def front(request: pytest.FixtureRequest, fleet: Fleet) -> Iterator[tuple[int, Path]]:
    """A PgBouncer that lets nobody through the handshake who has no certificate: its port, its directory."""
    backend = fleet.server(BY_NAME["postgres-18"])
    directory = fleet._subdirectory()
    pki = _pki("localhost")
    (directory / "root.pem").write_bytes(pki.root.certificate_pem)
    _write_client(pki, directory)
    settings = {"auth_type": "cert", "client_tls_sslmode": "verify-full", "client_tls_ca_file": f"{directory}/root.pem"}
    settings |= {"client_tls_protocols": request.param} if request.param else {}
    identity = write_identity(pki, directory)
    with contextlib.ExitStack() as running:
        daemon = running.enter_context(
            pooler(backend.daemon, backend.root_file, directory, identity=identity, settings=settings)
        )
        yield daemon.port, directory


def test_a_server_that_demands_it_in_the_handshake(
    front: tuple[int, Path], run: Run, stranger: Path, door: Server
) -> None:
    port, directory = front
    at = f"host=localhost port={port} user=lab sslrootcert={directory}/root.pem "
    said = run(door, "lab", target=at, password=None)
    assert (said.code, said.diagnosis[0], said.json["login"]) == (1, "client-certificate-required", None)
    given = " ".join(f"{word}={value}" for word, value in files(directory).items())
    done = run(door, "lab", target=at + given, password=None)
    assert (done.code, done.diagnosis, done.json["verdict"]) == (0, (None, None), "pass")
    assert done.json["login"]["session"]["current_user"] == "lab"
    assert "startup" in skipped(done.json)
    assert run(door, "lab", *options(files(stranger)), target=at, password=None).diagnosis == (
        "client-certificate-required",
        None,
    )


def test_a_program_shows_it_too(door: Server) -> None:
    where: dict[str, Any] = {"host": "localhost", "port": door.port, "sslrootcert": str(door.root_file)}
    where |= files(door.root_file.parent) | {"user": "lab", "dbname": "postgres"}
    with azpg_tls.connect(**where) as connection:
        assert type(connection) is psycopg.Connection
        assert connection.execute("SELECT current_user").fetchone() == ("lab",)
    words = " ".join(f"{word}={value}" for word, value in files(door.root_file.parent).items())
    target = f"host=localhost port={door.port} user=lab dbname=postgres sslrootcert={door.root_file} {words}"
    with azpg_tls.connect(target) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("lab",)
    with pytest.raises(azpg_tls.InputError, match="sslkey '/nowhere' cannot be read"):
        azpg_tls.connect(target + " sslkey=/nowhere")
