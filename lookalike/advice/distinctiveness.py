"""How far a list is from a random draw of users: told at once, before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.centroid import unit_rows
from lookalike.pool import Pool

SEEDS = 1_000  # of a longer list are looked at
USERS = 4_000  # stand for all eligible users
DRAWS = 200
LEAST = 3
CHANCE = 0.01  # p-values from here on: no different from a random draw
FAINT = 0.6  # under this AUC a list is told apart, but hardly


@dataclass(frozen=True, slots=True)
class Distinctiveness:
    """How a list differs from random users.

    Attributes:
        auc: The chance that a seed is more like the other seeds than a random eligible user off the
            list is; 0.5 for a random draw.
        p_value: How often random draws of the same size hold together as closely.
        seeds: How many seeds were looked at.
    """

    auc: float
    p_value: float
    seeds: int

    @property
    def level(self) -> str:
        """Return "random", "faint" or "distinct"."""
        if self.p_value > CHANCE or self.auc <= 0.5:
            return "random"
        return "faint" if self.auc < FAINT else "distinct"

    def sentence(self) -> str:
        """Say what it means for the list."""
        share = f"{100 * self.auc:.0f} of 100"
        if self.level == "random":
            return (
                "These seeds look like a random draw from your users: expansion cannot do much with "
                "them. Check that the list holds the people you mean, and that their ids are right."
            )
        if self.level == "faint":
            return (
                f"These seeds have little in common: in only {share} pairs of a seed and a random "
                "user is the seed more like the rest of the list (50 is chance). Expect little."
            )
        return (
            f"These seeds have something in common: in {share} pairs of a seed and a random user, "
            "the seed is more like the rest of the list (50 is chance)."
        )


def measure(pool: Pool, positives: NDArray[np.int64], random_state: int = 0) -> Distinctiveness | None:
    """Compare a list with random draws from the eligible users; None under three seeds.

    The closeness of a list is the mean cosine of a seed to the other seeds, in whitened embedding
    space. Its p-value comes from random draws of the same size; the AUC compares each seed, left out
    of the list's middle, with random users. Takes a fraction of a second at any size.

    Args:
        pool: The users.
        positives: Positions of the seeds, ascending int64, shape (P,).
        random_state: Fixes the draws.
    """
    rng = np.random.default_rng(random_state)
    if len(positives) < LEAST:
        return None
    others = np.setdiff1d(pool.eligible, positives, assume_unique=True)
    if len(positives) > SEEDS:
        positives = np.sort(rng.choice(positives, SEEDS, replace=False))
    if len(others) > USERS:
        others = np.sort(rng.choice(others, USERS, replace=False))
    if not len(others):
        return None
    seeds, users = directions(pool, positives), directions(pool, others)
    middle, count = seeds.sum(axis=0), len(seeds)
    own = (seeds @ middle - np.square(seeds).sum(axis=1)) / (count - 1)
    ordered = np.sort(users @ middle / count)
    below = np.searchsorted(ordered, own, side="left") + np.searchsorted(ordered, own, side="right")
    everybody = np.concatenate([seeds, users])
    closeness = middle @ middle  # all rows are of length 1, so this orders draws as the mean cosine
    as_close = 0
    for _ in range(DRAWS):
        drawn = everybody[rng.choice(len(everybody), count, replace=False)].sum(axis=0)
        as_close += bool(drawn @ drawn >= closeness)
    return Distinctiveness(float(below.mean() / (2 * len(ordered))), (as_close + 1) / (DRAWS + 1), count)


def directions(pool: Pool, positions: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the whitened vectors of some users at length 1, float32, shape (users, d)."""
    mean, whitening = (part.astype(np.float32) for part in pool.vectors.core_whitening)
    rows: NDArray[np.float32] = unit_rows((pool.at(positions).core - mean) @ whitening)
    return rows
