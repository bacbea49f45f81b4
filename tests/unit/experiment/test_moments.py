import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.experiment.metrics import STANDARD, mean_metric, ratio_metric, share_metric
from lookalike.experiment.moments import aggregate, aggregate_by, linearised, value
from tests.unit.experiment.data import moments_of
from tests.unit.experiment.tabled import people_of

CTR = ratio_metric("ctr", "clicks", "impressions")
CTR_OF_ONE = mean_metric("impressions_per_user", "impressions")


def frame_of(columns: dict[str, np.ndarray], variants: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"variant": variants, **columns})


def test_one_aggregation_gives_the_moments_of_every_variant() -> None:
    rng = np.random.default_rng(2)
    columns = {
        "impressions": rng.poisson(9, 60),
        "clicks": rng.poisson(2, 60),
        "pre_clicks": rng.poisson(2, 60),
    }
    columns = {name: x.astype(float) for name, x in columns.items()}
    with people_of(frame_of(columns, ["a"] * 25 + ["b"] * 35)) as people:
        clicks = mean_metric("clicks", "clicks")
        found = aggregate(people, [CTR, clicks], {"clicks"})
    assert list(found) == ["a", "b"]
    for variant, part in (("a", slice(0, 25)), ("b", slice(25, 60))):
        for metric in (CTR, clicks):
            expected = moments_of(
                metric,
                {
                    name: x[part]
                    for name, x in columns.items()
                    if metric is clicks or not name.startswith("pre_")
                },
            )
            assert found[variant].n == expected.n
            for variable, mean in expected.mean.items():
                assert found[variant].mean[variable] == pytest.approx(mean)
            for pair, cov in expected.cov.items():
                assert found[variant].cov[pair] == pytest.approx(cov)


def test_large_values_keep_a_variance() -> None:
    """Raw sums of squares lose it: a mean of 1e9 with a variance of 1/4."""
    spend = 1e9 + np.tile([0.0, 1.0], 500)
    with people_of(frame_of({"spend": spend}, ["a"] * 1000)) as people:
        metric = mean_metric("spend", "spend")
        moments = aggregate(people, [metric])["a"]
    assert moments.cov[metric.numerator, metric.numerator] == pytest.approx(0.25, rel=2e-3)


def test_groups_are_kept_apart_and_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(3)
    frame = frame_of(
        {"impressions": rng.poisson(9, 80).astype(float), "clicks": rng.poisson(2, 80).astype(float)},
        ["a", "b"] * 40,
    ).assign(**{"segment country": ["DE", "DE", "US", "US"] * 20})
    with people_of(frame) as people:
        whole = aggregate(people, [CTR])
        parts = aggregate_by(people, [CTR], '"segment country"')
    assert list(parts) == ["DE", "US"]
    for variant in "ab":
        added = parts["DE"][variant] + parts["US"][variant]
        assert added.n == whole[variant].n
        assert added.cov == pytest.approx(whole[variant].cov)


def test_a_yes_or_no_has_the_variance_of_its_mean() -> None:
    share = share_metric("reach", "impressions")
    seen = np.array([0.0, 3, 0, 1, 1, 0, 0])
    with people_of(frame_of({"impressions": seen}, ["a"] * 7)) as people:
        moments = aggregate(people, [share])["a"]
    x = share.numerator
    assert moments.cov[x, x] == pytest.approx((seen > 0).var(ddof=1))


def test_a_single_user_has_no_variance() -> None:
    share = share_metric("reach", "impressions")
    with people_of(frame_of({"impressions": np.array([1.0])}, ["a"])) as people:
        moments = aggregate(people, [share, CTR_OF_ONE])["a"]
    assert set(moments.cov.values()) == {0.0}


numbers = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=20)


@settings(max_examples=40, deadline=None)
@given(numbers, numbers)
def test_two_samples_add_up_to_their_union(left: list, right: list) -> None:
    def moments(rows: list) -> object:
        clicks, impressions = np.array(rows, float).T
        return moments_of(CTR, {"clicks": clicks, "impressions": impressions})

    added, whole = moments(left) + moments(right), moments(left + right)
    assert added.n == whole.n
    assert added.mean == pytest.approx(whole.mean)
    assert added.cov == pytest.approx(whole.cov, abs=1e-9)


def test_the_linearised_ratio_has_the_residuals_variance() -> None:
    clicks, impressions = np.array([1.0, 4, 2, 8]), np.array([10.0, 20, 30, 40])
    moments = moments_of(CTR, {"clicks": clicks, "impressions": impressions})
    form = linearised(moments, CTR)
    residuals = (clicks - clicks.sum() / impressions.sum() * impressions) / impressions.mean()
    assert moments.bilinear(form, form) == pytest.approx(residuals.var(ddof=1))


def test_a_ratio_to_nothing_has_no_value() -> None:
    ecpm = next(metric for metric in STANDARD if metric.name == "ecpm")
    moments = moments_of(ecpm, {"revenue": np.ones(3), "impressions": np.zeros(3)})
    assert value(moments, ecpm) is None
