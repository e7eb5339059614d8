"""Pages of settings that the client did not get, did not understand, or has no room for."""

from __future__ import annotations

from azpg_tls.page import Page

SETTINGS: dict[str, Page] = {
    "tls-required": Page("""\
The server demands TLS, and the client connected without it.

The server read a StartupMessage in the clear and refused it. Azure answers so while require_secure_transport is on,
in the words of a missing pg_hba.conf entry that end in "no encryption" (PostgreSQL 14 and later) or "SSL off".

Why it happens:
- the client was not told to use TLS: sslmode=disable, or the driver's own switch for it is off;
- the driver does not know the setting that was given, and took no notice of it;
- libpq's sslmode=prefer tried again in the clear after TLS had failed: then the first line holds the cause.

Fix:
- ask for TLS in the client's own words, and have it verify the server: sslmode=verify-full in libpq;
- if two lines are shown, put right what the first one says.

See for yourself:
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   # connects, where sslmode=disable is refused

Sources: https://learn.microsoft.com/azure/postgresql/security/security-tls;
    https://www.postgresql.org/docs/current/libpq-ssl.html"""),
    "sslmode-invalid": Page("""\
The client does not know the TLS setting that it was given, or cannot use it so.

The client stopped before it sent anything. libpq knows disable, allow, prefer, require, verify-ca and verify-full;
each other driver knows a part of these, or has words of its own.

Why it happens:
- a value that no driver knows: verify-all (which Microsoft's pages have shown), verify, true, enable;
- a value that libpq knows and this driver or version does not, such as prefer, allow or verify-ca;
- an option that is newer than the driver's libpq: sslnegotiation needs libpq 17, sslrootcert=system libpq 16;
- the driver wants a second setting beside it: a root file, or the algorithm that checks the host name;
- a URL was put together wrongly, and its options became part of the database's name.

Fix:
- libpq and drivers built on it: sslmode=verify-full sslrootcert=ROOTS;
- pgx and lib/pq take sslmode=verify-full and sslrootcert in the URL, pgjdbc as parameters after the question mark;
- Npgsql: SSL Mode=VerifyFull;Root Certificate=ROOTS;
- node-postgres: the object ssl: { ca: fs.readFileSync("ROOTS", "utf8") }, and no sslmode in the URL;
- begin the options of a URL with one "?" and part them with "&"; percent-encode the values.

See for yourself:
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"

Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLMODE;
    https://www.npgsql.org/doc/security.html; https://jdbc.postgresql.org/documentation/ssl/"""),
    "client-without-tls": Page("""\
The client was built without TLS.

It was asked for TLS and has no code for it, or it has none and connected in the clear to a server that demands TLS.

Why it happens:
- libpq was built without OpenSSL: sslmode=require is refused, and sslmode=prefer sends plaintext;
- a Rust crate has TLS as a feature that was left out: sqlx without tls-rustls or tls-native-tls, tokio-postgres with
  NoTls;
- another libpq is loaded than the one that was installed: an older one beside the program, or in LD_LIBRARY_PATH.

Fix:
- take the packages of the distribution or of postgresql.org, which have TLS, or build with --with-ssl=openssl;
- sqlx: add the feature tls-rustls (or tls-native-tls) beside the runtime's to Cargo.toml;
- tokio-postgres: give connect() a connector of postgres-native-tls or tokio-postgres-rustls in place of NoTls;
- Python: psycopg[binary] brings a libpq with OpenSSL.

See for yourself:
    psql "host=NAME sslmode=require"   # sslmode value "require" invalid when SSL support is not compiled in
    ldd "$(ldconfig -p | awk '/libpq\\.so\\.5/ {print $NF; exit}')" | grep libssl

Sources: https://www.postgresql.org/docs/current/install-make.html;
    https://docs.rs/sqlx/latest/sqlx/#tls-support; https://docs.rs/tokio-postgres"""),
    "gssenc-interference": Page("""\
The client asked for GSSAPI encryption first, and the other side did not understand.

Since libpq 12 and pgjdbc 42.2.15 a client that holds a Kerberos ticket, or may, begins with a GSSENCRequest in place
of the SSLRequest. A server answers G or N. A pooler, proxy or gateway that does not know the request closes the
connection or answers with an error.

Why it happens:
- a pooler or proxy is in front that knows the SSLRequest only;
- the server is older than PostgreSQL 12, or a database that only speaks its protocol;
- this machine belongs to a Kerberos or Active Directory domain, so that the driver finds a ticket where others do
  not.

Fix:
- libpq: gssencmode=disable, or PGGSSENCMODE=disable;
- pgjdbc: gssEncMode=disable;
- Npgsql 10 and later: GSS Encryption Mode=Disable.

See for yourself:
    klist   # a ticket is there
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS gssencmode=disable"   # connects

Sources: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-GSSENCMODE;
    https://github.com/pgjdbc/pgjdbc/issues/1868"""),
    "jdbc-sslfactory": Page("""\
The Java driver takes its roots from another place than they were put.

pgjdbc does not use the JVM's trust store by default. Its LibPQFactory reads sslrootcert, or ~/.postgresql/root.crt
(Windows: %APPDATA%\\postgresql\\root.crt). What keytool put into cacerts, or javax.net.ssl.trustStore names, counts
only with sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory.

Why it happens:
- since 42.2.5, ssl=true without sslmode means verify-full, with the root file of libpq;
- the roots were imported into cacerts, and no sslfactory was named;
- an sslfactory was named whose class is not there or is no longer part of the driver.

Fix:
- with a file: sslmode=verify-full&sslrootcert=ROOTS;
- with the JVM's trust store: sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory;
- leave NonValidatingFactory out: it accepts every certificate.

See for yourself:
    keytool -list -cacerts -storepass changeit | grep -i digicertglobalrootg2

Sources: https://jdbc.postgresql.org/documentation/ssl/; https://github.com/pgjdbc/pgjdbc/issues/1307"""),
    "single-server-username-format": Page("""\
The user name has, or lacks, the server's name that Azure's single server wanted.

The gateway of Azure Database for PostgreSQL single server found the server by the user name, user@servername. A
flexible server takes the plain name; user@servername is another role there, which does not exist.

Why it happens:
- a connection string of a single server is used for a flexible server, or the other way round;
- in a URL, the @ of the name was not written as %40, or was encoded twice;
- a pooler or chart cut the name at its @.

Fix:
- flexible server: the name without @servername;
- single server, and gateways that still ask for it: USER@SERVERNAME; in a URL USER%40SERVERNAME;
- a guest of Entra ID has an @ in the name for other reasons (name_domain#EXT#@tenant): keep that one.

See for yourself:
    psql "host=NAME user=USER dbname=postgres sslmode=verify-full sslrootcert=ROOTS"

Sources: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-servers;
    https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users"""),
}
