"""A host's cloud is told by its suffix."""

from __future__ import annotations

import pytest

from azpg_tls.azure import CLOUDS, GENERATIONS, cloud_of
from azpg_tls.bundle import PROFILES, known_cas
from azpg_tls.lab.generations import SHAPES


@pytest.mark.parametrize(
    ("host", "cloud"),
    [
        ("db.postgres.database.azure.com", "public"),
        ("DB.Postgres.Database.Azure.COM.", "public"),
        ("db.privatelink.postgres.database.azure.com", "public"),
        ("base.writer.postgres.database.azure.com", "public"),
        ("c-group.1234567890.postgres.cosmos.azure.com", "public"),
        ("cluster.id.eastus.horizondb.azure.com", "public"),
        ("db.postgres.database.usgovcloudapi.net", "usgov"),
        ("db.postgres.database.chinacloudapi.cn", "china"),
        ("c-group.1234567890.postgres.cosmos.chinacloudapi.cn", "china"),
        ("postgres.database.azure.com", None),
        ("evilpostgres.database.azure.com", None),
        ("db.postgres.database.azure.com.example.org", None),
        ("db.mysql.database.azure.com", None),
        ("localhost", None),
        ("127.0.0.1", None),
        ("", None),
    ],
)
def test_the_suffix_tells_the_cloud(host: str, cloud: str | None) -> None:
    assert cloud_of(host) == cloud


def test_every_cloud_has_a_bundle_and_its_private_names_are_its_own() -> None:
    assert set(CLOUDS) < set(PROFILES)
    assert all(cloud_of(f"db.{cloud.private_zone}") == name for name, cloud in CLOUDS.items())


def test_the_generations_are_those_of_the_known_cas_and_of_the_laboratory() -> None:
    assert set(GENERATIONS) == {ca.generation for ca in known_cas() if ca.generation} == set(SHAPES)
