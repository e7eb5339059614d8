"""azure-identity's credentials, one for each kind; it is imported when one is made."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azpg_tls.azure import CLOUDS
from azpg_tls.credential import NAMES, Kind, Settings
from azpg_tls.entrafailure import clean
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_Prompt = Callable[[str], None] | None

INSTALL = "pip install 'azpg-tls[entra]'"

DEFAULT_TIMEOUT = 30.0  # seconds

IMDS = "169.254.169.254"
_IMDS_PATIENCE = 2  # seconds; azure-identity's own: it is one hop away, or not there


def credential(
    cloud: str,
    settings: Settings,
    kind: Kind,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    prompt: Callable[[str], None] | None = None,
) -> TokenCredential:
    """Return azure-identity's credential of *kind*, which waits for *timeout* seconds at most for each answer.

    Raises `InputError` if azure-identity is not installed, or a setting is missing or cannot be used.
    """
    try:
        import azure.identity  # noqa: F401
    except ImportError:
        raise InputError(f"Entra ID needs azure-identity: {INSTALL}") from None
    # Its warnings say what the failure says; without any handler Python would print them to standard error.
    for name in ("azure", "msal"):
        if not logging.getLogger(name).handlers:
            logging.getLogger(name).addHandler(logging.NullHandler())
    for name in _NEEDED[kind]:
        if not getattr(settings, name):
            raise InputError(f"the credential {kind} needs {NAMES[name]}")
    try:
        return _MAKERS[kind](_authority(cloud, settings), settings, timeout, prompt)
    except (ValueError, TypeError, OSError) as error:
        words = error.strerror if isinstance(error, OSError) else clean(str(error), settings)
        file = f" '{settings.certificate}'" if kind is Kind.CLIENT_CERTIFICATE else ""
        raise InputError(f"the credential {kind}{file} cannot be used: {words}") from None


def host_of(cloud: str, settings: Settings, kind: Kind) -> str:
    """Return the host that is asked for a token with the credential *kind*; "" if a program is asked."""
    if kind is Kind.AZURE_CLI:
        return ""
    if kind is Kind.MANAGED_IDENTITY:
        return urlsplit(settings.managed).hostname or IMDS
    return urlsplit(_authority(cloud, settings)).hostname or ""


def _authority(cloud: str, settings: Settings) -> str:
    named = settings.authority or CLOUDS[cloud].authority
    return named if "://" in named else f"https://{named}"


def _http(authority: str, timeout: float) -> dict[str, Any]:
    """Return how a credential talks to *authority*: one more try after a failure, and no waiting beyond *timeout*.

    A host that is none of Microsoft's was named by the user: nobody else is asked about it.
    """
    known = {cloud.authority for cloud in CLOUDS.values()}
    return {
        "authority": authority,
        "disable_instance_discovery": urlsplit(authority).hostname not in known,
        **_patience(timeout),
        "retry_total": 1,
    }


def _patience(timeout: float) -> dict[str, Any]:
    return {"connection_timeout": timeout, "read_timeout": timeout, "timeout": timeout}


def _client_secret(authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import ClientSecretCredential

    return ClientSecretCredential(given.tenant, given.client, given.secret.reveal(), **_http(authority, timeout))


def _client_certificate(authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import CertificateCredential

    password = given.certificate_password.reveal() or None
    http = _http(authority, timeout)
    return CertificateCredential(given.tenant, given.client, given.certificate, password=password, **http)


def _workload_identity(authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import WorkloadIdentityCredential

    return WorkloadIdentityCredential(
        tenant_id=given.tenant, client_id=given.client, token_file_path=given.token_file, **_http(authority, timeout)
    )


def _managed_identity(_authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import ManagedIdentityCredential

    # The retries stay azure-identity's: a machine's service is busy, or still starting, and says so (404, 410, 429).
    http = _patience(timeout) | {"connection_timeout": min(timeout, _IMDS_PATIENCE), "retry_connect": 0}
    return ManagedIdentityCredential(client_id=given.client or None, **http)


def _azure_cli(_authority: str, given: Settings, timeout: float, _prompt: _Prompt) -> TokenCredential:
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=given.tenant, process_timeout=max(1, int(timeout)))


def _device_code(authority: str, given: Settings, timeout: float, prompt: _Prompt) -> TokenCredential:
    from azure.identity import DeviceCodeCredential

    http = _http(authority, timeout) | {"timeout": int(timeout)}
    http |= {"client_id": given.client} if given.client else {}
    if prompt is not None:  # else azure-identity prints
        http["prompt_callback"] = lambda uri, code, ends: prompt(
            f"Open {visible(uri)} and enter the code {visible(code)} until {ends:%H:%M} UTC."
        )
    return DeviceCodeCredential(tenant_id=given.tenant or "organizations", **http)


_MAKERS = {
    Kind.CLIENT_SECRET: _client_secret,
    Kind.CLIENT_CERTIFICATE: _client_certificate,
    Kind.WORKLOAD_IDENTITY: _workload_identity,
    Kind.MANAGED_IDENTITY: _managed_identity,
    Kind.AZURE_CLI: _azure_cli,
    Kind.DEVICE_CODE: _device_code,
}
_NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.CLIENT_SECRET: ("tenant", "client", "secret"),
    Kind.CLIENT_CERTIFICATE: ("tenant", "client", "certificate"),
    Kind.WORKLOAD_IDENTITY: ("tenant", "client", "token_file"),
    Kind.MANAGED_IDENTITY: (),
    Kind.AZURE_CLI: (),
    Kind.DEVICE_CODE: (),
}
