"""The publishers' hosts, on loopback: HTTPS with certificates for their names, and any misbehaviour wanted."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from azpg_tls.bundle.fetch import Fetcher
from azpg_tls.lab.pki import authority, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]

HOSTS = (
    "cacerts.digicert.com",
    "cacerts.digicert.cn",
    "dl.cacerts.digicert.com",
    "www.digicert.com",
    "www.microsoft.com",
)


def body(data: bytes, status: int = 200) -> Answer:
    """Answer with *data*, its length announced."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer


def unannounced(data: bytes) -> Answer:
    """Answer with *data* and end by closing, without a length."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(data)

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    """Answer with a redirect to the URL *to*."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", to)
        request.end_headers()

    return answer


def cut(data: bytes) -> Answer:
    """Announce twice as much as *data*, send *data* and close."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(2 * len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer


def hang_up(request: BaseHTTPRequestHandler) -> None:
    """Close without an answer."""


def stall(start: bytes) -> Answer:
    """Send *start* of an HTTP answer, then nothing until the client is gone."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        request.wfile.flush()
        request.rfile.read()

    return answer


@dataclass
class Mirror:
    """The running mirror: *answers* by "host/path", used in turn, the last for ever; *requests* as they came."""

    port: int
    root_pem: bytes
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def fetcher(self, **changes: Any) -> Fetcher:
        """Return a fetcher that finds every host here and trusts this mirror's CA; it fails on any sleep."""
        settings: dict[str, Any] = {
            "context": ssl.create_default_context(cadata=self.root_pem.decode()),
            "connect": self.connect,
            "sleep": _no_sleep,
        }
        return Fetcher(**settings | changes)

    def connect(self, host: str, port: int, left: Callable[[], float]) -> socket.socket:
        """Connect to the mirror, whatever the host."""
        assert port == 443, host
        return socket.create_connection(("127.0.0.1", self.port), timeout=left())

    def publish(self, directory: Path, urls: dict[str, str]) -> None:
        """Serve files of *directory*: *urls* names the file for each URL."""
        for url, file in urls.items():
            self.answers[url.removeprefix("https://")] = [body((directory / file).read_bytes())]


def _no_sleep(seconds: float) -> None:
    raise AssertionError(f"slept {seconds} s")


class _Server(ThreadingHTTPServer):
    mirror: Mirror
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about clients that go away."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        mirror = self.server.mirror
        name = f"{self.headers['Host']}{self.path}"
        mirror.requests.append(name)
        answers = mirror.answers.get(name, [body(b"not here", 404)])
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


@contextmanager
def running(directory: Path) -> Iterator[Mirror]:
    """Run a mirror with a CA of its own; *directory* takes the server's key for the time."""
    now = dt.datetime.now(dt.UTC)
    root = authority("mirror root", at=now)
    identity = server(root, at=now, dns_names=HOSTS)
    pem = directory / "mirror.pem"
    pem.write_bytes(identity.certificate_pem + identity.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with _Server(("127.0.0.1", 0), _Handler) as listener:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
        listener.mirror = Mirror(listener.server_address[1], root.certificate_pem)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listener.mirror
        finally:
            listener.shutdown()
            thread.join()
