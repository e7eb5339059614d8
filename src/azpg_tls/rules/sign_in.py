"""Why there is no Entra token: what azure-identity met, as one finding with its fix.

Entra ID's errors are told by their numbers (https://learn.microsoft.com/entra/identity-platform/reference-error-codes);
the pages of the codes are in `azpg_tls.pages.sign_in`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.azure import CLOUDS
from azpg_tls.credential import Kind, Trouble
from azpg_tls.pages.sign_in import SIGN_IN
from azpg_tls.report import Finding, Severity, Stage

if TYPE_CHECKING:
    from azpg_tls.credential import Failure

CODES = {
    Trouble.REFUSED: "entra-sign-in-refused",
    Trouble.CERTIFICATE: "entra-unreachable",
    Trouble.NAME: "entra-unreachable",
    Trouble.CONNECTION: "entra-unreachable",
    Trouble.TIMEOUT: "entra-unreachable",
    Trouble.REQUEST: "entra-unreachable",
    Trouble.NONSENSE: "entra-unreachable",
    Trouble.UNAVAILABLE: "entra-no-credential",
}
_LOGIN_AGAIN = "Sign in again: az login --tenant TENANT --scope SCOPE"
_CLOCK = "Set this machine's clock: timedatectl"

# By the number of the error: what it means, and what to do. SCOPE stands for the cloud's.
AADSTS: dict[int, tuple[str, tuple[str, ...]]] = {
    7000215: (
        "The client secret is wrong: often the secret's id was taken for its value",
        ("Make a new one, and take its value: az ad app credential reset --id CLIENT_ID --append --query password",),
    ),
    7000222: (
        "The client secret has expired",
        ("Make a new one: az ad app credential reset --id CLIENT_ID --append --query password",),
    ),
    700016: (
        "The application is not known in this tenant",
        ("Compare AZURE_CLIENT_ID and AZURE_TENANT_ID with: az ad app show --id CLIENT_ID --query appId",),
    ),
    90002: (
        "The tenant is not known in this cloud",
        ("Compare AZURE_TENANT_ID with: az account show --query tenantId", "Choose the cloud: --cloud"),
    ),
    900023: (
        "The tenant's id is neither an id nor a domain",
        ("Compare AZURE_TENANT_ID with: az account show --query tenantId",),
    ),
    7000229: (
        "The application has no service principal in this tenant",
        ("Make one: az ad sp create --id CLIENT_ID",),
    ),
    7000112: ("The application is disabled", ("Enable it: Enterprise applications, Properties, in the Azure portal",)),
    700027: (
        "The certificate is not one that is registered with the application",
        ("Register it: az ad app credential reset --id CLIENT_ID --cert @FILE --append", _CLOCK),
    ),
    700024: ("The proof was made at a time that Entra ID does not accept", (_CLOCK, "let the token file be renewed")),
    70021: (
        "No federated credential of the application matches the Kubernetes token",
        ("Compare issuer, subject and audience: az ad app federated-credential list --id CLIENT_ID",),
    ),
    700211: (
        "No federated credential of the application has the Kubernetes token's issuer",
        ("Compare the issuer: az ad app federated-credential list --id CLIENT_ID",),
    ),
    700213: (
        "No federated credential of the application has the Kubernetes token's subject",
        ("Compare the subject: az ad app federated-credential list --id CLIENT_ID",),
    ),
    65001: (
        "Nobody has consented that this application asks for tokens for PostgreSQL",
        (
            "Consent once: az login --scope SCOPE",
            "Or an administrator: az ad app permission admin-consent --id CLIENT_ID",
        ),
    ),
    500011: (
        "The tenant has no service principal of Azure Database for PostgreSQL, or the cloud is another one",
        ("Choose the cloud: --cloud", "Make it: az ad sp create --id 123cd850-d9df-40bd-94d5-c9f07b7fa203"),
    ),
    50076: ("A second factor is asked for", (_LOGIN_AGAIN, "For programs: a managed identity or a service principal")),
    50079: ("A second factor has to be set up first", (_LOGIN_AGAIN, "For programs: a managed identity")),
    53003: (
        "A conditional access policy does not allow it",
        ("Ask whoever administers the tenant which policy it is: Sign-in logs, Conditional Access",),
    ),
    50173: ("The sign-in is no longer valid: the password was changed, or it was revoked", (_LOGIN_AGAIN,)),
    70043: ("The sign-in is older than a policy allows", (_LOGIN_AGAIN,)),
    700082: ("The sign-in was not used for too long", (_LOGIN_AGAIN,)),
    50105: (
        "The user is not assigned to the application",
        ("Assign the user: Enterprise applications, Users and groups",),
    ),
    50020: ("The account is of another tenant", ("Invite it as a guest, or: az login --tenant TENANT",)),
    50034: ("The account does not exist in this tenant", ("az login --tenant TENANT",)),
    70019: ("The code was not entered in time", ("ask again, and enter the new code",)),
}

_WORDS = {
    Trouble.CERTIFICATE: "{host} did not prove who it is: {message}. Something on the way may inspect TLS.",
    Trouble.NAME: "The name {host} does not resolve: {message}.",
    Trouble.CONNECTION: "The connection to {host} failed: {message}.",
    Trouble.TIMEOUT: "{host} gave no answer in time.",
    Trouble.REQUEST: "The request to {host} could not be made: {message}.",
    Trouble.NONSENSE: "{host} answered, but not as Entra ID does: {message}",
}
_FIXES = {
    Trouble.CERTIFICATE: (
        "See who signed it: openssl s_client -connect {host}:443 -servername {host} </dev/null",
        "Trust an inspecting proxy's root that you have checked: REQUESTS_CA_BUNDLE=FILE, with certifi's roots in it",
    ),
    Trouble.NAME: (
        "Look it up: getent hosts {host}",
        "Let this machine's DNS resolve {host}; in private networks it is often left out",
    ),
    Trouble.CONNECTION: (
        "Let outbound HTTPS to {host} through; in Azure's networks: the service tag AzureActiveDirectory",
        "Through a proxy: HTTPS_PROXY=http://PROXY:PORT",
    ),
    Trouble.TIMEOUT: (
        "Let outbound HTTPS to {host} through; in Azure's networks: the service tag AzureActiveDirectory",
        "Wait longer: --timeout SECONDS",
    ),
    Trouble.REQUEST: (
        "Look at HTTPS_PROXY, NO_PROXY and REQUESTS_CA_BUNDLE: env | grep -i -e _proxy -e _bundle",
        "Or go round the proxy: NO_PROXY={host}",
    ),
    Trouble.NONSENSE: (
        "See what answers: curl -v https://{host}/common/v2.0/.well-known/openid-configuration",
        "If that is a proxy or a portal: sign in there, or go round it with NO_PROXY={host}",
    ),
}
_ABSENT: dict[str, tuple[str, ...]] = {
    Kind.AZURE_CLI: ("Log in: az login --tenant TENANT",),
    Kind.MANAGED_IDENTITY: (
        "On a machine of Azure's, give it an identity: az vm identity assign --name VM --resource-group GROUP",
        "A user-assigned identity is chosen by its client id: AZURE_CLIENT_ID",
        "Behind a proxy: NO_PROXY=169.254.169.254",
    ),
}
_ELSEWHERE = "Or name a service principal: azpg-tls token --env-file FILE, with TENANT_ID, CLIENT_ID, CLIENT_SECRET"


def finding(failures: tuple[Failure, ...], cloud: str) -> Finding:
    """Return what kept every one of the credentials that were tried from giving a token; the most telling one leads."""
    order = list(CODES)
    main = min(failures, key=lambda failure: order.index(failure.trouble))
    others = [f"{failure.kind}: {failure.message}" for failure in failures if failure is not main]
    detail, fix = _said(main)
    code = CODES[main.trouble]
    page = SIGN_IN[code]
    evidence = {
        "credential": str(main.kind),
        "error": f"AADSTS{main.number}" if main.number else None,
        "message": main.message,
        "host": main.host or None,
        "also_tried": others,
    }
    also = f" Also tried: {'; '.join(others)}" if others else ""
    steps = tuple(step.replace("SCOPE", CLOUDS[cloud].scope) for step in fix)
    return Finding(code, Severity.ERROR, Stage.LOGIN, page.title, f"{detail}{also}", evidence, steps or page.fixes)


def _said(failure: Failure) -> tuple[str, tuple[str, ...]]:
    """Return the case in words and what to do about it."""
    host = failure.host or ("the Azure CLI" if failure.kind == Kind.AZURE_CLI else "the host")
    if failure.trouble is Trouble.UNAVAILABLE:
        fix = (*_ABSENT.get(failure.kind, ()), _ELSEWHERE)
        return f"The credential {failure.kind} is not available here: {failure.message}", fix
    if failure.trouble is Trouble.REFUSED:
        meaning, fix = AADSTS.get(failure.number or 0, ("It was refused", ()))
        return f"{meaning}. The credential {failure.kind} was answered: {failure.message}", fix
    steps = tuple(step.format(host=failure.host or "HOST") for step in _FIXES[failure.trouble])
    return f"Credential {failure.kind}: {_WORDS[failure.trouble].format(host=host, message=failure.message)}", steps
