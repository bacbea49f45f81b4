"""The errors a user can meet: each says what was found, and hints at what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LookalikeError(Exception):
    """A problem that the user can understand and mend.

    Attributes:
        message: One sentence: what was found and what was expected.
        hint: One sentence: what to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(LookalikeError):
    """A file, a value or a choice that cannot be used as it is."""


class NotFound(LookalikeError):
    """A list, run, snapshot or column of that name does not exist."""


class WorkspaceUnavailable(LookalikeError):
    """The workspace cannot be opened: locked, damaged, or of another version."""


class Cancelled(Exception):
    """Raised inside long work once its watcher has asked it to stop."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest known name, or lists what there is."""
    choices = sorted(known)
    close = difflib.get_close_matches(name.lower(), [choice.lower() for choice in choices], n=1)
    if close:
        meant = next(choice for choice in choices if choice.lower() == close[0])
        return f"Did you mean {meant!r}?"
    if not choices:
        return "There are none yet."
    shown = ", ".join(choices[:8]) + (", …" if len(choices) > 8 else "")
    return f"There are: {shown}."
