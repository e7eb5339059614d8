"""Ruby's pg, which is libpq, and Active Record and Sequel on it.

Sources: lib/pg/connection.rb and ext/pg_connection.c of pg 1.0 to 1.6; connection_adapters/abstract/connection_pool.rb
and errors.rb of Active Record 5 to 8; lib/sequel/connection_pool of Sequel 5.
"""

from __future__ import annotations

from azpg_tls.clients import loopback
from azpg_tls.clients.client import Client
from azpg_tls.clients.libpq_texts import REFUSED
from azpg_tls.clients.openssl import CLOSED
from azpg_tls.clients.sign import likely, possible, sign

_SETTINGS = (
    "Rails, config/database.yml: { sslmode: verify-full, sslrootcert: ROOTS, host: HOST, port: PORT }",
    'pg: PG.connect(host: "HOST", port: PORT, sslmode: "verify-full", sslrootcert: "ROOTS", …)',
    "Sequel: Sequel.connect('postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=ROOTS')",
)
_POOL = (
    likely("pool-timeout", "All connections of the pool were in use for the whole timeout."),
    possible("handshake-timeout", "New connections may hang in TLS or login."),
    possible("too-many-connections", "The server may have no more connections to give."),
)
_GSS_CRASH = (
    likely("gssenc-interference", "macOS: libpq 12 and later look for a Kerberos ticket, which crashes after a fork."),
    possible("client-library-bug", "pg, libpq or OpenSSL of different versions may be mixed."),
    possible("fork-shared-connection", "A connection may have been opened before the fork."),
)
_BUILD = (
    likely("client-library-bug", "The pg gem does not fit the libpq that it finds, or is not there."),
    possible("client-without-tls", "The libpq that is there may be built without TLS."),
)

RUBY_PG = Client(
    "ruby-pg",
    "Ruby's pg",
    marks=(
        r"(?<![:\w])PG::[A-Z]\w+",
        r"\bActiveRecord::",
        r"\bSequel::",
        r"\bpg-\d+\.\d+\.\d+/lib/pg",
        r"\bpg_ext\b",
    ),
    over=("libpq",),
    signs=(
        sign(r"could not obtain a (?:database )?connection (?:from the pool )?within", *_POOL),
        sign(r"Sequel::PoolTimeout", *_POOL),
        sign(
            rf"PG::ConnectionBad: {REFUSED}",
            loopback.refused(
                loopback.without_host("host: SERVER in config/database.yml, PG.connect(host: …), or PGHOST")
            ),
        ),
        sign(r"PQsocket\(\) can't get socket descriptor", *CLOSED),
        sign(r"PG::(?:ConnectionBad|UnableToSend): (?:PQ\w{3,30}\(\) )?connection is closed", *CLOSED),
        sign(r"PG::ConnectionBad: (?:PQ\w{3,30}\(\) )?no connection to the server", *CLOSED),
        sign(r"lib/pg(?:/connection)?\.rb:\d{1,5}: \[BUG\] Segmentation fault", *_GSS_CRASH),
        sign(r"may have been in progress in another thread when fork\(\) was called", *_GSS_CRASH),
        sign(r"cannot load such file -- pg(?:_ext)?\b", *_BUILD),
        sign(r"Error loading the 'postgresql' Active Record adapter", *_BUILD),
        sign(
            r"There is an issue connecting (?:with|to) your hostname: (?P<host>\S{1,253})",
            likely("dns-failure", "The name {host} is not known where the program runs."),
            likely("tcp-refused", "Nothing answers at {host}."),
            possible("tcp-timeout", "The server may not be reachable from here."),
        ),
        sign(
            r"There is an issue connecting to your database with your username/password",
            likely("password-rejected", "The server did not accept user name and password."),
        ),
        sign(
            r"We could not find your database: ",
            likely("database-missing", "The server has no such database."),
        ),
    ),
    fixes={
        "tls-required": _SETTINGS,
        "unknown-issuer": (
            *_SETTINGS,
            "The names are libpq's: sslca, ssl_ca and sslverify are other drivers' and have no effect.",
        ),
        "root-store-outdated": ("Replace the file of roots, or name another:", *_SETTINGS),
        "root-file-missing": (*_SETTINGS, "sslca is not an option of libpq."),
        "hostname-mismatch": (
            "host: SERVER, a name that is in the certificate, and the address, if need be, as hostaddr: ADDRESS.",
        ),
        "sslmode-invalid": (
            'sslmode: disable, allow, prefer, require, verify-ca or verify-full; in YAML quote values such as "on".',
        ),
        "client-certificate-required": ("config/database.yml: sslcert: client.crt, sslkey: client.key.",),
        "gssenc-interference": (
            "Rails, config/database.yml: gssencmode: disable",
            "Or before Puma, Spring or Sidekiq start: export PGGSSENCMODE=disable",
        ),
        "fork-shared-connection": (
            (
                "Puma: on_worker_boot { ActiveRecord::Base.establish_connection }; Active Record 6 and later "
                "reconnect by themselves, Sequel wants DB.disconnect before the fork."
            ),
        ),
        "handshake-closed": (
            (
                "Active Record 7.1 and later test and reconnect; before, reaping_frequency and idle_timeout in "
                "database.yml. Sequel: DB.extension(:connection_validator)."
            ),
            "keepalives: 1, keepalives_idle: 60 keep idle connections open.",
        ),
        "pool-timeout": ("config/database.yml: pool: as many as threads; checkout_timeout: 10.",),
        "client-library-bug": (
            "gem pristine pg, or gem install pg -- --with-pg-config=PATH, after libpq was upgraded.",
        ),
    },
    aliases=("pg-ruby", "rails", "sequel"),
)
