"""What pgjdbc prints of its TLS settings: root files, keys, factories, names.

Sources: org.postgresql.ssl (LibPQFactory, LazyKeyManager, PKCS12KeyManager, PEMKeyManager, BaseX509KeyManager, MakeSSL,
PGjdbcHostnameVerifier, SingleCertValidatingFactory) and org.postgresql.translation of pgjdbc 9.4 to 42.7.13.
"""

from __future__ import annotations

from azpg_tls.clients.sign import certain, likely, possible, sign

_NO_ROOT = (
    likely("root-file-missing", "sslmode asks for verification, and there is no file {file}."),
    likely(
        "jdbc-sslfactory",
        "pgjdbc reads sslrootcert, or .postgresql/root.crt, and not the JVM's cacerts unless sslfactory says so; "
        "since 42.2.5 ssl=true means verify-full.",
    ),
    possible("root-file-permissions", "The account that runs Java may not read it."),
)
_NO_ROOT_NAMED_ELSEWHERE = (
    likely("root-file-missing", "sslmode asks for verification, and the file of roots is not there."),
    *_NO_ROOT[1:],
)
_KEY = (
    likely(
        "root-file-format",
        "pgjdbc reads the client's key as PKCS#8 in DER (.pk8) or PKCS#12 (.p12, .pfx); PEM since 42.7.9 only.",
    ),
    possible("root-file-missing", "The file may be missing: sslkey, or .postgresql/postgresql.pk8."),
    possible("root-file-permissions", "The account that runs Java may not read it."),
)
_NAMES = (
    likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
    possible("no-subject-alternative-name", "It may have no DNS name at all."),
    possible("ip-address-target", "An address is connected to, and certificates rarely hold addresses."),
)
_FACTORY = (certain("jdbc-sslfactory", "The class or argument that sslfactory names does not serve."),)

_OPENED = r"Could not open SSL root certificate file (?P<file>[^\s]{1,300}?[^\s.])\.?(?=\s|$|\"|')"
# The exception below it names the same file, and the system's reason.
_NOT_THERE = (
    r"\s.{0,4000}?FileNotFoundException: (?P=file) "
    r"\((?:No such file or directory|The system cannot find the \w{4} specified)\)"
)

SIGNS = (
    sign(rf"{_OPENED}(?!{_NOT_THERE})", *_NO_ROOT),
    sign(
        rf"{_OPENED}(?={_NOT_THERE})",
        certain("root-file-missing", "sslmode asks for verification, and there is no file {file}."),
        possible("jdbc-sslfactory", "If the roots are in the JVM's cacerts: pgjdbc looks there by sslfactory only."),
    ),
    sign(r"Could not open SSL root certificate file", *_NO_ROOT_NAMED_ELSEWHERE),
    sign(
        r"Could not open SSL root certificate file .{1,4000}?\((?:Permission denied|Access is denied)\)",
        likely("root-file-permissions", "The file is there, and the account that runs Java may not read it."),
    ),
    sign(r"无法打开SSL根证书文件", *_NO_ROOT_NAMED_ELSEWHERE),
    sign(r"Не удалось открыть файл корневого SSL-сертификата", *_NO_ROOT_NAMED_ELSEWHERE),  # noqa: RUF001
    sign(r"SSLルート証明書ファイル", *_NO_ROOT_NAMED_ELSEWHERE),
    sign(r"SSL 루트 인증서 파일", *_NO_ROOT_NAMED_ELSEWHERE),
    sign(r"Impossibile aprire il file di certificato root SSL", *_NO_ROOT_NAMED_ELSEWHERE),
    sign(
        r"Could not read SSL root certificate file",
        likely("root-file-format", "The file of sslrootcert could not be read as certificates."),
        possible("root-file-permissions", "The account that runs Java may not read it."),
    ),
    sign(
        r"Loading the SSL root certificate .{1,400}? into a TrustManager failed",
        likely("root-file-format", "What sslrootcert names holds no certificate in a form that this Java reads."),
        possible("root-file-missing", "It may be empty, or hold a path in place of the certificate."),
    ),
    sign(
        r"Could not open SSL certificate file",
        likely("root-file-missing", "The client certificate that sslcert names is not there."),
        possible("root-file-permissions", "The account that runs Java may not read it."),
    ),
    sign(r"Loading the SSL certificate .{1,400}? into a KeyManager failed", *_KEY),
    sign(r"Could not read SSL key file", *_KEY),
    sign(r"Could not decrypt SSL key file", *_KEY),
    sign(r"Failed to create keystore for Client certificate", *_KEY),
    sign(r"Could not read password for SSL key file", *_KEY),
    sign(r"Could not load (?:the private key|cert chain)", *_KEY),
    sign(r"Could not initialize (?:key manager|PEMKeyManager)", *_KEY),
    sign(
        r"Unable to find pkcs12 keystore",
        likely("client-library-bug", "This JVM's providers have no PKCS#12 store."),
        possible("root-file-format", "The file may be none."),
    ),
    sign(
        r"private key file .{1,300}? has (?:insecure perm|group or world access.{1,300}?Current perm)",
        certain("root-file-permissions", "Others may read the key of the client's certificate."),
    ),
    sign(
        r"permissions (?:for|of the) private key file",
        likely("root-file-permissions", "The permissions of the client's key could not be read."),
    ),
    sign(
        r"Could not find a java cryptographic algorithm",
        likely("client-library-bug", "This JVM's providers lack what the driver asks for."),
        possible("root-file-format", "The key may be of a kind or encryption that this Java does not know."),
    ),
    sign(
        r"(?:Could not find a java cryptographic algorithm: )?"
        r"Cannot find any provider supporting (?:1\.2\.840\.113549\.1\.5\.13|PBES2)",
        likely("root-file-format", "The client's key is encrypted with PBES2, which pgjdbc cannot undo."),
        likely("client-library-bug", "Java's own reader of such keys could."),
    ),
    sign(r"Could not initialize SSL context", likely("client-library-bug", "The JVM could not set up TLS.")),
    sign(r"The SSLSocketFactory class provided .{1,200}? could not be instantiated", *_FACTORY),
    sign(r"The sslfactoryarg property (?:may not be empty|must start with)", *_FACTORY),
    sign(r"containing the server's SSL certificate must not be empty", *_FACTORY),
    sign(
        r"Cannot overwrite default JDBC parameter ssl",
        likely("jdbc-sslfactory", "Airbyte sets the driver's TLS options itself: choose the mode in its form."),
        possible("sslmode-invalid", "The option may not be given twice."),
    ),
    sign(
        r"The (?:HostnameVerifier|password callback) class provided .{1,200}? could not be instantiated",
        likely("jdbc-sslfactory", "The class that the settings name is not on the class path, or not of that kind."),
    ),
    sign(r"Invalid sslmode value: (?P<value>[^\s\"]{1,60})", certain("sslmode-invalid", "No sslmode is {value}.")),
    sign(r"Invalid (?:sslNegotiation|channelBinding) value", certain("sslmode-invalid", "No such value.")),
    sign(
        r"Invalid gssEncMode value",
        likely("gssenc-interference", "gssEncMode is disable, allow, prefer or require."),
        possible("sslmode-invalid", "The setting cannot be read."),
    ),
    sign(r"The hostname (?P<name>\S{1,253}) could not be verified", *_NAMES),
    sign(r"hostnameverifier PgjdbcHostnameVerifier", *_NAMES),
    sign(r"Server name validation failed: ", *_NAMES),
    sign(
        r"has no DNS subjectAltNames, and it CommonName is missing",
        likely("no-subject-alternative-name", "The certificate names no server at all."),
        possible("hostname-mismatch", "So no name can match."),
    ),
    sign(
        r"SSL error: .{0,160}?PKIX path building failed",
        likely("unknown-issuer", "The chain does not end at a root in the file or store that pgjdbc used."),
        likely(
            "jdbc-sslfactory",
            "Without sslfactory pgjdbc reads sslrootcert, or .postgresql/root.crt, and not the JVM's cacerts.",
        ),
        possible("self-signed", "The server's certificate may have signed itself."),
        possible("root-store-outdated", "The file may be older than the server's chain."),
        possible("missing-intermediate", "The server may not send its intermediates; Java fetches none."),
        possible("tls-intercepted", "A product on the way may have signed the certificate."),
    ),
)
