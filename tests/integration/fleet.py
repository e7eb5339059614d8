"""Starts the servers of the plans when a test first asks for them, and ends them all with the session."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from azpg_tls.lab.generations import chain
from azpg_tls.lab.pki import authority, server
from tests.integration.install import postgres_programs
from tests.integration.pgbouncer import pooler
from tests.integration.postgres import DATABASE, ROLE, cluster, template, write_identity
from tests.integration.servers import Server

if TYPE_CHECKING:
    from azpg_tls.lab.pki import Chain
    from tests.integration.daemon import Daemon
    from tests.integration.servers import Plan, Recipe


class Fleet:
    """The running servers, each started once; they and their files are gone when the context is left."""

    def __init__(self) -> None:
        self._context = contextlib.ExitStack()
        self._templates: dict[int, Path] = {}
        self._clusters: dict[Recipe, tuple[Daemon, Path]] = {}
        self._servers: dict[str, Server] = {}

    def __enter__(self) -> Self:
        """Make the directory that holds everything; short, because it is part of a Unix socket's name."""
        scratch = self._context.enter_context(tempfile.TemporaryDirectory(prefix="azpg-"))
        self.directory = Path(scratch)
        self.directory.chmod(0o755)
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()

    def server(self, plan: Plan) -> Server:
        """Return the server of that plan, started if it was not."""
        if plan.name not in self._servers:
            start = self._pooler if plan.pooled else self._cluster
            daemon, root_file = start(plan)
            psql = postgres_programs(plan.psql_major) / "psql"
            self._servers[plan.name] = Server(plan, daemon, root_file, psql)
        return self._servers[plan.name]

    def _cluster(self, plan: Plan) -> tuple[Daemon, Path]:
        recipe = plan.recipe
        if recipe not in self._clusters:
            directory = self._subdirectory()
            pki = _pki(recipe.dns_name)
            root_file = _write_root(pki, directory)
            if recipe.client_certificates:
                _write_client(pki, directory)
            daemon = self._context.enter_context(
                cluster(
                    self._programs(recipe.major),
                    self._template(recipe.major),
                    directory,
                    settings=_settings(recipe, pki, directory, root_file),
                    hba=recipe.hba,
                )
            )
            for _ in range(recipe.held_connections):
                self._context.enter_context(_superuser(daemon, directory))
            self._clusters[recipe] = daemon, root_file
        return self._clusters[recipe]

    def _pooler(self, plan: Plan) -> tuple[Daemon, Path]:
        backend, backend_root = self._cluster(plan)
        directory = self._subdirectory()
        pki = _pki("localhost")
        daemon = self._context.enter_context(
            pooler(backend, backend_root, directory, identity=write_identity(pki, directory))
        )
        return daemon, _write_root(pki, directory)

    def _template(self, major: int) -> Path:
        if major not in self._templates:
            directory = self.directory / f"template-{major}"
            self._templates[major] = template(self._programs(major), directory)
        return self._templates[major]

    def _programs(self, major: int) -> Path:
        """Return where the servers' user can run them: a checkout below /root is closed to it, so it gets a copy."""
        installed = postgres_programs(major)
        if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in installed.parents):
            return installed
        copy = self.directory / f"programs-{major}"
        if not copy.exists():
            shutil.copytree(installed.parent, copy, symlinks=True)
        return copy / "bin"

    def _subdirectory(self) -> Path:
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        directory.chmod(0o755)
        return directory


def _pki(dns_name: str) -> Chain:
    """Make a chain of Azure's shape, with two intermediates, for a server of that name."""
    now = dt.datetime.now(dt.UTC)
    healthy = chain("g2-2025", at=now)
    if dns_name == "localhost":
        return healthy
    leaf = server(healthy.intermediates[0], at=now, dns_names=[dns_name], ip_addresses=[])
    return dataclasses.replace(healthy, leaf=leaf)


def _settings(recipe: Recipe, pki: Chain, directory: Path, root_file: Path) -> dict[str, str]:
    settings = dict(recipe.settings)
    if recipe.tls:
        settings |= {"ssl": "on", **write_identity(pki, directory)}
    if recipe.client_certificates:
        settings["ssl_ca_file"] = str(root_file)
    return settings


def _superuser(daemon: Daemon, socket_directory: Path) -> psycopg.Connection:
    """Connect over the Unix socket, whatever the environment says of PostgreSQL."""
    return psycopg.connect(
        host=str(socket_directory), port=daemon.port, user="postgres", dbname=DATABASE, autocommit=True
    )


def _write_root(pki: Chain, directory: Path) -> Path:
    root_file = directory / "root.pem"
    root_file.write_bytes(pki.root.certificate_pem)
    return root_file


def _write_client(pki: Chain, directory: Path) -> None:
    """Write a certificate for the role, and its key, under libpq's words for them.

    An authority's certificate serves: without extended key usage it is good for a client.
    """
    client = authority(ROLE, at=dt.datetime.now(dt.UTC), issuer=pki.root)
    (directory / "sslcert.pem").write_bytes(client.certificate_pem)
    key = directory / "sslkey.pem"
    key.touch(0o600)
    key.write_bytes(client.key_pem)
