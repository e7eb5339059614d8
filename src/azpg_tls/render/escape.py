"""How text from the network is shown: every character visible, none interpreted, none too long."""

from __future__ import annotations

LIMIT = 200  # characters; RFC 5280 appendix A allows 64 for a common name, a host name has 253 at most


def visible(text: str, limit: int = LIMIT) -> str:
    r"""Return *text* with what a terminal would act on written out, cut to *limit* characters.

    Control characters, line ends, bidirectional and zero-width marks, lone surrogates and unassigned code
    points are written as ``\x1b`` or ``\u202e``. What was cut is said: ``… (+1234 characters)``.
    """
    kept = text[:limit]
    shown = kept if kept.isprintable() else "".join(_shown(character) for character in kept)
    left_out = len(text) - limit
    return f"{shown}… (+{left_out} characters)" if left_out > 0 else shown


def visible_bytes(data: bytes, limit: int = LIMIT) -> str:
    r"""Return *data* as text where it is UTF-8, and as ``\xff`` where it is not, made visible."""
    return visible(data.decode("utf-8", "backslashreplace"), limit)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
