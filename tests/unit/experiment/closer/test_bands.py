"""Bands of score: cut as promised, compared like the users they hold."""

import itertools
import math
from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from lookalike.errors import BadInput
from lookalike.experiment.closer.bands import by_band
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import STANDARD, mean_metric, ratio_metric
from lookalike.experiment.moments import aggregate
from lookalike.experiment.rows import Rows, table_rows

CTR = next(metric for metric in STANDARD if metric.name == "ctr")
HDR = next(metric for metric in STANDARD if metric.name == "hdr")
SPEND = mean_metric("spend", "spend")


def rows_of(frame: pd.DataFrame) -> Rows:
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("CREATE TABLE people AS SELECT * FROM frame")
    return table_rows(connection, "people")


def people(users: int = 4_000, seed: int = 3) -> pd.DataFrame:
    """Users whose click rate rises with the score; the treatment adds to it in the better half."""
    rng = np.random.default_rng(seed)
    score = rng.random(users)
    variant = rng.choice(["control", "bold"], users)
    impressions = rng.poisson(40, users) + 1.0
    rate = 0.05 + 0.1 * score + 0.08 * (variant == "bold") * (score > 0.5)
    clicks = rng.binomial(impressions.astype(int), rate).astype(float)
    hides = rng.binomial(impressions.astype(int), np.where(variant == "bold", 0.06, 0.03)).astype(float)
    return pd.DataFrame(
        {
            "variant": variant,
            "score": score,
            "impressions": impressions,
            "clicks": clicks,
            "hides": hides,
        }
    )


def scored(scores: Sequence[float | None], bands: int) -> list[tuple[float, float, float]]:
    """The share and the scores of every band, with both variants at every score."""
    frame = pd.DataFrame({"score": np.repeat(np.array(scores, float), 2)})
    frame["variant"] = np.tile(["control", "bold"], len(scores))
    frame["spend"] = np.arange(len(frame)) + 1.0
    found = by_band(rows_of(frame), [SPEND], "control", bands)
    assert [row.band for row in found] == list(range(1, len(found) + 1))
    return [(row.share, row.score_from, row.score_to) for row in found]


def test_bands_are_equal_and_the_best_comes_first() -> None:
    assert scored(np.arange(10.0), 5) == [
        (0.2, 8, 9), (0.2, 6, 7), (0.2, 4, 5), (0.2, 2, 3), (0.2, 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("users", "bands"), [(6, 3), (12, 6), (21, 7), (30, 10), (60, 20)])
def test_bands_are_equal_to_the_user(users: int, bands: int) -> None:
    sizes = [share * users for share, _, _ in scored(np.arange(float(users)), bands)]
    assert sizes == pytest.approx([users / bands] * bands)


def test_a_remainder_falls_to_the_worse_bands() -> None:
    assert [share * 11 for share, _, _ in scored(np.arange(11.0), 3)] == pytest.approx([3, 4, 4])
    assert [share for share, _, _ in scored([2.0, 1.0], 5)] == [0.5, 0.5]


def test_equal_scores_stay_together_in_the_worse_band() -> None:
    assert scored([9.0, 5, 5, 5, 1, 1], 2) == [
        (pytest.approx(1 / 6), 9, 9),
        (pytest.approx(5 / 6), 1, 5),
    ]
    assert scored([9.0, 8, 5, 5, 5, 1], 2) == [
        (pytest.approx(1 / 3), 8, 9),
        (pytest.approx(2 / 3), 1, 5),
    ]


def test_where_most_are_equal_there_are_fewer_bands() -> None:
    assert scored([1.0] * 8, 4) == [(1.0, 1.0, 1.0)]
    assert scored([1.0] * 7 + [0.0], 4) == [(1.0, 0.0, 1.0)]
    assert scored([1.0] * 6 + [0.0] * 2, 4) == [(0.75, 1.0, 1.0), (0.25, 0.0, 0.0)]


def test_users_without_a_score_are_in_no_band() -> None:
    assert scored([None, 2.0, math.inf, 1.0, math.nan], 2) == [(0.5, 2, 2), (0.5, 1, 1)]
    assert scored([None, None], 2) == []


def test_without_the_column_there_are_no_bands() -> None:
    assert by_band(rows_of(people(50).drop(columns="score")), [CTR], "control") == ()


@pytest.mark.parametrize("bands", [1, 21])
def test_a_number_of_bands_that_makes_no_sense_is_refused(bands: int) -> None:
    with pytest.raises(BadInput, match=f"^{bands} bands"):
        by_band(rows_of(people(50)), [CTR], "control", bands)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.30000000000000004, 1e-9, 5e8]), min_size=1, max_size=30),
    st.integers(2, 7),
)
def test_every_user_is_in_one_band_and_bands_do_not_overlap(scores: list[float], bands: int) -> None:
    found = scored(scores, bands)
    assert 1 <= len(found) <= bands
    assert sum(share for share, _, _ in found) == pytest.approx(1)
    bounds = [bound for _, low, high in found for bound in (high, low)]
    assert bounds == sorted(bounds, reverse=True)
    for share, low, high in found:
        assert share == pytest.approx(sum(low <= score <= high for score in scores) / len(scores))
    assert all(after[2] < before[1] for before, after in itertools.pairwise(found))


def test_a_band_is_compared_like_its_users_alone_and_a_depth_like_all_above_it() -> None:
    frame = people()
    found = by_band(rows_of(frame), [CTR, HDR], "control", bands=4, alpha=0.1)
    assert [(row.metric, row.band) for row in found] == [
        (metric, band) for metric in ("ctr", "hdr") for band in (1, 2, 3, 4)
    ]
    for row in found:
        metric = CTR if row.metric == "ctr" else HDR
        for low, high, lift, ci in (
            (row.score_from, row.score_to, row.rel_lift, row.rel_ci),
            (row.score_from, 1.0, row.top_rel_lift, row.top_rel_ci),
        ):
            part = frame[frame["score"].between(low, high)]
            arms = aggregate(rows_of(part), [metric])
            expected = compare(metric, arms["control"], arms["bold"], alpha=0.1)
            assert lift == pytest.approx(expected.rel_lift)
            assert ci == pytest.approx(expected.rel_ci)
        inside = frame[frame["score"].between(row.score_from, row.score_to)]
        assert row.n_control + row.n_treatment == len(inside) == 1_000
        assert row.n_control == (inside["variant"] == "control").sum()
        assert row.top_share == pytest.approx(row.band / 4)


def test_the_effect_is_found_where_it_is() -> None:
    found = by_band(rows_of(people()), [CTR], "control", bands=4)
    assert [row.p_bh < 0.01 for row in found] == [True, True, False, False]
    assert all(row.p_bh >= row.p_value for row in found)


def test_p_values_are_adjusted_over_the_bands_of_a_metric() -> None:
    found = by_band(rows_of(people(1_000)), [CTR, HDR], "control")
    for metric in ("ctr", "hdr"):
        own = [row for row in found if row.metric == metric]
        expected = multipletests([row.p_value for row in own], method="fdr_bh")[1]
        assert [row.p_bh for row in own] == pytest.approx(expected)


def test_a_guardrail_is_judged_from_the_best_band_down() -> None:
    found = by_band(rows_of(people()), [CTR, HDR], "control")
    assert {row.top_guardrail for row in found if row.metric == "hdr"} == {"broken"}
    assert {row.top_guardrail for row in found if row.metric == "ctr"} == {None}
    assert {(row.good, row.margin) for row in found if row.metric == "hdr"} == {("down", 0.05)}


def test_every_treatment_has_its_bands() -> None:
    frame = people()
    frame.loc[frame.index % 3 == 0, "variant"] = "calm"
    found = by_band(rows_of(frame), [CTR], "control", bands=2)
    assert [(row.treatment, row.band) for row in found] == [
        ("bold", 1), ("bold", 2), ("calm", 1), ("calm", 2),
    ]  # fmt: skip


def test_a_band_that_a_variant_is_not_in_is_not_computable_and_never_nan() -> None:
    frame = people(400)
    frame.loc[frame["score"] > 0.6, "variant"] = "bold"
    found = by_band(rows_of(frame), [CTR], "control")
    assert (found[0].n_control, found[0].rel_lift, found[0].p_bh) == (0, None, None)
    assert found[0].numerator_share is not None
    assert found[-1].rel_lift is not None
    assert found[-1].top_rel_lift is not None


def test_a_variant_may_be_missing_from_the_lowest_band() -> None:
    frame = people(400)
    frame.loc[frame["score"] < 0.3, "variant"] = "control"
    found = by_band(rows_of(frame), [CTR], "control")
    assert (found[-1].n_treatment, found[-1].rel_lift, found[-1].numerator_share) == (0, None, 0.0)
    assert found[-1].top_rel_lift is not None


def test_nothing_to_sum_has_no_share() -> None:
    frame = people(200).assign(clicks=0.0)
    (first, *_) = by_band(rows_of(frame), [CTR], "control", bands=2)
    assert (first.numerator_share, first.numerator_ci, first.rel_lift) == (None, None, None)


def test_the_share_of_the_numerator_is_that_of_the_treated_users() -> None:
    frame = people()
    treated = frame[frame["variant"] == "bold"]
    found = by_band(rows_of(frame), [ratio_metric("x", "clicks", "impressions")], "control")
    for row in found:
        inside = treated[treated["score"].between(row.score_from, row.score_to)]
        assert row.numerator_share == pytest.approx(inside["clicks"].sum() / treated["clicks"].sum())
    assert sum(row.numerator_share for row in found) == pytest.approx(1)


def test_the_interval_of_that_share_has_the_width_of_the_bootstrap() -> None:
    frame = people(1_500, seed=8)
    (first, *_) = by_band(rows_of(frame), [CTR], "control")
    treated = frame[frame["variant"] == "bold"]
    clicks = treated["clicks"].to_numpy()
    inside = (treated["score"] >= first.score_from).to_numpy()
    rng = np.random.default_rng(1)
    picks = rng.integers(0, len(clicks), (2_000, len(clicks)))
    shares = (clicks * inside)[picks].sum(axis=1) / clicks[picks].sum(axis=1)
    low, high = first.numerator_ci
    assert (high - low) / 2 == pytest.approx(1.96 * shares.std(), rel=0.08)
    assert (low + high) / 2 == pytest.approx(first.numerator_share)
