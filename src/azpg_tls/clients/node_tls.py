"""Node's tls, net and dns modules: what their codes and words mean, in every JavaScript client.

Node shows OpenSSL's verification errors twice, as a text and as a code (UNABLE_TO_VERIFY_LEAF_SIGNATURE), and OpenSSL's
reasons and alerts as ERR_SSL_ and ERR_OSSL_ codes, whose names openssl.py knows. Sources:
src/crypto/crypto_common.cc (the codes), lib/tls.js (checkServerIdentity; until Node 9 "doesn't match"),
lib/internal/tls/wrap.js, doc/api/errors.md of Node 8 to 24.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign
from azpg_tls.clues import on_azure

_OWN_CA = possible(
    "root-store-outdated",
    "A file in ssl.ca takes the place of Node's own list: one with an old root alone refuses the server's new chain.",
    on_azure,
)
_INTERCEPTED = possible("tls-intercepted", "A product on the way may have signed the certificate with its own CA.")
_UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root of Node's own list, or of the one given in ssl.ca."),
    _OWN_CA,
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    _INTERCEPTED,
)
_LEAF = (
    likely("unknown-issuer", "Node does not know the CA that issued the server's certificate: a private CA, mostly."),
    possible("missing-intermediate", "The server may send its own certificate alone, without the intermediate."),
    _OWN_CA,
    _INTERCEPTED,
)
_SELF_SIGNED = (
    likely("self-signed", "The server's certificate is signed with its own key, and ssl.ca does not hold it."),
    possible("unknown-issuer", "If the server has a private CA, its root has to be in ssl.ca."),
)
_EXPIRED = (
    likely("expired", "A certificate of the server's chain is past its last day."),
    possible("clock-skew", "The clock of the machine that runs the client may be wrong."),
    possible("root-store-outdated", "An old Node builds the chain over a root that has expired."),
)
_NOT_YET = (
    likely("not-yet-valid", "A certificate's time has not begun by this machine's clock."),
    possible("clock-skew", "The clock of the machine that runs the client may be wrong."),
)
_FORGED = (
    likely(
        "bad-signature", "A signature in the chain does not fit: a damaged certificate, or another CA of that name."
    ),
    possible("issuer-impostor", "A CA with the right name and another key may have signed."),
)
_REVOCATION = (likely("revocation-check-failed", "A list of revoked certificates is demanded, and is not there."),)
_GONE = (
    likely("handshake-closed", "The other side ended the connection while TLS was being set up."),
    possible("closed-before-tls", "It may have ended it before TLS began: a firewall, or a pooler without TLS."),
    possible("tls-not-offered", "postgres.js goes on with TLS even if the server answered that it has none."),
    possible("sni-rejected", "A proxy may close the connection of a server name that it does not know."),
)
_NO_PEM = (
    likely(
        "root-file-format", "What was given as certificate or key is not PEM text: often a path, or \\n lost in it."
    ),
    possible("root-file-missing", "The variable or file that it comes from may be empty."),
)
_SETTING = (certain("sslmode-invalid", "Node knows no such TLS setting."),)
_ALIAS_NAME = (
    likely("hostname-mismatch", "The certificate does not hold the name that was checked, localhost."),
    likely(
        "client-library-bug", "Node checks localhost if the driver gave it no name, as older ones do for addresses."
    ),
    possible("ip-address-target", "The connection was probably made to an IP address."),
)
_ALIAS_ADDRESS = (
    likely(
        "client-library-bug", "The certificate holds addresses, but the driver gave Node no name: it checked localhost."
    ),
    likely("hostname-mismatch", "The certificate does not hold the name that was checked, localhost."),
    possible("ip-address-target", "The connection was probably made to an IP address."),
)
_MISMATCH = (
    certain("hostname-mismatch", "The certificate is not for {host}, the name that was connected to."),
    possible(
        "private-dns-zone", "A name of privatelink is not in the certificate: connect to the server's own.", on_azure
    ),
)
_MISMATCH_CN = (
    likely("hostname-mismatch", "The certificate's common name is not {host}, and it has no other names."),
    possible("no-subject-alternative-name", "The certificate has no subject alternative names at all."),
)


def _codes(meanings: tuple[Meaning, ...], *names: str) -> tuple[Sign, ...]:
    """Return one sign for each name of a code, all with the same meanings."""
    return tuple(sign(rf"(?<![A-Z_]){name}(?![A-Z_])", *meanings) for name in names)


_VERIFICATION = (
    *_codes(_UNTRUSTED, "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_GET_ISSUER_CERT"),
    *_codes(_UNTRUSTED, "CERT_UNTRUSTED", "CERT_REJECTED"),
    *_codes(_LEAF, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    *_codes(_SELF_SIGNED, "DEPTH_ZERO_SELF_SIGNED_CERT"),
    *_codes(_EXPIRED, "CERT_HAS_EXPIRED", "ERROR_IN_CERT_NOT_AFTER_FIELD"),
    *_codes(_NOT_YET, "CERT_NOT_YET_VALID", "ERROR_IN_CERT_NOT_BEFORE_FIELD"),
    *_codes(
        _FORGED, "CERT_SIGNATURE_FAILURE", "UNABLE_TO_DECRYPT_CERT_SIGNATURE", "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY"
    ),
    *_codes(_REVOCATION, "UNABLE_TO_GET_CRL", "CRL_HAS_EXPIRED", "CRL_NOT_YET_VALID", "CRL_SIGNATURE_FAILURE"),
    *_codes((certain("revoked", "The certificate is on a list of revoked ones."),), "CERT_REVOKED"),
    *_codes((likely("chain-too-deep", "The chain is longer than the client allows."),), "CERT_CHAIN_TOO_LONG"),
    *_codes((likely("invalid-ca", "A certificate in the chain may not issue others."),), "INVALID_CA"),
    *_codes((likely("invalid-ca", "The chain is longer than one of its CAs allows."),), "PATH_LENGTH_EXCEEDED"),
    *_codes((likely("wrong-key-usage", "The certificate is not for servers."),), "INVALID_PURPOSE"),
    *_codes((certain("hostname-mismatch", "The certificate is for another name."),), "HOSTNAME_MISMATCH"),
)

_FILES = (
    *_codes(_NO_PEM, "ERR_OSSL_PEM_NO_START_LINE", "ERR_OSSL_PEM_BAD_BASE64_DECODE", "ERR_OSSL_PEM_BAD_END_LINE"),
    *_codes(_NO_PEM, "ERR_OSSL_ASN1_WRONG_TAG", "ERR_OSSL_ASN1_HEADER_TOO_LONG", "ERR_OSSL_ASN1_NOT_ENOUGH_DATA"),
    sign(
        r"(?:options\.ca|\"ca\"|options\.cert|options\.key).{0,60}must be (?:of type|one of type|an instance)", *_NO_PEM
    ),
    sign(
        r"ENOENT: no such file or directory, open '(?P<file>[^']{0,200}\.(?:crt|pem|cer|ca-bundle|key))'",
        certain("root-file-missing", "There is no file {file}, seen from where the program runs."),
    ),
    sign(
        (
            r"E(?:ACCES|PERM): (?:permission denied|operation not permitted), open "
            r"'(?P<file>[^']{0,200}\.(?:crt|pem|cer|key))'"
        ),
        certain("root-file-permissions", "The program may not read {file}."),
    ),
    sign(
        r"Ignoring extra certs from",
        likely("root-file-missing", "NODE_EXTRA_CA_CERTS names a file that Node could not load: it goes on without."),
        possible("root-file-format", "The file may not be PEM."),
    ),
)

# What Node alone writes; its user has a driver, so the driver's module takes these marks.
MARKS = (
    r"_tls_wrap",
    r"\bTLSSocket\b",
    r"\bTLSWrap\b",
    r"node:internal/",
    r"node:(?:net|dns|events):\d",
    r"\bGetAddrInfoReqWrap\b",
    r"\bTCPConnectWrap\b",
    r"\bERR_TLS_",
    r"\bERR_SSL_",
    r"\bERR_OSSL_",
    r"certificate's altnames",
    r"(?<![A-Z_])UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    r"(?<![A-Z_])UNABLE_TO_GET_ISSUER_CERT",
    r"(?<![A-Z_])SELF_SIGNED_CERT_IN_CHAIN",
    r"(?<![A-Z_])DEPTH_ZERO_SELF_SIGNED_CERT",
    r"\b(?:write|read) EPROTO\b",
    r"\b(?:read|write|connect) ECONN(?:RESET|REFUSED|ABORTED)\b",
    r"\bconnect E(?:TIMEDOUT|HOSTUNREACH|NETUNREACH|NOENT|ACCES)\b",
    r"\bgetaddrinfo E(?:NOTFOUND|AI_AGAIN)\b",
)

NODE_TLS = Client(
    "node-tls",
    "Node's TLS",
    over=("openssl",),
    signs=(
        sign(
            r"\bERR_INTERNAL_ASSERTION\b",
            likely(
                "client-library-bug", "The driver uses Node's sockets as Node does not foresee: update it, or Node."
            ),
        ),
        *_VERIFICATION,
        *_FILES,
        sign(
            r"(?:does not|doesn't) match certificate's altnames: \"?(?:Host: )(?P<host>localhost)\. "
            r"is not (?:in the )?cert's "
            r"(?:altnames|CN):(?!.{0,2000}?IP Address:)",
            *_ALIAS_NAME,
        ),
        sign(
            r"(?:does not|doesn't) match certificate's altnames: \"?(?:Host: )(?P<host>localhost)\. "
            r"is not (?:in the )?cert's "
            r"(?:altnames|CN):.{0,2000}?IP Address:",
            *_ALIAS_ADDRESS,
        ),
        sign(
            r"(?:does not|doesn't) match certificate's altnames: \"?(?:Host: "
            r")(?!localhost\.)(?P<host>[^ ]{1,255}?)\.? is not in "
            r"(?:the )?cert's altnames",
            *_MISMATCH,
        ),
        sign(
            r"(?:does not|doesn't) match certificate's altnames: \"?(?:Host: "
            r")(?!localhost\.)(?P<host>[^ ]{1,255}?)\.? is not "
            r"cert's CN",
            *_MISMATCH_CN,
        ),
        sign(
            (
                r"(?:does not|doesn't) match certificate's altnames: \"?(?:IP: )(?P<host>[^ ]{1,64}) is "
                r"not in the cert's list"
            ),
            likely(
                "hostname-mismatch", "The connection was made to {host}, an address that the certificate does not hold."
            ),
            likely("ip-address-target", "Certificates of public CAs hold names: connect to the server's name."),
        ),
        sign(
            r"altnames: \"?Cert does not contain a DNS name",
            likely("no-subject-alternative-name", "The certificate holds no DNS name at all."),
            likely("hostname-mismatch", "So no name that is connected to can match it."),
        ),
        sign(
            r"altnames: \"?Cert is empty",
            likely("client-library-bug", "The name was checked before there was a certificate, or by another runtime."),
            possible("hostname-mismatch", "The certificate may hold no names."),
        ),
        sign(
            r"certificate's altnames(?!: \"?Cert )",
            likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
            possible("client-library-bug", "If localhost was checked, the driver gave Node no name."),
        ),
        sign(r"ERR_TLS_CERT_ALTNAME_INVALID", possible("hostname-mismatch", "The certificate is for other names.")),
        sign(
            r"ERR_TLS_CERT_ALTNAME_FORMAT", likely("certificate-not-strict", "The certificate's names are malformed.")
        ),
        sign(r"ERR_TLS_HANDSHAKE_TIMEOUT", likely("handshake-timeout", "TLS was not set up in time.")),
        sign(r"network socket disconnected before secure TLS connection was established", *_GONE),
        sign(r"before secure TLS connection was established", *_GONE),
        sign(r"socket hang up", *_GONE),
        sign(r"This socket has been ended by the other party", *_GONE),
        sign(r"ERR_TLS_INVALID_PROTOCOL_VERSION", *_SETTING),
        sign(r"ERR_TLS_INVALID_PROTOCOL_METHOD", *_SETTING),
        sign(r"ERR_TLS_PROTOCOL_VERSION_CONFLICT", *_SETTING),
    ),
)
