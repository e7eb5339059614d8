"""A password or token that is not shown by accident: not in a log, an exception, a traceback or a saved value."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a text that only `reveal` gives; its repr, str and format hide it, and it cannot be pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hold *text*."""
        self._text = text

    def reveal(self) -> str:
        """Return the text, for whoever it is meant for."""
        return self._text

    def __bool__(self) -> bool:
        """Whether there is a text at all."""
        return bool(self._text)

    def __repr__(self) -> str:
        """Show that there is a secret, and nothing of it."""
        return "Secret('***')"

    def __reduce__(self) -> NoReturn:
        """Refuse to be saved."""
        raise TypeError("a secret is not saved")
