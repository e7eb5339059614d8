"""Tokens as passwords: renewed in time, once for everybody who waits, and the old one while it is good."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

import azpg_tls
from azpg_tls.errors import InputError
from tests.entra import forged

if TYPE_CHECKING:
    from tests.entra.fakes import Authority, Machine

CLOUDS = {
    "public": "https://ossrdbms-aad.database.windows.net/.default",
    "china": "https://ossrdbms-aad.database.chinacloudapi.cn/.default",
}


class Given:
    """A program's own credential, with a clock that the test sets."""

    def __init__(self, minutes: float = 60) -> None:
        self.minutes = minutes
        self.asked: list[str] = []
        self.fails = False
        self.now = time.time()

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked += scopes
        if self.fails:
            raise ClientAuthenticationError(message="AADSTS700082: The refresh token has expired due to inactivity.")
        return AccessToken(f"token {len(self.asked)}", int(self.now + 60 * self.minutes))


class GivenAsync(Given):
    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().get_token(*scopes, **options)


def provider_of(given: Any, **options: Any) -> azpg_tls.TokenProvider:
    return azpg_tls.token_provider(given, **options)


@pytest.fixture(params=[Given, GivenAsync], ids=["sync", "async"])
def given(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Given:
    made: Given = request.param()
    monkeypatch.setattr("azpg_tls.provider.time.time", lambda: made.now)
    return made


def fetched(provider: azpg_tls.TokenProvider, given: Given) -> str:
    return asyncio.run(provider.asynchronous()) if isinstance(given, GivenAsync) else provider()


def test_a_token_is_kept_until_five_minutes_before_its_end(given: Given) -> None:
    provider = provider_of(given)
    assert [fetched(provider, given), fetched(provider, given)] == ["token 1", "token 1"]
    given.now += 54 * 60
    assert fetched(provider, given) == "token 1"
    given.now += 2 * 60
    assert fetched(provider, given) == "token 2"
    assert given.asked == [CLOUDS["public"]] * 2


def test_the_old_token_serves_while_it_is_valid(given: Given) -> None:
    provider = provider_of(given)
    fetched(provider, given)
    given.fails = True
    given.now += 57 * 60
    assert [fetched(provider, given), fetched(provider, given), len(given.asked)] == ["token 1", "token 1", 2]
    given.now += 30
    assert (fetched(provider, given), len(given.asked)) == ("token 1", 3)
    given.now += 4 * 60
    with pytest.raises(azpg_tls.NotAcquiredError) as raised:
        fetched(provider, given)
    assert raised.value.finding.code == "entra-sign-in-refused"
    assert "The sign-in was not used for too long" in str(raised.value)


@pytest.mark.parametrize(
    ("options", "cloud"),
    [
        ({"host": "db.postgres.database.chinacloudapi.cn"}, "china"),
        ({"host": "db.postgres.database.chinacloudapi.cn", "cloud": "public"}, "public"),
        ({"host": "db.example"}, "public"),
    ],
)
def test_the_cloud_follows_from_the_host(options: dict[str, str], cloud: str) -> None:
    given = Given()
    provider_of(given, **options)()
    assert given.asked == [CLOUDS[cloud]]


def test_an_event_loop_is_not_held_up_by_a_credential_that_blocks() -> None:
    class Slow(Given):
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            released.wait(10)
            return super().get_token(*scopes, **options)

    released = threading.Event()

    async def both() -> tuple[str, None]:
        async def others() -> None:
            released.set()

        return await asyncio.gather(provider_of(Slow()).asynchronous(), others())

    assert asyncio.run(both())[0] == "token 1"


def test_an_async_credential_that_never_answers_is_given_up() -> None:
    class Silent(Given):
        async def get_token(self, *scopes: str, **_: Any) -> AccessToken:  # type: ignore[override]
            await asyncio.Event().wait()
            raise AssertionError(scopes)

    with pytest.raises(azpg_tls.NotAcquiredError) as raised:
        asyncio.run(provider_of(Silent(), timeout=0.1).asynchronous())
    assert raised.value.finding.code == "entra-unreachable"


def test_a_token_that_ends_at_no_time_is_none() -> None:
    class Endless(GivenAsync):
        async def get_token(self, *_scopes: str, **_: Any) -> AccessToken:  # type: ignore[override]
            return AccessToken("token", 10**20)

    with pytest.raises(azpg_tls.NotAcquiredError, match="a token that ends at no time"):
        asyncio.run(provider_of(Endless()).asynchronous())


def test_a_credential_of_ones_own_needs_no_azure_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own:
        def get_token(self, *_scopes: str) -> AccessToken:
            raise RuntimeError("the vault is sealed")

    for name in ("azure.core.exceptions", "azure.identity"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(azpg_tls.NotAcquiredError, match="the vault is sealed"):
        provider_of(Own())()


def test_an_async_credential_is_not_for_threads() -> None:
    with pytest.raises(InputError, match=r"use provider\.asynchronous"):
        provider_of(GivenAsync())()


def test_many_threads_ask_once() -> None:
    given = Given()
    provider = provider_of(given)
    threads = [threading.Thread(target=provider) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given.asked) == 1


def test_many_tasks_ask_once_in_each_event_loop() -> None:
    given = GivenAsync()
    provider = provider_of(given)

    async def many() -> list[str]:
        return await asyncio.gather(*(provider.asynchronous() for _ in range(20)))

    assert set(asyncio.run(many())) == {"token 1"}
    given.fails = True
    assert set(asyncio.run(many())) == {"token 1"}
    assert len(given.asked) == 1


def test_what_each_driver_takes() -> None:
    provider = provider_of(Given())
    assert provider.parameters() == {"password": "token 1"}
    assert asyncio.run(provider.parameters_async()) == {"password": "token 1"}
    cparams = {"user": "u", "password": "old"}
    provider.do_connect(object(), object(), [], cparams)
    assert cparams == {"user": "u", "password": "token 1"}


def test_what_is_configured_decides_without_a_credential(machine: Machine) -> None:
    token = azpg_tls.token_provider()()
    assert token.count(".") == 2
    machine.identity = False
    with pytest.raises(azpg_tls.NotAcquiredError) as raised:
        azpg_tls.token_provider(timeout=10)()
    assert raised.value.finding.code == "entra-no-credential"


def test_a_credential_can_be_named(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.secret = "s"
    app = {"TENANT_ID": forged.TENANT, "CLIENT_ID": forged.APP, "CLIENT_SECRET": "s", "AUTHORITY_HOST": authority.url}
    for name, value in app.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    provider = azpg_tls.token_provider("client-secret")
    assert provider() == provider()
    assert len(authority.asked) == 2


def test_a_credential_that_was_named_fails_as_on_the_command_line(machine: Machine) -> None:
    machine.identity = False
    with pytest.raises(azpg_tls.NotAcquiredError, match="The credential managed-identity is not available") as raised:
        azpg_tls.token_provider("managed-identity", timeout=10)()
    assert (raised.value.finding.code, raised.value.finding.evidence["credential"]) == (
        "entra-no-credential",
        "managed-identity",
    )


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("password",), {}, "credential 'password' is not one of client-secret, "),
        ((), {"cloud": "moon"}, "cloud 'moon' is not one of public, usgov, china"),
    ],
)
def test_what_cannot_be_used(arguments: Any, options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        azpg_tls.token_provider(*arguments, **options)


def test_nothing_of_a_token_is_shown(machine: Machine) -> None:
    del machine
    provider = azpg_tls.token_provider()
    token = provider()
    assert token not in repr(provider)
    assert token not in repr(vars(provider))
