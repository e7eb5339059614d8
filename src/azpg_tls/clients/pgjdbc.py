"""pgjdbc, the JDBC driver of PostgreSQL, and what it prints in other languages.

Sources: org.postgresql.core.v3.ConnectionFactoryImpl, AuthenticationPluginManager and ScramAuthenticator,
org.postgresql.Driver and org.postgresql.translation of 9.4 to 42.7.13. Where only the class of an exception reaches the
user, the frames of its stack say how far the driver came.
"""

from __future__ import annotations

from azpg_tls.clients import loopback, pgjdbc_rest, pgjdbc_ssl, pgjdbc_url
from azpg_tls.clients.client import Client
from azpg_tls.clients.java import CLOSED
from azpg_tls.clients.pgjdbc_fixes import FIXES
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
_REFUSED = (
    loopback.refused(
        "Name the server's host in the URL: jdbc:postgresql://SERVER:5432/DATABASE; without it: localhost."
    ),
    likely("tcp-refused", "The machine answered that nothing listens on that port, or a firewall refuses."),
    possible("tcp-timeout", "pgjdbc says refused of each ConnectException; the cause below says which."),
)
_NO_PASSWORD = (
    likely("password-rejected", "The server asks for a password or token, and the driver got none to send."),
    possible(
        "entra-token-malformed",
        "With Entra ID: authenticationPluginClassName is not set on this data source, or brought no token.",
        on_azure,
    ),
)
_BINDING = (
    likely("channel-binding-mismatch", "channelBinding=require, and this connection cannot be bound to the login."),
)

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
        sign(r"The connection attempt failed(?!\. The )", *_FAILED),
        # The words of Java's UnknownHostException are the name alone; tools show the chain's words without its classes.
        sign(
            r"The connection attempt failed\.? (?P<host>[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})$",
            likely("dns-failure", "The last line is a name alone, as of an UnknownHostException: {host} is not known."),
            possible("private-dns-zone", "A server with private access is known in its own network alone.", on_azure),
        ),
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
        *pgjdbc_ssl.SIGNS,
        *pgjdbc_url.SIGNS,
        *pgjdbc_rest.SIGNS,
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
        sign(r"Connection to \S{1,300}:\d{1,5} refused", *_REFUSED),
        sign(
            r"Connection to \S{1,300} refused\. Check that .{0,4000}?timed out",
            likely("tcp-timeout", "No answer came: a firewall drops the packets. pgjdbc calls that refused too."),
        ),
        sign(r"postmaster принимает TCP/IP", *_REFUSED),
        sign(r"postmaster がTCP/IP接続を受け付けている", *_REFUSED),
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
