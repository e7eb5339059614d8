"""Why azure-identity gave no token: told by the errors it came from, and by Entra ID's own numbers."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

from azpg_tls.credential import Failure, Kind, Settings, Trouble
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTHING = Settings()

_LONGEST = 1000  # characters of an answer's text; Entra ID's have some hundred

# An error's number and words, as they stand in a JSON text or alone.
_NUMBER = re.compile(r"AADSTS(\d{4,9})[^\"\\]*")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")


class LateError(Exception):
    """The deadline has passed."""


def failure(kind: str, error: BaseException, host: str = "", settings: Settings = NOTHING) -> Failure:
    """Return what *error* says, told by the errors it came from and by Entra ID's own numbers."""
    causes = tuple(_causes(error))[::-1]  # the innermost first: it says what happened
    for cause in causes:
        if number := _NUMBER.search(str(cause)):
            return Failure(kind, Trouble.REFUSED, clean(number[0], settings), int(number[1]), host)
    known = ((what, words(cause)) for kinds, what, words in _TROUBLES for cause in causes if isinstance(cause, kinds))
    trouble, words = next(known, (_by_azure(error), str(error)))
    words = clean(words, settings)
    if kind == Kind.MANAGED_IDENTITY and trouble is not Trouble.REFUSED:
        # That nobody answers there is the usual sign of a machine that is none of Azure's.
        return Failure(kind, Trouble.UNAVAILABLE, f"{host}: {words}", None, host)
    return Failure(kind, trouble, words, None, host)


def _by_azure(error: BaseException) -> Trouble:
    try:
        from azure.core.exceptions import ClientAuthenticationError
        from azure.identity import CredentialUnavailableError
    except ImportError:  # a program's own credential needs neither
        return Trouble.NONSENSE
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
    ((LateError, TimeoutError, subprocess.TimeoutExpired), Trouble.TIMEOUT, lambda _error: "no answer in time"),
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


def clean(text: str, settings: Settings) -> str:
    """Return *text* as one line without secrets: those that are known, and whatever looks like a token."""
    for secret in (settings.secret, settings.certificate_password):
        if secret:
            text = text.replace(secret.reveal(), "***")
    return visible(" ".join(_TOKEN.sub("***", text).split()), _LONGEST)
