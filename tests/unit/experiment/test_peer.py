"""Every number against tea-tasting, an independent implementation, on data of several shapes."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt
from statsmodels.stats.multitest import multipletests

from lookalike.experiment import Comparison, Metric, Readout, own_metric, readout
from lookalike.experiment.intake.sources import Source
from lookalike.experiment.metrics import STANDARD
from tests.unit.experiment.data import generated

SHARES = {"control": 0.4, "blue": 0.35, "green": 0.25}
HALVES = {"control": 0.5, "new": 0.5}
# the peer adds its columns one by one
pytestmark = pytest.mark.filterwarnings("ignore:DataFrame is highly fragmented")
COUNTED = ("impressions", "clicks", "hides", "good_clicks", "revenue")


@dataclass(frozen=True, slots=True)
class Shape:
    """An experiment for both: its rows for us, one row a user for the peer."""

    source: Source
    users: pd.DataFrame
    planned: dict[str, float]
    own: tuple[Metric, ...] = ()


def peer(frame: pd.DataFrame, metrics: Sequence[Metric], *, adjusted: bool) -> dict[tuple, dict]:
    """Read the frame out with the peer: results by treatment and metric."""
    columns, asked = {"variant": frame["variant"]}, {}
    for metric in metrics:
        names = []
        for part in (metric.numerator, metric.denominator):
            if part is None:
                continue
            scale = metric.scale if part is metric.numerator else 1.0
            names.append(f"{metric.name} {len(names)}")
            for name, column in ((names[-1], part.column), (f"pre {names[-1]}", f"pre_{part.column}")):
                number = frame[column].astype(float)
                columns[name] = number.gt(0).astype(float) if part.positive else number * scale
        before = [f"pre {name}" for name in names] if adjusted else []
        asked[metric.name] = (tt.Mean if len(names) == 1 else tt.RatioOfMeans)(*names, *before)
    results = tt.Experiment(asked, variant="variant").analyze(
        pd.DataFrame(columns), control="control", all_variants=True
    )
    return {
        (str(treatment), name): result._asdict()
        for (_, treatment), found in results.items()
        for name, result in found.items()
    }


def two_arms() -> Shape:
    frame = generated(200_000, HALVES, {"new": 0.04})
    return Shape(frame, frame, HALVES)


def three_arms() -> Shape:
    frame = generated(50_000, SHARES, {"blue": 0.06, "green": -0.02})
    return Shape(frame, frame, SHARES)


def heavy_tails() -> Shape:
    """Revenue is 0 for most, lognormal for the others, and a million for a few."""
    frame, rng = generated(40_000, HALVES), np.random.default_rng(3)
    for prefix in ("", "pre_"):
        paying = rng.random(len(frame)) < 0.1
        frame[prefix + "revenue"] = np.where(paying, rng.lognormal(1, 2, len(frame)), 0.0)
        frame.loc[rng.choice(len(frame), 6, replace=False), prefix + "revenue"] = 1e6
    frame["revenue"] += 0.3 * frame["pre_revenue"]
    return Shape(frame, frame, HALVES)


def staggered_days() -> Shape:
    """Users enter on different days and stay for one to four; what was before is on every row."""
    frame, rng = generated(15_000, HALVES, {"new": 0.1}), np.random.default_rng(4)
    stays, enters = rng.integers(1, 5, len(frame)), rng.integers(0, 10, len(frame))
    rows = np.repeat(np.arange(len(frame)), stays)
    days = frame.iloc[rows].reset_index(drop=True)
    nth = days.groupby("user_id").cumcount()
    days["date"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(enters[rows] + nth, unit="D")
    days[list(COUNTED[:-1])] = rng.poisson(days[list(COUNTED[:-1])])
    days["revenue"] *= rng.random(len(days))
    days = days.sample(frac=1, random_state=5)
    summed = days.groupby("user_id", as_index=False).agg(
        {"variant": "first"}
        | dict.fromkeys(COUNTED, "sum")
        | {f"pre_{name}": "first" for name in COUNTED}
    )
    return Shape(days, summed, HALVES)


def own_metrics() -> Shape:
    frame, rng = generated(30_000, SHARES), np.random.default_rng(6)
    for prefix in ("", "pre_"):
        frame[prefix + "orders"] = rng.poisson(0.3 + 0.1 * frame["pre_clicks"])
        frame[prefix + "returns"] = rng.binomial(frame[prefix + "orders"], 0.2)
    own = (
        own_metric("orders", "mean", "orders"),
        own_metric("who returns", "share", "returns"),
        own_metric("return rate", "ratio", "returns", "orders", good="down"),
        own_metric("orders a view", "ratio", "orders", "impressions"),
    )
    return Shape(frame, frame, SHARES, own)


def narrow_types() -> Shape:
    """Small integers, yes or no, and numbers with two decimals, as a database keeps them."""
    frame = generated(20_000, HALVES)
    for prefix in ("", "pre_"):
        frame[prefix + "hides"] = frame[prefix + "hides"].clip(upper=127).astype("int8")
        frame[prefix + "clicks"] = frame[prefix + "clicks"].astype("uint16")
        frame[prefix + "good_clicks"] = frame[prefix + "good_clicks"] > 0
        frame[prefix + "revenue"] = frame[prefix + "revenue"].round(2)
    decimals = "CAST(COLUMNS('^(pre_)?revenue$') AS DECIMAL(12, 2)), "
    decimals += "CAST(COLUMNS('^(pre_)?impressions$') AS HUGEINT)"
    others = r"* EXCLUDE (revenue, pre_revenue, impressions, pre_impressions)"
    table = duckdb.from_df(frame).project(f"{others}, {decimals}").to_arrow_table()
    return Shape(table, frame, HALVES)


SHAPES: tuple[Callable[[], Shape], ...] = (
    two_arms, three_arms, heavy_tails, staggered_days, own_metrics, narrow_types,
)  # fmt: skip


@pytest.fixture(scope="module", params=SHAPES, ids=lambda make: make.__name__)
def shape(request: pytest.FixtureRequest) -> Shape:
    return request.param()


@pytest.fixture(scope="module")
def read(shape: Shape) -> Readout:
    return readout(
        shape.source, planned=shape.planned, metrics=shape.own, preset="act-alike", full=False
    )


@pytest.fixture(scope="module")
def three() -> Shape:
    return three_arms()


def close(ours: float | None, theirs: object) -> bool:
    return ours is not None and math.isclose(ours, float(theirs), rel_tol=1e-8, abs_tol=1e-12)


def differing(comparison: Comparison, expected: dict[tuple, dict], *, adjusted: bool) -> Iterator[str]:
    """Name every number that is not the peer's."""
    for result in comparison.metrics:
        ours = result.cuped if adjusted else result
        theirs = expected[comparison.treatment, result.metric]
        pairs = {
            "control": ours.control,
            "treatment": ours.treatment,
            "effect_size": ours.abs_lift,
            "effect_size_ci_lower": ours.abs_ci[0],
            "effect_size_ci_upper": ours.abs_ci[1],
            "rel_effect_size": ours.rel_lift,
            "rel_effect_size_ci_lower": ours.rel_ci[0],
            "rel_effect_size_ci_upper": ours.rel_ci[1],
            "pvalue": ours.p_value,
        }
        for name, number in pairs.items():
            if not close(number, theirs[name]):
                yield f"{comparison.treatment} {result.metric} {name}: {number}, not {theirs[name]}"


@pytest.mark.parametrize("adjusted", [False, True], ids=["as seen", "adjusted"])
def test_every_number_is_the_peers(shape: Shape, read: Readout, adjusted: bool) -> None:
    metrics = (*STANDARD, *shape.own)
    expected = peer(shape.users, metrics, adjusted=adjusted)
    assert [c.treatment for c in read.comparisons] == sorted(set(shape.planned) - {"control"})
    for comparison in read.comparisons:
        assert [result.metric for result in comparison.metrics] == [metric.name for metric in metrics]
        assert list(differing(comparison, expected, adjusted=adjusted)) == []


def test_every_kind_of_source_gives_the_peers_numbers(tmp_path: Path) -> None:
    frame = generated(20_000, HALVES, {"new": 0.05}, seed=9)
    plain, adjusted = (peer(frame, STANDARD, adjusted=one) for one in (False, True))
    frame.to_csv(tmp_path / "results.csv", index=False)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE results AS SELECT * FROM frame")
        native = connection.table("results")
        native.write_parquet(str(tmp_path / "results.parquet"))
        for source in (tmp_path / "results.csv", tmp_path / "results.parquet", native):
            (found,) = readout(source, full=False).comparisons
            assert list(differing(found, plain, adjusted=False)) == []
            assert list(differing(found, adjusted, adjusted=True)) == []


def test_the_time_before_narrows(three: Shape) -> None:
    for comparison in readout(three.source, planned=SHARES, full=False).comparisons:
        assert comparison["ctr"].cuped.variance_reduction > 0.1
        assert comparison["ctr"].cuped.worth_users > 0.1 * len(three.users) / 3


def test_two_arms_equal_the_same_arms_among_three(three: Shape) -> None:
    whole = readout(three.source, planned=SHARES, full=False)
    alone = three.users[three.users["variant"] != "green"]
    pair = readout(alone, planned={"control": 0.4, "blue": 0.35}, full=False)
    assert len(pair.comparisons) == 1
    for one, other in zip(pair.comparisons[0].metrics, whole.comparisons[0].metrics, strict=True):
        assert close(one.p_value, other.p_value)
        assert close(one.rel_ci[0], other.rel_ci[0])
        assert close(one.cuped.p_value, other.cuped.p_value)


@pytest.mark.parametrize("together", [False, True])
def test_corrections_equal_statsmodels(three: Shape, together: bool) -> None:
    read = readout(three.source, planned=SHARES, all_together=together, full=False)
    families = [list(comparison.metrics) for comparison in read.comparisons]
    if together:
        families = [[result for family in families for result in family]]
    assert [len(family) for family in families] == ([16] if together else [8, 8])
    for family in families:
        raw = [result.p_value for result in family]
        for ours, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
            adjusted = multipletests(raw, method=method)[1]
            assert [getattr(r, ours) for r in family] == pytest.approx(adjusted, rel=1e-12)


def test_the_interval_for_any_number_of_looks_is_its_formula(three: Shape) -> None:
    """Waudby-Smith et al. (2021), equation 9, from plain sums over the users' own numbers."""
    read = readout(three.source, planned=SHARES, alpha=0.1, full=False)
    for comparison in read.comparisons:
        arms = [
            three.users.loc[three.users["variant"] == name, ["clicks", "impressions"]].to_numpy(float)
            for name in ("control", comparison.treatment)
        ]
        rates = [clicks.sum() / views.sum() for clicks, views in (arm.T for arm in arms)]
        errors = [
            np.var((clicks - rate * views) / views.mean(), ddof=1) / len(clicks)
            for rate, (clicks, views) in zip(rates, (arm.T for arm in arms), strict=True)
        ]
        n = sum(map(len, arms))
        rho2 = (-2 * math.log(0.1) + math.log(-2 * math.log(0.1) + 1)) / 5_000
        factor = math.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * math.log(math.sqrt(n * rho2 + 1) / 0.1))
        result = comparison["ctr"]
        lift, half = rates[1] - rates[0], math.sqrt(n * sum(errors)) * factor
        assert result.always_valid_abs_ci == pytest.approx((lift - half, lift + half), rel=1e-8)
        ratio = rates[1] / rates[0]
        spread = sum(error / rate**2 for error, rate in zip(errors, rates, strict=True))
        half = math.sqrt(n * spread) * factor
        expected = (ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1)
        assert result.always_valid_rel_ci == pytest.approx(expected, rel=1e-8)
        low, high = result.rel_ci
        assert result.always_valid_rel_ci[0] < low < high < result.always_valid_rel_ci[1]
