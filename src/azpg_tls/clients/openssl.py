"""OpenSSL's own words: verification errors, alerts, reasons; most clients that are not Java, Go or .NET pass them on.

An alert that was *received* ("sslv3 alert …", "SSL alert number N") is the other side's judgement of us. Sources:
crypto/x509/x509_txt.c (verification), ssl/ssl_err.c (reasons), RFC 8446 section 6 (alerts).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

UNTRUSTED = (
    likely("unknown-issuer", "The chain does not end at a root that the client trusts."),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible("root-store-outdated", "The client's roots may be older than the server's chain."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with a CA of its own."),
)

OPENSSL = Client(
    "openssl",
    "OpenSSL",
    signs=(
        sign(r"certificate has expired(?! or)", certain("expired", "A certificate of the server's chain has expired.")),
        sign(r"certificate is not yet valid", likely("not-yet-valid", "A certificate's time has not begun.")),
        sign(r"self[- ]signed certificate in (?:certificate )?chain", *UNTRUSTED),
        sign(
            r"self[- ]signed certificate(?! in)",
            likely("self-signed", "The server's certificate signed itself."),
            possible("unknown-issuer", "Older clients say so of a private root in the chain too."),
        ),
        sign(r"unable to get local issuer certificate", *UNTRUSTED),
        sign(
            r"unable to (?:get issuer|verify the first) certificate",
            likely("unknown-issuer", "The issuer of the first certificate is not among the trusted roots."),
            likely("missing-intermediate", "The server may send its own certificate alone."),
        ),
        sign(
            r"no application protocol",
            certain("alpn-mismatch", "The other side does not know ALPN postgresql: a proxy ends TLS there."),
        ),
    ),
)
