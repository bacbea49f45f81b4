"""An item taken out of its users' vectors, against the same worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import embeddings, features
from lookalike.pool import open_pool
from lookalike.pretraining.unseen import side_of
from tests.unit.worlds import add_vectors


@pytest.fixture
def made(workspace):
    pool = open_pool(workspace)
    items = features.interactions(workspace).of(pool.vectors.rows)
    return pool, items, side_of(workspace, pool.vectors.snapshot, pool.vectors, items)


def test_users_move_to_where_they_would_be_without_the_item(made):
    pool, items, side = made
    item = items.names.index("item:i13")
    took = items.matrix.toarray()
    users = np.flatnonzero(took[:, item])
    moves, stays = side.moved(users, item)
    assert stays.all()
    views, recipe = pool.vectors.views, embeddings.recipe_of(pool.vectors.snapshot)
    after = took[users].astype(np.float64)
    after[:, item] = 0
    vectors = side.items[side.column].astype(np.float64)  # in the order of the features

    def factors(rows, y=vectors[:, views["als"]]):
        """The normal equations of Hu, Koren & Volinsky 2008, user by user."""
        found = []
        for row in rows:
            own = y[row > 0]
            left = y.T @ y + (recipe.alpha - 1) * own.T @ own
            left += recipe.regularization * np.eye(y.shape[1])
            found.append(np.linalg.solve(left, recipe.alpha * own.sum(axis=0)))
        return np.array(found)

    right = factors(after) - factors(took[users])
    np.testing.assert_allclose(moves[:, views["als"]], right, atol=2e-3)
    assert np.abs(right).max() > 0.02
    for view, power in (("smooth", -0.5), ("svd", -0.25)):
        side_of_view = vectors[:, views[view]]
        was = took[users].sum(axis=1, keepdims=True) ** power * (took[users] @ side_of_view)
        now = after.sum(axis=1, keepdims=True) ** power * (after @ side_of_view)
        np.testing.assert_allclose(moves[:, views[view]], now - was, atol=1e-4)
    activity = np.log1p(after.sum(axis=1)) - np.log1p(took[users].sum(axis=1))
    np.testing.assert_allclose(moves[:, views["activity"]].ravel(), activity, rtol=1e-4)


def test_who_had_nothing_else_is_told(made):
    _, items, side = made
    item = items.names.index("item:i00")
    took = items.matrix.toarray()
    took[3] = 0
    took[3, item] = 1
    object.__setattr__(side, "matrix", type(items.matrix)(took[:, np.argsort(side.column)]))
    _, stays = side.moved(np.array([0, 3]), item)
    assert stays.tolist() == [True, False]


def test_of_imported_vectors_nothing_is_known(workspace):
    add_vectors(workspace, np.random.default_rng(0).normal(size=(480, 4)))
    pool = open_pool(workspace, 2)
    items = features.interactions(workspace).of(pool.vectors.rows)
    assert side_of(workspace, pool.vectors.snapshot, pool.vectors, items) is None
