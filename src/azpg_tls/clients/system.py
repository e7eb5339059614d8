"""What operating systems say of names, addresses and sockets, in the words and numbers that every client passes on.

Windows translates its texts; the number survives (WSAECONNREFUSED is 10061, 0x274D). Sources: errno(3), getaddrinfo(3),
gai_strerror of glibc, musl, macOS and FreeBSD; learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2;
glibc's po/ for the translated words.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign
from azpg_tls.clues import Clues, maybe_on_azure, on_azure


def _elsewhere(said: Clues) -> bool:
    return not on_azure(said)


_PRIVATE = (
    likely(
        "private-dns-zone",
        "A server with private access is known in its network's private DNS zone alone: link the zone to the "
        "client's network, or let the client ask Azure's DNS.",
        on_azure,
    ),
)
_NO_ADDRESS = "The resolver of the machine that runs the client has no address for the server's name."
_UNKNOWN = (
    *_PRIVATE,
    likely("dns-failure", _NO_ADDRESS),
    possible(
        "private-dns-zone",
        "The server may have private access only: then its name is known in its network's private DNS zone alone.",
        lambda said: maybe_on_azure(said) and _elsewhere(said),
    ),
)
_NO_ANSWER = (
    likely("dns-failure", "The machine that runs the client got no answer from its resolver."),
    possible("private-dns-zone", "The resolver asked may not know the private DNS zone of the server.", maybe_on_azure),
)
_REFUSED = (
    loopback.refused(loopback.without_host("in the client's settings or its environment")),
    likely("tcp-refused", "The machine answered, and nothing listens on that port: no server, or a firewall refuses."),
)
_TIMEOUT = (
    likely("tcp-timeout", "No answer came to what was sent: a firewall drops it, or the route is missing."),
    possible("handshake-timeout", "The connection may have been open, and the other side silent."),
    possible(
        "private-dns-zone", "The name may lead to the public address of a server with private access.", maybe_on_azure
    ),
)
_CLOSED = (
    likely("handshake-closed", "The other side, or a firewall between, ended the connection without a word."),
    likely("closed-before-tls", "The connection may have been ended before TLS began, by a firewall or pooler."),
    possible("closed-after-tls", "It may have been ended later, such as an idle connection of a pool."),
)
_UNREACHABLE = (
    likely("tcp-unreachable", "There is no route to the server's address from this machine."),
    possible(
        "tcp-timeout",
        "A firewall may answer so in place of silence.",
    ),
)
_FORBIDDEN = (
    likely("tcp-refused", "The client's own machine forbids it: SELinux, a sandbox, a network policy, a firewall."),
    likely("tcp-unreachable", "A route may forbid it: in a container, mostly one for IPv6."),
)
_LOCAL = (
    likely("tcp-unreachable", "This machine has no address or port of its own to connect from."),
    possible(
        "tcp-refused",
        "It may have run out of local ports by opening connections too fast.",
    ),
)

SYSTEM = Client(
    "system",
    "the operating system",
    signs=(
        # names
        sign(
            r"no matches found: [^ ]{0,300}\?[^ ]{0,200}ssl",
            likely("sslmode-invalid", "The shell took the URL's ? for a pattern (zsh): put the URL in quotes."),
        ),
        sign(r"Name or service not known", *_UNKNOWN),
        sign(r"nodename nor servname provided", *_UNKNOWN),
        sign(r"Name (?:does not|doesn't) resolve", *_UNKNOWN),
        sign(r"hostname nor servname provided", *_UNKNOWN),
        sign(r"No such host is known", *_UNKNOWN),
        sign(r"Unknown (?:server )?host\b(?!-)", *_UNKNOWN),
        sign(r"No address associated with (?:host)?name", *_UNKNOWN),
        sign(r"failed to lookup address information", *_UNKNOWN),
        sign(r"could not translate host name", *_UNKNOWN),
        sign(r"no data of the requested type was found", *_UNKNOWN),
        sign(r"getaddrinfo (?:ENOTFOUND|failed|error)", *_UNKNOWN),
        sign(r"\bENOTFOUND\b(?!\) tenant)", *_UNKNOWN),
        sign(r"\bERR_NAME_NOT_RESOLVED\b", *_UNKNOWN),
        sign(r"\bNXDOMAIN\b", *_UNKNOWN),
        sign(r"\bUnknownHostException\b", *_UNKNOWN),
        sign(r"(?<![\d.:])1100[14](?![\d.])", *_UNKNOWN),
        sign(r"0x00002AF9", *_UNKNOWN),
        sign(r"0x00002AFC", *_UNKNOWN),
        sign(r"\bWSAHOST_NOT_FOUND\b", *_UNKNOWN),
        sign(r"Name oder Dienst nicht bekannt", *_UNKNOWN),
        sign(r"Nom ou service inconnu", *_UNKNOWN),
        sign(r"Nombre o servicio desconocido", *_UNKNOWN),
        sign(r"Nome o servizio sconosciuto", *_UNKNOWN),
        sign(r"Nome ou serviço desconhecido", *_UNKNOWN),
        sign(r"Hôte inconnu", *_UNKNOWN),
        sign(r"Der angegebene Host ist unbekannt", *_UNKNOWN),
        sign(r"Host desconocido", *_UNKNOWN),
        sign(r"Este host não é conhecido", *_UNKNOWN),
        sign(r"不知道这样的主机", *_UNKNOWN),
        sign(r"そのようなホストは不明です", *_UNKNOWN),
        sign(r"Temporary failure in name resolution", *_NO_ANSWER),
        sign(r"\bEAI_AGAIN\b", *_NO_ANSWER),
        sign(r"(?:name|hostname|DNS) resolution (?:failed|timed out|timeout)", *_NO_ANSWER),
        sign(r"\b11002(?= |\)|$|:)", *_NO_ANSWER),
        sign(r"Temporärer Fehler bei der Namensauflösung", *_NO_ANSWER),
        sign(r"Échec temporaire dans la résolution du nom", *_NO_ANSWER),
        sign(r"to address: Try again", *_NO_ANSWER),
        sign(r"Non-recoverable failure in name resolution", *_NO_ANSWER),
        # connections: numbers of Linux, of macOS and the BSDs
        sign(r"\bErrno 111\b", *_REFUSED),
        sign(r"\bErrno 61\b", *_REFUSED),
        sign(r"\bErrno 110\b", *_TIMEOUT),
        sign(r"\bErrno 60\b", *_TIMEOUT),
        sign(r"\bErrno 113\b", *_UNREACHABLE),
        sign(r"\bErrno 65\b", *_UNREACHABLE),
        sign(r"\bErrno 101\b", *_UNREACHABLE),
        sign(r"\bErrno 51\b", *_UNREACHABLE),
        sign(r"\bErrno 104\b", *_CLOSED),
        sign(r"\bErrno 54\b", *_CLOSED),
        sign(r"\bErrno 32\b", *_CLOSED),
        sign(r"\bos error 111\b", *_REFUSED),
        sign(r"\bos error 110\b", *_TIMEOUT),
        sign(r"\bos error 113\b", *_UNREACHABLE),
        sign(r"\bos error 101\b", *_UNREACHABLE),
        sign(r"\bos error 104\b", *_CLOSED),
        sign(r"\bos error 32\b", *_CLOSED),
        sign(r"Connection refused", *_REFUSED),
        sign(r"\bECONNREFUSED\b", *_REFUSED),
        sign(r"(?<!DB::)\bConnectionRefused(?:Error)?\b", *_REFUSED),
        sign(r"actively refused", *_REFUSED),
        sign(r"0x0000274D", *_REFUSED),
        sign(r"(?<![\d.:])10061(?![\d.])", *_REFUSED),
        sign(r"\bWSAECONNREFUSED\b", *_REFUSED),
        sign(r"Verbindungsaufbau abgelehnt", *_REFUSED),
        sign(r"Connexion refusée", *_REFUSED),
        sign(r"Conexión rehusada", *_REFUSED),
        sign(r"Conexão recusada", *_REFUSED),
        sign(r"Connessione rifiutata", *_REFUSED),
        sign(r"соединении отказано", *_REFUSED),
        sign(r"拒绝连接", *_REFUSED),
        sign(r"接続を拒否されました", *_REFUSED),
        sign(r"Connection timed out", *_TIMEOUT),
        sign(r"Operation timed out", *_TIMEOUT),
        sign(r"connect(?:ion)? (?:attempt )?(?:timed out|timeout(?! ?(?:of |[=:] ?)?\d))", *_TIMEOUT),
        sign(r"\bETIMEDOUT\b", *_TIMEOUT),
        sign(r"did not properly respond after a period of time", *_TIMEOUT),
        sign(r"0x0000274C", *_TIMEOUT),
        sign(r"(?<![\d.:])10060(?![\d.])", *_TIMEOUT),
        sign(r"\bWSAETIMEDOUT\b", *_TIMEOUT),
        sign(r"semaphore timeout period has expired", *_TIMEOUT),
        sign(r"Die Wartezeit für die Verbindung ist abgelaufen", *_TIMEOUT),
        sign(r"Connexion terminée par expiration du délai d'attente", *_TIMEOUT),
        sign(r"Expiró el tiempo de conexión", *_TIMEOUT),
        sign(r"Tempo esgotado para conexão", *_TIMEOUT),
        sign(r"Время ожидания соединения истекло", *_TIMEOUT),
        sign(r"连接超时", *_TIMEOUT),
        sign(r"接続がタイムアウトしました", *_TIMEOUT),
        sign(r"No route to host", *_UNREACHABLE),
        sign(r"\bEHOSTUNREACH\b", *_UNREACHABLE),
        sign(r"Host is (?:down|unreachable)", *_UNREACHABLE),
        sign(r"\bEHOSTDOWN\b", *_UNREACHABLE),
        sign(r"Network is (?:unreachable|down)", *_UNREACHABLE),
        sign(r"\bENETUNREACH\b", *_UNREACHABLE),
        sign(r"unreachable (?:host|network)", *_UNREACHABLE),
        sign(r"(?<![\d.:])1006[45](?![\d.])", *_UNREACHABLE),
        sign(r"(?<![\d.:])10051(?![\d.])", *_UNREACHABLE),
        sign(r"0x0000275[01]", *_UNREACHABLE),
        sign(r"0x00002743", *_UNREACHABLE),
        sign(r"Keine Route zum Zielrechner", *_UNREACHABLE),
        sign(r"Aucun chemin d'accès pour atteindre l'hôte cible", *_UNREACHABLE),
        sign(r"Cannot assign requested address", *_LOCAL),
        sign(r"Can't assign requested address", *_LOCAL),
        sign(r"\bEADDRNOTAVAIL\b", *_LOCAL),
        sign(r"Address family (?:not supported by protocol|for hostname not supported)", *_LOCAL),
        sign(
            r"An attempt was made to access a socket in a way forbidden",
            likely("tcp-refused", "A firewall or security product on this machine forbids the connection."),
            possible("tcp-unreachable", "The machine may have run out of local ports."),
        ),
        sign(
            r"(?<![\d.:])10013(?![\d.])",
            likely("tcp-refused", "A firewall or security product on this machine forbids the connection."),
        ),
        sign(r"connect: (?:permission denied|operation not permitted)", *_FORBIDDEN),
        sign(r"connect E(?:ACCES|PERM)\b", *_FORBIDDEN),
        sign(r"(?:Socket|Connect)Exception: (?:Permission denied|Operation not permitted)", *_FORBIDDEN),
        sign(r"Errno 13\] Connect call failed", *_FORBIDDEN),
        sign(
            r"Too many open files",
            likely("too-many-connections", "The process has as many files open as it may: connections never closed."),
            possible("pool-timeout", "A pool may be larger than the limit of open files (ulimit -n)."),
        ),
        sign(r"Connection reset", *_CLOSED),
        sign(r"\bECONNRESET\b", *_CLOSED),
        sign(r"\bConnectionReset(?:Error)?\b", *_CLOSED),
        sign(r"forcibly closed by the remote host", *_CLOSED),
        sign(r"(?<![\d.:])1005[34](?![\d.])", *_CLOSED),
        sign(r"0x0000274[56]", *_CLOSED),
        sign(r"Broken pipe", *_CLOSED),
        sign(r"\bEPIPE\b", *_CLOSED),
        sign(r"connection (?:was )?abort(?:ed)?", *_CLOSED),
        sign(r"\bECONNABORTED\b", *_CLOSED),
        sign(r"software caused connection abort", *_CLOSED),
        sign(r"socket hang up", *_CLOSED),
        sign(r"Socket is not connected", *_CLOSED),
        sign(r"Transport endpoint is not connected", *_CLOSED),
        sign(r"specified network name is no longer available", *_CLOSED),
        sign(r"Network dropped connection", *_CLOSED),
        sign(r"Die Verbindung wurde vom Kommunikationspartner zurückgesetzt", *_CLOSED),
        sign(r"vom Remotehost geschlossen", *_CLOSED),
        sign(r"Connexion ré-?initialisée par le correspondant", *_CLOSED),
        sign(r"fermée par l'hôte distant", *_CLOSED),
        sign(r"forzado la interrupción de una conexión existente", *_CLOSED),
        sign(r"Foi forçado o cancelamento de uma conexão existente", *_CLOSED),
        sign(r"远程主机强迫关闭了一个现有的连接", *_CLOSED),
        sign(r"リモート ?ホストに強制的に切断されました", *_CLOSED),
        sign(r"连接被(?:对方|对端)重(?:设|置)", *_CLOSED),
        sign(r"相手側から接続が切断されました", *_CLOSED),
    ),
)
