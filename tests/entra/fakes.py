"""Fakes of what gives Entra tokens, on loopback: an authority over HTTPS, and a machine's service (IMDS) over HTTP.

They speak what azure-identity asks: discovery, OAuth 2.0's client credentials with a secret, a certificate's assertion
(its signature is verified) or a federated one, and device codes (RFC 8628). Each answer says that it is a fake's.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from azpg_tls.lab.pki import authority, server
from tests.entra import forged

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPE = f"{forged.AUDIENCE}/.default"
Answer = tuple[int, Any]
Misbehaviour = Callable[[BaseHTTPRequestHandler], None]

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def refusal(number: int, words: str, error: str = "invalid_client") -> Answer:
    """An error as Entra ID answers it."""
    description = f"AADSTS{number}: {words} Trace ID: t Correlation ID: c Timestamp: 2026-11-24 12:00:00Z"
    return 401 if error == "invalid_client" else 400, {"error": error, "error_description": description}


@dataclass
class Authority:
    """One tenant with one application; what it is asked is written down."""

    secret: str = ""
    certificate: x509.Certificate | None = None
    federated: str = ""
    refuses: Answer | None = None
    pending: int = 1  # polls before somebody has entered the device code
    misbehaves: Misbehaviour | None = None
    minutes: float = 60
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, form: dict[str, str]) -> Answer:
        """Return the answer to a request, as status and JSON."""
        self.asked.append(path)
        tenant, _, rest = path.lstrip("/").partition("/")
        if tenant not in (forged.TENANT, "organizations"):
            return refusal(90002, f"Tenant '{tenant}' not found.", "invalid_tenant")
        if rest == "v2.0/.well-known/openid-configuration":
            return 200, self._configuration(tenant)
        if rest == "oauth2/v2.0/devicecode":
            return 200, self._device(form)
        return self._token(form) if rest == "oauth2/v2.0/token" else (404, {"error": "not found"})

    def _configuration(self, tenant: str) -> dict[str, str]:
        base = f"{self.url}/{tenant}/oauth2/v2.0"
        return {
            "issuer": f"{self.url}/{tenant}/v2.0",
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "device_authorization_endpoint": f"{base}/devicecode",
        }

    def _device(self, form: dict[str, str]) -> dict[str, object]:
        assert SCOPE in form["scope"].split()
        return {
            "user_code": "FAKE-CODE",
            "device_code": "the fake's device code",
            "verification_uri": f"{self.url}/device",
            "expires_in": 900,
            "interval": 0,
            "message": "a fake of azpg-tls's tests",
        }

    def _token(self, form: dict[str, str]) -> Answer:
        if self.refuses:
            return self.refuses
        if form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code":
            return self._polled(form)
        assert (form["grant_type"], form["scope"]) == ("client_credentials", SCOPE)
        if form["client_id"] != forged.APP:
            return refusal(700016, f"Application '{form['client_id']}' was not found.", "unauthorized_client")
        if "client_secret" in form:
            if form["client_secret"] != self.secret:
                return refusal(7000215, "Invalid client secret provided.")
        elif not self._proved(form):
            return refusal(700027, "The certificate that signed the assertion is not registered.")
        return 200, self._given(forged.APPLICATION)

    def _polled(self, form: dict[str, str]) -> Answer:
        assert form["device_code"] == "the fake's device code"
        if self.pending:
            self.pending -= 1
            return 400, {"error": "authorization_pending", "error_description": "AADSTS70016: pending"}
        identity: dict[str, object] = {"iss": f"{self.url}/{forged.TENANT}/v2.0", "aud": form["client_id"], "sub": "s"}
        now = int(time.time())
        identity |= {"iat": now, "exp": now + 3600, "tid": forged.TENANT, "preferred_username": "alice@contoso.com"}
        extra = {
            "id_token": f"{forged.encoded({'alg': 'none'})}.{forged.encoded(identity)}.",
            "client_info": forged.encoded({"uid": "u", "utid": forged.TENANT}),
            "scope": SCOPE,
        }
        return 200, self._given(forged.USER) | extra

    def _given(self, claims: dict[str, Any]) -> dict[str, Any]:
        token = forged.token(claims, at=dt.datetime.now(dt.UTC), minutes=self.minutes)
        return {"token_type": "Bearer", "expires_in": int(60 * self.minutes), "access_token": token}

    def _proved(self, form: dict[str, str]) -> bool:
        """Whether the assertion is the federated one, or signed with the registered certificate's key (RFC 7523)."""
        assert form["client_assertion_type"] == ASSERTION
        assertion = form["client_assertion"]
        if self.federated:
            return assertion == self.federated
        assert self.certificate is not None
        signed, _, signature = assertion.rpartition(".")
        header, claims = (json.loads(decoded(part)) for part in signed.split("."))
        assert (claims["iss"], claims["sub"]) == (forged.APP, forged.APP)
        assert claims["aud"] == f"{self.url}/{forged.TENANT}/oauth2/v2.0/token"
        thumbprint = self.certificate.fingerprint(hashes.SHA1())  # noqa: S303 (what azure-identity names it by)
        if decoded(header["x5t"].rstrip("=")) != thumbprint:
            return False
        key = self.certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return True


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@dataclass
class Machine:
    """A machine of Azure's with a system-assigned identity, and one that a user assigned; or an App Service."""

    header: str = ""  # of an App Service, which wants it back
    identity: bool = True
    answers: Answer | None = None
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, query: dict[str, str], headers: dict[str, str]) -> Answer:
        """Return the answer to a request for a token, as status and JSON."""
        self.asked.append(json.dumps(query, sort_keys=True))
        if self.answers:
            return self.answers
        if self.header and headers.get("x-identity-header") != self.header:
            return 401, {"statusCode": 401, "message": "a fake of azpg-tls's tests wants its header"}
        if headers.get("metadata") != "true" or query["resource"] != forged.AUDIENCE:
            return 400, {"error": "invalid_request", "error_description": "Required metadata header not specified"}
        if not self.identity or query.get("client_id") not in (None, forged.APP):
            return 400, {"error": "invalid_request", "error_description": "Identity not found"}
        claims = forged.IDENTITY if "client_id" in query else forged.IDENTITY | {"xms_mirid": MACHINE}
        now = dt.datetime.now(dt.UTC)
        times = {"expires_in": "86400", "expires_on": str(int(now.timestamp()) + 86400), "resource": forged.AUDIENCE}
        return 200, {"access_token": forged.token(claims, at=now, minutes=1440), "token_type": "Bearer", **times}


MACHINE = "/subscriptions/s/resourcegroups/g/providers/Microsoft.Compute/virtualMachines/vm-1"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what these tests are about."""


def _handler(fake: Authority | Machine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "azpg-tls fake"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if isinstance(fake, Machine):
                self.reply(fake.answer(query, {name.lower(): value for name, value in self.headers.items()}))
            else:
                self.from_authority(fake, parts.path, query)

        def do_POST(self) -> None:
            assert isinstance(fake, Authority)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.from_authority(fake, self.path, {name: values[0] for name, values in parse_qs(body).items()})

        def from_authority(self, fake: Authority, path: str, form: dict[str, str]) -> None:
            if fake.misbehaves and path.endswith("/token"):
                fake.asked.append(path)
                fake.misbehaves(self)
            else:
                self.reply(fake.answer(path, form))

        def reply(self, answer: Answer) -> None:
            status, body = answer
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if not isinstance(body, bytes) else "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its base's name)
            pass

    return Handler


@contextmanager
def serving(fake: Authority | Machine, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Serve *fake* on loopback until the block is left, over *tls* if that is given."""
    listening = Server(("127.0.0.1", 0), _handler(fake))
    if tls is not None:
        listening.socket = tls.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
    port = listening.server_address[1]
    fake.url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


@dataclass(frozen=True)
class Https:
    """What a fake's HTTPS stands on: the context of the server, and the root's file for the client."""

    context: ssl.SSLContext
    root: Path


def https(directory: Path, name: str = "localhost") -> Https:
    """Return a server's context with a certificate for *name*, and the file of the root that signed it."""
    now = dt.datetime.now(dt.UTC)
    root = authority("fake root", at=now)
    leaf = server(root, at=now, dns_names=(name,), ip_addresses=())
    chain = directory / f"{hashlib.sha256(name.encode()).hexdigest()[:8]}.pem"
    chain.write_bytes(leaf.certificate_pem + leaf.key_pem)
    anchor = directory / f"{chain.stem}-root.pem"
    anchor.write_bytes(root.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return Https(context, anchor)


def silent(request: BaseHTTPRequestHandler) -> None:
    """Take the question, and say nothing while the client waits."""
    request.connection.recv(1)


def drip(request: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, faster than any time-out of a read, for longer than anybody here waits."""
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    for _ in range(60):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def body(status: int, data: bytes) -> Misbehaviour:
    """Answer with *data*, whatever was asked."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer
