"""Rules of the policy stage: what the user demands beyond trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls import pins
from azpg_tls.handshake import Ending
from azpg_tls.policy import TLS_VERSIONS
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence

# Parts of OpenSSL's names for suites (openssl ciphers -V); all of TLS 1.3's have both properties.
_FORWARD_SECRET = ("TLS_", "ECDHE-", "DHE-")
_AUTHENTICATED = ("GCM", "CCM", "POLY1305")


def chain_too_deep(e: Evidence) -> Found | None:
    """There are more intermediates than the client allows.

    A client with that verify depth refuses the chain, though it is sound. Azure's chain grew by one in 2025-26:
    two intermediates instead of one.

    Why it happens:
    - nginx's proxy_ssl_verify_depth is 1 by default; old Erlang releases have depth 1; some applications set it.

    Fix:
    - raise the client's verify depth to at least 2, better 3, or remove the setting.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -verify N </dev/null   # chain too long

    Sources: https://learn.microsoft.com/azure/postgresql/security/security-tls;
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify_depth
    """
    if e.chain is None or not e.chain.path or e.policy.max_depth is None:
        return None
    if e.chain.intermediates <= e.policy.max_depth:
        return None
    found, allowed = e.chain.intermediates, e.policy.max_depth
    fix = (f"Raise the client's verify depth to at least {found}, or remove the setting (--max-depth here).",)
    detail = f"The chain has {found} intermediate(s) between leaf and root; {allowed} allowed."
    return Found(detail, {"intermediates": found, "max_depth": allowed}, fix)


def issuer_unexpected(e: Evidence) -> Found | None:
    """The certificate was issued by another CA than expected.

    Why it happens:
    - the CA rotated: intermediates change without notice, and that is not a fault;
    - another server, or a proxy that inspects TLS, answers.

    Fix:
    - compare with the CA's published list; then change --expect-issuer, or drop it: roots are what to pin.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 </dev/null | openssl x509 -noout -issuer

    Sources: https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details
    """
    if e.chain is None or not e.policy.expect_issuer:
        return None
    issuer = e.chain.leaf.issuer.common_name
    if e.policy.expect_issuer in issuer:
        return None
    evidence = {"issuer": issuer, "expected": e.policy.expect_issuer}
    fix = ("Compare the issuer with the CA's published list; if it is right, change or drop --expect-issuer.",)
    return Found(f"The issuer is '{issuer}', which does not contain '{e.policy.expect_issuer}'.", evidence, fix)


def pin_mismatch(e: Evidence) -> Found | None:
    """No certificate of the path to the root has a pinned key.

    Why it happens:
    - the pin is an intermediate's or the server's own, and that was renewed;
    - another server, or a proxy that inspects TLS, answers.

    Fix:
    - pin roots only, and all of those that the server may use.

    See for yourself:
        azpg-tls probe --format json NAME   # chain.verified, spki_sha256

    Sources: https://www.rfc-editor.org/rfc/rfc7469#section-2.4;
        https://learn.microsoft.com/azure/postgresql/security/security-tls
    """
    if e.chain is None or not e.policy.pins or not e.chain.path:
        return None
    if any(certificate.spki_sha256 in e.policy.pins for certificate in e.chain.path):
        return None
    found = [
        {"subject": certificate.subject.text, "pin": pins.show(certificate.spki_sha256)} for certificate in e.chain.path
    ]
    evidence = {"pins": [pins.show(pin) for pin in e.policy.pins], "path": found}
    fix = ("Find out why the keys changed before you trust them; then pin the roots, not what is below them.",)
    detail = f"No key of the path from the server to its root is among those pinned ({len(e.policy.pins)})."
    return Found(detail, evidence, fix)


def tls_version_too_old(e: Evidence) -> Found | None:
    """The TLS version is older than demanded.

    The server supports it and the handshake succeeded; but --min-tls (libpq: ssl_min_protocol_version) asks for more.

    Why it happens:
    - ssl_max_protocol_version of the server is set to TLSv1.2, or its OpenSSL is older than 1.1.1.

    Fix:
    - on the server, empty ssl_max_protocol_version; on Azure it is a server parameter.

    See for yourself:
        psql "host=NAME sslmode=require ssl_min_protocol_version=TLSv1.3"   # tlsv1 alert protocol version

    Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSL-MIN-PROTOCOL-VERSION
    """
    handshake = e.handshake
    if handshake is None or handshake.ending is not Ending.COMPLETED:
        return None
    if handshake.version in TLS_VERSIONS[TLS_VERSIONS.index(e.policy.min_tls) :]:
        return None
    evidence = {"version": handshake.version, "min_tls": e.policy.min_tls}
    fix = ("On the server: leave ssl_max_protocol_version empty; or lower --min-tls.",)
    return Found(f"{e.endpoint} agreed to {handshake.version}; {e.policy.min_tls} was demanded.", evidence, fix)


def weak_cipher(e: Evidence) -> Found | None:
    """The cipher suite has no forward secrecy, or does not authenticate what it encrypts.

    Without forward secrecy (key exchange by RSA, or static DH or ECDH) whoever gets the server's key can read what was
    recorded earlier. Suites without AEAD (CBC, RC4) have a history of attacks. TLS 1.3 has no such suites; Mozilla's
    intermediate profile allows of TLS 1.2's only those with ECDHE or DHE and GCM, CCM or ChaCha20-Poly1305.

    Why it happens:
    - ssl_ciphers of the server is set to an old list, or its OpenSSL is old;
    - the server speaks TLS 1.2 at most, and prefers such a suite.

    Fix:
    - on the server, leave ssl_max_protocol_version empty, and reset ssl_ciphers to PostgreSQL's default, or set it to
      a list of ECDHE suites with GCM.

    See for yourself:
        openssl s_client -starttls postgres -connect NAME:5432 -tls1_2 </dev/null   # Cipher is

    Sources: https://wiki.mozilla.org/Security/Server_Side_TLS; https://www.rfc-editor.org/rfc/rfc9325#section-4.2
    """
    handshake = e.handshake
    if handshake is None or handshake.ending is not Ending.COMPLETED:
        return None
    suite = handshake.cipher
    lacking = []
    if not suite.startswith(_FORWARD_SECRET):
        lacking.append("no forward secrecy")
    if not any(mode in suite for mode in _AUTHENTICATED):
        lacking.append("no AEAD")
    if not lacking:
        return None
    evidence = {"cipher": suite, "version": handshake.version, "lacking": lacking}
    fix = ("On the server: allow TLS 1.3, and suites with ECDHE and GCM in TLS 1.2 (ssl_ciphers).",)
    return Found(f"{e.endpoint} agreed to {suite}: {' and '.join(lacking)}.", evidence, fix)
