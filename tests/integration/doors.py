"""A server with a role for each way in which a login ends, and what ``azpg-tls login`` left there."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from tests import schemas
from tests.integration.fleet import _superuser
from tests.integration.postgres import PASSWORD
from tests.integration.servers import Plan, Recipe, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.fleet import Fleet


METHODS = {"scram": "scram-sha-256", "md5": "md5", "clear": "password", "trust": "trust", "expired": "scram-sha-256"}
METHODS |= {"nologin": "trust", "limited": "scram-sha-256", "absent": "trust", "barred": "trust", "rejected": "reject"}
HBA = (
    "local all all trust",
    "hostssl all lab,lab_cleartext all cert",
    "hostssl all lab_unlisted all scram-sha-256 clientcert=verify-ca",
    *(f"hostssl all {user} all {method}" for user, method in METHODS.items()),
)
SETUP = f"""
SET password_encryption = 'md5';
CREATE ROLE md5 LOGIN PASSWORD '{PASSWORD}';
SET password_encryption = 'scram-sha-256';
CREATE ROLE scram LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE clear LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE trust LOGIN;
CREATE ROLE expired LOGIN PASSWORD '{PASSWORD}' VALID UNTIL '2001-01-01';
CREATE ROLE nologin;
CREATE ROLE limited LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 0;
CREATE ROLE barred LOGIN;
CREATE ROLE rejected LOGIN;
CREATE TABLE things (name text, size int);
INSERT INTO things VALUES ('one', 1), (NULL, 2), ('NULL', 3), ('', 4), (E'a,"b"\\n', 5);
GRANT ALL ON things TO scram;
CREATE DATABASE closed;
CREATE DATABASE narrow CONNECTION LIMIT 0;
REVOKE CONNECT ON DATABASE closed FROM public;
"""  # noqa: S608 -- nothing in it comes from outside


class Done:
    """What one run left."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        document = json.loads(self.out)
        schemas.PROBE.validate(document)
        return document

    @property
    def diagnosis(self) -> tuple[str | None, str | None]:
        """The code, and the server's SQLSTATE."""
        found = self.json["diagnosis"] or {"code": None, "evidence": {}}
        return found["code"], found["evidence"].get("sqlstate")


def plan(major: int) -> Plan:
    return Plan(f"doors-{major}", Recipe(major, hba=HBA, client_certificates=True))


def opened(fleet: Fleet, major: int) -> Server:
    server = fleet.server(plan(major))
    with _superuser(server.daemon, server.root_file.parent) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'scram'").fetchone() is None:
            for statement in SETUP.strip().split(";\n"):
                connection.execute(statement.removesuffix(";").encode())
    return server


def environment(home: Path, **values: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"HOME": str(home)} | values


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
