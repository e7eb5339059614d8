"""What libpq says of a failed login, taken apart; the texts are libpq's, of PostgreSQL 18 and Debian's 15 (German)."""

from __future__ import annotations

import pytest

from azpg_tls.errorresponse import ServerError
from azpg_tls.libpqerror import server_error

AT = 'connection to server at "localhost" (127.0.0.1), port 5432 failed: '


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            f'{AT}FATAL:  28P01: password authentication failed for user "u"\nLOCATION:  auth_failed, auth.c:327\n',
            ServerError("FATAL", "28P01", 'password authentication failed for user "u"'),
        ),
        (
            (
                f'{AT}FATAL:  42501: permission denied for database "d"\n'
                "DETAIL:  User does not have CONNECT privilege.\n"
                "HINT:  Ask: somebody else.\n"
                "LOCATION:  CheckMyDatabase, postinit.c:396"
            ),
            ServerError(
                "FATAL",
                "42501",
                'permission denied for database "d"',
                "User does not have CONNECT privilege.",
                "Ask: somebody else.",
            ),
        ),
        (
            f"{AT}FATAL:  two\nlines",
            ServerError("FATAL", "", "two\nlines"),
        ),
        (
            (
                "Verbindung zu Server auf »localhost« (127.0.0.1), Port 5432 fehlgeschlagen: "
                "FATAL:  28000: Rolle »x« existiert nicht"
            ),
            ServerError("FATAL", "28000", "Rolle »x« existiert nicht"),
        ),
        (f"{AT}fe_sendauth: no password supplied", None),
        (f"{AT}SSL error: certificate verify failed", None),
        (f'{AT}authentication method requirement "scram-sha-256" failed: server requested a cleartext password', None),
        ("", None),
    ],
)
def test_the_servers_error_is_told_from_libpqs_words(text: str, error: ServerError | None) -> None:
    assert server_error(text) == error
