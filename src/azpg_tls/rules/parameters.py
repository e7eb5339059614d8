"""Rules of the handshake stage: what both sides must agree on. Version, cipher suite, server name, protocol inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import alert
from azpg_tls.handshake import Ending
from azpg_tls.rules.rejected import alert_evidence, rejected, warned
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

# OpenSSL's names of the versions in a ServerHello that we did not offer (RFC 8446 section 4.1.3, legacy_version).
_OLD_VERSIONS = {b"\x03\x00": "SSLv3", b"\x03\x01": "TLSv1", b"\x03\x02": "TLSv1.1"}


def tls_version_unsupported(e: Evidence) -> Found | None:
    """The server and this client have no TLS version in common.

    TLS 1.2 and 1.3 were offered, as every current client does (RFC 8996 forbids the older ones).

    Why it happens:
    - the server speaks TLS 1.1 or older only: an old PostgreSQL or OpenSSL, or ssl_max_protocol_version set low;
    - a proxy in front is that old.

    Fix:
    - on the server, set ssl_min_protocol_version = 'TLSv1.2' and leave ssl_max_protocol_version empty;
    - update the server's or the proxy's OpenSSL.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -tls1_2 </dev/null   # alert protocol version

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-6.2 (protocol_version);
        https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SSL-MIN-PROTOCOL-VERSION
    """
    handshake = e.handshake
    if handshake is None:
        return None
    evidence: dict[str, object] = {"offered": "TLSv1.2, TLSv1.3"}
    if rejected(e, alert.PROTOCOL_VERSION):
        evidence["alert"] = alert.name(alert.PROTOCOL_VERSION)
        said = "refused them with the alert protocol_version"
    elif handshake.ending is Ending.REFUSED and handshake.alert_sent == alert.PROTOCOL_VERSION:
        answered = _OLD_VERSIONS.get(handshake.data[9:11], "another version")
        evidence["answered"] = answered
        said = f"chose {answered}"
    else:
        return None
    fix = ("On the server: ssl_min_protocol_version = 'TLSv1.2', ssl_max_protocol_version = '' and a current OpenSSL.",)
    return Found(f"{e.endpoint} was offered TLSv1.2 and TLSv1.3, and {said}.", evidence, fix)


def cipher_mismatch(e: Evidence) -> Found | None:
    """The server finds no cipher suite or group among those offered.

    All of OpenSSL's usual suites and groups were offered.

    Why it happens:
    - ssl_ciphers or ssl_groups (ssl_ecdh_curve before 18) of the server is narrow or misspelt;
    - the server's key does not fit its ciphers: an ECDSA certificate with RSA suites only, or the reverse;
    - the server's key is of a curve with which TLS signs nothing: P-192, P-224, secp256k1;
    - the server demands more than this client has (insufficient_security).

    Fix:
    - on the server, set ssl_ciphers back to its default, and ssl_groups = 'X25519:prime256v1';
    - look at the server's key, which it has not shown: openssl x509 -in server.crt -noout -text. RSA and the curves
      P-256 and P-384 suit every client.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # alert handshake failure, number 40

    Sources: https://www.rfc-editor.org/rfc/rfc5246#section-7.2.2 (handshake_failure);
        https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3 (the curves)
    """
    handshake = rejected(e, alert.HANDSHAKE_FAILURE, alert.INSUFFICIENT_SECURITY)
    # Before the server has sent its certificate or asked for ours, only the choice of parameters can have failed.
    if handshake is None or handshake.certificates or handshake.client_certificate_requested:
        return None
    fix = (
        "On the server: ssl_ciphers back to its default, and ssl_groups (ssl_ecdh_curve before 18) to prime256v1.",
        "Look at its key: openssl x509 -in server.crt -noout -text. A curve other than P-256 or P-384 may be why.",
    )
    detail = (
        f"{e.endpoint} found no cipher suite, group or kind of key in common: alert {alert.name(handshake.alert or 0)}."
    )
    return Found(detail, alert_evidence(handshake), fix)


def sni_rejected(e: Evidence) -> Found | None:
    """The server does not know the name that was asked for.

    The client sends the host name in the clear (SNI), so that a proxy can choose the right server by it.

    Why it happens:
    - the name is misspelt, or an alias that the proxy has not been told of;
    - the connection reaches another cluster's proxy.

    Fix:
    - connect by the name under which the proxy knows the server; a probe takes it as --server-name;
    - for servers that stumble over SNI, --no-sni (libpq: sslsni=0).

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -servername NAME </dev/null   # alert number 112

    Sources: https://www.rfc-editor.org/rfc/rfc6066#section-3
    """
    handshake = rejected(e, alert.UNRECOGNIZED_NAME) or warned(e, alert.UNRECOGNIZED_NAME)
    if handshake is None:
        return None
    said = f"does not know the name '{handshake.sni}'" if handshake.sni else "wants a name, and none was sent"
    evidence = alert_evidence(handshake) | {"sni": handshake.sni or "none"}
    fix = (f"Name the server as its proxy knows it: azpg-tls probe --server-name NAME {e.endpoint}",)
    return Found(f"{e.endpoint} {said}.", evidence, fix)


def alpn_mismatch(e: Evidence) -> Found | None:
    """The server does not agree to the protocol postgresql.

    TLS names the protocol inside it (ALPN). With sslnegotiation=direct the server must confirm postgresql, as
    otherwise another protocol's server could be spoken to.

    Why it happens:
    - a web server or a TLS proxy for another protocol answers there;
    - the proxy in front does not know ALPN postgresql;
    - a pooler takes direct TLS without ALPN.

    Fix:
    - allow postgresql in the proxy's ALPN settings;
    - leave sslnegotiation at its default, postgres.

    See for yourself:
        openssl s_client -alpn postgresql -connect NAME:5432 </dev/null   # No ALPN negotiated

    Sources: https://www.rfc-editor.org/rfc/rfc7301#section-3.2;
        https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-SSLNEGOTIATION
    """
    handshake = e.handshake
    if handshake is None:
        return None
    unconfirmed = (
        e.target.sslnegotiation == "direct" and handshake.ending is Ending.COMPLETED and handshake.alpn != "postgresql"
    )
    if not unconfirmed and not rejected(e, alert.NO_APPLICATION_PROTOCOL):
        return None
    evidence = {"offered": "postgresql", "agreed": handshake.alpn or "none"}
    fix = ["Allow postgresql in the ALPN settings of the proxy in front."]
    if e.target.sslnegotiation == "direct":
        fix.append(f"Or use the default: azpg-tls probe --sslnegotiation postgres {e.endpoint}")
    return Found(f"{e.endpoint} did not agree to the protocol postgresql.", evidence, tuple(fix))
