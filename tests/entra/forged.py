"""Tokens as Entra ID shapes them. Their signature is no signature: no server takes them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

AT = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
AUDIENCE = "https://ossrdbms-aad.database.windows.net"
TENANT = "11111111-2222-3333-4444-555555555555"
OBJECT = "aaaaaaaa-0000-0000-0000-000000000001"
APP = "bbbbbbbb-0000-0000-0000-000000000002"

SIGNATURE = b"a fake of azpg-tls's tests, and no signature of Entra ID's".ljust(256, b"!")

COMMON = {"iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT, "oid": OBJECT, "sub": OBJECT, "ver": "1.0"}
USER = COMMON | {
    "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    "upn": "Alice@contoso.com",
    "unique_name": "alice@contoso.com",
    "scp": "user_impersonation",
    "sub": "pairwise",
    "amr": ["pwd", "mfa"],
}
GUEST = COMMON | {
    "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    "unique_name": "bob@fabrikam.com",
    "email": "bob@fabrikam.com",
    "idp": "https://sts.windows.net/99999999-0000-0000-0000-000000000000/",
    "scp": "user_impersonation",
    "sub": "pairwise",
}
APPLICATION = COMMON | {"appid": APP, "appidacr": "1", "idtyp": "app"}
IDENTITY = APPLICATION | {
    "appidacr": "2",
    "xms_mirid": "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/App-Id",
}


def encoded(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: dict[str, Any], *, at: dt.datetime = AT, minutes: float = 60, signature: bytes = SIGNATURE) -> str:
    """Return a token with *claims*, by default for the public cloud, someone's, valid for *minutes* from *at*."""
    begins = int(at.timestamp()) - 300
    times = {"aud": AUDIENCE, "oid": OBJECT, "iat": begins, "nbf": begins, "exp": int(at.timestamp() + 60 * minutes)}
    header = {"typ": "JWT", "alg": "RS256", "kid": "azpg-tls-fake"}
    stated = {name: value for name, value in (times | claims).items() if value is not None}
    return ".".join((encoded(header), encoded(stated), encoded(signature)))
