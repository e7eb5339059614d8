"""Products that inspect TLS on its way, told by what they call the CAs that sign in a server's stead. Facts as data.

Each makes a CA of its own when it is installed; the names are the products' defaults, which administrators mostly
keep. Makers that also have, or had, publicly trusted CAs are told by the product and not by the maker. Sources: the
products' manuals; "The Security Impact of HTTPS Interception" (NDSS 2017, https://jhalderm.com/pub/papers/interception-ndss17.pdf).
"""

from __future__ import annotations

import re
from functools import lru_cache

# The product, and the expression that is looked for in the name of a CA.
PRODUCTS = {
    "Zscaler": r"zscaler",
    "Netskope": r"netskope|goskope",
    "Palo Alto Networks": r"palo ?alto|\bpan-?os\b|\bpan[- ]ssl",
    "Fortinet FortiGate": r"fortinet|fortigate|fortiproxy|forticlient|fortisase",
    "Symantec Blue Coat": r"blue ?coat|proxysg|symantec (web (security|protection|gateway)|wss|ssl vis)",
    "Cisco Umbrella": r"cisco umbrella|opendns",
    "Cisco Secure Web Appliance or Firepower": r"ironport|cisco (secure )?web|firepower|cisco secure access",
    "Forcepoint": r"forcepoint|websense",
    "Check Point": r"\bcheck ?point (software|firewall|gateway|https|ssl|security|ca\b|inc)",
    "Sophos": r"sophos|cyberoam|astaro",
    "Skyhigh or McAfee": r"skyhigh|mcafee|trellix",
    "Kaspersky": r"kaspersky",
    "ESET": r"\beset\b",
    "Avast or AVG": r"\b(avast|avg)\b.*(shield|antivirus|technologies|software)",
    "Bitdefender": r"bitdefender",
    "mitmproxy": r"mitmproxy",
    "Charles": r"charles (web )?(debugging )?proxy",
    "Fiddler": r"fiddler",
    "Burp Suite": r"portswigger|burp suite",
    "ZAP": r"zed attack proxy|\bowasp\b.*\bzap\b|\bzap\b.*\bowasp\b",
    "Squid": r"\bsquid\b",
    "WatchGuard": r"watchguard|fireware",
    "Barracuda": r"barracuda (networks|web|cloudgen|ng|firewall|ssl|ca\b)",
    "SonicWall": r"sonicwall",
    "Untangle": r"untangle|arista ng firewall|edge threat management",
    "Trend Micro": r"trend ?micro|\biws[v]?a\b",
    "Cloudflare Gateway": r"gateway ca - cloudflare|cloudflare (for teams|gateway|managed)",
    "Microsoft Global Secure Access": r"global secure access",
    "F5 SSL Orchestrator": r"ssl orchestrator|\bsslo\b",
    "A10 SSL Insight": r"ssl insight|\bssli\b",
    "Gigamon": r"gigamon|gigasmart",
    "Juniper SRX": r"juniper (networks|srx)|ssl-inspect-ca",
    "iboss": r"\biboss\b",
    "Menlo Security": r"menlo security",
    "Cato Networks": r"cato networks",
    "Sangfor": r"sangfor",
    "Stormshield": r"stormshield",
    "Smoothwall": r"smoothwall",
    "ContentKeeper": r"contentkeeper",
    "Lightspeed": r"lightspeed (systems|rocket|filter)",
    "Securly": r"\bsecurly\b",
    "Linewize": r"linewize",
    "GoGuardian": r"goguardian",
    "DNSFilter": r"dnsfilter",
    "Dr.Web": r"dr\.? ?web\b|doctor web",
    "AdGuard": r"adguard",
    "Proxyman": r"proxyman",
    "HTTP Toolkit": r"http toolkit",
    "Superfish or Komodia": r"superfish|komodia",
}

_EXPRESSIONS = {product: re.compile(expression, re.IGNORECASE) for product, expression in PRODUCTS.items()}


@lru_cache(maxsize=256)
def product(name: str) -> str | None:
    """Return the product that calls its CA *name* (a distinguished name as text), None if none is known to."""
    return next((product for product, expression in _EXPRESSIONS.items() if expression.search(name)), None)
