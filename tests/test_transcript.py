"""Pasted text becomes messages on one line, without what terminals, logs and JSON did to it, and without secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azpg_tls import transcript
from azpg_tls.transcript import Message, clean, decode, messages
from tests.explained import printed


@pytest.mark.parametrize(
    ("pasted", "cleaned"),
    [
        ("SSL error:\n  certificate\r\n\tverify failed\n", "SSL error: certificate verify failed"),
        ("\x1b[31mFATAL\x1b[0m:  no", "FATAL: no"),
        ("\x1b]0;title\x07psql: \x1b]8;;https://x\x1b\\error", "psql: error"),
        (r'{"msg":"server \"db\" failed:\nno\tTLS"}', '{"msg":"server "db" failed: no TLS"}'),
        (r"Fatal - Handshake Failure\n {bad_cert,expired}", "Fatal - Handshake Failure {bad_cert,expired}"),
        (r"C:\new\root.crt missing", r"C:\new\root.crt missing"),
        ("host “db”, user «u», it’s", 'host "db", user "u", it\'s'),  # noqa: RUF001
        ("&quot;db&quot; &lt;x&gt; &#39;y&#39; &amp;c &nosuch;", "\"db\" <x> 'y' &c &nosuch;"),
        ("> psql: error:\n> no", "psql: error: no"),
        ("a\u202eb\u200bc\x00d", "a b c d"),
        ("  \n\t\n", ""),
    ],
)
def test_what_was_done_to_a_text_is_undone(pasted: str, cleaned: str) -> None:
    assert clean(pasted) == cleaned


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Zugriff verweigert: ü".encode(), "Zugriff verweigert: ü"),
        ("psql: ü".encode("utf-16"), "psql: ü"),
        (b"\xef\xbb\xbfpsql", "psql"),
        ("größer\n".encode() + "für »app«\r\n".encode("cp1252") + b"psql \x81", "größer\nfür »app«\r\npsql \ufffd"),
        (b"", ""),
    ],
)
def test_bytes_of_any_kind_are_text(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_a_short_paste_is_one_message() -> None:
    text = "Traceback:\n  ssl.SSLError: x\n\n10:00:00 second line\n"
    assert messages(text) == ((Message("Traceback: ssl.SSLError: x 10:00:00 second line"),), 0)
    assert messages(" \n") == ((), 0)


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-11-23 10:00:{:02} UTC [12] ",
        "2026-11-23T10:00:{:02}.123Z ",
        "[2026-11-23 10:00:{:02}] ",
        "10:00:{:02}.5 [error] ",
        "Nov 23 10:00:{:02} host app: ",
        "23 Nov 2026 10:00:{:02} ",
        "11/23/2026 10:00:{:02} ",
        'time="2026-11-23T10:00:{:02}" ',
        '{{"level":"error","t":{:02},"msg":',
        "ERROR {:02} ",
        "E1123 10:00:{:02} ",
        "psql: error: {:02} ",
    ],
)
def test_a_log_is_divided_where_a_line_begins_anew(prefix: str) -> None:
    lines = [prefix.format(second) + "connection failed:\n    SSL error\n" for second in range(40)]
    (message,), left_out = messages("".join(lines))
    assert (message.count, left_out) == (40, 0)
    assert message.text.endswith("connection failed: SSL error")


def test_in_a_log_without_stamps_every_line_is_a_message_with_what_goes_on_below_it() -> None:
    log = "SSL error: verify failed\nCaused by: timeout\n\tat x\nConnection refused\n" * 30
    found, _ = messages(log)
    assert found == (Message("SSL error: verify failed Caused by: timeout at x", 30), Message("Connection refused", 30))


def test_what_is_not_about_connecting_is_not_looked_at() -> None:
    log = "".join(f"2026-11-23 10:00:{n % 60:02} GET /page{'x' * n} 200\n" for n in range(100))
    assert messages(log) == ((), 0)


def test_what_clients_print_is_looked_at_in_a_log() -> None:
    log = "".join(f"2026-11-23 10:00:00 {' '.join(each.text.split())}\n" for each in printed())
    found, left_out = messages(log)
    assert (len(found) + left_out) / len({transcript._NUMBER.sub("0", line) for line in log.splitlines()}) > 0.97


def test_of_too_many_messages_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "MOST", 3)
    log = "".join(f"ERROR connect {'x' * n}\n" for n in range(100))
    found, left_out = messages(log)
    assert (len(found), left_out) == (3, 97)


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("connection failed [4711] from 10.0.0.1:52001", "connection failed [12] from 10.0.0.9:99", 1),
        ("connection 3f2a9b7c0d lost", "connection 0012ffee99 lost", 1),
        ("connect: SQLSTATE 28000", "connect: SQLSTATE 53300", 2),
        ("FATAL: 28P01", "FATAL: 28000", 2),
        ("SSL alert number 48", "SSL alert number 40", 2),
        ("error:0A000086:SSL routines", "error:14090086:SSL routines", 2),
        ("verify error:num=20", "verify error:num=19", 2),
        ("connect: os error 111", "connect: os error 110", 2),
        ("connect: (0x80090326)", "connect: (0x80090331)", 2),
        ("certificate: { code: 9 }", "certificate: { code: 20 }", 2),
    ],
)
def test_numbers_that_say_what_is_wrong_tell_messages_apart(one: str, other: str, different: int) -> None:
    found, _ = messages(f"ERROR {one}\nERROR {other}\n" * 40)
    assert len(found) == different


def test_no_more_is_looked_at_than_there_is_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "ENOUGH", 1000)
    log = "".join(f"ERROR connect {'x' * n}\n" for n in range(100))
    found, left_out = messages(log)
    assert len(found) + left_out == 100
    assert 900 < sum(len(message.text) for message in found) < 1100


@pytest.mark.parametrize("line", ["Verbindung nicht erlaubt", "连接被拒绝", "nombre de usuario inválido"])
def test_a_log_may_be_in_any_language(line: str) -> None:
    assert messages(f"{line}\n" * 100) == ((Message(line, 100),), 0)


def test_a_line_without_end_is_looked_at_in_parts_that_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "LONGEST", 100)
    monkeypatch.setattr(transcript, "OVERLAP", 40)
    text = "connect " + "x" * 80 + " certificate verify failed " + "y" * 300
    found, _ = messages(text)
    assert any("certificate verify failed" in message.text for message in found)
    assert all(len(message.text) <= 100 for message in found)


def test_the_end_of_a_secret_is_not_shown_where_a_line_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "LONGEST", 100)
    monkeypatch.setattr(transcript, "OVERLAP", 20)
    text = "connect " + "x" * 65 + " password=hunter2hunter2 " + "y" * 100 + " connect failed"
    found, _ = messages(text)
    assert [message.text for message in found if "hunter2" in message.text] == []
    assert "connect failed" in found[-1].text


def test_a_message_of_many_lines_is_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "LONGEST", 100)
    monkeypatch.setattr(transcript, "OVERLAP", 40)
    found, _ = messages("connect\n" * 100)
    assert sum(message.text.count("connect") * message.count for message in found) == 100


@given(st.text())
def test_a_cleaned_text_is_on_one_line_and_stays_so(text: str) -> None:
    once = clean(text)
    assert "\n" not in once
    assert not any(ord(character) < 32 for character in once)
