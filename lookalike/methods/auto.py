"""The default method: a soft blend of diverse views, its weights learned from past lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.base import Scorer
from lookalike.methods.blending import Shares, headline, logits, shares_alone, shares_with
from lookalike.methods.mlp import fit_mlp
from lookalike.methods.views import FittedViews, views_of
from lookalike.pool import BLOCK, Block, Pool
from lookalike.progress import Progress

REFERENCES = 100_000  # users that ranks are taken from


@dataclass(frozen=True, eq=False, slots=True)
class Blend:
    """Shares of the views, each turned into the logit of its rank before it counts.

    Attributes:
        fitted: The linear views.
        network: The neural network, or None.
        shares: How much each counts.
        ordered: Ascending scores of the reference users by view, the network's last, shape
            (references, views).
        activity: Ascending activity of the reference users.
    """

    fitted: FittedViews
    network: Scorer | None
    shares: Shares
    ordered: NDArray[np.float32]
    activity: NDArray[np.float32]

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return the blend of the logits of ranks, shape (users,)."""
        scores = self.fitted.score(block)
        total = self.shares.tilt * logit_among(self.activity, block.pool.activity[block.positions])
        for place in np.flatnonzero(self.shares.views):
            share = self.shares.views[place]
            total += share * logit_among(self.ordered[:, place], scores[:, place])
        if self.network is not None:
            total += self.shares.network * logit_among(self.ordered[:, -1], self.network.score(block))
        return total.astype(np.float32)

    @property
    def named(self) -> dict[str, float]:
        """The share of each view that has one, by name, largest first."""
        named = dict(zip(self.fitted.views.names, self.shares.views.tolist(), strict=True))
        if self.network is not None:
            named["network"] = self.shares.network
        return {
            name: share for name, share in sorted(named.items(), key=lambda pair: -pair[1]) if share > 0
        }


def fit_auto(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> Blend:
    """Fit the linear views and the network, and blend them."""
    return _fit(pool, positives, weights, progress, fit_mlp(pool, positives, weights, rng, progress))


def fit_linear(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,
) -> Blend:
    """Fit and blend the linear views alone."""
    return _fit(pool, positives, weights, progress, None)


def _fit(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    progress: Progress,
    network: Scorer | None,
) -> Blend:
    progress.at(1.0, "Blending the views")
    views = views_of(pool)
    fitted = views.fit(positives, weights)
    others = references(pool, positives)
    ordered = np.sort(scores_at(pool, fitted, others), axis=0)
    own = own_recall(fitted, ordered, len(pool.eligible))
    rivals = views.rivals
    past = pool.past
    if past is not None and past.views == tuple(views.names):
        same = past.same(pool.vectors.rows[positives])
        shares = shares_with(own, len(positives), rivals, past, same, network=network is not None)
    else:
        shares = shares_alone(own, len(positives), rivals, network=network is not None)
    if network is not None:
        ordered = np.hstack([ordered, np.sort(scores_of(pool, network, others))[:, None]])
    return Blend(fitted, network, shares, ordered, np.sort(pool.activity[others]))


def references(pool: Pool, positives: NDArray[np.int64], most: int = REFERENCES) -> NDArray[np.int64]:
    """Return the eligible users outside the list, a fixed part where there are more than `most`."""
    outside = pool.outside(positives)
    if len(outside) > most:
        first = np.argpartition(pool.tie_order[outside], most)[:most]
        outside = np.sort(outside[first])
    return outside


def scores_at(pool: Pool, fitted: FittedViews, positions: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return every view's scores of these users, shape (users, views)."""
    return np.concatenate([fitted.score(pool.at(part)) for part in _parts(positions)])


def scores_of(pool: Pool, scorer: Scorer, positions: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return a scorer's scores of these users, shape (users,)."""
    return np.concatenate([scorer.score(pool.at(part)) for part in _parts(positions)])


def own_recall(fitted: FittedViews, ordered: NDArray[np.float32], eligible: int) -> NDArray[np.float64]:
    """Return the seeds' leave-one-out headline recall by view, shape (views,).

    Args:
        fitted: The views of the list.
        ordered: Scores of the reference users, ascending in each column.
        eligible: How many users the references stand for.
    """
    own = fitted.without_own().astype(np.float32)
    count = len(ordered)
    above = np.stack(
        [
            count - np.searchsorted(column, seeds, side="right")
            for column, seeds in zip(ordered.T, own.T, strict=True)
        ],
        axis=1,
    )
    return headline(above * (eligible / count), eligible)


def _parts(positions: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    starts = range(0, max(len(positions), 1), BLOCK)
    return [positions[start : start + BLOCK] for start in starts]


def logit_among(ordered: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logit of the rank among the ordered reference scores; equal scores share the middle."""
    below = np.searchsorted(ordered, scores, side="left")
    up_to = np.searchsorted(ordered, scores, side="right")
    return logits((below + up_to) / 2, len(ordered))
