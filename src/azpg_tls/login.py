"""Logs in with libpq, through psycopg, to a server that has proved who it is, under one deadline.

The secret is a parameter in memory: it is never an argument or a variable of any process. libpq verifies the server
again (verify-full), at the address that was probed, by the anchors that were used there.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import ssl
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from psycopg import pq
from psycopg.pq.abc import PGconn

from azpg_tls import conninfo, libpq
from azpg_tls.errors import AzpgTlsError, InputError
from azpg_tls.libpqerror import server_error
from azpg_tls.network import Deadline
from azpg_tls.observation import value
from azpg_tls.render.escape import visible
from azpg_tls.session import End, Failed
from azpg_tls.terms import parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from psycopg.pq.abc import PGcancelConn

    from azpg_tls.case import Case
    from azpg_tls.network import Clock
    from azpg_tls.secret import Secret
    from azpg_tls.terms import Terms, Wish

OLDEST_LIBPQ = 170000  # the first with sslnegotiation, and with a request to cancel that goes over TLS

_KEY_SIZE = 64 * 1024  # bytes; the largest keys have some thousand
EVENTS = {pq.PollingStatus.READING: selectors.EVENT_READ, pq.PollingStatus.WRITING: selectors.EVENT_WRITE}


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
    *terms* cannot be read, or the *secret* cannot be a password.
    """
    _check_files(terms.wish)
    if secret and "\0" in secret.reveal():
        raise InputError("the password holds a NUL character, which no password of PostgreSQL's does")
    if pq.version() < OLDEST_LIBPQ:
        found = pq.version() // 10000
        raise AzpgTlsError(f"logging in needs libpq 17 or later, this is {found}; pip install 'psycopg[binary]'")
    connection = value(case.observation.connection)
    address = (connection.address if connection else None) or ""
    target, min_tls = case.observation.target, case.policy.min_tls
    begin = clock.monotonic()
    pgconn = _started(parameters(target, address, min_tls, terms, root_file=root_file, secret=secret))
    entered = _connected(pgconn, Deadline(timeout, clock.monotonic), doubt)
    return replace(entered, ms=round((clock.monotonic() - begin) * 1000, 3))


def _check_files(wish: Wish) -> None:
    # libpq goes on without a certificate where it finds no file (initialize_SSL in fe-secure-openssl.c).
    for word, name in (("sslcert", wish.sslcert), ("sslkey", wish.sslkey)):
        try:
            with Path(name or os.devnull).open("rb") as opened:
                encrypted = word == "sslkey" and b"ENCRYPTED" in opened.read(_KEY_SIZE)
        except OSError as error:
            raise InputError(f"{word} '{visible(name)}' cannot be read: {error.strerror}") from None
        if encrypted:
            plain = "openssl pkey -in FILE -out PLAIN"
            raise InputError(f"sslkey '{visible(name)}' needs a pass phrase, which is not asked for here; {plain}")


def _started(words: Mapping[str, str | int]) -> PGconn:
    """Begin to connect; no frame of what follows holds the secret, whoever shows the variables of a traceback."""
    known = {option.keyword.decode() for option in pq.Conninfo.parse(b"")}
    # What is empty keeps libpq from looking elsewhere; one that does not know the word does not look.
    given = {key: str(word) for key, word in words.items() if key in known or word != ""}
    # Bytes that are no text stay what they were in the environment.
    text = conninfo.write(given)
    return pq.PGconn.connect_start(text.encode("utf-8", "surrogateescape"))


def _connected(pgconn: PGconn, deadline: Deadline, doubt: Callable[[tuple[bytes, ...]], str]) -> Opened | Failed:
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(pgconn.finish)
        libpq.show_sqlstate(pgconn)
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
    while pgconn.status != pq.ConnStatus.BAD and polled in EVENTS:
        wait(pgconn, EVENTS[polled], deadline)
        polled = pq.PollingStatus(pgconn.connect_poll())
        # TLS is there, and the StartupMessage sent: the server has yet to ask for the secret.
        if pgconn.status == pq.ConnStatus.AWAITING_RESPONSE and not looked:
            looked = True
            if reason := doubt(libpq.presented(pgconn)):
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


def wait(connection: PGconn | PGcancelConn, events: int, deadline: Deadline) -> None:
    """Wait for the socket; a selector, as Ctrl-C interrupts it. Raises `TimeoutError`."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.socket, events)
        if not selector.select(deadline.left()):
            raise TimeoutError
