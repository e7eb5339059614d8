"""What is configured, and in which order credentials are tried."""

from __future__ import annotations

import pytest

from azpg_tls.credential import Kind, configured, server_name, settings
from azpg_tls.errors import InputError

APP = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c"}
SECRET = {"AZURE_CLIENT_SECRET": "s"}
CERTIFICATE = {"AZURE_CLIENT_CERTIFICATE_PATH": "/c.pem"}
FEDERATED = {"AZURE_FEDERATED_TOKEN_FILE": "/token"}
MANAGED = {"IDENTITY_ENDPOINT": "http://127.0.0.1/"}


@pytest.mark.parametrize(
    ("environment", "az", "kinds"),
    [
        (APP | SECRET, True, (Kind.CLIENT_SECRET,)),
        (APP | SECRET | CERTIFICATE | FEDERATED | MANAGED, True, (Kind.CLIENT_SECRET,)),
        (APP | CERTIFICATE | FEDERATED, True, (Kind.CLIENT_CERTIFICATE,)),
        (APP | FEDERATED | MANAGED, True, (Kind.WORKLOAD_IDENTITY,)),
        (APP | MANAGED, True, (Kind.MANAGED_IDENTITY,)),
        (APP, True, (Kind.AZURE_CLI, Kind.MANAGED_IDENTITY)),
        ({}, True, (Kind.AZURE_CLI, Kind.MANAGED_IDENTITY)),
        ({}, False, (Kind.MANAGED_IDENTITY,)),
        ({"AZURE_CLIENT_SECRET": ""}, False, (Kind.MANAGED_IDENTITY,)),
    ],
)
def test_the_order_follows_from_what_is_configured(
    environment: dict[str, str], az: bool, kinds: tuple[Kind, ...]
) -> None:
    assert configured(settings(environment), az=az) == kinds


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (SECRET, "AZURE_CLIENT_SECRET is set without AZURE_TENANT_ID and AZURE_CLIENT_ID: set what is missing"),
        (SECRET | {"AZURE_TENANT_ID": "t"}, "AZURE_CLIENT_SECRET is set without AZURE_CLIENT_ID"),
        (CERTIFICATE | {"AZURE_CLIENT_ID": "c"}, "AZURE_CLIENT_CERTIFICATE_PATH is set without AZURE_TENANT_ID"),
    ],
)
def test_a_half_of_a_service_principal_is_a_mistake(environment: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        configured(settings(environment), az=True)


def test_a_file_wins_over_the_environment_and_may_use_short_names() -> None:
    file = {"TENANT_ID": "file's", "CLIENT_ID": "short", "AZURE_CLIENT_ID": "long", "CLIENT_SECRET": "PLANTED", "X": ""}
    given = settings(APP | SECRET | {"AZURE_AUTHORITY_HOST": "login.example"}, file)
    assert (given.tenant, given.client, given.secret.reveal()) == ("file's", "long", "PLANTED")
    assert given.authority == "login.example"
    assert "PLANTED" not in repr(given)


def test_short_names_of_the_environment_are_any_programs() -> None:
    given = settings({"TENANT_ID": "t", "CLIENT_ID": "c", "CLIENT_SECRET": "s"})
    assert (given.tenant, given.client, bool(given.secret)) == ("", "", False)


@pytest.mark.parametrize(
    ("host", "cloud", "name"),
    [
        ("db1", "public", "db1.postgres.database.azure.com"),
        ("db1", "china", "db1.postgres.database.chinacloudapi.cn"),
        ("db1.postgres.database.azure.com", "china", "db1.postgres.database.azure.com"),
        ("", "public", ""),
    ],
)
def test_a_server_is_named_in_short_or_in_full(host: str, cloud: str, name: str) -> None:
    assert server_name(host, cloud) == name
