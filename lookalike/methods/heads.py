"""Linear scores by view: a weight for each column of the snapshot, and for each raw feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.methods.past_heads import Rows
from lookalike.pool import Users

PLAIN, EVEN, RARE = "plain", "even", "rare"  # how the rows of the raw features are scaled
TINY = float(np.finfo(np.float32).tiny)


def evened(users: Users) -> NDArray[np.float32]:
    """Return act^-1/4 of each user, act the sum of their features' sizes: busy users count less."""
    act = np.asarray(abs(users.sparse).sum(axis=1)).ravel()
    return (np.maximum(act, 1e-6).astype(np.float32) ** -0.25).astype(np.float32)


def unusual(rows: sp.csr_matrix, rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 / length of each row of features times their rarity, shape (rows,)."""
    cells = rows.data * rarity[rows.indices]
    line = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    lengths = np.sqrt(np.bincount(line, cells.astype(np.float64) ** 2, minlength=rows.shape[0]))
    return (1.0 / np.maximum(lengths, 1e-6)).astype(np.float32)


def row_scale(users: Users, scaling: str, rarity: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return what the rows of the raw features are multiplied by, shape (users,); None for nothing."""
    if scaling == PLAIN:
        return None
    if scaling == EVEN:
        return users.each("evened", evened)
    return users.each("unusual", lambda some: unusual(some.sparse, rarity))


@dataclass(frozen=True, eq=False, slots=True)
class Near:
    """The view in which a user's direction is compared with the typical seed's.

    Attributes:
        columns: Of the snapshot, int64, shape (c,).
        mean: Theirs, float32, shape (c,).
        white: Their whitening, float32, shape (c, c).
    """

    columns: NDArray[np.int64]
    mean: NDArray[np.float32]
    white: NDArray[np.float32]

    def lengths(self, users: Users) -> NDArray[np.float32]:
        """Return the length of each user's whitened row, shape (users,)."""
        first, last = int(self.columns[0]), int(self.columns[-1]) + 1
        rows = (users.dense[:, first:last] - self.mean) @ self.white
        return np.maximum(np.linalg.norm(rows, axis=1), TINY).astype(np.float32)


@dataclass(frozen=True, eq=False, slots=True)
class Heads:
    """Linear views of one list, without anything of the users that they were fitted on.

    Attributes:
        dense: A weight for each column of the snapshot, float32, shape (d, D).
        shift: What is added, float32, shape (D,).
        near: Place of the dense view that is divided by the length of `direction`; -1 for none.
        direction: How that length is taken; None without such a view.
        sparse: A weight for each raw feature, float32, shape (features, S).
        scalings: How the rows are scaled for each of these, of length S; equal ones stand together.
        rarity: ln(N / n) of each feature, float32, shape (features,).
        experienced: Place of the dense view that begins with what past lists have in common; -1
            for none.
        rows: What that view is divided by; None without it.
    """

    dense: NDArray[np.float32]
    shift: NDArray[np.float32]
    near: int
    direction: Near | None
    sparse: NDArray[np.float32]
    scalings: tuple[str, ...]
    rarity: NDArray[np.float32]
    experienced: int = -1
    rows: Rows | None = None

    def __len__(self) -> int:
        return self.dense.shape[1] + self.sparse.shape[1]

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return every view's scores, shape (users, D + S)."""
        scores = users.dense @ self.dense + self.shift
        if self.direction is not None:
            scores[:, self.near] /= users.each("near", self.direction.lengths)
        if self.rows is not None:
            scores[:, self.experienced] /= users.each("roots", self.rows.roots)
        if not self.scalings:
            return scores
        return np.hstack([scores, scaled_scores(users, self.sparse, self.scalings, self.rarity)])

    def only(self, places: Sequence[int]) -> Heads:
        """Return the views in some places, ascending."""
        split = self.dense.shape[1]
        dense = [place for place in places if place < split]
        sparse = [place - split for place in places if place >= split]
        near = dense.index(self.near) if self.near in dense else -1
        experienced = dense.index(self.experienced) if self.experienced in dense else -1
        return replace(
            self,
            dense=np.ascontiguousarray(self.dense[:, dense]),
            shift=self.shift[dense],
            near=near,
            direction=self.direction if near >= 0 else None,
            sparse=np.ascontiguousarray(self.sparse[:, sparse]),
            scalings=tuple(self.scalings[place] for place in sparse),
            experienced=experienced,
            rows=self.rows if experienced >= 0 else None,
        )


def scaled_scores(
    users: Users, weights: NDArray[np.float32], scalings: Sequence[str], rarity: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return linear scores of the raw features with scaled rows, shape (users, S).

    Args:
        users: Whose.
        weights: Shape (features, S).
        scalings: Of length S.
        rarity: Shape (features,).
    """
    rows: sp.csr_matrix = users.sparse
    scores = np.asarray(rows @ weights, np.float32)
    for scaling in sorted(set(scalings)):
        factor = row_scale(users, scaling, rarity)
        if factor is not None:
            places = [place for place, one in enumerate(scalings) if one == scaling]
            scores[:, places] *= factor[:, None]
    return scores
