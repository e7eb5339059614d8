"""The libpq that psycopg has loaded: what it can do beyond what psycopg has calls for."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

from psycopg import pq
from psycopg.pq.misc import find_libpq_full_path

_VERBOSE = 2  # PQERRORS_VERBOSE, src/interfaces/libpq/libpq-fe.h: shows the SQLSTATE


def presented(pgconn: Any) -> tuple[bytes, ...]:
    """Return the certificates that the server of *pgconn* presented (DER), none where libpq cannot be asked.

    The functions are those of the OpenSSL that this libpq is linked with: the loader finds them through it.
    """
    library = loaded()
    if library is None or not pgconn.ssl_in_use:
        return ()
    try:
        for function in (library.PQsslStruct, library.SSL_get_peer_cert_chain, library.OPENSSL_sk_value):
            function.restype = ctypes.c_void_p
        session = ctypes.c_void_p(library.PQsslStruct(ctypes.c_void_p(pgconn.pgconn_ptr), b"OpenSSL"))
        chain = ctypes.c_void_p(library.SSL_get_peer_cert_chain(session))
        places = range(library.OPENSSL_sk_num(chain))
        return tuple(_der(library, ctypes.c_void_p(library.OPENSSL_sk_value(chain, place))) for place in places)
    except AttributeError:  # another TLS library
        return ()


def _der(library: ctypes.CDLL, certificate: ctypes.c_void_p) -> bytes:
    buffer = ctypes.create_string_buffer(library.i2d_X509(certificate, None))
    library.i2d_X509(certificate, ctypes.byref(ctypes.c_void_p(ctypes.addressof(buffer))))
    return buffer.raw


def show_sqlstate(pgconn: Any) -> None:
    """Have libpq show the SQLSTATE of a refused login, which psycopg has no call for; without it the words decide."""
    library = loaded()
    if library:
        library.PQsetErrorVerbosity(ctypes.c_void_p(pgconn.pgconn_ptr), _VERBOSE)


@cache
def loaded() -> ctypes.CDLL | None:
    """Return the very libpq that psycopg calls, None where its functions cannot be reached.

    A program may have loaded others (psycopg2 brings its own), which take this one's connections for something else. A
    symbol that is looked for in psycopg's module is found in what that is linked with, and nowhere else.
    """
    in_python = pq.__impl__ == "python"
    try:
        library = ctypes.CDLL(find_libpq_full_path() if in_python else sys.modules[pq.PGconn.__module__].__file__)
    except OSError:
        return None
    return library if hasattr(library, "PQsetErrorVerbosity") else None
