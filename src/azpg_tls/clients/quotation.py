"""What of a text is shown as the evidence of a cause: what a sign matched, with its words and quotes whole."""

from __future__ import annotations

import re

LONGEST_WORD = 20  # characters that are added at either end at most

_BEGINNING = re.compile(r"\w+\Z")
_END = re.compile(r"\w+")
# OpenSSL's packed code; the library, the function and the reason after it (ERR_error_string_n).
_CODE = re.compile(r"\berror:[0-9A-F]{8}\Z", re.IGNORECASE)
_REASON = re.compile(r":[\w ]{0,40}:\w{0,60}:\w[\w ./-]{1,59}?\w(?= ?[^\w ./-]|\.? [A-Z]|\.?\Z)")
# The rest of what is quoted: not up to a quote that opens.
_CLOSING = re.compile(r'[^"]{0,80}(?<![\s:=,(\[{])"')


def quotation(match: re.Match[str]) -> str:
    """Return what *match* found, its words and quotes whole, a code of OpenSSL's with its words."""
    text, begin, end = match.string, match.start(), match.end()
    if _joined(text, begin) and (half := _BEGINNING.search(text, max(begin - LONGEST_WORD, 0), begin)):
        begin = half.start()
    if _joined(text, end) and (half := _END.match(text, end, end + LONGEST_WORD)):
        end = half.end()
    if _CODE.search(text, begin, end) and (reason := _REASON.match(text, end)):
        end = reason.end()
    if text.count('"', begin, end) % 2:
        if text[begin] == '"':
            begin += 1
        elif closing := _CLOSING.match(text, end):
            end = closing.end()
    return text[begin:end]


def _joined(text: str, place: int) -> bool:
    """Whether *place* is within a word of *text*."""
    return 0 < place < len(text) and all(each.isalnum() or each == "_" for each in text[place - 1 : place + 1])
