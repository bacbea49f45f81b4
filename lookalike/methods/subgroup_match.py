"""Users matched with sub-groups of the seeds: look-alikes of any of them, not of the average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.head_prior import prior_of
from lookalike.methods.past_heads import Rows, rows_of
from lookalike.methods.subgroup_attention import clustered, match_of, untaught
from lookalike.pool import Pool, Users
from lookalike.progress import Progress

MOST_SEEDS = 20_000  # that sub-groups are made of


@dataclass(frozen=True, eq=False, slots=True)
class SubgroupMatch:
    """One list's match, as it looks at stored users.

    Attributes:
        rows: How users become rows.
        weights: Of the core columns: the list as a whole, then how each of K sub-groups differs, then
            by what a user chooses among them, float32, shape (d, 1 + 2 K).
        shift: What is added before a user's numbers are divided by the root of its length, shape
            (1 + 2 K,).
        after: What is added then, shape (1 + 2 K,).
        past_lists: How many past lists had a say.
        attentive: Whether attention was learned from them.
    """

    rows: Rows
    weights: NDArray[np.float32]
    shift: NDArray[np.float32]
    after: NDArray[np.float32]
    past_lists: int
    attentive: bool

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the match of users with the list, shape (users,)."""
        return matched(
            users.core @ self.weights + self.shift, users.each("roots", self.rows.roots), self.after
        )

    @property
    def told(self) -> dict[str, Any]:
        """What is kept with a run, as JSON can hold it."""
        groups = (len(self.shift) - 1) // 2
        return {"past_lists": self.past_lists, "attentive": self.attentive, "groups": groups}


def matched(
    products: NDArray[np.float32], roots: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return scores from users' products with a list's columns, which are written over.

    Args:
        products: Shape (users, 1 + 2 K).
        roots: What users are divided by, shape (users,).
        after: What is added then, shape (1 + 2 K,).
    """
    products /= roots[:, None]
    products += after
    groups = (products.shape[1] - 1) // 2
    local, keys = products[:, 1 : 1 + groups], products[:, 1 + groups :]
    keys -= keys.max(axis=1, keepdims=True)
    np.exp(keys, out=keys)
    found: NDArray[np.float32] = products[:, 0] + (local * keys).sum(axis=1) / keys.sum(axis=1)
    return found


@torch.inference_mode()
def fit_attention(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> SubgroupMatch:
    """Cut the seeds into sub-groups and match by what past lists taught; nothing is fitted.

    Without anything learned, sub-groups count as little as before training.
    """
    prior, rows = prior_of(pool), rows_of(pool)
    learned = prior.groups
    if learned is None:
        progress.at(0.0, "No attention over groups was learned from past lists: they count a little")
        learned = untaught(prior)
    order = rng.permutation(len(positives))[:MOST_SEEDS]
    own = rows.of(pool.at(positives[order])).astype(np.float64)
    inside = ((own - prior.centre - prior.mean) @ prior.into).astype(np.float32)
    heavy = torch.from_numpy(weights[order].astype(np.float32))
    progress.at(0.3, "Cutting the list into groups")
    groups = clustered(prior, torch.from_numpy(inside)[None], heavy[None])
    match = match_of(torch.from_numpy(learned), prior, groups)
    there = match.odds[0] > -torch.inf
    whole = match.general[0].numpy().astype(np.float64) @ prior.back + prior.mean
    parts = [
        part[0][there].numpy().astype(np.float64) @ prior.back for part in (match.apart, match.keys)
    ]
    heads = np.vstack([whole, *parts]) @ prior.ridge.T
    after = -heads @ prior.centre
    after[1 + int(there.sum()) :] += match.odds[0][there].numpy()
    columns = np.ascontiguousarray(rows.white @ heads.T.astype(np.float32))
    return SubgroupMatch(
        rows,
        columns,
        (-rows.mean @ columns).astype(np.float32),
        after.astype(np.float32),
        prior.lists,
        prior.groups is not None,
    )
