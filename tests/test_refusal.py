"""What an error before any login means: by SQLSTATE, and by words where that is not enough."""

from __future__ import annotations

import pytest

from azpg_tls.errorresponse import ServerError
from azpg_tls.refusal import Refusal, refusal

FULL, NOT_READY, NO_ENTRY = Refusal.FULL, Refusal.NOT_READY, Refusal.NO_ENTRY
NO_CERTIFICATE, NO_CLIENT_CA, OTHER = Refusal.NO_CERTIFICATE, Refusal.NO_CLIENT_CA, Refusal.OTHER


@pytest.mark.parametrize(
    ("sqlstate", "message", "meaning"),
    [
        ("53300", "sorry, too many clients already", FULL),
        ("53300", "tut mir leid, schon zu viele Verbindungen", FULL),
        ("08P01", "no more connections allowed (max_client_conn)", FULL),
        ("08P01", "client connections exceeded (max_db_client_connections)", FULL),
        ("08P01", "no such user: me", OTHER),
        ("58000", "too many clients in the kitchen", OTHER),
        ("57P03", "das Datenbanksystem startet", NOT_READY),
        ("57P03", "the database system is in recovery mode", NOT_READY),
        ("57P01", "terminating connection due to administrator command", NOT_READY),
        ("57P02", "terminating connection because of crash of another server process", NOT_READY),
        ("28000", 'no pg_hba.conf entry for host "203.0.113.7", user "u", database "d", no encryption', NO_ENTRY),
        ("28000", 'pg_hba.conf rejects connection for host "203.0.113.7"', NO_ENTRY),
        ("28000", "kein pg_hba.conf-Eintrag für Host »203.0.113.7«, Benutzer »u«, Datenbank »d«", NO_ENTRY),
        ("28000", "aucune entrée dans pg_hba.conf pour l'hôte « 203.0.113.7 »", NO_ENTRY),
        ("28000", 'ホスト"203.0.113.7"に対応するエントリが pg_hba.conf にありません', NO_ENTRY),
        ("42501", "no pg_hba.conf entry, says somebody else", OTHER),
        ("28000", "connection requires a valid client certificate", NO_CERTIFICATE),
        ("28000", "Verbindung erfordert ein gültiges Client-Zertifikat", NO_CERTIFICATE),
        (
            "F0000",
            "Client-Zertifikate können nur überprüft werden, wenn ein Wurzelzertifikat verfügbar ist",
            NO_CLIENT_CA,
        ),
        ("28000", 'role "u" does not exist', OTHER),
        ("28P01", "connection requires a valid client certificate", OTHER),
        ("", "sorry, too many clients already", FULL),
        ("", "remaining connection slots are reserved for non-replication superuser connections", FULL),
        ("", "the database system is shutting down", NOT_READY),
        ("", 'no pg_hba.conf entry for host "203.0.113.7", user "u", database "d", SSL off', NO_ENTRY),
        ("", "connection requires a valid client certificate", NO_CERTIFICATE),
        ("", "could not fork new process for connection: Cannot allocate memory", OTHER),
    ],
)
def test_an_error_means_one_thing(sqlstate: str, message: str, meaning: Refusal) -> None:
    assert refusal(ServerError("FATAL", sqlstate, message)) is meaning
