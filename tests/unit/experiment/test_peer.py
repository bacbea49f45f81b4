"""Every number against tea-tasting, an independent implementation."""

import math

import pandas as pd
import pytest
import tea_tasting as tt

from lookalike.experiment import Readout, readout
from lookalike.experiment.metrics import STANDARD
from tests.unit.experiment.data import generated

USERS = 50_000
SHARES = {"control": 0.4, "blue": 0.35, "green": 0.25}


def peer(frame: pd.DataFrame, *, adjusted: bool) -> dict[tuple[str, str], dict[str, object]]:
    """Read the frame out with the peer: results by treatment and metric."""
    frame = frame.assign(
        reached=frame["impressions"].gt(0).astype(float),
        pre_reached=frame["pre_impressions"].gt(0).astype(float),
        paid=frame["revenue"].gt(0).astype(float),
        pre_paid=frame["pre_revenue"].gt(0).astype(float),
        mille=frame["revenue"] * 1000,
        pre_mille=frame["pre_revenue"] * 1000,
    )
    parts = {
        "reach": ("reached",),
        "revenue_users": ("paid",),
        "impressions_per_user": ("impressions",),
        "revenue_per_user": ("revenue",),
        "ecpm": ("mille", "impressions"),
        "ctr": ("clicks", "impressions"),
        "hdr": ("hides", "impressions"),
        "gcr": ("good_clicks", "clicks"),
    }
    metrics = {}
    for name, columns in parts.items():
        before = [f"pre_{column}" for column in columns] if adjusted else []
        if len(columns) == 1:
            metrics[name] = tt.Mean(*columns, *before)
        else:
            metrics[name] = tt.RatioOfMeans(*columns, *before)
    results = tt.Experiment(metrics, variant="variant").analyze(
        frame, control="control", all_variants=True
    )
    return {
        (str(treatment), name): result._asdict()
        for (_, treatment), found in results.items()
        for name, result in found.items()
    }


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return generated(USERS, SHARES, {"blue": 0.06, "green": -0.02})


@pytest.fixture(scope="module")
def read(frame: pd.DataFrame) -> Readout:
    return readout(frame, planned=SHARES)


def close(ours: float | None, theirs: object) -> bool:
    return ours is not None and math.isclose(ours, float(theirs), rel_tol=1e-8, abs_tol=1e-12)


def test_three_arms_equal_the_peer(frame: pd.DataFrame, read: Readout) -> None:
    expected = peer(frame, adjusted=False)
    assert [c.treatment for c in read.comparisons] == ["blue", "green"]
    for comparison in read.comparisons:
        assert [r.metric for r in comparison.metrics] == [metric.name for metric in STANDARD]
        for ours in comparison.metrics:
            theirs = expected[comparison.treatment, ours.metric]
            assert close(ours.control, theirs["control"])
            assert close(ours.treatment, theirs["treatment"])
            assert close(ours.abs_lift, theirs["effect_size"])
            assert close(ours.abs_ci[0], theirs["effect_size_ci_lower"])
            assert close(ours.abs_ci[1], theirs["effect_size_ci_upper"])
            assert close(ours.rel_lift, theirs["rel_effect_size"])
            assert close(ours.rel_ci[0], theirs["rel_effect_size_ci_lower"])
            assert close(ours.rel_ci[1], theirs["rel_effect_size_ci_upper"])
            assert close(ours.p_value, theirs["pvalue"])


def test_cuped_equals_the_peer_and_narrows(frame: pd.DataFrame, read: Readout) -> None:
    expected = peer(frame, adjusted=True)
    for comparison in read.comparisons:
        for result in comparison.metrics:
            theirs, ours = expected[comparison.treatment, result.metric], result.cuped
            assert close(ours.control, theirs["control"])
            assert close(ours.treatment, theirs["treatment"])
            assert close(ours.abs_lift, theirs["effect_size"])
            assert close(ours.abs_ci[0], theirs["effect_size_ci_lower"])
            assert close(ours.rel_lift, theirs["rel_effect_size"])
            assert close(ours.rel_ci[0], theirs["rel_effect_size_ci_lower"])
            assert close(ours.rel_ci[1], theirs["rel_effect_size_ci_upper"])
            assert close(ours.p_value, theirs["pvalue"])
        assert comparison["ctr"].cuped.variance_reduction > 0.1
        assert comparison["ctr"].cuped.worth_users > 0.1 * USERS / 3


def test_two_arms_equal_the_same_arms_among_three(frame: pd.DataFrame, read: Readout) -> None:
    pair = readout(frame[frame["variant"] != "green"], planned={"control": 0.4, "blue": 0.35})
    assert len(pair.comparisons) == 1
    for alone, among in zip(pair.comparisons[0].metrics, read.comparisons[0].metrics, strict=True):
        assert close(alone.p_value, among.p_value)
        assert close(alone.rel_ci[0], among.rel_ci[0])
        assert close(alone.cuped.p_value, among.cuped.p_value)


def test_corrections_equal_statsmodels(read: Readout) -> None:
    from statsmodels.stats.multitest import multipletests

    for comparison in read.comparisons:
        raw = [result.p_value for result in comparison.metrics]
        holm = multipletests(raw, method="holm")[1]
        bh = multipletests(raw, method="fdr_bh")[1]
        assert [result.p_holm for result in comparison.metrics] == pytest.approx(holm, rel=1e-12)
        assert [result.p_bh for result in comparison.metrics] == pytest.approx(bh, rel=1e-12)
