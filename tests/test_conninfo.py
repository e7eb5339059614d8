"""What each way of writing a target is read as, and that no password survives the reading."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azpg_tls.errors import InputError
from azpg_tls.target import Target, parse

if TYPE_CHECKING:
    from collections.abc import Callable

NO_HOST = "the target names no host; give host:port, a postgresql:// URI, or set PGHOST"
TWO_ATS = "the URI holds more than one @ before its host; write @ as %40 in a user name or password"
SSLMODE = "libpq does not know this sslmode; use one of disable, allow, prefer, require, verify-ca, verify-full"
URI_PORT = "the URI's port is no number from 1 to 65535; brackets go around IPv6 addresses only"
URI_AT = "the URI's last @ is out of place; write / as %2F in a password, and @ as %40 anywhere else"
URI_QUERY = "the URI's query cannot be read; write key=value&key=value, and / as %2F in a password"
URI_PERCENT = "the URI holds a % without two hexadecimal digits behind it; write %25 for a percent sign"
CONNINFO = (
    "the connection string cannot be read from character {} on; "
    "write key=value, with single quotes around a value that holds spaces"
)
STRAY = "{} cannot be a host name; check it for stray characters and its length"
PORT = "{} is no port; ports are numbers from 1 to 65535"
SOCKET = "{} is a Unix socket, on which PostgreSQL never uses TLS; give a host name"
SCHEME = "a target cannot begin with {}; give host:port or a postgresql:// URI"


def described(target: Target) -> str:
    """What a connection is made of, in one line."""
    address = f" at {target.hostaddr}" if target.hostaddr else ""
    return f"{target.user}@{target.host}:{target.port}/{target.dbname}{address}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # host and port
        ("pg.example", "azpg_tls_probe@pg.example:5432/postgres"),
        ("  pg.example\n", "azpg_tls_probe@pg.example:5432/postgres"),
        ("pg.example:6432", "azpg_tls_probe@pg.example:6432/postgres"),
        ("pg.example:1", "azpg_tls_probe@pg.example:1/postgres"),
        ("pg.example:65535", "azpg_tls_probe@pg.example:65535/postgres"),
        ("pg.example.:5432", "azpg_tls_probe@pg.example.:5432/postgres"),
        ("PG_1.Example", "azpg_tls_probe@PG_1.Example:5432/postgres"),
        ("localhost", "azpg_tls_probe@localhost:5432/postgres"),
        ("127.0.0.1:5433", "azpg_tls_probe@127.0.0.1:5433/postgres"),
        ("::1", "azpg_tls_probe@::1:5432/postgres"),
        ("[::1]", "azpg_tls_probe@::1:5432/postgres"),
        ("[2001:db8::7]:5433", "azpg_tls_probe@2001:db8::7:5433/postgres"),
        ("fe80::1%eth0", "azpg_tls_probe@fe80::1%eth0:5432/postgres"),
        ("bücher.example:5433", "azpg_tls_probe@xn--bcher-kva.example:5433/postgres"),
        # URIs
        ("postgresql://pg.example", "azpg_tls_probe@pg.example:5432/postgres"),
        ("postgres://pg.example", "azpg_tls_probe@pg.example:5432/postgres"),
        ("postgresql://u@pg.example:6432/d", "u@pg.example:6432/d"),
        ("postgresql://u:p@pg.example/d?sslmode=require", "u@pg.example:5432/d"),
        ("postgresql://u@pg.example", "u@pg.example:5432/u"),
        ("postgresql://u@pg.example/", "u@pg.example:5432/u"),
        ("postgresql://:p@pg.example:/?", "azpg_tls_probe@pg.example:5432/postgres"),
        ("postgresql://@pg.example/d?&", "azpg_tls_probe@pg.example:5432/d"),
        ("postgresql://u%40t%2Fx:p%40@pg%2Eexample/d%20%2f", "u@t/x@pg.example:5432/d /"),
        ("postgresql://me%40tenant.example:p@pg.example/d?schema=public", "me@tenant.example@pg.example:5432/d"),
        ("postgresql://u:p@[::1]:5433/d", "u@::1:5433/d"),
        ("postgresql://[2001:db8::7]/d", "azpg_tls_probe@2001:db8::7:5432/d"),
        ("postgresql:///d?host=pg.example&port=6432", "azpg_tls_probe@pg.example:6432/d"),
        ("postgresql://other:1/d?host=pg.example&port=2&user=a+b%2B", "a+b+@pg.example:2/d"),
        ("postgresql://pg.example/?user=me@tenant.example&dbname=d", "me@tenant.example@pg.example:5432/d"),
        (
            "postgresql://pg.example?sslrootcert=/etc/ca.pem&hostaddr=::1",
            "azpg_tls_probe@pg.example:5432/postgres at ::1",
        ),
        ("postgresql://pg.example/d?schema=public&pool=5&x=a=b", "azpg_tls_probe@pg.example:5432/d"),
        # conninfo strings
        ("host=pg.example", "azpg_tls_probe@pg.example:5432/postgres"),
        ("host = pg.example\tport =6432\n user= u", "u@pg.example:6432/u"),
        ("host=a host=pg.example dbname=d", "azpg_tls_probe@pg.example:5432/d"),
        ("host='pg.example' user='a b' dbname=''", "a b@pg.example:5432/a b"),
        (r"host=pg.example user='it\'s \\' dbname=a\ b\\c", "it's \\@pg.example:5432/a b\\c"),
        ("host=pg.example user=it's dbname=a=b", "it's@pg.example:5432/a=b"),
        ("host=pg.example user=u\\", "u@pg.example:5432/u"),
        ("host=pg.example user='a\nb'", "a\nb@pg.example:5432/a\nb"),
        ("host=pg.example hostaddr=192.0.2.1", "azpg_tls_probe@pg.example:5432/postgres at 192.0.2.1"),
        ("hostaddr=192.0.2.1", "azpg_tls_probe@192.0.2.1:5432/postgres at 192.0.2.1"),
        ("host=pg.example port='' sslmode=require options=y", "azpg_tls_probe@pg.example:5432/postgres"),
        ("password=p@://x host=pg.example", "azpg_tls_probe@pg.example:5432/postgres"),
    ],
)
def test_a_text_says_where_to_connect(text: str, expected: str) -> None:
    assert described(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NO_HOST),
        (" \n", NO_HOST),
        (":5432", NO_HOST),
        ("port=5432", NO_HOST),
        ("postgresql://", NO_HOST),
        ("postgresql:///d", NO_HOST),
        ("postgresql://pg.example/?host=", NO_HOST),
        ("h:", "no port follows the colon in 'h:'; write h:5432"),
        ("[::1]:", "no port follows the colon in '[::1]:'; write ::1:5432"),
        ("h:0", PORT.format("'0'")),
        ("h:65536", PORT.format("'65536'")),
        ("h:-1", PORT.format("'-1'")),
        ("h:٣", PORT.format("'٣'")),
        ("h:http", PORT.format("'http'")),
        ("h:54\n32", PORT.format(r"'54\x0a32'")),
        ("host=h port=5432,5433", PORT.format("'5432,5433'")),
        ("/var/run", SOCKET.format("'/var/run'")),
        ("@socket", SOCKET.format("'@socket'")),
        ("host=/tmp", SOCKET.format("'/tmp'")),
        ("postgresql://%2Ftmp/d", SOCKET.format("'/tmp'")),
        ("a:1,b:2", "'a:1,b:2' names several hosts; give each as a target of its own"),
        ("host=a,b", "'a,b' names several hosts; give each as a target of its own"),
        ("postgresql://a:1,b:2/d", "the URI names several hosts; give each as a target of its own"),
        ("two words", STRAY.format("'two words'")),
        ("a..b", STRAY.format("'a..b'")),
        (".", STRAY.format("'.'")),
        ("-a", STRAY.format("'-a'")),
        ("a-", STRAY.format("'a-'")),
        ("a\x1b[31m", STRAY.format(r"'a\x1b[31m'")),
        ("a\u202eb", STRAY.format(r"'a\u202eb'")),
        ("ü..a", STRAY.format("'ü..a'")),
        ("a\udcff", STRAY.format(r"'a\udcff'")),
        ("fe80::zz", STRAY.format("'fe80::zz'")),
        ("fe80::1%a b", STRAY.format("'fe80::1%a b'")),
        ("[pg.example]:1", STRAY.format("'[pg.example]'")),
        ("host=pg%2Eexample", STRAY.format("'pg%2Eexample'")),
        ("http://h", SCHEME.format("'http://'")),
        ("jdbc:postgresql://h/d", "a target cannot be a JDBC URL; leave out jdbc: and what only JDBC knows"),
        ("jdbc:mysql://h/d", SCHEME.format("'jdbc:mysql://'")),
        ("h/d", "a target with a database after a slash must be a URI; write postgresql:// before it"),
        ("postgresql://u:p@ss@h/d", TWO_ATS),
        ("postgresql://me@tenant.example:p@h/d", TWO_ATS),
        ("postgresql://u:p%zz@h/d", URI_PERCENT),
        ("postgresql://h/d?prot=1", "the URI has a parameter that libpq does not know; is 'port' meant?"),
        ("postgresql://h/d?sslmode=verify-all", SSLMODE),
        ("host=h sslmode=requirre", SSLMODE),
        ("host=h prot=1", "libpq does not know the word before = at character 8; is 'port' meant?"),
        ("host=h xyzzy=1", "libpq does not know the word before = at character 8"),
        ("service=s", "login alone reads services, each named without other words; give host, port and user here"),
        ("postgresql+psycopg://u:s@h", SCHEME.format("'postgresql+psycopg://'")),
        ("u:s@h:5432", "a target with a user before an @ must be a URI; write postgresql:// before it"),
        ("postgresql://h:x/d", URI_PORT),
        ("postgresql://h:0/d", URI_PORT),
        ("postgresql://[::z]/d", URI_PORT),
        ("postgresql://u:1/2@h/d", URI_AT),
        ("postgresql://h?user=a@b", URI_AT),
        ("postgresql://h/?user", URI_QUERY),
        ("postgresql://u:1/2?3=4@h", URI_QUERY),
        ("postgresql://h/%", URI_PERCENT),
        ("postgresql://h/?user=%4g", URI_PERCENT),
        ("host=h user", CONNINFO.format(7)),
        ("host=h user='a", CONNINFO.format(7)),
        ("host='a'user=b", CONNINFO.format(1)),
        ("=h", CONNINFO.format(1)),
        ("host=h hostaddr=pg.example", "hostaddr 'pg.example' is no IP address; give the name as host instead"),
        ("host=h sslnegotiation=x", "sslnegotiation 'x' is not known; use postgres or direct"),
        ("postgresql://a%00@h", r"the user name 'a\x00' holds a NUL or has more than 1024 bytes; shorten it"),
        ("postgresql://h/%ff", r"the dbname name '\udcff' is not UTF-8; write it in UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_text_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" pg.example:6432 ", "pg.example:6432"),
        ("postgresql://u:secret@pg.example:6432/d", "postgresql://u:***@pg.example:6432/d"),
        ("postgresql://u%40t:@h", "postgresql://u%40t:***@h"),
        ("postgresql://u@h/?sslrootcert=%2Fca&password=secret", "postgresql://u@h/?sslrootcert=%2Fca&password=***"),
        ("postgresql://h/?%70assword=p@ss", "postgresql://h/?password=***"),
        ("postgresql://h/?user=u&pwd=secret", "postgresql://h/?user=u"),
        ("postgresql://h/?sslpassword=secret", "postgresql://h/"),
        ("host=h password='se cret' user='a b'", "host=h password=*** user='a b'"),
        (r"host=h password=se\ cret user='\'' dbname=''", r"host=h password=*** user='\'' dbname=''"),
        ("host=h sslpassword=secret passfile=/f", "host=h passfile=/f"),
        ("host=h user='a\x1bb'", r"host=h user=a\x1bb"),
    ],
)
def test_what_is_shown_of_a_text_holds_no_password(text: str, shown: str) -> None:
    assert parse(text).input == shown


# Real characters of passwords, and all that mean something in URIs and connection strings.
PARTS = st.text(st.sampled_from("aZ09 ~!#$%^&*()_+-={}[]|:;<>,.?/'\"\\\n\tü€"), max_size=6)
MARK = "h1dd3n"
SECRETS = st.builds(lambda before, after: before + MARK + after, PARTS, PARTS)

QUOTED: dict[str, Callable[[str], str]] = {
    "URI": lambda secret: f"postgresql://u:{quote(secret, safe='')}@h/d",
    "URI query": lambda secret: f"postgresql://u@h/d?password={quote(secret, safe='')}&port=1",
    "quoted": lambda secret: "host=h password='" + secret.replace("\\", r"\\").replace("'", r"\'") + "' port=1",
    "escaped": lambda secret: "host=h password=" + "".join(f"\\{character}" for character in secret),
    "PEM password": lambda secret: f"postgresql://u@h/d?sslpassword={quote(secret, safe='')}",
}  # fmt: skip


@pytest.mark.parametrize("form", QUOTED)
@given(secret=SECRETS)
def test_a_quoted_password_is_dropped(form: str, secret: str) -> None:
    target = parse(QUOTED[form](secret))
    assert target.host == "h"
    assert MARK not in str(target)


RAW = (
    "postgresql://u:{}@h/d",
    "postgresql://u:{}@h:x/d",
    "postgresql://u:{}@/d",
    "postgresql://u:{}@[::1/d",
    "postgresql://u:{}@a,b/d",
    "postgresql://u:{}@h/%",
    "postgresql+psycopg://u:{}@h/d",
    "jdbc:postgresql://h/d?password={}",
    "u:{}@h",
    "//u:{}@h",
    "host=h password='{}'",
    "host=h password='{}",
    "host=h port=x password='{}'",
    "password = '{}' host",
    "password={} host=h =",
)


@pytest.mark.parametrize("form", RAW)
@given(secret=SECRETS)
@example(secret=f"1/{MARK}")
@example(secret=f"1/{MARK}?a=b")
@example(secret=f"a://{MARK}")
@example(secret=f"a' {MARK}")
@example(secret=f"{MARK}=x")
def test_a_password_that_breaks_its_text_is_not_repeated(form: str, secret: str) -> None:
    try:
        shown = str(parse(form.format(secret)))
    except InputError as error:
        shown = str(error)
    assert shown.isprintable()
    assert MARK not in shown


@given(text=st.text())
@example(text="postgresql://[" + "a" * 5000)
@example(text="x=" + "\\" * 5001)
def test_every_text_is_read_or_refused_in_one_printable_line(text: str) -> None:
    try:
        shown = parse(text).input
    except InputError as error:
        shown = str(error)
    assert shown.isprintable()
