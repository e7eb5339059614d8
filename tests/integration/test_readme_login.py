"""The README's way from nothing to a login with Entra ID, run as it stands, on a fake Azure with a real PostgreSQL."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from tests.entra import forged
from tests.entra.fakes import Authority, https, serving
from tests.integration.doors import environment
from tests.integration.fleet import _superuser
from tests.integration.servers import Plan, Recipe
from tests.table import README

if TYPE_CHECKING:
    from tests.integration.fleet import Fleet

SECRET = "planted-5ecret-9f31"
HOST = "myserver.postgres.database.azure.com"
AZURE_LIKE = Plan("azure-like", Recipe(dns_name=HOST, hba=("local all all trust", "hostssl all all all password")))
ADMIN = "Alice@contoso.com"

# What az prints for the README's lines; what it is asked is kept.
AZ = """\
#!/bin/bash
# a fake of azpg-tls's tests
echo "az $*" >>"$(dirname "$0")/asked"
case "$*" in
  "ad app create --display-name my-app --query appId --output tsv") echo {app};;
  "ad sp create --id {app}") echo '{{"appId": "{app}"}}';;
  "ad app credential reset --id {app} --append --query [tenant, password] --output tsv") echo {tenant}; echo {secret};;
  "account get-access-token "*) echo '{{"accessToken": "{token}", "expires_on": 4102444800}}';;
  *) echo "az: not known: $*" >&2; exit 2;;
esac
"""
# Azure's function, as far as the README needs it; the application's token is the role's password.
CREATE_PRINCIPAL = """\
CREATE OR REPLACE FUNCTION pgaadauth_create_principal(name text, admin boolean, mfa boolean) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L', name, current_setting('fake.token'));
  RETURN 'Created role for ' || quote_ident(name);
END $$
"""


class Known(Authority):
    """An authority whose one token for the application is known beforehand."""

    token = forged.token(forged.APPLICATION, at=dt.datetime.now(dt.UTC))

    def _given(self, claims: dict[str, Any]) -> dict[str, Any]:
        return super()._given(claims) | {"access_token": self.token}


def steps() -> str:
    """Return the README's lines, with what a reader fills in."""
    block: str
    (block,) = re.findall(
        r"^```sh\n(azpg-tls probe myserver[^`]*?app\.env --entra[^`]*)^```$", README.read_text(), re.M
    )
    for word, value in (("the tenant", forged.TENANT), ("the APP_ID", forged.APP), ("the password", SECRET)):
        block = re.sub(rf"(?<==){word}$", value, block, flags=re.M)
    return block.replace("--id APP_ID", f"--id {forged.APP}")


@pytest.fixture
def outside(fleet: Fleet, tmp_path: Path) -> dict[str, str]:
    """The environment in which the fake Azure is all that there is, with a server that lets its administrator in."""
    server = fleet.server(AZURE_LIKE)
    admin = forged.token(forged.USER, at=dt.datetime.now(dt.UTC))
    with _superuser(server.daemon, server.root_file.parent) as connection:
        create = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
        connection.execute(create.format(sql.Identifier(ADMIN), sql.Literal(admin)))
        connection.execute(CREATE_PRINCIPAL.encode())
        name = sql.Identifier(ADMIN)
        connection.execute(sql.SQL("ALTER ROLE {} SET fake.token = {}").format(name, sql.Literal(Known.token)))
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "az").write_text(AZ.format(app=forged.APP, tenant=forged.TENANT, secret=SECRET, token=admin))
    (binaries / "az").chmod(0o755)
    path = f"{binaries}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    where = {"PGHOSTADDR": "127.0.0.1", "PGPORT": str(server.port), "PGSSLROOTCERT": str(server.root_file)}
    return environment(tmp_path, PATH=path, **where)


def test_the_way_of_the_readme_leads_to_a_login(outside: dict[str, str], tmp_path: Path) -> None:
    fake, tls = Known(secret=SECRET), https(tmp_path)
    with serving(fake, tls.context):
        env = outside | {"AZURE_AUTHORITY_HOST": fake.url, "REQUESTS_CA_BUNDLE": str(tls.root)}
        done = subprocess.run(
            ["bash", "-e", "-c", steps()], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
    assert (done.returncode, done.stderr) == (0, "")
    verdicts = re.findall(r"^(?:PASS|WARN|FAIL) .*$", done.stdout, re.M)
    assert verdicts == [
        f"PASS  myserver ({HOST}:{env['PGPORT']}): The server proved to be {HOST} over TLSv1.3",
        f"PASS  myserver ({HOST}:{env['PGPORT']}): The server proved to be {HOST} over TLSv1.3; logged in as {ADMIN}",
        f"PASS  client-secret: A token of an application ({forged.APP}) for PostgreSQL in the cloud 'public'",
        f"PASS  {HOST}:{env['PGPORT']}: The server proved to be {HOST} over TLSv1.3; logged in as my-app",
    ]
    assert """Created role for "my-app\"""" in done.stdout
    assert (tmp_path / "app.env").stat().st_mode & 0o777 == 0o600
    shown = done.stdout.replace(SECRET, "", 1)  # az shows it once
    assert [word for word in (SECRET, Known.token, "eyJ") if word in shown] == []
