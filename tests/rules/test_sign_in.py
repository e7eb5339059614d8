"""Why there is no token, in words and with what to do."""

from __future__ import annotations

import pytest

from azpg_tls.catalogue import BY_CODE
from azpg_tls.credential import Failure, Kind, Trouble
from azpg_tls.rules.sign_in import AADSTS, finding

NO_CLI = Failure(Kind.AZURE_CLI, Trouble.UNAVAILABLE, "Azure CLI not found on path")
NO_MACHINE = Failure(Kind.MANAGED_IDENTITY, Trouble.UNAVAILABLE, "169.254.169.254: no answer in time")


def secret(trouble: Trouble, message: str = "words", number: int | None = None) -> Failure:
    return Failure(Kind.CLIENT_SECRET, trouble, message, number, "login.microsoftonline.com")


@pytest.mark.parametrize(
    ("failure", "code", "detail"),
    [
        (
            secret(Trouble.NAME, "Name or service not known"),
            "entra-unreachable",
            "Credential client-secret: The name login.microsoftonline.com does not resolve: Name or service not known.",
        ),
        (
            secret(Trouble.CONNECTION, "Connection refused"),
            "entra-unreachable",
            "Credential client-secret: The connection to login.microsoftonline.com failed: Connection refused.",
        ),
        (
            secret(Trouble.TIMEOUT),
            "entra-unreachable",
            "Credential client-secret: login.microsoftonline.com gave no answer in time.",
        ),
        (
            Failure(Kind.AZURE_CLI, Trouble.TIMEOUT, "words"),
            "entra-unreachable",
            "Credential azure-cli: the Azure CLI gave no answer in time.",
        ),
        (
            Failure("MyCredential", Trouble.NONSENSE, "words"),
            "entra-unreachable",
            "Credential MyCredential: the host answered, but not as Entra ID does: words",
        ),
        (
            secret(Trouble.REFUSED, "AADSTS7000222: The provided client secret keys are expired.", 7000222),
            "entra-sign-in-refused",
            (
                "The client secret has expired. The credential client-secret was answered: AADSTS7000222: The provided "
                "client secret keys are expired."
            ),
        ),
        (
            NO_CLI,
            "entra-no-credential",
            "The credential azure-cli is not available here: Azure CLI not found on path",
        ),
    ],
)
def test_each_trouble_has_its_code_and_words(failure: Failure, code: str, detail: str) -> None:
    found = finding((failure,), "public")
    assert (found.code, found.detail, found.title) == (code, detail, BY_CODE[code].title)
    assert found.evidence["also_tried"] == []
    assert not any("the host" in step or "the Azure CLI" in step for step in found.fix)


def test_the_most_telling_failure_leads() -> None:
    refused = Failure(Kind.AZURE_CLI, Trouble.REFUSED, "AADSTS50076: more", 50076)
    for order in ((NO_MACHINE, refused), (refused, NO_MACHINE)):
        found = finding(order, "public")
        assert (found.code, found.evidence["error"]) == ("entra-sign-in-refused", "AADSTS50076")
        assert found.evidence["also_tried"] == ["managed-identity: 169.254.169.254: no answer in time"]


def test_without_a_number_the_page_says_what_to_do() -> None:
    found = finding((secret(Trouble.REFUSED),), "public")
    assert found.fix == BY_CODE["entra-sign-in-refused"].page.fixes


@pytest.mark.parametrize("number", AADSTS)
def test_every_number_has_a_meaning_and_a_fix_for_the_cloud(number: int) -> None:
    found = finding((secret(Trouble.REFUSED, f"AADSTS{number}: words", number),), "usgov")
    assert found.detail.startswith(f"{AADSTS[number][0]}. ")
    assert found.fix
    assert "SCOPE" not in " ".join(found.fix)
    assert found.evidence["error"] == f"AADSTS{number}"
