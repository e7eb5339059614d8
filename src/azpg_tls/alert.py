"""TLS alerts by number: AlertDescription, RFC 8446 section 6 and RFC 5246 section 7.2."""

from __future__ import annotations

HANDSHAKE_FAILURE = 40
NO_CERTIFICATE = 41
BAD_CERTIFICATE = 42
ILLEGAL_PARAMETER = 47
PROTOCOL_VERSION = 70
INSUFFICIENT_SECURITY = 71
INTERNAL_ERROR = 80
UNRECOGNIZED_NAME = 112
CERTIFICATE_REQUIRED = 116
NO_APPLICATION_PROTOCOL = 120

NAMES = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", HANDSHAKE_FAILURE: "handshake_failure", NO_CERTIFICATE: "no_certificate",
    BAD_CERTIFICATE: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
    45: "certificate_expired", 46: "certificate_unknown", ILLEGAL_PARAMETER: "illegal_parameter", 48: "unknown_ca",
    49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
    PROTOCOL_VERSION: "protocol_version", INSUFFICIENT_SECURITY: "insufficient_security",
    INTERNAL_ERROR: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
    109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable",
    UNRECOGNIZED_NAME: "unrecognized_name", 113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value", 115: "unknown_psk_identity", CERTIFICATE_REQUIRED: "certificate_required",
    NO_APPLICATION_PROTOCOL: "no_application_protocol",
}  # fmt: skip


def name(number: int) -> str:
    """Return the alert's name and number, as in ``protocol_version (70)``."""
    return f"{NAMES.get(number, 'unknown alert')} ({number})"
