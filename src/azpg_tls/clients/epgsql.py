"""epgsql, and the brokers that use it (EMQX, VerneMQ); p1_pgsql, and ejabberd, which uses that.

Both show bare Erlang terms, so much of what they say is Erlang's ssl. Sources: src/commands/epgsql_cmd_connect.erl and
epgsql_sock.erl of epgsql 4; vmq_diversity.schema of VerneMQ 2; apps/emqx_postgresql of EMQX 5; src/pgsql_proto.erl and
pgsql_util.erl of p1_pgsql 1.1; src/ejabberd_sql.erl; https://docs.ejabberd.im/admin/configuration/toplevel/#sql-ssl
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_SSL_OPTS = (
    'epgsql: `ssl => required, ssl_opts => [{verify, verify_peer}, {cacertfile, "ROOTS"}, {depth, 3}, '
    '{server_name_indication, "NAME"}, {customize_hostname_check, '
    "[{match_fun, public_key:pkix_verify_hostname_match_fun(https)}]}]`."
)
_VERNEMQ = (
    "VerneMQ 2.0.1 and later: vmq_diversity.postgres.ssl = on, .cafile = ROOTS, .depth = 3, .use_system_cas, and "
    ".customize_hostname_check = https."
)
_EMQX = (
    'EMQX: ssl { enable = true, verify = verify_peer, cacertfile = "ROOTS", '
    'server_name_indication = "NAME", depth = 3 }.'
)
_TLS = (_SSL_OPTS, _VERNEMQ, _EMQX)
_EJABBERD = (
    "ejabberd.yml: `sql_ssl: true`, `sql_ssl_verify: true`, `sql_ssl_cafile: ROOTS`, and as `sql_server` the name "
    "that the certificate holds."
)

_CLOSED = (
    likely("handshake-closed", "The other side ended the connection without a word."),
    likely("closed-before-tls", "A firewall or pooler may have ended it early."),
    possible("closed-after-tls", "An idle connection may have been ended by a firewall or a restart."),
)
_NO_SCRAM = (
    likely("client-library-bug", "This version does not know SCRAM-SHA-256, by which the server wants the login."),
    possible("password-rejected", "The server asks for a way to log in that the driver does not have."),
)

EPGSQL = Client(
    "epgsql",
    "epgsql",
    marks=(
        r"\bepgsql",
        r"\bssl_negotiation_failed\b",
        r"\bvmq_\w+",
        r"\bvernemq@",
        r"\bemqx[_@]",
        r"\bpgsql_connector",
        r"Could not connect to postgresql due to",
    ),
    over=("erlang-ssl",),
    signs=(
        sign(
            r"\bssl_not_available\b",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(r"\bunsupported_auth_method\b", *_NO_SCRAM),
        sign(r"\bsasl_server_final\b", likely("password-rejected", "The login's last message was not the right one.")),
        sign(r"\bsock_closed\b", *_CLOSED),
        sign(r"postgresql due to closed", *_CLOSED),
        sign(
            r"postgresql due to timeout",
            likely("tcp-timeout", "The server did not answer: a firewall drops the packets."),
            possible("handshake-timeout", "TLS or the login may hang."),
        ),
    ),
    fixes={
        **dict.fromkeys(("unknown-issuer", "root-store-outdated", "erlang-missing-cacerts"), _TLS),
        **dict.fromkeys(("hostname-mismatch", "chain-too-deep", "tls-required"), _TLS),
        "self-signed": (
            (
                "Erlang refuses a server certificate that signed itself: have a CA of your own sign it, and give its "
                "certificate as cacertfile."
            ),
        ),
        "tls-not-offered": ("Switch TLS on at the server; `ssl => true` goes on without it, `required` does not.",),
        "client-certificate-required": (
            (
                'Give both in ssl_opts, and the CA\'s intermediates with them: {certfile, "client.crt"}, '
                '{keyfile, "client.key"}.'
            ),
        ),
        "client-library-bug": ("Update epgsql: old versions do not know SCRAM-SHA-256.",),
    },
    aliases=("vernemq", "emqx"),
)

P1_PGSQL = Client(
    "erlang-p1_pgsql",
    "p1_pgsql and ejabberd",
    marks=(
        r"\bejabberd[_@]",
        r"\bejabberdctl\b",
        r"\bpgsql_(?:proto|socket|sasl|util)\b",
        r"\bp1_pgsql\b",
        r"pgsql connection failed",
    ),
    over=("erlang-ssl",),
    signs=(
        sign(
            r"\{starttls, ?denied\}",
            likely("tls-not-offered", "The server answered N to the SSLRequest: it has no TLS."),
        ),
        sign(r"\{authentication, ?\{unknown, ?\d{1,3}\}\}", *_NO_SCRAM),
        sign(r"\{nyi, ?auth_\w{1,20}\}", *_NO_SCRAM),
        sign(
            r"\{code, ?(?:<<)?\"28000\"",
            likely("tls-required", "28000: mostly the server demands TLS, and sql_ssl is off."),
            possible("no-pg-hba-entry", "Or the server's firewall has no rule that lets this address in."),
        ),
        sign(
            r"connection failed: \*\* Reason: timeout",
            likely("tcp-timeout", "The server did not answer: a firewall drops the packets."),
            possible("handshake-timeout", "TLS or the login may hang."),
        ),
        sign(r"connection failed: \*\* Reason: closed", *_CLOSED),
    ),
    fixes={
        **dict.fromkeys(
            ("unknown-issuer", "root-store-outdated", "erlang-missing-cacerts", "tls-required"), (_EJABBERD,)
        ),
        "hostname-mismatch": (
            _EJABBERD,
            (
                "Update p1_pgsql: older ones do not hand the server's name to Erlang's check; until then check the "
                "chain only, in a network that you trust."
            ),
        ),
        "tls-not-offered": ("Switch TLS on at the server, or take sql_ssl out for a database on this machine.",),
        "client-library-bug": ("Update ejabberd: old versions of p1_pgsql do not know SCRAM-SHA-256.",),
        "client-certificate-required": (
            "`sql_ssl_certfile: client.pem`, with the certificate, its key and intermediates.",
        ),
    },
    aliases=("ejabberd", "p1_pgsql"),
)
