"""lib/pq, the older Go driver: below golang-migrate, Grafana, Terraform's and Pulumi's PostgreSQL providers.

Sources: conn.go, ssl.go, connector.go, internal/pqutil of github.com/lib/pq 1.0 to 1.12. Its own texts begin with
"pq: "; so do the server's when lib/pq passes them on. Errors of Go's TLS come through without any mark.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import certain, likely, possible, sign

_MODES = (certain("sslmode-invalid", "lib/pq does not know that setting, or not in this combination."),)
_KEY_RIGHTS = (certain("root-file-permissions", "The client's key is readable by others; lib/pq refuses it."),)

_SCRAM = (
    likely("client-library-bug", "lib/pq did not understand a message of the login: old, or a pooler between."),
    possible("password-rejected", "The server may ask for a way to log in that lib/pq does not have."),
)

FIXES = {
    "tls-required": (
        (
            'Ask for TLS: "host=HOST port=PORT sslmode=verify-full sslrootcert=ROOTS", or in a URL '
            "?sslmode=verify-full&sslrootcert=ROOTS."
        ),
        "See whether the program has its own setting that replaces it: it may pass sslmode=disable.",
    ),
    "tls-not-offered": (
        (
            "Turn TLS on at the server or the pooler. lib/pq to 1.12 asks for TLS unless told otherwise: for one on "
            "the same machine, sslmode=disable."
        ),
        "In a DSN, give an empty value in quotes (password=''): else the next word, sslmode=…, becomes the value.",
    ),
    "sslmode-invalid": (
        "Use disable, require, verify-ca or verify-full; allow and prefer only since 1.12: sslmode=verify-full.",
        "Remove what it does not know from the environment: PGREQUIRESSL, PGSSLCRL, PGCHANNELBINDING, PGGSSENCMODE.",
    ),
    "unknown-issuer": (
        (
            "Name the roots: sslmode=verify-full sslrootcert=ROOTS; without it 1.12 takes ~/.postgresql/root.crt if "
            "it is there, and the system's roots otherwise."
        ),
        "sslmode=require verifies too if sslrootcert is given, or since 1.12 if ~/.postgresql/root.crt exists.",
    ),
    "root-store-outdated": ("Put the roots of today into the file that sslrootcert names: sslrootcert=ROOTS.",),
    "missing-intermediate": ("Let the server send its intermediates: Go fetches none.",),
    "hostname-mismatch": (
        (
            "Connect by the name in the certificate: host=HOST. Since 1.11, hostaddr=ADDRESS names an address, and "
            "the name is verified."
        ),
        "If the certificate has a Common Name only, have it issued anew with subjectAltName: Go looks at nothing else.",
    ),
    "root-file-missing": ("Give sslrootcert (PGSSLROOTCERT) a full path that the process or container has: ROOTS.",),
    "root-file-format": ("sslrootcert has to be PEM: openssl x509 -inform DER -in ROOT.crt -out ROOTS",),
    "root-file-permissions": ("chmod 600 the key, or 640 if root owns it.",),
    "alpn-mismatch": ("Update lib/pq: its first version of sslnegotiation=direct sent no ALPN; or leave it out.",),
    "direct-tls-unsupported": (
        "Leave out sslnegotiation=direct: it needs PostgreSQL 17 and no older proxy before it.",
    ),
    "cipher-mismatch": (
        "Let the server offer ECDHE with AES-GCM: Go 1.22 no longer offers RSA key exchange, 1.23 no 3DES.",
    ),
    "tls-version-unsupported": ("Let the server offer TLS 1.2 or 1.3: Go since 1.18 offers nothing older.",),
    "client-certificate-required": ("Give the client's certificate and key: sslcert=client.crt sslkey=client.key.",),
}

LIB_PQ = Client(
    "lib-pq",
    "lib/pq",
    marks=(r"(?:^|[^\w])pq: ", r"github\.com/lib/pq"),
    over=("go-tls", "go-x509", "go-net"),
    signs=(
        sign(
            r"SSL is not enabled on the server(?!, connecting with)",
            likely("tls-not-offered", "The server answered the SSLRequest with something else than S, mostly N."),
            possible("not-postgres", "lib/pq says the same of any other answer."),
        ),
        sign(r"pq: unsupported sslmode", *_MODES),
        sign(r"pq: wrong value for \"?\$?(?:ssl|PGSSL)", *_MODES),
        sign(r"pq: (?:unknown custom|invalid|weak) sslmode", *_MODES),
        sign(r"pq: environment variable \$PG(?:SSL|REQUIRE|CHANNEL|GSS)\w{0,20} is not supported", *_MODES),
        sign(r"setting PG(?:SSL|REQUIRE|GSS|REALM)\w{0,20} not supported", *_MODES),
        sign(r"unrecognized configuration parameter \"ssl\w{1,30}\"", *_MODES),
        sign(r"Private key file has group or world access", *_KEY_RIGHTS),
        sign(r"private key has (?:group or )?world access", *_KEY_RIGHTS),
        sign(r"could not get owner information for private key", *_KEY_RIGHTS),
        sign(
            r"couldn't parse pem (?:in|from) sslrootcert",
            certain("root-file-format", "The file that sslrootcert names has no certificate in PEM."),
        ),
        sign(
            r"open [^\n]{1,300}?\.(?:crt|pem|cer|key|der)\"?: (?:no such file|The system cannot find)",
            certain("root-file-missing", "A file that the settings name does not exist."),
        ),
        sign(
            r"open [^\n]{1,300}?\.(?:crt|pem|cer|key|der)\"?: (?:permission denied|Access is denied)",
            certain("root-file-permissions", "A file that the settings name may not be read by this user."),
        ),
        sign(
            r"stat [^\n]{1,300}?\.postgresql/[\w.]{1,40}: permission denied",
            certain("root-file-permissions", "The home directory that lib/pq looks into belongs to another user."),
        ),
        sign(
            r"\bstat [^\n]{1,300}?\.(?:crt|pem|cer|key|der)\"?: (?:permission denied|Access is denied)",
            likely(
                "root-file-permissions", "A file that the settings name, or its directory, is not open to this user."
            ),
        ),
        sign(
            r"\bstat [^\n]{1,300}?\.(?:crt|pem|cer|key|der)\"?: no such file",
            likely("root-file-missing", "A file that the settings name does not exist."),
        ),
        sign(
            r"SCRAM-SHA-256 authentication error: ",
            likely("password-rejected", "The server or pooler refused the password inside SCRAM's last message."),
        ),
        sign(
            r"cannot authenticate SCRAM-SHA-256 server signature",
            likely("password-rejected", "What answers does not know this role's password: not the server meant?"),
            possible("client-library-bug", "A pooler may end SCRAM otherwise than lib/pq expects."),
        ),
        sign(
            r"invalid SCRAM-SHA-256 iteration count: \"?i=1\b",
            likely(
                "client-library-bug", "Neon's proxy may ask for one iteration, which old versions of lib/pq refuse."
            ),
            possible("role-missing", "A proxy may answer so for a role that it does not know."),
            possible("password-rejected", "The password may be of another role."),
        ),
        sign(
            r"pq: SCRAM-SHA-256 error: (?!SCRAM-SHA-256 authentication error|cannot authenticate|.{1,60}?\"?i=1\b)",
            *_SCRAM,
        ),
        sign(r"unsupported SCRAM-SHA-256 final message", *_SCRAM),
        sign(r"pq: unknown authentication response: ", *_SCRAM),
        sign(r"pq: unexpected (?:password|authentication|MD5|startup) \w{4,12}", *_SCRAM),
        sign(r"did not offer the supported SASL mechanism", *_SCRAM),
        sign(
            r"kerberos error: no GSSAPI provider registered",
            likely("password-rejected", "The server asks for Kerberos (gss), which this program was built without."),
            possible("client-library-bug", "The program may lack the import of lib/pq/auth/kerberos."),
        ),
        sign(
            r"unknown response for startup: ",
            likely("not-postgres", "What answers there does not speak PostgreSQL's protocol."),
            possible("startup-error", "A proxy may answer in a way of its own."),
        ),
    ),
    fixes=FIXES,
    aliases=("lib/pq", "pq"),
)
