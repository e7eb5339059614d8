"""What PostgreSQL says in other languages than English (lc_messages of the server), beside SQLSTATE and pg_hba.conf.

The words of PostgreSQL's own translations: src/backend/po of PostgreSQL 9.6 to 18, German, French, Spanish, Italian,
Portuguese, Russian, Ukrainian, Polish, Swedish, Turkish, Japanese, Korean, Chinese; quotes as `transcript` leaves them.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import Meaning, Sign, likely, possible, sign
from azpg_tls.clues import maybe_on_azure

_PASSWORD = (
    likely("password-rejected", "The server says that the password was not the right one."),
    possible(
        "entra-wrong-username", "With a token: the user name must be that of the Entra ID principal.", maybe_on_azure
    ),
    possible("single-server-username-format", "Azure's retired single server wanted user@server.", maybe_on_azure),
)
_OTHER_METHOD = (likely("password-rejected", "The server's method of proving who the user is did not succeed."),)
_CERTIFICATE = (
    likely("client-certificate-required", "A rule of pg_hba.conf demands a client certificate that the server trusts."),
)
_FULL = (likely("too-many-connections", "Every connection that the server, role or database allows is in use."),)
_NOT_READY = (likely("server-not-ready", "The server is starting, stopping or recovering."),)
_ROLE = (likely("role-missing", "The server has no such role."),)
_DATABASE = (likely("database-missing", "The server has no such database."),)
_BINDING = (likely("channel-binding-mismatch", "The client and the server saw different certificates."),)

_WORDS: tuple[tuple[tuple[Meaning, ...], tuple[str, ...]], ...] = (
    (
        _PASSWORD,
        (
            r"Passwort-Authentifizierung für Benutzer",
            r"authentification par mot de passe échouée",
            r"autentificación password falló",
            r"autenticazione con password fallita",
            r"autenticação do tipo (?:password|senha) falhou",
            r"не прошёл проверку подлинности \(по паролю\)",
            r"не пройшов автентифікацію за допомогою пароля",
            r"autoryzacja hasłem nie powiodła się",
            r"Lösenordsautentisering misslyckades",
            r"のパスワード認証に失敗しました",
            r"의 password 인증을 실패했습니다",
            r"Password 认证失败",
        ),
    ),
    (
        _OTHER_METHOD,
        (
            r"(?:Ident|Peer|PAM|LDAP|GSSAPI|RADIUS|SSPI)-Authentifizierung für Benutzer",
            r"authentification (?:Ident|peer|PAM|LDAP|GSSAPI|RADIUS|SSPI) échouée",
            r"autentificación (?:Ident|Peer|PAM|LDAP|GSSAPI|RADIUS|SSPI) falló",
            r"autenticazione (?:Ident|Peer|PAM|LDAP|GSSAPI|RADIUS|SSPI) fallita",
            r"autenticação do tipo (?:Ident|peer|PAM|LDAP|GSSAPI|RADIUS|SSPI) falhou",
            r"не прошёл проверку подлинности \((?:Ident|Peer|PAM|LDAP|GSSAPI|RADIUS|SSPI)\)",
            r"Client gab leeres Passwort zurück",
            r"mot de passe vide renvoyé par le client",
            r"el cliente retornó una contraseña vacía",
            r"senha vazia retornada pelo cliente",
            r"клиент возвратил пустой пароль",
            r"クライアントから空のパスワードが返されました",
            r"客户端返回了空口令",
        ),
    ),
    (
        _CERTIFICATE,
        (
            r"erfordert ein gültiges Client-Zertifikat",
            r"requiert un certificat client valide",
            r"requiere un certificado de cliente válido",
            r"richiede un certificato valido per il client",
            r"requer um certificado cliente válido",
            r"требуется годный сертификат клиента",
            r"потребує припустимий сертифікат клієнта",
            r"wymaga poprawnego certyfikatu klienta",
            r"kräver ett giltigt klientcertifikat",
            r"有効なクライアント証明が必要です",
            r"유효한 클라이언트 인증서가 필요",
            r"需要一个有效的客户端认证",
            r"Zertifikatauthentifizierung für Benutzer",
            r"authentification par le certificat échouée",
            r"autentificación por certificado falló",
        ),
    ),
    (
        _FULL,
        (
            r"schon zu viele Verbindungen",
            r"Superuser auf Nicht-Replikationsverbindungen reserviert",
            r"trop de clients sont déjà connectés",
            r"emplacements de connexions restants sont réservés",
            r"ya tenemos demasiados clientes",
            r"conexiones restantes están reservadas",
            r"troppi client già connessi",
            r"muitos clientes conectados",
            r"уже слишком много клиентов",
            r"оставшиеся слоты подключений зарезервированы",
            r"вже забагато клієнтів",
            r"för många klienter",
            r"istemci say\w{2,3} çok fazla",
            r"クライアント数が多すぎます",
            r"残りの接続スロットは",
            r"최대 동시 접속자 수를 초과했습니다",
            r"已经有太多的客户",
            r"已保留的连接位置为",
        ),
    ),
    (
        _NOT_READY,
        (
            r"das Datenbanksystem (?:startet|fährt herunter|ist im Wiederherstellungsmodus|nimmt noch keine)",
            r"le système de bases? de données (?:se lance|s'arrête|est en cours de restauration|n'accepte pas)",
            r"el sistema de bases? de datos (?:está iniciándose|está apagándose|está en modo|aún no está)",
            r"il database (?:si sta avviando|si sta spegnendo|è in modalità di ripristino)",
            r"o sistema de banco de dados está (?:iniciando|desligando|em modo de recuperação)",
            r"система баз данных (?:запускается|останавливается|в режиме восстановления)",
            r"databassystemet (?:startar upp|stänger ner|är återställningsläge|tar ännu inte)",
            r"データベースシステムは(?:起動処理中|シャットダウン|リカバリモード|まだ接続)",
            r"데이터베이스 시스템이 (?:새로 가동 중|중지 중|자동 복구 작업 중)",
            r"数据库系统(?:启动中|停止中|在恢复模式中)",
        ),
    ),
    (
        _ROLE,
        (
            r'Rolle "[^"]{1,80}" existiert nicht',
            r'le rôle "[^"]{1,80}" n\'existe pas',
            r'no existe el rol "',
            r'il ruolo "[^"]{1,80}" non esiste',
            r'role "[^"]{1,80}" não existe',
            r'роль "[^"]{1,80}" не существует',
            r'роль "[^"]{1,80}" не існує',
            r'rola "[^"]{1,80}" nie istnieje',
            r'rollen "[^"]{1,80}" (?:finns inte|existerar inte)',
            r'ロール"[^"]{1,80}"は存在しません',
            r'"[^"]{1,80}" 롤\(role\) 없음',
            r'角色 ?"[^"]{1,80}" 不存在',
        ),
    ),
    (
        _DATABASE,
        (
            r'Datenbank "[^"]{1,80}" existiert nicht',
            r'la base de données "[^"]{1,80}" n\'existe pas',
            r'no existe la base de datos "',
            r'il database "[^"]{1,80}" non esiste',
            r'banco de dados "[^"]{1,80}" não existe',
            r'база данных "[^"]{1,80}" не существует',
            r'бази даних "[^"]{1,80}" не існує',
            r'baza danych "[^"]{1,80}" nie istnieje',
            r'databasen "[^"]{1,80}" (?:finns inte|existerar inte)',
            r'データベース"[^"]{1,80}"は存在しません',
            r'"[^"]{1,80}" 데이터베이스 없음',
            r'数据库 ?"[^"]{1,80}" 不存在',
        ),
    ),
    (
        _BINDING,
        (
            r"SCRAM-Channel-Binding-Prüfung fehlgeschlagen",
            r"vérification du channel-binding SCRAM a échoué",
            r"enlazado \(binding\) de canal SCRAM falló",
            r"проверки связывания каналов SCRAM",
            r"SCRAM ?チャネルバインディング",
            r"SCRAM ?通道绑定检查失败",
        ),
    ),
)


def _signs() -> tuple[Sign, ...]:
    return tuple(sign(words, *meanings) for meanings, languages in _WORDS for words in languages)


TRANSLATED = Client("server-translated", "the server, in another language", signs=_signs())
