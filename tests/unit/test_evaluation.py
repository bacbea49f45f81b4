"""The back-test against brute force, against chance, and against leaking what it holds out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike import evaluation
from lookalike.errors import BadInput
from lookalike.evaluation import GRID, KS, Ranks, backtest, rank_of
from lookalike.methods import METHODS, Method
from lookalike.methods.reference import Given

from .worlds import memory_pool


class Spy:
    """A method with known scores that remembers what it was fitted with."""

    def __init__(self, scores):
        self.scores = np.asarray(scores, np.float32)
        self.positives, self.weights, self.negatives = [], [], []

    def method(self, name="spy"):
        def fit(pool, positives, weights, rng, progress):
            self.positives.append(positives.copy())
            self.weights.append(weights.copy())
            self.negatives.append(pool.negatives(positives, 10**9, rng))
            return Given(self.scores)

        return Method(name, "Spy", "", fit)


def _ranks(rank, fold=None, candidates=(1_000,), eligible=1_000, listed=100):
    rank = np.asarray(rank)
    fold = np.zeros(len(rank), int) if fold is None else np.asarray(fold)
    return Ranks(rank, fold, np.asarray(candidates), eligible, listed, 1.0)


def _flat(users, eligible=None):
    return memory_pool(np.zeros((users, 1)), eligible)


@st.composite
def _tied_worlds(draw):
    users = draw(st.integers(12, 60))
    scores = draw(st.lists(st.integers(0, 6), min_size=users, max_size=users))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    eligible = np.sort(rng.choice(users, draw(st.integers(9, users)), replace=False))
    seeds = np.sort(rng.choice(users, draw(st.integers(3, users - 4)), replace=False))
    return np.array(scores, np.float32), eligible, seeds, draw(st.sampled_from([None, 1, 3]))


@settings(max_examples=80, deadline=None)
@given(_tied_worlds())
def test_every_number_equals_brute_force(world):
    scores, eligible, seeds, splits = world
    pool = _flat(len(scores), eligible)
    outside = set(eligible) - set(seeds)
    if len(set(eligible) & set(seeds)) < 3 or not outside:
        return
    spy = Spy(scores)
    found = backtest(pool, seeds, np.ones(len(seeds)), [spy.method()], splits=splits)["spy"]

    k, top = 0.3, max(1, int(0.3 * len(eligible) + 1e-9))
    hits = held_total = 0
    shares, areas, in_top_5 = [], [], []
    for training in spy.positives:
        candidates = sorted(
            set(eligible) - set(training), key=lambda user: (-scores[user], pool.tie_order[user])
        )
        held = (set(eligible) & set(seeds)) - set(training)
        hits += len(held & set(candidates[:top]))
        held_total += len(held)
        shares.append(len(outside & set(candidates[:top])) / len(outside))
        in_top_5.append(len(held & set(candidates[: max(1, int(0.05 * len(eligible) + 1e-9))])))
        places = {user: place for place, user in enumerate(candidates)}
        areas.append(np.mean([places[one] < places[other] for one in held for other in outside]))
    recall, q = hits / held_total, np.mean(shares)
    assert len(found.rank) == held_total
    assert found.recall(k) == pytest.approx(recall)
    assert found.auc() == pytest.approx(np.mean(areas))
    assert found.precision(k) == pytest.approx(recall / (recall + q))
    five = max(1, int(0.05 * len(eligible) + 1e-9))
    assert found.precision_in_top(0.05) == pytest.approx(np.mean(in_top_5) / five)


def test_precision_is_the_limit_of_the_published_ratio():
    rng = np.random.default_rng(0)
    users, seeds = 3_000, np.arange(0, 3_000, 30)
    scores = rng.normal(size=users)
    scores[seeds] += 1.5
    pool, spy = _flat(users), Spy(scores)
    found = backtest(pool, seeds, np.ones(len(seeds)), [spy.method()], splits=1)["spy"]
    candidates = np.setdiff1d(np.arange(users), spy.positives[0])
    top = set(candidates[np.argsort(-scores[candidates])][: int(0.05 * users)])
    held = np.setdiff1d(seeds, spy.positives[0])
    outside = np.setdiff1d(np.arange(users), seeds)
    hits = sum(seed in top for seed in held)
    drawn = [len(top & set(rng.choice(outside, len(held), replace=False))) for _ in range(4_000)]
    assert hits > 0
    # 4,000 draws of 10 users, each in the top with q = .05: the mean is known to 2 %
    assert found.precision(0.05) == pytest.approx(hits / (hits + np.mean(drawn)), rel=0.02)


def test_lists_drawn_by_chance_are_found_by_chance():
    rng = np.random.default_rng(1)
    users = 20_000
    seeds = np.sort(rng.choice(users, 1_000, replace=False))
    pool = memory_pool(rng.normal(size=(users, 3)))
    found = backtest(pool, seeds, np.ones(1_000), [METHODS["random"], METHODS["centroid"]])
    for name, ranks in found.items():
        for k in KS:
            chance = k * users / (users - 900)  # of the candidates of a fold
            error = 4 * np.sqrt(chance * (1 - chance) / 1_000)
            assert ranks.recall(k) == pytest.approx(chance, abs=error), name
        assert ranks.auc() == pytest.approx(0.5, abs=4 * 0.29 / np.sqrt(1_000)), name
        assert ranks.precision(0.1) == pytest.approx(0.5, abs=0.06), name


def test_what_is_held_out_never_trains_and_each_seed_is_held_out_once():
    seeds = np.arange(5, 105)
    weights = np.linspace(1, 3, 100)
    spy = Spy(np.arange(300))
    backtest(_flat(300), seeds, weights, [spy.method()])
    held = [np.setdiff1d(seeds, training) for training in spy.positives]
    assert len(held) == 10
    assert sorted(np.concatenate(held)) == seeds.tolist()
    assert all(len(part) == 10 for part in held)
    for training, given_weights in zip(spy.positives, spy.weights, strict=True):
        expected = weights[np.isin(seeds, training)]
        np.testing.assert_allclose(given_weights, expected / expected.mean())


def test_the_held_out_stay_among_those_that_negatives_are_drawn_from():
    seeds = np.arange(20)
    spy = Spy(np.arange(60))
    backtest(_flat(60), seeds, np.ones(20), [spy.method()])
    for training, negatives in zip(spy.positives, spy.negatives, strict=True):
        assert sorted([*training, *negatives]) == list(range(60))
        assert len(np.intersect1d(negatives, seeds)) == 2


def test_seeds_that_are_not_eligible_train_but_are_never_held_out():
    seeds, eligible = np.arange(40), np.arange(20, 200)
    spy = Spy(np.arange(200))
    found = backtest(_flat(200, eligible), seeds, np.ones(40), [spy.method()])["spy"]
    assert all(np.isin(np.arange(20), training).all() for training in spy.positives)
    assert (len(found.rank), found.listed, found.eligible) == (20, 20, 180)
    assert found.candidates.tolist() == [180 - 18] * 10


def test_too_few_eligible_seeds_are_refused():
    with pytest.raises(BadInput, match="Only 2 of the seeds can be held out; at least 3"):
        backtest(_flat(50, np.arange(3, 50)), np.arange(5), np.ones(5), [Spy(np.ones(50)).method()])


def test_a_fit_does_not_depend_on_what_else_is_asked():
    rng = np.random.default_rng(0)
    pool = memory_pool(rng.normal(size=(200, 3)))
    seeds, weights = np.arange(30), np.ones(30)
    alone = backtest(pool, seeds, weights, [METHODS["random"]], splits=3)["random"]
    beside = backtest(
        pool,
        seeds,
        weights,
        [METHODS["centroid"], Spy(np.ones(200)).method(), METHODS["random"]],
        splits=3,
    )["random"]
    other = backtest(pool, seeds, weights, [METHODS["random"]], splits=3, random_state=1)["random"]
    assert alone.rank.tolist() == beside.rank.tolist()
    assert alone.rank.tolist() != other.rank.tolist()
    twin = replace(METHODS["random"], name="twin")
    both = backtest(pool, seeds, weights, [METHODS["random"], twin], splits=3)
    assert both["random"].rank.tolist() != both["twin"].rank.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-2, 2), min_size=4, max_size=40), st.integers(0, 10**6))
def test_ranks_equal_a_sort_by_score_then_hash(scores, seed):
    rng = np.random.default_rng(seed)
    values = np.array(scores, np.float32)
    values[rng.integers(len(values))] = -np.inf
    ties = rng.permutation(len(values)).astype(np.uint64)
    candidates = np.sort(rng.choice(len(values), rng.integers(2, len(values) + 1), replace=False))
    held = candidates[:: rng.integers(1, 3)]
    ordered = sorted(candidates, key=lambda user: (-values[user], ties[user]))
    expected = [ordered.index(user) + 1 for user in held]
    assert rank_of(values, ties, candidates, held).tolist() == expected


@pytest.mark.parametrize(
    ("k", "eligible", "top"), [(0.29, 100, 29), (0.05, 10, 1), (0.05, 139, 6), (1.0, 7, 7)]
)
def test_a_share_of_the_eligible_is_rounded_down_to_at_least_one(k, eligible, top):
    assert _ranks([1], eligible=eligible).top(k) == top


def test_the_headline_is_the_mean_over_the_four_sizes():
    ranks = _ranks([5, 15, 40, 90, 500])  # tops of 10, 20, 50 and 100 users hold 1, 2, 3, 4 of 5
    assert [ranks.recall(k) for k in KS] == [0.2, 0.4, 0.6, 0.8]
    assert ranks.headline() == pytest.approx(0.5)
    np.testing.assert_allclose(ranks.hits(), [1, 0.75, 0.5, 0.25, 0])


def test_the_interval_is_exact_where_nothing_or_everything_was_found():
    low, high = _ranks(np.full(20, 500)).interval([0.01, 0.9])
    bound = 0.025 ** (1 / 20)  # all 20 found has this chance to be 2.5 %
    assert (low[0], high[1]) == (0, 1)
    assert high[0] == pytest.approx(1 - bound)
    assert low[1] == pytest.approx(bound)


def test_the_interval_covers_the_truth_about_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr(evaluation, "RESAMPLES", 300)
    rng = np.random.default_rng(0)
    truth, covered, wide = 0.3, 0, 0
    for trial in range(120):
        rank = np.where(rng.random(80) < truth, 1, 900)
        low, high = _ranks(rank).interval([0.05], random_state=trial)
        covered += low[0] <= truth <= high[0]
        low, high = _ranks(rank).interval([0.05], level=0.5, random_state=trial)
        wide += low[0] <= truth <= high[0]
    assert 0.9 <= covered / 120 <= 0.98
    assert 0.4 <= wide / 120 <= 0.62


def test_a_difference_is_paired_over_the_same_seeds():
    one, other = _ranks([5, 15, 40, 90] * 25), _ranks([500, 15, 40, 90] * 25)
    gap = one.difference(other)
    assert gap["difference"] == pytest.approx(0.25)  # every fourth seed, in all four tops
    assert 0.14 < gap["low"] < 0.2
    assert 0.3 < gap["high"] < 0.36
    assert one.difference(one) == {"difference": 0, "low": 0, "high": 0}
    assert other.difference(one)["difference"] == pytest.approx(-0.25)


def test_the_parts_by_fold_make_up_the_whole():
    ranks = _ranks([5, 500, 30, 40, 800], [0, 0, 1, 1, 1], [990, 980])
    first, second = ranks.by_fold()
    assert (first.recall(0.05), second.recall(0.05)) == (0.5, pytest.approx(2 / 3))
    assert (first.candidates.tolist(), second.candidates.tolist()) == ([990], [980])
    assert np.mean([first.auc(), second.auc()]) == pytest.approx(ranks.auc())
    assert first.seconds + second.seconds == pytest.approx(ranks.seconds)


def test_nobody_to_compare_with_is_not_a_number_but_nothing():
    assert _ranks([1, 2], candidates=(2,), eligible=2, listed=2).auc() is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 3), st.integers(0, 1_000))
def test_a_curve_is_the_recall_and_precision_at_each_size(places, folds, seed):
    fold = np.arange(len(places)) % folds
    ranks = _ranks(places, fold, candidates=(60,) * folds, eligible=60, listed=20)
    recall, precision = ranks.curve(GRID)
    assert recall.tolist() == pytest.approx([ranks.recall(k) for k in GRID])
    expected = [np.nan if ranks.precision(k) is None else ranks.precision(k) for k in GRID]
    np.testing.assert_allclose(precision, expected)


def test_given_folds_decide_who_trains_who_is_held_out_and_who_is_neither():
    seeds = np.arange(10)
    spy = Spy(np.arange(30)[::-1])
    fold_of = np.array([0, 0, 0, -1, -1, -1, -1, -1, -2, -2])
    found = backtest(_flat(30), seeds, np.arange(1.0, 11.0), [spy.method()], fold_of=fold_of)["spy"]
    (training,) = spy.positives
    assert training.tolist() == [3, 4, 5, 6, 7]
    np.testing.assert_allclose(spy.weights[0], np.arange(4.0, 9.0) / 6)
    assert set(spy.negatives[0]) == set(range(30)) - set(training)
    assert found.candidates.tolist() == [30 - 7]  # those who are neither are not ranked
    assert found.rank.tolist() == [1, 2, 3]
    assert found.auc() == 1


def test_scoring_is_a_part_of_the_time():
    found = backtest(_flat(50), np.arange(10), np.ones(10), [METHODS["random"]], splits=2)["random"]
    assert 0 < found.scoring < found.seconds
