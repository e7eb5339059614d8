"""What the Java runtime says of names, sockets and files, beside its TLS: every Java client shows it.

Sources: java.base of OpenJDK 8 to 25 (java.net, sun.nio.ch, java.io, java.security.KeyStore and, of sun.security,
util.DerValue, provider.X509Factory, provider.JavaKeyStore, pkcs12.PKCS12KeyStore); IBM's and Android's variants.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign
from azpg_tls.clues import on_azure

CLOSED = (
    likely("handshake-closed", "The other side, or a firewall between, ended the connection during the handshake."),
    likely("closed-before-tls", "It may have been ended before TLS began, by a firewall, a proxy or a pooler."),
    possible("closed-after-tls", "It may have been ended later, such as a connection that lay idle in a pool."),
)
_UNKNOWN = (
    likely("dns-failure", "The machine that runs Java finds no address for the server's name."),
    possible("private-dns-zone", "The name of a server with private access is known in its own network.", on_azure),
)
_SILENT = (
    likely("handshake-timeout", "The connection was there, and the server's answer did not come in time."),
    likely("no-reply", "What listens there may not be PostgreSQL, or a proxy holds the answer back."),
    possible("pool-timeout", "The client may have been too busy, or a query too slow for its socketTimeout."),
)
_CONNECTING = (
    likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it, or the route is missing."),
    possible("private-dns-zone", "The name may lead to the public address of a server with private access.", on_azure),
)
_MISSING = (
    likely("root-file-missing", "A file that the settings name is not there, or not in this container or account."),
)
_FORMAT = (
    likely("root-file-format", "A file of certificates or keys is not in the form that Java reads."),
    possible("root-file-missing", "The file may be empty, or hold a path or an error page instead."),
)
_STORE = (
    likely("root-file-format", "The trust or key store has another type or another password than the settings say."),
    possible("root-file-permissions", "The store may be damaged or cut short."),
)
_PROVIDER = (
    likely("client-library-bug", "This JVM's providers lack what the driver asks for, as those of a FIPS mode do."),
    possible("client-without-tls", "The runtime may have been built without its TLS or key modules."),
    possible("root-file-format", "A store's type may be misspelt or unknown here."),
)
_NO_CLASS = (
    likely(
        "client-library-bug", "A class of the driver is not there: an incomplete or another version of its archive."
    ),
    possible("jdbc-sslfactory", "If it is that of sslfactory, its name may be misspelt or its archive missing."),
)

JAVA = Client(
    "java",
    "the Java runtime",
    signs=(
        sign(r"UnknownHostException", *_UNKNOWN),
        sign(r"UnresolvedAddressException", *_UNKNOWN),
        sign(r"Failed to resolve '[^']{1,253}'", *_UNKNOWN),
        sign(r"\bRead timed out\b", *_SILENT),
        sign(r"Timed out \(Read failed\)", *_SILENT),
        sign(r"Connection timed out \(Read failed\)", *_SILENT),
        sign(r"Operation timed out \(Read failed\)", *_SILENT),
        sign(r"SocketTimeoutException: connect timed out", *_CONNECTING),
        sign(
            r"NoRouteToHostException",
            likely("tcp-unreachable", "There is no route to the server's address, or a firewall says so."),
        ),
        sign(r": Connection reset\b", *CLOSED),
        sign(r": Socket (?:is )?closed\b", *CLOSED),
        sign(r"Connection or (?:in|out)bound has closed", *CLOSED),
        sign(r"ClosedChannelException", *CLOSED),
        sign(r"\bEOFException\b", *CLOSED),
        sign(r"Unexpected end of (?:file|stream) from server", *CLOSED),
        sign(r"FileNotFoundException: .{1,300}?\(No such file or directory\)", *_MISSING),
        sign(r"FileNotFoundException: .{1,300}?\(The system cannot find the (?:file|path) specified\)", *_MISSING),
        sign(r"NoSuchFileException: .{1,300}?\.(?:crt|pem|cer|key|pk8|p12|pfx|jks)\b", *_MISSING),
        sign(
            r"FileNotFoundException: .{1,300}?\(Permission denied\)",
            likely("root-file-permissions", "The account that runs Java may not read the file."),
        ),
        sign(
            r"FileNotFoundException: .{1,300}?\(Access is denied\)",
            likely("root-file-permissions", "The account that runs Java may not read the file."),
        ),
        sign(
            r"AccessDeniedException: .{1,300}?\.(?:crt|pem|cer|key|pk8|p12|pfx|jks)\b",
            likely("root-file-permissions", "The account that runs Java may not read the file."),
        ),
        sign(r"No certificate data found", *_FORMAT),
        sign(r"Could not parse certificate: ", *_FORMAT),
        sign(r"Illegal (?:header|footer): -----", *_FORMAT),
        sign(r"Unable to initialize, java\.io\.IOException: ", *_FORMAT),
        sign(r"extra data given to DerValue constructor", *_FORMAT),
        sign(r"IOException: extra data at the end", *_FORMAT),
        sign(r"DerInputStream\.getLength\(\)", *_FORMAT),
        sign(r"DER input,? (?:Integer tag error|not an octet string)", *_FORMAT),
        sign(r"algid parse error, not a sequence", *_FORMAT),
        sign(r"toDerInputStream rejects tag type", *_STORE),
        sign(r"InvalidKeySpecException", *_FORMAT),
        sign(r"InvalidKeyException: (?:invalid|IOException|Unable to decode)", *_FORMAT),
        sign(r"Invalid keystore format", *_STORE),
        sign(r"Unrecognized keystore format", *_STORE),
        sign(r"Keystore was tampered with, or password was incorrect", *_STORE),
        sign(r"keystore password was incorrect", *_STORE),
        sign(r"stream does not represent a PKCS12 key store", *_STORE),
        sign(r"ClassNotFoundException: (?:org\.postgresql|com\.ongres|io\.r2dbc|io\.vertx)\.[\w.$]{1,100}", *_NO_CLASS),
        sign(r"NoClassDefFoundError: (?:org/postgresql|com/ongres|io/r2dbc|io/vertx)/[\w/$]{1,100}", *_NO_CLASS),
        sign(
            r"No suitable driver found for jdbc:postgresql:",
            likely("client-library-bug", "The driver is not on the class path, or was not loaded."),
            possible("sslmode-invalid", "A URL of another form than the driver knows has the same effect."),
        ),
        sign(r"KeyStoreException: .{1,60}? not found", *_PROVIDER),
        sign(r"KeyStore not available", *_PROVIDER),
        sign(r"SSLContext not available", *_PROVIDER),
        sign(r"TrustManagerFactory not available", *_PROVIDER),
        sign(r"No X509TrustManager implementation avail?i?able", *_PROVIDER),
        sign(r"NoClassDefFoundError: .{0,80}?(?:ssl|security|crypto)", *_PROVIDER),
    ),
)
