"""Entra tokens through azure-identity, which is imported when a token is asked for, under one deadline."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import queue
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from azpg_tls.azure import CLOUDS
from azpg_tls.credential import NAMES, AccessToken, Failure, Kind, Settings, Trouble, configured
from azpg_tls.errors import AzpgTlsError, InputError
from azpg_tls.render.escape import visible
from azpg_tls.rules.sign_in import finding
from azpg_tls.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import AccessToken as AzureToken
    from azure.core.credentials import TokenCredential

T = TypeVar("T")
_Prompt = Callable[[str], None] | None

_NOTHING = Settings()

INSTALL = "pip install 'azpg-tls[entra]'"

DEFAULT_TIMEOUT = 30.0  # seconds
DEVICE_TIMEOUT = 900.0  # seconds that a device code lives (RFC 8628 section 3.2; Entra ID's expires_in)

IMDS = "169.254.169.254"
_IMDS_PATIENCE = 2  # seconds; azure-identity's own: it is one hop away, or not there

_LONGEST = 1000  # characters of an answer's text; Entra ID's have some hundred

# An error's number and words, as they stand in a JSON text or alone.
_NUMBER = re.compile(r"AADSTS(\d{4,9})[^\"\\]*")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")


class NotAcquiredError(AzpgTlsError):
    """No token was acquired; *failures* says why, a credential each, and ``finding`` what that means."""

    exit_code = 1

    def __init__(self, failures: tuple[Failure, ...], cloud: str) -> None:
        self.failures = failures
        self.finding = finding(failures, cloud)
        super().__init__(f"{self.finding.detail} ({self.finding.code}) What to do: {self.finding.fix[0]}")


def acquire(
    cloud: str,
    settings: Settings,
    kind: Kind | None = None,
    *,
    timeout: float | None = None,
    prompt: Callable[[str], None] | None = None,
) -> AccessToken:
    """Return a token for the PostgreSQL servers of *cloud*, within *timeout* seconds, whatever has to be tried.

    Without *kind*, what is configured decides. *prompt* is given the words that a device code's user has to see. Raises
    `NotAcquiredError`, and `InputError` if azure-identity is not installed or a setting cannot be used.
    """
    kinds = (kind,) if kind else configured(settings, az=shutil.which("az") is not None)
    patience = timeout or (DEVICE_TIMEOUT if kind is Kind.DEVICE_CODE else DEFAULT_TIMEOUT)
    ends = time.monotonic() + patience
    failures: list[Failure] = []
    for each in kinds:
        left = ends - time.monotonic()
        if failures and left <= 0:
            break
        get_token = partial(_once, credential(cloud, settings, each, timeout=left, prompt=prompt))
        host = host_of(cloud, settings, each)
        answer = ask(get_token, cloud, each, timeout=left, host=host, settings=settings)
        if isinstance(answer, AccessToken):
            return answer
        failures.append(answer)
    raise NotAcquiredError(tuple(failures), cloud)


def ask(
    get_token: Callable[[str], AzureToken],
    cloud: str,
    kind: str,
    *,
    timeout: float,
    host: str = "",
    settings: Settings = _NOTHING,
) -> AccessToken | Failure:
    """Return the token that a credential, called *kind*, gives within *timeout* seconds, or its failure."""
    try:
        return acquired(_within(timeout, partial(get_token, CLOUDS[cloud].scope)), kind)
    except Exception as error:  # whatever azure-identity, msal and requests raise: told apart by `failure`
        return failure(kind, error, host, settings)


def _once(asked: TokenCredential, scope: str) -> AzureToken:
    with contextlib.closing(cast("Any", asked)):  # every credential of azure-identity can be closed
        return asked.get_token(scope)


def acquired(token: AzureToken, kind: str) -> AccessToken:
    """Return azure-identity's *token* as one that does not show itself; raises ValueError if it ends at no time."""
    try:
        ends = dt.datetime.fromtimestamp(token.expires_on, dt.UTC)
    except (OverflowError, OSError):
        raise ValueError("a token that ends at no time") from None
    return AccessToken(Secret(token.token), ends, kind)


def credential(
    cloud: str,
    settings: Settings,
    kind: Kind,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    prompt: Callable[[str], None] | None = None,
) -> TokenCredential:
    """Return azure-identity's credential of *kind*, which waits for *timeout* seconds at most for each answer.

    Raises `InputError` if azure-identity is not installed, or a setting is missing or cannot be used.
    """
    try:
        import azure.identity  # noqa: F401
    except ImportError:
        raise InputError(f"Entra ID needs azure-identity: {INSTALL}") from None
    # Its warnings say what the failure says; without any handler Python would print them to standard error.
    for name in ("azure", "msal"):
        if not logging.getLogger(name).handlers:
            logging.getLogger(name).addHandler(logging.NullHandler())
    for name in _NEEDED[kind]:
        if not getattr(settings, name):
            raise InputError(f"the credential {kind} needs {NAMES[name]}")
    try:
        return _MAKERS[kind](_authority(cloud, settings), settings, timeout, prompt)
    except (ValueError, TypeError, OSError) as error:
        words = error.strerror if isinstance(error, OSError) else _clean(str(error), settings)
        file = f" '{settings.certificate}'" if kind is Kind.CLIENT_CERTIFICATE else ""
        raise InputError(f"the credential {kind}{file} cannot be used: {words}") from None


def host_of(cloud: str, settings: Settings, kind: Kind) -> str:
    """Return the host that is asked for a token with the credential *kind*; "" if a program is asked."""
    if kind is Kind.AZURE_CLI:
        return ""
    if kind is Kind.MANAGED_IDENTITY:
        return urlsplit(settings.managed).hostname or IMDS
    return urlsplit(_authority(cloud, settings)).hostname or ""


def _authority(cloud: str, settings: Settings) -> str:
    named = settings.authority or CLOUDS[cloud].authority
    return named if "://" in named else f"https://{named}"


def _http(authority: str, timeout: float) -> dict[str, Any]:
    """Return how a credential talks to *authority*: one more try after a failure, and no waiting beyond *timeout*.

    A host that is none of Microsoft's was named by the user: nobody else is asked about it.
    """
    known = {cloud.authority for cloud in CLOUDS.values()}
    return {
        "authority": authority,
        "disable_instance_discovery": urlsplit(authority).hostname not in known,
        **_patience(timeout),
        "retry_total": 1,
    }


def _patience(timeout: float) -> dict[str, Any]:
    return {"connection_timeout": timeout, "read_timeout": timeout, "timeout": timeout}


def _client_secret(authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import ClientSecretCredential

    return ClientSecretCredential(given.tenant, given.client, given.secret.reveal(), **_http(authority, timeout))


def _client_certificate(authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import CertificateCredential

    password = given.certificate_password.reveal() or None
    http = _http(authority, timeout)
    return CertificateCredential(given.tenant, given.client, given.certificate, password=password, **http)


def _workload_identity(authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import WorkloadIdentityCredential

    return WorkloadIdentityCredential(
        tenant_id=given.tenant, client_id=given.client, token_file_path=given.token_file, **_http(authority, timeout)
    )


def _managed_identity(_authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import ManagedIdentityCredential

    # The retries stay azure-identity's: a machine's service is busy, or still starting, and says so (404, 410, 429).
    http = _patience(timeout) | {"connection_timeout": min(timeout, _IMDS_PATIENCE), "retry_connect": 0}
    return ManagedIdentityCredential(client_id=given.client or None, **http)


def _azure_cli(_authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=given.tenant, process_timeout=max(1, int(timeout)))


def _device_code(authority: str, given: Settings, timeout: float, prompt: _Prompt) -> TokenCredential:
    from azure.identity import DeviceCodeCredential

    http = _http(authority, timeout) | {"timeout": int(timeout)}
    http |= {"client_id": given.client} if given.client else {}
    if prompt is not None:  # else azure-identity prints
        http["prompt_callback"] = lambda uri, code, ends: prompt(
            f"Open {visible(uri)} and enter the code {visible(code)} until {ends:%H:%M} UTC."
        )
    return DeviceCodeCredential(tenant_id=given.tenant or "organizations", **http)


_MAKERS = {
    Kind.CLIENT_SECRET: _client_secret,
    Kind.CLIENT_CERTIFICATE: _client_certificate,
    Kind.WORKLOAD_IDENTITY: _workload_identity,
    Kind.MANAGED_IDENTITY: _managed_identity,
    Kind.AZURE_CLI: _azure_cli,
    Kind.DEVICE_CODE: _device_code,
}
_NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.CLIENT_SECRET: ("tenant", "client", "secret"),
    Kind.CLIENT_CERTIFICATE: ("tenant", "client", "certificate"),
    Kind.WORKLOAD_IDENTITY: ("tenant", "client", "token_file"),
    Kind.MANAGED_IDENTITY: (),
    Kind.AZURE_CLI: (),
    Kind.DEVICE_CODE: (),
}


class _LateError(Exception):
    """The deadline has passed."""


def _within(timeout: float, call: Callable[[], T]) -> T:
    """Return what *call* returns or raises; raises `_LateError` after *timeout* seconds.

    The time-outs of HTTP clients hold for each read: an answer that drips in would never end. What is still waiting
    then is left to a thread that does not keep the process.
    """
    answers: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except Exception as error:  # raised again for whoever waits
            answers.put((None, error))

    threading.Thread(target=run, name="azpg-tls token", daemon=True).start()
    try:
        answer, error = answers.get(timeout=timeout)
    except queue.Empty:
        raise _LateError from None
    if error is not None:
        raise error
    return cast("T", answer)


def failure(kind: str, error: BaseException, host: str = "", settings: Settings = _NOTHING) -> Failure:
    """Return what *error* says, told by the errors it came from and by Entra ID's own numbers."""
    causes = tuple(_causes(error))[::-1]  # the innermost first: it says what happened
    for cause in causes:
        if number := _NUMBER.search(str(cause)):
            return Failure(kind, Trouble.REFUSED, _clean(number[0], settings), int(number[1]), host)
    known = ((what, words(cause)) for kinds, what, words in _TROUBLES for cause in causes if isinstance(cause, kinds))
    trouble, words = next(known, (_by_azure(error), str(error)))
    words = _clean(words, settings)
    if kind == Kind.MANAGED_IDENTITY and trouble is not Trouble.REFUSED:
        # That nobody answers there is the usual sign of a machine that is none of Azure's.
        return Failure(kind, Trouble.UNAVAILABLE, f"{host}: {words}", None, host)
    return Failure(kind, trouble, words, None, host)


def _by_azure(error: BaseException) -> Trouble:
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import CredentialUnavailableError

    if isinstance(error, CredentialUnavailableError):
        return Trouble.UNAVAILABLE
    # What msal or the HTTP client met is wrapped in the same class as a refusal.
    said_no = isinstance(error.__cause__, subprocess.CalledProcessError | None)
    return Trouble.REFUSED if isinstance(error, ClientAuthenticationError) and said_no else Trouble.NONSENSE


# The most telling first: a refused certificate is an OSError, and so is a name that does not resolve.
_TROUBLES: tuple[tuple[tuple[type[BaseException], ...], Trouble, Callable[[Any], str]], ...] = (
    ((ssl.SSLCertVerificationError,), Trouble.CERTIFICATE, lambda error: error.verify_message or "it is not trusted"),
    ((ssl.SSLError,), Trouble.CERTIFICATE, lambda error: error.reason or "the TLS handshake failed"),
    ((socket.gaierror,), Trouble.NAME, lambda error: error.strerror or "the name does not resolve"),
    ((_LateError, TimeoutError, subprocess.TimeoutExpired), Trouble.TIMEOUT, lambda _error: "no answer in time"),
    ((json.JSONDecodeError,), Trouble.NONSENSE, lambda _error: "what answered does not give tokens"),
    ((ConnectionError,), Trouble.CONNECTION, lambda error: error.strerror or "the connection was closed"),
    # A proxy that says no, a file of roots that is not there: requests and urllib3 raise a bare OSError.
    ((OSError,), Trouble.REQUEST, lambda error: error.strerror or str(error)),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and the errors that led to it, outermost first: causes, contexts, and what is wrapped."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            wrapped = (getattr(each, name, None) for name in ("inner_exception", "reason"))  # azure-core's, urllib3's
            context = None if each.__suppress_context__ else each.__context__
            waiting += [each.__cause__, context, *wrapped, *each.args]


def _clean(text: str, settings: Settings) -> str:
    """Return *text* as one line without secrets: those that are known, and whatever looks like a token."""
    for secret in (settings.secret, settings.certificate_password):
        if secret:
            text = text.replace(secret.reveal(), "***")
    return visible(" ".join(_TOKEN.sub("***", text).split()), _LONGEST)
