"""Products that inspect TLS go by their names; public and private CAs do not go by theirs."""

from __future__ import annotations

import pytest

from azpg_tls import bundle
from azpg_tls.certificate import read
from azpg_tls.interception import product


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CN=Zscaler Intermediate Root CA (zscaler.net),O=Zscaler Inc.,C=US", "Zscaler"),
        ("CN=ca.example.goskope.com,O=Example,C=US", "Netskope"),
        ("CN=Palo Alto SSL Decryption", "Palo Alto Networks"),
        ("CN=FGT60E4Q16000000,OU=Certificate Authority,O=Fortinet,C=US", "Fortinet FortiGate"),
        ("CN=Blue Coat ProxySG", "Symantec Blue Coat"),
        ("CN=Cisco Umbrella Primary SubCA,O=Cisco", "Cisco Umbrella"),
        ("CN=Forcepoint Cloud CA", "Forcepoint"),
        ("CN=gw.example.com,O=Check Point Software", "Check Point"),
        ("CN=Sophos SSL CA_C01001", "Sophos"),
        ("CN=McAfee Web Gateway", "Skyhigh or McAfee"),
        ("CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab", "Kaspersky"),
        ("CN=ESET SSL Filter CA,O=ESET\\, spol. s r. o.,C=SK", "ESET"),
        ("CN=avast! Web/Mail Shield Root,O=avast! Web/Mail Shield", "Avast or AVG"),
        ("CN=AVG Web/Mail Shield Root", "Avast or AVG"),
        ("CN=Bitdefender Personal CA.Net-Defender", "Bitdefender"),
        ("CN=mitmproxy,O=mitmproxy", "mitmproxy"),
        ("CN=Charles Proxy CA (1 Jan 2026\\, laptop),O=XK72 Ltd", "Charles"),
        ("CN=DO_NOT_TRUST_FiddlerRoot,O=DO_NOT_TRUST", "Fiddler"),
        ("CN=PortSwigger CA,O=PortSwigger", "Burp Suite"),
        ("CN=OWASP Zed Attack Proxy Root CA,O=OWASP Root CA", "ZAP"),
        ("CN=squid.example.com", "Squid"),
        ("CN=Fireware HTTPS Proxy (SN 1),O=WatchGuard_Technologies", "WatchGuard"),
        ("CN=Barracuda NG Firewall", "Barracuda"),
        ("CN=SonicWall Firewall DPI-SSL", "SonicWall"),
        ("CN=www.untangle.com", "Untangle"),
    ],
)
def test_a_product_is_told_by_its_cas_name(name: str, expected: str) -> None:
    assert product(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "CN=Cloudflare Inc ECC CA-3,O=Cloudflare\\, Inc.,C=US",
        "CN=Symantec Class 3 Secure Server CA - G4,O=Symantec Corporation",
        "CN=Cisco RXC-R2,O=Cisco Systems",
        "CN=R11,O=Let's Encrypt,C=US",
        "CN=Contoso Issuing CA 01,O=Contoso",
        "CN=Internal Proxy CA,O=Example",
        "CN=Asset Management CA",
        "CN=Average Joe CA",
    ],
)
def test_any_other_ca_is_none(name: str) -> None:
    assert product(name) is None


def test_no_ca_of_azures_is_taken_for_a_product() -> None:
    assert [ca.name for ca in bundle.known_cas() if product(read(ca.der).subject.text)] == []
