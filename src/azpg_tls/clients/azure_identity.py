"""What the Azure Identity libraries say when there is no token to log in with, before PostgreSQL is asked.

Sources: azure-identity 1.27 for Python, @azure/identity 4, com.azure:azure-identity 1.15, Azure.Identity 1.13 with
Microsoft.Identity.Client 4.66, azidentity 1.8 for Go. A chain of credentials lists those that were not available even
if the last of them was refused.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_NOBODY = (certain("entra-no-credential", "Azure Identity asked this machine for its identity, and nobody answered."),)
_NOT_ASSIGNED = (
    certain("entra-no-credential", "The machine has no managed identity, or not the one that was asked for."),
)
_NOT_LOGGED_IN = (
    likely("entra-no-credential", "The tool is there, and nobody is logged in with it, or no longer."),
    possible("entra-sign-in-refused", "Entra ID may want more of the user, such as a second factor."),
)
_NO_TOOL = (likely("entra-no-credential", "A tool that was to give the token is not installed where this runs."),)
_NOT_THERE = (
    likely("entra-no-credential", "What this credential needs is not there: a setting, a login or an identity."),
    possible("entra-sign-in-refused", "Another credential of the chain may have been refused."),
)
_CHAIN = (
    likely("entra-no-credential", "None of the credentials that were tried is set up where this runs."),
    possible("entra-sign-in-refused", "One of them may have been refused: its line has a code AADSTS…."),
    possible("entra-unreachable", "One of them may not have reached Entra ID."),
)
_UNREACHABLE = (
    likely("entra-unreachable", "The token's host, not the database, could not be reached or trusted."),
    possible("dns-failure", "The machine may resolve no names at all."),
)
_AUTHORITY = r"login\.(?:microsoftonline\.(?:com|us)|chinacloudapi\.cn|partner\.microsoftonline\.cn|windows\.net)"
_BY_NAME = (
    r"UnknownHostException: (?:Failed to resolve ')?",
    r"getaddrinfo \w{1,20} ",
    r"No such host is known\.? \(",
    r"Name or service not known \(",
    r"NameResolutionError\(.{0,80}?",
    r"Could not resolve host: ",
)

AZURE_IDENTITY = Client(
    "azure-identity",
    "Azure Identity",
    signs=(
        sign(
            r"\bAADSTS\d{4,9}\b",
            certain("entra-sign-in-refused", "Entra ID's own error, before any server of PostgreSQL was asked."),
        ),
        sign(r"no response from the IMDS endpoint", *_NOBODY),
        sign(r"Connection to IMDS endpoint cannot be established", *_NOBODY),
        sign(r"No Managed Identity endpoint found", *_NOBODY),
        sign(r"failed to obtain a token from the managed identity endpoint", *_CHAIN),
        sign(r"No identity has been assigned to this resource", *_NOT_ASSIGNED),
        sign(r"no default identity is assigned to this resource", *_NOT_ASSIGNED),
        sign(r"[\"']error_description[\"']: ?[\"']Identity not found[\"']", *_NOT_ASSIGNED),
        sign(
            r"requested identity (?:has not been|hasn't been|isn't) assigned to this resource",
            likely("entra-no-credential", "The client id that was asked for is not one of this machine's identities."),
            possible("entra-unreachable", "The machine's own service of identities may have failed."),
        ),
        sign(r"\[Managed Identity\] Authentication unavailable", *_NOT_THERE),
        sign(r"(?:Managed|Workload) Identity authentication is not available", *_NOT_THERE),
        sign(r"ManagedIdentityCredential:? (?:authentication failed|failed to authenticate)", *_NOT_THERE),
        sign(r"\w{2,40}Credential authentication unavailable", *_NOT_THERE),
        sign(
            r"Please run 'az login' to set ?up (?:an )?account",
            certain("entra-no-credential", "The Azure CLI is there, and nobody is logged in with it."),
        ),
        *(
            sign(rf"(?:run|by running) ['\"`]?{command}", *_NOT_LOGGED_IN)
            for command in ("az login", "azd auth login", "Connect-AzAccount")
        ),
        sign(r"Azure (?:CLI|Developer CLI|PowerShell) (?:is )?not (?:installed|found)", *_NO_TOOL),
        sign(r"Azure (?:CLI|Developer CLI) could not be found", *_NO_TOOL),
        sign(r"failed to (?:retrieve|get|acquire) a token from the included credentials?", *_CHAIN),
        sign(r"\w{2,40}Credential: failed to acquire a token", *_CHAIN),
        sign(r"ChainedTokenCredential authentication failed", *_CHAIN),
        *(sign(rf"{before}{_AUTHORITY}", *_UNREACHABLE) for before in _BY_NAME),
        sign(rf"HTTPSConnectionPool\(host=['\"]{_AUTHORITY}['\"], port=443\)(?:: \w[^()]{{0,60}})?", *_UNREACHABLE),
        sign(
            rf"https://{_AUTHORITY}/\S{{1,300}}[\"']: (?:dial tcp|context deadline|EOF|net/http|tls: )", *_UNREACHABLE
        ),
    ),
)
