"""Go's crypto/x509: what its verifier says of a server's certificate.

Sources: src/crypto/x509/verify.go, x509.go and parser.go of Go 1.10 to 1.26. Since Go 1.20 "tls: failed to verify
certificate: " stands before these texts. On macOS and Windows the system verifies, in words of its own.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root that the client trusts."),
    possible("missing-intermediate", "The server may not send all of its intermediates: Go fetches none."),
    possible(
        "root-store-outdated", "The client's roots may be older than the server's chain; so are those of old images."
    ),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)
_UNSTRICT = (certain("certificate-not-strict", "Go refuses how the certificate is made; OpenSSL is less strict."),)
_SHA1 = (
    certain("weak-signature", "A certificate of the chain is signed with SHA-1 or MD5, which Go no longer accepts."),
    possible("self-signed", "It may be a server's own certificate that was made long ago."),
)
_PARSE = (
    "malformed certificate",
    "malformed extension",
    "invalid version",
    "malformed serial number",
    "certificate contains duplicate extensions",
    "invalid basic constraints",
    "invalid key usage",
    "SAN dNSName is malformed",
    "SAN rfc822Name is malformed",
    "cannot parse dnsName",
    "cannot parse IP address",
    "cannot parse URI",
    "trailing data",
    "malformed validity",
    "malformed subject",
    "malformed issuer",
    "inner and outer signature algorithm identifiers don't match",
)

GO_X509 = Client(
    "go-x509",
    "Go's crypto/x509",
    over=("securetransport", "schannel"),
    signs=(
        sign(r"certificate signed by unknown authority \(possibly because of .{0,120}?insecure algorithm", *_SHA1),
        sign(
            r"certificate signed by unknown authority \(possibly because of .{0,120}?cannot sign this kind of cert",
            likely("self-signed", "The server's own certificate, which is no CA's, stands among the trusted roots."),
            likely("invalid-ca", "The certificate that should have signed the server's is not marked as a CA's."),
            possible("unknown-issuer", "The trusted file may hold the server's certificate in place of the root."),
        ),
        sign(
            r"certificate signed by unknown authority \(possibly because of .{0,200}?verification (?:error|failure)",
            likely("unknown-issuer", "A trusted root has the issuer's name, and another key: it was made anew."),
            likely("issuer-impostor", "The issuer has the name of a trusted root, and another key."),
            possible("bad-signature", "The signature on the certificate may be wrong."),
        ),
        sign(r"certificate signed by unknown authority", *_UNTRUSTED),
        sign(
            r"certificate has expired or is not yet valid: ?current time \S{10,40} is after",
            certain("expired", "A certificate of the chain has expired."),
            possible("clock-skew", "This machine's clock may be ahead."),
        ),
        sign(
            r"certificate has expired or is not yet valid: ?current time \S{10,40} is before",
            likely("not-yet-valid", "A certificate's time has not begun."),
            likely("clock-skew", "This machine's clock may be behind: the text shows it."),
        ),
        sign(
            r"certificate has expired or is not yet valid",
            likely("expired", "Go says this of an expired certificate, and of one whose time has not begun."),
            possible("not-yet-valid", "The certificate's time may not have begun."),
            possible("clock-skew", "This machine's clock may be wrong."),
        ),
        sign(
            r"x509: certificate is valid for (?P<names>.{1,900}?), not (?P<ip>[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
            likely("hostname-mismatch", "The certificate is for {names}, and {ip} was connected to."),
            likely("ip-address-target", "The address {ip} was connected to in place of the name."),
        ),
        sign(
            (
                r"x509: certificate is valid for (?P<names>.{0,900}?), not "
                r"(?P<host>(?!\d+\.\d+\.\d+\.\d)[\w.-]{1,253}|<[^>]{1,60}>)"
            ),
            likely("hostname-mismatch", "The certificate is for {names}, not for {host}."),
        ),
        sign(
            r"x509: certificate is valid for (?!.{0,900}?, not [\w.-])[^,]{1,80}, not ",
            likely("hostname-mismatch", "The certificate is for another name than the one connected to."),
        ),
        sign(
            r"certificate is not valid for any names, but wanted to match (?P<host>[\w.:-]{1,253})",
            likely("hostname-mismatch", "The certificate has no name that could match {host}."),
            likely("no-subject-alternative-name", "It names nobody in subjectAltName."),
            possible("tls-intercepted", "It may be another machine's certificate."),
        ),
        sign(
            r"certificate relies on legacy Common Name field",
            certain(
                "no-subject-alternative-name",
                "The name stands in the Common Name only, where Go has not looked since 1.15.",
            ),
        ),
        sign(
            r"cannot validate certificate for (?P<ip>[\w.:%-]{1,80}) because it doesn't contain any IP SANs",
            likely("ip-address-target", "The address {ip} was connected to, and the certificate has names only."),
            possible("hostname-mismatch", "The certificate may be another host's, too."),
        ),
        sign(
            r"(?:a root or intermediate )?certificate is not authorized to sign for this name",
            certain("name-constraint-violation", "A CA of the chain may not sign for that name."),
        ),
        sign(
            r"issuer has name constraints but leaf",
            certain(
                "name-constraint-violation", "A CA of the chain is constrained to names that the certificate lacks."
            ),
        ),
        sign(
            r"certificate is not permitted to use the (?:DNS |domain )?name",
            certain("name-constraint-violation", "A CA of the chain may not sign for that name."),
        ),
        sign(
            r"certificate is not authorized to sign other certificates",
            likely("invalid-ca", "A certificate of the chain signed another one and is not marked as a CA's."),
            possible("unknown-issuer", "The trusted file may hold the server's own certificate in place of the root."),
        ),
        sign(
            r"too many intermediates for path length constraint",
            likely("invalid-ca", "A CA of the chain allows fewer CAs below it (pathlen) than there are."),
            possible("chain-too-deep", "The chain has more intermediates than are allowed."),
        ),
        sign(
            r"certificate specifies an incompatible key usage",
            certain("wrong-key-usage", "The certificate is not for servers (extended key usage serverAuth)."),
        ),
        sign(
            r"not authorized for an extended key usage",
            certain("wrong-key-usage", "A CA of the chain may not issue certificates for servers."),
        ),
        sign(
            r"issuer name does not match subject from issuing certificate",
            likely("invalid-ca", "The certificates sent do not belong together."),
            possible("missing-intermediate", "An intermediate may be missing or be another one."),
        ),
        sign(r"unhandled critical extension", *_UNSTRICT),
        sign(r"x509: negative serial number", *_UNSTRICT),
        *(sign(rf"x509: {text}", *_UNSTRICT) for text in _PARSE),
        sign(r"x509: cannot verify signature: insecure algorithm", *_SHA1),
        sign(
            r"x509: cannot verify signature: algorithm unimplemented",
            certain("certificate-not-strict", "The certificate is signed with an algorithm that Go does not have."),
        ),
        sign(
            r"crypto/rsa: \d{2,4}-bit keys are insecure",
            certain("weak-key", "The certificate's RSA key has fewer than 1024 bits, which Go 1.24 refuses."),
        ),
        sign(
            r"x509: unsupported elliptic curve",
            certain("certificate-not-strict", "The certificate's key is on a curve that Go does not have."),
        ),
        sign(
            r"failed to load system roots and no roots provided",
            likely("root-file-missing", "The machine or image has no root store: install ca-certificates."),
            possible("root-file-permissions", "The store may not be readable."),
        ),
        sign(
            r"x509: certificate is revoked",
            certain("revoked", "The certificate has been revoked."),
        ),
    ),
)
