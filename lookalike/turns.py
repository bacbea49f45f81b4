"""Whose turn it is: round robin between owners, first come first served within one."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Turn:
    """What waits for its turn.

    Attributes:
        name: What it is found by; two of one name never run at once.
        owner: Whose it is.
        alone: Whether nothing else may run beside it.
    """

    name: str
    owner: str = ""
    alone: bool = False


@dataclass(slots=True)
class Turns:
    """Who waits, in lines by owner, and who runs.

    The lines stand in a ring. The first line whose owner has nothing running is served; when
    what was served has ended, what is left of the line goes to the ring's end, and so does the line
    of a newcomer. So whoever waits sees every other owner start at most once before it is their
    turn again, however much the others queue. An owner gets a second place only when nobody else
    waits for it.

    Attributes:
        lines: What waits, by owner, in the order of the ring.
        running: What was started and has not ended, in the order of starting.
    """

    lines: dict[str, deque[Turn]] = field(default_factory=dict)
    running: list[Turn] = field(default_factory=list)

    def add(self, turn: Turn) -> None:
        """Put a turn at the end of its owner's line."""
        self.lines.setdefault(turn.owner, deque()).append(turn)

    def start(self) -> Turn | None:
        """Take the next turn out of its line; None where nothing may start at present."""
        if any(turn.alone for turn in self.running):
            return None
        busy = Counter(turn.owner for turn in self.running)
        names = {turn.name for turn in self.running}
        for owner in sorted(self.lines, key=busy.__getitem__):  # stable: the ring's order
            first = self.lines[owner][0]
            if first.name in names:
                continue
            if first.alone and self.running:
                return None  # nobody overtakes: else it would never find the room empty
            self._take(first)
            self.running.append(first)
            return first
        return None

    def end(self, turn: Turn) -> None:
        """Note that a turn that was started has ended."""
        self.running.remove(turn)
        if turn.owner in self.lines:
            self.lines[turn.owner] = self.lines.pop(turn.owner)

    def drop(self, name: str) -> bool:
        """Take what waits under a name out of its line, and say whether there was anything."""
        found = [turn for line in self.lines.values() for turn in line if turn.name == name]
        for turn in found:
            self._take(turn)
        return bool(found)

    def waits(self, name: str) -> bool:
        """Whether something waits under a name."""
        return any(turn.name == name for line in self.lines.values() for turn in line)

    def forecast(self, places: int, left: Callable[[Turn], float]) -> list[tuple[Turn, float]]:
        """Return what waits in the order in which it will start, and how long until then.

        Args:
            places: How many can run at once.
            left: How long a turn, running or waiting, will go on once it runs.
        """
        waiting = {owner: deque(line) for owner, line in self.lines.items()}
        later = Turns(waiting, list(self.running))
        clock, order = 0.0, len(later.running)
        ends = [(left(turn), place, turn) for place, turn in enumerate(later.running)]
        heapq.heapify(ends)
        found: list[tuple[Turn, float]] = []
        while later.lines:
            turn = later.start() if len(ends) < places else None
            if turn is not None:
                found.append((turn, clock))
                heapq.heappush(ends, (clock + left(turn), order, turn))
                order += 1
            else:
                clock, _, ended = heapq.heappop(ends)
                later.end(ended)
        return found

    def _take(self, turn: Turn) -> None:
        line = self.lines[turn.owner]
        line.remove(turn)
        if not line:
            del self.lines[turn.owner]
