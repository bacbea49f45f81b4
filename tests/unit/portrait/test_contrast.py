"""Exact tests, ratios and means, against scipy, statsmodels and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from lookalike.portrait.contrast import mean_difference, p_values, ratios

SIZES = st.integers(1, 60)


@st.composite
def tables(draw):
    inside, outside = draw(SIZES), draw(SIZES)
    return draw(st.integers(0, inside)), inside, draw(st.integers(0, outside)), outside


def _one(has, inside, have, outside):
    return float(p_values(np.array([has]), inside, np.array([have]), outside)[0])


@settings(max_examples=40)
@given(tables())
def test_p_values_are_twice_the_hypergeometric_tail(table):
    has, inside, have, outside = table
    drawn = stats.hypergeom(inside + outside, has + have, inside)
    more = has * outside >= have * inside
    tail = drawn.sf(has - 1) if more else drawn.cdf(has)
    assert _one(*table) == pytest.approx(min(1, 2 * tail), rel=1e-9)


@settings(max_examples=40)
@given(tables())
def test_lacking_a_thing_and_swapping_the_groups_change_no_p_value(table):
    has, inside, have, outside = table
    p = _one(*table)
    assert _one(have, outside, has, inside) == pytest.approx(p, rel=1e-9)
    assert _one(inside - has, inside, outside - have, outside) == pytest.approx(p, rel=1e-9)


def test_large_groups_agree_with_scipy_far_into_the_tail():
    inside, outside = 50_000, 950_000
    has = np.array([5_200, 4_800, 30, 5_000, 7_000])
    have = np.array([95_000, 95_200, 100, 95_000, 90_000])
    tails = []
    for one, other in zip(has.tolist(), have.tolist(), strict=True):
        drawn = stats.hypergeom(inside + outside, one + other, inside)
        tails.append(drawn.sf(one - 1) if one * outside >= other * inside else drawn.cdf(one))
    found = p_values(has, inside, have, outside)
    np.testing.assert_allclose(found, np.minimum(1, 2 * np.array(tails)), rtol=1e-6)


def test_random_draws_are_called_different_at_most_as_often_as_promised():
    rng = np.random.default_rng(0)
    holders, inside, outside = 40, 500, 9_500
    has = rng.hypergeometric(holders, inside + outside - holders, inside, 20_000)
    found = p_values(has, inside, holders - has, outside)
    for level in (0.05, 0.01, 0.001):
        assert np.mean(found <= level) <= level + 3 * np.sqrt(level / len(has))


@settings(max_examples=40)
@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))
def test_ratios_equal_those_of_statsmodels(has, lack, have, less):
    found = ratios(np.array([has]), has + lack, np.array([have]), have + less)
    low, high = confint_proportions_2indep(
        has, has + lack, have, have + less, compare="ratio", method="log", correction=False
    )
    assert found[0][0] == pytest.approx(has / (has + lack) / (have / (have + less)))
    assert (found[1][0], found[2][0]) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(("has", "have"), [(0, 30), (25, 0), (0, 0)])
def test_a_half_is_added_where_nobody_has_it(has, have):
    _, low, high = ratios(np.array([has, 5]), 100, np.array([have, 5]), 400)
    expected = confint_proportions_2indep(
        has, 100, have, 400, compare="ratio", method="log-adjusted", correction=False
    )
    assert low[0] == pytest.approx(expected[0])
    if has or not have:  # elsewhere the upper limit is another method's, see below
        assert high[0] == pytest.approx(expected[1])
    plain = confint_proportions_2indep(5, 100, 5, 400, compare="ratio", method="log", correction=False)
    assert (low[1], high[1]) == (pytest.approx(plain[0]), pytest.approx(plain[1]))


def test_intervals_hold_the_true_ratio_in_95_of_100_draws():
    rng = np.random.default_rng(1)
    has, have = rng.binomial(800, 0.12, 5_000), rng.binomial(4_000, 0.04, 5_000)
    _, low, high = ratios(has, 800, have, 4_000)
    assert np.mean((low <= 3) & (high >= 3)) == pytest.approx(0.95, abs=0.012)


def test_means_differ_as_welch_has_it():
    rng = np.random.default_rng(2)
    one, other = rng.normal(40, 5, 30), rng.normal(37, 9, 300)
    found = mean_difference(*((len(x), x.mean(), x.var(ddof=1)) for x in (one, other)))
    peer = stats.ttest_ind(one, other, equal_var=False)
    limits = peer.confidence_interval(0.95)
    assert found == pytest.approx((one.mean() - other.mean(), limits.low, limits.high, peer.pvalue))


def test_constants_differ_surely_or_not_at_all():
    assert mean_difference((20, 1.0, 0.0), (30, 1.0, 0.0)) == (0, 0, 0, 1)
    assert mean_difference((20, 2.0, 0.0), (30, 1.0, 0.0)) == (1, 1, 1, 0)


@given(st.integers(20, 3_000), st.integers(20, 30_000), st.data())
def test_where_the_group_has_nothing_the_interval_agrees_with_the_test(inside, outside, data):
    have = data.draw(st.integers(1, outside))
    zero, some = np.array([0]), np.array([have])
    (p,) = p_values(zero, inside, some, outside)
    ratio, low, high = (part[0] for part in ratios(zero, inside, some, outside))
    assert 0 < low < ratio
    assert low < high
    if p < 0.01:
        assert high < 1
    if p > 0.5:
        assert high > 1


@pytest.mark.parametrize("have", [20, 143, 900])
def test_that_limit_is_near_the_score_methods(have):
    high = ratios(np.array([0]), 919, np.array([have]), 17_276)[2][0]
    peer = confint_proportions_2indep(0, 919, have, 17_276, compare="ratio", method="score")[1]
    assert high == pytest.approx(peer, rel=0.08)
