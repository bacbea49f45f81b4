"""Limits and p-values over lists, against plain bootstraps, chance and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from lookalike import significance
from lookalike.significance import benjamini_hochberg, holm, over_lists, p_values, ratio


def test_intervals_over_lists_equal_a_plain_bootstrap():
    rng = np.random.default_rng(1)
    values = rng.random((30, 2))
    low, high = over_lists(values)
    means = np.array([values[rng.integers(30, size=30)].mean(axis=0) for _ in range(4_000)])
    np.testing.assert_allclose(low, np.quantile(means, 0.025, axis=0), atol=0.02)
    np.testing.assert_allclose(high, np.quantile(means, 0.975, axis=0), atol=0.02)
    assert over_lists(values[:1]) is None


def test_the_methods_of_a_bucket_share_their_resamples():
    assert significance.resamples(7, 50) is significance.resamples(7, 50)
    with pytest.raises(ValueError, match="read-only"):
        significance.resamples(7, 50)[0] = 0


def test_a_ratio_is_paired():
    rng = np.random.default_rng(2)
    base = rng.uniform(0.1, 0.9, 40)
    assert ratio(1.1 * base, base) == (pytest.approx(1.1),) * 3
    assert ratio(base, np.zeros(40)) == (None, None, None)
    assert ratio(base[:1], base[:1]) == (1, None, None)


def test_p_values_are_near_those_of_a_t_test_where_that_holds():
    gaps = np.random.default_rng(3).normal([0, 0.3, 0.6, -0.6], 1, (60, 4))
    expected = stats.ttest_1samp(gaps, 0).pvalue
    np.testing.assert_allclose(p_values(gaps), expected, rtol=0.35, atol=3e-4)


@pytest.mark.parametrize(
    "draw",
    [lambda rng, n: rng.normal(size=n), lambda rng, n: rng.standard_t(4, n) * rng.uniform(0.3, 2, n)],
    ids=["normal", "heavy tails"],
)
def test_of_ten_lists_that_do_not_differ_one_in_twenty_is_called_different(draw, monkeypatch):
    monkeypatch.setattr(significance, "DRAWS", 2_000)
    rng = np.random.default_rng(4)
    gaps = draw(rng, (10, 1_000))
    called = np.mean(p_values(gaps) < 0.05)
    assert called < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1_000)


def test_no_difference_at_all_and_always_the_same_one():
    gaps = np.column_stack([np.zeros(12), np.full(12, 0.2), [0.1, -0.1] * 6])
    assert p_values(gaps).tolist() == [1, pytest.approx(0, abs=1e-4), 1]


def test_p_values_do_not_depend_on_the_scale_or_the_sign():
    gaps = np.random.default_rng(5).normal(0.4, 1, (20, 1))
    np.testing.assert_allclose(p_values(gaps), p_values(-1_000 * gaps))


@pytest.mark.parametrize(
    "found", [[0.01, None, 0.04, 0.03], [0.5, 0.5, 0.001, None, 0.02, 1.0], [None], [0.2]]
)
def test_holm_equals_statsmodels_and_leaves_out_what_was_not_tested(found):
    adjusted = holm(found)
    assert [p is None for p in adjusted] == [p is None for p in found]
    tested = [p for p in found if p is not None]
    expected = multipletests(tested, method="holm")[1].tolist() if tested else []
    assert [p for p in adjusted if p is not None] == expected


def test_benjamini_hochberg_equals_statsmodels_and_passes_over_what_was_not_tested():
    known = [0.01, 0.04, 0.03, 0.005, 0.8]
    found = benjamini_hochberg([known[0], None, *known[1:]])
    assert found[1] is None
    assert [p for p in found if p is not None] == pytest.approx(multipletests(known, method="fdr_bh")[1])
    assert benjamini_hochberg([None]) == [None]
