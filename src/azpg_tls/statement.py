"""What is asked once one is logged in: who one is there, and one statement, under a deadline each."""

from __future__ import annotations

import contextlib
import selectors
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq

from azpg_tls.errorresponse import ServerError
from azpg_tls.libpqerror import server_error
from azpg_tls.login import EVENTS, wait
from azpg_tls.network import Deadline
from azpg_tls.session import Abandoned, End, Failed, Rows, Session, Who

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.pq.abc import PGconn, PGresult

    from azpg_tls.login import Opened
    from azpg_tls.network import Clock

MAX_ROWS = 1000  # kept of a statement's result; the others are counted
MAX_BYTES = 16 * 1024 * 1024  # of their values together; a value of PostgreSQL's may have a gigabyte
CANCEL_SECONDS = 2.0  # for the server to take back a statement

_COPYING = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)
_NO_COPY = Abandoned("azpg-tls copies nothing; use psql, or SELECT")
_LATE = "The statement did not end in time, and {}; --timeout SECONDS waits longer."

_Outcome = Rows | ServerError | Abandoned

WHO = b"""\
SELECT current_user, session_user, pg_catalog.current_database(), pg_catalog.pg_is_in_recovery(), s.version, s.cipher
FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = pg_catalog.pg_backend_pid()"""


def session(opened: Opened, command: str, *, write: bool, timeout: float, clock: Clock) -> Session | Failed:
    """Ask the server who and what it is, and run *command* if it is not empty, read-only unless *write*.

    The time-out, in seconds, holds for the questions, and again for the command.
    """
    pgconn, deadline = opened.pgconn, Deadline(timeout, clock.monotonic)
    try:
        found = _run(pgconn, WHO, deadline)
        begin = clock.monotonic()
        _run(pgconn, b"SELECT 1", deadline)
        round_trip_ms = round((clock.monotonic() - begin) * 1000, 3)
        rows = _commanded(pgconn, command, timeout, clock, write=write) if command else None
    except TimeoutError:
        return Failed(End.SILENT, "the server said nothing more after the login", ms=opened.ms)
    except psycopg.OperationalError:
        words = _words(pgconn)
        error = server_error(words)
        said = f"the connection ended after the login: {words}"
        return Failed(End.REFUSED if error else End.BROKEN, said, error, ms=opened.ms)
    who = found if isinstance(found, ServerError) else _who(found.rows if isinstance(found, Rows) else ())
    version = _text(pgconn.parameter_status(b"server_version")) or ""
    return Session(version, who, opened.ms, round_trip_ms, rows)


def _who(rows: tuple[tuple[str | None, ...], ...]) -> Who | ServerError:
    try:
        ((current_user, session_user, database, in_recovery, version, cipher),) = rows
    except ValueError:
        return ServerError("", "", "the answer is not the one row that was asked for")
    return Who(current_user or "", session_user or "", database or "", in_recovery == "t", version, cipher)


def _commanded(pgconn: PGconn, command: str, timeout: float, clock: Clock, *, write: bool) -> _Outcome:
    deadline = Deadline(timeout, clock.monotonic)
    try:
        begun = Rows("") if write else _run(pgconn, b"BEGIN READ ONLY", deadline)
        if not isinstance(begun, Rows):
            return begun  # the statement could change something
        done = _run(pgconn, command.encode(), deadline)
    except psycopg.OperationalError:
        words = _words(pgconn)
        return server_error(words) or Abandoned(f"the connection ended under the statement: {words}")
    except TimeoutError:
        asked = _cancel(pgconn, clock)
        became = (
            "the server was asked to cancel it" if asked else "may go on: the server could not be asked to cancel it"
        )
        return Abandoned(_LATE.format(became))
    except KeyboardInterrupt:
        _cancel(pgconn, clock)
        raise
    if not write and not isinstance(done, Abandoned):
        with contextlib.suppress(psycopg.OperationalError, TimeoutError):
            _run(pgconn, b"ROLLBACK", deadline)
    return done


def _words(pgconn: PGconn) -> str:
    """Return what libpq says of a connection that ended, the server's own error in it."""
    return pgconn.error_message.decode("utf-8", "backslashreplace").strip()


def _cancel(pgconn: PGconn, clock: Clock) -> bool:
    """Ask the server to give up the statement, over a connection that is verified like the first; whether it took it.

    It does not say what became of the statement.
    """
    asking = pgconn.cancel_conn()
    deadline = Deadline(CANCEL_SECONDS, clock.monotonic)
    polled = pq.PollingStatus.WRITING
    with contextlib.suppress(psycopg.Error, TimeoutError):
        asking.start()
        while polled in EVENTS:
            wait(asking, EVENTS[polled], deadline)
            polled = pq.PollingStatus(asking.poll())
    asking.finish()
    return polled == pq.PollingStatus.OK


def _run(pgconn: PGconn, statement: bytes, deadline: Deadline) -> _Outcome:
    """Run one statement through the extended protocol, in which a server refuses several in one text."""
    done: _Outcome = Rows("")
    columns: tuple[str, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    left_out = size = 0
    for result in _results(pgconn, statement, deadline):
        if result.status == pq.ExecStatus.SINGLE_TUPLE:
            if (left_out or len(rows) == MAX_ROWS) or (size := size + _size(result)) > MAX_BYTES:
                left_out += 1
            else:
                rows.append(tuple(_text(result.get_value(0, column)) for column in range(result.nfields)))
        elif result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY):
            columns = tuple(_text(result.fname(column)) or "" for column in range(result.nfields))
            done = Rows(_text(result.command_status) or "", columns, tuple(rows), left_out)
        elif result.status in _COPYING:
            return _NO_COPY  # and the connection is of no further use
        else:  # what follows an error is its end
            done = _error(result)
    return done


def _size(result: PGresult) -> int:
    return sum(len(result.get_value(0, column) or b"") for column in range(result.nfields))


def _results(pgconn: PGconn, statement: bytes, deadline: Deadline) -> Iterator[PGresult]:
    pgconn.send_query_params(statement, None)
    pgconn.set_single_row_mode()
    while pgconn.flush():
        wait(pgconn, selectors.EVENT_WRITE, deadline)
    while True:
        while pgconn.is_busy():
            wait(pgconn, selectors.EVENT_READ, deadline)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return
        yield result


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "backslashreplace")


def _error(result: PGresult) -> ServerError:
    field = pq.DiagnosticField
    asked = (
        field.SEVERITY_NONLOCALIZED,
        field.SQLSTATE,
        field.MESSAGE_PRIMARY,
        field.MESSAGE_DETAIL,
        field.MESSAGE_HINT,
    )
    severity, sqlstate, message, detail, hint = ((_text(result.error_field(each)) or "") for each in asked)
    # A connection that ends leaves libpq's own words, and no fields.
    return ServerError(severity, sqlstate, message or _text(result.error_message) or "", detail, hint)
