"""What libpq says of its settings, and of itself when it cannot be loaded.

Sources: src/interfaces/libpq/fe-connect.c of PostgreSQL 9.6 to 18; the dynamic loaders of Linux, macOS and Windows.
"""

from __future__ import annotations

from azpg_tls.clients.sign import Sign, certain, likely, possible, sign

_NOT_BUILT = (
    likely("client-without-tls", "This libpq was built without TLS: it cannot do what {option}={value} asks."),
    likely("client-library-bug", "An installation may load another libpq than the one meant."),
)

_UNKNOWN_OPTION = (
    likely("sslmode-invalid", "This libpq does not know the option {option}: misspelt, another driver's, or newer."),
    possible("client-library-bug", "The libpq that is loaded may be older than the one meant."),
)

_BAD_URL = (
    likely(
        "sslmode-invalid", "The connection string cannot be read: a character is not percent-encoded, or misplaced."
    ),
)

_BAD_VALUE = (likely("sslmode-invalid", "libpq does not take {value} for {option}."),)

SETTINGS: tuple[Sign, ...] = (
    sign(
        r"invalid (?P<option>sslmode|sslnegotiation|ssl_min_protocol_version|ssl_max_protocol_version|sslcertmode|"
        r"gssencmode|channel_binding|require_auth|target_session_attrs|sslsni|sslcompression|load_balance_hosts|"
        r'requirepeer|"\w{3,30}") value: "?(?P<value>[^"]{0,100})"?',
        *_BAD_VALUE,
    ),
    sign(
        r'(?P<option>\w{3,30}) value "(?P<value>[^"]{0,60})" (?:is )?invalid when (?:SSL|GSSAPI) '
        r"support is not compiled in",
        *_NOT_BUILT,
    ),
    sign(r"invalid when SSL support (?:is not|isn't) compiled in", *_NOT_BUILT),
    sign(
        r'weak sslmode "(?P<value>[^"]{0,30})" may not be used with '
        r"(?P<option>sslnegotiation=direct|sslrootcert=system)",
        certain("sslmode-invalid", "{option} asks for a stronger sslmode than {value}."),
    ),
    sign(
        r"invalid SSL protocol version range",
        certain("sslmode-invalid", "ssl_min_protocol_version is above ssl_max_protocol_version."),
    ),
    sign(
        r'invalid value "[^"]{0,40}" for (?:minimum|maximum) SSL protocol version',
        certain("sslmode-invalid", "The version is to be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3."),
    ),
    sign(r'invalid connection option "?(?P<option>[^"\s]{1,60})"?', *_UNKNOWN_OPTION),
    sign(r'invalid URI query parameter: "?(?P<option>[^"\s]{1,60})"?', *_UNKNOWN_OPTION),
    sign(r'(?:missing|extra) key/value separator "="', *_BAD_URL),
    sign(
        r'invalid "(?P<option>\w{0,30}(?:TLS|SSL)\w{0,30})" configuration parameter: ',
        likely(
            "sslmode-invalid",
            "{option} takes words of the program's own: Zabbix's are required, verify_ca, verify_full.",
        ),
    ),
    sign(r'missing "=" after "[^"]{0,2000}" in connection info string', *_BAD_URL),
    sign(r"unterminated quoted string in connection info string", *_BAD_URL),
    sign(r"invalid percent-encoded token", *_BAD_URL),
    sign(r"in URI \(expected \":\" or \"/\"\)", *_BAD_URL),
    sign(r"matching \"\]\" in IPv6 host address in URI", *_BAD_URL),
    sign(r"invalid port number: ", *_BAD_URL),
    sign(r'invalid integer value "[^"]{0,60}" for connection option', *_BAD_URL),
    sign(r"unexpected spaces found in", *_BAD_URL),
    sign(
        r'(?:definition of )?service "?[^"]{1,60}"? not found',
        likely("sslmode-invalid", "The service file (pg_service.conf, PGSERVICEFILE) has no such section."),
    ),
    sign(
        r"(?:syntax error in|nested service specifications not supported in) service file",
        likely("sslmode-invalid", "The service file cannot be read: a line there is no option."),
    ),
)

_BUILD = (
    likely("client-library-bug", "The program and the libpq or OpenSSL that it finds do not fit each other."),
    possible("client-without-tls", "The libpq that is there may be built without TLS."),
)

LOADING: tuple[Sign, ...] = (
    sign(
        r"libpq\.so\.5\((?:PQ\w+)?\+",
        likely(
            "client-library-bug",
            "The program crashed inside libpq: it has loaded two versions of OpenSSL, or of libpq.",
        ),
    ),
    sign(r"lib(?:pq|ssl|crypto)[\w.-]{0,30}(?:\.dll)?: cannot open shared object file", *_BUILD),
    sign(r"Error loading shared library lib(?:pq|ssl|crypto)", *_BUILD),
    sign(r"Library not loaded: \S{0,200}?lib(?:pq|ssl|crypto)", *_BUILD),
    sign(r"Library not loaded:.{0,20}?@\S{0,200}?lib(?:pq|ssl|crypto)", *_BUILD),
    sign(r"undefined symbol: (?:PQ|pq|SSL_|EVP_|X509_)\w", *_BUILD),
    sign(r"symbol not found.{0,40}?['_ ]_?(?:PQ|pq|SSL_|EVP_|X509_)\w", *_BUILD),
)
