"""How long work tells its watcher where it stands, and hears that it should stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lookalike.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Update:
    """One report: the share done (0 to 1), a sentence, and facts such as epoch and loss."""

    fraction: float
    message: str
    facts: dict[str, Any] = field(default_factory=dict)


class Progress:
    """Passes reports to a listener and raises `Cancelled` when the work should stop.

    Args:
        listener: Called with every `Update`; None listens to nothing.
        cancelled: Asked at every report; True makes the report raise `Cancelled`.
        low: Where this part of the work begins on the whole (0 to 1).
        high: Where it ends.
    """

    def __init__(
        self,
        listener: Callable[[Update], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        low: float = 0.0,
        high: float = 1.0,
    ) -> None:
        self._listener = listener
        self._cancelled = cancelled
        self._low = low
        self._high = high

    def at(self, fraction: float, message: str, **facts: Any) -> None:
        """Report `fraction` (0 to 1) of this part as done.

        Raises:
            Cancelled: The watcher asked the work to stop.
        """
        if self._cancelled():
            raise Cancelled
        if self._listener is not None:
            share = self._low + (self._high - self._low) * min(max(fraction, 0.0), 1.0)
            self._listener(Update(share, message, facts))

    def span(self, low: float, high: float) -> Progress:
        """Return the progress of a sub-task that covers `low` to `high` of this part."""
        width = self._high - self._low
        return Progress(
            self._listener, self._cancelled, self._low + width * low, self._low + width * high
        )


SILENT = Progress()
