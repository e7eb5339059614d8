"""How pgjdbc is put right: parameters of the JDBC URL, files, the JVM.

Sources: jdbc.postgresql.org/documentation/use and /ssl; learn.microsoft.com/azure/postgresql (Java, Entra ID).
"""

from __future__ import annotations

URL = "jdbc:postgresql://HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=ROOTS"
TRUST = (
    f"Give pgjdbc the roots as a file: {URL}",
    (
        "Or the JVM's trust store: "
        "jdbc:postgresql://HOST:PORT/DATABASE?sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory"
    ),
    "and bring each root there, by an alias of its own: keytool -importcert -cacerts -alias root1 -file root1.pem",
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
            "Key, for sslcert=client.crt&sslkey=client.pk8: openssl pkcs8 -topk8 -inform PEM -outform DER -in "
            "client.key -out client.pk8 -nocrypt"
        ),
        (
            "Or both as PKCS#12, for sslkey=client.p12&sslpassword=…: openssl pkcs12 -export -inkey client.key -in "
            "client.crt -out client.p12 -name user"
        ),
    ),
    "hostname-mismatch": (
        "Connect to a name that the certificate has; Azure's is SERVER.postgres.database.azure.com, not an alias.",
    ),
    "ip-address-target": ("Write the server's name in the URL in place of its address.",),
    "client-certificate-required": (
        (
            "sslcert=client.crt&sslkey=client.pk8 (PKCS#8 in DER), or sslkey=client.p12&sslpassword=…; the "
            "certificate is sent only if its issuer is among those that the server lists."
        ),
        "Azure's flexible server demands none: then a proxy, or another server, answers there.",
    ),
    "weak-signature": (
        "Have the server stop sending SHA-1 or MD5 certificates; a root need not be sent at all.",
        "java -Djava.security.debug=certpath shows which certificate and which rule of java.security it is.",
    ),
    "sslmode-invalid": (
        f"Give user and password beside the URL: {URL}",
        "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full.",
    ),
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
            "Entra ID, with com.azure:azure-identity-extensions on the class path, in the URL: "
            "authenticationPluginClassName=com.azure.identity.extensions.jdbc.postgresql.AzurePostgresqlAuthenticationPlugin"
        ),
        (
            "Spring, with spring-cloud-azure-starter-jdbc-postgresql, for each data source and Flyway: "
            "spring.datasource.azure.passwordless-enabled=true"
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
