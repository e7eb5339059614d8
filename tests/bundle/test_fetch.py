from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from azpg_tls.bundle.build import UnexpectedCertificateError, identify
from azpg_tls.bundle.fetch import FetchError, Limits, dial, fetcher
from tests.bundle.mirror import Mirror, body, cut, hang_up, redirect, running, stall, unannounced

if TYPE_CHECKING:
    from pathlib import Path

    from azpg_tls.bundle.manifest import Manifest

URL = "https://cacerts.digicert.com/a.crt"
AT = "cacerts.digicert.com/a.crt"
SMALL = Limits(size=1000)


def get(mirror: Mirror, manifest: Manifest, url: str = URL, **changes: object) -> bytes:
    (source,) = mirror.fetcher(**changes).urls([url], manifest)
    return source.data


def test_a_body_arrives_whole(mirror: Mirror, manifest: Manifest) -> None:
    large = bytes(range(256)) * 400
    mirror.answers[AT] = [body(large)]
    assert get(mirror, manifest) == large
    assert mirror.requests == [AT]


def test_a_body_without_length_arrives_whole(mirror: Mirror, manifest: Manifest) -> None:
    mirror.answers[AT] = [unannounced(b"der")]
    assert get(mirror, manifest) == b"der"


def test_spaces_in_a_url_are_quoted_and_quotes_kept(mirror: Mirror, manifest: Manifest) -> None:
    for path in ("/pkiops/certs/a b.crt?c d", "/pkiops/certs/a%20b.crt?c%20d"):
        mirror.answers["www.microsoft.com/pkiops/certs/a%20b.crt?c%20d"] = [body(b"der")]
        assert get(mirror, manifest, f"https://www.microsoft.com{path}") == b"der"


def test_a_url_without_a_path_asks_for_the_root(mirror: Mirror, manifest: Manifest) -> None:
    mirror.answers["www.microsoft.com/"] = [body(b"der")]
    assert get(mirror, manifest, "https://www.microsoft.com") == b"der"


def test_progress_is_told(mirror: Mirror, manifest: Manifest) -> None:
    told: list[tuple[str, int, int | None]] = []
    mirror.answers[AT] = [body(bytes(20_000))]
    get(mirror, manifest, progress=lambda *event: told.append(event))
    assert told[-1] == (URL, 20_000, 20_000)
    assert all(received <= 20_000 for _, received, _ in told)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_https_is_followed(mirror: Mirror, manifest: Manifest, status: int) -> None:
    mirror.answers[AT] = [redirect("https://www.digicert.com/b.crt", status)]
    mirror.answers["www.digicert.com/b.crt"] = [redirect("/c.crt", status)]
    mirror.answers["www.digicert.com/c.crt"] = [body(b"der")]
    assert get(mirror, manifest) == b"der"


@pytest.mark.parametrize("to", ["http://cacerts.digicert.com/a.crt", "file:///etc/passwd", "ftp://www.digicert.com/"])
def test_a_redirect_away_from_https_is_refused(mirror: Mirror, manifest: Manifest, to: str) -> None:
    mirror.answers[AT] = [redirect(to)]
    with pytest.raises(FetchError, match="which is not HTTPS") as caught:
        get(mirror, manifest)
    assert to in str(caught.value)
    assert mirror.requests == [AT]


@pytest.mark.parametrize("to", [AT.removeprefix("cacerts.digicert.com"), ""])
def test_a_redirect_loop_ends(mirror: Mirror, manifest: Manifest, to: str) -> None:
    mirror.answers[AT] = [redirect(to)]
    with pytest.raises(FetchError, match="more than 5 redirects"):
        get(mirror, manifest)
    assert len(mirror.requests) == 6


def test_not_found_is_final(mirror: Mirror, manifest: Manifest) -> None:
    with pytest.raises(FetchError, match=f"^{URL}: the server answered 404 Not Found$"):
        get(mirror, manifest)
    assert len(mirror.requests) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_can_pass_is_tried_again(mirror: Mirror, manifest: Manifest, status: int) -> None:
    slept: list[float] = []
    mirror.answers[AT] = [body(b"", status), hang_up, body(b"der")]
    assert get(mirror, manifest, sleep=slept.append) == b"der"
    assert slept == [0.5, 1.0]


def test_attempts_are_counted(mirror: Mirror, manifest: Manifest) -> None:
    slept: list[float] = []
    mirror.answers[AT] = [body(b"", 500)]
    with pytest.raises(FetchError, match=r"answered 500 .* \(attempt 3 of 3\)"):
        get(mirror, manifest, sleep=slept.append)
    assert len(mirror.requests) == 3
    assert slept == [0.5, 1.0]


def test_no_pause_outlasts_the_deadline(mirror: Mirror, manifest: Manifest) -> None:
    mirror.answers[AT] = [body(b"", 500)]
    with pytest.raises(FetchError, match=r"attempt 1 of 3"):
        get(mirror, manifest, limits=Limits(seconds=20, pause=30))


def test_a_cut_connection_is_no_success(mirror: Mirror, manifest: Manifest) -> None:
    mirror.answers[AT] = [cut(b"half")]
    with pytest.raises(FetchError, match="cut 4 bytes before the end"):
        get(mirror, manifest, sleep=lambda _: None)


@pytest.mark.parametrize("answer", [body(bytes(1001)), unannounced(bytes(1001))], ids=["announced", "unannounced"])
def test_too_much_is_refused(mirror: Mirror, manifest: Manifest, answer: object) -> None:
    mirror.answers[AT] = [answer]  # type: ignore[list-item]
    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        get(mirror, manifest, limits=SMALL)
    assert len(mirror.requests) == 1


def test_the_largest_size_is_allowed(mirror: Mirror, manifest: Manifest) -> None:
    mirror.answers[AT] = [body(bytes(1000))]
    assert len(get(mirror, manifest, limits=SMALL)) == 1000


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"],
    ids=["silent", "slow-headers", "slow-body"],
)
def test_a_slow_server_meets_the_deadline(mirror: Mirror, manifest: Manifest, start: bytes) -> None:
    mirror.answers[AT] = [stall(start)]
    with pytest.raises(FetchError, match=f"^{URL}: not complete after 0.2 s$"):
        get(mirror, manifest, limits=Limits(seconds=0.2))


def test_the_deadline_is_for_all_urls_together(mirror: Mirror, manifest: Manifest) -> None:
    ticks = iter(range(0, 10_000, 3))
    mirror.answers[AT] = [body(b"der")]
    with pytest.raises(FetchError, match="not complete after 60 s"):
        mirror.fetcher(clock=lambda: next(ticks)).urls([URL] * 20, manifest)
    assert 1 < len(mirror.requests) < 20


def test_an_untrusted_mirror_gets_no_request(mirror: Mirror, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with running(tmp_path / "other") as impostor, pytest.raises(FetchError, match="certificate is not trusted"):
        get(impostor, manifest, connect=mirror.connect)
    assert mirror.requests == []


def test_a_certificate_for_another_name_is_refused(mirror: Mirror, manifest: Manifest) -> None:
    with pytest.raises(FetchError, match=r"certificate is not trusted.*Hostname mismatch"):
        get(mirror, manifest, "https://example.com/a.crt")


def test_a_refused_connection_is_named(manifest: Manifest, mirror: Mirror) -> None:
    def refuse(*_: object) -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(FetchError, match="Connection refused"):
        get(mirror, manifest, connect=refuse, limits=Limits(attempts=1))


def test_not_http_is_named(mirror: Mirror, manifest: Manifest) -> None:
    mirror.answers[AT] = [stall(b"\x1b]0;SSH-2.0\r\n\r\n")]
    with pytest.raises(FetchError, match=r"\\x1b\]0;SSH-2.0"):
        get(mirror, manifest, limits=Limits(attempts=1))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://cacerts.digicert.com/a.crt", "not an https:// URL"),
        ("file:///etc/ssl/cert.pem", "not an https:// URL"),
        ("https:///a.crt", "not an https:// URL"),
        ("cacerts.digicert.com/a.crt", "not an https:// URL"),
        ("https://cacerts.digicert.com:port/a.crt", "not a URL"),
        ("https://[::1/a.crt", "not a URL"),
    ],
)
def test_only_https_urls_are_fetched(mirror: Mirror, manifest: Manifest, url: str, complaint: str) -> None:
    with pytest.raises(FetchError, match=complaint):
        get(mirror, manifest, url)


def test_a_known_url_says_which_certificate_it_must_be(mirror: Mirror, manifest: Manifest, published: Path) -> None:
    g2 = manifest.roots("public")[0]
    mirror.publish(published, {g2.urls[0]: "DigiCertGlobalRootG3.crt"})
    sources = mirror.fetcher().urls([g2.urls[0]], manifest)
    with pytest.raises(UnexpectedCertificateError, match=f"expected SHA-256 {g2.sha256}, found 31ad6648"):
        identify(manifest, sources)


def test_an_entry_comes_from_its_next_url_when_the_first_fails(
    mirror: Mirror, manifest: Manifest, published: Path
) -> None:
    g2, microsoft = manifest.roots("public")
    mirror.publish(published, {g2.urls[1]: g2.file, microsoft.urls[0]: microsoft.file})
    sources = mirror.fetcher().entries([g2, microsoft])
    assert [source.name for source in sources] == [g2.urls[1], microsoft.urls[0]]
    assert [item.entry for item in identify(manifest, sources)] == [g2, microsoft]


def test_an_entry_of_which_all_urls_fail_names_each(mirror: Mirror, manifest: Manifest) -> None:
    g2 = manifest.roots("public")[0]
    with pytest.raises(FetchError) as caught:
        mirror.fetcher().entries([g2])
    assert all(f"{url}: the server answered 404" in str(caught.value) for url in g2.urls)


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the name service finds cacerts.digicert.com."""
    hosts: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: Any, **options: Any) -> Any:
        if host != "cacerts.digicert.com":
            return real(host, port, *rest, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in hosts]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return hosts


def test_dial_takes_the_first_address_that_answers(mirror: Mirror, addresses: list[str]) -> None:
    addresses += ["127.0.0.9", "127.0.0.1"]  # the mirror listens on the second only
    with dial("cacerts.digicert.com", mirror.port, lambda: 5.0) as connected:
        assert connected.getpeername() == ("127.0.0.1", mirror.port)


def test_dial_tells_why_the_last_address_failed(mirror: Mirror, addresses: list[str]) -> None:
    addresses += ["127.0.0.9"]
    with pytest.raises(ConnectionRefusedError):
        dial("cacerts.digicert.com", mirror.port, lambda: 5.0)


def test_dial_needs_an_address(mirror: Mirror, addresses: list[str]) -> None:
    assert addresses == []
    with pytest.raises(OSError, match=r"cacerts\.digicert\.com has no address"):
        dial("cacerts.digicert.com", mirror.port, lambda: 5.0)


def test_the_usual_fetcher_trusts_public_cas_only(mirror: Mirror, manifest: Manifest) -> None:
    usual = fetcher()
    with pytest.raises(FetchError, match="certificate is not trusted"):
        get(mirror, manifest, context=usual.context)
    assert usual.connect is dial
    assert len(usual.context.get_ca_certs()) > 50
