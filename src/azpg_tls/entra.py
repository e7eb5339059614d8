"""Entra tokens through azure-identity, which is imported when a token is asked for, under one deadline."""

from __future__ import annotations

import contextlib
import datetime as dt
import queue
import shutil
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from azpg_tls import azureidentity
from azpg_tls.azure import CLOUDS
from azpg_tls.azureidentity import DEFAULT_TIMEOUT
from azpg_tls.credential import AccessToken, Failure, Kind, Settings, configured
from azpg_tls.entrafailure import NOTHING, LateError, failure
from azpg_tls.errors import AzpgTlsError
from azpg_tls.rules.sign_in import finding
from azpg_tls.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import AccessToken as AzureToken
    from azure.core.credentials import TokenCredential

T = TypeVar("T")


DEVICE_TIMEOUT = 900.0  # seconds that a device code lives (RFC 8628 section 3.2; Entra ID's expires_in)


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
        get_token = partial(_once, azureidentity.credential(cloud, settings, each, timeout=left, prompt=prompt))
        host = azureidentity.host_of(cloud, settings, each)
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
    settings: Settings = NOTHING,
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


def _within(timeout: float, call: Callable[[], T]) -> T:
    """Return what *call* returns or raises; raises `LateError` after *timeout* seconds.

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
        raise LateError from None
    if error is not None:
        raise error
    return cast("T", answer)
