"""Erlang's ssl, public_key and gen_tcp: what their terms mean, in Elixir's spelling too.

An alert says who raised it: "generated CLIENT ALERT" is our verdict on the server, "received SERVER ALERT" the server's
on us; before OTP 21 a term says neither. The same term is {tls_alert,{unknown_ca,…}} in Erlang, with colons before the
atoms in Elixir, and {tls_alert,"unknown ca"} before OTP 22. Sources: lib/ssl/src/ssl_alert.erl, ssl_handshake.erl
(path_validation_alert), ssl.erl and ssl_config.erl (options), lib/public_key/src/public_key.erl (bad_cert_reason),
pubkey_cert.erl, OTP 18 to 28; lib/kernel/src/inet.erl (nxdomain).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign
from azpg_tls.clues import on_azure

_UNTRUSTED = (
    likely("unknown-issuer", "Erlang does not know the root that the server's chain ends at."),
    possible("chain-too-deep", "An old OTP allows one intermediate only (depth 1); Azure's chain has two.", on_azure),
    possible("root-store-outdated", "The file in cacertfile may be older than the server's chain."),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible("tls-intercepted", "A product on the way may have signed the certificate with its own CA."),
)
_NAME = (
    likely("hostname-mismatch", "The name that Erlang checked is not in the certificate, by Erlang's own rules."),
    possible("chain-too-deep", "Once the name is right, an old OTP's depth of 1 may be next."),
    possible("no-subject-alternative-name", "The certificate may hold no names."),
)
_DEPTH = (
    likely("chain-too-deep", "The chain has more CAs than `depth` allows: 1 before OTP 24, and Azure's chain has two."),
    possible("invalid-ca", "Or more than one of its own CAs allows."),
)
_MISSING_CACERTS = (
    certain(
        "erlang-missing-cacerts",
        "OTP 26 and later verify the server unless told otherwise, and no roots were given (cacertfile, cacerts).",
    ),
)
_NOT_VERIFIED = (likely("erlang-missing-cacerts", "A warning: the server is not verified, as no roots were given."),)
_EXPIRED = (
    likely("expired", "A certificate of the server's chain is out of its dates."),
    possible("not-yet-valid", "Erlang says the same if its time has not begun."),
    possible("clock-skew", "The clock of the machine that runs the client may be wrong."),
)
_SELF_SIGNED = (
    likely("self-signed", "The server's certificate signed itself; Erlang refuses that even if it is in cacertfile."),
    possible("unknown-issuer", "If the server has a private CA, its root has to be in cacertfile."),
)
_FORGED = (likely("bad-signature", "A signature in the chain does not fit its issuer's key."),)
_ISSUER = (
    likely("unknown-issuer", "A certificate of the chain was not issued by the next one."),
    possible("missing-intermediate", "An intermediate may be missing."),
    possible("chain-out-of-order", "Or the chain is out of order."),
)
_INVALID_CA = (likely("invalid-ca", "A certificate in the chain may not issue others."),)
_USAGE = (likely("wrong-key-usage", "A certificate in the chain is not for this use."),)
_REVOKED = (certain("revoked", "The certificate is on its CA's revocation list."),)
_UNDETERMINED = (likely("revocation-check-failed", "crl_check is on, and no revocation list was to be had."),)
_CONSTRAINT = (likely("name-constraint-violation", "A CA of the chain may not issue for such a name."),)
_STRICT = (likely("certificate-not-strict", "The certificate has something that Erlang does not accept."),)
_WEAK = (
    likely("weak-signature", "The certificate's signature algorithm is not among those that this OTP accepts."),
    possible("weak-key", "Its key may be too weak."),
    possible("certificate-not-strict", "Or it is one that Erlang does not know."),
)
_OURS = (
    likely("client-certificate-required", "The server sent this alert: it does not accept our client certificate."),
    possible("handshake-rejected", "The alert does not say more."),
)
_DEMANDED = (certain("client-certificate-required", "The server demands a client certificate, and none was sent."),)
_SERVER_FAILURE = (
    likely("cipher-mismatch", "The server found nothing acceptable in what we offer."),
    possible("tls-version-unsupported", "Old servers say so if no TLS version is in common."),
    possible("client-certificate-required", "Some say so if they demand a client certificate."),
    possible("sni-rejected", "A proxy may say so of a name that it does not know."),
)
_VERSION = (
    likely("tls-version-unsupported", "Client and server have no TLS version in common."),
    possible("cipher-mismatch", "They may have no cipher in common."),
)
_SNI = (likely("sni-rejected", "The server knows nothing of the name in server_name_indication."),)
_ALPN = (likely("alpn-mismatch", "The other side does not know ALPN postgresql."),)
_NOT_TLS = (
    likely("not-postgres", "What came back is not TLS: another service may answer there."),
    possible("tls-not-offered", "The server may have no TLS."),
    possible("malformed-tls", "The records may have been damaged on the way."),
)
_OUR_FAILURE = (
    likely("cipher-mismatch", "What the server chose, or showed, is not acceptable to this OTP."),
    possible("hostname-mismatch", "Without a reason after it, the certificate may have been refused too."),
    possible("certificate-not-strict", "Or the certificate has something that Erlang does not accept."),
)
_REJECTED = (likely("handshake-rejected", "The server ended the handshake with this alert."),)
_ROOT_FILE = (certain("root-file-missing", "There is no file {file} where the program runs."),)
_ROOT_RIGHTS = (certain("root-file-permissions", "The program may not read {file}."),)
_ROOT_FORM = (
    likely("root-file-format", "The file given as cacertfile holds no PEM certificate."),
    possible("root-file-missing", "It may be empty or another file than meant."),
)
_KEY_FILE = (
    likely("client-certificate-required", "The client's own certificate or key could not be read: {file}."),
    possible("root-file-missing", "The file may not be there."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-before-tls", "A firewall or pooler may have ended it early."),
    possible("closed-after-tls", "An idle connection may have been ended by a firewall or a restart."),
)
_REFUSED = (certain("tcp-refused", "The machine answered, and nothing listens on that port."),)
_TIMEOUT = (
    likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it, or the route is missing."),
    possible("private-dns-zone", "The name may lead to the public address of a server with private access.", on_azure),
)
_UNREACHABLE = (certain("tcp-unreachable", "There is no route to the server's address from this machine."),)
_LATE = (
    likely("handshake-timeout", "The server took the connection, and TLS was not set up in time."),
    possible("tcp-timeout", "A firewall may drop packets on the way."),
)


def _bad(reason: str, *meanings: Meaning) -> Sign:
    """Return the sign of public_key's verdict *reason* on a chain."""
    return sign(rf"\{{:?bad_cert, ?:?\{{?:?{reason}\b", *meanings)


def _sent(description: str, *meanings: Meaning) -> Sign:
    """Return the sign of an alert of ours: what we think of the server."""
    return sign(rf"generated CLIENT ALERT: (?:Fatal|Warning) - {description}", *meanings)


def _received(description: str, *meanings: Meaning) -> Sign:
    """Return the sign of an alert of the server's: what it thinks of us."""
    return sign(rf"received (?:SERVER|CLIENT) ALERT: (?:Fatal|Warning) - {description}", *meanings)


def _reported(words: str, *meanings: Meaning) -> Sign:
    """Return the sign of an alert of ours in the reports of OTP 20 and older."""
    return sign(rf"SSL: :?\w{{1,30}}: ssl_handshake\.erl:\d{{1,5}}:Fatal error: {words}", *meanings)


def _told(reason: str, *meanings: Meaning) -> Sign:
    """Return the sign of an alert in a term that does not say who raised it."""
    return sign(rf"\{{:?tls_alert, ?[\"']{reason}[\"']\}}", *meanings)


_VERDICTS = (
    _bad("hostname_check_failed", *_NAME),
    _bad("max_path_length_reached", *_DEPTH),
    _bad("cert_expired", *_EXPIRED),
    _bad("root_cert_expired", likely("root-store-outdated", "A trusted root itself has expired."), *_EXPIRED),
    _bad("selfsigned_peer", *_SELF_SIGNED),
    _bad("unknown_ca", *_UNTRUSTED),
    _bad("invalid_issuer", *_ISSUER),
    _bad("invalid_signature", *_FORGED),
    _bad("unsupported_signature", *_WEAK),
    _bad("missing_basic_constraint", *_INVALID_CA),
    _bad("invalid_key_usage", *_USAGE),
    _bad("key_usage_mismatch", *_USAGE),
    _bad("invalid_ext_key_usage", *_USAGE),
    _bad("name_not_permitted", *_CONSTRAINT),
    _bad("unknown_critical_extension", *_STRICT),
    _bad("duplicate_cert_in_path", likely("chain-unneeded-certificate", "The server sends a certificate twice.")),
    _bad("revoked", *_REVOKED),
    _bad("revocation_status_undetermined", *_UNDETERMINED),
    _bad("unable_to_match_altnames", *_NAME),
    sign(r"(?<!:)(?<!bad_cert,)(?<!bad_cert, )\bselfsigned_peer\b", *_SELF_SIGNED),
)

_ALERTS = (
    _sent("Unknown CA", *_UNTRUSTED),
    _sent("Certificate Expired(?!.{0,60}?bad_cert)", *_EXPIRED),
    _sent("Certificate Revoked", *_REVOKED),
    _sent(
        "Bad Certificate(?!.{0,60}?(?:bad_cert|selfsigned_peer))",
        likely("bad-signature", "A certificate of the chain is not sound."),
        *_ISSUER,
    ),
    _sent("Unsupported Certificate(?!.{0,60}?bad_cert)", *_WEAK, *_USAGE),
    _sent("Certificate Unknown", *_UNTRUSTED),
    _sent("Handshake Failure(?!.{0,60}?bad_cert)", *_OUR_FAILURE),
    _sent("Insufficient Security", *_OUR_FAILURE),
    _sent("Protocol Version", *_VERSION),
    _sent("Illegal Parameter", *_OUR_FAILURE),
    _sent("(?:Unexpected Message|Decode Error|Record Overflow)", *_NOT_TLS),
    sign(r"\bunsupported_record_type\b", *_NOT_TLS),
    _received("Unknown CA", *_OURS),
    _received("Bad Certificate", *_OURS),
    _received("Unsupported Certificate", *_OURS),
    _received("Certificate (?:Expired|Revoked|Unknown)", *_OURS),
    _received("Certificate required", *_DEMANDED),
    _received("Access Denied", *_OURS),
    _received("Handshake Failure", *_SERVER_FAILURE),
    _received("Insufficient Security", *_SERVER_FAILURE),
    _received("Protocol Version", *_VERSION),
    _received("Unrecogni[sz]ed Name", *_SNI),
    _received("No application protocol", *_ALPN),
    _received("(?:Internal Error|Decrypt Error|Decode Error|Illegal Parameter|Unexpected Message)", *_REJECTED),
    _reported("unknown ca", *_UNTRUSTED),
    _reported("handshake failure", *_NAME, possible("cipher-mismatch", "The server's choice may not be acceptable.")),
    _reported("bad certificate", *_ISSUER),
    _reported("certificate expired", *_EXPIRED),
    _told("unknown ca", *_UNTRUSTED, possible("client-certificate-required", "Or the server refused our certificate.")),
    _told("handshake failure", *_SERVER_FAILURE, possible("hostname-mismatch", "Or the server's name did not match.")),
    _told("bad certificate", *_ISSUER, possible("client-certificate-required", "Or the server refused ours.")),
    _told("certificate expired", *_EXPIRED),
    _told("protocol version", *_VERSION),
    _told("insufficient security", *_SERVER_FAILURE),
    _told("unrecognised name", *_SNI),
    _told("no application protocol", *_ALPN),
    sign(r"\{:?tls_alert, ?\{:?protocol_version", *_VERSION),
    sign(r"\{:?tls_alert, ?\{:?insufficient_security", *_SERVER_FAILURE),
    sign(r"\{:?tls_alert, ?\{:?no_application_protocol", *_ALPN),
    sign(r"\{:?tls_alert, ?\{:?unrecogni[sz]ed_name", *_SNI),
    sign(r"\{:?tls_alert, ?\{:?certificate_required", *_DEMANDED),
    sign(r"\{:?tls_alert, ?\{:?certificate_expired(?!.{0,200}?(?:bad_cert|SERVER ALERT))", *_EXPIRED),
    sign(
        r"\{:?tls_alert, ?\{:?unknown_ca(?!.{0,200}?(?:bad_cert|SERVER ALERT))",
        *_UNTRUSTED,
        possible("client-certificate-required", "If the alert was received, the server refused our certificate."),
    ),
)

_OPTIONS = (
    sign(
        (
            r"(?:incompatible, ?\[|can not be combined: "
            r"?\[)[^\]]{0,80}?verify_peer[^\]]{0,40}?cacerts[^\]]{0,20}?undefined"
        ),
        *_MISSING_CACERTS,
    ),
    sign(r"\{:?options, ?\{?:?incompatible, ?\[[^\]]{0,80}?cacerts", *_MISSING_CACERTS),
    sign(
        r"can not be combined: ?\[ ?\{?verify[:,] ?:?verify_peer",
        likely("erlang-missing-cacerts", "verify_peer lacks what it goes with: the list of roots, mostly."),
    ),
    sign(r"Authenticity is not established by certificate path validation", *_NOT_VERIFIED),
    sign(r"Option \{verify, verify_peer\} and cacertfile/cacerts is missing", *_NOT_VERIFIED),
    sign(
        r"\{:?options, ?\{:?cacertfile, ?(?:<<)?~?c?[\"'](?P<file>[^\"']{0,300})[\"'](?:>>)?, ?\{:?error, ?:?enoent",
        *_ROOT_FILE,
    ),
    sign(
        r"\{:?options, ?\{:?cacertfile, ?(?:<<)?~?c?[\"'](?P<file>[^\"']{0,300})[\"'](?:>>)?, ?\{:?error, ?:?eacces",
        *_ROOT_RIGHTS,
    ),
    sign(
        r"\{:?options, ?\{:?cacertfile, ?\[\] ?\}",
        likely("erlang-missing-cacerts", "verify_peer was asked for without roots: OTP 25 and older say so."),
        possible("root-file-format", "The option may be there, and empty."),
    ),
    sign(r"\{:?options, ?\{:?cacertfile, ?", *_ROOT_FORM),
    sign(r"\{:?options, ?\{:?(?:certfile|keyfile), ?(?:<<)?~?c?[\"'](?P<file>[^\"']{0,300})[\"']", *_KEY_FILE),
    sign(
        r"\bno_cacerts_found\b",
        likely(
            "root-file-missing", "The system has no file of roots where Erlang looks: no ca-certificates installed."
        ),
    ),
    sign(
        r"invalid option.{0,40}?(?:cacertfile|verify|server_name_indication|customize_hostname_check)",
        likely("sslmode-invalid", "A TLS option has a value of the wrong type; file names are charlists in old OTP."),
    ),
    sign(
        r"\{:?options, ?\{:?(?:verify|versions|server_name_indication|depth|ciphers)\b",
        likely("sslmode-invalid", "A TLS option has a value that Erlang does not accept."),
    ),
)

_SOCKETS = (
    sign(r"\beconnrefused\b", *_REFUSED),
    sign(r"\behostunreach\b", *_UNREACHABLE),
    sign(r"\benetunreach\b", *_UNREACHABLE),
    sign(r"\betimedout\b", *_TIMEOUT),
    sign(r"\beconnreset\b", *_CLOSED),
    sign(r"\beconnaborted\b", *_CLOSED),
    sign(r"\{:?error, ?:?closed\}", *_CLOSED),
    sign(r"\b(?:tcp|ssl)_closed\b", *_CLOSED),
)

_ROOTS = '`{verify, verify_peer}, {cacertfile, "ROOTS"}`, in Elixir `verify: :verify_peer, cacertfile: "ROOTS"`.'
_NAME_CHECK = (
    'Have the server\'s name checked as HTTPS does: `{server_name_indication, "NAME"}, {customize_hostname_check, '
    "[{match_fun, public_key:pkix_verify_hostname_match_fun(https)}]}`."
)
_TRUST = (f"Give ssl the roots: {_ROOTS}", "Or the system's: `{cacerts, public_key:cacerts_get()}` (OTP 25 and later).")
FIXES = {
    **dict.fromkeys(("unknown-issuer", "root-store-outdated", "erlang-missing-cacerts"), _TRUST),
    "hostname-mismatch": (_NAME_CHECK, "Connect to the name that the certificate holds."),
    "chain-too-deep": ("Allow Azure's two intermediates: `{depth, 3}`, in Elixir `depth: 3`.",),
    "self-signed": ("Have a CA of your own sign the server's certificate, and give that CA's as cacertfile.",),
    "client-certificate-required": ('Give both: `{certfile, "client.crt"}, {keyfile, "client.key"}`.',),
}

ERLANG_SSL = Client(
    "erlang-ssl",
    "Erlang's ssl",
    marks=(
        r"\b(?:CLIENT|SERVER) ALERT: ",
        r"\btls_alert\b",
        r"\bssl_handshake\.erl\b",
        r"\{:?bad_cert, ?:?",
        r"\{:?options, ?:?incompatible",
    ),
    signs=(
        *_VERDICTS,
        *_ALERTS,
        *_OPTIONS,
        *_SOCKETS,
        sign(r"\{:?error, ?:?timeout\}", *_TIMEOUT, possible("handshake-timeout", "Or TLS was not set up in time.")),
        sign(r"\{:?ssl_negotiation_failed, ?:?closed\}", *_CLOSED),
        sign(r"\{:?ssl_negotiation_failed, ?:?timeout\}", *_LATE),
        sign(r"\bssl_not_started\b", likely("client-without-tls", "Erlang's ssl application was not started.")),
    ),
    fixes=FIXES,
)
