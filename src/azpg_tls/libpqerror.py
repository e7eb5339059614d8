"""What libpq says of a login that failed, taken apart: the server's own error, with its SQLSTATE if libpq shows it.

With PQERRORS_VERBOSE libpq writes ``FATAL:  28P01: text``, then lines that begin with DETAIL, HINT and LOCATION.

Source: PostgreSQL, src/interfaces/libpq/fe-protocol3.c (pqBuildErrorMessage3).
"""

from __future__ import annotations

import re

from azpg_tls.errorresponse import ServerError

# A severity is a word, translated or not; the two spaces behind the colon tell it from libpq's own sentences.
_ERROR = re.compile(
    r"(?:^|failed: |: )(?P<severity>[^\s:\"]{2,40}):  (?:(?P<sqlstate>[0-9A-Z]{5}): )?(?P<rest>.*)", re.DOTALL
)
_FIELD = re.compile(r"\n(DETAIL|HINT|LOCATION):  ")


def server_error(text: str) -> ServerError | None:
    """Return the server's error in *text*, None if the words are libpq's own."""
    match = _ERROR.search(text)
    if not match:
        return None
    message, *fields = _FIELD.split(match["rest"].rstrip())
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    sqlstate = match["sqlstate"] or ""
    return ServerError(match["severity"], sqlstate, message, named.get("DETAIL", ""), named.get("HINT", ""))
