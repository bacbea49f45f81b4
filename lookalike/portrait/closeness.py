"""How near a user is to a seed list in embedding space, and who else is near: counts, never names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.advice.distinctiveness import directions
from lookalike.pool import BLOCK, Pool

NEAREST = 50  # fellows of a user


@dataclass(frozen=True, slots=True)
class Closeness:
    """A user against a seed list.

    Attributes:
        closer_than: The share of the ranked users that are less close to the middle of the list.
        nearest: How many nearest fellows were looked at, among ranked users and seeds.
        seeds: How many of these are seeds.
        expected: How many would be by chance.
    """

    closer_than: float
    nearest: int
    seeds: int
    expected: float

    def sentence(self) -> str:
        """Say it in words."""
        return (
            f"In what they do they are closer to the list than {100 * self.closer_than:.1f} % of the "
            f"ranked users; of the {self.nearest:,} users most like them {self.seeds:,} are seeds, "
            f"where chance would give {self.expected:.2g}."
        )


def measure(pool: Pool, seeds: NDArray[np.int64], user: int) -> Closeness:
    """Hold a user against the list, by cosines of whitened embeddings.

    The middle of the list is the sum of the seeds' unit vectors, as the method "Similarity" has it;
    a seed is held against the others of the list. One pass over the users, exact.

    Args:
        pool: Its eligible users are those that were ranked.
        seeds: Positions of the seeds, ascending int64, at least one.
        user: The position of the user.
    """
    fellows = np.setdiff1d(seeds, [user], assume_unique=True)
    ranked = np.setdiff1d(pool.eligible, [user], assume_unique=True)
    ranked = np.setdiff1d(ranked, fellows, assume_unique=True)
    own = directions(pool, np.array([user]))[0]
    of_seeds = _cosines(pool, fellows, own[:, None])[:, 0]
    middle = np.zeros_like(own)
    for start in range(0, len(fellows), BLOCK):
        middle += directions(pool, fellows[start : start + BLOCK]).sum(axis=0)
    others = _cosines(pool, ranked, np.stack([middle, own], axis=1))
    everybody = np.concatenate([of_seeds, others[:, 1]])
    count = min(NEAREST, len(everybody))
    nearest = np.argpartition(-everybody, count - 1)[:count] if count else np.empty(0, np.int64)
    return Closeness(
        closer_than=float(np.mean(others[:, 0] < own @ middle)) if len(others) else 0.0,
        nearest=count,
        seeds=int((nearest < len(fellows)).sum()),
        expected=count * len(fellows) / max(len(everybody), 1),
    )


def _cosines(
    pool: Pool, positions: NDArray[np.int64], towards: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Products of the users' unit vectors with some directions, shape (positions, directions)."""
    found = np.empty((len(positions), towards.shape[1]), np.float32)
    for start in range(0, len(positions), BLOCK):
        part = slice(start, start + BLOCK)
        found[part] = directions(pool, positions[part]) @ towards
    return found
