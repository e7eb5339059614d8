"""OpenSSL's own judgement of a name, for comparison: X509_check_host, as a verification calls it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import crypto

# pyOpenSSL offers no way to it; what it is made of does.
from OpenSSL._util import ffi, lib

from azpg_tls.lab import pki
from tests.observed import AT

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = pki.new_key()


def openssl_accepts(name: str, dns_names: Sequence[str], *, common_name: str = "server") -> bool:
    """Whether OpenSSL takes a certificate with *dns_names*, an anchor of its own, for the host *name*."""
    store = crypto.X509Store()
    parameters = ffi.gc(lib.X509_VERIFY_PARAM_new(), lib.X509_VERIFY_PARAM_free)
    host = name.encode()
    assert lib.X509_VERIFY_PARAM_set1_host(parameters, host, len(host)) == 1
    assert lib.X509_STORE_set1_param(store._store, parameters) == 1
    store.set_time(AT)
    made = crypto.X509.from_cryptography(_anchor(dns_names, common_name))
    store.add_cert(made)
    try:
        crypto.X509StoreContext(store, made).verify_certificate()
    except crypto.X509StoreContextError as error:
        assert error.errors[0] == 62, error  # noqa: PT017 (X509_V_ERR_HOSTNAME_MISMATCH, and nothing else)
        return False
    return True


def _anchor(dns_names: Sequence[str], common_name: str) -> x509.Certificate:
    subject = pki.subject_of(common_name)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(AT).not_valid_after(AT + dt.timedelta(days=1))
    if dns_names:
        names = x509.SubjectAlternativeName([x509.DNSName(dns_name) for dns_name in dns_names])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(KEY, hashes.SHA256())
