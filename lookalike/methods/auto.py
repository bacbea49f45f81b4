"""The default method: a soft blend of diverse views, its weights learned from past lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.base import Scorer
from lookalike.methods.blending import headline, logits, shares_alone, shares_with
from lookalike.methods.heads import Heads
from lookalike.methods.mlp import Network, fit_mlp
from lookalike.methods.placing import Placing, placing
from lookalike.methods.views import FittedViews, views_of
from lookalike.pool import BLOCK, Pool, Users
from lookalike.progress import Progress

Floats = NDArray[np.float32]
MANY = 0.6  # of a block's users
REFERENCES = 100_000  # users that ranks are taken from


@dataclass(frozen=True, eq=False, slots=True)
class Blend:
    """Shares of the views, each turned into the logit of its rank before it counts.

    Attributes:
        names: The linear views that count.
        heads: Theirs, in that order.
        network: The neural network, or None.
        shares: How much each view counts and then the network, if there is one, shape (V,).
        tilt: How much the logit of activity's rank counts.
        placing: Of the views, of the network if there is one, and of activity.
        past_lists: How many past lists had a say in the shares.
    """

    names: tuple[str, ...]
    heads: Heads
    network: Network | None
    shares: NDArray[np.float32]
    tilt: float
    placing: Placing
    past_lists: int

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the blend of the logits of ranks, shape (users,)."""
        return self.among(users, [*self.heads.score(users).T], -np.inf)

    def among(self, users: Users, columns: Sequence[Floats], floor: float) -> Floats:
        """Return the blend from the linear views' scores, shape (users,).

        Args:
            users: Whose.
            columns: Their scores by view, each of shape (users,).
            floor: Nobody below it is wanted: a user whom even the network's highest rank could not
                lift to it is not shown to the network, and gets the blend with that rank, which is
                below the floor too.
        """
        logits = self.placing.logits(np.stack([*columns, users.activity]), self._linear)
        total: Floats = np.append(self.shares[: len(self.names)], np.float32(self.tilt)) @ logits
        if self.network is None:
            return total
        share, at = self.shares[-1], slice(len(self.names), len(self.names) + 1)
        total += share * self.placing.most[at]
        seen = np.flatnonzero(total >= np.float32(floor))
        if len(seen) > MANY * len(total):  # to pick them out would cost more than it saves
            seen = np.arange(len(total))
        if len(seen):
            some = users if len(seen) == len(total) else users.at(seen)
            ranked = self.placing.logits(self.network.score(some)[None], at)[0]
            total[seen] += share * (ranked - self.placing.most[at])
        return total

    @property
    def _linear(self) -> NDArray[np.intp]:
        """Places of the linear views and of activity in the table of ranks."""
        return np.append(np.arange(len(self.names)), len(self.placing) - 1)

    @property
    def told(self) -> dict[str, Any]:
        """What is kept with a run, as JSON can hold it."""
        return {"shares": self.named, "tilt": self.tilt, "past_lists": self.past_lists}

    @property
    def named(self) -> dict[str, float]:
        """The share of each view that has one, by name, largest first."""
        names = (*self.names, "network") if self.network is not None else self.names
        named = dict(zip(names, self.shares.tolist(), strict=True))
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
    network = fit_mlp(pool, positives, weights, rng, progress)
    return fit_with(pool, positives, weights, network, progress)


def fit_linear(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,
) -> Blend:
    """Fit and blend the linear views alone."""
    return fit_with(pool, positives, weights, None, progress)


def fit_with(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    network: Network | None,
    progress: Progress,
) -> Blend:
    """Fit the linear views and blend them with a network that was trained on the list, or none."""
    progress.at(1.0, "Blending the views")
    views = views_of(pool)
    fitted = views.fit(positives, weights)
    others = references(pool, positives)
    ordered = np.sort(scores_at(pool, fitted, others), axis=0)
    own = own_recall(fitted, ordered, len(pool.eligible))
    rivals = views.rivals
    past = pool.past
    used = past is not None and past.views == tuple(views.names)
    if past is not None and used:
        same = past.same(pool.vectors.rows[positives])
        shares = shares_with(own, len(positives), rivals, past, same, network=network is not None)
    else:
        shares = shares_alone(own, len(positives), rivals, network=network is not None)
    counted = np.flatnonzero(shares.views)
    columns = [*ordered[:, counted].T, np.sort(pool.activity[others])]
    if network is not None:
        columns.insert(-1, np.sort(scores_of(pool, network, others)))
    return Blend(
        tuple(views.names[place] for place in counted),
        fitted.heads.only(counted.tolist()),
        network,
        np.append(shares.views[counted], [] if network is None else shares.network).astype(np.float32),
        shares.tilt,
        placing(columns),
        past.lists if past is not None and used else 0,
    )


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
