"""Postgrex, and what shows its texts: DBConnection's pool, Ecto, Phoenix, and programs such as Supabase's Realtime.

Sources: lib/postgrex/protocol.ex, error.ex and utils.ex of Postgrex 0.11 to 0.22, db_connection 2.x
(connection_pool.ex: the queue's words), ecto_sql; https://hexdocs.pm/postgrex/Postgrex.html#start_link/1 (:ssl).
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_ROOTS = (
    'Give the roots and let Postgrex do the rest: `ssl: [cacertfile: "ROOTS"]` in the repo\'s config '
    "(Postgrex 0.18 and later; it sets verify, the server's name and the https name check)."
)
_OLD = (
    'Before 0.18: `ssl: true, ssl_opts: [verify: :verify_peer, cacertfile: "ROOTS", depth: 3, '
    'server_name_indication: ~c"NAME", '
    "customize_hostname_check: [match_fun: :public_key.pkix_verify_hostname_match_fun(:https)]]`."
)
_SYSTEM = "With the system's roots: `ssl: [cacerts: :public_key.cacerts_get()]` (OTP 25 and later)."
_URL = "Ecto takes no sslmode from a URL: the `ssl` key of the config decides."

FIXES = {
    "unknown-issuer": (_ROOTS, _OLD, _SYSTEM),
    "root-store-outdated": (_ROOTS, "castore and certifi pin a version of Mozilla's list: mix deps.update castore."),
    "erlang-missing-cacerts": (_ROOTS, _SYSTEM, _OLD),
    "hostname-mismatch": (
        _ROOTS,
        _OLD,
        "Connect to the name that the certificate holds; a wildcard needs the https match function above.",
    ),
    "chain-too-deep": (
        'Allow Azure\'s two intermediates: `depth: 3` beside cacertfile: `ssl: [cacertfile: "ROOTS", depth: 3]`.',
    ),
    "self-signed": (
        (
            "Erlang refuses a server certificate that signed itself even if it is in cacertfile: have a CA of your "
            "own sign it, and give that CA's certificate."
        ),
    ),
    "tls-required": (_ROOTS, _URL),
    "tls-not-offered": ("Switch TLS on at the server, or set `ssl: false` for a database on this machine.",),
    "root-file-missing": ('Give an absolute path, or `Application.app_dir(:my_app, "priv/ROOTS")` in a release.',),
    "client-certificate-required": (
        'Give both: `ssl: [cacertfile: "ROOTS", certfile: "client.crt", keyfile: "client.key"]`.',
        "Azure Database for PostgreSQL takes no client certificates: there another server or a proxy asks for one.",
    ),
    "client-without-tls": ("In mix.exs: `def application, do: [extra_applications: [:logger, :ssl]]`.",),
    "client-library-bug": ("Pass the options in `ssl`, not in `ssl_opts`, and update postgrex.",),
    "sslmode-invalid": ("Give Erlang's own options in `ssl`; a program may pass on some of them only.",),
    "pool-timeout": (
        "Look further up in the log for `failed to connect`: that line has the cause.",
        "If there is none: more connections (pool_size), or longer waiting (queue_target, queue_interval).",
    ),
    "dns-failure": ("If socket_options has :inet6 (ECTO_IPV6), the name needs an IPv6 address: Azure's have IPv4.",),
}

_QUEUE = (
    likely("pool-timeout", "No connection was free in time, or none could be made."),
    possible(
        "erlang-missing-cacerts", "Since OTP 26 every connection fails if TLS has no roots, and the pool stays empty."
    ),
    possible("handshake-timeout", "New connections may hang while they are being set up."),
)
_LIMITED = (
    likely("erlang-missing-cacerts", "A warning: with ssl: true the server is not verified, as no roots are given."),
)
_CLOSED = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-before-tls", "A firewall or pooler may have ended it early."),
    possible("closed-after-tls", "It may have been ended later, such as an idle connection."),
)
_IDLE = (
    likely("closed-after-tls", "An idle connection was ended by a firewall, a pooler or a restart."),
    likely("handshake-closed", "The other side ended the connection without a word."),
    possible("closed-before-tls", "It may have been ended before TLS."),
)
_LATE = (
    likely("handshake-timeout", "The server took the connection, and nothing more came in time."),
    likely("tcp-timeout", "A firewall may drop packets on the way."),
)

POSTGREX = Client(
    "postgrex",
    "Postgrex and Ecto",
    marks=(
        r"\bPostgrex\b",
        r"\bDBConnection\b",
        r"\bEcto\.",
        r"\bmix ecto\b",
        r"\.Repo\b.{0,80}?couldn't be created",
        r"tcp connect \(",
        r"\bssl (?:connect|recv|send): ",
        r"\btcp recv: ",
        r"\btcp recv \(idle\): ",
    ),
    over=("erlang-ssl",),
    signs=(
        sign(
            r"\bssl not available\b",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(r"connection not available and request was dropped from queue", *_QUEUE),
        sign(r"connection not available because of disconnection", *_QUEUE),
        sign(r"setting ssl: true on your database connection offers only limited protection", *_LIMITED),
        sign(r"server's certificate is not verified", *_LIMITED),
        sign(
            r"unsupported key \w{1,40} in ssl opts",
            certain("sslmode-invalid", "The program does not pass this TLS option on."),
        ),
        sign(
            r"SSL connection can not be established because .{0,4}?:ssl.{0,4}? application is not started",
            likely("client-without-tls", "Erlang's ssl is not started: add :ssl to extra_applications in mix.exs."),
        ),
        sign(
            r"timed out because it queued and checked out the connection for longer than",
            likely("pool-timeout", "A query held the connection beyond its timeout; the pool then closes it."),
            possible("closed-after-tls", "The next one finds the connection closed."),
        ),
        sign(
            r"error received in SCRAM-SHA-256 server final message",
            likely("password-rejected", "The server or pooler refused the password in SCRAM's last message."),
        ),
        sign(
            r"cannot verify SCRAM-SHA-256 server signature",
            likely("password-rejected", "What answers does not know this role's password: not the server meant?"),
            possible("client-library-bug", "A pooler may end SCRAM otherwise than Postgrex expects."),
        ),
        sign(
            r"unsupported SCRAM-SHA-256 server final message",
            likely("client-library-bug", "A pooler ends SCRAM otherwise than Postgrex expects."),
        ),
        sign(
            r"the server type is not as expected",
            likely("server-not-ready", "target_server_type found no server of the kind that is asked for."),
        ),
        sign(
            r"\(KeyError\) key :password not found",
            likely("password-rejected", "The server asks for a password, and the Repo's configuration has none."),
        ),
        sign(r"(?:tcp|ssl) (?:recv|send): closed", *_CLOSED),
        sign(r"(?:tcp|ssl) recv \(idle\): closed", *_IDLE),
        sign(r"(?:tcp|ssl) recv(?: \(idle\))?: timeout", *_LATE),
        sign(r"ssl connect: closed", *_CLOSED),
        sign(r"ssl connect: timeout", *_LATE),
        sign(
            r"tcp connect(?: \([^)]{1,280}\))?: (?:connection )?(?:timed out|timeout)",
            likely("tcp-timeout", "No answer came to the attempt to connect: a firewall drops it."),
            possible("private-dns-zone", "The name may lead to an address that is not reached from here."),
        ),
        sign(
            r"could not read file \"(?P<file>[^\"]{1,200}\.(?:crt|pem|cer))\": no such file",
            likely("root-file-missing", "There is no file {file} where the program runs."),
        ),
        sign(
            r"couldn't be created: killed",
            likely("pool-timeout", "mix ecto gave up waiting for a connection; the log has the cause above."),
            possible("handshake-timeout", "TLS may hang."),
        ),
    ),
    fixes=FIXES,
    aliases=("ecto", "elixir", "phoenix"),
)
