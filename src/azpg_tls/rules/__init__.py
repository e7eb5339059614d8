"""Every finding code, in the order in which causes are weighed: by stage, and within it the more specific first.

To add one: a function in the module of its stage, a line here, a scenario in the laboratory.
"""

from __future__ import annotations

from azpg_tls.report import Severity, Stage
from azpg_tls.rules import (
    certificate,
    client_certificate,
    connect,
    direct,
    handshake,
    hygiene,
    identity,
    issuer,
    negotiate,
    parameters,
    policy,
    refused,
    resolve,
    startup,
    strength,
    validity,
)
from azpg_tls.rules.rule import Rule

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
S = Stage

RULES: tuple[Rule, ...] = (
    Rule("dns-failure", ERROR, (S.RESOLVE,), resolve.dns_failure),
    Rule("private-dns-zone", WARNING, (S.RESOLVE,), resolve.private_dns_zone),
    Rule("resolved-addresses-differ", INFO, (S.RESOLVE,), resolve.resolved_addresses_differ),
    Rule("tcp-refused", ERROR, (S.CONNECT,), connect.tcp_refused),
    Rule("tcp-timeout", ERROR, (S.CONNECT,), connect.tcp_timeout),
    Rule("tcp-unreachable", ERROR, (S.CONNECT,), connect.tcp_unreachable),
    Rule("tls-not-offered", ERROR, (S.NEGOTIATE,), negotiate.tls_not_offered),
    Rule("no-reply", ERROR, (S.NEGOTIATE,), negotiate.no_reply),
    Rule("closed-before-tls", ERROR, (S.NEGOTIATE,), negotiate.closed_before_tls),
    Rule("direct-tls-only", ERROR, (S.NEGOTIATE,), direct.direct_tls_only),
    Rule("not-postgres", ERROR, (S.NEGOTIATE,), negotiate.not_postgres),
    Rule("too-many-connections", ERROR, (S.NEGOTIATE, S.STARTUP), refused.too_many_connections),
    Rule("server-error-before-tls", ERROR, (S.NEGOTIATE,), negotiate.server_error_before_tls),
    Rule("plaintext-injection", ERROR, (S.NEGOTIATE,), negotiate.plaintext_injection),
    Rule("direct-tls-unsupported", ERROR, (S.NEGOTIATE,), direct.direct_tls_unsupported),
    Rule("tls-version-unsupported", ERROR, (S.HANDSHAKE,), parameters.tls_version_unsupported),
    Rule("cipher-mismatch", ERROR, (S.HANDSHAKE,), parameters.cipher_mismatch),
    Rule("sni-rejected", ERROR, (S.HANDSHAKE,), parameters.sni_rejected),
    Rule(
        "client-certificate-required", ERROR, (S.HANDSHAKE, S.STARTUP), client_certificate.client_certificate_required
    ),
    Rule("alpn-mismatch", ERROR, (S.HANDSHAKE,), parameters.alpn_mismatch),
    Rule("handshake-rejected", ERROR, (S.HANDSHAKE,), handshake.handshake_rejected),
    Rule("handshake-closed", ERROR, (S.HANDSHAKE,), handshake.handshake_closed),
    Rule("handshake-timeout", ERROR, (S.HANDSHAKE,), handshake.handshake_timeout),
    Rule("malformed-tls", ERROR, (S.HANDSHAKE,), handshake.malformed_tls),
    Rule("client-certificate-requested", INFO, (S.HANDSHAKE,), client_certificate.client_certificate_requested),
    Rule("tls-intercepted", ERROR, (S.CERTIFICATE,), issuer.tls_intercepted),
    Rule("issuer-impostor", ERROR, (S.CERTIFICATE,), issuer.issuer_impostor),
    Rule("self-signed", ERROR, (S.CERTIFICATE,), issuer.self_signed),
    Rule("missing-intermediate", ERROR, (S.CERTIFICATE,), issuer.missing_intermediate),
    Rule("unknown-issuer", ERROR, (S.CERTIFICATE,), issuer.unknown_issuer),
    Rule("bad-signature", ERROR, (S.CERTIFICATE,), certificate.bad_signature),
    Rule("invalid-ca", ERROR, (S.CERTIFICATE,), certificate.invalid_ca),
    Rule("name-constraint-violation", ERROR, (S.CERTIFICATE,), certificate.name_constraint_violation),
    Rule("wrong-key-usage", ERROR, (S.CERTIFICATE,), certificate.wrong_key_usage),
    Rule("revoked", ERROR, (S.CERTIFICATE,), validity.revoked),
    Rule("clock-skew", ERROR, (S.CERTIFICATE,), validity.clock_skew),
    Rule("expired", ERROR, (S.CERTIFICATE,), validity.expired),
    Rule("not-yet-valid", ERROR, (S.CERTIFICATE,), validity.not_yet_valid),
    Rule("weak-key", ERROR, (S.CERTIFICATE,), strength.weak_key),
    Rule("weak-signature", ERROR, (S.CERTIFICATE,), strength.weak_signature),
    Rule("expires-soon", WARNING, (S.CERTIFICATE,), validity.expires_soon),
    Rule("chain-out-of-order", WARNING, (S.CERTIFICATE,), hygiene.chain_out_of_order),
    Rule("chain-unneeded-certificate", WARNING, (S.CERTIFICATE,), hygiene.chain_unneeded_certificate),
    Rule("root-retired", WARNING, (S.CERTIFICATE,), hygiene.root_retired),
    Rule("certificate-not-strict", WARNING, (S.CERTIFICATE,), hygiene.certificate_not_strict),
    Rule("root-included", INFO, (S.CERTIFICATE,), hygiene.root_included),
    Rule("issuer-unrecognised", INFO, (S.CERTIFICATE,), hygiene.issuer_unrecognised),
    Rule("no-subject-alternative-name", ERROR, (S.IDENTITY,), identity.no_subject_alternative_name),
    Rule("ip-address-target", ERROR, (S.IDENTITY,), identity.ip_address_target),
    Rule("hostname-mismatch", ERROR, (S.IDENTITY,), identity.hostname_mismatch),
    Rule("chain-too-deep", ERROR, (S.POLICY,), policy.chain_too_deep),
    Rule("issuer-unexpected", ERROR, (S.POLICY,), policy.issuer_unexpected),
    Rule("pin-mismatch", ERROR, (S.POLICY,), policy.pin_mismatch),
    Rule("tls-version-too-old", ERROR, (S.POLICY,), policy.tls_version_too_old),
    Rule("weak-cipher", WARNING, (S.POLICY,), policy.weak_cipher),
    Rule("no-pg-hba-entry", ERROR, (S.STARTUP,), startup.no_pg_hba_entry),
    Rule("server-not-ready", ERROR, (S.STARTUP,), startup.server_not_ready),
    Rule("closed-after-tls", ERROR, (S.STARTUP,), startup.closed_after_tls),
    Rule("startup-error", ERROR, (S.STARTUP,), startup.startup_error),
    Rule("cleartext-password-over-tls", INFO, (S.STARTUP,), startup.cleartext_password_over_tls),
)

BY_CODE = {rule.code: rule for rule in RULES}
