"""Npgsql, the driver of .NET, and Entity Framework above it.

Sources: NpgsqlConnector.cs and NpgsqlConnector.Auth.cs, NpgsqlConnectionStringBuilder.cs, PoolingDataSource.cs,
NpgsqlReadBuffer.cs, NpgsqlStrings.resx and, of version 3, Npgsql.Tls, of Npgsql 2.2 to 10.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.schannel import UNTRUSTED
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import on_azure

_BEFORE_TLS = likely("closed-before-tls", "Npgsql was waiting for the answer to its SSLRequest.")
_IN_USE = (
    likely("closed-after-tls", "A statement had been sent: the connection lay idle too long, or the server restarted."),
    possible("handshake-closed", "The client may have been connecting anew."),
    possible("closed-before-tls", "A firewall or pooler may have ended it early."),
)
_POOL = (
    likely("pool-timeout", "Every connection of the pool is in use, or none could be opened in Timeout."),
    possible("handshake-timeout", "Each attempt to connect may hang in the handshake."),
    possible("too-many-connections", "The server may be full as well."),
)
_CONNECTING = (
    likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it, or the route is missing."),
    possible("private-dns-zone", "The name may lead to the public address of a server with private access.", on_azure),
)
_SLOW = (
    likely("handshake-timeout", "The connection was there, and the server's answer did not come in time."),
    likely("pool-timeout", "Or the client was too busy, or a query too slow for Command Timeout."),
    possible("no-reply", "What listens there may not be PostgreSQL."),
)
_NO_PASSWORD = (
    likely("password-rejected", "The server asks for a password or token, and Npgsql has none to send."),
    possible(
        "entra-token-malformed",
        "With Entra ID: the token must be set as Password, or given by UsePeriodicPasswordProvider.",
        on_azure,
    ),
)
_SETTING = (
    likely("sslmode-invalid", "The connection string has an option or a value that this version does not know."),
)
_GSS = (
    likely("gssenc-interference", "Npgsql 10 asks for GSS encryption first, and the machine or server lacks it."),
    possible("client-library-bug", "Some 10.0 versions then skip TLS, and are refused."),
)

CONNECTION = "Host=HOST;Port=PORT;Database=…;Username=…;SSL Mode=VerifyFull;Root Certificate=ROOTS"
_TRUST = (
    f"Name the roots: {CONNECTION}",
    "Or add the root to the machine's store (update-ca-certificates), on Windows: certutil -addstore Root ROOT.crt",
)
FIXES = {
    "tls-required": (
        f"Ask for TLS: {CONNECTION} (Npgsql before 6 connects in the clear by default).",
        "Npgsql 10: add Gss Encryption Mode=Disable if TLS is skipped in spite of it.",
    ),
    **dict.fromkeys(
        ("unknown-issuer", "root-store-outdated", "self-signed"),
        (*_TRUST, "For Azure, ROOTS is what `azpg-tls bundle path` prints; Npgsql before 5 knows the machine's alone."),
    ),
    "missing-intermediate": (
        "Make the server send its whole chain; .NET fetches no intermediate with Root Certificate.",
    ),
    "sslmode-invalid": (
        (
            "SSL Mode is one of Disable, Allow, Prefer, Require, VerifyCA, VerifyFull; in place of Require: SSL "
            "Mode=VerifyFull;Root Certificate=ROOTS."
        ),
        "Npgsql takes key=value pairs and no URI: Host=…;Username=…, not postgresql://….",
    ),
    "root-file-missing": ("Write the absolute path in Root Certificate, and copy the file into the image.",),
    "hostname-mismatch": (
        (
            "Host must be a name in the certificate; Azure's is SERVER.postgres.database.azure.com, not an alias. "
            "SSL Mode=VerifyCA checks the chain alone, for a name that cannot be changed."
        ),
    ),
    "revocation-check-failed": (
        "Npgsql 9.0.0 and 9.0.1 checked offline: use 9.0.2 or later.",
        "Check Certificate Revocation=true needs the CA's OCSP and CRL addresses to be reachable from this machine.",
    ),
    "client-certificate-required": (
        "SSL Certificate=client.pfx;SSL Password=…, or SSL Certificate=client.crt;SSL Key=client.key (PEM, since 6.0).",
        "Azure's flexible server demands none: then a proxy, or another server, answers there.",
    ),
    "alpn-mismatch": (
        "Since 9.0 Npgsql sends ALPN postgresql: let the proxy pass TLS through, or accept that protocol.",
    ),
    "cipher-mismatch": (
        (
            "Linux: .NET's own list of suites, or openssl.cnf's, may lack the kind of the server's key (ECDSA): "
            "CipherSuitesPolicy, or MinProtocol and CipherString."
        ),
    ),
    "tls-version-unsupported": (
        "Windows: enable TLS 1.2 (SChannel, and SchUseStrongCrypto for .NET Framework); use a current .NET.",
    ),
    "channel-binding-mismatch": (
        "Channel Binding=Prefer, unless the server offers SCRAM-SHA-256-PLUS; poolers and TLS proxies do not.",
    ),
    "gssenc-interference": ("Gss Encryption Mode=Disable;SSL Mode=VerifyFull in the connection string.",),
    "password-rejected": (
        (
            "Entra ID: dataSourceBuilder.UsePeriodicPasswordProvider(… scope "
            "https://ossrdbms-aad.database.windows.net/.default …), or UseEntraAuthentication() of Azure's extension."
        ),
    ),
    "pool-timeout": (
        (
            "Dispose of every connection (await using), keep Maximum Pool Size times instances below the server's "
            "max_connections, and raise Timeout for a busy single core."
        ),
    ),
    "closed-after-tls": (
        "Keepalive=30;Connection Idle Lifetime=180: Azure's load balancers drop what lies idle for 4 minutes.",
    ),
    "handshake-closed": (
        "Keepalive=30;Connection Idle Lifetime=180: Azure's load balancers drop what lies idle for 4 minutes.",
    ),
    "client-without-tls": (
        "NpgsqlSlimDataSourceBuilder: call EnableTransportSecurity(). In an image: install libssl.",
    ),
    "client-library-bug": ("Use a current Npgsql and a current .NET; on Windows, Npgsql 8.0.4 or later.",),
}

NPGSQL = Client(
    "npgsql",
    "Npgsql",
    marks=(
        r"\bnpgsql\b",
        r"\bNpgsql(?:Exception|Connect|DataSource)",
        r"PostgresException",
        r"Interop\+",
        r"System\.(?:Net|Security|IO)\.\w{2,40}",
        r"System\.\w{0,40}Exception: ",
        r"RemoteCertificateValidationCallback",
        r"Microsoft\.EntityFrameworkCore",
    ),
    over=("dotnet",),
    signs=(
        # Npgsql 2: none of the host's addresses took a connection in time
        sign(
            r"Failed to establish a connection to '[^']{1,253}'",
            likely("tcp-timeout", "No address of the server took the connection in time: a firewall may drop it."),
            likely("tcp-refused", "Nothing may listen on that port."),
            possible("dns-failure", "Its name may have no address."),
        ),
        sign(
            r"provider did not return a ProviderManifestToken string",
            possible("tcp-refused", "Entity Framework could not connect, for a reason that its inner exceptions have."),
            possible("password-rejected", "The login may have been refused."),
            possible("tls-required", "The server may demand TLS."),
            possible("tls-not-offered", "Or TLS may be asked for where there is none."),
        ),
        sign(
            r"please use VerifyFull or VerifyCA instead of Require",
            certain("sslmode-invalid", "Npgsql 6 and 7 take SSL Mode=Require only beside Trust Server Certificate."),
        ),
        sign(
            r"explicitly set 'Trust Server Certificate' to true",
            certain("sslmode-invalid", "Npgsql 6 and 7 take SSL Mode=Require only beside Trust Server Certificate."),
        ),
        sign(
            r"SSL connection requested\. No SSL enabled connection from this host is configured",
            likely("tls-not-offered", "The server answered the SSLRequest with N, and the settings demand TLS."),
            possible("not-postgres", "A pooler or proxy without TLS may answer in the server's place."),
        ),
        sign(
            r"Received unknown response [^E]{1,6}? for SSLRequest",
            likely("not-postgres", "The answer to the SSLRequest was neither S nor N."),
            possible("server-error-before-tls", "If it is E, the server or a pooler answered with an error."),
        ),
        sign(
            r"Received unknown response E for SSLRequest",
            likely("server-error-before-tls", "The server or a pooler answered with an error in place of S or N."),
            possible("too-many-connections", "It may be full."),
        ),
        sign(
            r"Additional unencrypted data received after SSL negotiation",
            certain("plaintext-injection", "Bytes in the clear came after the S: somebody may be in between."),
        ),
        sign(r"No password has been provided but the backend requires one", *_NO_PASSWORD),
        sign(
            r"Exception while performing SSL handshake(?!.{0,40}?--->)",
            possible("unknown-issuer", "The inner exception says why; mostly the server is not trusted."),
            possible("handshake-closed", "The server may have ended the handshake."),
            possible("cipher-mismatch", "Client and server may share no version or cipher suite."),
        ),
        sign(
            r"Exception while reading from stream",
            *CLOSED[:2],
            possible(
                "password-rejected",
                "Windows drops the server's last words when it hangs up, such as those that refuse the login.",
            ),
            CLOSED[2],
        ),
        sign(
            r"Exception while writing to stream",
            *CLOSED[:2],
            possible("handshake-timeout", "A client that was too busy to answer is cut off by the server."),
            CLOSED[2],
        ),
        sign(r"Exception while (?:reading from|writing to) stream .{0,300}?TimeoutException", *_SLOW),
        sign(r"Timeout during (?:reading|writing) attempt", *_SLOW),
        sign(r"Attempted to read past the end of the stream", *CLOSED),
        sign(
            r"(?:Exception while reading from stream .{0,80}?)?"
            r"Attempted to read past the end of the stream(?:(?!Authenticate\().){0,900}?NpgsqlConnector\.<?RawOpen",
            _BEFORE_TLS,
            *CLOSED,
        ),
        sign(
            r"(?:Exception while reading from stream .{0,80}?)?Attempted to read past the end of the stream.{0,900}?"
            r"(?:ReadExpecting|Npgsql(?:DataReader\.<?NextResult|Command\.<?Execute))",
            *_IN_USE,
        ),
        sign(r"Timeout during connection attempt", *_CONNECTING),
        sign(r"Connection establishment timeout\. Increase Timeout", *_CONNECTING),
        sign(
            r"Failed to (?:connect to|establish a connection to) '?[\[0-9][0-9A-Fa-f.:\[\]]{2,60}",
            possible("tcp-refused", "The inner exception says why: nothing may listen there."),
            possible("tcp-timeout", "No answer may have come."),
            possible("tcp-unreachable", "There may be no route."),
        ),
        sign(r"The connection pool has been exhausted", *_POOL),
        sign(
            r"Couldn't connect because ChannelBinding is set to",
            certain("channel-binding-mismatch", "The server does not offer the login that Channel Binding asks for."),
        ),
        sign(
            r"Unable to bind to SCRAM-SHA-256-PLUS",
            certain(
                "channel-binding-mismatch", "The server offers bound logins alone, and its key cannot be bound to."
            ),
        ),
        sign(
            r"No supported SASL mechanism found",
            likely("client-library-bug", "This Npgsql does not know the server's way of login."),
            possible("channel-binding-mismatch", "The server may offer bound logins alone."),
        ),
        sign(
            r"\[SCRAM\] Unable to verify server signature",
            likely("password-rejected", "The server could not show that it knows the password."),
        ),
        sign(
            r"Received (?:unexpected )?backend message \w{3,40}(?: while expecting \w{3,40})?\. Please file a bug",
            likely("client-library-bug", "Npgsql and the server lost step, as some versions do after an error."),
            possible("fork-shared-connection", "Two threads may use one connection at the same time."),
            possible("not-postgres", "A pooler or relative of PostgreSQL may answer in an order of its own."),
        ),
        sign(
            r"Authentication method not supported \(Received: (?:10|AuthenticationSASL)\)",
            likely("client-library-bug", "This Npgsql is older than SCRAM (3.2.7, 4.0), which the server asks for."),
            possible("password-rejected", "The role may have a password of another kind than before."),
        ),
        sign(
            r"Authentication method not supported \(Received: ",
            likely("startup-error", "The server asks for a method of login that Npgsql does not have."),
            possible("client-library-bug", "A newer Npgsql may have it."),
            possible("not-postgres", "A relative of PostgreSQL may have methods of its own."),
        ),
        sign(
            r"NpgsqlConnectionStringBuilder\.ToCanonicalKeyword",
            likely("sslmode-invalid", "The connection string has a keyword that this Npgsql does not know."),
            possible("client-library-bug", "Assemblies of two versions may be mixed."),
        ),
        sign(
            r"ToCanonicalKeyword.{0,600}?NpgsqlConnectionStringBuilder\.Init\(\)",
            likely("client-library-bug", "Npgsql does not know a keyword of its own: trimming, or two versions mixed."),
        ),
        sign(r"GSS/SSPI authentication but IntegratedSecurity not enabled", likely("startup-error", "It wants GSS.")),
        sign(r"libgssapi_krb5", *_GSS),
        sign(r"GSSAPI operation failed", *_GSS),
        sign(r"Received unknown response .{1,6}? for GSSEncRequest", *_GSS),
        sign(
            r"Transport security hasn't been enabled",
            certain("client-without-tls", "NpgsqlSlimDataSourceBuilder was built without EnableTransportSecurity()."),
        ),
        sign(r"cannot be used in conjunction with (?:SslClientAuth|UserCertificateVal)", *_SETTING),
        sign(r"Keyword not supported: '?(?:ssl|tls|channel|trust|root|gss)", *_SETTING),
        sign(r"Couldn't set (?:ssl|channel|trust|root|gss)\w{0,30}", *_SETTING),
        sign(r"Requested value '(?:verify|require|prefer|disable|allow)[^']{0,20}' was not found", *_SETTING),
        sign(
            r"(?:Couldn't set|Keyword not supported:) '?(?:jdbc:)?postgres(?:ql)?:",
            likely("sslmode-invalid", "Npgsql takes Host=…;Username=…;Database=…, and no URL."),
        ),
        sign(
            r"Host can't be null",
            likely(
                "sslmode-invalid", "The connection string has no Host: mostly it is empty, or the setting is missing."
            ),
        ),
        sign(r"Format of the initialization string does not conform to specification", *_SETTING),
        sign(
            r"PEM certificates are only supported with \.NET 5",
            certain("root-file-format", "This .NET reads the client certificate as PKCS#12 (.pfx) alone."),
        ),
        sign(r"Server certificate was not accepted\. Chain status: ", *UNTRUSTED),
        sign(
            r"specified hostname was not present in the certificate",
            likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
        ),
        sign(
            r"Npgsql\.Tls\.(?:TlsClientStream|ServerAlertException)",
            possible("handshake-rejected", "Npgsql 3.2's own TLS failed; 4.0 and later use the system's."),
            possible("client-library-bug", "Npgsql 3.2's own TLS knew TLS 1.2 and few suites."),
        ),
    ),
    fixes=FIXES,
    aliases=("entity-framework", "efcore"),
    windows=True,
)
