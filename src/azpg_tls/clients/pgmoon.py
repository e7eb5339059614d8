"""pgmoon, Lua's driver, over OpenResty's sockets or LuaSocket and LuaSec; Kong and Lapis use it.

Kong's commands run on LuaSec, its workers on OpenResty. Sources: pgmoon/init.moon and socket.moon of pgmoon 1.5 to 2.3;
src/ngx_http_lua_socket_tcp.c of lua-nginx-module ("lua ssl certificate verify error"); src/ssl.c and context.c of
LuaSec 1.3; kong/db/strategies/postgres/connector.lua; https://developer.konghq.com/gateway/configuration/ (pg_ssl…).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_KONG = "kong.conf: pg_ssl = on, pg_ssl_verify = on, lua_ssl_trusted_certificate = ROOTS, lua_ssl_verify_depth = 3."
_NGINX = (
    "OpenResty: `lua_ssl_trusted_certificate ROOTS;` and `lua_ssl_verify_depth 3;` in nginx.conf, with `ssl = true, "
    "ssl_required = true, ssl_verify = true` for pgmoon."
)
_LUASEC = "LuaSocket and LuaSec: `ssl = true, ssl_required = true, ssl_verify = true, cafile = 'ROOTS'` for pgmoon."
_TRUST = (_KONG, _NGINX, _LUASEC)

# What comes before the words of OpenSSL or of the socket, which other clients print too.
_SAYS = r"(?:server_version(?:_num)?: |pgmoon.{0,80}?: |lua.{0,80}?)"

_VERSION = (
    likely("tls-version-unsupported", "Old pgmoon on LuaSec offers TLS 1.0 or 1.1 alone; servers want 1.2."),
    possible("cipher-mismatch", "They may have no cipher in common."),
    possible("client-certificate-required", "Servers say so too if they demand a client certificate."),
)
_UNTRUSTED = (
    likely("unknown-issuer", "The root that the server's chain ends at is not in the trusted certificates."),
    possible("chain-too-deep", "lua_ssl_verify_depth is 1 by default, and Azure's chain has two intermediates."),
    possible("missing-intermediate", "The server may not send all of its intermediates."),
    possible("root-store-outdated", "The file of roots may be older than the server's chain."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-before-tls", "A firewall or pooler may have ended it early."),
    possible("tls-version-unsupported", "Servers may close so if the client offers old TLS versions alone."),
)
_LATE = (
    likely("tcp-timeout", "The server did not answer in time: a firewall drops the packets."),
    likely("handshake-timeout", "Or the connection was there, and TLS or the login hang."),
)
_OURS = (
    likely("client-certificate-required", "The server sent this alert: it does not accept the client certificate."),
    possible("handshake-rejected", "The alert does not say more."),
)
_NO_METHOD = (
    likely("client-library-bug", "This pgmoon does not know the way to log in that the server wants (10 is SCRAM)."),
    possible("password-rejected", "The server may not have a password for this user."),
)
_NO_ROOTS = (
    likely("root-file-missing", "The file given as cafile, or lua_ssl_trusted_certificate, is not there."),
    possible("root-file-format", "Or it is not PEM."),
)

PGMOON = Client(
    "pgmoon",
    "pgmoon and Kong",
    marks=(
        r"\bpgmoon\b",
        r"retrieve (?:PostgreSQL )?server_version",
        r"\[postgres(?:ql)? error\]",
        r"/kong/",
        r"\bkong\.(?:conf|lua)\b",
        r"\[kong\]",
        r"\bKONG_PG_",
        r"\bkong (?:start|migrations|reload)\b",
        r"\blua (?:tcp socket|ssl|socket|entry thread)\b",
        r"\blua_ssl_\w+",
        r"\bngx\.socket\b",
        r"receive_message: failed to get",
        r"/lapis/",
    ),
    over=("openssl",),
    signs=(
        sign(
            r"the server does not support SSL connections",
            certain("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(rf"{_SAYS}sslv3 alert handshake failure", *_VERSION),
        sign(rf"{_SAYS}tlsv1 alert protocol version", *_VERSION),
        sign(rf"{_SAYS}unsupported protocol\b", *_VERSION),
        sign(
            (
                rf"{_SAYS}(?:tlsv1|sslv3) alert (?:unknown ca|bad certificate|certificate "
                rf"\w{{1,10}}|unsupported certificate)"
            ),
            *_OURS,
        ),
        sign(
            rf"{_SAYS}(?:tlsv13 )?alert certificate required",
            certain("client-certificate-required", "The server demands a client certificate, and none was sent."),
        ),
        sign(
            rf"{_SAYS}FATAL: certificate authentication failed for user",
            likely("client-certificate-required", "The server took the certificate, and its name is not this user's."),
        ),
        sign(r"lua ssl certificate verify error: \((?:19|20|21|27): [^)]{0,80}\)", *_UNTRUSTED),
        sign(
            r"lua ssl certificate verify error: \(10: ",
            likely("expired", "A certificate of the server's chain has expired."),
        ),
        sign(
            r"lua ssl certificate verify error: \(22: ",
            likely("chain-too-deep", "The chain is longer than lua_ssl_verify_depth, which is 1 by default."),
        ),
        sign(
            r"lua ssl certificate verify error: \(18: ",
            likely("self-signed", "The server's certificate signed itself."),
            possible("unknown-issuer", "If the server has a private CA, its root has to be trusted."),
        ),
        sign(
            r"lua ssl certificate does not match host",
            likely("hostname-mismatch", "The certificate is for another name than pgmoon's host."),
        ),
        sign(
            r"certificate host mismatch",
            likely("hostname-mismatch", "The certificate is for another name than pgmoon's host."),
        ),
        sign(rf"{_SAYS}certificate verify failed\b", *_UNTRUSTED),
        sign(
            rf"{_SAYS}(?:ssl )?handshake failed\b",
            likely("unknown-issuer", "OpenResty's words for a failed handshake; nginx's error log says which."),
            possible("tls-version-unsupported", "Client and server may have no TLS version in common."),
            possible("hostname-mismatch", "The certificate may be for another name."),
        ),
        sign(r"error loading CA locations", *_NO_ROOTS),
        sign(r"lua_ssl_trusted_certificate.{0,80}?(?:no such file|not readable|failed)", *_NO_ROOTS),
        sign(
            r"error loading (?:certificate|private key)",
            likely("client-certificate-required", "The client's own certificate or key could not be read."),
            possible("root-file-format", "The file may not be PEM."),
        ),
        sign(
            r"module '(?:resty\.)?openssl[\w.]{0,20}' not found",
            likely("client-library-bug", "This pgmoon wants lua-resty-openssl, or luaossl, for SCRAM."),
            possible("client-without-tls", "OpenResty's image does not bring it."),
        ),
        sign(
            r"module 'ssl' not found",
            certain("client-without-tls", "LuaSec is not installed."),
        ),
        sign(
            r"expecting 1 ~ 5 arguments \(including the object\), but seen 6",
            likely("client-library-bug", "This pgmoon calls OpenResty's sslhandshake wrongly; later ones do not."),
        ),
        sign(r"don't know how to auth: ", *_NO_METHOD),
        sign(r"missing password, required for connect", likely("password-rejected", "pgmoon was given no password.")),
        sign(
            r"no resolver defined to resolve",
            likely("dns-failure", "OpenResty resolves names by its own `resolver`, and none is set."),
        ),
        sign(
            rf"{_SAYS}[^ ]{{1,253}} could not be resolved",
            likely("dns-failure", "The resolver has no address for the name."),
        ),
        sign(
            rf"{_SAYS}host (?:or service not provided, or not known|not found)",
            likely("dns-failure", "The name is not known."),
        ),
        sign(r"(?:failed to get (?:type|len)|server_version(?:_num)?): closed", *_CLOSED),
        sign(r"(?:failed to get (?:type|len)|server_version(?:_num)?): timeout", *_LATE),
        sign(r"lua tcp socket connect timed out", likely("tcp-timeout", "No answer came to the attempt to connect.")),
        sign(
            r"lua tcp socket read timed out", likely("handshake-timeout", "The server was reached, and nothing came.")
        ),
        sign(
            r"error acquiring query semaphore: timeout",
            likely("pool-timeout", "Every query that Kong allows at once was waiting."),
        ),
    ),
    fixes={
        "unknown-issuer": _TRUST,
        "root-store-outdated": _TRUST,
        "missing-intermediate": _TRUST,
        "root-file-missing": _TRUST,
        "self-signed": (
            (
                "kong.conf: lua_ssl_trusted_certificate = server.pem; LuaSec: `cafile = 'server.pem'`. Better: give "
                "the server a certificate of a CA."
            ),
        ),
        "chain-too-deep": (
            "kong.conf: lua_ssl_verify_depth = 3; nginx.conf: `lua_ssl_verify_depth 3;`. Azure's chain needs 2.",
        ),
        "hostname-mismatch": ("Set pg_host (pgmoon's host) to the name that the certificate holds.",),
        "tls-required": (
            "kong.conf: pg_ssl = on, pg_ssl_required = on. pgmoon and Lapis: `ssl = true, ssl_required = true`.",
        ),
        "tls-not-offered": ("Switch TLS on at the server, or set pg_ssl = off for a database on this machine.",),
        "tls-version-unsupported": (
            (
                "kong.conf: pg_ssl_version = tlsv1_2 (or any); pgmoon on LuaSec: `ssl_version = 'any'`; OpenResty: "
                "`lua_ssl_protocols TLSv1.2 TLSv1.3;`."
            ),
        ),
        "client-certificate-required": (
            "kong.conf: pg_ssl_cert = client.crt, pg_ssl_cert_key = client.key; pgmoon: `cert`, `key`.",
            "The certificate's common name has to be the user's name, or mapped to it in pg_ident.conf.",
        ),
        "client-library-bug": (
            "Update pgmoon: old versions call OpenResty's handshake wrongly, and do not know SCRAM-SHA-256.",
            "In OpenResty, SCRAM over TLS needs lua-resty-openssl: `opm get fffonion/lua-resty-openssl`.",
        ),
        "client-without-tls": ("Install LuaSec: `luarocks install luasec`.",),
    },
    aliases=("kong", "lapis", "openresty"),
)
