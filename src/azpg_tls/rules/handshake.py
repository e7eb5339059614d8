"""Rules of the handshake stage: how TLS breaks off, whatever was to be agreed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import alert, greeting
from azpg_tls.certificate import UNREADABLE
from azpg_tls.greeting import Protocol, recognise
from azpg_tls.handshake import FLOODED, NO_REASON, Ending
from azpg_tls.render.escape import visible, visible_bytes
from azpg_tls.rules.client_certificate import client_certificate_required
from azpg_tls.rules.direct import direct_tls_unsupported
from azpg_tls.rules.negotiate import not_postgres
from azpg_tls.rules.parameters import alpn_mismatch, cipher_mismatch, sni_rejected, tls_version_unsupported
from azpg_tls.rules.refused import error_evidence, error_in_clear, in_clear
from azpg_tls.rules.rejected import alert_evidence
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence


def handshake_rejected(e: Evidence) -> Found | None:
    """The server broke off the TLS handshake.

    It sent an alert; its number says what it did not like.

    Why it happens:
    - the server's log says why, for the moment in question;
    - a proxy in front applies rules of its own (access_denied, internal_error).

    Fix:
    - look into the log of the server or proxy.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # SSL alert number N

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-6
    """
    handshake = e.handshake
    if handshake is None or handshake.ending is not Ending.REJECTED:
        return None
    specific = (tls_version_unsupported, cipher_mismatch, sni_rejected, client_certificate_required, alpn_mismatch)
    if any(rule(e) for rule in specific):
        return None
    name = alert.name(handshake.alert or 0)
    fix = ("Look into the log of the server, or of the proxy in front of it, for that moment.",)
    return Found(f"{e.endpoint} ended the handshake with the alert {name}.", alert_evidence(handshake), fix)


def handshake_closed(e: Evidence) -> Found | None:
    """The connection was cut in the middle of the TLS handshake.

    TLS had begun, after the server had agreed to it or at once (sslnegotiation=direct), and then the connection ended
    without an alert.

    Why it happens:
    - a middlebox inspects TLS and cuts what it does not allow, by name (SNI) or by version;
    - the server process crashed or was stopped;
    - a load balancer lost its server.

    Fix:
    - try from another network, then with --no-sni: if that gets further, a middlebox reads the name;
    - look into the server's log.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # unexpected eof while reading

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-6.1
    """
    handshake = e.handshake
    if handshake is None or handshake.ending not in (Ending.CLOSED, Ending.RESET):
        return None
    if direct_tls_unsupported(e) or sni_rejected(e):
        return None
    how = "reset (RST)" if handshake.ending is Ending.RESET else "closed (FIN)"
    after = f"after {len(handshake.data)} byte(s)" if handshake.data else "right after the ClientHello"
    number = greeting.alert(handshake.data)
    if number is not None:
        after = f"after the alert {alert.name(number)}"
    fix = (
        f"Try from another network, then without SNI: azpg-tls probe --no-sni {e.endpoint}",
        "Look into the server's log for that moment.",
    )
    return Found(f"{e.endpoint} {how} the connection {after}.", {"closed_by": how, "when": after}, fix)


def handshake_timeout(e: Evidence) -> Found | None:
    """The TLS handshake did not end within the deadline.

    TLS had begun, after the server had agreed to it or at once (sslnegotiation=direct), and then the server fell
    silent, or sent so little that time ran out.

    Why it happens:
    - a middlebox drops the ClientHello, often because it is larger than one packet;
    - the path's MTU is smaller than the packets, and the ICMP messages that would say so are blocked;
    - the server is overloaded.

    Fix:
    - try from another network; lower the interface's MTU (VPNs);
    - if the server is known to be slow, give it more time: connect_timeout in libpq, --timeout here.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null   # hangs after CONNECTED

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-2
    """
    handshake = e.handshake
    if handshake is None or handshake.ending is not Ending.SILENT:
        return None
    evidence = {"bytes_received": len(handshake.data)}
    fix = (
        "Try from another network; on a VPN, lower the MTU: ip link set dev INTERFACE mtu 1350",
        "If the server is only slow, give it more time: --timeout 60",
    )
    return Found(f"{e.endpoint} did not finish the TLS handshake within the deadline.", evidence, fix)


def malformed_tls(e: Evidence) -> Found | None:
    """What the server sent is not valid TLS.

    TLS had begun, after the server had agreed to it or at once (sslnegotiation=direct), and then it sent bytes that
    OpenSSL could not accept, or far more than any handshake needs.

    Why it happens:
    - the server is not PostgreSQL;
    - a proxy mixes up connections, or answers in plain text in the middle;
    - a certificate that OpenSSL cannot read: damaged, written by a home-made tool, or with a key of an unknown kind;
    - more than 100 kB of certificates (excessive message size): whole bundles of CAs in ssl_cert_file;
    - a fault in the server's TLS library, or tampering on the way.

    Fix:
    - check what answers there; compare with a connection from another network;
    - for certificates: read each of ssl_cert_file with openssl x509, and have the one that fails issued again;
    - leave nothing but the server's certificate and its intermediates in ssl_cert_file.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -msg </dev/null

    Sources: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
    """
    handshake = e.handshake
    if handshake is None or handshake.ending not in (Ending.REFUSED, Ending.FLOODED):
        return None
    if tls_version_unsupported(e) or not_postgres(e) or error_in_clear(e):
        return None
    evidence: dict[str, object] = {"first_bytes": visible_bytes(handshake.data, 80)}
    if handshake.ending is Ending.FLOODED:
        said = f"{FLOODED} without finishing the handshake"
    else:
        evidence["openssl"] = handshake.refusal or NO_REASON
        said = _unreadable_certificate(e) or "what OpenSSL does not accept as TLS"
        said = f"{said} ({evidence['openssl']})"
    protocol = recognise(handshake.data)
    error = in_clear(handshake.data)
    if error:
        evidence |= error_evidence(error)
        said = f'an error in clear where TLS should begin: "{visible(error.message)}"'
    if protocol not in (Protocol.UNKNOWN, Protocol.TLS):
        evidence["protocol"] = protocol.value
    fix = [f"Check what answers at {e.endpoint}, and compare with a connection from another network."]
    if _unreadable_certificate(e):
        fix = ["Have the certificate issued again; this shows which: openssl storeutl -noout -text -certs server.crt"]
    elif handshake.alert_sent == alert.ILLEGAL_PARAMETER:
        # A message of any kind that is too long; certificates are what grows so.
        fix.append("If the message size is excessive: leave only the server's certificate and its intermediates sent.")
    return Found(f"{e.endpoint} sent {said}.", evidence, tuple(fix))


def _unreadable_certificate(e: Evidence) -> str:
    """Return which certificate OpenSSL could not read, as far as is known, empty if that is not why it refused."""
    if e.handshake is None or e.handshake.ending is not Ending.REFUSED:
        return ""
    if e.handshake.alert_sent == alert.BAD_CERTIFICATE:  # nothing else is said so while nothing is verified
        return "a certificate that OpenSSL cannot read"
    if e.handshake.alert_sent == alert.INTERNAL_ERROR and e.chain and e.chain.leaf.key == UNREADABLE:
        return f"the certificate '{e.chain.leaf.subject.common_name}', whose public key cannot be read"
    return ""
