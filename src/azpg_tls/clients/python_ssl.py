"""Python's ssl module, which asyncpg and pg8000 use: [LIBRARY: REASON] text (_ssl.c:N).

A reason that names an alert (TLSV1_ALERT_…, SSLV3_ALERT_…) was received: the server refuses us. Sources: CPython
Modules/_ssl.c and Lib/ssl.py, 3.6 to 3.14; OpenSSL's x509_txt.c for what VERIFY_X509_STRICT, on since 3.13, finds.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_STRICT = (
    "Missing (?:Authority|Subject) Key Identifier|(?:Authority|Subject) Key Identifier marked critical|Basic "
    "Constraints of CA cert not marked critical|CA cert does not include key usage extension|Path length "
    "(?:given|invalid)|Key usage keyCertSign|Empty Subject Alternative Name extension|Subject empty and Subject Alt "
    "Name extension not critical|(?:Issuer|Subject) name empty|Using cert extension requires at least "
    "X509v3|Certificate public key has explicit ECC parameters"
)
_UNTRUSTED = (
    likely("unknown-issuer", "Python's ssl module found no trusted root at the end of the chain."),
    possible("self-signed", "The server's certificate may have signed itself."),
    possible("root-store-outdated", "The roots given may be older than the server's chain."),
    possible("expired", "Python before 3.7 says the same of an expired certificate."),
)
_OTHER_NAME = (
    likely("hostname-mismatch", "The certificate is not for the name {name} that the client connected to."),
    possible("ip-address-target", "The client may have connected to an address instead of a name."),
)
_NOT_TLS = (
    likely("tls-not-offered", "What answered spoke in the clear: the server has no TLS on this port."),
    possible("not-postgres", "The port may be another service's."),
    possible("direct-tls-unsupported", "TLS may have been begun without PostgreSQL's SSLRequest."),
    possible("tls-version-unsupported", "A very old server may answer with a version that is no longer known."),
)
_VERSION = (
    likely("tls-version-unsupported", "The client and the server have no version of TLS in common."),
    possible("cipher-mismatch", "They may have no cipher suite in common."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection without TLS's close_notify."),
    likely("closed-before-tls", "It may have been ended before TLS began, by a firewall or pooler."),
    possible("closed-after-tls", "It may have been ended later, such as an idle connection of a pool."),
)
_OUR_CERTIFICATE = (
    likely("client-certificate-required", "The server refused the client certificate, or wants one from another CA."),
)
_NO_PEM = (
    likely("root-file-format", "The file, or text, has no certificate in PEM form: another format, empty, or cut."),
    possible("root-file-missing", "A mount or template may have left it empty."),
)

PYTHON_SSL = Client(
    "python-ssl",
    "Python's ssl module",
    marks=(r"\(_ssl\.c:\d+\)", r"\bssl\.SSL\w*Error\b", r"\bSSLCertVerificationError\b"),
    over=("openssl",),
    signs=(
        sign(
            rf"certificate verify failed: (?:{_STRICT})",
            likely(
                "certificate-not-strict",
                "Python 3.13 and later hold certificates to RFC 5280 (VERIFY_X509_STRICT), which this one does not "
                "keep.",
            ),
            possible("tls-intercepted", "Products that inspect TLS often make such certificates; public CAs do not."),
            possible("unknown-issuer", "The chain may also end at a private root."),
        ),
        sign(r"certificate verify failed \(_ssl", *_UNTRUSTED),
        sign(r"CERTIFICATE_VERIFY_FAILED(?!\] certificate verify failed)", *_UNTRUSTED),
        sign(r"Hostname mismatch, certificate is not valid for '(?P<name>[^']{1,253})'", *_OTHER_NAME),
        sign(
            r"IP address mismatch, certificate is not valid for '(?P<name>[^']{1,60})'",
            likely("hostname-mismatch", "The certificate is not for the address {name} that the client connected to."),
            likely("ip-address-target", "Connect by the name that the certificate has."),
        ),
        sign(r"hostname '(?P<name>[^']{1,253})' doesn't match", *_OTHER_NAME),
        sign(
            r"no appropriate (?:commonName or )?subjectAltName fields were found",
            likely("no-subject-alternative-name", "The certificate names no host at all."),
            possible("hostname-mismatch", "It is not the one meant for this name."),
        ),
        sign(
            r"check_hostname requires server_hostname",
            likely("client-library-bug", "The driver or tool gave TLS no name to check."),
            possible("ip-address-target", "The host setting may be missing, or a Unix socket's path."),
        ),
        sign(
            r"Cannot set verify_mode to CERT_NONE when check_hostname is enabled",
            likely(
                "sslmode-invalid", "The context is set up against itself: the name is to be checked, the chain is not."
            ),
        ),
        sign(r"SSL: WRONG_VERSION_NUMBER", *_NOT_TLS),
        sign(r"SSL: RECORD_LAYER_FAILURE", *_NOT_TLS),
        sign(r"SSL: PACKET_LENGTH_TOO_LONG", *_NOT_TLS),
        sign(
            r"SSL: HTTPS?_(?:PROXY_)?REQUEST",
            likely("not-postgres", "What answered, or asked, speaks HTTP: the port is another service's."),
        ),
        sign(r"SSL: (?:UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW)", *_VERSION),
        sign(r"SSL: TLSV1_ALERT_PROTOCOL_VERSION", *_VERSION),
        sign(
            r"SSL: SSLV3_ALERT_HANDSHAKE_FAILURE",
            likely("cipher-mismatch", "The server found nothing in common with what the client offers."),
            possible(
                "client-certificate-required", "With TLS 1.2 a server that misses a client certificate says the same."
            ),
            possible("tls-version-unsupported", "They may have no version of TLS in common."),
        ),
        sign(
            r"SSL: (?:NO_SHARED_CIPHER|NO_CIPHERS_AVAILABLE|NO_CIPHER_MATCH|TLSV1_ALERT_INSUFFICIENT_SECURITY)",
            likely("cipher-mismatch", "The client and the server have no cipher suite in common."),
        ),
        sign(
            r"SSL: (?:TLSV13_ALERT_CERTIFICATE_REQUIRED|PEER_DID_NOT_RETURN_A_CERTIFICATE)",
            likely("client-certificate-required", "The server demands a client certificate, and none was sent."),
        ),
        sign(
            r"SSL: (?:TLSV1_ALERT_(?:UNKNOWN_CA|DECRYPT_ERROR)|SSLV3_ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_UNKNOWN))",
            *_OUR_CERTIFICATE,
        ),
        sign(
            r"SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED",
            likely("expired", "The server found the client's own certificate expired."),
            possible("client-certificate-required", "It needs another client certificate."),
        ),
        sign(
            r"SSL: TLSV1_UNRECOGNIZED_NAME",
            likely("sni-rejected", "The server knows nothing of the name in the TLS handshake."),
        ),
        sign(
            r"SSL: TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
            certain("alpn-mismatch", "The server takes none of the ALPN names offered: a proxy ends TLS there."),
        ),
        sign(
            r"SSL: TLSV1_ALERT_(?:INTERNAL_ERROR|ACCESS_DENIED|USER_CANCELLED)",
            likely("handshake-rejected", "The server ended the handshake with an alert that does not say why."),
            possible("sni-rejected", "Services that need SNI answer so when it is missing."),
            possible("client-certificate-required", "It may want a client certificate."),
        ),
        sign(
            r"SSL: (?:DECRYPTION_FAILED_OR_BAD_RECORD_MAC|SSLV3_ALERT_BAD_RECORD_MAC|BAD_RECORD_TYPE)",
            likely(
                "fork-shared-connection", "Two processes use one TLS session: a fork after the connection was opened."
            ),
            possible("malformed-tls", "Something between may change the bytes."),
        ),
        sign(
            r"SSL: (?:CA_MD_TOO_WEAK|EE_MD_TOO_WEAK|WRONG_SIGNATURE_TYPE|LEGACY_SIGALG)",
            likely("weak-signature", "A certificate is signed with what this OpenSSL no longer takes, such as SHA-1."),
        ),
        sign(
            r"SSL: (?:CA_KEY_TOO_SMALL|EE_KEY_TOO_SMALL|DH_KEY_TOO_SMALL|BAD_DH_VALUE)",
            likely("weak-key", "A key is shorter than this OpenSSL takes."),
        ),
        sign(
            r"SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
            likely(
                "tls-version-unsupported",
                "The server, or a product between, knows no secure renegotiation: it is very old.",
            ),
            possible("tls-intercepted", "Products that inspect TLS are a common cause."),
        ),
        sign(
            r"SSL: (?:UNEXPECTED_EOF_WHILE_READING|SHUTDOWN_WHILE_IN_INIT|UNINITIALIZED|PROTOCOL_IS_SHUTDOWN)", *_CLOSED
        ),
        sign(r"EOF occurred in violation of protocol", *_CLOSED),
        sign(r"SSL: APPLICATION_DATA_AFTER_CLOSE_NOTIFY", *_CLOSED),
        sign(r"SSLZeroReturnError", *_CLOSED),
        sign(r"connection closed during TLS handshake", *_CLOSED),
        sign(
            r"The handshake operation timed out",
            likely("handshake-timeout", "TCP was open, and the TLS handshake was not answered in time."),
            possible("pool-timeout", "The client may have been too busy to go on."),
            possible("tcp-timeout", "The connection may have been lost on the way."),
        ),
        sign(
            r"SSL handshake is taking longer than",
            likely("handshake-timeout", "TCP was open, and the TLS handshake was not answered in time."),
            possible("pool-timeout", "The client may have been too busy to go on."),
            possible("tcp-timeout", "The connection may have been lost on the way."),
        ),
        sign(r"NO_CERTIFICATE_OR_CRL_FOUND", *_NO_PEM),
        sign(r"cadata does not contain a certificate", *_NO_PEM),
        sign(r"not enough data: cadata", *_NO_PEM),
        sign(r"\] PEM lib", *_NO_PEM),
        sign(r"PEM: (?:NO_START_LINE|BAD_BASE64_DECODE|BAD_END_LINE)", *_NO_PEM),
        sign(
            r"KEY_VALUES_MISMATCH",
            likely("root-file-format", "The key file is not the key of the certificate file."),
            possible("client-certificate-required", "The server needs the pair that belongs together."),
        ),
        sign(
            r"No such file or directory: [\"'][^\"']{1,200}\.(?:pem|crt|cer|ca|key|der|p12|pfx)",
            likely("root-file-missing", "A file of certificates or keys that the settings name does not exist."),
        ),
        sign(
            r"load_(?:verify_locations|cert_chain)\(.{0,400}?No such file or directory",
            likely("root-file-missing", "A file of certificates or keys that the settings name does not exist."),
        ),
        sign(
            r"load_(?:verify_locations|cert_chain)\(.{0,400}?Permission denied",
            likely("root-file-permissions", "This process may not read a file of certificates or keys."),
        ),
        sign(
            r"Permission denied: [\"'][^\"']{1,200}\.(?:pem|crt|cer|ca|key|der|p12|pfx)",
            likely("root-file-permissions", "This process may not read a file of certificates or keys."),
        ),
        sign(
            r"ssl module (?:is )?not available", certain("client-without-tls", "This Python was built without OpenSSL.")
        ),
        sign(r"No module named '?_ssl'?", certain("client-without-tls", "This Python was built without OpenSSL.")),
    ),
    fixes={
        "unknown-issuer": (
            (
                'Give the context the roots: ssl.create_default_context(cafile="ROOTS"), or '
                "azpg_tls.ssl_context(); for Azure, "
                "`azpg-tls bundle path` names the file."
            ),
            "Where only a process-wide setting is possible: SSL_CERT_FILE=ROOTS.",
        ),
        "self-signed": (
            'Trust the certificate itself if it is your own: ssl.create_default_context(cafile="server.crt").',
            "Better, let a CA sign it and trust the CA.",
        ),
        "hostname-mismatch": (
            "Connect by a name that the certificate has, or pass it as server_hostname= and connect to the address.",
        ),
        "certificate-not-strict": (
            "Have the certificate made anew with the extensions that RFC 5280 asks for.",
            (
                "Until then, this Python's older rules: context.verify_flags &= ~ssl.VERIFY_X509_STRICT; the chain "
                "and the name are still checked."
            ),
        ),
        "tls-intercepted": ("Add the inspecting product's root to cafile, or let the connection pass it by.",),
        "root-file-missing": ("Give cafile= a file that exists where the process runs: ROOTS.",),
        "root-file-format": (
            "Give cafile= PEM (-----BEGIN CERTIFICATE-----): openssl x509 -inform der -in root.der -out root.pem",
        ),
        "root-file-permissions": ("Let the process's user read the file, and its key file alone (chmod 600).",),
        "client-certificate-required": ('context.load_cert_chain("client.crt", "client.key")',),
        "client-without-tls": ("Install a Python with the ssl module, such as the distribution's or python.org's.",),
        "fork-shared-connection": (
            "Open connections after the fork: engine.dispose(close=False) in each child first.",
        ),
        "tls-version-unsupported": ("context.minimum_version = ssl.TLSVersion.TLSv1_2, and a server that has it.",),
    },
)
