"""Every scenario, healthy ones first, then in the order of the stages.

To add one: a function in the module of its stage, whose docstring says what it does, and a line here.
"""

from __future__ import annotations

from azpg_tls.lab.scenario import Scenario
from azpg_tls.lab.scenarios import certificate, handshake, healthy, identity, negotiate, network, policy, startup

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("azure-g2-2025", healthy.azure_g2_2025, accepted=True),
    Scenario("azure-rsa-2023", healthy.azure_rsa_2023, accepted=True),
    Scenario("azure-digicert-2020", healthy.azure_digicert_2020, accepted=True),
    Scenario("azure-digicert-cn-2020", healthy.azure_digicert_cn_2020, accepted=True),
    Scenario("entra", healthy.entra, ("cleartext-password-over-tls",), accepted=True),
    Scenario("dns-failure", network.dns_failure, ("dns-failure",)),
    Scenario("tcp-refused", network.tcp_refused, ("tcp-refused",)),
    Scenario("tcp-timeout", network.tcp_timeout, ("tcp-timeout",)),
    Scenario("tls-not-offered", negotiate.tls_not_offered, ("tls-not-offered",)),
    Scenario("no-reply", negotiate.no_reply, ("no-reply",)),
    Scenario("closed-before-tls", negotiate.closed_before_tls, ("closed-before-tls",)),
    Scenario("reset-before-tls", negotiate.reset_before_tls, ("closed-before-tls",)),
    Scenario("not-postgres-http", negotiate.not_postgres_http, ("not-postgres",)),
    Scenario("not-postgres-ssh", negotiate.not_postgres_ssh, ("not-postgres",)),
    Scenario("server-error-before-tls", negotiate.server_error_before_tls, ("server-error-before-tls",)),
    Scenario("full-before-tls", negotiate.full_before_tls, ("too-many-connections",)),
    Scenario("plaintext-injection", negotiate.plaintext_injection, ("plaintext-injection",)),
    Scenario("direct-tls-unsupported", negotiate.direct_tls_unsupported, ("direct-tls-unsupported",)),
    Scenario("tls-1-1-only", handshake.tls_1_1_only, ("tls-version-unsupported",)),
    Scenario("cipher-mismatch", handshake.cipher_mismatch, ("cipher-mismatch",)),
    Scenario("sni-rejected", handshake.sni_rejected, ("sni-rejected",)),
    Scenario(
        "client-certificate-required-tls12",
        handshake.client_certificate_required_tls12,
        ("client-certificate-required",),
    ),
    Scenario(
        "client-certificate-required-tls13",
        handshake.client_certificate_required_tls13,
        ("client-certificate-required",),
    ),
    Scenario(
        "client-certificate-requested",
        handshake.client_certificate_requested,
        ("client-certificate-requested",),
        accepted=True,
    ),
    Scenario("alpn-mismatch", handshake.alpn_mismatch, ("alpn-mismatch",)),
    Scenario("handshake-rejected", handshake.handshake_rejected, ("handshake-rejected",)),
    Scenario("handshake-closed", handshake.handshake_closed, ("handshake-closed",)),
    Scenario("handshake-reset", handshake.handshake_reset, ("handshake-closed",)),
    Scenario("handshake-timeout", handshake.handshake_timeout, ("handshake-timeout",)),
    Scenario("malformed-tls", handshake.malformed_tls, ("malformed-tls",)),
    Scenario("self-signed", certificate.self_signed, ("self-signed",)),
    Scenario("missing-intermediate", certificate.missing_intermediate, ("missing-intermediate",)),
    Scenario("missing-upper-intermediate", certificate.missing_upper_intermediate, ("missing-intermediate",)),
    Scenario("unknown-issuer", certificate.unknown_issuer, ("unknown-issuer",)),
    Scenario("unknown-issuer-root-sent", certificate.unknown_issuer_root_sent, ("unknown-issuer",)),
    Scenario("root-not-trusted", certificate.root_not_trusted, ("unknown-issuer",)),
    Scenario("bad-signature", certificate.bad_signature, ("bad-signature",)),
    Scenario("invalid-ca", certificate.invalid_ca, ("invalid-ca",)),
    Scenario("name-constraint-violation", certificate.name_constraint_violation, ("name-constraint-violation",)),
    Scenario("wrong-key-usage", certificate.wrong_key_usage, ("wrong-key-usage",)),
    Scenario("unknown-critical-extension", certificate.unknown_critical_extension, ("wrong-key-usage",)),
    Scenario("expired", certificate.expired, ("expired",)),
    Scenario("expired-intermediate", certificate.expired_intermediate, ("expired",)),
    Scenario("not-yet-valid", certificate.not_yet_valid, ("not-yet-valid",)),
    Scenario("expires-soon", certificate.expires_soon, ("expires-soon",), accepted=True),
    Scenario("hostname-mismatch", identity.hostname_mismatch, ("hostname-mismatch",)),
    Scenario("wildcard", identity.wildcard, accepted=True),
    Scenario("wildcard-too-deep", identity.wildcard_too_deep, ("hostname-mismatch",)),
    Scenario("no-subject-alternative-name", identity.no_subject_alternative_name, ("no-subject-alternative-name",)),
    Scenario("ip-address-target", identity.ip_address_target, ("ip-address-target",)),
    Scenario("chain-too-deep", policy.chain_too_deep, ("chain-too-deep",), accepted=True),
    Scenario("chain-deep-enough", policy.chain_deep_enough, accepted=True),
    Scenario("issuer-unexpected", policy.issuer_unexpected, ("issuer-unexpected",), accepted=True),
    Scenario("pin-mismatch", policy.pin_mismatch, ("pin-mismatch",), accepted=True),
    Scenario("tls-1-2-only", policy.tls_1_2_only, accepted=True),
    Scenario("tls-version-too-old", policy.tls_version_too_old, ("tls-version-too-old",), accepted=True),
    Scenario("no-pg-hba-entry", startup.no_pg_hba_entry, ("no-pg-hba-entry",)),
    Scenario("client-certificate-by-pg-hba", startup.client_certificate_by_pg_hba, ("client-certificate-required",)),
    Scenario("too-many-connections", startup.too_many_connections, ("too-many-connections",)),
    Scenario("server-not-ready", startup.server_not_ready, ("server-not-ready",)),
    Scenario("startup-error", startup.startup_error, ("startup-error",)),
    Scenario("closed-after-tls", startup.closed_after_tls, ("closed-after-tls",)),
)

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
