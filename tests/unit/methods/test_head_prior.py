"""The prior of heads: its learning on draws of it, and its closed form against other solvers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from lookalike.methods.head_prior import (
    FEWEST,
    STRAY,
    expected_mean,
    learned,
    normal_of,
    turned,
)
from lookalike.methods.past_heads import PastHeads

DIM = 4


def _spd(rng, scale=1.0):
    root = rng.normal(size=(DIM, DIM))
    return scale * (root @ root.T + 0.5 * np.eye(DIM))


def _drawn(rng, lists, mean, between, within):
    sizes = np.exp(rng.uniform(np.log(12), np.log(400), lists)).round()
    true = rng.multivariate_normal(mean, between, lists)
    noise = rng.multivariate_normal(np.zeros(DIM), within, lists)
    return true + noise / np.sqrt(sizes)[:, None], sizes


def test_what_lists_were_drawn_from_is_found_again():
    rng = np.random.default_rng(0)
    mean, between, within = np.array([1.0, -2, 0.5, 0]), np.diag([2.0, 0.5, 0.1, 0.01]), 3 * np.eye(DIM)
    found_mean, found = normal_of(*_drawn(rng, 6000, mean, between, within), within)
    np.testing.assert_allclose(found_mean, mean, atol=0.08)
    np.testing.assert_allclose(np.diag(found), np.diag(between), rtol=0.12, atol=0.02)
    assert np.abs(found - np.diag(np.diag(found))).max() < 0.08
    # means that are taken at their word stray by their own noise too
    assert np.linalg.eigvalsh(found)[0] < 0.03


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_the_closed_form_is_the_best_guess_of_an_optimiser(seed, seeds):
    rng = np.random.default_rng(seed)
    mean, row, between, within = rng.normal(size=DIM), rng.normal(size=DIM), _spd(rng), _spd(rng, 2.0)
    prior = turned(mean, between, within, np.zeros(DIM), np.eye(DIM), 99)
    sure, noise = np.linalg.inv(between), np.linalg.inv(within * STRAY / seeds)

    def loss(at):
        return (at - mean) @ sure @ (at - mean) + (row - at) @ noise @ (row - at)

    best = minimize(loss, np.zeros(DIM), method="BFGS", options={"gtol": 1e-9}).x
    np.testing.assert_allclose(expected_mean(prior, row, seeds), best, atol=2e-4)


def test_a_prior_that_is_the_same_everywhere_is_plain_ridge():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(300, DIM)) @ np.diag([3.0, 1, 1, 0.2])
    rows -= rows.mean(axis=0)
    seeds = rows[:7]
    total = rows.T @ rows / len(rows)
    level = np.trace(total) / DIM
    heads = PastHeads(np.zeros((0, DIM)), np.zeros(0), np.zeros((DIM, DIM)), np.zeros(DIM), total, 300)
    prior = learned(heads)
    assert prior.lists == 0
    head = prior.ridge @ expected_mean(prior, seeds.mean(axis=0), len(seeds))
    plain = np.linalg.solve(rows.T @ rows + 300 * level * np.eye(DIM), seeds.sum(axis=0))
    np.testing.assert_allclose(head / np.linalg.norm(head), plain / np.linalg.norm(plain), rtol=1e-9)


def test_many_seeds_are_believed_and_none_are_not():
    rng = np.random.default_rng(2)
    mean, centre, row = rng.normal(size=(3, DIM))
    prior = turned(mean, _spd(rng), _spd(rng), centre, np.eye(DIM), 99)
    np.testing.assert_allclose(expected_mean(prior, row, 1e9), row - centre, atol=1e-6)
    np.testing.assert_allclose(expected_mean(prior, row, 1e-9), mean, atol=1e-6)


def test_few_lists_say_little_of_directions():
    rng = np.random.default_rng(3)
    between, within = np.diag([4.0, 0.01, 0.01, 0.01]), np.eye(DIM)

    def gains(lists):
        means, sizes = _drawn(rng, lists, np.zeros(DIM), between, within)
        return learned(PastHeads(means, sizes, within, np.zeros(DIM), within, 1000)).gains

    assert np.ptp(gains(FEWEST - 1)) < 1e-9
    assert gains(FEWEST)[-1] / gains(FEWEST)[0] < gains(2000)[-1] / gains(2000)[0]


@pytest.mark.parametrize("lists", [FEWEST, 200])
def test_a_column_that_is_the_same_for_all_does_no_harm(lists):
    rng = np.random.default_rng(4)
    flat = np.diag([1.0, 1, 1, 0])
    means = rng.normal(size=(lists, DIM)) @ flat
    found = learned(PastHeads(means, np.full(lists, 50.0), flat, np.zeros(DIM), flat, 1000))
    head = found.ridge @ expected_mean(found, np.array([1.0, 0, 0, 0]), 5)
    assert np.isfinite(head).all()
    assert head[0] > abs(head[3])
