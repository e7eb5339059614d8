"""Servers with nothing wrong: chains shaped like each of Azure's generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.lab import generations
from azpg_tls.lab.answers import cleartext, context, postgres
from azpg_tls.lab.scenario import Setup, known

if TYPE_CHECKING:
    import datetime as dt


def azure_g2_2025(at: dt.datetime) -> Setup:
    """Present Azure's chain of 2025-26, with two intermediates.

    leaf < Lab TLS G2 RSA CA OCSP 02 < Lab TLS RSA Root G2 < Lab Global Root G2
    """
    return _generation("g2-2025", at)


def azure_rsa_2023(at: dt.datetime) -> Setup:
    """Present Azure's chain of 2024 and 2025, with one intermediate.

    leaf < Lab Azure RSA TLS Issuing CA 03 < Lab RSA Root CA 2017
    """
    return _generation("rsa-2023", at)


def azure_digicert_2020(at: dt.datetime) -> Setup:
    """Present Azure's chain before mid 2024.

    leaf < Lab TLS RSA SHA256 2020 CA1 < Lab Global Root CA
    """
    return _generation("digicert-2020", at)


def azure_digicert_cn_2020(at: dt.datetime) -> Setup:
    """Present Azure's chain in China.

    leaf < Lab Basic RSA CN CA G2 < Lab Global Root CA
    """
    return _generation("digicert-cn-2020", at)


def entra(at: dt.datetime) -> Setup:
    """Ask for the password itself inside TLS, as a role of Microsoft Entra ID is asked for its token."""
    chain = generations.chain("g2-2025", at=at)
    return Setup(chain.root.certificate, postgres(context(chain), cleartext), known=known(chain, "g2-2025"))


def _generation(generation: str, at: dt.datetime) -> Setup:
    chain = generations.chain(generation, at=at)
    return Setup(chain.root.certificate, postgres(context(chain)), known=known(chain, generation))
