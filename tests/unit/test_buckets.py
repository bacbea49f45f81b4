"""Buckets and summaries equal what one counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.buckets import bucket_edges, bucket_labels, bucket_of, over_lists, points_of, summarised
from lookalike.evaluation import KS, Ranks

# tops of 10, 20, 50 and 100 users: what a seed of this rank adds to the headline
ALL, HALF, NONE = 1, 40, 500


def _ranks(ranks, seconds=1.0):
    ranks = np.asarray(ranks)
    return Ranks(ranks, np.arange(len(ranks)) % 2, np.array([900, 900]), 1_000, 100, seconds)


@pytest.mark.parametrize(
    ("sizes", "edges"),
    [
        ([7], [5, 10]),
        ([1], [1, 2]),
        ([20, 49, 50], [20, 50, 100]),
        ([20, 100], [20, 50, 100, 200]),
        ([3, 999], [2, 10, 50, 100, 200, 1_000]),
        ([5, 2_000_000], [5, 100, 1_000, 20_000, 500_000, 5_000_000]),
    ],
)
def test_edges_are_round_and_span_the_lists(sizes, edges):
    found = bucket_edges(sizes)
    assert (found[0], found[-1]) == (edges[0], edges[-1])
    if len(edges) <= 4:
        assert found == edges


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=30))
def test_every_list_is_in_a_bucket_that_says_so(sizes):
    edges = bucket_edges(sizes)
    assert edges == sorted(set(edges))
    assert 2 <= len(edges) <= 6
    assert all(str(edge)[0] in "125" and set(str(edge)[1:]) <= {"0"} for edge in edges)
    for size in sizes:
        low, _, high, _ = bucket_of(size, edges).replace(",", "").split()
        assert int(low) <= size <= int(high)


def test_labels_leave_no_gap():
    assert bucket_labels([20, 50, 1_000, 5_000]) == [
        "20 to 49 seeds", "50 to 999 seeds", "1,000 to 4,999 seeds",
    ]  # fmt: skip
    assert [bucket_of(size, [20, 50, 1_000]) for size in (20, 49, 50)] == [
        "20 to 49 seeds", "20 to 49 seeds", "50 to 999 seeds",
    ]  # fmt: skip


@pytest.fixture
def found():
    return {
        "a": {"mlp": _ranks([ALL] * 4), "logistic": _ranks([HALF] * 4)},
        "b": {"mlp": _ranks([HALF] * 4), "logistic": _ranks([HALF, HALF, NONE, NONE])},
        "c": {"mlp": _ranks([NONE] * 4, 3.0), "logistic": _ranks([ALL] * 4)},
    }


def test_the_summary_equals_a_count_by_hand(found):
    sizes = {"a": 20, "b": 40, "c": 60}
    rows = {
        (row["bucket"], row["method"]): row
        for row in summarised(found, sizes, [20, 50, 100], ["mlp", "logistic"])
    }
    assert [key for key in rows if key[1] == "mlp"] == [
        ("20 to 49 seeds", "mlp"), ("50 to 99 seeds", "mlp"), ("all", "mlp"),
    ]  # fmt: skip
    small = rows["20 to 49 seeds", "mlp"]
    assert (small["lists"], small["recall"], small["seconds"]) == (2, pytest.approx(0.75), 2)
    assert small["lift_vs_baseline"] == pytest.approx(0.75 / 0.375)
    assert small["r_at_5"] == 1
    assert small["p_at_5"] == pytest.approx(4 / 100)  # four of two tops of 50
    # ratios that lists can have together: a alone 2, b alone 2
    assert (small["lift_low"], small["lift_high"]) == (pytest.approx(2), pytest.approx(2))
    assert (small["low"], small["high"]) == (pytest.approx(0.5), pytest.approx(1))
    single = rows["50 to 99 seeds", "mlp"]
    assert (single["low"], single["high"], single["lift_low"], single["lift_high"]) == (None,) * 4
    assert (single["recall"], single["lift_vs_baseline"]) == (0, 0)
    every = rows["all", "mlp"]
    assert every["recall"] == pytest.approx(0.5)
    assert every["lift_vs_baseline"] == pytest.approx(0.5 / np.mean([0.5, 0.25, 1]))
    assert every["seconds"] == 5
    base = rows["all", "logistic"]
    assert (base["lift_vs_baseline"], base["lift_low"], base["lift_high"]) == (1, 1, 1)


def test_without_a_baseline_or_one_that_finds_nothing_there_is_no_ratio(found):
    alone = summarised(found, {"a": 20, "b": 40, "c": 60}, [20, 50, 100], ["mlp"])
    assert {row["lift_vs_baseline"] for row in alone} == {None}
    nothing = {"a": {"mlp": _ranks([ALL] * 4), "logistic": _ranks([NONE] * 4)}}
    assert summarised(nothing, {"a": 20}, [20, 50], ["mlp", "logistic"])[0]["lift_vs_baseline"] is None


def test_intervals_over_lists_equal_a_plain_bootstrap():
    rng = np.random.default_rng(1)
    values = rng.random((30, 2))
    low, high = over_lists(values)
    means = np.array([values[rng.integers(30, size=30)].mean(axis=0) for _ in range(4_000)])
    np.testing.assert_allclose(low, np.quantile(means, 0.025, axis=0), atol=0.02)
    np.testing.assert_allclose(high, np.quantile(means, 0.975, axis=0), atol=0.02)
    assert over_lists(values[:1]) is None


def test_there_is_a_point_a_list_method_fold_and_size(found):
    points = points_of(found, {"a": 20, "b": 40, "c": 60}, [20, 50, 100])
    assert len(points) == 3 * 2 * 2 * len(KS)
    point = points[-1]
    assert {name: point[name] for name in point.keys() - {"precision"}} == {
        "seed_list": "c", "n_seeds": 60, "bucket": "50 to 99 seeds", "method": "logistic",
        "split": 1, "k": 0.1, "recall": 1.0,
    }  # fmt: skip
    # of a fold's top 100, two are held out and 98 of the 900 outside the list are not
    assert point["precision"] == pytest.approx(1 / (1 + 98 / 900))
