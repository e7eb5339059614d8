from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from azpg_tls import bundle
from azpg_tls.bundle.trust import libpq_params, ssl_context
from azpg_tls.errors import InputError

if TYPE_CHECKING:
    from tests.bundle.mirror import Mirror


@pytest.mark.parametrize("profile", bundle.PROFILES)
def test_a_context_trusts_the_pinned_roots_only(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle.where("full"))
    context = ssl_context(profile=profile)
    assert sorted(context.get_ca_certs(binary_form=True)) == sorted(bundle.anchors(profile))
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_the_lowest_version_is_libpqs_word() -> None:
    assert ssl_context().minimum_version == ssl.TLSVersion.TLSv1_2
    assert ssl_context("TLSv1.3").minimum_version == ssl.TLSVersion.TLSv1_3
    for word in ("TLSv1", "TLSv1.1", "1.3", ""):
        with pytest.raises(InputError, match=r"choose one of TLSv1\.2, TLSv1\.3"):
            ssl_context(word)


def test_a_context_refuses_another_root(mirror: Mirror) -> None:
    with (
        socket.create_connection(("127.0.0.1", mirror.port), timeout=10) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate"),
    ):
        ssl_context().wrap_socket(plain, server_hostname="www.microsoft.com")


@pytest.mark.parametrize(
    ("host", "profile"),
    [
        ("a.postgres.database.azure.com", "public"),
        ("a.postgres.database.usgovcloudapi.net", "usgov"),
        ("A.Postgres.Database.ChinaCloudApi.cn.", "china"),
        ("localhost", "public"),
    ],
)
def test_the_hosts_suffix_decides_the_profile(host: str, profile: str) -> None:
    assert libpq_params(host) == {
        "host": host,
        "port": "5432",
        "sslmode": "verify-full",
        "sslrootcert": bundle.where(profile),
    }
    assert libpq_params(host, "full")["sslrootcert"] == bundle.where("full")


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        ("localhost:6432", "localhost", "6432"),
        ("127.0.0.1:1", "127.0.0.1", "1"),
        ("::1", "::1", "5432"),
        ("[::1]", "::1", "5432"),
        ("[::1]:65535", "::1", "65535"),
    ],
)
def test_a_host_may_have_a_port(host: str, name: str, port: str) -> None:
    params = libpq_params(host)
    assert (params["host"], params["port"]) == (name, port)


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("", "names no host"),
        (":5432", "names no host"),
        ("[]", "cannot be a host name"),
        ("[::1", "cannot be a host name"),
        ("[::1]5432", "cannot be a host name"),
        ("/run/postgresql", "is a Unix socket"),
        ("@socket", "is a Unix socket"),
        ("a,b", "names several hosts"),
        ("a b", "cannot be a host name"),
        ("a\nb", "cannot be a host name"),
        ("a;b", "cannot be a host name"),
        ("host=a password=secret", "give host or host:port alone"),
        ("postgresql://u:secret@a", "give host or host:port alone"),
    ],
)
def test_anything_but_one_host_is_refused(host: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as refused:
        libpq_params(host)
    assert "secret" not in str(refused.value)


def test_a_host_beyond_ascii_is_given_as_dns_has_it() -> None:
    assert libpq_params("münchen.example")["host"] == "xn--mnchen-3ya.example"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "5432a", "\u0665", " 5432"])
def test_anything_but_a_port_is_refused(port: str) -> None:
    with pytest.raises(InputError, match="is no port"):
        libpq_params(f"localhost:{port}")
    with pytest.raises(InputError, match="no port follows the colon"):
        libpq_params("localhost:")


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(InputError, match="no bundle has the profile 'mars'"):
        libpq_params("localhost", "mars")
    with pytest.raises(InputError, match="no bundle has the profile 'mars'"):
        ssl_context(profile="mars")
