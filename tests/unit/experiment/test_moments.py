import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.experiment.metrics import STANDARD, mean_metric, ratio_metric
from lookalike.experiment.moments import aggregate, linearised, value
from tests.unit.experiment.data import moments_of

CTR = ratio_metric("ctr", "clicks", "impressions")


def people(columns: dict[str, np.ndarray], variants: list[str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    names = ", ".join(f'"{name}" DOUBLE' for name in columns)
    connection.execute(f'CREATE TABLE people (variant VARCHAR, "variants seen" INTEGER, {names})')
    rows = zip(variants, [1] * len(variants), *(x.tolist() for x in columns.values()), strict=True)
    marks = ", ".join("?" * (2 + len(columns)))
    connection.executemany(f"INSERT INTO people VALUES ({marks})", [list(row) for row in rows])
    return connection


def test_one_aggregation_gives_the_moments_of_every_variant() -> None:
    rng = np.random.default_rng(2)
    columns = {
        "impressions": rng.poisson(9, 60),
        "clicks": rng.poisson(2, 60),
        "pre_clicks": rng.poisson(2, 60),
    }
    columns = {name: x.astype(float) for name, x in columns.items()}
    with people(columns, ["a"] * 25 + ["b"] * 35) as connection:
        clicks = mean_metric("clicks", "clicks")
        found = aggregate(connection, [CTR, clicks], {"clicks"})
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
    with people({"spend": spend}, ["a"] * 1000) as connection:
        metric = mean_metric("spend", "spend")
        moments = aggregate(connection, [metric])["a"]
    assert moments.cov[metric.numerator, metric.numerator] == pytest.approx(0.25, rel=2e-3)


def test_users_of_two_variants_stay_out() -> None:
    with people({"spend": np.array([1.0, 3.0, 100.0])}, ["a", "a", "a"]) as connection:
        connection.execute('UPDATE people SET "variants seen" = 2 WHERE spend = 100')
        metric = mean_metric("spend", "spend")
        moments = aggregate(connection, [metric])["a"]
    assert (moments.n, value(moments, metric)) == (2, 2.0)


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
