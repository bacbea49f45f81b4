"""The blend: what it ranks, what it takes from past lists, and what it never sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import spearmanr

from lookalike.evaluation import backtest
from lookalike.methods import METHODS, score_all, trials
from lookalike.methods.auto import fit_auto, fit_linear, logit_among, own_recall, references, scores_at
from lookalike.methods.blending import headline, shares_alone
from lookalike.methods.trials import Trial, gather, part_of
from lookalike.methods.views import Views, views_of
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

GROUPS, EACH = 10, 60
RNG = np.random.default_rng


def world(seed=0):
    """600 users in ten groups that act within themselves; one view knows the groups, one is noise."""
    rng = RNG(seed)
    group = np.repeat(np.arange(GROUPS), EACH)
    centres = rng.normal(size=(GROUPS, 6))
    knowing = centres[group] + 0.5 * rng.normal(size=(GROUPS * EACH, 6))
    noise = rng.normal(size=(GROUPS * EACH, 6))
    took = rng.random((GROUPS * EACH, 50)) < np.where(
        group[:, None] == np.repeat(np.arange(GROUPS), 5), 0.5, 0.05
    )
    activity = np.log1p(took.sum(axis=1))
    pool = memory_pool(np.hstack([knowing, noise, activity[:, None]]), sparse=took)
    pool.vectors.snapshot.how["views"] = [["als", 0, 6], ["svd", 6, 12], ["activity", 12, 13]]
    pool.__dict__["activity"] = activity.astype(np.float32)
    return group, pool


def learned(pool, group, lists=24, seed=0):
    """Past lists: parts of the groups."""
    rng = RNG(seed)
    tried = []
    for number in range(lists):
        users = np.flatnonzero(group == number % GROUPS)
        users = np.sort(rng.choice(users, 40, replace=False))
        chosen = part_of(users, rng)
        tried.append(Trial(pool, users[chosen], users[~chosen], users))
    return gather(tried, Views(pool).hats, 1, rng), tried


@pytest.fixture(scope="module")
def known():
    group, pool = world()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "NETWORKS", 3)
        past, _ = learned(pool, group)
    return group, pool, past


def _fit(pool, seeds, fit=fit_linear, weights=None):
    return fit(pool, seeds, np.ones(len(seeds)) if weights is None else weights, RNG(0), SILENT)


@pytest.mark.parametrize(
    ("name", "share"), [("auto", 0.8), ("auto_quick", 0.8), ("ridge", 0.5), ("ridge_raw", 0.5)]
)
def test_the_rest_of_the_group_comes_first(known, name, share):
    group, pool, past = known
    pool = replace(pool, past=past)
    pool.__dict__.update({key: known[1].__dict__[key] for key in ("features", "activity")})
    seeds = np.flatnonzero(group == 4)[:20]
    scores = score_all(pool, [_fit(pool, seeds, METHODS[name].fit)])[:, 0]
    rest = np.setdiff1d(np.argsort(-scores), seeds, assume_unique=True)[:40]
    assert np.mean(group[rest] == 4) > share


def test_the_score_is_the_sum_of_logits_of_ranks(known):
    group, pool, _ = known
    seeds = np.flatnonzero(group == 2)[:15]
    blend = _fit(pool, seeds)
    others = references(pool, seeds)
    np.testing.assert_array_equal(others, np.setdiff1d(np.arange(len(pool)), seeds))
    fitted = views_of(pool).fit(seeds, np.ones(len(seeds)))
    scores = scores_at(pool, fitted, np.arange(len(pool)))
    counted = [fitted.views.names.index(name) for name in blend.names]
    wanted = np.zeros(len(pool))
    columns = [*scores[:, counted].T, pool.activity]
    for column, share in zip(columns, [*blend.shares, blend.tilt], strict=True):
        below = (column[others] < column[:, None]).sum(axis=1)
        equal = (column[others] == column[:, None]).sum(axis=1)
        middle = (below + equal / 2).clip(0.25, len(others) - 0.25)
        wanted += share * np.log(middle / (len(others) - middle))
    found = score_all(pool, [blend])[:, 0]
    assert np.abs(found - wanted).max() < 0.15  # equal scores may share a cell with others
    assert spearmanr(found, wanted).statistic > 0.999


def test_past_lists_show_which_view_knows(known):
    _, _, past = known
    means = dict(zip(past.views, past.recall.mean(axis=0), strict=True))
    assert means["ridge als"] > 2 * means["ridge svd"]
    assert means["prototype"] > 2 * means["ridge svd"]
    assert past.blended.shape == (24, len(past.temperatures), 6)
    assert past.blended.max() > 0.9 * max(means.values())
    assert np.isfinite(past.network).sum() == 3
    chance = np.mean([0.01, 0.02, 0.05, 0.1])
    assert means["ridge svd"] < 3 * chance < means["ridge als"]


def test_the_same_chance_finds_the_same(monkeypatch):
    monkeypatch.setattr(trials, "NETWORKS", 1)
    group, pool = world(seed=1)
    one, other = (learned(pool, group, 4, seed=2)[0] for _ in range(2))
    for name in ("recall", "own", "blended", "network"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_few_seeds_trust_the_view_that_past_lists_found(known):
    group, pool, past = known
    informed = replace(pool, past=past)
    informed.__dict__.update({key: pool.__dict__[key] for key in ("features", "activity")})
    blend = _fit(informed, np.flatnonzero(group == 7)[:3])
    shares = blend.named
    assert shares["ridge als"] > 2 * shares.get("ridge svd", 0)
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_a_past_list_that_is_the_list_at_hand_does_not_speak(known, monkeypatch):
    group, pool, _ = known
    monkeypatch.setattr(trials, "NETWORKS", 0)
    past, tried = learned(pool, group, 12, seed=3)
    seeds = tried[0].seeds
    same = past.same(pool.vectors.rows[seeds])
    assert same[0]
    shares = {}
    for name, recall in (("as it was", past.recall), ("boasting", past.recall.copy())):
        recall[same] = recall[same] if name == "as it was" else np.eye(len(past.views))[0]
        told = replace(pool, past=replace(past, recall=recall.copy()))
        told.__dict__.update({key: pool.__dict__[key] for key in ("features", "activity")})
        shares[name] = _fit(told, seeds).named
    assert shares["as it was"] == shares["boasting"]


def test_without_past_lists_the_seeds_alone_decide(known):
    group, pool, _ = known
    seeds = np.flatnonzero(group == 1)[:30]
    blend = _fit(pool, seeds)
    views = views_of(pool)
    fitted = views.fit(seeds, np.ones(30))
    ordered = np.sort(scores_at(pool, fitted, references(pool, seeds)), axis=0)
    wanted = shares_alone(own_recall(fitted, ordered, len(pool.eligible)), 30, views.rivals)
    named = {views.names[place]: wanted.views[place] for place in np.flatnonzero(wanted.views)}
    assert blend.named == pytest.approx(named)


def test_own_recall_counts_each_seed_among_the_others(known):
    group, pool, _ = known
    seeds = np.flatnonzero(group == 1)[:30]
    fitted = views_of(pool).fit(seeds, np.ones(30))
    scores = scores_at(pool, fitted, references(pool, seeds))
    own = fitted.without_own().astype(np.float32)
    above = (scores[None, :, :] > own[:, None, :]).sum(axis=1) * (600 / len(scores))
    found = own_recall(fitted, np.sort(scores, axis=0), 600)
    np.testing.assert_allclose(found, headline(above, 600))


def test_the_network_is_watched_and_joins(known):
    group, pool, _ = known
    heard = []
    seeds = np.flatnonzero(group == 1)[:30]
    blend = fit_auto(pool, seeds, np.ones(30), RNG(0), Progress(heard.append))
    assert [update.facts["epoch"] for update in heard if "epoch" in update.facts] == list(
        range(1, METHODS["auto"].epochs + 1)
    )
    assert 0 < blend.named["network"] < 0.5


def test_ranks_come_from_a_fixed_part_of_a_large_pool(known):
    _, pool, _ = known
    seeds = np.arange(20)
    part = references(pool, seeds, 100)
    assert len(part) == 100
    assert np.isin(part, seeds).sum() == 0
    np.testing.assert_array_equal(part, references(pool, seeds, 100))


def test_equal_scores_share_the_middle():
    ordered = np.array([1, 2, 2, 2, 3], np.float32)
    low, middle, high = logit_among(ordered, np.array([1, 2, 3], np.float32))
    assert low == pytest.approx(-high)
    assert middle == pytest.approx(0)
    outside = logit_among(ordered, np.array([0, 4], np.float32))
    assert outside[0] < low
    assert outside[1] > high


def test_seed_weights_move_the_blend(known):
    group, pool, _ = known
    seeds = np.concatenate([np.flatnonzero(group == 1)[:15], np.flatnonzero(group == 6)[:15]])
    weights = np.where(group[seeds] == 1, 1.9, 0.1)
    top = np.argsort(-score_all(pool, [_fit(pool, seeds, weights=weights)])[:, 0])[:60]
    assert np.sum(group[top] == 1) > 2 * np.sum(group[top] == 6)


def test_features_alone_are_enough():
    rng = RNG(0)
    took = rng.random((300, 20)) < np.where(np.arange(300)[:, None] < 60, 0.6, 0.1)
    pool = memory_pool(
        rng.normal(size=(300, 3)), sparse=sp.csr_matrix(took.astype(np.float32)).toarray()
    )
    pool.__dict__["activity"] = np.zeros(300, np.float32)
    seeds = np.arange(25)
    top = np.argsort(-score_all(pool, [_fit(pool, seeds)])[:, 0])[:60]
    assert np.sum(top < 60) > 45


def test_held_out_seeds_never_train_in_the_inner_validation_either(known):
    """What past lists say of the list at hand, hold-out and all, changes no rank in its back-test."""
    group, pool, _ = known
    users = np.flatnonzero(group == 3)[:40]
    rng = RNG(5)
    others = [
        Trial(
            pool,
            seeds,
            np.setdiff1d(np.flatnonzero(group == number), seeds),
            np.flatnonzero(group == number),
        )
        for number in (0, 1, 2)
        for seeds in [np.sort(rng.choice(np.flatnonzero(group == number), 30, replace=False))]
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "NETWORKS", 0)
        past = gather([*others, Trial(pool, users[:34], users[34:], users)], Views(pool).hats, 1, rng)
    found = []
    for own in (past.recall[-1], 1 - past.recall[-1]):
        recall = past.recall.copy()
        recall[-1] = own
        told = replace(pool, past=replace(past, recall=recall))
        told.__dict__.update({key: pool.__dict__[key] for key in ("features", "activity")})
        ranks = backtest(told, users, np.ones(40), [METHODS["auto_quick"]], splits=3)
        found.append(ranks["auto_quick"].rank)
    np.testing.assert_array_equal(*found)
