"""Where a target's parts come from when its text does not name them, and what is made of a host's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azpg_tls.errors import InputError
from azpg_tls.target import DEFAULT_DBNAME, DEFAULT_USER, Target, TargetOptions, check, parse, sslrootcert_of

OPTIONS = TargetOptions(
    port=6432,
    hostaddr="192.0.2.9",
    server_name="pg.internal",
    sslnegotiation="direct",
    user="opt",
    dbname="optdb",
    cloud="usgov",
)


def test_a_host_alone_gets_the_defaults() -> None:
    assert parse("pg.example") == Target(
        input="pg.example",
        host="pg.example",
        port=5432,
        hostaddr="",
        server_name="pg.example",
        sni=True,
        sslnegotiation="postgres",
        user=DEFAULT_USER,
        dbname=DEFAULT_DBNAME,
        startup=True,
        cloud=None,
    )


def test_options_say_what_the_text_does_not() -> None:
    assert parse("pg.example", OPTIONS) == Target(
        input="pg.example",
        host="pg.example",
        port=6432,
        hostaddr="192.0.2.9",
        server_name="pg.internal",
        sslnegotiation="direct",
        user="opt",
        dbname="optdb",
        cloud="usgov",
    )


@pytest.mark.parametrize(
    "text",
    [
        "host=h port=1 hostaddr=::1 user=u dbname=d sslnegotiation=postgres",
        "postgresql://u@h:1/d?hostaddr=::1&sslnegotiation=postgres",
    ],
)
def test_the_text_wins_over_options(text: str) -> None:
    target = parse(text, OPTIONS)
    assert (target.port, target.hostaddr, target.user, target.dbname) == (1, "::1", "u", "d")
    assert target.sslnegotiation == "postgres"


def test_a_port_in_the_text_hides_a_wrong_one_among_the_options() -> None:
    assert parse("h:1", TargetOptions(port=0)).port == 1


@pytest.mark.parametrize(
    ("text", "options", "user", "dbname"),
    [
        ("h", TargetOptions(), "azpg_tls_probe", "postgres"),
        ("h", TargetOptions(user="u"), "u", "u"),
        ("host=h user=t", TargetOptions(user="u"), "t", "t"),
        ("host=h user=t", TargetOptions(dbname="d"), "t", "d"),
        ("host=h dbname=d", TargetOptions(), "azpg_tls_probe", "d"),
    ],
)
def test_the_database_is_named_like_a_given_user(text: str, options: TargetOptions, user: str, dbname: str) -> None:
    target = parse(text, options)
    assert (target.user, target.dbname) == (user, dbname)


@pytest.mark.parametrize(
    ("text", "options", "server_name", "sni_name"),
    [
        ("pg.example", TargetOptions(), "pg.example", "pg.example"),
        ("pg.example.", TargetOptions(), "pg.example.", "pg.example"),
        ("pg.example", TargetOptions(sni=False), "pg.example", ""),
        ("host=pg.example sslsni=0", TargetOptions(), "pg.example", ""),
        ("host=pg.example sslsni=1", TargetOptions(), "pg.example", "pg.example"),
        ("127.0.0.1", TargetOptions(), "127.0.0.1", ""),
        ("[fe80::1%eth0]:1", TargetOptions(), "fe80::1%eth0", ""),
        ("127.0.0.1", TargetOptions(server_name="pg.example."), "pg.example.", "pg.example"),
        ("pg.example", TargetOptions(server_name="::1"), "::1", ""),
        ("pg.example", TargetOptions(server_name="bücher.example"), "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_the_name_to_verify_and_the_name_to_send(
    text: str, options: TargetOptions, server_name: str, sni_name: str
) -> None:
    target = parse(text, options)
    assert (target.server_name, target.sni_name) == (server_name, sni_name)


@pytest.mark.parametrize(
    ("text", "cloud", "host", "found"),
    [
        ("mydb", "public", "mydb.postgres.database.azure.com", "public"),
        ("mydb:6432", "china", "mydb.postgres.database.chinacloudapi.cn", "china"),
        ("host=mydb", "usgov", "mydb.postgres.database.usgovcloudapi.net", "usgov"),
        ("mydb", None, "mydb", None),
        ("pg.example", "public", "pg.example", "public"),
        ("127.0.0.1", "public", "127.0.0.1", "public"),
        ("::1", "public", "::1", "public"),
        ("mydb.postgres.database.chinacloudapi.cn", None, "mydb.postgres.database.chinacloudapi.cn", "china"),
        ("MyDb.Postgres.Database.Azure.com.", None, "MyDb.Postgres.Database.Azure.com.", "public"),
    ],
)
def test_a_cloud_completes_a_bare_name_and_a_suffix_names_the_cloud(
    text: str, cloud: str | None, host: str, found: str | None
) -> None:
    target = parse(text, TargetOptions(cloud=cloud))
    assert (target.host, target.cloud) == (host, found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (TargetOptions(port=0), "'0' is no port; ports are numbers from 1 to 65535"),
        (TargetOptions(port=70000), "'70000' is no port; ports are numbers from 1 to 65535"),
        (TargetOptions(hostaddr="pg"), "hostaddr 'pg' is no IP address; give the name as host instead"),
        (TargetOptions(cloud="mars"), "cloud 'mars' is not known; use public, usgov, china"),
        (TargetOptions(sslnegotiation="tls"), "sslnegotiation 'tls' is not known; use postgres or direct"),
        (TargetOptions(server_name="a,b"), "'a,b' names several hosts; give each as a target of its own"),
        (TargetOptions(user="a\0b"), r"the user name 'a\x00b' holds a NUL or has more than 1024 bytes; shorten it"),
        (TargetOptions(dbname="\udce9"), r"the dbname name '\udce9' is not UTF-8; write it in UTF-8"),
    ],
)  # fmt: skip
def test_options_are_checked_like_the_text(options: TargetOptions, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse("pg.example", options)
    assert str(raised.value) == message


LABEL = "a" * 63
LONGEST = f"{LABEL}.{LABEL}.{LABEL}.{'a' * 61}"


def test_the_longest_names_fit() -> None:
    assert len(LONGEST) == 253
    target = parse(LONGEST + ".", TargetOptions(user="ü" * 512))
    assert (target.sni_name, len(target.user)) == (LONGEST, 512)


@pytest.mark.parametrize("host", [LONGEST + "a", LABEL + "a.example", "ü" * 64, "a" * 5000])
def test_a_host_name_that_is_too_long_is_refused(host: str) -> None:
    with pytest.raises(InputError, match="cannot be a host name; check it for stray characters and its length"):
        parse(host)


def test_a_user_name_that_is_too_long_is_refused_in_a_short_line() -> None:
    with pytest.raises(InputError, match="holds a NUL or has more than 1024 bytes; shorten it") as raised:
        parse("h", TargetOptions(user="ü" * 513))
    assert len(str(raised.value)) < 320


def test_what_is_shown_of_a_target_is_bounded() -> None:
    assert len(parse("host=h user=u sslrootcert=" + "a" * 5000).input) < 2100


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("pg.example", ""),
        ("host=h sslrootcert='/my ca.pem'", "/my ca.pem"),
        ("postgresql://h/?sslrootcert=%2Fca.pem", "/ca.pem"),
        ("postgresql://h/?sslrootcert=system", "system"),
    ],
)
def test_the_root_file_that_a_text_names(text: str, file: str) -> None:
    assert sslrootcert_of(text) == file


@pytest.mark.parametrize("text", ["pg.example.:1", "münchen.example", "[::1]:5432", "host=a hostaddr=fe80::1%eth0"])
def test_what_is_parsed_stands_the_check(text: str) -> None:
    check(parse(text))
    with pytest.raises(InputError, match="is no port"):
        check(replace(parse(text), port=65536))
