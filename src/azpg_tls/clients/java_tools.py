"""Programs that connect through pgjdbc and have settings of their own for it.

Sources: dbeaver.com/docs (SSL configuration), JetBrains' DataGrip help, debezium.io/documentation (PostgreSQL),
keycloak.org/server/db, quarkus.io/guides/datasource.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.pgjdbc_fixes import FIXES
from azpg_tls.clients.sign import likely, possible, sign

_ADDRESS = "jdbc:postgresql://HOST:PORT/DATABASE"

DBEAVER = Client(
    "dbeaver",
    "DBeaver and CloudBeaver",
    marks=(r"\bdbeaver\b", r"\bcloudbeaver\b", r"org\.jkiss\.", r"SQL Error \[0[0-9A-Z]{4}\]"),
    over=("pgjdbc",),
    signs=(
        sign(
            r"Invalid Client Certificate",
            likely("client-certificate-required", "DBeaver could not use the client certificate that it was given."),
            possible("root-file-format", "Its key may be in another form than DBeaver reads."),
        ),
    ),
    fixes={
        **FIXES,
        "tls-required": ("Edit Connection, SSL: tick 'Use SSL', SSL mode verify-full, and CA Certificate ROOTS.",),
        **dict.fromkeys(
            ("unknown-issuer", "root-store-outdated", "root-file-missing", "jdbc-sslfactory"),
            (
                "Edit Connection, SSL: CA Certificate ROOTS, and SSL mode verify-full; the SSL factory left empty.",
                "In CloudBeaver paste the certificate's text, not its path.",
            ),
        ),
        "root-file-format": (
            "Edit Connection, SSL: CA and client certificate in PEM, the private key as PKCS#8 in DER:",
            "openssl pkcs8 -topk8 -inform PEM -outform DER -in client.key -out client.pk8 -nocrypt",
        ),
        "cipher-mismatch": (
            "Update DBeaver, and the PostgreSQL driver in it (Database, Driver Manager, Download/Update).",
            "dbeaver.ini: -vm names the Java that is used; one with jdk.crypto.ec knows the curves.",
        ),
        "gssenc-interference": ("Edit Connection, Driver properties: gssEncMode = disable.",),
    },
    aliases=("cloudbeaver",),
)

DATAGRIP = Client(
    "datagrip",
    "DataGrip and the other IDEs of JetBrains",
    marks=(r"\bDataGrip\b", r"com\.intellij\.", r"^\[08\d{3}\]"),
    over=("pgjdbc",),
    fixes={
        **FIXES,
        "tls-required": ("Data source, SSH/SSL: tick 'Use SSL', Mode Verify-Full, CA file ROOTS.",),
        **dict.fromkeys(
            ("unknown-issuer", "root-store-outdated", "root-file-missing", "jdbc-sslfactory"),
            ("Data source, SSH/SSL: Mode Verify-Full, CA file ROOTS.",),
        ),
        "gssenc-interference": ("Data source, Advanced: gssEncMode = disable.",),
    },
)

DEBEZIUM = Client(
    "debezium",
    "Debezium and Kafka Connect",
    marks=(r"io\.debezium\.", r"DebeziumException", r"org\.apache\.kafka\.connect\."),
    over=("pgjdbc",),
    fixes={
        **FIXES,
        "tls-required": ('"database.sslmode": "verify-full", "database.sslrootcert": "ROOTS"',),
        **dict.fromkeys(
            ("unknown-issuer", "root-store-outdated", "root-file-missing", "jdbc-sslfactory"),
            (
                '"database.sslmode": "verify-full", "database.sslrootcert": "ROOTS" (a path on the workers)',
                "Kafka Connect's JDBC connector takes both in connection.url: ?sslmode=verify-full&sslrootcert=ROOTS",
            ),
        ),
        "client-certificate-required": (
            '"database.sslcert": "client.crt", "database.sslkey": "client.pk8" (PKCS#8 in DER)',
        ),
        "gssenc-interference": ('"driver.gssEncMode": "disable"',),
    },
    aliases=("kafka-connect",),
)

SONARQUBE = Client(
    "sonarqube",
    "SonarQube",
    marks=(r"\bsonar\.jdbc\b", r"\borg\.sonar\.", r"Fail to connect to database"),
    over=("pgjdbc",),
    signs=(
        sign(
            r"Can not connect to database\. Please check connectivity and settings",
            possible("tcp-refused", "The server may be down or elsewhere: web.log has pgjdbc's own error below this."),
            possible("tls-required", "sonar.jdbc.url may lack the TLS that the server demands."),
            possible("gssenc-interference", "Azure's retired single server hangs up on GSSAPI encryption."),
            possible("password-rejected", "sonar.jdbc.username or sonar.jdbc.password may be wrong."),
            possible("tcp-timeout", "A firewall may drop the packets."),
        ),
    ),
    fixes={
        **FIXES,
        **dict.fromkeys(
            ("tls-required", "unknown-issuer", "root-store-outdated", "root-file-missing", "jdbc-sslfactory"),
            (f"sonar.properties: sonar.jdbc.url={_ADDRESS}?sslmode=verify-full&sslrootcert=ROOTS",),
        ),
        "gssenc-interference": (f"sonar.properties: sonar.jdbc.url={_ADDRESS}?gssEncMode=disable",),
    },
)

KEYCLOAK = Client(
    "keycloak",
    "Keycloak and Quarkus",
    marks=(r"org\.keycloak\.", r"KC-SERVICES", r"\bKC_DB_", r"io\.agroal\.", r"io\.quarkus\."),
    over=("pgjdbc",),
    fixes={
        **FIXES,
        **dict.fromkeys(
            ("tls-required", "unknown-issuer", "root-store-outdated", "root-file-missing", "jdbc-sslfactory"),
            (
                "Keycloak: KC_DB_URL_PROPERTIES='?sslmode=verify-full&sslrootcert=ROOTS', with the file in the image.",
                f"Quarkus: quarkus.datasource.jdbc.url={_ADDRESS}?sslmode=verify-full&sslrootcert=ROOTS",
            ),
        ),
        "weak-signature": (
            "The image's system-wide rules (RHEL 9) refuse SHA-1: have the server stop sending its SHA-1 root.",
            "java -Djava.security.debug=certpath (JAVA_OPTS_APPEND) shows which certificate it is.",
        ),
        "gssenc-interference": ("Keycloak: KC_DB_URL_PROPERTIES='?gssEncMode=disable'.",),
        "pool-timeout": (
            (
                "quarkus.datasource.jdbc.acquisition-timeout and max-size (Keycloak: KC_DB_POOL_MAX_SIZE) below the "
                "server's max_connections; azpg-tls probe HOST --port PORT shows whether it answers."
            ),
        ),
    },
    aliases=("quarkus",),
)
