"""Certificates by HTTPS: verified, within one deadline for everything, of limited size.

Redirects are followed to HTTPS only. What can pass by itself (a refused or cut connection, an answer of 408, 429
or 5xx) is tried again after a pause that doubles. The name service's own timeouts are outside the deadline: a
blocking ``getaddrinfo`` cannot be ended. Proxies are not used.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urljoin, urlsplit

import certifi

from azpg_tls.bundle.build import Source
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible
from azpg_tls.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import SplitResult

    from _typeshed import WriteableBuffer

    from azpg_tls.bundle.manifest import Entry, Manifest

    Dial = Callable[[str, int, Callable[[], float]], socket.socket]

_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 429)  # and all of 5xx
_CHUNK = 16 * 1024
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~"  # RFC 3986 section 3.3, and % because published URLs come quoted


class FetchError(InputError):
    """A URL did not give what was asked of it."""


class _PassingError(Exception):
    """A failure that may be gone at the next attempt; the text says what happened."""


class Progress(Protocol):
    """Told of every piece that arrives; *total* is None where the server does not say it."""

    def __call__(self, url: str, received: int, total: int | None) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class Limits:
    """How long (seconds, for everything that one call fetches), how large, how often."""

    seconds: float = 60.0
    size: int = 1024 * 1024  # a CA certificate has 2 KiB; a whole public trust store a quarter of this
    attempts: int = 3
    pause: float = 0.5
    redirects: int = 5


def dial(host: str, port: int, left: Callable[[], float]) -> socket.socket:
    """Connect to the first address of *host* that answers; *left* says how many seconds remain."""
    failure = OSError(f"{host} has no address")
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            return socket.create_connection((str(address[0]), port), timeout=left())
        except OSError as error:
            failure = error
    raise failure


def _silent(url: str, received: int, total: int | None) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Fetcher:
    """How to fetch: whom to trust, how to connect, what to bear; clock and sleep are for tests to replace."""

    context: ssl.SSLContext
    connect: Dial = dial
    limits: Limits = Limits()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    progress: Progress = _silent

    def urls(self, urls: Iterable[str], manifest: Manifest) -> tuple[Source, ...]:
        """Fetch each URL; one that the manifest lists says which entry it must be.

        Raises FetchError: one of them failed.
        """
        expected = {url: entry for entry in manifest.entries for url in entry.urls}
        deadline = _Deadline(self.clock, self.clock() + self.limits.seconds)
        return tuple(Source(url, self._fetch(url, deadline), expected.get(url)) for url in urls)

    def entries(self, entries: Iterable[Entry]) -> tuple[Source, ...]:
        """Fetch each entry from the first of its URLs that works.

        Raises FetchError: all URLs of an entry failed; tells of each.
        """
        deadline = _Deadline(self.clock, self.clock() + self.limits.seconds)
        return tuple(self._entry(entry, deadline) for entry in entries)

    def _entry(self, entry: Entry, deadline: _Deadline) -> Source:
        failures = []
        for url in entry.urls:
            try:
                return Source(url, self._fetch(url, deadline), entry)
            except FetchError as error:
                failures.append(str(error))
        raise FetchError("; ".join(failures))

    def _fetch(self, url: str, deadline: _Deadline) -> bytes:
        try:
            return self._attempts(url, deadline)
        except _DeadlineError:
            raise FetchError(f"{visible(url)}: not complete after {self.limits.seconds:g} s") from None

    def _attempts(self, url: str, deadline: _Deadline) -> bytes:
        attempt, pause = 1, self.limits.pause
        while True:
            try:
                return self._follow(url, deadline)
            except _PassingError as error:
                failure = f"{error} (attempt {attempt} of {self.limits.attempts})"
            if attempt == self.limits.attempts or deadline.left() <= pause:
                raise FetchError(f"{visible(url)}: {failure}")
            self.sleep(pause)
            attempt, pause = attempt + 1, pause * 2

    def _follow(self, url: str, deadline: _Deadline) -> bytes:
        at = url
        for _ in range(self.limits.redirects + 1):
            answer = self._get(at, deadline)
            if isinstance(answer, bytes):
                return answer
            at = urljoin(at, answer.location)
            if not at.lower().startswith("https://"):
                raise FetchError(f"{visible(url)}: redirects to {visible(at)}, which is not HTTPS")
        raise FetchError(f"{visible(url)}: more than {self.limits.redirects} redirects")

    def _get(self, url: str, deadline: _Deadline) -> bytes | _Redirect:
        parts, host, port = _split(url)
        try:
            with self.connect(host, port, deadline.left) as plain:
                plain.settimeout(deadline.left())
                with self.context.wrap_socket(plain, server_hostname=host) as stream:
                    connection = HTTPSConnection(host, port, context=self.context)
                    connection.sock = _Bounded(stream, deadline)
                    connection.request("GET", _path(parts), headers={"User-Agent": f"azpg-tls/{__version__}"})
                    return self._answer(url, connection.getresponse())
        except ssl.SSLCertVerificationError as error:
            raise FetchError(f"{visible(url)}: its certificate is not trusted: {error.verify_message}") from None
        except (OSError, HTTPException) as error:
            deadline.left()  # a read that timed out has used up the deadline: that is the cause to name
            raise _PassingError(visible(str(error) or type(error).__name__)) from None

    def _answer(self, url: str, response: HTTPResponse) -> bytes | _Redirect:
        if response.status in _REDIRECTS:
            return _Redirect(response.getheader("Location", ""))
        if response.status != 200:
            words = visible(f"the server answered {response.status} {response.reason}")
            if response.status in _PASSING or response.status >= 500:
                raise _PassingError(words)
            raise FetchError(f"{visible(url)}: {words}")
        return self._body(url, response)

    def _body(self, url: str, response: HTTPResponse) -> bytes:
        total = response.length
        body = b""
        while chunk := response.read(_CHUNK):
            body += chunk
            if max(len(body), total or 0) > self.limits.size:
                raise FetchError(f"{visible(url)}: larger than {self.limits.size} bytes; that is no certificate")
            self.progress(url, len(body), total)
        if response.length:  # http.client counts it down, and says nothing of a rest
            raise _PassingError(f"the connection was cut {response.length} bytes before the end")
        return body


def fetcher(progress: Progress = _silent) -> Fetcher:
    """Return a fetcher that trusts certifi's CAs."""
    return Fetcher(ssl.create_default_context(cafile=certifi.where()), progress=progress)


@dataclass(frozen=True)
class _Redirect:
    location: str


class _DeadlineError(Exception):
    """No time is left."""


@dataclass(frozen=True)
class _Deadline:
    clock: Callable[[], float]
    ends: float

    def left(self) -> float:
        """Return the seconds that remain; never zero, which a socket would take for "do not wait"."""
        left = self.ends - self.clock()
        if left <= 0:
            raise _DeadlineError
        return left


class _Bounded(io.RawIOBase):
    """A TLS socket for http.client that gives every single read and write what remains of the deadline.

    http.client closes its socket as soon as the headers say so, and reads on: closing is left to the owner.
    """

    def __init__(self, stream: ssl.SSLSocket, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what http.client reads the response from."""
        return io.BufferedReader(self)

    def sendall(self, data: bytes) -> None:
        """Send the request."""
        self._stream.settimeout(self._deadline.left())
        self._stream.sendall(data)

    def readable(self) -> bool:
        """Tell BufferedReader that it may read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read once."""
        self._stream.settimeout(self._deadline.left())
        return self._stream.recv_into(buffer)

    def close(self) -> None:
        """Leave the socket open."""


def _split(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise FetchError(f"{visible(url)}: not a URL: {error}") from None
    if parts.scheme != "https" or not host:
        raise FetchError(f"{visible(url)}: not an https:// URL; certificates are fetched over verified HTTPS only")
    return parts, host, port


def _path(parts: SplitResult) -> str:
    query = f"?{quote(parts.query, safe=_SAFE_IN_PATH + '?')}" if parts.query else ""
    return quote(parts.path or "/", safe=_SAFE_IN_PATH) + query
