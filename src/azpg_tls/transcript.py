r"""From pasted text to the messages in it: what terminals, logs, JSON and mail did to a client's words is undone.

A message comes out on one line, with plain quotes, without colours, escapes and secrets. A short paste is one message,
since an exception and its causes belong together; in a log a message begins where a line begins with a time stamp or a
level, and messages that differ in numbers alone are one, with their count.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = 60  # lines; what a person copies of one failure, a stack trace included
FEW = 10  # of them with a time stamp or a level: more are a log, in which failures follow each other
LONGEST = 64 * 1024  # characters of one message that are looked at
MOST = 2000  # different messages that are looked at
ENOUGH = 1024 * 1024  # characters of all of them together
OVERLAP = 512  # characters by which the parts of an overlong message overlap

# ECMA-48 control sequences, and OSC with its end; ECMA-48 section 5.4, xterm's ctlseqs.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
# A line end or a tab written out; without JSON's written quotes, not one that may be in a path (C:\new\root.crt).
_WRITTEN_END = re.compile(r"(?<!\\)\\{1,8}[nrt]")
_NOT_IN_A_PATH = re.compile(r"(?<!\\)\\{1,8}[nrt](?![\w.-]{2,40}\\|[\w-]{2,40}\.\w{2,4}\b)")
_WRITTEN_QUOTE = re.compile(r"(?<!\\)\\{1,8}([\"'/`])")
# The quotes of other languages and of word processors, to plain ones.
_QUOTES = str.maketrans({**dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‘’‚′", "'"), "\u00a0": " "})  # noqa: RUF001
_QUOTED_LINE = re.compile(r"^[ \t]*[>|] ?", re.MULTILINE)
_ENTITY = re.compile(r"&(?:quot|apos|amp|lt|gt|#\d{2,4}|#x[0-9a-f]{2,4});")
_SPACE = re.compile(r"\s+")
# Numbers in which messages that say the same differ: times, processes, addresses. Not so an alert's, an OpenSSL or
# system error's, a verification's, or a SQLSTATE of a connection; those follow such a word or have such a form.
_NUMBER = re.compile(
    r"""\d(?<!\d\d)
        (?<!number[ ]\d)(?<!num=\d)(?<!rror:\d)(?<!rrno[ ]\d)(?<!rror[ ]\d)(?<!ode[ :=]\d)(?<!ode:[ ]\d)(?<!0x8)
        (?!(?<=0)8[0P]0\d\b|(?<=2)8[0P]0\d\b|(?<=3)D000|(?<=4)2[57]0\d\b|(?<=5)3[0-4]00\b|(?<=5)7P0\d)[0-9a-f]*
      | \b[0-9a-f]{8,}\b""",
    re.VERBOSE,
)

_BEGINNING = re.compile(
    r"""^[\s>|"'\[{(]*(?:
        (?:time|ts|timestamp|date|level|severity|t)["']?\s?[=:]                   # logfmt, JSON
      | \d{4}[-/.]\d\d[-/.]\d\d[T ]                                               # ISO 8601
      | \d{1,2}:\d\d:\d\d[.,\s]
      | \d\d[-/.]\d\d[-/.]\d{2,4}[ T]
      | \d{1,2}[ /]\w{3}[ /]\d{4}[: ]
      | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*[ ,]+\d
      | (?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|SEVERE|PANIC)\b
      | [IWEF]\d{4}\s                                                             # klog
      | psql:\s|pg_\w+:\s
    )""",
    re.VERBOSE,
)

# What a message has in it, in lower case, if it is about connecting at all; the rest of a log is not looked at.
_TELLING = re.compile(
    r"ssl|tls|cert|x509|pki?x|pem |cipher|crypto|digest|trust|handshake|alert|verif|protocol|alpn|sni"
    r"|conn|socket|host|dns|addr|nxdomain|resol|dial|refused|time|deadline|reset|eof|pipe|peer|unreach|network|route|pkt"
    r"|packet|startup|server|client|pg_hba|auth|passw|token|credential|login|gss|krb|kerb|role|database|pool|key|root"
    r"|postgres|sql|pq:|fatal|error|fail|exception|denied|hresult|errno|enoent|enotfound|eproto|verbindung|conex"
)

# In a log without stamps and levels every line begins anew, but those that go on with an exception or an error.
_UNSTAMPED = re.compile(r"(?!\s|Caused by|at |--->|\.\.\. |DETAIL:|HINT:|CONTEXT:)")


@dataclass(frozen=True)
class Message:
    """One message on one line, and how often it occurred."""

    text: str
    count: int = 1


def decode(data: bytes) -> str:
    """Return *data* as text, whatever it is: UTF-8, or UTF-16 as PowerShell writes it; what is neither is replaced.

    A line that is no UTF-8 is taken for Windows' Western code page, in which a German or French psql writes there.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "".join(_decoded(line) for line in data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True))


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def messages(text: str) -> tuple[tuple[Message, ...], int]:
    """Return the different messages of *text* in their order, and how many were left out beyond `MOST`."""
    lines = [line for line in text.splitlines() if line and not line.isspace()]
    if len(lines) <= SHORT and len(text) <= LONGEST and sum(map(_begins, lines)) < FEW:
        whole = clean(text)
        return ((Message(whole),) if whole else ()), 0
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    size = 0
    for entry in filter(_telling, _entries(lines)):
        key = _NUMBER.sub("0", entry)
        counts[key] += 1
        if counts[key] == 1 and len(first) < MOST and size < ENOUGH:
            first[key] = entry
            size += len(entry)
    found = (Message(clean(entry), counts[key]) for key, entry in first.items())
    return tuple(message for message in found if message.text), len(counts) - len(first)


def _telling(entry: str) -> bool:
    return not entry.isascii() or bool(_TELLING.search(entry.lower()))  # not in ASCII: it may be in any language


def _begins(line: str) -> bool:
    return bool(_BEGINNING.match(line, 0, 200))


def _entries(lines: list[str]) -> Iterator[str]:
    """Divide a log where a line begins anew, and what is overlong into parts."""
    entry: list[str] = []
    size = 0
    begins = _BEGINNING if any(map(_begins, lines)) else _UNSTAMPED
    for line in lines:
        if entry and (size + len(line) > LONGEST or begins.match(line, 0, 200)):
            yield "\n".join(entry)
            entry, size = [], 0
        if len(line) > LONGEST:
            yield from _parts(line)
        else:
            entry.append(line)
            size += len(line)
    yield "\n".join(entry)


def _parts(line: str) -> Iterator[str]:
    for begin in range(0, len(line) - OVERLAP, LONGEST - OVERLAP):
        part = line[begin : begin + LONGEST]
        # What a part begins with may be the end of a secret, whose beginning told that it is one.
        yield part if begin == 0 else part.partition(" ")[2] or part


def clean(text: str) -> str:
    """Return *text* on one line as the client worded it, its secrets replaced by ``***``."""
    text = _QUOTED_LINE.sub("", _CONTROL.sub(" ", _ANSI.sub("", text)).translate(_QUOTES))
    # Escapes say where a quoted secret ends; some secrets only show when they are undone.
    hidden = redact(text)
    if (plain := _unescaped(hidden)) != hidden:
        hidden = redact(plain)
    return _SPACE.sub(" ", hidden).strip()


def _unescaped(text: str) -> str:
    if "\\" in text:
        ends = _WRITTEN_END if '\\"' in text else _NOT_IN_A_PATH
        text = _WRITTEN_QUOTE.sub(r"\1", ends.sub("\n", text))
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text
