"""Users as their embeddings would be had they never met an item.

A past campaign made of an item is in the embeddings already: to find its users by them is easier
than any campaign to come will be. So the item is taken out of its users again: their vectors are
folded in anew without it, the items' side as it is, and move by what that changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.embeddings import recipe_of
from lookalike.features import Features
from lookalike.importing.snapshots import Snapshot
from lookalike.vectors import Vectors
from lookalike.workspace import Workspace

POWERS = {"smooth": -0.5, "svd": -0.25}  # of the number of items, which the linear views are scaled by


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """The items' side of a learned snapshot.

    Attributes:
        vectors: Where the users are.
        matrix: Who did what, only items that have vectors, a line for each position.
        column: The column there of each of the features' items, -1 where it has no vector.
        items: Vectors of the items: their als, smooth and svd columns, float32.
        model: What folds users into als.
        known: Factors of users that were folded in as they are.
    """

    vectors: Vectors
    matrix: sp.csr_matrix
    column: NDArray[np.int64]
    items: NDArray[np.float32]
    model: Any
    known: dict[int, NDArray[np.float32]] = field(default_factory=dict)

    def moved(
        self, users: NDArray[np.int64], item: int
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return how vectors move when an item is taken out of them, shape (users, core columns).

        Args:
            users: Positions.
            item: A column of the features.

        Returns:
            The moves, and for whom there is anything left to be known by.
        """
        column = self.column[item]
        before = self.matrix[users]
        after = before.copy()
        after.data[after.indices == column] = 0
        after.eliminate_zeros()
        many, fewer = np.diff(before.indptr), np.diff(after.indptr)
        moves = np.zeros((len(users), self.vectors.core), np.float32)
        views = self.vectors.views
        moves[:, views["als"]] = self._factors(after) - self._known(users, before)
        for view, power in POWERS.items():
            side = self.items[:, views[view]]
            with_it, without = (
                (np.maximum(count, 1.0) ** power)[:, None] * (rows @ side)
                for count, rows in ((many, before), (fewer, after))
            )
            moves[:, views[view]] = without - with_it
        moves[:, views["activity"]] = (np.log1p(fewer) - np.log1p(many))[:, None]
        return moves, fewer > 0

    def _known(self, users: NDArray[np.int64], rows: sp.csr_matrix) -> NDArray[np.float32]:
        """Return the factors of users as they are, worked out once for each of them."""
        new = np.array([place for place, user in enumerate(users.tolist()) if user not in self.known])
        if len(new):
            factors = self._factors(rows[new])
            self.known.update(zip(users[new].tolist(), factors, strict=True))
        return np.stack([self.known[user] for user in users.tolist()])

    def _factors(self, rows: sp.csr_matrix) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.model.recalculate_user(np.arange(rows.shape[0]), rows)
        return found


def side_of(workspace: Workspace, snapshot: Snapshot, vectors: Vectors, items: Features) -> Side | None:
    """Return the items' side of a snapshot; None where it was imported: what it saw is not known.

    Args:
        workspace: Where.
        snapshot: The embeddings.
        vectors: Theirs.
        items: Who did what, a line for each of `vectors.rows`.
    """
    if snapshot.kind != "learned":
        return None
    from implicit.cpu.als import AlternatingLeastSquares

    with workspace.cursor() as cursor:
        held = cursor.execute(f"SELECT item_id, vector FROM {snapshot.item_table}").to_arrow_table()
    names = [f"item:{name}" for name in held["item_id"].to_pylist()]
    flat = held["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    known = {name: place for place, name in enumerate(items.names)}
    kept = np.array([name in known for name in names], bool)
    places = np.array([known[name] for name in names if name in known], np.int64)
    column = np.full(len(items.names), -1, np.int64)
    column[places] = np.arange(len(places))
    sides = flat.reshape(len(names), -1)[kept]
    recipe = recipe_of(snapshot)
    model = AlternatingLeastSquares(
        factors=recipe.als,
        alpha=recipe.alpha,
        regularization=recipe.regularization,
        num_threads=workspace.settings.threads_each,
    )
    model.item_factors = np.ascontiguousarray(sides[:, vectors.views["als"]], np.float32)
    return Side(vectors, items.matrix[:, places].tocsr(), column, sides, model)
