"""What a comparison says: who wins, by how much, and where nobody can tell."""

from __future__ import annotations

import pytest

from lookalike.findings import sentences, table


def _row(bucket, method, lists, recall, **more):
    empty = dict.fromkeys(
        ("lift_vs_baseline", "lift_low", "lift_high", "p_holm", "best_other", "vs_best", "vs_best_low",
         "vs_best_high", "p_vs_best_holm", "precision", "auc")
    )  # fmt: skip
    limits = {"low": recall - 0.05, "high": recall + 0.05, "seconds": 1.25}
    return {
        **empty,
        **limits,
        "bucket": bucket,
        "method": method,
        "lists": lists,
        "recall": recall,
        **more,
    }


def _against(base, lift, p, other, versus, p_best):
    return {
        "lift_vs_baseline": lift, "lift_low": lift - 0.05, "lift_high": lift + 0.05, "p_holm": p,
        "best_other": other, "vs_best": versus, "vs_best_low": versus - 0.03,
        "vs_best_high": versus + 0.03, "p_vs_best_holm": p_best,
    } | base  # fmt: skip


@pytest.fixture
def summary():
    return [
        _row("20 to 49 seeds", "mlp", 12, 0.50, **_against({}, 1.25, 0.01, "logistic", 1.25, 0.01)),
        _row("20 to 49 seeds", "logistic", 12, 0.40),
        _row("50 to 99 seeds", "mlp", 3, 0.45, **_against({}, 0.9, None, "logistic", 0.9, None)),
        _row("50 to 99 seeds", "logistic", 3, 0.50),
        _row("all", "mlp", 15, 0.48, **_against({}, 1.12, 0.02, "centroid", 1.02, 0.6)),
        _row("all", "logistic", 15, 0.43),
        _row("all", "centroid", 15, 0.47, **_against({}, 1.09, 0.2, "mlp", 0.98, 0.6)),
        _row("all", "activity", 15, 0.9, **_against({}, 2.1, 0.001, "mlp", 1.9, 0.001)),
    ]


def test_the_winner_is_named_and_how_sure_that_is(summary):
    said = sentences(summary)
    assert said == [
        "Over all 15 lists, neural network finds most: 48.0 % (43.0–53.0 %) of the held-out seeds.",
        ("Too close to call against similarity, the next best: 1.02 times as many (0.99–1.05)."),
        "Clearly more than logistic regression: neural network, 1.12 times as many (1.07–1.17).",
        "No clear difference from logistic regression: similarity, 1.09 times as many (1.04–1.14).",
        (
            "20 to 49 seeds (12 lists): neural network finds most. "
            "It is clearly ahead of logistic regression, the next best: 1.25 times as many (1.22–1.28)."
        ),
        "Too few lists to judge (under 10): 50 to 99 seeds.",
    ]


def test_of_too_few_lists_nothing_is_claimed(summary):
    few = [row | {"lists": 3} for row in summary]
    said = sentences(few)
    assert len(said) == 2
    assert said[1].startswith("Too few lists to judge (under 10): 20 to 49 seeds, 50 to 99 seeds, all")
    assert sentences([_row("all", "mlp", 1, 0.4, low=None, high=None)])[0] == (
        "Over the one list, neural network finds most: 40.0 % of the held-out seeds."
    )


def test_a_method_that_finds_fewer_is_said_to(summary):
    worse = [row | {"lift_vs_baseline": 0.8, "lift_low": 0.7, "lift_high": 0.9} for row in summary]
    assert "Clearly fewer than logistic regression: neural network, 0.80 times as many (0.70–0.90)." in (
        sentences(worse)
    )


def test_what_is_said_of_the_next_best_is_not_said_of_the_baseline_again(summary):
    close = [
        row | ({"best_other": "logistic"} if row["bucket"] == "all" and row["method"] == "mlp" else {})
        for row in summary
    ]
    said = sentences(close)
    assert "logistic regression, the next best" in said[1]
    assert not any(line.startswith("Clearly more than") for line in said)
    assert any(line.startswith("No clear difference from logistic regression: sim") for line in said)


def test_without_p_values_the_interval_decides(summary):
    old = [row | {"p_holm": None} for row in summary]
    assert any(
        line.startswith("Clearly more than logistic regression: neural network, 1.12 times as many "
                        "(1.07–1.17); similarity")
        for line in sentences(old)
    )  # fmt: skip


def test_the_table_has_no_raw_none(summary):
    frame = table(summary)
    assert not frame.isna().any().any()
    assert frame.iloc[4]["Bucket"] == "All lists"
    assert frame.iloc[4]["Recall, %"] == "48.0 (43.0–53.0)"
    assert frame.iloc[4]["p, adjusted"] == "0.020"
    assert frame.iloc[5]["Against logistic"] == "–"
    assert frame.iloc[7]["p, adjusted (best other)"] == "0.001"
