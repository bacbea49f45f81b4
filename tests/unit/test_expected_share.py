"""The expected share of look-alikes, on lists whose other half is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from lookalike.evaluation import GRID, backtest
from lookalike.expected_share import (
    BackTest,
    expected_share,
    in_words,
    interpolated,
    rounded,
    too_many,
    with_shares,
)
from lookalike.methods import METHODS, score_all
from lookalike.progress import SILENT
from lookalike.ranking import rank

from .worlds import memory_pool

KS = (0.02, 0.1, 0.3)


def _one(people, recall, held_out, look_alikes, level=0.9):
    one = np.array([recall])
    found = expected_share(np.array([float(people)]), one, one, held_out, look_alikes, level)
    return float(found.share[0]), float(found.low[0]), float(found.high[0])


def test_the_share_is_recall_times_look_alikes_by_people():
    share, low, high = _one(2_600, 0.5, 600, 620)
    assert share == pytest.approx(0.5 * 620 / 2_600)
    assert low < share < high


def test_an_audience_holds_no_more_look_alikes_than_people():
    assert _one(100, 0.5, 600, 5_000) == (1.0, 1.0, 1.0)


def test_none_found_is_not_none_at_all():
    share, low, high = _one(1_000, 0.0, 20, 20)
    assert (share, low) == (0, 0)
    assert 0 < high < 5 / 1_000


def test_more_seeds_make_it_surer_up_to_the_chance_of_the_look_alikes_themselves():
    widths = [np.diff(_one(1_000, 0.4, held, 200)[1:])[0] for held in (20, 200, 2_000, 2_000_000)]
    assert widths == sorted(widths, reverse=True)
    alone = 2 * 1.645 * np.sqrt(0.4 * 0.6 * 200) / 1_000  # a known chance still leaves a binomial
    assert widths[-1] == pytest.approx(alone, rel=0.05)
    assert widths[0] > 2.5 * alone


@given(
    held_out=st.integers(3, 3_000),
    look_alikes=st.integers(1, 3_000),
    part=st.floats(0, 1),
    people=st.integers(1, 50_000),
)
def test_the_bounds_enclose_the_share_and_are_possible(held_out, look_alikes, part, people):
    share, low, high = _one(people, round(part * held_out) / held_out, held_out, look_alikes)
    assert 0 <= low <= share <= high <= 1
    assert high * people <= look_alikes + 1e-6


@given(held_out=st.integers(3, 3_000), look_alikes=st.integers(2, 3_000), part=st.floats(0, 1))
def test_the_bounds_are_those_of_the_beta_binomial_to_a_person(held_out, look_alikes, part):
    hits = round(part * held_out)
    exact = betabinom.ppf([0.05, 0.95], look_alikes, hits + 0.5, held_out - hits + 0.5)
    middle = hits / held_out * look_alikes
    _, low, high = np.array(_one(look_alikes, hits / held_out, held_out, look_alikes)) * look_alikes
    assert abs(low - min(exact[0], middle)) <= 1 + 1e-6
    assert abs(high - max(exact[1], middle)) <= 1 + 1e-6


def test_seeds_of_one_fold_do_not_take_each_others_places():
    rng = np.random.default_rng(0)
    ranks = np.sort(rng.choice(200, 30, replace=False)) + 1
    alone = ranks - np.arange(30)  # as each would rank without the others
    ks = np.arange(1, 201) / 200
    recall = np.array([np.mean(ranks <= top) for top in range(1, 201)])
    tested = BackTest(eligible=200, ranked=200.0, held_out=30, folds=1)
    for people in range(1, 171):
        # a top that grows by a held-out seed holds no more others: the next ones may count or not
        least, most = np.mean(alone <= people), np.mean(alone <= people + 1)
        found = tested.unrivalled(np.array([float(people)]), ks, recall)[0]
        assert least - 1e-9 <= found <= most + 1e-9


def test_every_method_has_its_own_curve():
    curves = pd.DataFrame(
        {"method": ["a", "b", "a", "b"], "k": [0.1, 0.1, 0.2, 0.2], "recall": [0.2, 0.4, 0.5, 0.8]}
    )
    people = np.array([10.0, 10.0, 20.0, 20.0])
    found = with_shares(curves, people, curves, BackTest(100, 91.0, 100, 10), 10)
    assert found.share.tolist() == pytest.approx([0.2, 0.4, 0.25, 0.4])
    assert found.people.tolist() == [10, 10, 20, 20]
    assert found.share_high[1] > found.share_high[0]
    assert (found.share_low <= found.share).all()


def test_between_two_tested_sizes_lies_a_straight_line():
    curve = pd.DataFrame(
        {
            "method": "a",
            "k": [0.1, 0.2],
            "recall": [0.3, 0.5],
            "low": [0.2, 0.4],
            "high": [0.4, 0.6],
            "precision": [0.8, 0.7],
        }
    )
    names = ["recall", "low", "high", "precision"]
    at = {k: interpolated(curve, k)[names].iloc[0].tolist() for k in (0.05, 0.1, 0.15, 0.2, 0.6, 1.0)}
    assert at[0.1] == pytest.approx([0.3, 0.2, 0.4, 0.8])
    assert at[0.15] == pytest.approx([0.4, 0.3, 0.5, 0.75])
    assert at[0.05] == pytest.approx([0.15, 0.1, 0.4, 0.8])
    assert at[0.6] == pytest.approx([0.75, 0.7, 0.8, 0.7])
    assert at[1.0] == pytest.approx([1, 1, 1, 0.7])


@pytest.mark.parametrize(
    ("share", "says"), [(0, "0.0"), (0.0123, "1.2"), (0.0994, "9.9"), (0.1, "10"), (1, "100")]
)
def test_small_shares_have_a_decimal(share, says):
    assert rounded(share) == says


def test_it_is_said_in_words_with_people():
    there = {"people": 2_600.0, "share": 0.12, "share_low": 0.09, "share_high": 0.15}
    assert in_words(there) == (
        "12 % of these 2,600 people (9–15 %) are expected to be look-alikes: 312 (234–390)"
    )


def test_more_look_alikes_than_fit_are_spoken_against():
    assert too_many(250, [250, 400]) == ""
    assert too_many(300, [250, 400]).endswith("speak against more than 250.")
    assert too_many(300, []) == ""


def _trial(rng):
    """Draw seeds and as many look-alikes by one and the same taste; return truth and expectation."""
    users, size = 1_200, int(rng.integers(20, 120))
    matrix = rng.normal(size=(users, 4))
    appeal = 2.5 * matrix @ rng.normal(size=4) / 2 + rng.gumbel(size=users)
    drawn = rng.permutation(np.argsort(-appeal)[: 2 * size])
    seeds, hidden = np.sort(drawn[:size]), drawn[size:]
    pool, method, weights = memory_pool(matrix), METHODS["centroid"], np.ones(size)
    ranks = backtest(pool, seeds, weights, [method], random_state=int(rng.integers(1e6)))["centroid"]
    scores = score_all(pool, [method.fit(pool, seeds, weights, rng, SILENT)])[:, 0]
    ranking = rank(pool, scores, seeds)
    curve = pd.DataFrame({"method": "", "k": GRID, "recall": [ranks.recall(k) for k in GRID]})
    points = pd.DataFrame({"method": "", "k": KS, "recall": [ranks.recall(k) for k in KS]})
    people = np.array([float(ranking.count(k)) for k in KS])
    tested = BackTest(users, float(ranks.candidates.mean()), size, len(ranks.candidates))
    found = with_shares(points, people, curve, tested, size)
    is_hidden = np.isin(ranking.candidates["row"], hidden)
    truth = np.array([is_hidden[: int(count)].mean() for count in people])
    return found, truth


def test_the_interval_holds_the_share_that_turns_out_in_nine_of_ten_cases():
    rng = np.random.default_rng(1)
    inside, expected, there = [], [], []
    for _ in range(100):
        found, truth = _trial(rng)
        inside.append((found.share_low - 1e-9 <= truth) & (truth <= found.share_high + 1e-9))
        expected.append(found.share)
        there.append(truth)
    # 100 lists: three standard errors around 90 %
    assert 0.81 < np.mean(inside) < 0.99
    for column in range(len(KS)):
        assert 0.79 < np.mean(np.array(inside)[:, column]) < 1
    np.testing.assert_allclose(np.mean(expected, axis=0), np.mean(there, axis=0), rtol=0.1)
    assert np.mean(there, axis=0)[0] > 2 * np.mean(there, axis=0)[2]  # there was something to find
