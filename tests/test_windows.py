"""Which texts are Windows', and which commands it has."""

from __future__ import annotations

import pytest

from azpg_tls.catalogue import BY_CODE
from azpg_tls.clients import BY_NAME
from azpg_tls.windows import is_windows, translated


@pytest.mark.parametrize(
    ("client", "text", "windows"),
    [
        ("psql", r"could not open C:\\roots.pem", True),
        ("psql", "connection refused (0x0000274D/10061)", True),
        ("psql", "connection refused", False),
        ("psql", "see https://example.com/a:/b", False),
        ("go-net", "WSARecv: wsaeconnreset", True),
        ("powerbi", "The remote certificate is invalid", True),
        ("dotnet", "AuthenticationException 0x80090325", True),
        ("dotnet", "Interop+OpenSsl+SslException: SSL Handshake failed with OpenSSL error", False),
        ("npgsql", "at Program.Main() in /src/app/Program.cs:line 3", False),
        ("npgsql", r"at Program.Main() in D:\\app\\Program.cs:line 3", True),
        ("psqlodbc", "[unixODBC]connection refused", False),
    ],
)
def test_the_system_is_told_by_the_text_and_else_by_the_client(client: str, text: str, windows: bool) -> None:
    assert is_windows(BY_NAME[client], text) is windows


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ("root-file-permissions", ("icacls ROOTS", "whoami /all")),
        ("root-store-outdated", ("certutil -dump ROOTS", "azpg-tls probe NAME --sslrootcert ROOTS")),
        ("entra-token-malformed", ()),
    ],
)
def test_commands_are_those_that_windows_has(code: str, commands: tuple[str, ...]) -> None:
    assert translated(BY_CODE[code].page.commands) == commands
