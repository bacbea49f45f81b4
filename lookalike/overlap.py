"""How much two sets of users have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Name = TypeVar("Name", str, int)


@dataclass(frozen=True, slots=True)
class Overlap(Generic[Name]):
    """Two sets of users.

    Attributes:
        one: The first, by its name or number.
        other: The second.
        size: Users of the first.
        other_size: Users of the second.
        common: Users of both.
    """

    one: Name
    other: Name
    size: int
    other_size: int
    common: int

    @property
    def share(self) -> float:
        """Which share of the first is in the second."""
        return self.common / self.size if self.size else 0.0

    @property
    def other_share(self) -> float:
        """Which share of the second is in the first."""
        return self.common / self.other_size if self.other_size else 0.0

    @property
    def jaccard(self) -> float:
        """Users of both among the users of either (Jaccard 1901): 0 apart, 1 the same."""
        either = self.size + self.other_size - self.common
        return self.common / either if either else 0.0
