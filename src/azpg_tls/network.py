"""The sockets: resolve, connect, and pump the protocols over one TCP connection under one deadline.

A probe looks and writes down what it saw. It judges nothing, and whatever the server does is a result,
not an exception.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from azpg_tls import prelogin
from azpg_tls.conninfo import is_address
from azpg_tls.handshake import ALPN, Ending, TlsClient
from azpg_tls.observation import (
    Attempt,
    Connection,
    Lookup,
    NotReached,
    Observation,
    Reach,
    Resolution,
    Seen,
    Startup,
)
from azpg_tls.prelogin import Answer
from azpg_tls.wire import Send

if TYPE_CHECKING:
    from azpg_tls.handshake import Handshake
    from azpg_tls.prelogin import Negotiation
    from azpg_tls.target import Target
    from azpg_tls.wire import Receive, Wire

T = TypeVar("T")

DEFAULT_TIMEOUT = 10.0  # seconds
MAX_ADDRESSES = 8  # tried in turn, each with its share of the time that is left

# What getaddrinfo reports when it could not find out, and the name may well exist (RFC 3493 section 6.1).
_UNDECIDED = (socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_MEMORY, socket.EAI_SYSTEM)

# A resolver takes a host and returns its addresses and canonical name, or raises socket.gaierror.
Resolver = Callable[[str], tuple[tuple[str, ...], str]]


@dataclass(frozen=True)
class Clock:
    """Where the time comes from: *now* is aware and in UTC, *monotonic* counts seconds from anywhere."""

    now: Callable[[], dt.datetime]
    monotonic: Callable[[], float]


class Deadline:
    """The one moment at which everything ends."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self._monotonic() >= self._end

    def left(self) -> float:
        """Return the seconds that are left; raises `TimeoutError` when there are none."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def system_resolver(host: str) -> tuple[tuple[str, ...], str]:
    """Ask the operating system, as libpq does (getaddrinfo, RFC 3493)."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    return addresses, found[0][3]


def observe(target: Target, *, timeout: float, clock: Clock, resolver: Resolver = system_resolver) -> Observation:
    """Probe *target* once; everything together takes at most *timeout* seconds."""
    started = clock.now()
    begin = clock.monotonic()
    look = _Look(target, Deadline(timeout, clock.monotonic), clock.monotonic)
    look.run(resolver)
    elapsed_ms = _ms(clock.monotonic() - begin)
    return Observation(
        target, started, elapsed_ms, look.resolution, look.connection, look.negotiation, look.handshake, look.startup
    )


class _Look:
    """The stages of one probe, each `NotReached` until it is."""

    def __init__(self, target: Target, deadline: Deadline, monotonic: Callable[[], float]) -> None:
        self._target = target
        self._deadline = deadline
        self._monotonic = monotonic
        self.resolution: Seen[Resolution]
        self.connection: Seen[Connection] | NotReached = NotReached("the host name was not resolved")
        self.negotiation: Seen[Negotiation] | NotReached = NotReached("no TCP connection")
        self.handshake: Seen[Handshake] | NotReached = NotReached("no TCP connection")
        self.startup: Seen[Startup] | NotReached = NotReached("no TLS connection")

    def run(self, resolver: Resolver) -> None:
        self.resolution = self._timed(lambda: resolve(self._target, resolver, self._deadline))
        addresses = self.resolution.value.addresses
        if not addresses:
            return
        begin = self._monotonic()
        attempts, connected = connect(addresses[:MAX_ADDRESSES], self._target.port, self._deadline)
        self.connection = Seen(Connection(attempts), _ms(self._monotonic() - begin))
        if connected is not None:
            with connected:
                self._talk(Line(connected, self._deadline))

    def _talk(self, line: Line) -> None:
        if self._target.sslnegotiation == "direct":
            self.negotiation = NotReached("sslnegotiation=direct starts TLS at once")
        else:
            negotiation = self._timed(lambda: line.run(prelogin.request_tls()))
            self.negotiation = negotiation
            if negotiation.value.answer is not Answer.TLS:
                self.handshake = NotReached("the server did not agree to TLS")
                return
        tls = TlsClient(self._target.sni_name)
        handshake = self._timed(lambda: line.run(tls.handshake()))
        self.handshake = handshake
        if handshake.value.ending is not Ending.COMPLETED:
            return
        if self._target.sslnegotiation == "direct" and handshake.value.alpn != ALPN.decode():
            # As in libpq: nothing is said to a server that may speak another protocol.
            self.startup = NotReached("the server did not agree to the protocol postgresql")
        elif self._target.startup:
            startup = prelogin.startup(self._target.user, self._target.dbname)
            reply = self._timed(lambda: line.run(tls.inside(startup)))
            self.startup = Seen(Startup(reply.value, tls.alert, tls.refusal), reply.ms)
        else:
            self.startup = NotReached("--no-startup")
        line.run(tls.close())

    def _timed(self, action: Callable[[], T]) -> Seen[T]:
        begin = self._monotonic()
        result = action()
        return Seen(result, _ms(self._monotonic() - begin))


def resolve(target: Target, resolver: Resolver, deadline: Deadline) -> Resolution:
    """Find the addresses of the target's host; one that is given needs no resolver."""
    given = target.hostaddr or (target.host if is_address(target.host) else "")
    if given:
        return Resolution(Lookup.GIVEN, (given,))
    # getaddrinfo cannot be interrupted: it runs beside, and is left behind when the time is up.
    answer: queue.Queue[Resolution] = queue.Queue()
    threading.Thread(target=lambda: answer.put(_looked_up(target.host, resolver)), daemon=True).start()
    try:
        return answer.get(timeout=deadline.left())
    except (queue.Empty, TimeoutError):
        return Resolution(Lookup.SILENT, error="no answer within the deadline")


def _looked_up(host: str, resolver: Resolver) -> Resolution:
    try:
        addresses, canonical_name = resolver(host)
    except socket.gaierror as error:
        lookup = Lookup.FAILED if error.errno in _UNDECIDED else Lookup.NOT_FOUND
        return Resolution(lookup, error=error.strerror or str(error))
    except OSError as error:
        return Resolution(Lookup.FAILED, error=error.strerror or str(error))
    return Resolution(Lookup.FOUND, addresses, canonical_name)


def connect(
    addresses: tuple[str, ...], port: int, deadline: Deadline
) -> tuple[tuple[Attempt, ...], socket.socket | None]:
    """Try *addresses* in turn until one answers, as libpq does; return the attempts and the socket.

    Once the deadline has passed, the others are not tried, and no attempt says that they did not answer.
    """
    attempts: list[Attempt] = []
    for tried, address in enumerate(addresses):
        if attempts and deadline.passed:
            break
        attempt, connected = _connect_to(address, port, deadline, share=len(addresses) - tried)
        attempts.append(attempt)
        if connected is not None:
            return tuple(attempts), connected
    return tuple(attempts), None


def _connect_to(address: str, port: int, deadline: Deadline, share: int) -> tuple[Attempt, socket.socket | None]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.ExitStack() as cleanup:
        try:
            connected = cleanup.enter_context(socket.socket(family, socket.SOCK_STREAM))
            connected.settimeout(deadline.left() / share)
            connected.connect((address, port))
            # The StartupMessage follows the Finished at once: Nagle's algorithm would hold it back.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except ConnectionRefusedError:
            return Attempt(address, Reach.REFUSED, "ECONNREFUSED"), None
        except TimeoutError:
            return Attempt(address, Reach.SILENT), None
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, str(error))
            return Attempt(address, Reach.UNREACHABLE, name), None
        cleanup.pop_all()
        return Attempt(address, Reach.CONNECTED), connected


class Line:
    """One TCP connection under the deadline, on which wires run one after the other."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline
        self._reset: ConnectionResetError | None = None

    def run(self, wire: Wire[T]) -> T:
        """Run *wire* to its end: carry out what it asks for, and throw into it what goes wrong."""
        try:
            request = next(wire)
            while True:
                try:
                    received = self._carry_out(request)
                except (TimeoutError, ConnectionError) as error:
                    request = wire.throw(error)
                except OSError as error:
                    request = wire.throw(ConnectionResetError(error.errno, error.strerror))
                else:
                    request = wire.send(received)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _carry_out(self, request: Send | Receive) -> bytes:
        self._socket.settimeout(self._deadline.left())
        if isinstance(request, Send):
            self._send(request.data)
            return b""
        received = self._socket.recv(request.size)
        if not received and self._reset:
            raise self._reset
        return received

    def _send(self, data: bytes) -> None:
        # A server that has gone may have said why: what it sent first is still to be read.
        try:
            self._socket.sendall(data)
        except ConnectionResetError as error:
            self._reset = error  # the kernel tells of a reset once; what is read after it looks like a plain end
        except BrokenPipeError:
            return


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
