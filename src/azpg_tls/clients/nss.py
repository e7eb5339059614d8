"""NSS's names and words (Mozilla's TLS): lib/ssl/SSLerrs.h, lib/util/SECerrs.h; some builds of LibreOffice and curl."""

from __future__ import annotations

from azpg_tls.clients.alerts import MALFORMED, NO_NAME, OWN_CERTIFICATE, OWN_EXPIRED, UNKNOWN_CA, VERSION
from azpg_tls.clients.client import Client
from azpg_tls.clients.openssl import CIPHER, NO_TLS, WEAK_KEY, WEAK_SIGNATURE
from azpg_tls.clients.sign import likely, sign
from azpg_tls.clients.verification import UNTRUSTED

NSS = Client(
    "nss",
    "NSS",
    marks=(r"\bS(?:EC|SL)_ERROR_[A-Z]{3}", r"\bMOZILLA_PKIX_ERROR_"),
    signs=(
        sign(r"SEC_ERROR_(?:UNKNOWN_ISSUER|UNTRUSTED_ISSUER|UNTRUSTED_CERT)", *UNTRUSTED),
        sign(r"ERROR_SELF_SIGNED_CERT", likely("self-signed", "The server's certificate signed itself.")),
        sign(r"SEC_ERROR_EXPIRED_(?:ISSUER_)?CERTIFICATE", likely("expired", "A certificate has expired.")),
        sign(r"SEC_ERROR_REVOKED_CERTIFICATE", likely("revoked", "A certificate is revoked.")),
        sign(r"SEC_ERROR_CA_CERT_INVALID", likely("invalid-ca", "A certificate that is no CA signed another.")),
        sign(r"SEC_ERROR_INADEQUATE_(?:KEY_USAGE|CERT_TYPE)", likely("wrong-key-usage", "It is not one for servers.")),
        sign(r"SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED", *WEAK_SIGNATURE),
        sign(r"SSL_ERROR_BAD_CERT_DOMAIN", likely("hostname-mismatch", "The certificate is for other names.")),
        sign(r"SSL_ERROR_RX_RECORD_TOO_LONG", *NO_TLS),
        sign(r"SSL_ERROR_(?:UNSUPPORTED_VERSION|PROTOCOL_VERSION_ALERT)", *VERSION),
        sign(r"SSL_ERROR_NO_CYPHER_OVERLAP", *CIPHER),
        sign(r"SSL_ERROR_WEAK_SERVER_(?:EPHEMERAL_DH_KEY|CERT_KEY)", *WEAK_KEY),
        sign(r"SSL_ERROR_(?:BAD_CERT|CERTIFICATE_UNKNOWN|HANDSHAKE_FAILURE)_ALERT", *OWN_CERTIFICATE),
        sign(r"SSL_ERROR_EXPIRED_CERT_ALERT", *OWN_EXPIRED),
        sign(r"SSL_ERROR_UNKNOWN_CA_ALERT", *UNKNOWN_CA),
        sign(r"SSL_ERROR_UNRECOGNIZED_NAME_ALERT", *NO_NAME),
        sign(r"SSL_ERROR_RX_MALFORMED_HANDSHAKE", *MALFORMED),
    ),
)
