"""pgjdbc, the JDBC driver of PostgreSQL, and what it prints in other languages.

Sources: org.postgresql.core.v3.ConnectionFactoryImpl, AuthenticationPluginManager and ScramAuthenticator,
org.postgresql.ssl (LibPQFactory, LazyKeyManager, PKCS12KeyManager, PEMKeyManager, BaseX509KeyManager, MakeSSL,
PGjdbcHostnameVerifier, SingleCertValidatingFactory), org.postgresql.Driver and org.postgresql.translation of 9.4 to
42.7.13. Where only the class of an exception reaches the user, the frames of its stack say how far the driver came.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.sign import certain, likely, possible, sign
from azpg_tls.clues import on_azure

_NO_TLS = (
    likely("tls-not-offered", "The server answered the SSLRequest with N, and the settings demand TLS."),
    possible("client-library-bug", "pgjdbc says the same of any error in place of that answer, and drops its text."),
    possible("too-many-connections", "A server or pooler that is full answers with such an error."),
)
# "The server does not support SSL." in the driver's other languages.
_NO_TLS_TRANSLATED = (
    "Der Server unterstützt SSL nicht",
    "Le serveur ne supporte pas SSL",
    "Este servidor no soporta SSL",
    "O servidor não suporta SSL",
    "Il server non supporta SSL",
    "Сервер не поддерживает SSL",
    "服务器不支援 SSL 连线",
    "伺服器不支援 SSL 連線",
    "サーバはSSLをサポートしていません",
    "서버가 SSL을 지원하지 않습니다",
    "Serwer nie obsługuje SSL",
    "Server nepodporuje SSL",
    "Sunucu SSL desteklemiyor",
    "Сървърът не поддържа SSL",
    "Server ne podržava SSL",
)
# "The connection attempt failed.": any IOException but a refusal, whose text the poster left out.
_FAILED = (
    possible("tcp-timeout", "The server may not have answered in connectTimeout; the cause below says."),
    possible("gssenc-interference", "pgjdbc 42.2.15 and later ask for GSS encryption first; some gateways hang up."),
    possible("dns-failure", "The server's name may be unknown here."),
    possible("closed-before-tls", "The other side may have ended the connection before TLS."),
)
_FAILED_TRANSLATED = (
    "Der Verbindungsversuch schlug fehl",
    "La tentative de connexion a échoué",
    "El intento de conexión falló",
    "A tentativa de conexão falhou",
    "Il tentativo di connessione è fallito",
    "Не удалось подключиться",  # noqa: RUF001
    "尝试连线已失败",
    "嘗試連線已失敗",
    "接続試行は失敗しました",
    "연결 시도가 실패했습니다",
)
_NO_ROOT = (
    likely("root-file-missing", "sslmode asks for verification, and there is no file {file}."),
    likely(
        "jdbc-sslfactory",
        "pgjdbc reads sslrootcert, or .postgresql/root.crt, and not the JVM's cacerts unless sslfactory says so; since "
        "42.2.5 ssl=true means verify-full.",
    ),
    possible("root-file-permissions", "The account that runs Java may not read it."),
)
_REFUSED = (
    likely("tcp-refused", "The machine answered that nothing listens on that port, or a firewall refuses."),
    possible("tcp-timeout", "pgjdbc says refused of each ConnectException; the cause below says which."),
)
_KEY = (
    likely(
        "root-file-format",
        "pgjdbc reads the client's key as PKCS#8 in DER (.pk8) or PKCS#12 (.p12, .pfx); PEM since 42.7.9 only.",
    ),
    possible("root-file-missing", "The file may be missing: sslkey, or .postgresql/postgresql.pk8."),
    possible("root-file-permissions", "The account that runs Java may not read it."),
)
_NO_PASSWORD = (
    likely("password-rejected", "The server asks for a password or token, and the driver got none to send."),
    possible(
        "entra-token-malformed",
        "With Entra ID: authenticationPluginClassName is not set on this data source, or brought no token.",
        on_azure,
    ),
)
_NAMES = (
    likely("hostname-mismatch", "The certificate is for other names than the one connected to."),
    possible("no-subject-alternative-name", "It may have no DNS name at all."),
    possible("ip-address-target", "An address is connected to, and certificates rarely hold addresses."),
)
_FACTORY = (certain("jdbc-sslfactory", "The class or argument that sslfactory names does not serve."),)
_BINDING = (
    likely("channel-binding-mismatch", "channelBinding=require, and this connection cannot be bound to the login."),
)

URL = "jdbc:postgresql://HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=ROOTS"
TRUST = (
    f"Give pgjdbc the roots as a file: {URL}",
    (
        "Or the JVM's trust store: sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory, and "
        "bring the roots there: keytool -importcert -cacerts -alias root1 -file root1.pem (an alias for each root)."
    ),
)
FIXES = {
    "tls-required": (f"Ask for TLS in the URL: {URL}",),
    "tls-not-offered": (
        "Turn TLS on at the server (ssl=on), or connect to the port that has it; Azure's servers always have TLS.",
        "If it occurs now and then only: look for 'too many clients' and restarts in the server's log.",
    ),
    "unknown-issuer": (*TRUST, "For Azure, ROOTS is what `azpg-tls bundle path` prints."),
    "root-store-outdated": (*TRUST, "For Azure, ROOTS is what `azpg-tls bundle path` prints."),
    "missing-intermediate": (
        "Make the server send its whole chain; until then, add the intermediate to the file of sslrootcert.",
    ),
    "self-signed": (f"Name the server's own certificate as the root: {URL.replace('ROOTS', '/path/server.crt')}",),
    "jdbc-sslfactory": TRUST,
    "root-file-missing": (
        *TRUST,
        "In a container or a service the home directory is another: write the absolute path of sslrootcert.",
    ),
    "root-file-permissions": ("chmod 0644 for sslrootcert; for sslkey, owned by the account of Java, chmod 0600.",),
    "root-file-format": (
        "Roots: PEM or DER certificates and nothing else in the file; IBM's Java takes no text before BEGIN.",
        (
            "Key: openssl pkcs8 -topk8 -inform PEM -outform DER -in client.key -out client.pk8 -nocrypt, "
            "then sslcert=client.crt&sslkey=client.pk8."
        ),
        (
            "Or both as PKCS#12: openssl pkcs12 -export -inkey client.key -in client.crt -out client.p12 -name user, "
            "then sslkey=client.p12&sslpassword=…"
        ),
    ),
    "hostname-mismatch": (
        "Connect to a name that the certificate has; Azure's is SERVER.postgres.database.azure.com, not an alias.",
    ),
    "ip-address-target": ("Write the server's name in the URL in place of its address.",),
    "client-certificate-required": (
        (
            "sslcert=client.crt&sslkey=client.pk8 (PKCS#8 in DER), or sslkey=client.p12&sslpassword=…; the certificate "
            "is sent only if its issuer is among those that the server lists."
        ),
        "Azure's flexible server demands none: then a proxy, or another server, answers there.",
    ),
    "weak-signature": (
        "Have the server stop sending SHA-1 or MD5 certificates; a root need not be sent at all.",
        "java -Djava.security.debug=certpath shows which certificate and which rule of java.security it is.",
    ),
    "sslmode-invalid": ("sslmode is one of disable, allow, prefer, require, verify-ca, verify-full.",),
    "gssenc-interference": ("Add gssEncMode=disable to the URL.",),
    "cipher-mismatch": (
        "java -Djavax.net.debug=ssl:handshake shows what is offered; a runtime made with jlink needs jdk.crypto.ec.",
        "Check jdk.tls.disabledAlgorithms in java.security, and the server's ssl_ciphers, ssl_min_protocol_version.",
    ),
    "tls-version-unsupported": (
        "Use Java 8u261 or later, which has TLS 1.2 and 1.3, and a current driver (42.7).",
        "Check jdk.tls.disabledAlgorithms and jdk.tls.client.protocols against the server's ssl_min_protocol_version.",
    ),
    "channel-binding-mismatch": (
        "channelBinding=prefer, unless the server offers SCRAM-SHA-256-PLUS; PgBouncer and TLS proxies do not.",
    ),
    "password-rejected": (
        (
            "Entra ID: authenticationPluginClassName="
            "com.azure.identity.extensions.jdbc.postgresql.AzurePostgresqlAuthenticationPlugin in the URL, with "
            "com.azure:azure-identity-extensions on the class path."
        ),
        (
            "Spring: spring.datasource.azure.passwordless-enabled=true, spring-cloud-azure-starter-jdbc-postgresql; "
            "Flyway and a second data source need it too."
        ),
    ),
    "entra-wrong-audience": (
        (
            "Set the cloud's scope in the URL: azure.scopes=https://ossrdbms-aad.database.windows.net/.default, for "
            "China .chinacloudapi.cn, for US Government .usgovcloudapi.net, with azure.authorityHost to match."
        ),
    ),
    "direct-tls-unsupported": ("sslNegotiation=postgres; direct needs PostgreSQL 17 or later.",),
    "client-library-bug": ("Use the current driver: org.postgresql:postgresql 42.7, and a supported JDK.",),
    "closed-after-tls": ("Set tcpKeepAlive=true, and let the pool retire connections before 4 idle minutes.",),
}

_FRAME = r"PGStream\.receiveChar\([^)]{0,60}\).{0,160}?ConnectionFactoryImpl\."

PGJDBC = Client(
    "pgjdbc",
    "pgjdbc, the JDBC driver",
    marks=(
        r"org\.postgresql\.",
        r"jdbc:postgresql",
        r"PSQLException",
        r"javax\.net\.ssl\.",
        r"sun\.security\.",
        r"java\.security\.",
        r"java\.(?:net|io|sql)\.\w{2,60}Exception",
        r"com\.zaxxer\.hikari",
        r"HikariPool-\d",
        r"org\.springframework\.jdbc",
        r"org\.hibernate\.",
    ),
    over=("jsse", "java", "java-pools"),
    signs=(
        sign(r"The server does not support SSL(?! conn)", *_NO_TLS),
        *(sign(text, *_NO_TLS) for text in _NO_TLS_TRANSLATED),
        sign(r"The connection attempt failed", *_FAILED),
        *(sign(text, *_FAILED) for text in _FAILED_TRANSLATED),
        sign(
            rf"EOFException.{{0,40}}?{_FRAME}enableGSSEncrypted",
            likely("gssenc-interference", "The server hung up on the GSSENCRequest that pgjdbc sends first."),
            likely("closed-before-tls", "Or it hangs up on every connection, such as a proxy without a server."),
        ),
        sign(
            rf"EOFException.{{0,40}}?{_FRAME}enableSSL",
            likely("closed-before-tls", "The other side hung up in place of an answer to the SSLRequest."),
            likely("handshake-closed", "A tunnel or proxy may have no server behind it."),
        ),
        sign(
            rf"EOFException.{{0,40}}?{_FRAME}doAuthentication",
            likely("closed-after-tls", "The other side hung up after the login began."),
            likely("handshake-closed", "In TLS 1.3 a refused client certificate may show only now."),
            likely("closed-before-tls", "Without TLS, the server or a proxy may hang up on a connection in the clear."),
        ),
        sign(
            rf"(?:timed out|timeout).{{0,80}}?{_FRAME}enable(?:SSL|GSSEncrypted)",
            likely("handshake-timeout", "TCP was there; the one-byte answer to the SSLRequest never came."),
            likely("no-reply", "What listens there may not be PostgreSQL."),
            possible("pool-timeout", "The server or a proxy may have been overloaded."),
        ),
        sign(r"Could not open SSL root certificate file (?P<file>[^\s]{1,300}?)\.?(?=\s|$|\"|')", *_NO_ROOT),
        sign(r"Could not open SSL root certificate file", *_NO_ROOT),
        sign(
            r"Could not open SSL root certificate file .{1,4000}?\((?:Permission denied|Access is denied)\)",
            likely("root-file-permissions", "The file is there, and the account that runs Java may not read it."),
        ),
        sign(r"无法打开SSL根证书文件", *_NO_ROOT),
        sign(r"Не удалось открыть файл корневого SSL-сертификата", *_NO_ROOT),  # noqa: RUF001
        sign(r"SSLルート証明書ファイル", *_NO_ROOT),
        sign(r"SSL 루트 인증서 파일", *_NO_ROOT),
        sign(r"Impossibile aprire il file di certificato root SSL", *_NO_ROOT),
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
            likely(
                "jdbc-sslfactory", "The class that the settings name is not on the class path, or not of that kind."
            ),
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
            r"An error occurred while setting up the SSL connection",
            likely("not-postgres", "The answer to the SSLRequest was neither S nor N."),
            possible("malformed-tls", "A proxy may have answered in the server's place."),
        ),
        sign(
            r"An error occurred while setting up the GSS Encoded connection",
            likely("gssenc-interference", "GSS encryption was agreed on, or answered oddly, and failed."),
            possible("not-postgres", "The answer may be no server's of PostgreSQL."),
        ),
        sign(
            r"The server does not support GSS Enc(?:oding|ryption)",
            certain("gssenc-interference", "gssEncMode=require, and the server has no GSS encryption."),
        ),
        sign(r"GSSAPI encryption required but", certain("gssenc-interference", "gssEncMode=require, and no user.")),
        sign(
            r"Protocol error\. Session setup failed",
            likely("not-postgres", "The bytes in place of the login's answer are no message that the driver knows."),
            possible("client-library-bug", "A TLS provider or proxy may have garbled them."),
        ),
        sign(
            r"authentication type (?P<number>\d{1,3}) is not supported\. Check",
            likely("client-library-bug", "The driver is too old for authentication {number} (10 is SCRAM: 42.2)."),
            possible("startup-error", "The server asks for a method that this driver never had."),
        ),
        sign(
            r"SCRAM authentication is not supported by this driver",
            likely("client-library-bug", "The driver is older than 42.2, or made for Java 7."),
        ),
        sign(r"SCRAM authentication failed", likely("password-rejected", "The password is not that of the user.")),
        sign(r"authentication, but no password was provided", *_NO_PASSWORD),
        sign(r"authentication, but the password is an empty string", *_NO_PASSWORD),
        sign(r"Сервер запросил парольную аутентификацию", *_NO_PASSWORD),
        sign(r"서버가 비밀번호 기반 인증을 요청했으나", *_NO_PASSWORD),
        sign(
            r"Unable to load Authentication Plugin",
            likely("client-library-bug", "The class of authenticationPluginClassName is not on the class path."),
            likely("password-rejected", "Without it the driver has no token to send."),
        ),
        sign(r"(?-i:Channel B)inding is required", *_BINDING),
        sign(
            r"(?-i:Channel B)inding is required, but SSL is not in use",
            *_BINDING,
            possible("tls-required", "The connection is in the clear; sslmode=verify-full."),
        ),
        sign(
            r"Something unusual has occurred to cause the driver to fail",
            likely("client-library-bug", "An exception that the driver did not foresee; the cause below says which."),
            possible("entra-wrong-audience", "With a plugin for tokens: it got none, such as for another cloud."),
            possible("jdbc-sslfactory", "A class named in the settings may have failed."),
        ),
        sign(
            r"Could not find a server with specified targetServerType",
            likely("server-not-ready", "No host of the list has the wanted role, such as during a failover."),
            possible("tcp-timeout", "Some of the hosts may not have answered."),
        ),
        sign(r"This connection has been closed", *CLOSED),
        sign(r"An I/O error occurred while sending to the backend", *CLOSED),
        sign(
            r"Connection attempt timed out",
            likely("tcp-timeout", "loginTimeout passed before the server answered."),
            likely("handshake-timeout", "It may have answered TCP, and then not."),
        ),
        sign(r"Connection to \S{1,300} refused\. Check that", *_REFUSED),
        sign(
            r"Connection to \S{1,300} refused\. Check that .{0,4000}?timed out",
            likely("tcp-timeout", "No answer came: a firewall drops the packets. pgjdbc calls that refused too."),
        ),
        sign(r"postmaster принимает TCP/IP", *_REFUSED),
        sign(r"postmaster がTCP/IP接続を受け付けている", *_REFUSED),
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
        sign(
            r"(?<!SQLSTATE)[\[(: ]08001\b",
            possible("tcp-refused", "SQLSTATE 08001: the driver could not connect."),
            possible("dns-failure", "SQLSTATE 08001 stands for an unknown name too."),
            possible("tcp-timeout", "SQLSTATE 08001 stands for no answer too."),
        ),
        sign(
            r"(?<!SQLSTATE)[\[(: ]08004\b",
            possible("tls-not-offered", "SQLSTATE 08004: pgjdbc refused the connection, mostly for want of TLS."),
            possible("password-rejected", "SQLSTATE 08004 stands for a missing password too."),
        ),
        sign(
            r"(?<!SQLSTATE)[\[(: ]08006\b",
            possible("unknown-issuer", "SQLSTATE 08006: pgjdbc's TLS set-up failed; the cause below says why."),
            possible("handshake-closed", "SQLSTATE 08006 stands for a broken connection too."),
            possible("root-file-missing", "SQLSTATE 08006 stands for a root file that cannot be opened too."),
        ),
    ),
    fixes=FIXES,
    aliases=("jdbc", "java-postgresql"),
)
