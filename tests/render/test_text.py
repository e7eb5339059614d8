"""The report as text, word for word; keys are new in every run, so that digests are left out."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azpg_tls.chain import Trust
from azpg_tls.diagnosis import diagnose
from azpg_tls.errorresponse import ServerError
from azpg_tls.handshake import Ending, Handshake
from azpg_tls.lab import pki
from azpg_tls.lab.scenario import known
from azpg_tls.observation import Attempt, Connection, Lookup, Reach, Resolution
from azpg_tls.policy import Policy
from azpg_tls.prelogin import Answer, Negotiation, Reply, StartupReply
from azpg_tls.render.text import Style, render, render_all
from tests.observed import AT, AZURE, HANDSHAKE, HEALTHY, TARGET, TOOL, TRUST, evidence, handshake, present

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence
    from azpg_tls.target import Target

LAB = dataclasses.replace(TRUST, known=known(HEALTHY, "g2-2025"))


def text(e: Evidence, style: Style | None = None) -> str:
    return re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", render(diagnose(e, TOOL), style or Style()))


PASS = """\
PASS  localhost:5432: The server proved to be localhost over TLSv1.3

Stages
  ok       resolve          0.5 ms  127.0.0.1
  ok       connect          1.0 ms  127.0.0.1 port 5432
  ok       negotiate        1.0 ms
  ok       handshake        3.0 ms
  ok       certificate
  ok       identity
  ok       policy
  ok       startup          2.0 ms

TLS
  TLSv1.3, TLS_AES_256_GCM_SHA384, X25519, ALPN postgresql, SNI localhost

Presented chain
  CN=lab server,O=azpg-tls lab
    issuer  CN=Lab TLS G2 RSA CA OCSP 02,O=azpg-tls lab
    valid   2026-11-13 to 2027-02-21, EC secp256r1, ecdsa-with-SHA256
    sha256  DIGEST
    names   DNS:localhost, IP:127.0.0.1, IP:::1
  └─ CN=Lab TLS G2 RSA CA OCSP 02,O=azpg-tls lab
       issuer  CN=Lab TLS RSA Root G2,O=azpg-tls lab
       valid   2025-11-23 to 2031-11-22, EC secp256r1, ecdsa-with-SHA256
       sha256  DIGEST
     └─ CN=Lab TLS RSA Root G2,O=azpg-tls lab
          issuer  CN=Lab Global Root G2,O=azpg-tls lab
          valid   2025-11-23 to 2031-11-22, EC secp256r1, ecdsa-with-SHA256
          sha256  DIGEST

Verified path (2 intermediates, Azure's generation g2-2025, first expiry 2027-02-21)
  CN=lab server,O=azpg-tls lab (as presented)
  └─ CN=Lab TLS G2 RSA CA OCSP 02,O=azpg-tls lab (as presented)
     └─ CN=Lab TLS RSA Root G2,O=azpg-tls lab (as presented)
        └─ CN=Lab Global Root G2,O=azpg-tls lab
             issuer  CN=Lab Global Root G2,O=azpg-tls lab
             valid   2025-11-23 to 2031-11-22, EC secp256r1, ecdsa-with-SHA256
             sha256  DIGEST

Login
  the server asks for scram-sha-256 (SCRAM-SHA-256); nothing secret was sent
"""


def test_a_healthy_server() -> None:
    assert text(evidence(trust=LAB)) == PASS


WARN = """\
WARN  localhost:5432: A certificate of the chain expires soon (expires-soon)

  'lab server' expires in 90 day(s), on 2027-02-21 12:00:00 UTC.

Why it happens
  - the renewal is due. Azure renews by itself, weeks before; elsewhere somebody has to.

What to do
  1. Renew 'lab server' on the server before then, and reload it.

More, and how to see it for yourself: azpg-tls explain expires-soon

Also found
  info cleartext-password-over-tls
    localhost:5432 asks 'azpg_tls_probe' for a password in clear, inside TLS.

Stages
"""


def test_a_warning() -> None:
    password = StartupReply(Reply.AUTHENTICATION, auth_method="password")
    shown = text(evidence(policy=Policy(expires_within=400), reply=password))
    assert shown.startswith(WARN)
    assert shown.endswith("\nLogin\n  the server asks for password; nothing secret was sent\n")


FAIL = """\
FAIL  localhost:5432: The server's certificate is for another host (hostname-mismatch)

  The certificate is for DNS:other.example.com, not for localhost.

Why it happens

What to do
  1. Use a name of the certificate: host=other.example.com hostaddr=127.0.0.1
  2. Check that 'localhost' is the server you mean.

More, and how to see it for yourself: azpg-tls explain hostname-mismatch

Stages
  ok       resolve          0.5 ms  127.0.0.1
  ok       connect          1.0 ms  127.0.0.1 port 5432
  ok       negotiate        1.0 ms
  ok       handshake        3.0 ms
  ok       certificate
  failed   identity                 hostname-mismatch
  ok       policy
  ok       startup          2.0 ms

TLS
  TLSv1.3, TLS_AES_256_GCM_SHA384, X25519, ALPN postgresql, SNI localhost

Presented chain
  CN=lab server,O=azpg-tls lab
    issuer  CN=Lab Global Root G2,O=azpg-tls lab
    valid   2026-11-13 to 2027-02-21, EC secp256r1, ecdsa-with-SHA256
    sha256  DIGEST
    names   DNS:other.example.com

Verified path (0 intermediates, first expiry 2027-02-21)
  CN=lab server,O=azpg-tls lab (as presented)
  └─ CN=Lab Global Root G2,O=azpg-tls lab
       issuer  CN=Lab Global Root G2,O=azpg-tls lab
       valid   2025-11-23 to 2031-11-22, EC secp256r1, ecdsa-with-SHA256
       sha256  DIGEST

Login
  the server asks for scram-sha-256 (SCRAM-SHA-256); nothing secret was sent
"""


def test_a_failure() -> None:
    other = pki.server(HEALTHY.root, at=AT, dns_names=["other.example.com"], ip_addresses=[])
    shown = text(evidence(handshake=present(other.certificate)))
    # The reasons are those of the page, which has its own tests.
    assert re.sub(r"(Why it happens\n)(?:  .*\n)+", r"\1", shown) == FAIL


UNREACHABLE = """\
UNREACHABLE  localhost:5432: Nothing accepts connections on that port (tcp-refused)

  localhost:5432 refused the TCP connection.

Why it happens
  - PostgreSQL is not running, or is being
    restarted;
  - it listens on another port or another
    address (listen_addresses);
  - a firewall answers with a reset. On
    Azure, port 6432 is closed unless the
    built-in PgBouncer is enabled.

What to do
  1. Check that the server is running and listens on port 5432.

More, and how to see it for yourself: azpg-tls explain tcp-refused

Stages
  ok       resolve          0.5 ms  127.0.0.1
  failed   connect          1.0 ms  tcp-refused
  skipped  negotiate                no TCP connection
  skipped  handshake                no TCP connection
  skipped  certificate              no certificate was presented
  skipped  identity                 no certificate was presented
  skipped  policy                   no certificate was presented
  skipped  startup                  no TLS connection
"""


def refused() -> Evidence:
    return evidence(connection=Connection((Attempt("127.0.0.1", Reach.REFUSED, "ECONNREFUSED"),)))


@pytest.mark.parametrize("width", [45, 40, 1])
def test_an_unreachable_server_on_a_narrow_terminal(width: int) -> None:
    shown = text(refused(), Style(width=width))
    assert shown.replace("\n", " ").split() == UNREACHABLE.replace("\n", " ").split()
    if width == 45:
        assert shown == UNREACHABLE


COLORED = """\
\x1b[1;31mUNREACHABLE\x1b[0m  localhost:5432: Nothing accepts connections on that port (tcp-refused)

  localhost:5432 refused the TCP connection.

\x1b[1mWhy it happens\x1b[0m
"""


def test_colour_is_put_around_words_only() -> None:
    colored = text(refused(), Style(width=45, color=True))
    assert colored.startswith(COLORED)
    assert "  \x1b[31mfailed   \x1b[0mconnect          1.0 ms  tcp-refused\n" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == UNREACHABLE


def test_a_chain_that_is_not_trusted_has_no_verified_path() -> None:
    shown = text(evidence(trust=Trust("none", ())))
    assert "\nVerified path\n  none: no path that OpenSSL accepts\n" in shown
    assert shown.startswith("FAIL  localhost:5432: The server's chain does not lead to a root that is trusted here")


def test_only_information_is_found_and_nothing_to_be_explained() -> None:
    shown = text(evidence(handshake=dataclasses.replace(HANDSHAKE, client_certificate_requested=True)))
    assert shown.startswith(
        "PASS  localhost:5432: The server proved to be localhost over TLSv1.3\n\n"
        "Found\n"
        "  info client-certificate-requested\n"
        "    localhost:5432 asked for a client certificate, and went on without one.\n"
    )


def test_certificates_out_of_order_are_drawn_as_they_were_sent() -> None:
    issuer, upper = HEALTHY.intermediates
    shown = text(evidence(handshake=present(HEALTHY.leaf.certificate, upper.certificate, issuer.certificate)))
    presented = shown.partition("Presented chain\n")[2].partition("\n\n")[0]
    trees = [line for line in presented.split("\n") if "CN=" in line and "issuer" not in line]
    assert trees == [
        "  CN=lab server,O=azpg-tls lab",
        "  CN=Lab TLS RSA Root G2,O=azpg-tls lab",
        "  CN=Lab TLS G2 RSA CA OCSP 02,O=azpg-tls lab",
    ]


def test_of_a_chain_without_end_the_first_are_shown_and_the_others_counted() -> None:
    many = dataclasses.replace(HANDSHAKE, certificates=HANDSHAKE.certificates * 20)
    shown = text(evidence(handshake=many))
    assert shown.count("    sha256") == 10 + 1  # and the root of the path
    assert "\n  … and 50 more: --format json shows all\n" in shown


def test_of_many_names_the_first_are_shown_and_the_others_counted() -> None:
    many = pki.server(HEALTHY.root, at=AT, dns_names=["localhost", *(f"h{n}" for n in range(11))], ip_addresses=[])
    shown = text(evidence(handshake=present(many.certificate)))
    assert "    names   DNS:localhost, DNS:h0, DNS:h1, DNS:h2, DNS:h3, DNS:h4, DNS:h5, DNS:h6, DNS:h7, DNS:h8 and 2 more\n" in shown  # fmt: skip  # noqa: E501


def test_what_is_not_there_is_said_to_be_none() -> None:
    plain = dataclasses.replace(HANDSHAKE, group="", alpn="", sni="", version="TLSv1.2", ocsp_response=b"x")
    assert "TLS\n  TLSv1.2, TLS_AES_256_GCM_SHA384, ALPN none, SNI none, OCSP response stapled\n" in text(
        evidence(handshake=plain)
    )


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            StartupReply(Reply.ERROR, error=ServerError("FATAL", "57P03", "the database system is starting up")),
            "the server refused before asking for anything; nothing secret was sent",
        ),
        (
            StartupReply(Reply.CLOSED),
            "no answer to the StartupMessage (closed); nothing secret was sent",
        ),
    ],
)
def test_what_became_of_the_login(reply: StartupReply, said: str) -> None:
    assert text(evidence(reply=reply)).endswith(f"\nLogin\n  {said}\n")


@pytest.mark.parametrize(
    ("target", "first"),
    [
        (TARGET, "localhost:5432: "),
        (dataclasses.replace(TARGET, input="localhost"), "localhost:5432: "),
        (dataclasses.replace(TARGET, input="lab:x"), "lab:x (localhost:5432): "),
        (dataclasses.replace(TARGET, input="[::1]:5432", host="::1"), "[::1]:5432: "),
        (dataclasses.replace(TARGET, input="::1", host="::1"), "[::1]:5432: "),
    ],
)
def test_the_target_is_shown_as_given_and_as_understood(target: Target, first: str) -> None:
    assert text(evidence(target=target)).startswith(f"PASS  {first}")


@pytest.mark.parametrize(("alias", "note"), [("localhost", ""), ("real.example", " (real.example)"), ("", "")])
def test_an_alias_is_shown_with_the_addresses(alias: str, note: str) -> None:
    found = Resolution(Lookup.FOUND, ("127.0.0.1", "::1"), alias)
    assert f"  ok       resolve          0.5 ms  127.0.0.1, ::1{note}\n" in text(evidence(resolution=found))


@pytest.mark.parametrize(
    ("given", "host", "note"),
    [
        ("Bücher.example", "xn--bcher-kva.example", "; libpq needs the name in ASCII: host=xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", ""),
        ("host=xn--bcher-kva.example user=Jürgen", "xn--bcher-kva.example", ""),
        ("host=db.example user=Jürgen", "db.example", ""),
        ("lab:international-name", "xn--bcher-kva.example", ""),
    ],
)
def test_a_name_that_was_turned_into_ascii_is_shown_as_libpq_needs_it(given: str, host: str, note: str) -> None:
    target = dataclasses.replace(TARGET, input=given, host=host, server_name=host)
    assert f"  ok       resolve          0.5 ms  127.0.0.1{note}\n" in text(evidence(target=target))


def test_several_reports_are_set_apart() -> None:
    reports = [diagnose(refused(), TOOL)] * 2
    one = render(reports[0], Style())
    assert render_all(reports, Style(width=60)) == (
        render(reports[0], Style(width=60)) + "─" * 60 + "\n" + render(reports[0], Style(width=60))
    )
    assert render_all(reports, Style(width=300)).count("─" * 100) == 1
    assert render_all(reports[:1], Style()) == one


HOSTILE = st.text(st.sampled_from("a.\x1b[2J\r\n\0\t\x9b\u202e\u200b\u2028\ud800\U000e0041"), min_size=1, max_size=12)
HOSTILE_CA = pki.authority("x", at=AT, subject=pki.subject_of("\x1b[2J\r\n\u202e"))
HOSTILE_CERTIFICATES = [
    present(pki.server(issuer, at=AT, dns_names=["a\x1b[2J\r\n", "\0"], common_name="\x9b2J\n").certificate, *above)
    for issuer, above in ((HOSTILE_CA, [HOSTILE_CA.certificate]), (HOSTILE_CA, []), (HEALTHY.root, []), (None, []))
]


ADDRESSES = ("203.0.113.7", "fe80::1%eth0")  # a resolver and a saved observation give nothing else


@st.composite
def hostile_evidence(draw: st.DrawFn) -> Evidence:
    """Whatever a server, a resolver or a saved observation may hold, everywhere at once."""
    words = draw(st.lists(HOSTILE, min_size=3, max_size=3))

    def word() -> str:
        return draw(st.sampled_from(words))

    data = word().encode("utf-8", "surrogatepass")
    error = ServerError(word(), draw(st.sampled_from(["28000", "53300", "57P03", word()])), word(), word(), word())
    target = dataclasses.replace(
        draw(st.sampled_from([TARGET, AZURE])),
        input=word(),
        host=word(),
        hostaddr=word(),
        server_name=word(),
        user=word(),
        dbname=word(),
        sslnegotiation=draw(st.sampled_from(["postgres", "direct"])),
    )
    shown = Handshake(
        draw(st.sampled_from(Ending)),
        sni=word(),
        version=word(),
        cipher=word(),
        group=word(),
        alpn=word(),
        client_certificate_requested=draw(st.booleans()),
        certificates=draw(st.sampled_from(HOSTILE_CERTIFICATES)).certificates,
        alert=draw(st.sampled_from([None, 40, 70, 80, 112, 116, 120])),
        alert_sent=draw(st.sampled_from([None, 70])),
        refusal=word(),
        data=data,
    )
    return evidence(
        target=target,
        resolution=Resolution(draw(st.sampled_from(Lookup)), draw(st.sampled_from([(), ADDRESSES])), word(), word()),
        connection=Connection((Attempt(draw(st.sampled_from(ADDRESSES)), draw(st.sampled_from(Reach)), word()),)),
        negotiation=Negotiation(draw(st.sampled_from(Answer)), data, error),
        handshake=shown,
        reply=StartupReply(draw(st.sampled_from(Reply)), word(), (word(),), error, data, error),
        alert=draw(st.sampled_from([None, 80, 116])),
        trust=Trust(word(), draw(st.sampled_from([(), TRUST.anchors]))),
        policy=Policy(max_depth=0, expect_issuer="nobody", pins=("00" * 32,)),
    )


@settings(max_examples=150, deadline=None)
@given(hostile_evidence(), st.booleans())
def test_nothing_from_the_network_reaches_the_terminal(e: Evidence, color: bool) -> None:
    shown = render(diagnose(e, TOOL), Style(color=color))
    plain = re.sub(r"\x1b\[(0|1|2|3[1-6]|1;3[1-3])m", "", shown) if color else shown
    assert plain.replace("\n", "").isprintable()


def test_an_azure_target_is_shown_with_what_it_was_understood_as() -> None:
    shown = text(evidence(target=AZURE, handshake=handshake(Ending.SILENT)))
    assert shown.startswith(
        "FAIL  localhost:5432 (db.postgres.database.azure.com:5432): "
        "The TLS handshake did not end within the deadline (handshake-timeout)\n"
    )


def test_a_server_that_lets_everybody_in_is_said_to() -> None:
    trusting = StartupReply(Reply.AUTHENTICATION, auth_method="none")
    assert "\nLogin\n  the server lets this user in without asking for anything" in text(
        evidence(trust=LAB, reply=trusting)
    )
