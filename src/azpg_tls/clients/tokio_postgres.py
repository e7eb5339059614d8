"""tokio-postgres and the blocking postgres crate in Rust, and the pools around them: deadpool, bb8, r2d2.

Sources: tokio-postgres/src/error/mod.rs, config.rs, connect_tls.rs, connect_raw.rs and tls.rs of rust-postgres 0.15 to
0.19; src/lib.rs of deadpool (managed/errors.rs), bb8 and r2d2. An error is "KIND: CAUSE"; wrappers repeat it.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_WITHOUT = (
    certain("client-without-tls", "The program connects with NoTls, and the settings ask for TLS."),
    possible("client-library-bug", "The program takes no notice of its TLS settings."),
)
# tokio-postgres-rustls before 0.10, make_tls_connect: what is no DNS name has no TLS connection.
_NO_NAME = (
    likely("ip-address-target", "The host is no DNS name: tokio-postgres-rustls took no address before rustls 0.21."),
    possible("client-library-bug", "A later version verifies addresses too."),
)
_POOL = (
    likely("pool-timeout", "The pool gave no connection in time; the reason stands elsewhere."),
    likely("handshake-timeout", "New connections may not come about in time."),
    possible("tcp-timeout", "A firewall may drop the attempts."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-before-tls", "It may have ended it before TLS began."),
    possible("closed-after-tls", "It may have ended it later, such as an idle connection of a pool."),
)

FIXES = {
    "unknown-issuer": (
        (
            "tokio-postgres verifies with every sslmode that uses TLS; the roots belong to the connector. native-tls: "
            'TlsConnector::builder().add_root_certificate(Certificate::from_pem(&std::fs::read("ROOTS")?)?).'
        ),
        (
            'rustls: RootCertStore::add_parsable_certificates(CertificateDer::pem_file_iter("ROOTS")?…), then '
            "ClientConfig::builder().with_root_certificates(store).with_no_client_auth()."
        ),
    ),
    "missing-intermediate": (
        "Let the server send its intermediates: rustls fetches none, and takes those of the root file for roots only.",
    ),
    "root-store-outdated": (
        "Update webpki-roots, or take the system's roots (rustls-native-certs, rustls-platform-verifier), or ROOTS.",
    ),
    "self-signed": (
        (
            "Make a CA and a server certificate with CA:FALSE and subjectAltName, and trust the CA: rustls takes no "
            "CA certificate as a server's own."
        ),
    ),
    "hostname-mismatch": (
        "Connect by the name in the certificate: host=HOST, with hostaddr=ADDRESS if the address has to be given.",
    ),
    "ip-address-target": ("Connect by name: host=HOST hostaddr=ADDRESS; the name is what is verified.",),
    "certificate-not-strict": (
        (
            "Have the certificate issued anew: X.509 version 3, CA:FALSE, subjectAltName. Until then native-tls or "
            "OpenSSL take what rustls refuses."
        ),
    ),
    "tls-required": (
        (
            "Give connect() a connector (postgres-native-tls, postgres-openssl, tokio-postgres-rustls), not NoTls, "
            "and sslmode=require."
        ),
    ),
    "client-without-tls": (
        "Replace NoTls by a connector: postgres-native-tls, postgres-openssl or tokio-postgres-rustls.",
    ),
    "tls-not-offered": ("Turn TLS on at the server; for one on the same machine: sslmode=disable or prefer.",),
    "sslmode-invalid": (
        (
            "tokio-postgres knows sslmode disable, prefer and require, and no sslrootcert: with require the "
            "connector verifies. Take the others out of the connection string, and put the roots into the connector."
        ),
    ),
    "alpn-mismatch": (
        (
            'With sslnegotiation=direct set ALPN: config.alpn_protocols = vec![b"postgresql".to_vec()] (rustls), '
            "set_postgresql_alpn (postgres-openssl), request_alpns (native-tls)."
        ),
    ),
    "pool-timeout": ("Open one connection without the pool and print its error with source().",),
}

_CONNECTION_STRING = (
    likely("sslmode-invalid", "The driver cannot read the connection string: encode what is special in it."),
)

TOKIO_POSTGRES = Client(
    "tokio-postgres",
    "tokio-postgres",
    marks=(
        r"error performing TLS handshake",
        r"error connecting to server: ",
        r"\bdb error: ",
        r"error communicating with the server",
        r"tokio[-_]postgres",
        r"Error occurred while creating a new object",
        r"Error \{ kind: (?:Tls|Db|Io|Connect|Config|ConfigParse|Closed|Authentication|Timeout)\b",
    ),
    over=("rustls", "native-tls", "openssl"),
    signs=(
        sign(
            r"server does not support TLS",
            likely("tls-not-offered", "The server answered the SSLRequest with something else than S, mostly N."),
            possible("not-postgres", "tokio-postgres says the same of any other answer."),
        ),
        sign(r"no TLS implementation configured", *_WITHOUT),
        sign(r"NoTlsError", *_WITHOUT),
        sign(r"kind: Tls, cause: Some\(Kind\(InvalidInput\)\)", *_NO_NAME),
        sign(r"error performing TLS handshake: invalid input parameter", *_NO_NAME),
        sign(
            r"(?:invalid value for|unknown) option `ssl(?P<name>\w{2,20})`",
            certain("sslmode-invalid", "tokio-postgres does not know that value or option: ssl{name}."),
        ),
        sign(
            r"InvalidValue\(\"ssl(?P<name>\w{2,20})\"\)",
            certain("sslmode-invalid", "tokio-postgres does not know that value: ssl{name}."),
        ),
        sign(
            r"UnknownOption\(\"ssl(?P<name>\w{2,20})\"\)",
            certain("sslmode-invalid", "tokio-postgres does not know the option ssl{name}."),
        ),
        sign(r"kind: ConfigParse, cause: Some\((?!(?:InvalidValue|UnknownOption)\(\"ssl)", *_CONNECTION_STRING),
        sign(
            r"weak sslmode .{1,20} may not be used with",
            certain("sslmode-invalid", "These settings do not go together."),
        ),
        sign(
            r"(?:invalid value for|unknown) option `channel_binding`",
            likely("sslmode-invalid", "tokio-postgres does not know that value."),
        ),
        sign(
            r"server did not use channel binding",
            certain("channel-binding-mismatch", "channel_binding=require, and the server offered no bound login."),
        ),
        sign(r"error (?:connecting to server|performing TLS handshake): connection closed", *_CLOSED),
        sign(r"error communicating with the server: (?:unexpected end of file|early eof)", *_CLOSED),
        sign(r"unexpected end of file", *_CLOSED),
        sign(r"\bearly eof\b", *_CLOSED),
        sign(
            r"timeout waiting for server",
            likely("handshake-timeout", "The server did not answer in time."),
            likely("tcp-timeout", "A firewall may drop the attempts."),
        ),
        sign(
            r"error connecting to server: (?:connection timed out|deadline has elapsed)",
            likely("tcp-timeout", "No answer came to the attempt to connect."),
        ),
        sign(
            r"invalid configuration: password missing",
            likely("password-rejected", "The server asked for a password, and none was given."),
        ),
        sign(
            r"unexpected message from server",
            likely("not-postgres", "What answers there does not speak PostgreSQL as expected."),
            possible("client-library-bug", "A pooler may answer in a way that the client does not know."),
        ),
        sign(r"Timeout occurred while (?:waiting for|creating|recycling)", *_POOL),
        sign(r"timed out waiting for connection(?!: )", *_POOL),
        sign(r"Timed out in bb8", *_POOL),
        sign(
            r"error performing TLS handshake$",
            likely("unknown-issuer", "The cause was cut off, print source(): mostly the roots lack the server's."),
            possible("hostname-mismatch", "The certificate may be for another name."),
            possible("certificate-not-strict", "rustls may refuse how the certificate is made: X.509 version 1."),
            possible("handshake-rejected", "The server may have refused the handshake."),
        ),
        sign(
            r"unsupported authentication method",
            likely("client-library-bug", "The server asks for a way to log in that the driver does not have."),
            possible("password-rejected", "Kerberos (gss, sspi) may be asked for where a password was meant."),
        ),
        sign(
            r"unknown authentication tag `\d",
            likely("client-library-bug", "This version of the driver is too old for the server's login."),
        ),
        sign(r"invalid connection string: ", *_CONNECTION_STRING),
    ),
    fixes=FIXES,
    aliases=("rust-postgres", "deadpool", "bb8", "r2d2"),
)
