"""Sources and the manifest → a bundle of roots → the bytes of its files. No file is read or written here.

Nothing becomes an anchor but a self-signed CA certificate whose SHA-256 the manifest names as a root of the
profile. Other certificates that the manifest knows are set aside; one that it does not know stops the build.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from azpg_tls.bundle.manifest import Entry, Manifest, ManifestError, instant
from azpg_tls.bundle.normalise import certificates
from azpg_tls.errors import InputError
from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

CUSTOM = "custom"  # the profile of a bundle whose roots were given one by one
PEM_FILE = "azure-postgres.pem"
MANIFEST_FILE = "manifest.json"
SUMS_FILE = "SHA256SUMS"
SCHEMA = "azpg-tls/bundle/1"


class UnexpectedCertificateError(InputError):
    """A source holds other bytes than the manifest expects of it."""


@dataclass(frozen=True)
class Source:
    """Bytes from a file or URL called *name*; *expected* is the entry they must be, where the name says so."""

    name: str
    data: bytes
    expected: Entry | None = None


@dataclass(frozen=True)
class Identified:
    """A certificate that the manifest knows, and the name of the first source that held it."""

    entry: Entry
    certificate: x509.Certificate
    source: str

    @property
    def der(self) -> bytes:
        """The certificate in DER: the bytes that the digests are of."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class Bundle:
    """The roots of one profile, and the known certificates of the sources that are no roots of it."""

    version: str
    profile: str
    anchors: tuple[Identified, ...]
    set_aside: tuple[Identified, ...]


def sha256_of(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the certificate's DER in lower-case hex."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def identify(manifest: Manifest, sources: Iterable[Source]) -> tuple[Identified, ...]:
    """Read *sources* and return their certificates, each once, in the manifest's order.

    Raises UnexpectedCertificateError: a certificate is not the expected one, or not in the manifest.
    Raises InputError: a source does not hold certificates.
    Raises ManifestError: the manifest says something of a certificate that the certificate does not.
    """
    found: dict[str, Identified] = {}
    for source in sources:
        for certificate in _certificates_of(source):
            entry = _entry_of(certificate, source, manifest)
            found.setdefault(entry.slug, Identified(entry, certificate, source.name))
    for item in found.values():
        _check_facts(item)
    return tuple(found[entry.slug] for entry in manifest.entries if entry.slug in found)


def build(manifest: Manifest, identified: Iterable[Identified], profile: str | None) -> Bundle:
    """Return the bundle of *profile*; with None, of every root given that is a root of some profile.

    Raises InputError: a root of the profile is not among the certificates, or no root is.
    """
    known = tuple(identified)
    anchors = tuple(item for item in known if _is_anchor(item.entry, profile))
    if profile is not None:
        given = {item.entry.slug for item in anchors}
        missing = [entry.common_name for entry in manifest.roots(profile) if entry.slug not in given]
        if missing:
            raise InputError(f"the sources lack {', '.join(missing)}, which the profile {profile} needs")
    if not anchors:
        raise InputError("the sources hold no root of the bundle; an intermediate is never an anchor")
    set_aside = tuple(item for item in known if item not in anchors)
    return Bundle(manifest.version, profile or CUSTOM, anchors, set_aside)


def files(bundle: Bundle) -> dict[str, bytes]:
    """Return the bundle's files by name. The same bundle gives the same bytes."""
    contents = {PEM_FILE: _pem(bundle)}
    contents |= {f"{item.entry.slug}.der": item.der for item in bundle.anchors}
    contents[MANIFEST_FILE] = json_bytes(_document(bundle))
    contents[SUMS_FILE] = sums(contents)
    return contents


def sums(contents: dict[str, bytes]) -> bytes:
    """Return what ``sha256sum`` would print of the files, as ``sha256sum -c`` reads it."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(contents.items()))
    return "".join(lines).encode("ascii")


def json_bytes(document: object) -> bytes:
    """Return *document* as JSON for people and programs: indented, ASCII, with a line end."""
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def _is_anchor(entry: Entry, profile: str | None) -> bool:
    return profile in entry.profiles if profile is not None else bool(entry.profiles)


def _certificates_of(source: Source) -> tuple[x509.Certificate, ...]:
    try:
        return certificates(source.data, source.name)
    except InputError as error:
        if source.expected is None:
            raise
        found = hashlib.sha256(source.data).hexdigest()
        raise UnexpectedCertificateError(_mismatch(source, source.expected, found, f" ({error})")) from None


def _entry_of(certificate: x509.Certificate, source: Source, manifest: Manifest) -> Entry:
    found = sha256_of(certificate)
    if source.expected is not None and source.expected.sha256 != found:
        raise UnexpectedCertificateError(_mismatch(source, source.expected, found))
    entry = manifest.by_digest(found)
    if entry is None:
        raise UnexpectedCertificateError(
            f"{visible(source.name)}: the manifest does not know {_kind(certificate)} "
            f"{visible(certificate.subject.rfc4514_string())} with the SHA-256 {found}"
        )
    return entry


def _mismatch(source: Source, expected: Entry, found: str, remark: str = "") -> str:
    return (
        f"{visible(source.name)}: not {expected.common_name} as the manifest knows it: "
        f"expected SHA-256 {expected.sha256}, found {found}{remark}"
    )


def _kind(certificate: x509.Certificate) -> str:
    if certificate.subject == certificate.issuer:
        return "the root (a new one is a reviewed change of the manifest)"
    return "the certificate, which is no root and can never be an anchor,"


def _check_facts(item: Identified) -> None:
    entry, certificate = item.entry, item.certificate
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    facts = (
        ("spki_sha256", entry.spki_sha256, hashlib.sha256(spki).hexdigest()),
        ("not_before", instant(entry.not_before), instant(certificate.not_valid_before_utc)),
        ("not_after", instant(entry.not_after), instant(certificate.not_valid_after_utc)),
        ("common_name", entry.common_name, _common_name(certificate)),
        ("role", entry.role, "root" if _is_root(certificate) else "intermediate"),
    )
    for name, said, true in facts:
        if said != true:
            raise ManifestError(f"the manifest says {name} = {said!r} of {entry.slug}, its certificate {true!r}")


def _common_name(certificate: x509.Certificate) -> str:
    (attribute,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(attribute.value)


def _is_root(certificate: x509.Certificate) -> bool:
    """Whether it is a CA that names itself as its issuer.

    Its signature by itself is not checked: it proves nothing that the digest does not (RFC 5280 section 6.1 takes
    an anchor's name and key as given), and cryptography refuses the SHA-1 of the oldest roots.
    """
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and certificate.subject == certificate.issuer


def _pem(bundle: Bundle) -> bytes:
    head = f"# azpg-tls bundle {bundle.version}, profile {bundle.profile}: roots only. See {MANIFEST_FILE}.\n"
    return head.encode("ascii") + b"".join(_pem_block(item) for item in bundle.anchors)


def _pem_block(item: Identified) -> bytes:
    lines = (
        "",
        f"# Subject: {item.certificate.subject.rfc4514_string()}",
        f"# SHA-256: {item.entry.sha256}",
        f"# Valid: {instant(item.entry.not_before)} to {instant(item.entry.not_after)}",
        "",
    )
    text = "\n".join(lines).encode("ascii", "backslashreplace")
    return text + item.certificate.public_bytes(serialization.Encoding.PEM)


def _document(bundle: Bundle) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "version": bundle.version,
        "profile": bundle.profile,
        "certificates": [_described(item) for item in bundle.anchors],
    }


def _described(item: Identified) -> dict[str, object]:
    entry = item.entry
    pin = base64.b64encode(bytes.fromhex(entry.spki_sha256)).decode("ascii")
    return {
        "slug": entry.slug,
        "file": f"{entry.slug}.der",
        "subject": item.certificate.subject.rfc4514_string(),
        "sha256": entry.sha256,
        "spki_sha256": entry.spki_sha256,
        "pin": f"sha256/{pin}",
        "not_before": instant(entry.not_before),
        "not_after": instant(entry.not_after),
        "urls": list(entry.urls),
        "why": entry.why,
        "until": entry.until.isoformat(),
        "until_why": entry.until_why,
    }
