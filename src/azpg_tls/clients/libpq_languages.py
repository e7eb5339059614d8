"""libpq's own words in other languages, for what its users meet most: src/interfaces/libpq/po of PostgreSQL 9.6 to 18.

OpenSSL's reasons, option names and file names are not translated, and found by themselves. Quotes are plain here, as
`transcript.clean` makes them.
"""

from __future__ import annotations

from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import Meaning, Sign, certain, likely, possible, sign

_NO_FILE = (likely("root-file-missing", "The settings ask for verification, and the root file is not there."),)
_NO_TLS = (certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),)
# Without libpq's "but SSL was required" it may be another driver's, or a plain remark.
_NO_TLS_CUT = (likely(_NO_TLS[0].code, _NO_TLS[0].why),)
_NAME = (likely("hostname-mismatch", "The certificate is for other names than the one connected to."),)
_HOST = (
    likely("dns-failure", "The resolver of the machine that runs the client has no address for the server's name."),
    possible("private-dns-zone", "A server with private access is known in its private DNS zone alone."),
)
_REPLY = (
    likely("not-postgres", "What answered the SSLRequest is no PostgreSQL."),
    possible("tls-not-offered", "A pooler or proxy may not know the SSLRequest."),
)

_SAID: tuple[tuple[tuple[Meaning, ...], tuple[str, ...]], ...] = (
    (
        _NO_FILE,
        (
            r"Root-Zertifikat-Datei \"[^\"]{1,250}\" existiert nicht",
            r"fichier de certificat racine \"[^\"]{1,250}\" n'existe pas",
            r"archivo de certificado raíz \"[^\"]{1,250}\" no existe",
            r"il file \"[^\"]{1,250}\" del certificato radice non esiste",
            r"файл корневых сертификатов \"[^\"]{1,250}\" не существует",
            r"根(?:认证|证书)文件\s?\"[^\"]{1,250}\"\s?不存在",
            r"ルート証明書ファイル\"[^\"]{1,250}\"が存在しません",
            r"루트 인증서 파일 \"[^\"]{1,250}\"",
        ),
    ),
    (
        _NO_TLS,
        (
            r"Server unterstützt kein SSL, aber SSL wurde verlangt",
            r"le serveur ne supporte pas SSL alors que SSL",
            r"el servidor no soporta SSL, pero SSL",
            r"il server non supporta SSL, ma SSL",
            r"затребовано подключение через SSL, но сервер не поддерживает SSL",
            r"서버가 SSL 기능을 지원하지 않는데",
        ),
    ),
    (_NO_TLS_CUT, (r"服务器不支持 ?SSL", r"サーバーはSSLをサポートしていません")),
    (
        _NAME,
        (
            r"Server-Zertifikat für \"[^\"]{1,250}\".{0,60}? stimmt nicht mit dem Hostnamen",
            r"certificat serveur pour \" ?[^\"]{1,250}\".{0,60}? ne correspond pas au nom d'hôte",
            r"certificado de servidor para \"[^\"]{1,250}\".{0,60}? no coincide con el nombre",
            r"il certificato per il server \"[^\"]{1,250}\".{0,60}? non combacia col nome host",
            r"серверный сертификат для \"[^\"]{1,250}\".{0,60}? не соответствует имени сервера",
            r"的服务器证书与主机名不匹配",
            r"のサーバー証明書がホスト名\"[^\"]{1,250}\"とマッチしません",
        ),
    ),
    (
        _HOST,
        (
            r"konnte Hostnamen \"[^\"]{0,250}\" nicht in Adresse übersetzen",
            r"n'a pas pu traduire le nom d'hôte",
            r"no se pudo traducir el nombre \"[^\"]{0,250}\" a una dirección",
            r"conversione del nome host \"[^\"]{0,250}\" in indirizzo fallita",
            r"преобразовать имя \"[^\"]{0,250}\" в адрес не удалось",
            r"无法(?:解释|翻译)主机名",
            r"をアドレスに変換できませんでした",
        ),
    ),
    (
        CLOSED,
        (
            r"SSL-Verbindung wurde unerwartet geschlossen",
            r"la connexion SSL a été fermée de façon inattendue",
            r"la conexión SSL se ha cerrado inesperadamente",
            r"la connessione SSL è stata chiusa inaspettatamente",
            r"SSL-соединение было неожиданно закрыто",
            r"SSL连接异常关闭",
            r"SSL接続が(?:意図せずに|予期せず)クローズされました",
            r"SSL-SYSCALL-Fehler",
            r"erreur SYSCALL SSL",
            r"ERROR en llamada SSL",
            r"errore SSL SYSCALL",
            r"ошибка SSL SYSCALL",
            r"SSL SYSCALL ?(?:错误|エラー)",
            r"Server beendete die Verbindung unerwartet",
            r"la connexion au serveur a été coupée",
            r"el servidor ha cerrado la conexión inesperadamente",
            r"il server ha chiuso la connessione inaspettatamente",
            r"сервер неожиданно закрыл соединение",
            r"服务器意外地关闭了联接",
        ),
    ),
    (
        _REPLY,
        (
            r"ungültige Antwort auf SSL-Verhandlungspaket",
            r"réponse invalide à la négociation SSL",
            r"respuesta no válida en la negociación SSL",
            r"risposta errata alla negoziazione SSL",
            r"неверный ответ при согласовании SSL",
            r"收到对 SSL ?(?:握手|协商)的无效响应",
            r"SSLネゴシエーションに対して不正な応答",
        ),
    ),
)

LANGUAGES: tuple[Sign, ...] = tuple(sign(text, *meanings) for meanings, texts in _SAID for text in texts)
