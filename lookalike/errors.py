"""The errors a user can meet: each says what was found, and hints at what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

LONGEST = 80  # characters of a user's own text in a sentence
COMPARED = 1_000  # names that a mistyped one is compared with


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
    lower = [choice.lower()[:LONGEST] for choice in choices[:COMPARED]]
    close = difflib.get_close_matches(name.lower()[:LONGEST], lower, n=1)
    if close:
        return f"Did you mean {shown(choices[lower.index(close[0])])}?"
    if not choices:
        return "There are none yet."
    return f"There are: {listed(choices, 8)}."


def shown(text: str) -> str:
    """Quote a user's own text as a sentence can hold it: printable, and cut where it is long."""
    return repr(_cut(text))


def listed(names: Sequence[str], most: int) -> str:
    """List the first names as a sentence can hold them: printable, each cut where it is long."""
    plain = (name if name.isprintable() else repr(name)[1:-1] for name in map(_cut, names[:most]))
    return ", ".join(plain) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
