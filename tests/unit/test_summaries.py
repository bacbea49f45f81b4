"""Summaries equal what one counts by hand; comparisons are adjusted together."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from lookalike.evaluation import KS, Ranks
from lookalike.summaries import points_of, summarised

# tops of 10, 20, 50 and 100 users: what a seed of this rank adds to the headline
ALL, HALF, NONE = 1, 40, 500


def _ranks(ranks, seconds=1.0):
    ranks = np.asarray(ranks)
    return Ranks(ranks, np.arange(len(ranks)) % 2, np.array([900, 900]), 1_000, 100, seconds)


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


@pytest.fixture(scope="module")
def many():
    """Fourteen lists: "good" finds more than the others on every one; "twin" is the baseline."""
    rng = np.random.default_rng(0)
    found = {}
    for number in range(14):
        base = rng.choice([ALL, HALF, NONE], 12)
        better = np.where(np.arange(12) % 2 == 0, ALL, base)
        noisy = rng.permutation(base) if number % 2 else np.full(12, HALF)
        found[f"list {number}"] = {
            "good": _ranks(better), "logistic": _ranks(base), "twin": _ranks(base),
            "noisy": _ranks(noisy), "random": _ranks([NONE] * 12),
        }  # fmt: skip
    sizes = {name: 30 if number < 11 else 70 for number, name in enumerate(found)}
    return summarised(
        found, sizes, [20, 50, 100], ["good", "logistic", "twin", "noisy", "random"], ["random"]
    )


def test_holm_is_over_every_comparison_of_the_summary(many):
    raw = [row[key] for row in many for key in ("p_value", "p_vs_best") if row[key] is not None]
    mine = [row[key] for row in many for key in ("p_holm", "p_vs_best_holm") if row[key] is not None]
    assert len(raw) == 2 * (4 + 5)  # two buckets with enough lists; the baseline not against itself
    assert mine == pytest.approx(multipletests(raw, method="holm")[1].tolist())


def test_a_bucket_of_too_few_lists_has_no_p_values(many):
    small = [row for row in many if row["bucket"] == "50 to 99 seeds"]
    assert {row["lists"] for row in small} == {3}
    assert {row[key] for row in small for key in ("p_value", "p_holm", "p_vs_best")} == {None}


def test_what_differs_is_told_from_what_does_not(many):
    overall = {row["method"]: row for row in many if row["bucket"] == "all"}
    assert overall["good"]["p_holm"] < 0.05
    assert overall["twin"]["p_holm"] == 1
    assert (overall["twin"]["lift_low"], overall["twin"]["lift_high"]) == (1, 1)
    assert overall["random"]["p_holm"] < 0.05
    assert overall["random"]["lift_vs_baseline"] == 0


def test_each_method_is_compared_with_the_best_other_one(many):
    overall = {row["method"]: row for row in many if row["bucket"] == "all"}
    assert overall["logistic"]["best_other"] == overall["random"]["best_other"] == "good"
    best = overall["good"]["best_other"]
    assert best in ("logistic", "twin", "noisy")
    assert overall["good"]["vs_best"] == pytest.approx(
        overall["good"]["recall"] / overall[best]["recall"]
    )
    assert overall["logistic"]["vs_best_high"] < 1


def test_a_method_alone_has_nobody_to_be_compared_with(found):
    alone = summarised(found, {"a": 20, "b": 40, "c": 60}, [20, 50, 100], ["mlp"])
    assert {(row["best_other"], row["vs_best"], row["p_vs_best"]) for row in alone} == {(None,) * 3}


def test_seconds_are_training_and_scoring(found):
    for row in summarised(found, {"a": 20, "b": 40, "c": 60}, [20, 50, 100], ["mlp", "logistic"]):
        assert row["fit_seconds"] + row["score_seconds"] == pytest.approx(row["seconds"])
