"""Where trust anchors come from: this package's bundle, the system, certifi, or a file."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from azpg_tls import bundle
from azpg_tls.bundle.normalise import certificates
from azpg_tls.chain import Trust
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

DEBIAN_FILE = "/etc/ssl/certs/ca-certificates.crt"  # where OpenSSL's own default is a directory only


def load(sslrootcert: str, profile: str) -> Trust:
    """Return the anchors that *sslrootcert* names: ``bundle``, ``system``, ``certifi`` or a file's path.

    Raises `InputError` if there is no such file, or no certificate in it.
    """
    if sslrootcert == "bundle":
        return Trust(f"bundle, profile {profile}", bundle.anchors(profile))
    if sslrootcert == "system":
        return _of_file(_system_file(), "system")
    if sslrootcert == "certifi":
        import certifi

        return _of_file(Path(certifi.where()), "certifi")
    return _of_file(Path(sslrootcert).expanduser(), sslrootcert)


def _of_file(path: Path, label: str) -> Trust:
    from azpg_tls.bundle.directory import read_file  # imported late: the bundle needs none of it

    found = certificates(read_file(path), str(path))
    return Trust(visible(label), tuple(certificate.public_bytes(Encoding.DER) for certificate in found))


def _system_file() -> Path:
    """Return the file in which this system keeps its roots, as OpenSSL and SSL_CERT_FILE name it."""
    import ssl

    file = ssl.get_default_verify_paths().cafile or DEBIAN_FILE
    if not Path(file).is_file():
        raise InputError(f"this system has no file of roots at '{file}'; set SSL_CERT_FILE or name a file")
    return Path(file)
