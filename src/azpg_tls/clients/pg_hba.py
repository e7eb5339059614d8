"""What PostgreSQL says of a login that no rule of its pg_hba.conf lets in, in every language.

Source: src/backend/libpq/auth.c (ClientAuthentication) and src/backend/po, PostgreSQL 9.6 to 18.
"""

from __future__ import annotations

from azpg_tls.clients.sign import Meaning, Sign, likely, possible, sign
from azpg_tls.clues import elsewhere, maybe_on_azure, on_azure

# The ends of "no pg_hba.conf entry" and "pg_hba.conf rejects connection", since PostgreSQL 14 and before, and as
# src/backend/po translates them. A message may hold two: libpq's attempt with TLS, and its second one without.
_IN_THE_CLEAR = (
    "no encryption|SSL off|SSL (?:inactive|disabled)"
    "|keine Verschlüsselung|SSL aus|aucun chiffrement|SSL inactif|sin cifrado|SSL inactivo"
    "|nessuna crittografia|SSL non attivo|без шифрования|SSL выкл|ingen kryptering|SSL av|暗号化なし|암호화 안함"
    "|SSL desabilitado|sem criptografia|SSL wyłączone|без шифрування|无加密"
)
_ENCRYPTED = (
    "(?:SSL|GSS) encryption|SSL on|SSL (?:enabled|activated?)"
    "|(?:SSL|GSS)-Verschlüsselung|SSL an|chiffrement (?:SSL|GSS)|SSL actif"
    "|cifrado (?:SSL|GSS)|SSL activo|Crittografia (?:SSL|GSS)|SSL attivo|Шифрование (?:SSL|GSS)|SSL вкл"
    "|(?:SSL|GSS)-kryptering|SSL på|(?:SSL|GSS)暗号化|(?:SSL|GSS) 암호화|SSL habilitado|criptografia SSL|SSL włączone"
    "|Шифрування (?:SSL|GSS)"
)
_LINE = r"(?:(?!pg_hba).){0,300}?"  # what one such message says of host, user and database

_NO_RULE = "The server may have no rule for this address, user and database at all."
_REFUSED_INSIDE = (
    "TLS was in use; the server has no rule that lets this address, user and database in. On Azure that is the "
    "firewall: pg_hba.conf follows the server's network settings."
)


def _rule(bits: int) -> tuple[str, ...]:
    """Return how to let in the client that the message names, where pg_hba.conf is one's own."""
    return (
        (
            "Add to pg_hba.conf (host in place of hostssl admits without TLS too): "
            f"hostssl {{database}} {{user}} {{address}}/{bits} scram-sha-256"
        ),
        "Then: SELECT pg_reload_conf();",
        "With a service: allow {address} in its firewall, security group or network restrictions.",
    )


_FIREWALL_RULE = (
    (
        "az postgres flexible-server firewall-rule create --resource-group GROUP --server-name SERVER --name client "
        "--start-ip-address {address} --end-ip-address {address}"
    ),
    "Wait up to five minutes for it to take effect; with private access only, connect from the server's network.",
)


def _plain(rule: tuple[str, ...] = (), line: str = "") -> tuple[Meaning, ...]:
    """Return what a refusal of a login in the clear means; on Azure all addresses that are let in must use TLS."""
    return (
        likely("tls-required", "The server read a login in the clear, and no rule of its pg_hba.conf allows one."),
        likely("no-pg-hba-entry", _NO_RULE + line, elsewhere, rule),
        possible("client-without-tls", "The client may have been built without TLS, or ignores the setting."),
        possible("no-pg-hba-entry", _NO_RULE, on_azure),
        possible("client-library-bug", "Versions of some drivers and tools lose the TLS setting on the way."),
    )


def _encrypted(rule: tuple[str, ...] = (), firewall: tuple[str, ...] = ()) -> tuple[Meaning, ...]:
    """Return what a refusal inside TLS means."""
    return (
        likely("no-pg-hba-entry", _REFUSED_INSIDE, elsewhere, rule),
        likely("no-pg-hba-entry", _REFUSED_INSIDE, on_azure, firewall),
        possible("tcp-timeout", "A firewall may block the client's address in other ways too.", maybe_on_azure),
        possible("client-certificate-required", "The only rule for this user may be one that asks for a certificate."),
    )


def _whole(address: str, bits: int) -> tuple[Sign, Sign]:
    """Return the signs of whole refusals, in languages of English's order: those have what lets the client in."""
    line = f" Add to pg_hba.conf the line: hostssl {{database}} {{user}} {{address}}/{bits} scram-sha-256"
    said = (
        rf'[^\s"]{{2,10}} "?pg_hba\.conf(?! rejects)[^"]{{1,60}}"(?P<address>{address})"[^"]{{1,30}}'
        rf'"(?P<user>[^"\s,#]{{1,90}})"[^"]{{1,30}}"(?P<database>[^"\s,#]{{1,90}})"[^"A-Za-z]{{0,4}}'
    )
    return (
        sign(rf"{said}(?:{_IN_THE_CLEAR})(?![A-Za-z])", *_plain(_rule(bits), line)),
        sign(rf"{said}(?:{_ENCRYPTED})(?![A-Za-z])", *_encrypted(_rule(bits), _FIREWALL_RULE)),
    )


_PLAIN, _FIREWALL = _plain(), _encrypted()
_NO_ENTRY = (
    likely("no-pg-hba-entry", "No rule of the server lets this address, user and database in."),
    possible("tls-required", "The server may allow logins with TLS only."),
)
SHORTENED = (
    likely("tls-required", 'If the line ends in "no encryption" or "SSL off", the server demands TLS.'),
    likely("no-pg-hba-entry", "Otherwise no rule of the server lets this address, user and database in."),
    possible("client-without-tls", "The client may have been built without TLS, or takes no notice of the setting."),
)

SIGNS = (
    *_whole(r"\d{1,3}(?:\.\d{1,3}){3}", 32),
    *_whole(r"[0-9a-f]{0,4}(?::[0-9a-f.]{0,15}){2,8}", 128),
    sign(rf"pg_hba\.conf{_LINE}(?:{_IN_THE_CLEAR})(?![A-Za-z])", *_PLAIN),
    sign(rf'(?:"[^"]{{1,90}}"[ ,]{{0,4}})?(?:{_IN_THE_CLEAR})[^A-Za-z]{{0,20}}pg_hba\.conf', *_PLAIN),
    sign(rf"rejects connection for host {_LINE}(?:{_IN_THE_CLEAR})(?![A-Za-z])", *_PLAIN),
    sign(rf"pg_hba\.conf{_LINE}(?:{_ENCRYPTED})(?![A-Za-z])", *_FIREWALL),
    sign(rf'(?:"[^"]{{1,90}}"[ ,]{{0,4}})?(?:{_ENCRYPTED})[^A-Za-z]{{0,20}}pg_hba\.conf', *_FIREWALL),
    sign(
        r'pg_hba\.conf entry for host "[^"]{0,90}", user "[^"]{0,90}", database "[^"]{0,90}", SSL(?! o)',
        *_FIREWALL,
    ),
    sign(r'pg_hba\.conf entry for host "[^"]{0,90}", user "[^"]{0,90}", database "[^"]{0,90}"(?!,)', *_NO_ENTRY),
    sign(r"pg_hba\.conf entry", *SHORTENED),
    sign(r'pg_hba\.conf(?!")[^":.]{0,60}"[^"]{1,90}"', *SHORTENED),
    sign(r'"[^"/]{0,30}pg_hba\.conf', *SHORTENED),
    sign(r"pg_hba\.conf rejects (?:replication )?connection", *SHORTENED),
)
