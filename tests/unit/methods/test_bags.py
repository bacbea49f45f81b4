"""Networks on bags of features against the same written out, and what of a feature is learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from lookalike.methods import bags
from lookalike.methods.bags import Even, Recipe, cells_of, lines_of, train
from lookalike.methods.mlp_recipe import Recipe as NetRecipe
from tests.unit.worlds import memory_pool

SMALL = Recipe(
    NetRecipe(hidden=(4,), dropout=0.5, epochs=3, nets=2, batch=32, scale=0.5), shown=0.8, evening=0.25
)


def _rows(users=60, features=9, seed=0):
    rng = np.random.default_rng(seed)
    return sp.csr_matrix(
        (rng.random((users, features)) < 0.4) * rng.uniform(0.5, 2, features), dtype="f4"
    )


def _trained(rows, recipe=SMALL, positives=10, seed=0):
    losses = []
    ones = np.ones(rows.shape[0], np.float32)
    found = train(rows, positives, ones, recipe, seed, lambda epoch, loss: losses.append((epoch, loss)))
    return found, losses


def _pool(rows):
    return memory_pool(np.zeros((rows.shape[0], 1)), sparse=rows.toarray())


def test_scores_are_those_of_the_nets_one_by_one():
    rows = _rows()
    found, _ = _trained(rows)
    pool = _pool(rows)
    dense = rows.toarray() / rows.toarray().sum(axis=1, keepdims=True).clip(1e-6) ** 0.25
    inner = found.inner.numpy()[found.line]
    active = np.maximum(dense @ inner + found.inner_bias.numpy(), 0)
    right = active @ found.outer.numpy() + found.bias
    assert np.ptp(right) > 0
    np.testing.assert_allclose(found.score(pool.at(np.arange(60))), right, rtol=1e-4, atol=1e-5)


def test_of_what_nobody_of_the_sample_had_nothing_is_learned():
    rows = _rows(features=9)
    sample = sp.hstack([rows[:, :4], sp.csr_matrix((60, 3), dtype="f4"), rows[:, 4:]], format="csr")
    found, _ = _trained(sample)
    assert found.line.tolist() == [1, 2, 3, 4, 0, 0, 0, 5, 6, 7, 8, 9]
    assert not found.inner[0].any()
    assert found.inner[1:].any(dim=1).all()
    plain, _ = _trained(rows)
    torch.testing.assert_close(found.inner, plain.inner, rtol=0, atol=0)


def test_of_too_many_features_the_most_common_are_kept(monkeypatch):
    monkeypatch.setattr(bags, "MOST_FEATURES", 2)
    rows = sp.csr_matrix(np.array([[1, 1, 0, 1], [0, 1, 0, 1], [0, 1, 0, 0]], np.float32))
    line, lines = lines_of(rows)
    assert (line.tolist(), lines) == ([0, 1, 0, 2], 3)
    found, _ = _trained(sp.csr_matrix(np.tile(rows.toarray(), (10, 1))), positives=4)
    assert not found.inner[0].any()


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_rows_are_divided_by_a_power_of_their_sum(seed, power):
    rows = _rows(users=7, seed=seed)
    line, lines = lines_of(rows)
    right = rows.toarray() / rows.toarray().sum(axis=1, keepdims=True).clip(1e-6) ** power
    found = cells_of(rows, line, lines, power).toarray()
    np.testing.assert_allclose(found[:, line], right, rtol=1e-4)


def test_steps_are_even_in_all_and_go_by_the_gradient():
    numbers = torch.zeros(3)
    optimizer = Even.of(numbers, 0.1, 0.0)
    slope = torch.tensor([3.0, -1.0, 0.0])
    optimizer.step(slope)
    size = float(slope.pow(2).mean().sqrt())
    torch.testing.assert_close(numbers, -0.1 * slope / size)
    for _ in range(5):
        before = numbers.clone()
        optimizer.step(7 * slope)  # as the slope stays, mean and size grow alike: the direction stays
    moved = before - numbers
    torch.testing.assert_close(moved / moved[0], slope / 3.0)
    still = torch.ones(4)
    Even.of(still, 0.1, 0.5).step(torch.zeros(4))
    torch.testing.assert_close(still, torch.full((4,), 0.95))


def test_a_user_without_features_is_an_empty_bag():
    found, _ = _trained(_rows())
    nobody = found.score(_pool(sp.csr_matrix((2, 9), dtype="f4")).at(np.arange(2)))
    right = float(found.inner_bias.relu() @ found.outer) + found.bias
    np.testing.assert_allclose(nobody, [right, right], rtol=1e-5)


def test_every_epoch_is_told_and_the_loss_falls():
    rng = np.random.default_rng(0)
    rows = sp.csr_matrix(np.vstack([rng.random((40, 6)) < p for p in (0.9, 0.2)]).astype(np.float32))
    recipe = replace(SMALL, net=replace(SMALL.net, epochs=30, learning_rate=1e-2))
    _, losses = _trained(rows, recipe, positives=40)
    assert [epoch for epoch, _ in losses] == list(range(1, 31))
    assert losses[-1][1] < 0.9 * losses[0][1]
