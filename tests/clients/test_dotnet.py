"""What the drivers of .NET and ODBC print, as it is pasted: in stack traces, other languages, tools."""

from __future__ import annotations

import pytest

from azpg_tls.explanation import explain

PASTED = (
    (
        "unknown-issuer",
        (
            "Npgsql.NpgsqlException (0x80004005): Exception while performing SSL handshake\n ---> "
            "System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of "
            "errors in the certificate chain: PartialChain"
        ),
    ),
    (
        "hostname-mismatch",
        (
            "---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid "
            "according to the validation procedure: RemoteCertificateNameMismatch"
        ),
    ),
    (
        "hostname-mismatch",
        (
            "The remote certificate is invalid according to the validation procedure: "
            "RemoteCertificateNameMismatch, RemoteCertificateChainErrors"
        ),
    ),
    (
        "handshake-closed",
        (
            "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream\n ---> "
            "System.IO.EndOfStreamException: Attempted to read past the end of the stream."
        ),
    ),
    (
        "tcp-refused",
        (
            "Npgsql.NpgsqlException (0x80004005): Failed to connect to 127.0.0.1:5432\n ---> "
            "System.Net.Sockets.SocketException (111): Connection refused"
        ),
    ),
    (
        "tcp-timeout",
        (
            "Npgsql.NpgsqlException (0x80004005): Failed to connect to 20.1.2.3:5432\n ---> "
            "System.TimeoutException: Timeout during connection attempt"
        ),
    ),
    ("dns-failure", "System.Net.Sockets.SocketException (11001): Der angegebene Host ist unbekannt."),
    ("dns-failure", "System.Net.Sockets.SocketException (00000005, 0xFFFDFFFF): Name or service not known"),
    (
        "tls-version-unsupported",
        (
            "System.ComponentModel.Win32Exception (0x80090331): Client und Server können keine Daten austauschen, "
            "da sie nicht über einen gemeinsamen Algorithmus verfügen"
        ),
    ),
    (
        "unknown-issuer",
        (
            "System.ComponentModel.Win32Exception (0x80090325): La chaîne de certificats a été fournie par une "
            "autorité qui n'est pas approuvée"
        ),
    ),
    (
        "tls-required",
        (
            'Npgsql.PostgresException (0x80004005): 28000: no pg_hba.conf entry for host "1.2.3.4", user "app", '
            'database "app", no encryption'
        ),
    ),
    (
        "gssenc-interference",
        (
            "Cannot load library libgssapi_krb5.so.2 \nError: libgssapi_krb5.so.2: cannot open shared object file: "
            "No such file or directory"
        ),
    ),
    (
        "pool-timeout",
        (
            "System.InvalidOperationException: An exception has been raised that is likely due to a transient "
            "failure.\n ---> Npgsql.NpgsqlException (0x80004005): The connection pool has been exhausted, either "
            "raise 'Max Pool Size' (currently 100) or 'Timeout' (currently 15 seconds) in your connection string."
        ),
    ),
    (
        "handshake-timeout",
        (
            "Npgsql.NpgsqlException (0x80004005): The operation has timed out\n ---> System.TimeoutException: The "
            "operation has timed out."
        ),
    ),
    (
        "client-certificate-required",
        "Npgsql.PostgresException (0x80004005): 28000: connection requires a valid client certificate",
    ),
    ("client-without-tls", "No usable version of the libssl was found"),
    (
        "tls-not-offered",
        (
            "Details: \"An error happened while reading data from the provider: 'SSL connection requested. No SSL "
            "enabled connection from this host is configured.'\""
        ),
    ),
    (
        "unknown-issuer",
        "DataSource.Error: PostgreSQL: The remote certificate is invalid according to the validation procedure.",
    ),
    (
        "root-file-missing",
        "System.IO.FileNotFoundException: Could not find file '/app/DigiCertGlobalRootG2.crt.pem'.",
    ),
    (
        "entra-wrong-audience",
        (
            "Npgsql.PostgresException: 28000: The access token does not have a valid audience claim. Please acquire "
            'a new token for the resource "https://ossrdbms-aad.database.windows.net".'
        ),
    ),
    ("handshake-closed", "Authentication failed because the remote party has closed the transport stream."),
    ("sslmode-invalid", "System.ArgumentException: Keyword not supported: 'ssl-mode'"),
    (
        "client-library-bug",
        "System.ComponentModel.Win32Exception (0x80090304): The Local Security Authority cannot be contacted",
    ),
    (
        "client-certificate-required",
        "System.ComponentModel.Win32Exception (0x8009030E): No credentials are available in the security package",
    ),
    (
        "root-file-format",
        (
            "System.Security.Cryptography.CryptographicException: The certificate contents do not contain a PEM "
            "with a CERTIFICATE label, or the content is malformed. (Parameter 'certPem')"
        ),
    ),
    (
        "channel-binding-mismatch",
        (
            "Npgsql.NpgsqlException: Couldn't connect because ChannelBinding is set to Require but the server "
            "doesn't support SCRAM-SHA-256-PLUS"
        ),
    ),
    (
        "unknown-issuer",
        (
            "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship "
            "for the SSL/TLS secure channel."
        ),
    ),
    ("cipher-mismatch", "Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'."),
)


@pytest.mark.parametrize(("code", "text"), PASTED)
def test_a_text_as_people_paste_it_has_its_cause_first(code: str, text: str) -> None:
    assert [cause.code for cause in explain(text)][:1] == [code]


@pytest.mark.parametrize("number", ["0x800B0109", "-2146762487", "0x80090325", "-2146893019"])
def test_a_number_of_windows_says_the_same_in_every_language(number: str) -> None:
    assert [cause.code for cause in explain(f"Fehler {number}", "npgsql")][:1] == ["unknown-issuer"]


def test_an_inner_exception_counts_before_the_words_around_it() -> None:
    outer = "Npgsql.NpgsqlException (0x80004005): Exception while performing SSL handshake"
    inner = " ---> System.ComponentModel.Win32Exception (0x80090331): ..."
    assert [cause.code for cause in explain(outer)][:1] == ["unknown-issuer"]
    assert [cause.code for cause in explain(outer + inner)] == ["tls-version-unsupported", "cipher-mismatch"]


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("Npgsql.NpgsqlException: Timeout during reading attempt", "npgsql"),
        ("Power BI: The remote certificate is invalid according to the validation procedure.", "powerbi"),
        ("ERROR [08001] SSL error: certificate verify failed", "psqlodbc"),
    ],
)
def test_a_program_is_told_from_the_driver_in_it(text: str, client: str) -> None:
    assert explain(text).client == client
