"""A run of many lists under way: the users that its lists share, and how many each list may have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lookalike import audience, seeds, training
from lookalike.batch.spec import Spec
from lookalike.errors import BadInput
from lookalike.expansion import check_size
from lookalike.pool import Pool
from lookalike.ranking import counted
from lookalike.training import Listed
from lookalike.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Work:
    """A run of many lists under way.

    Attributes:
        workspace: Where.
        run: Its id.
        spec: What was asked.
        pool: The users, the same for every list.
    """

    workspace: Workspace
    run: str
    spec: Spec
    pool: Pool

    @cached_property
    def excluded(self) -> NDArray[np.int64]:
        """Ascending positions of the users that no audience may hold."""
        rows = [seeds.load(self.workspace, name).rows for name in self.spec.cut.exclude]
        rows.append(audience.rows_of(self.workspace, self.spec.cut.exclude_audiences))
        return self.pool.vectors.positions(np.unique(np.concatenate(rows)))

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Which positions are eligible."""
        inside = np.zeros(len(self.pool), bool)
        inside[self.pool.eligible] = True
        return inside

    def without(self, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the ascending positions of those who cannot be in a list's audience."""
        return np.union1d(members, self.excluded)

    def room(self, place: int, members: NDArray[np.int64]) -> dict[str, int]:
        """Return how many users are left for a list's audience, and how many are wanted of them.

        Raises:
            BadInput: Nobody is left, or fewer than were asked for.
        """
        gone = int(self.inside[self.without(members)].sum())
        available = len(self.pool.eligible) - gone
        lost = gone - int(self.inside[members].sum())
        if not available:
            raise BadInput(
                f"Nobody is left: all {lost:,} users that could be in it are on an exclusion list.",
                "Exclude fewer lists.",
            )
        cut = self.spec.cut_of(place)
        count = available
        if cut.least_score is None:
            count = counted(cut.size, len(self.pool.eligible), available, lost)
        return {
            "eligible": len(self.pool.eligible),
            "available": available,
            "excluded": lost,
            "wanted": count,
        }

    def listed(self, place: int) -> Listed:
        """Return a list as it is trained on.

        Raises:
            NotFound: It is gone.
            BadInput: It has changed, or cannot be expanded.
        """
        spec = self.spec.of(place)
        known = seeds.load(self.workspace, spec.seed_list)
        check_size(len(known.rows), known.report.rows)
        listed = training.list_in(self.workspace, self.pool, spec)
        if listed.fingerprint != self.spec.sha256[place]:
            raise BadInput("The list has changed since this was asked for.", "Expand the lists again.")
        return listed
