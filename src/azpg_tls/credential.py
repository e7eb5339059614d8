"""What an Entra token is acquired with, and why none was acquired: facts, told without any secret."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from azpg_tls.azure import CLOUDS
from azpg_tls.errors import InputError
from azpg_tls.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """The credentials of azure-identity that are offered, by what they are called here."""

    CLIENT_SECRET = "client-secret"  # noqa: S105 (a word, not a secret)
    CLIENT_CERTIFICATE = "client-certificate"
    WORKLOAD_IDENTITY = "workload-identity"
    MANAGED_IDENTITY = "managed-identity"
    AZURE_CLI = "azure-cli"
    DEVICE_CODE = "device-code"


# What azure-identity reads from the environment.
NAMES = {
    "tenant": "AZURE_TENANT_ID",
    "client": "AZURE_CLIENT_ID",
    "secret": "AZURE_CLIENT_SECRET",
    "certificate": "AZURE_CLIENT_CERTIFICATE_PATH",
    "certificate_password": "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "token_file": "AZURE_FEDERATED_TOKEN_FILE",
    "authority": "AZURE_AUTHORITY_HOST",
}
# Names that a file of settings may use too; in an environment they could be any program's.
SHORT = {"tenant": "TENANT_ID", "client": "CLIENT_ID", "secret": "CLIENT_SECRET"}
SECRETS = (
    "AZURE_CLIENT_SECRET",
    "CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_POSTGRES_ADMIN_PASS",
    "PGPASSWORD",
)
# Where an environment names the service that gives tokens of managed identities (azure-identity's managed_identity.py).
MANAGED = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")


@dataclass(frozen=True)
class Settings:
    """What is configured: "" where nothing is.

    *authority* is a host or an https URL, *certificate* and *token_file* are paths; *managed* is the URL of a service
    that gives tokens of managed identities, where the environment names one.
    """

    tenant: str = ""
    client: str = ""
    secret: Secret = field(default_factory=lambda: Secret(""))
    certificate: str = ""
    certificate_password: Secret = field(default_factory=lambda: Secret(""))
    token_file: str = ""
    authority: str = ""
    managed: str = ""


def settings(environment: Mapping[str, str], file: Mapping[str, str] | None = None) -> Settings:
    """Return what the *environment* and a *file* of settings configure; the file wins, since it was named."""
    values = dict(environment) | (from_file(file) if file else {})
    found = {name: values.get(variable, "") for name, variable in NAMES.items()}
    return Settings(
        found["tenant"],
        found["client"],
        Secret(found["secret"]),
        found["certificate"],
        Secret(found["certificate_password"]),
        found["token_file"],
        found["authority"],
        next((values[name] for name in MANAGED if values.get(name)), ""),
    )


def from_file(file: Mapping[str, str]) -> dict[str, str]:
    """Return what *file* sets, with its short names written out; a long name wins over its short one."""
    long = {NAMES[name]: file[short] for name, short in SHORT.items() if file.get(short)}
    return long | {name: value for name, value in file.items() if value}


def named(file: Mapping[str, str]) -> bool:
    """Whether a *file* of settings says what to get a token with."""
    found = from_file(file)
    return any(NAMES[name] in found for name in ("secret", "certificate", "token_file"))


def server_name(host: str, cloud: str) -> str:
    """Return the full name of AZURE_POSTGRES_HOST, which may be a server's bare name in *cloud*."""
    return host if not host or "." in host else f"{host}.{CLOUDS[cloud].suffix}"


def configured(given: Settings, *, az: bool) -> tuple[Kind, ...]:
    """Return the kinds to try, in order, by what is configured; *az* says that the Azure CLI is installed.

    What names a principal is taken alone: to go on with another one would hide its failure. Raises `InputError` if
    only a part of it is there.
    """
    if given.secret or given.certificate:
        what = NAMES["secret" if given.secret else "certificate"]
        missing = [NAMES[name] for name in ("tenant", "client") if not getattr(given, name)]
        if missing:
            raise InputError(f"{what} is set without {' and '.join(missing)}: set what is missing")
        return (Kind.CLIENT_SECRET,) if given.secret else (Kind.CLIENT_CERTIFICATE,)
    if given.token_file:
        return (Kind.WORKLOAD_IDENTITY,)
    if given.managed:
        return (Kind.MANAGED_IDENTITY,)
    return (Kind.AZURE_CLI, Kind.MANAGED_IDENTITY) if az else (Kind.MANAGED_IDENTITY,)


@dataclass(frozen=True)
class AccessToken:
    """A token, until when it is valid, and what it was acquired with."""

    secret: Secret
    expires: dt.datetime
    kind: str


class Trouble(StrEnum):
    """Why no token was acquired."""

    REFUSED = "refused"  # whoever gives tokens said no
    UNAVAILABLE = "unavailable"  # the credential is not there: nothing was asked, or nobody that gives tokens
    NAME = "name"  # the host's name does not resolve
    CONNECTION = "connection"  # refused, reset, or a proxy's
    CERTIFICATE = "certificate"  # TLS: the host did not prove who it is
    TIMEOUT = "timeout"
    REQUEST = "request"  # it could not be made: a proxy says no, a file of roots is not there
    NONSENSE = "nonsense"  # an answer that is not one of a token's giver


@dataclass(frozen=True)
class Failure:
    """One credential that gave no token: *message* is the answer's text or azure-identity's.

    *kind* is one of `Kind`, or what a program calls its own credential; *number* is that of Entra ID's error (AADSTS),
    *host* the one that was asked, "" if none was or it is not known.
    """

    kind: str
    trouble: Trouble
    message: str
    number: int | None = None
    host: str = ""
