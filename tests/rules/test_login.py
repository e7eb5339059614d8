"""What a server's refusal of a login means, in its own and in other languages."""

from __future__ import annotations

import pytest

from azpg_tls.errorresponse import ServerError
from azpg_tls.rules.login import Attempt, code_of, finding
from azpg_tls.session import End, Failed
from azpg_tls.target import Target


@pytest.mark.parametrize(
    ("sqlstate", "message", "code"),
    [
        ("28P01", 'password authentication failed for user "u"', "password-rejected"),
        ("28P01", "Passwort-Authentifizierung für Benutzer »u« fehlgeschlagen", "password-rejected"),
        ("3D000", "Datenbank »d« existiert nicht", "database-missing"),
        ("28000", 'role "u" does not exist', "role-missing"),
        ("28000", "Rolle »u« existiert nicht", "role-missing"),
        ("28000", "le rôle « u » n'existe pas", "role-missing"),
        ("28000", 'ロール"u"は存在しません', "role-missing"),
        ("28000", 'role "u" is not permitted to log in', "login-failed"),
        ("28000", "Rolle »u« hat keine Berechtigung zum Einloggen", "login-failed"),
        ("28000", "SCRAM channel binding check failed", "channel-binding-mismatch"),
        ("28000", "kein pg_hba.conf-Eintrag für Host »192.0.2.1«", "no-pg-hba-entry"),
        ("28000", "connection requires a valid client certificate", "client-certificate-required"),
        ("42501", 'permission denied for database "d"', "login-failed"),
        ("53300", "что угодно", "too-many-connections"),
        ("57P03", "the database system is starting up", "server-not-ready"),
        ("08P01", "no such user: u", "role-missing"),
        ("08P01", "no such database: d", "database-missing"),
        ("08P01", "client sent partial pkt in startup phase", "login-failed"),
        ("", 'password authentication failed for user "u"', "password-rejected"),
        ("XX000", "nothing that anybody knows", "login-failed"),
    ],
)
def test_a_refusal_has_its_code(sqlstate: str, message: str, code: str) -> None:
    assert code_of(ServerError("FATAL", sqlstate, message)) == code


def test_a_password_that_is_refused_may_be_that_of_a_role_that_is_not_there() -> None:
    error = ServerError("FATAL", "28P01", 'password authentication failed for user "u"')
    found = finding(Attempt(Target("db", "db", user="u"), "PGPASSWORD"), Failed(End.REFUSED, "", error))
    assert found
    assert found.fix == (
        "Check the password of 'u' where it came from: PGPASSWORD",
        "See as another role whether it is there, and until when its password is valid: psql … -c '\\du'",
        "If it is, set the password anew: ALTER ROLE \"u\" PASSWORD '…';",
        "If it is not: CREATE ROLE \"u\" LOGIN PASSWORD '…';",
    )
