"""Learned embeddings against the dense definitions, on communities that act within themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike import embeddings, vectors
from lookalike.embeddings import Recipe, learn, learned_without
from lookalike.errors import BadInput, Cancelled
from lookalike.importing import snapshots
from lookalike.progress import Progress

from .worlds import add_interactions, add_users

SMALL = Recipe(als=3, wide=5, svd=4, iterations=6, wide_iterations=2)


@pytest.fixture
def checkerboard(workspace):
    """60 users and 24 items; users take items of their own half, with gaps, and few of the other.

    Users 60 and 61 have no interactions; an item of two users says nothing.
    """
    rng = np.random.default_rng(0)
    half = (np.arange(60) % 2)[:, None] == (np.arange(24) % 2)[None, :]
    binary = rng.random((60, 24)) < np.where(half, 0.7, 0.05)
    binary[np.arange(60), np.arange(60) % 24] = True
    add_users(workspace, [f"u{row}" for row in range(62)])
    who, what = np.nonzero(binary)
    add_interactions(workspace, who, [f"i{item:02d}" for item in what])
    add_interactions(workspace, who[:5], [f"i{item:02d}" for item in what[:5]])  # done twice
    add_interactions(workspace, [0, 1], ["rare", "rare"])
    return workspace, binary.astype(float)


def _views(workspace, number):
    snapshot = snapshots.get(workspace, number)
    held = vectors.load(workspace, snapshot)
    return held, {
        name: np.asarray(held.matrix[:, start:end], float) for name, start, end in snapshot.how["views"]
    }


def _items(workspace, number):
    with workspace.cursor() as cursor:
        return dict(cursor.execute(f"SELECT item_id, vector FROM item_embeddings_{number}").fetchall())


def test_views_equal_their_dense_definitions(checkerboard):
    workspace, binary = checkerboard
    held, views = _views(workspace, learn(workspace, SMALL))
    assert held.rows.tolist() == list(range(60))
    assert {name: view.shape[1] for name, view in views.items()} == {
        "als": 3, "smooth": 3, "svd": 4, "activity": 1, "wide": 5,
    }  # fmt: skip
    act, pop = binary.sum(axis=1), binary.sum(axis=0)
    A = binary / np.sqrt(act[:, None] * pop[None, :])
    np.testing.assert_allclose(views["smooth"], A @ (A.T @ views["als"]), rtol=1e-4, atol=1e-5)
    M = binary / (act[:, None] * pop[None, :]) ** 0.25
    left = np.linalg.svd(M)[0][:, :4]
    np.testing.assert_allclose(views["svd"] @ views["svd"].T, left @ left.T, atol=2e-3)
    np.testing.assert_allclose(views["activity"][:, 0], np.log1p(act), rtol=1e-6)


def test_als_rebuilds_who_took_what(checkerboard):
    workspace, binary = checkerboard
    number = learn(workspace, Recipe(als=6, wide=0, svd=4))
    _, views = _views(workspace, number)
    items = _items(workspace, number)
    told = views["als"] @ np.array([items[f"i{item:02d}"][:6] for item in range(24)]).T
    assert told[binary == 1].mean() > 0.8
    assert told[binary == 0].mean() < 0.3


def test_a_user_is_folded_in_by_the_item_side(checkerboard):
    workspace, binary = checkerboard
    number = learn(workspace, SMALL)
    _, views = _views(workspace, number)
    items = _items(workspace, number)
    assert sorted(items) == [f"i{item:02d}" for item in range(24)]
    side = np.array([items[name] for name in sorted(items)])
    act = binary.sum(axis=1, keepdims=True)
    smooth, svd = side[:, 3:6], side[:, 6:10]
    np.testing.assert_allclose(act**-0.5 * (binary @ smooth), views["smooth"], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(act**-0.25 * (binary @ svd), views["svd"], atol=3e-3)


def test_communities_are_told_apart(checkerboard):
    workspace, _ = checkerboard
    _, views = _views(workspace, learn(workspace, SMALL))
    half = np.arange(60) % 2
    for name in ("als", "smooth", "svd"):
        unit = views[name] / np.linalg.norm(views[name], axis=1, keepdims=True)
        alike = unit @ unit.T
        np.fill_diagonal(alike, -np.inf)
        nearest = np.argsort(-alike, axis=1)[:, :5]
        assert np.mean(half[nearest] == half[:, None]) > 0.9, name


def test_chance_is_fixed_by_the_recipe(checkerboard):
    workspace, _ = checkerboard
    one, same, other = (
        vectors.load(workspace, snapshots.get(workspace, learn(workspace, recipe))).matrix
        for recipe in (SMALL, SMALL, replace(SMALL, random_state=1))
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def test_fewer_singular_vectors_than_asked_for_where_there_are_no_more(checkerboard):
    workspace, _ = checkerboard
    held, views = _views(workspace, learn(workspace, Recipe(als=3, wide=0, svd=64, iterations=2)))
    assert views["svd"].shape[1] == 23
    assert held.snapshot.dim == 3 + 3 + 23 + 1


def test_cancelling_stores_nothing(checkerboard):
    workspace, _ = checkerboard
    heard = []
    for allowed in (0, 3, 8):
        heard.clear()
        watcher = Progress(heard.append, lambda most=allowed: len(heard) >= most)
        with pytest.raises(Cancelled):
            learn(workspace, SMALL, progress=watcher)
        assert len(heard) == allowed
        assert snapshots.snapshots(workspace) == []
        with workspace.cursor() as cursor:
            tables = {name for (name,) in cursor.execute("SHOW TABLES").fetchall()}
        assert not any("embeddings" in name for name in tables)


def test_progress_only_goes_forward(checkerboard):
    workspace, _ = checkerboard
    heard = []
    learn(workspace, SMALL, progress=Progress(heard.append))
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
    assert "pass 6 of 6" in " ".join(update.message for update in heard)


def test_an_item_left_out_leaves_no_trace(checkerboard):
    workspace, binary = checkerboard
    everything = learn(workspace, SMALL)
    number = learn(workspace, SMALL, leave_out=["i05", "i02"])
    _, views = _views(workspace, number)
    assert {"i02", "i05"}.isdisjoint(_items(workspace, number))
    act = np.delete(binary, [2, 5], axis=1).sum(axis=1)
    np.testing.assert_allclose(views["activity"][:, 0], np.log1p(act), rtol=1e-6)
    assert learned_without(workspace, ["i02", "i05"]).id == number
    assert learned_without(workspace, []).id == everything
    assert learned_without(workspace, ["i02"]) is None


def test_too_little_to_learn_from_is_said(workspace):
    add_users(workspace, [f"u{row}" for row in range(20)])
    with pytest.raises(BadInput, match="0 users with 0 items"):
        learn(workspace)
    rows, items = np.nonzero(np.ones((20, 9)))
    add_interactions(workspace, rows, [f"i{item}" for item in items])
    with pytest.raises(BadInput, match="20 users with 9 items that at least 3 users share"):
        learn(workspace)
    assert snapshots.snapshots(workspace) == []


def test_the_snapshot_remembers_its_recipe(checkerboard):
    workspace, binary = checkerboard
    how = snapshots.get(workspace, learn(workspace, SMALL)).how
    assert embeddings.Recipe(**{name: how[name] for name in Recipe.__slots__}) == SMALL
    assert snapshots.get(workspace).source == f"{int(binary.sum()):,} interactions"


def test_embeddings_from_before_the_wide_view_are_learned_again_without_it(checkerboard):
    workspace, _ = checkerboard
    made = snapshots.get(workspace, learn(workspace, replace(SMALL, wide=0)))
    how = {name: value for name, value in made.how.items() if not name.startswith("wide")}
    again = embeddings.factorise(workspace, embeddings.recipe_of(replace(made, how=how)))
    assert [list(view) for view in again.views] == how["views"]


def test_of_many_users_a_part_is_fitted_and_all_follow_from_the_items(checkerboard, monkeypatch):
    workspace, binary = checkerboard
    monkeypatch.setattr(embeddings, "TOGETHER", 25)
    found = embeddings.factorise(workspace, SMALL)
    assert isinstance(found.vectors, np.memmap)  # in a file, whatever their number
    assert found.rows.tolist() == list(range(60))
    views = {name: np.asarray(found.vectors[:, start:end]) for name, start, end in found.views}
    sides = dict(zip(("als", "smooth", "svd", "wide"), _split(found.item_vectors), strict=True))
    act, pop = binary.sum(axis=1, keepdims=True), binary.sum(axis=0)
    for name in ("als", "wide"):
        side = sides[name]
        weighted = [
            side.T @ (side * (1 + 19 * took)[:, None]) + np.eye(side.shape[1]) for took in binary
        ]
        exact = [
            np.linalg.solve(left, 20 * took @ side) for left, took in zip(weighted, binary, strict=True)
        ]
        np.testing.assert_allclose(views[name], exact, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(act**-0.5 * (binary @ sides["smooth"]), views["smooth"], rtol=1e-4)
    A = binary / np.sqrt(act * pop)
    np.testing.assert_allclose(views["smooth"], A @ (A.T @ views["als"]), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(act**-0.25 * (binary @ sides["svd"]), views["svd"], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(views["activity"], np.log1p(act), rtol=1e-6)
    half = np.arange(60) % 2
    unit = views["smooth"] / np.linalg.norm(views["smooth"], axis=1, keepdims=True)
    alike = unit @ unit.T
    assert alike[half[:, None] == half].mean() > alike[half[:, None] != half].mean() + 0.1


def _split(side):
    return np.split(side, [3, 6, 10], axis=1)
