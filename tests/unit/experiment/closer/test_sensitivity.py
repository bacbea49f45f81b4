"""Without the extremes: one absurd user no longer decides, and nobody else changes anything."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lookalike.experiment.closer.sensitivity import sensitivity
from lookalike.experiment.metrics import STANDARD, mean_metric
from lookalike.experiment.rows import table_rows
from tests.unit.experiment.data import generated

METRICS = {metric.name: metric for metric in STANDARD}
PAIR = ("control", "green")


def asked(frame: pd.DataFrame, metrics, pair=PAIR, alpha: float = 0.05):
    with duckdb.connect() as connection:
        connection.register("incoming", frame)
        connection.execute("CREATE TABLE people AS SELECT * FROM incoming")
        return sensitivity(table_rows(connection, "people"), metrics, *pair, alpha)


def relative(control: pd.Series, treatment: pd.Series) -> tuple[float, tuple[float, float]]:
    """Lift of a mean and its interval, written out."""
    parts = [arm.var() / len(arm) / arm.mean() ** 2 for arm in (control, treatment)]
    df = sum(parts) ** 2 / sum(
        part**2 / (len(arm) - 1) for part, arm in zip(parts, (control, treatment), strict=True)
    )
    half = stats.t.ppf(0.975, df) * np.sqrt(sum(parts))
    log = np.log(treatment.mean() / control.mean())
    return np.expm1(log), (np.expm1(log - half), np.expm1(log + half))


def disc(values: pd.Series) -> float:
    return float(np.quantile(values, 0.99, method="inverted_cdf"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    frame = generated(6000, {"control": 0.4, "green": 0.4, "blue": 0.2}, {"green": 0.1})
    return frame.assign(revenue=frame.revenue * np.where(frame.variant == "blue", 1e6, 1))


def test_one_user_of_many_rounds_no_longer_decides() -> None:
    rng = np.random.default_rng(1)
    rounds = rng.geometric(1 / 51, 90_000) - 1.0
    variant = np.where(np.arange(90_000) % 2, "green", "control")
    rounds[0] = 49_854  # of the control
    found = asked(pd.DataFrame({"variant": variant, "rounds": rounds}), [mean_metric("r", "rounds")])
    winsorised, trimmed = found["r"]
    without = rounds[2::2]
    truth = rounds[1::2].mean() / without.mean() - 1
    told = rounds[1::2].mean() / rounds[::2].mean() - 1
    assert abs(told - truth) > 0.02
    assert winsorised.rel_lift == pytest.approx(truth, abs=0.004)
    assert trimmed.rel_lift == pytest.approx(truth, abs=0.01)
    assert winsorised.rel_ci[1] - winsorised.rel_ci[0] < 0.03


def test_means_equal_the_definition(frame: pd.DataFrame) -> None:
    winsorised, trimmed = asked(frame, [METRICS["impressions_per_user"]])["impressions_per_user"]
    pair = frame[frame.variant.isin(PAIR)]
    limit = disc(pair.impressions)
    arms = [pair.impressions[pair.variant == name] for name in PAIR]
    lift, ci = relative(*(arm.clip(upper=limit) for arm in arms))
    assert winsorised.rel_lift == pytest.approx(lift, rel=1e-9)
    assert winsorised.rel_ci == pytest.approx(ci, rel=1e-9)
    lift, ci = relative(*(arm[arm <= limit] for arm in arms))
    assert trimmed.rel_lift == pytest.approx(lift, rel=1e-9)
    assert trimmed.rel_ci == pytest.approx(ci, rel=1e-9)


def test_of_a_rare_column_the_values_above_zero_are_capped(frame: pd.DataFrame) -> None:
    rare = frame[frame.variant != "blue"]
    rare = rare.assign(revenue=rare.revenue.where(rare.revenue > rare.revenue.quantile(0.993), 0.0))
    pair = rare[rare.variant.isin(PAIR)]
    assert disc(pair.revenue) == 0
    limit = disc(pair.revenue[pair.revenue > 0])
    winsorised, _ = asked(rare, [METRICS["revenue_per_user"]])["revenue_per_user"]
    c, t = (pair.revenue[pair.variant == name].clip(upper=limit) for name in PAIR)
    assert winsorised.rel_lift == pytest.approx(t.mean() / c.mean() - 1, rel=1e-9)
    assert winsorised.rel_lift != pytest.approx(0)


def test_a_ratio_loses_users_extreme_in_either_part(frame: pd.DataFrame) -> None:
    winsorised, trimmed = asked(frame, [METRICS["ecpm"], METRICS["ctr"]])["ctr"]
    pair = frame[frame.variant.isin(PAIR)]
    top = {name: disc(pair[name]) for name in ("clicks", "impressions")}
    kept = pair[(pair.clicks <= top["clicks"]) & (pair.impressions <= top["impressions"])]
    for lift, rows in ((trimmed, kept), (winsorised, pair.assign(**pair[list(top)].clip(upper=top)))):
        sums = rows.groupby("variant")[list(top)].sum()
        rate = sums.clicks / sums.impressions
        assert lift.rel_lift == pytest.approx(rate["green"] / rate["control"] - 1, rel=1e-9)
        assert lift.rel_ci[0] < lift.rel_lift < lift.rel_ci[1]


def test_the_other_variants_set_no_limit(frame: pd.DataFrame) -> None:
    metrics = [METRICS["revenue_per_user"], METRICS["ecpm"]]
    alone = asked(frame[frame.variant.isin(PAIR)], metrics)
    among = asked(frame, metrics)
    for name in alone:
        for one, other in zip(alone[name], among[name], strict=True):
            assert one.rel_lift == pytest.approx(other.rel_lift, rel=1e-9)


def test_shares_of_users_have_no_extremes(frame: pd.DataFrame) -> None:
    found = asked(frame, list(STANDARD))
    assert set(found) == {name for name in METRICS if name not in {"reach", "revenue_users"}}
    assert asked(frame, [METRICS["reach"]]) == {}


@pytest.mark.parametrize("name", ["it's; DROP TABLE people --", 'a "b"', "naïve ½", "nul\0l"])
def test_names_are_data(frame: pd.DataFrame, name: str) -> None:
    renamed = frame.replace({"variant": {"green": name}})
    found = asked(renamed, [METRICS["ctr"]], ("control", name))
    expected = asked(frame, [METRICS["ctr"]])
    assert found["ctr"][0].rel_lift == pytest.approx(expected["ctr"][0].rel_lift, rel=1e-9)


def test_what_cannot_be_computed_is_none(frame: pd.DataFrame) -> None:
    nothing = frame.assign(clicks=0.0, impressions=0.0)
    assert asked(nothing, [METRICS["ctr"]])["ctr"][0].rel_lift is None
    (lone,) = asked(frame, [METRICS["ctr"]], ("control", "gone")).values()
    assert [lift.rel_lift for lift in lone] == [None, None]
    # of the two users of the control one is beyond the limit
    few = pd.DataFrame(
        {"variant": ["control"] * 2 + ["green"] * 300, "x": [1.0, 1e6] + [2.0, 3.0] * 150}
    )
    winsorised, trimmed = asked(few, [mean_metric("x", "x")])["x"]
    assert trimmed.rel_lift is None
    assert winsorised.rel_lift is not None
