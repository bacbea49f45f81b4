"""Ridge regression in closed form: on the embeddings, and on the raw features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.methods.blending import headline
from lookalike.methods.heads import evened
from lookalike.methods.views import PENALTIES, PENALTY, Views, views_of
from lookalike.pool import Pool, Users
from lookalike.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """A weight for each core column of the snapshot, shape (core columns,)."""

    weights: NDArray[np.float32]

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return linear scores, up to a constant, shape (users,)."""
        scores: NDArray[np.float32] = users.core @ self.weights
        return scores


@dataclass(frozen=True, eq=False, slots=True)
class RawHead:
    """A weight for each raw feature of rows in which busy users count less, shape (features,)."""

    weights: NDArray[np.float32]
    penalty: float

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return linear scores, shape (users,)."""
        return np.asarray(users.each("evened", evened) * (users.sparse @ self.weights), np.float32)


def fit_ridge(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,  # noqa: ARG001
) -> Head:
    """Solve (F'F + 1000 I) w = F'y on the whitened core columns.

    F'F follows from the covariance of the snapshot, and its inverse serves every list.
    """
    mean, white = pool.vectors.core_whitening
    inverse = pool.shared.get("ridge")
    if inverse is None:
        core = pool.vectors.core
        products = (pool.population - 1) * white.T @ pool.vectors.covariance[:core, :core] @ white
        inverse = pool.shared.setdefault("ridge", np.linalg.inv(products + PENALTY * np.eye(core)))
    rows = (pool.at(positives).core - mean) @ white
    return Head((white @ (inverse @ (rows.T @ weights))).astype(np.float32))


def fit_ridge_raw(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,  # noqa: ARG001
) -> RawHead:
    """Solve the same on act^-1/4 X pop^-1/4, its penalty the best in leave-one-out recall.

    Raises:
        BadInput: The workspace has no raw features.
    """
    if pool.sparse.shape[1] == 0:
        raise BadInput(
            "There are no raw features for this regression.",
            "Import interactions, attributes or features.",
        )
    views = views_of(pool)
    raw, penalties = views.raws["even"], PENALTIES["even"]
    marked = np.zeros(len(pool), np.float32)
    marked[positives] = weights
    solved = raw.solve(marked, penalties)
    scores = np.stack([raw.times(column) for column in solved.T], axis=1)
    best = int(np.argmax(_own_recall(pool, views, scores, positives, weights)))
    return RawHead(raw.columns * solved[:, best], penalties[best])


def _own_recall(
    pool: Pool,
    views: Views,
    scores: NDArray[np.float32],
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Leave-one-out headline recall of the seeds by penalty."""
    others = np.sort(scores[pool.outside(positives)], axis=0)
    above = np.empty((len(positives), scores.shape[1]))
    for place in range(scores.shape[1]):
        hat = views.hats["even"].at(views.raws["even"].norms[positives], place)
        own = scores[positives, place] - hat * weights
        above[:, place] = len(others) - np.searchsorted(others[:, place], own, side="right")
    return headline(above, len(pool.eligible))
