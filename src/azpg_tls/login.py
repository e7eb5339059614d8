"""Logs in with libpq, through psycopg, to a server that has proved who it is, under one deadline.

The secret is a parameter in memory: it is never an argument or a variable of any process. libpq verifies the server
again (verify-full), at the address that was probed, by the anchors that were used there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import selectors
import ssl
import tempfile
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn

from azpg_tls.errorresponse import ServerError
from azpg_tls.errors import AzpgTlsError, InputError
from azpg_tls.libpqerror import server_error
from azpg_tls.network import Deadline
from azpg_tls.observation import value
from azpg_tls.render.escape import visible
from azpg_tls.session import Abandoned, End, Failed, Rows, Session, Who
from azpg_tls.terms import parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from psycopg.pq.abc import PGcancelConn, PGresult

    from azpg_tls.case import Case
    from azpg_tls.network import Clock
    from azpg_tls.secret import Secret
    from azpg_tls.terms import Terms, Wish

OLDEST_LIBPQ = 160000  # the first with require_auth and sslcertmode
MAX_ROWS = 1000  # kept of a statement's result; the others are counted
MAX_BYTES = 16 * 1024 * 1024  # of their values together; a value of PostgreSQL's may have a gigabyte
CANCEL_SECONDS = 2.0  # for the server to take back a statement
_VERBOSE = 2  # PQERRORS_VERBOSE, src/interfaces/libpq/libpq-fe.h: shows the SQLSTATE
_LIBPQ = re.compile(r"libpq[-.][^/]*$")

_EVENTS = {pq.PollingStatus.READING: selectors.EVENT_READ, pq.PollingStatus.WRITING: selectors.EVENT_WRITE}
_COPYING = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)
_NO_COPY = Abandoned("azpg-tls copies nothing; use psql, or SELECT")
_LATE = Abandoned("The statement did not end in time, and was cancelled; --timeout SECONDS waits longer.")

_Outcome = Rows | ServerError | Abandoned

WHO = b"""\
SELECT current_user, session_user, pg_catalog.current_database(), pg_catalog.pg_is_in_recovery(), s.version, s.cipher
FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = pg_catalog.pg_backend_pid()"""


@contextlib.contextmanager
def root_file(anchors: Sequence[bytes]) -> Iterator[str]:
    """Write *anchors* (DER) where libpq can read them, and yield the path; the file is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="azpg-tls-") as directory:
        file = Path(directory, "root.pem")
        file.write_text("".join(map(ssl.DER_cert_to_PEM_cert, anchors)), "ascii")
        yield str(file)


@dataclass(frozen=True)
class Opened:
    """An open connection, and how long the login took, in milliseconds."""

    pgconn: PGconn
    ms: float

    @property
    def used_password(self) -> bool:
        """Whether the server asked for a password, and got an answer made with one."""
        return self.pgconn.used_password

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pgconn.finish()


def enter(
    case: Case,
    terms: Terms,
    secret: Secret | None,
    *,
    root_file: str,
    timeout: float,
    clock: Clock,
    doubt: Callable[[tuple[bytes, ...]], str],
) -> Opened | Failed:
    """Log in to the server of *case*, which has proved who it is, within *timeout* seconds.

    *doubt* is given the certificates that this connection's server presents (DER, none if libpq does not show them),
    before any secret goes out, and returns why they are not acceptable, or "". Raises `InputError` if a file of the
    *terms* cannot be read.
    """
    _check_files(terms.wish)
    if pq.version() < OLDEST_LIBPQ:
        found = pq.version() // 10000
        raise AzpgTlsError(f"logging in needs libpq 16 or later, this is {found}; pip install 'psycopg[binary]'")
    connection = value(case.observation.connection)
    address = (connection.address if connection else None) or ""
    target, min_tls = case.observation.target, case.policy.min_tls
    given = parameters(target, address, min_tls, terms, root_file=root_file, secret=secret)
    begin = clock.monotonic()
    entered = _connected(given, Deadline(timeout, clock.monotonic), doubt)
    return replace(entered, ms=round((clock.monotonic() - begin) * 1000, 3))


def _check_files(wish: Wish) -> None:
    # libpq goes on without a certificate where it finds no file (initialize_SSL in fe-secure-openssl.c).
    for word, name in (("sslcert", wish.sslcert), ("sslkey", wish.sslkey)):
        try:
            with Path(name or os.devnull).open("rb"):
                continue
        except OSError as error:
            raise InputError(f"{word} '{visible(name)}' cannot be read: {error.strerror}") from None


def _connected(words: dict[str, Any], deadline: Deadline, doubt: Callable[[tuple[bytes, ...]], str]) -> Opened | Failed:
    pgconn = pq.PGconn.connect_start(make_conninfo(**words).encode())
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(pgconn.finish)
        _show_sqlstate(pgconn)
        try:
            failed = _established(pgconn, deadline, doubt)
        except TimeoutError:
            failed = Failed(End.SILENT, "the login did not end within the deadline")
        if failed:
            return failed
        pgconn.nonblocking = 1
        cleanup.pop_all()
    return Opened(pgconn, 0.0)


def _established(pgconn: PGconn, deadline: Deadline, doubt: Callable[[tuple[bytes, ...]], str]) -> Failed | None:
    looked = False
    polled = pq.PollingStatus.WRITING  # what PQconnectPoll is to be taken to have said last (libpq, PQconnectStart)
    while pgconn.status != pq.ConnStatus.BAD and polled in _EVENTS:
        _wait(pgconn, _EVENTS[polled], deadline)
        polled = pq.PollingStatus(pgconn.connect_poll())
        # TLS is there, and the StartupMessage sent: the server has yet to ask for the secret.
        if pgconn.status == pq.ConnStatus.AWAITING_RESPONSE and not looked:
            looked = True
            if reason := doubt(_presented(pgconn)):
                return Failed(End.ANOTHER, reason)
    return None if polled == pq.PollingStatus.OK else _failed(pgconn)


def _failed(pgconn: PGconn) -> Failed:
    words = pgconn.error_message.decode("utf-8", "backslashreplace").strip()
    error = server_error(words)
    if error:
        return Failed(End.REFUSED, words, error, used_password=pgconn.used_password)
    if pgconn.needs_password:
        return Failed(End.NO_PASSWORD, words)
    if "channel binding" in words:
        return Failed(End.BINDING, words)
    return Failed(End.METHOD if "authentication method" in words else End.BROKEN, words)


def _wait(connection: PGconn | PGcancelConn, events: int, deadline: Deadline) -> None:
    """Wait for the socket; a selector, as Ctrl-C interrupts it. Raises `TimeoutError`."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.socket, events)
        if not selector.select(deadline.left()):
            raise TimeoutError


def _presented(pgconn: Any) -> tuple[bytes, ...]:
    """Return the certificates that the server of *pgconn* presented (DER), none where libpq cannot be asked.

    The functions are those of the OpenSSL that this libpq is linked with: the loader finds them through it.
    """
    library = _libpq()
    if library is None or not pgconn.ssl_in_use:
        return ()
    try:
        for function in (library.PQsslStruct, library.SSL_get_peer_cert_chain, library.OPENSSL_sk_value):
            function.restype = ctypes.c_void_p
        session = ctypes.c_void_p(library.PQsslStruct(ctypes.c_void_p(pgconn.pgconn_ptr), b"OpenSSL"))
        chain = ctypes.c_void_p(library.SSL_get_peer_cert_chain(session))
        places = range(library.OPENSSL_sk_num(chain))
        return tuple(_der(library, ctypes.c_void_p(library.OPENSSL_sk_value(chain, place))) for place in places)
    except AttributeError:  # another TLS library
        return ()


def _der(library: ctypes.CDLL, certificate: ctypes.c_void_p) -> bytes:
    buffer = ctypes.create_string_buffer(library.i2d_X509(certificate, None))
    library.i2d_X509(certificate, ctypes.byref(ctypes.c_void_p(ctypes.addressof(buffer))))
    return buffer.raw


def _show_sqlstate(pgconn: Any) -> None:
    """Have libpq show the SQLSTATE of a refused login, which psycopg has no call for; without it the words decide."""
    library = _libpq()
    if library:
        library.PQsetErrorVerbosity(ctypes.c_void_p(pgconn.pgconn_ptr), _VERBOSE)


@cache
def _libpq() -> ctypes.CDLL | None:
    """Return the very libpq that psycopg has loaded, None where it cannot be found."""
    try:
        maps = Path("/proc/self/maps").read_text("utf-8", "surrogateescape")
        paths = {line.split(maxsplit=5)[5] for line in maps.splitlines() if _LIBPQ.search(line)}
        return ctypes.CDLL(paths.pop()) if paths else None
    except OSError:
        return None


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
        rows = _commanded(pgconn, command, Deadline(timeout, clock.monotonic), write=write) if command else None
    except TimeoutError:
        return Failed(End.SILENT, "the server said nothing more after the login", ms=opened.ms)
    except psycopg.OperationalError as error:
        return Failed(End.BROKEN, f"the connection ended after the login: {error}", ms=opened.ms)
    who = found if isinstance(found, ServerError) else _who(found.rows if isinstance(found, Rows) else ())
    version = _text(pgconn.parameter_status(b"server_version")) or ""
    return Session(version, who, opened.ms, round_trip_ms, rows)


def _who(rows: tuple[tuple[str | None, ...], ...]) -> Who | ServerError:
    try:
        ((current_user, session_user, database, in_recovery, version, cipher),) = rows
    except ValueError:
        return ServerError("", "", "the answer is not the one row that was asked for")
    return Who(current_user or "", session_user or "", database or "", in_recovery == "t", version, cipher)


def _commanded(pgconn: PGconn, command: str, deadline: Deadline, *, write: bool) -> _Outcome:
    try:
        if not write:
            _run(pgconn, b"BEGIN READ ONLY", deadline)
        done = _run(pgconn, command.encode(), deadline)
        if not write and not isinstance(done, Abandoned):
            _run(pgconn, b"ROLLBACK", deadline)
    except TimeoutError:
        _cancel(pgconn)
        return _LATE
    except KeyboardInterrupt:
        _cancel(pgconn)
        raise
    return done


def _cancel(pgconn: PGconn) -> None:
    """Ask the server to give up the statement, over a connection that is verified like the first one."""
    asking = pgconn.cancel_conn()
    deadline = Deadline(CANCEL_SECONDS, time.monotonic)
    with contextlib.suppress(psycopg.Error, TimeoutError):
        asking.start()
        polled = pq.PollingStatus.WRITING
        while polled in _EVENTS:
            _wait(asking, _EVENTS[polled], deadline)
            polled = pq.PollingStatus(asking.poll())
    asking.finish()


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
        _wait(pgconn, selectors.EVENT_WRITE, deadline)
    while True:
        while pgconn.is_busy():
            _wait(pgconn, selectors.EVENT_READ, deadline)
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
