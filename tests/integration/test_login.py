"""``azpg-tls login`` against real servers: every method, every refusal, and what a program gets."""

from __future__ import annotations

import ctypes
import os
import pty
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import pq

from azpg_tls import libpq
from azpg_tls.login import OLDEST_LIBPQ
from azpg_tls.network import Deadline
from azpg_tls.session import Rows
from azpg_tls.statement import _run
from tests.integration.doors import Done, environment, until
from tests.integration.fleet import _superuser
from tests.integration.postgres import PASSWORD
from tests.integration.servers import BY_NAME, Plan, Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Run
    from tests.integration.fleet import Fleet
    from tests.integration.servers import Server


@pytest.mark.parametrize(
    ("user", "arguments", "method", "credential"),
    [
        ("scram", (), "scram-sha-256", "PGPASSWORD"),
        ("md5", (), "md5", "PGPASSWORD"),
        ("clear", ("--require-auth", "password"), "password", "PGPASSWORD"),
        ("trust", (), "none", None),
    ],
)
def test_every_method_logs_in(
    run: Run, doors: Server, user: str, arguments: tuple[str, ...], method: str, credential: str | None
) -> None:
    done = run(doors, user, *arguments)
    assert (done.code, done.diagnosis) == (0, (None, None))
    login = done.json["login"]
    assert (login["auth_method"], login["credential"], login["read_only"]) == (method, credential, True)
    session = login["session"]
    assert session["server_version"].startswith(f"{doors.plan.recipe.major}.")
    assert (session["current_user"], session["database"], session["in_recovery"]) == (user, "postgres", False)
    assert (session["tls_version"], session["tls_cipher"]) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    assert [stage["name"] for stage in done.json["stages"]][-2:] == ["startup", "login"]
    assert 0 < session["round_trip_ms"] < session["login_ms"] == done.json["stages"][-1]["ms"]


@pytest.mark.parametrize(
    ("user", "arguments", "password", "diagnosis"),
    [
        ("scram", (), "wrong", ("password-rejected", "28P01")),
        ("md5", (), "wrong", ("password-rejected", "28P01")),
        ("clear", ("--require-auth", "password"), "wrong", ("password-rejected", "28P01")),
        ("expired", (), PASSWORD, ("password-rejected", "28P01")),
        ("absent", (), PASSWORD, ("role-missing", "28000")),
        ("nologin", (), PASSWORD, ("login-failed", "28000")),
        ("limited", (), PASSWORD, ("too-many-connections", "53300")),
        ("scram", ("--dbname", "narrow"), PASSWORD, ("too-many-connections", "53300")),
        ("scram", ("--dbname", "nowhere"), PASSWORD, ("database-missing", "3D000")),
        ("barred", ("--dbname", "closed"), PASSWORD, ("login-failed", "42501")),
        ("clear", (), PASSWORD, ("auth-method-refused", None)),
        ("md5", ("--require-auth", "scram-sha-256"), PASSWORD, ("auth-method-refused", None)),
        ("md5", ("--require-auth", "!md5,!password"), PASSWORD, ("auth-method-refused", None)),
        ("md5", ("--channel-binding", "require"), PASSWORD, ("channel-binding-mismatch", None)),
        ("scram", ("--command", "DROP TABLE things"), PASSWORD, ("statement-failed", "25006")),
        ("scram", ("--command", "SELECT 1; SELECT 2"), PASSWORD, ("statement-failed", "42601")),
        ("scram", ("--command", "COPY things TO STDOUT"), PASSWORD, ("statement-failed", None)),
        ("scram", ("--command", "SELECT * FROM nothing"), PASSWORD, ("statement-failed", "42P01")),
        ("rejected", (), PASSWORD, ("no-pg-hba-entry", "28000")),
    ],
)
def test_every_refusal_has_its_code(
    run: Run, doors: Server, user: str, arguments: tuple[str, ...], password: str, diagnosis: tuple[str, str | None]
) -> None:
    done = run(doors, user, *arguments, password=password)
    assert (done.code, done.diagnosis) == (1, diagnosis)
    found = done.json["diagnosis"]
    assert found["fix"]
    if diagnosis[0] != "no-pg-hba-entry":
        assert (found["stage"], found["evidence"]["user"]) == ("login", user)
        assert done.json["stages"][-1] == done.json["stages"][-1] | {"status": "failed", "reason": diagnosis[0]}
    if diagnosis[1] and diagnosis[0] != "no-pg-hba-entry":
        assert done.json["login"]["error"]["sqlstate"] == diagnosis[1]


RESERVED = Recipe(
    settings=(("max_connections", "2"), ("superuser_reserved_connections", "1"), ("max_wal_senders", "0")),
    held_connections=1,
)


@pytest.mark.parametrize(
    ("server", "stage", "words"),
    [
        (BY_NAME["full"], "startup", "sorry, too many clients already"),
        (Plan("reserved", RESERVED), "login", "remaining connection slots are reserved for roles with the SUPERUSER"),
    ],
    ids=["full", "reserved"],
)
def test_a_full_server_says_so(run: Run, fleet: Fleet, server: Plan, stage: str, words: str) -> None:
    done = run(fleet.server(server), "lab")
    assert (done.code, done.diagnosis) == (1, ("too-many-connections", "53300"))
    assert (done.json["diagnosis"]["stage"], words in done.json["diagnosis"]["detail"]) == (stage, True)


def test_the_target_says_how_to_log_in(run: Run, door: Server, tmp_path: Path) -> None:
    at = f"host=localhost port={door.port} user=clear "
    assert run(door, "nobody", target=at).diagnosis[0] == "auth-method-refused"
    agreed = run(door, "nobody", target=at + "require_auth=password")
    assert (agreed.code, agreed.json["login"]["user_from"]) == (0, "the target")
    bound = run(door, "nobody", target=at + "require_auth=password channel_binding=require")
    assert bound.diagnosis[0] == "channel-binding-mismatch"
    (tmp_path / "passwords").write_text(f"*:*:*:clear:{PASSWORD}\n")
    (tmp_path / "passwords").chmod(0o600)
    uri = f"postgresql://clear@localhost:{door.port}/postgres?require_auth=password&passfile={tmp_path}/passwords"
    by_file = run(door, "nobody", target=uri, password=None)
    assert (by_file.code, by_file.json["login"]["credential"]) == (0, "the password file")


@pytest.mark.parametrize("words", ["require_auth=scram", "channel_binding=required"])
def test_a_word_that_libpq_does_not_know_is_refused(run: Run, door: Server, words: str) -> None:
    done = run(door, "scram", target=f"host=localhost port={door.port} {words}")
    assert done.code == 2
    assert "is not one of " in done.err


@pytest.mark.parametrize(
    "endless",
    [
        "SELECT pg_sleep(600)",
        "SELECT repeat('x', 100) FROM generate_series(1, 10000000000)",
        "DO $$ BEGIN LOOP RAISE NOTICE 'flood'; END LOOP; END $$",
    ],
)
def test_a_statement_without_end_is_given_up_and_cancelled(run: Run, door: Server, endless: str) -> None:
    done = run(door, "scram", "--command", endless, "--timeout", "1")
    assert (done.code, done.diagnosis, done.err) == (1, ("statement-failed", None), "")
    assert done.json["diagnosis"]["detail"].startswith(
        "The statement did not end in time, and the server was asked to cancel it; --timeout"
    )
    running = "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND state = 'active'"
    with _superuser(door.daemon, door.root_file.parent) as connection:
        until(lambda: connection.execute(running, [endless]).fetchone() == (0,))


def test_a_server_that_ends_the_connection_says_why(run: Run, door: Server) -> None:
    done = run(door, "scram", "--command", "SELECT pg_terminate_backend(pg_backend_pid())")
    assert (done.code, done.diagnosis) == (1, ("statement-failed", "57P01"))
    assert done.json["login"]["session"]["current_user"] == "scram"


def test_large_values_are_counted_and_not_kept(run: Run, door: Server) -> None:
    statement = ("--command", "SELECT repeat('x', n * 6000000) FROM generate_series(1, 3) AS n")
    rows = run(door, "scram", *statement).json["login"]["rows"]
    assert ([len(value) for (value,) in rows["rows"]], rows["left_out"]) == ([6_000_000], 2)


HOSTILE = ("--command", "SELECT E'\\x1b]0;title\\x07' AS \"\x1b[31m\", E'\\u202e' AS mark")


@pytest.mark.parametrize("form", ["text", "csv"])
def test_a_terminal_is_shown_nothing_that_it_would_act_on(
    run: Run, door: Server, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    # In this order: importing the first takes what the second has at that moment.
    monkeypatch.setattr("azpg_tls.cli.login.on_terminal", lambda: True)
    monkeypatch.setattr("azpg_tls.cli.output.on_terminal", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    done = run(door, "scram", *HOSTILE, form=form)
    assert done.code == 0
    assert [word for word in (r"\x1b]0;title\x07", r"\x1b[31m", r"\u202e") if word not in done.out] == []
    assert not set(done.out) & set("\x1b\x07\u202e")


def test_a_file_gets_every_value_as_it_is(run: Run, door: Server, tmp_path: Path) -> None:
    assert run(door, "scram", *HOSTILE, form="csv").out == "\x1b[31m,mark\n\x1b]0;title\x07,\u202e\n"
    file = tmp_path / "rows.csv"
    assert run(door, "scram", *HOSTILE, "--output", str(file), form="csv").out == ""
    assert file.read_bytes().decode() == "\x1b[31m,mark\n\x1b]0;title\x07,\u202e\n"


def test_what_a_server_says_is_made_visible(run: Run, door: Server) -> None:
    shout = "DO $$ BEGIN RAISE NOTICE E'\\x1b[31mnotice'; RAISE EXCEPTION E'\\x1b[31mboom'; END $$"
    done = run(door, "scram", "--command", shout, form="text")
    assert (done.code, done.err, r"\x1b[31mboom" in done.out) == (1, "", True)
    assert "\x1b" not in done.out


@pytest.mark.parametrize("arguments", [("--write",), ("--command", "SELECT '\udcff'")])
def test_a_statement_that_cannot_be_is_wrong_usage(run: Run, door: Server, arguments: tuple[str, ...]) -> None:
    assert run(door, "scram", *arguments).code == 2


def test_rows_in_every_form(run: Run, door: Server) -> None:
    statement = ("--command", "SELECT name, size FROM things ORDER BY size")
    assert run(door, "scram", *statement).json["login"]["rows"] == {
        "status": "SELECT 5",
        "columns": ["name", "size"],
        "rows": [["one", "1"], [None, "2"], ["NULL", "3"], ["", "4"], ['a,"b"\n', "5"]],
        "left_out": 0,
    }
    csv = run(door, "scram", *statement, form="csv")
    assert (csv.code, csv.err) == (0, "")
    assert csv.out == 'name,size\none,1\n,2\nNULL,3\n"",4\n"a,""b""\n",5\n'
    text = run(door, "scram", *statement, form="text").out
    assert "; logged in as scram\n" in text
    assert '  name      | size\n  ----------+-----\n  one       | 1\n  NULL      | 2\n  "NULL"    | 3\n' in text
    assert '  a,"b"\\x0a | 5\n  (SELECT 5)\n' in text


def test_csv_of_what_failed_is_empty_and_the_reason_goes_elsewhere(run: Run, door: Server) -> None:
    done = run(door, "scram", "--command", "SELECT 1/0", form="csv")
    assert (done.code, done.out) == (1, "")
    assert "division by zero (SQLSTATE 22012)" in done.err


def test_csv_needs_a_statement(run: Run, door: Server) -> None:
    done = run(door, "scram", form="csv")
    assert done.code == 2
    assert "--command" in done.err


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_statement_is_no_statement(run: Run, door: Server, empty: str) -> None:
    done = run(door, "scram", "--command", empty)
    assert (done.code, done.out) == (2, "")
    assert "--command is empty" in done.err


def test_rows_are_bounded_and_the_others_counted(run: Run, door: Server) -> None:
    rows = run(door, "scram", "--command", "SELECT * FROM generate_series(1, 2500)").json["login"]["rows"]
    assert (len(rows["rows"]), rows["rows"][-1], rows["left_out"]) == (1000, ["1000"], 1500)
    text = run(door, "scram", "--command", "SELECT * FROM generate_series(1, 1001)", form="text").out
    assert "  (SELECT 1001, 1 more rows left out)\n" in text
    csv = run(door, "scram", "--command", "SELECT * FROM generate_series(1, 1200)", form="csv")
    assert (csv.code, csv.out.count("\n"), "\r" in csv.out) == (0, 1001, False)
    assert csv.err == "azpg-tls: 200 more rows left out; LIMIT and OFFSET get them\n"


def test_a_statement_may_be_longer_than_the_sockets_buffer(run: Run, door: Server) -> None:
    long = "x" * 8_000_000
    rows = run(door, "scram", "--command", f"SELECT length('{long}')").json["login"]["rows"]
    assert rows["rows"] == [["8000000"]]


def test_a_statement_without_rows_shows_its_tag(run: Run, door: Server) -> None:
    text = run(door, "scram", "--command", "SET LOCAL work_mem = '1MB'", form="text").out
    assert "Result\n  (SET)\n" in text
    assert run(door, "scram", "--command", "SET LOCAL work_mem = '1MB'", form="csv").out == ""


def test_only_with_write_does_a_statement_stay(run: Run, door: Server) -> None:
    count = ("--command", "SELECT count(*) FROM things WHERE name = 'new'")
    insert = ("--command", "INSERT INTO things VALUES ('new', 9)")
    assert run(door, "scram", *insert).code == 1
    assert run(door, "scram", *count).json["login"]["rows"]["rows"] == [["0"]]
    written = run(door, "scram", *insert, "--write")
    assert (written.code, written.json["login"]["rows"]["status"]) == (0, "INSERT 0 1")
    assert written.json["login"]["read_only"] is False
    assert run(door, "scram", *count).json["login"]["rows"]["rows"] == [["1"]]
    run(door, "scram", "--command", "DELETE FROM things WHERE name = 'new'", "--write")


@pytest.mark.parametrize(
    "statement",
    [
        "DO $$ BEGIN SET LOCAL transaction_read_only = off; DELETE FROM things; END $$",
        "COMMIT; DELETE FROM things",
        "WITH off AS (SELECT set_config('transaction_read_only', 'off', true)) DELETE FROM things",
    ],
)
def test_read_only_is_not_talked_out_of(run: Run, door: Server, statement: str) -> None:
    assert run(door, "scram", "--command", statement).code == 1
    assert run(door, "scram", "--command", "SELECT count(*) FROM things").json["login"]["rows"]["rows"] == [["5"]]


def test_the_password_file_is_read_by_libpqs_rules(
    run: Run, door: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".pgpass"
    file.write_text(f"localhost:{door.port}:*:scram:{PASSWORD}\n")
    file.chmod(0o600)
    done = run(door, "scram", password=None)
    assert (done.code, done.err, done.json["login"]["credential"]) == (0, "", "the password file")
    file.write_text(f"localhost:{door.port}:*:scram:wrong\n")
    assert run(door, "scram", password=None).diagnosis == ("password-rejected", "28P01")
    file.chmod(0o640)
    refused = run(door, "scram", password=None)
    assert refused.code == 2
    assert refused.err.splitlines() == [
        f"azpg-tls: the password file '{file}' is not used: others may read or write it; chmod 0600",
        (
            "azpg-tls: the server asks for a password, and there is none and no terminal to ask on; "
            "set PGPASSWORD, or put a line for it into ~/.pgpass (chmod 0600); one in the TARGET is ignored"
        ),
    ]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(f"*:*:*:*:{PASSWORD}\n")
    elsewhere.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(elsewhere))
    assert run(door, "scram", password=None).code == 0
    monkeypatch.setenv("PGPASSFILE", str(tmp_path))
    assert "it is no plain file" in run(door, "scram", password=None).err


def typed(server: Server, home: Path, keys: bytes) -> tuple[int, str]:
    """Run login on a terminal, type *keys* at the prompt, and return the exit code and all that the terminal showed."""
    command = [sys.executable, "-m", "azpg_tls", "login", f"localhost:{server.port}", "--user", "scram"]
    command += ["--dbname", "postgres", "--sslrootcert", str(server.root_file)]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, environment(home))  # noqa: S606
    shown = b""
    try:
        while True:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # Linux's end of a terminal that nobody holds any more
                break
            if shown.endswith(b"at localhost: ") and keys:
                os.write(terminal, keys)
                keys = b""
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.mark.parametrize(("keys", "code"), [(PASSWORD, 0), ("typed-in-vain", 1)])
def test_a_terminal_is_asked_and_shows_nothing_of_it(door: Server, tmp_path: Path, keys: str, code: int) -> None:
    found, shown = typed(door, tmp_path, f"{keys}\n".encode())
    assert found == code
    assert "Password of scram at localhost: " in shown
    assert keys not in shown
    assert "the prompt" in shown


@pytest.mark.parametrize(("keys", "code"), [(b"\x03", 130), (b"\x04", 2), (b"\n", 2)])
def test_the_prompt_can_be_left(door: Server, tmp_path: Path, keys: bytes, code: int) -> None:
    assert typed(door, tmp_path, keys)[0] == code


def test_ctrl_c_cancels_the_statement(door: Server, tmp_path: Path) -> None:
    where = [f"localhost:{door.port}", "--user", "scram", "--dbname", "postgres", "--sslrootcert", str(door.root_file)]
    run = [sys.executable, "-m", "azpg_tls", "login", *where, "--command", "SELECT pg_sleep(61)", "--timeout", "60"]
    running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(61)' AND state = 'active'"
    outputs: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        subprocess.Popen(run, env=environment(tmp_path, PGPASSWORD=PASSWORD), **outputs) as process,
        _superuser(door.daemon, door.root_file.parent) as connection,
    ):
        until(lambda: connection.execute(running).fetchone() == (1,))
        began = time.monotonic()
        process.send_signal(2)
        assert process.wait(10) == 130
        until(lambda: connection.execute(running).fetchone() == (0,))
        assert time.monotonic() - began < 5


def test_a_statement_larger_than_the_kernels_buffer_is_sent_whole(door: Server) -> None:
    statement = b"SELECT 1 /*" + b"x" * 20_000_000 + b"*/"
    with _superuser(door.daemon, door.root_file.parent) as connection:
        connection.pgconn.nonblocking = 1
        assert _run(connection.pgconn, statement, Deadline(60, time.monotonic)) == Rows(
            "SELECT 1", ("?column?",), (("1",),)
        )


# psycopg's own loader of a libpq, which looks for the system's, instead of the one in its wheel.
WITH_LIBPQ = """
import ctypes.util, os, sys
found = ctypes.util.find_library
ctypes.util.find_library = lambda name: os.environ["LIBPQ"] if name == "pq" else found(name)
from azpg_tls.cli import main
main(sys.argv[1:])
"""


def test_the_oldest_libpq_will_do(door: Server, fleet: Fleet, tmp_path: Path) -> None:
    library = fleet._programs(OLDEST_LIBPQ // 10000).parent / "lib" / "libpq.so.5"
    where = [f"localhost:{door.port}", "--user", "scram", "--dbname", "postgres", "--sslrootcert", str(door.root_file)]
    asked = ["--command", "SELECT pg_sleep(9)", "--timeout", "1", "--format", "json"]
    ran = subprocess.run(
        [sys.executable, "-c", WITH_LIBPQ, "login", *where, *asked],
        env=environment(tmp_path, PGPASSWORD=PASSWORD, PSYCOPG_IMPL="python", LIBPQ=str(library)),
        capture_output=True,
        text=True,
        timeout=30,
    )
    done = Done(ran.returncode, ran.stdout, ran.stderr)
    assert (done.code, done.diagnosis) == (1, ("statement-failed", None))
    assert done.json["login"]["session"]["current_user"] == "scram"


def test_another_drivers_libpq_is_left_alone(fleet: Fleet) -> None:
    other = ctypes.CDLL(str(fleet._programs(17).parent / "lib" / "libpq.so.5"))
    libpq.loaded.cache_clear()
    loaded = libpq.loaded()
    assert loaded is not None
    assert (other.PQlibVersion() // 10000, loaded.PQlibVersion()) == (17, pq.version())
    assert pq.version() // 10000 != 17


def test_nothing_of_the_environment_weakens_the_login(
    run: Run, door: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services = tmp_path / "services"
    services.write_text(
        "[weak]\nsslmode=disable\nsslkeylogfile=/nowhere/keys\nhost=203.0.113.1\nreplication=database\n"
    )
    weak = {"PGSSLMODE": "disable", "PGGSSENCMODE": "require", "PGSSLMAXPROTOCOLVERSION": "TLSv1.2"}
    weak |= {"PGTARGETSESSIONATTRS": "standby", "PGSSLCERTMODE": "require", "PGREQUIREPEER": "nobody"}
    weak |= {"PGSERVICE": "weak", "PGSERVICEFILE": str(services), "PGSSLNEGOTIATION": "postgres"}
    for name, value in weak.items():
        monkeypatch.setenv(name, value)
    done = run(door, "scram")
    assert (done.code, done.json["login"]["session"]["tls_version"]) == (0, "TLSv1.3")
