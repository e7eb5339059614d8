"""Entra tokens as the passwords of a program's connections: fetched when one is needed, renewed before they end."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import os
import threading
import time
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from azpg_tls import azureidentity, entra
from azpg_tls import credential as credentials
from azpg_tls.azure import CLOUDS, cloud_of
from azpg_tls.credential import AccessToken, Kind
from azpg_tls.entrafailure import failure
from azpg_tls.errors import InputError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

    from azpg_tls.credential import Settings

# Seconds before its end that a token is renewed, and from one failure of that to the next try, as azure-identity has
# them: where nobody answers, each try holds up a connection that the old token would still serve.
EARLY = 300.0
AGAIN = 30.0


class TokenProvider:
    """Gives the token as the password; one object serves every thread and every event loop.

    Called, it returns the token: asyncpg's ``password=``. `asynchronous` does the same without holding up an event
    loop. `parameters` and `parameters_async` are ``kwargs=`` of psycopg's pools, `do_connect` is a listener for
    SQLAlchemy's event of that name. Without a token `NotAcquiredError` is raised; its ``finding`` says why.
    """

    def __init__(
        self,
        credential: TokenCredential | AsyncTokenCredential | None,
        cloud: str,
        timeout: float,
        named: tuple[Kind, Settings] | None = None,
    ) -> None:
        self._credential = credential
        self._cloud = cloud
        self._timeout = timeout
        self._named = named  # what *credential* was made of, for what is said when it fails
        self._held: AccessToken | None = None
        self._again = 0.0  # when to try again, in seconds since 1970
        self._lock = threading.Lock()
        # A lock of asyncio's belongs to one event loop.
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    def __call__(self) -> str:
        """Return a token that is valid for some minutes at least."""
        if inspect.iscoroutinefunction(getattr(self._credential, "get_token", None)):
            raise InputError("this credential is an asynchronous one: use provider.asynchronous")
        with self._lock:
            if self._held is None or self._due(self._held):
                self._held = self._renewed(self._fetch())
            return self._held.secret.reveal()

    async def asynchronous(self) -> str:
        """Return a token that is valid for some minutes at least; the event loop goes on meanwhile."""
        if not inspect.iscoroutinefunction(getattr(self._credential, "get_token", None)):
            return await asyncio.to_thread(self)
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if self._held is None or self._due(self._held):
                self._held = self._renewed(await self._fetch_async(cast("AsyncTokenCredential", self._credential)))
            return self._held.secret.reveal()

    def parameters(self) -> dict[str, Any]:
        """Return what psycopg's connections need to log in, for ``ConnectionPool(kwargs=…)``."""
        return {"password": self()}

    async def parameters_async(self) -> dict[str, Any]:
        """Return the same, for ``AsyncConnectionPool(kwargs=…)``."""
        return {"password": await self.asynchronous()}

    def do_connect(self, _dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
        """Put the token into the *parameters* of a new connection of SQLAlchemy's."""
        parameters["password"] = self()

    def _fetch(self) -> AccessToken | entra.NotAcquiredError:
        if self._credential is None:
            try:
                return entra.acquire(self._cloud, credentials.settings(os.environ), timeout=self._timeout)
            except entra.NotAcquiredError as error:
                return error
        given = cast("TokenCredential", self._credential)
        if self._named:
            kind, settings = self._named
            host = azureidentity.host_of(self._cloud, settings, kind)
            answer = entra.ask(given.get_token, self._cloud, kind, timeout=self._timeout, host=host, settings=settings)
        else:
            answer = entra.ask(given.get_token, self._cloud, type(given).__name__, timeout=self._timeout)
        return answer if isinstance(answer, AccessToken) else entra.NotAcquiredError((answer,), self._cloud)

    async def _fetch_async(self, given: AsyncTokenCredential) -> AccessToken | entra.NotAcquiredError:
        name = type(given).__name__
        try:
            asked = given.get_token(CLOUDS[self._cloud].scope)
            return entra.acquired(await asyncio.wait_for(asked, self._timeout), name)
        except Exception as error:  # whatever azure-identity and its HTTP client raise
            return entra.NotAcquiredError((failure(name, error),), self._cloud)

    def _renewed(self, answer: AccessToken | entra.NotAcquiredError) -> AccessToken:
        """Return the new token; the old one while it is valid, if there is no new one."""
        if isinstance(answer, AccessToken):
            return answer
        if self._held is not None and _left(self._held) > 0:
            self._again = time.time() + AGAIN
            return self._held
        raise answer

    def _due(self, held: AccessToken) -> bool:
        left = _left(held)
        return left <= 0 or (left < EARLY and time.time() >= self._again)


def _left(held: AccessToken) -> float:
    return (held.expires - dt.datetime.fromtimestamp(time.time(), dt.UTC)).total_seconds()


def token_provider(
    credential: TokenCredential | AsyncTokenCredential | str | None = None,
    *,
    host: str = "",
    cloud: str | None = None,
    timeout: float = azureidentity.DEFAULT_TIMEOUT,
) -> TokenProvider:
    """Return what gives Entra tokens as passwords to drivers and pools.

    *credential* is one of azure-identity's, or a name of ``azpg-tls token --credential``; without it, what is
    configured decides, at each renewal. The *cloud* follows from the server's *host*, and is the public one otherwise;
    *timeout* is in seconds. Raises `InputError` if a setting cannot be used, or azure-identity is not installed.
    """
    named = cloud or cloud_of(host) or "public"
    if named not in CLOUDS:
        raise InputError(f"cloud {named!r} is not one of {', '.join(CLOUDS)}")
    if isinstance(credential, str):
        if credential not in list(Kind):
            raise InputError(f"credential {credential!r} is not one of {', '.join(Kind)}")
        made_of = Kind(credential), credentials.settings(os.environ)
        return TokenProvider(
            azureidentity.credential(named, made_of[1], made_of[0], timeout=timeout), named, timeout, made_of
        )
    return TokenProvider(credential, named, timeout)
