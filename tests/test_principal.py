"""Whose a token is, and under which name PostgreSQL knows it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls.principal import Kind, Principal, Validity, audiences, doubts, principal, validity
from tests.entra import forged

RESOURCE = "/subscriptions/s/resourcegroups/g/providers"
MEMBER = forged.GUEST | {"upn": "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com"}
CASES: dict[str, tuple[dict[str, Any], Kind, str | None]] = {
    "user": (forged.USER, Kind.USER, "Alice@contoso.com"),
    "user of version 2.0": (
        {"azp": "a", "preferred_username": "alice@contoso.com", "scp": "x", "ver": "2.0"},
        Kind.USER,
        "alice@contoso.com",
    ),
    "user by idtyp": ({"idtyp": "user", "unique_name": "a@b.example"}, Kind.USER, "a@b.example"),
    "user without a name": ({"idtyp": "user"}, Kind.USER, None),
    "guest": (forged.GUEST, Kind.GUEST, None),
    "guest with a name": (MEMBER, Kind.GUEST, "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com"),
    "guest by acct": (forged.USER | {"acct": 1, "upn": None}, Kind.GUEST, None),
    "application": (forged.APPLICATION, Kind.APPLICATION, None),
    "application without idtyp": (forged.APPLICATION | {"idtyp": None}, Kind.APPLICATION, None),
    "application by its subject": ({"appid": "a", "oid": "o", "sub": "o"}, Kind.APPLICATION, None),
    "user-assigned": (forged.IDENTITY, Kind.MANAGED_IDENTITY, "App-Id"),
    "machine": (
        {"xms_mirid": f"{RESOURCE}/Microsoft.Compute/virtualMachines/vm-1"},
        Kind.MANAGED_IDENTITY,
        "vm-1",
    ),
    "site": ({"xms_mirid": f"{RESOURCE}/Microsoft.Web/sites/shop"}, Kind.MANAGED_IDENTITY, "shop"),
    "slot": (
        {"xms_mirid": f"{RESOURCE}/Microsoft.Web/sites/shop/slots/staging"},
        Kind.MANAGED_IDENTITY,
        "shop/slots/staging",
    ),
    "workspace": ({"xms_mirid": f"{RESOURCE}/P/workspaces/w/parts/p"}, Kind.MANAGED_IDENTITY, "p"),
    "odd resource": ({"xms_mirid": f"{RESOURCE}/P/workspaces/w/parts"}, Kind.MANAGED_IDENTITY, None),
    "no resource": ({"xms_mirid": "vm-1"}, Kind.MANAGED_IDENTITY, None),
    "short resource": ({"xms_mirid": "a/b"}, Kind.MANAGED_IDENTITY, None),
    "nothing": ({}, Kind.UNKNOWN, None),
    "delegated without a name": ({"appid": "a", "scp": "x", "oid": "o"}, Kind.USER, None),
    "claims of other types": ({"upn": 1, "oid": [], "appid": {}, "amr": "mfa", "groups": "x"}, Kind.UNKNOWN, None),
}


@pytest.mark.parametrize(("claims", "kind", "name"), CASES.values(), ids=CASES)
def test_the_kind_and_the_name_follow_from_the_claims(claims: dict[str, Any], kind: Kind, name: str | None) -> None:
    who = principal(claims)
    assert (who.kind, who.name) == (kind, name)


def test_what_else_a_token_says_of_its_principal() -> None:
    who = principal(forged.USER | {"groups": ["g", "h"], "hasgroups": True})
    assert who == Principal(
        kind=Kind.USER,
        name="Alice@contoso.com",
        tenant=forged.TENANT,
        object_id=forged.OBJECT,
        app_id="04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        address=None,
        resource=None,
        groups=2,
        more_groups=True,
        mfa=True,
    )
    assert principal({"_claim_names": {"groups": "src1"}}).more_groups
    assert not principal({"_claim_names": "groups", "hasgroups": False}).more_groups


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        (forged.GUEST, "bob@fabrikam.com"),
        (forged.GUEST | {"email": None, "unique_name": "live.com#bob@example.com"}, "bob@example.com"),
        ({"acct": "1", "upn": "x"}, None),
    ],
)
def test_a_guests_own_address(claims: dict[str, Any], address: str | None) -> None:
    assert principal(claims).address == address


DOUBTS = [
    (forged.USER, "upper and lower case count", "isMfa"),
    (forged.USER | {"amr": ["pwd"]}, "needs the claim mfa, which this token has not", "A guest's"),
    (forged.USER | {"groups": []}, "may also log in under the group's name", "A guest's"),
    (forged.GUEST, "named bob_fabrikam.com#EXT#@TENANT.onmicrosoft.com", "display name"),
    ({"acct": 1, "upn": "x"}, "named name_domain#EXT#@TENANT.onmicrosoft.com", "display name"),
    (MEMBER, "The directory has the name", "TENANT"),
    (forged.APPLICATION, "the display name of its service principal, which no access token holds", "isMfa"),
    (forged.IDENTITY, "the last part of the Azure resource", "isMfa"),
    ({}, "does not say whether it is a user's or an application's", "isMfa"),
    (forged.USER | {"upn": "é" * 32}, "The name has 64 bytes; PostgreSQL cuts a role's name to 63", "A guest's"),
]


@pytest.mark.parametrize(("claims", "spoken_of", "not_spoken_of"), DOUBTS)
def test_the_doubts_are_spelt_out(claims: dict[str, Any], spoken_of: str, not_spoken_of: str) -> None:
    said = " ".join(doubts(principal(claims)))
    assert spoken_of in said
    assert not_spoken_of not in said


def test_a_name_of_63_bytes_is_kept() -> None:
    assert not any("63" in doubt for doubt in doubts(principal(forged.USER | {"upn": "x" * 63})))


def test_when_a_token_is_valid() -> None:
    claims = {"iat": 1795521600, "nbf": 1795521600.5, "exp": 1795525200}
    begins = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
    assert validity(claims) == Validity(begins, begins + dt.timedelta(seconds=0.5), begins + dt.timedelta(hours=1))
    assert validity({"iat": True, "nbf": "1", "exp": 10**20}) == Validity(None, None, None)
    assert validity({"exp": float("nan")}).ends is None


def test_whom_a_token_is_for() -> None:
    assert audiences({"aud": "a"}) == ("a",)
    assert audiences({"aud": ["a", 1, "", "b"]}) == ("a", "b")
    assert audiences({}) == ()


@given(
    st.dictionaries(
        st.sampled_from(sorted(forged.IDENTITY | forged.GUEST | {"amr": 1, "groups": 1})),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3),
        ),
    )
)
def test_whatever_the_claims_hold_there_is_an_answer(claims: dict[str, Any]) -> None:
    assert isinstance(doubts(principal(claims)), tuple)
