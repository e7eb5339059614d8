"""Why a server refuses a connection: what an ErrorResponse before any login means.

The SQLSTATE decides, as it survives translation. Where it has several uses, words decide that stay the same in
every language (``pg_hba.conf``), or PostgreSQL's own translations of them; protocol 2 has words only.

Source: src/backend/libpq/auth.c, src/backend/tcop/backend_startup.c, src/backend/po; PgBouncer's src/client.c.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azpg_tls.errorresponse import ServerError


class Refusal(Enum):
    """The causes that have a finding code of their own, and all others."""

    FULL = auto()
    NOT_READY = auto()
    NO_ENTRY = auto()  # of pg_hba.conf, which is how Azure's firewall answers
    NO_CERTIFICATE = auto()
    NO_CLIENT_CA = auto()  # of client certificates, which pg_hba.conf demands
    OTHER = auto()


_BY_SQLSTATE = {
    "53300": Refusal.FULL,
    "57P01": Refusal.NOT_READY,
    "57P02": Refusal.NOT_READY,
    "57P03": Refusal.NOT_READY,
    "F0000": Refusal.NO_CLIENT_CA,  # config_file_error: auth.c has no other use for it
}

_FULL = re.compile(r"too many clients|too many connections|connection slots are reserved")
# PgBouncer gives nearly every error the same SQLSTATE, protocol_violation.
PGBOUNCER = "08P01"
_PGBOUNCER_FULL = re.compile(r"no more connections allowed|client connections exceeded")
_NOT_READY = re.compile(r"the database system is ")
_NO_ENTRY = re.compile(r"pg_hba\.conf")
_NO_CERTIFICATE = re.compile(
    "client certificate|Client-Zertifikat|certificat client|certificado de cliente|сертификат клиента|"
    "クライアント証明書|客户端证书"
)


def refusal(error: ServerError) -> Refusal:
    """Return what *error*, the server's answer before any login, means."""
    message = error.message
    if error.sqlstate in _BY_SQLSTATE:
        return _BY_SQLSTATE[error.sqlstate]
    if error.sqlstate == PGBOUNCER and _PGBOUNCER_FULL.search(message):
        return Refusal.FULL
    if error.sqlstate in ("28000", ""):
        if _NO_ENTRY.search(message):
            return Refusal.NO_ENTRY
        if _NO_CERTIFICATE.search(message):
            return Refusal.NO_CERTIFICATE
    return Refusal.OTHER if error.sqlstate else _in_words(message)


def _in_words(message: str) -> Refusal:
    """Return what *message*, of protocol 2, means; a translated one is not understood."""
    if _FULL.search(message):
        return Refusal.FULL
    return Refusal.NOT_READY if _NOT_READY.search(message) else Refusal.OTHER
