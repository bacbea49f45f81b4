"""Shared regions: the score by hand, planted groups in vectors and in features."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lookalike.errors import BadInput
from lookalike.methods import lsh, score_all, tables
from lookalike.methods.lsh import fit_lsh, odds
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

GROUPS, EACH = 6, 100
PLANES = partial(fit_lsh, options=(tables.hyperplane_tables,))
MINHASH = partial(fit_lsh, options=(tables.minhash_tables,))
GROUP = np.repeat(np.arange(GROUPS), EACH)
SEEDS = np.arange(2 * EACH, 2 * EACH + 40)


@pytest.fixture(autouse=True)
def few_tables(monkeypatch):
    monkeypatch.setattr(tables, "TABLES", (32, 32))


def _pool(told="vectors"):
    """Six groups that only the vectors, or only the features, tell apart."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(GROUPS * EACH, 8))
    if told == "vectors":
        points[:, :GROUPS] += 4 * np.eye(GROUPS)[GROUP]
    theirs = np.repeat(np.arange(GROUPS), 10) == GROUP[:, None]
    sparse = rng.random(theirs.shape) < np.where(theirs & (told == "features"), 0.6, 0.1)
    return memory_pool(points, sparse=sparse)


def _fit(pool, fit=fit_lsh, seeds=SEEDS, weights=None, progress=SILENT):
    weights = np.ones(len(seeds)) if weights is None else weights
    return fit(pool, seeds, weights, np.random.default_rng(0), progress)


def _auc(pool, fitted):
    scores = score_all(pool, [fitted])[:, 0]
    judged = np.setdiff1d(np.arange(len(pool)), SEEDS)
    return roc_auc_score(GROUP[judged] == 2, scores[judged])


@pytest.mark.parametrize(
    ("told", "right", "wrong"),
    [
        ("vectors", PLANES, MINHASH),
        ("features", MINHASH, PLANES),
    ],
)
def test_it_takes_the_view_that_tells_the_seeds_apart(told, right, wrong):
    pool = _pool(told)
    assert _auc(pool, _fit(pool, right)) > 0.95
    assert _auc(pool, _fit(pool, wrong)) < 0.7
    chosen = _fit(pool)
    assert ("planes" in chosen.choice.depth.name) == (told == "vectors")
    assert _auc(pool, chosen) > 0.95


def test_the_score_is_the_mean_of_smoothed_odds_by_hand():
    pool, weights = _pool(), np.linspace(0.5, 1.5, 40)
    fitted = _fit(pool, weights=weights)
    choice, users = fitted.choice, len(pool)
    regions = choice.depth.regions(np.arange(users))
    for user in (0, 205, 260, 599):
        terms = []
        for table in range(choice.tables):
            with_user = regions[table] == regions[table, user]
            seeds = weights[with_user[SEEDS]].sum() / weights.sum()
            smooth = choice.prior / users
            terms.append((seeds + smooth) / (with_user.sum() / users + smooth))
        found = fitted.score(pool.at(np.array([user])))
        assert found[0] == pytest.approx(np.mean(terms), rel=1e-4)


@given(st.floats(0.1, 1e3), st.integers(10, 10**6))
def test_a_region_like_the_rest_has_odds_of_one_whatever_the_prior(prior, users):
    sizes = np.array([1.0, users / 2, users], np.float32)
    np.testing.assert_allclose(odds(sizes * 0.2, 0.2 * users, sizes, users, prior), 1, rtol=1e-4)


def test_a_prior_draws_small_regions_to_one():
    seeds, sizes = np.array([1.0, 0.0], np.float32), np.array([2.0, 2.0], np.float32)
    rare = [odds(seeds, 10, sizes, 1_000, prior) for prior in (1, 100, 1e6)]
    assert [round(float(each[0]), 2) for each in rare] == [33.67, 1.96, 1.0]
    assert rare[0][1] < rare[1][1] < rare[2][1] < 1


def test_heavy_seeds_pull():
    pool = _pool()
    seeds = np.r_[0:30, 100:130]
    heavy = np.where(np.arange(60) < 30, 1.9, 0.1)
    scores = score_all(pool, [_fit(pool, seeds=seeds, weights=heavy)])[:, 0]
    assert scores[GROUP == 0].mean() > 1.5 * scores[GROUP == 1].mean()


def test_without_raw_features_planes_are_left():
    pool = memory_pool(_pool().vectors.matrix, sparse=np.zeros((GROUPS * EACH, 0)))
    assert "planes" in _fit(pool).choice.depth.name


def test_two_seeds_are_enough_and_progress_goes_forward():
    heard = []
    fitted = _fit(_pool(), seeds=np.array([200, 201]), progress=Progress(heard.append))
    assert np.isfinite(fitted.odds).all()
    shares = [update.fraction for update in heard]
    assert len(shares) >= 3
    assert shares == sorted(shares)


def test_all_settings_are_tried_on_every_seed():
    pool = _pool()
    trial = lsh._Trial.of(pool, SEEDS, np.ones(40), np.random.default_rng(0))
    tried = trial._settings(tables.hyperplane_tables(pool)[0])
    assert {(each.choice.tables, each.choice.prior) for each in tried} == {
        (count, prior) for count in (8, 16, 24, 32) for prior in lsh.PRIORS
    }
    assert {each.losses.shape for each in tried} == {(40,)}


def test_where_there_is_nothing_to_hash_it_is_said():
    with pytest.raises(BadInput, match="nothing to hash"):
        _fit(memory_pool(np.eye(50), sparse=np.zeros((50, 0))), MINHASH, np.arange(10))
