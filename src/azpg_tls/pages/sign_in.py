"""Pages of what keeps one from getting an Entra token: no server of PostgreSQL has been asked yet."""

from __future__ import annotations

from azpg_tls.page import Page

SIGN_IN: dict[str, Page] = {
    "entra-sign-in-refused": Page("""\
Microsoft Entra ID refused to give a token.

Whoever gives tokens was reached and said no; the number of its error (AADSTS and digits) says why. The PostgreSQL
server was not asked.

Why it happens:
- the client secret is wrong (AADSTS7000215: often its id in the place of its value) or has expired (AADSTS7000222);
- the application or tenant is not found: another tenant's id, or another cloud's authority (AADSTS700016, 90002);
- the certificate is not registered with the application, or this machine's clock is wrong (AADSTS700027, 700024);
- a user needs a second factor, or a conditional access policy says no (AADSTS50076, 50079, 53003);
- nobody has consented that this application asks for tokens for PostgreSQL (AADSTS65001, 500011);
- a Kubernetes service account does not match the federated credential (AADSTS70021, 700213).

Fix:
- a new secret: az ad app credential reset --id CLIENT_ID --append, which leaves the others; its value is shown once;
- the right tenant: az account show --query tenantId; the right cloud: azpg-tls token --cloud public|usgov|china;
- sign in again, with the second factor:
  az login --tenant TENANT --scope https://ossrdbms-aad.database.windows.net/.default;
- for programs use a managed identity or a service principal, which are asked for no second factor.

See for yourself:
    azpg-tls token
    az account get-access-token --resource-type oss-rdbms --query expiresOn

Sources: https://learn.microsoft.com/entra/identity-platform/reference-error-codes;
    https://learn.microsoft.com/azure/postgresql/security/security-entra-configure"""),
    "entra-unreachable": Page("""\
Microsoft Entra ID cannot be reached.

Tokens come from another host than PostgreSQL's: login.microsoftonline.com, or that of the cloud. The PostgreSQL server
was not asked.

Why it happens:
- its name does not resolve here, or a firewall lets only the database through;
- a proxy is needed and not configured, or refuses;
- something on the way inspects TLS, and its root is not among those that Python's requests trusts (certifi's);
- something on the way answers in its place: a captive portal, a proxy's error page.

Fix:
- let outbound HTTPS to the authority through; in Azure's networks: the service tag AzureActiveDirectory;
- a proxy: HTTPS_PROXY=http://PROXY:PORT, with NO_PROXY=169.254.169.254 for managed identities;
- an inspecting proxy whose root you have checked: REQUESTS_CA_BUNDLE=FILE, with that root and certifi's;
- use a managed identity, which asks a host inside Azure.

See for yourself:
    curl -v https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration

Sources: https://learn.microsoft.com/azure/postgresql/security/security-entra-configure;
    https://learn.microsoft.com/azure/developer/python/sdk/azure-sdk-configure-proxy"""),
    "entra-no-credential": Page("""\
There is no credential to get an Entra token with.

Nothing that could ask for a token is configured here, or what is configured is not there.

Why it happens:
- the Azure CLI is not installed, or nobody is logged in with it;
- this is no machine of Azure's, or it has no managed identity: nobody answers at 169.254.169.254;
- a proxy gets the request for 169.254.169.254, which must go there directly;
- the client id of a user-assigned identity is not one of this machine's;
- AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set for this process.

Fix:
- log in: az login, on a machine without a browser az login --use-device-code;
- give the machine an identity: az vm identity assign --name VM --resource-group GROUP;
- a user-assigned identity: AZURE_CLIENT_ID is its client id; without it the system-assigned one is asked for;
- behind a proxy: NO_PROXY=169.254.169.254;
- an application: azpg-tls token --env-file FILE, with TENANT_ID, CLIENT_ID and CLIENT_SECRET.

See for yourself:
    az account show
    curl -H Metadata:true "http://169.254.169.254/metadata/instance?api-version=2021-02-01"

Sources: https://learn.microsoft.com/azure/postgresql/security/security-connect-with-managed-identity;
    https://learn.microsoft.com/python/api/overview/azure/identity-readme"""),
}
