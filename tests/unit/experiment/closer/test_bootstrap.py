"""Resampled users: the intervals cover, agree with the formula, and refuse what they cannot know."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from lookalike.experiment.closer.bootstrap import BUCKETS, bootstrap
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import STANDARD, mean_metric, ratio_metric
from lookalike.experiment.moments import aggregate
from lookalike.experiment.rows import table_rows
from tests.unit.experiment.data import generated

METRICS = {metric.name: metric for metric in STANDARD}


def asked(frame: pd.DataFrame, metrics, seed: int = 0, formula: bool = False, **options):
    with duckdb.connect() as connection:
        connection.register("incoming", frame)
        connection.execute("CREATE TABLE people AS SELECT * FROM incoming")
        people = table_rows(connection, "people")
        rng = np.random.default_rng(seed)
        found = bootstrap(people, metrics, "control", "green", rng, **options)
        if not formula:
            return found
        moments = aggregate(people, metrics)
        pair = moments["control"], moments["green"]
        return found, {metric.name: compare(metric, *pair).rel_ci for metric in metrics}


@pytest.mark.parametrize("users", [3_000, 30_000])
def test_it_agrees_with_the_delta_method_in_buckets_and_without(users: int) -> None:
    frame = generated(users, {"control": 0.5, "green": 0.4, "blue": 0.1}, {"green": 0.1})
    assert ((frame.variant == "control").sum() > BUCKETS) == (users > 10_000)
    found, formula = asked(frame, list(STANDARD), formula=True)
    assert found.keys() == METRICS.keys()
    for name, (low, high) in found.items():
        expected = np.log1p(formula[name])
        assert np.log1p(high) - np.log1p(low) == pytest.approx(expected[1] - expected[0], rel=0.12), name
        assert np.log1p([low, high]).mean() == pytest.approx(
            expected.mean(), abs=0.12 * (expected[1] - expected[0])
        )


def test_it_covers_as_often_as_it_says() -> None:
    """Runs side by side as columns: the truth, no difference, lies inside in about 90 %."""
    rng, users, runs = np.random.default_rng(3), 600, 150
    frame = pd.DataFrame({"user_id": np.arange(users), "impressions": rng.poisson(9, users) + 1.0})
    frame["variant"] = np.where(rng.random(users) < 0.5, "control", "green")
    clicks = rng.binomial(frame.impressions.astype(int).to_numpy(), rng.beta(1, 6, (runs, users)))
    frame = frame.join(pd.DataFrame(clicks.T * 1.0).add_prefix("clicks "))
    metrics = [ratio_metric(f"{run}", f"clicks {run}", "impressions") for run in range(runs)]
    found = asked(frame, metrics, draws=600, alpha=0.1)
    covered = sum(low <= 0 <= high for low, high in found.values())
    # three standard errors around 135 of 150
    assert 124 <= covered <= 146


def test_the_same_seed_draws_the_same() -> None:
    frame = generated(9_500, {"control": 0.5, "green": 0.5})
    one, same, other = (asked(frame, [METRICS["ctr"]], seed, draws=300)["ctr"] for seed in (1, 1, 2))
    assert one == pytest.approx(same, rel=1e-9)
    assert one != pytest.approx(other, rel=1e-9)


def test_large_values_keep_their_spread() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "user_id": np.arange(20_000),
            "variant": np.where(np.arange(20_000) % 2, "control", "green"),
            "spend": 1e9 + rng.normal(size=20_000),
        }
    )
    found, formula = asked(frame, [mean_metric("spend", "spend")], formula=True)
    width = found["spend"][1] - found["spend"][0]
    assert width == pytest.approx(formula["spend"][1] - formula["spend"][0], rel=0.1)


def test_few_users_and_draws_without_a_denominator() -> None:
    def told(control: list[float], green: list[float]):
        frame = pd.DataFrame(
            {
                "user_id": np.arange(len(control) + len(green)),
                "variant": ["control"] * len(control) + ["green"] * len(green),
                "x": control + green,
            }
        ).assign(one=1.0)
        return asked(frame, [mean_metric("x", "x"), ratio_metric("r", "one", "x")], draws=400)

    # a third of the draws of the control hold no x at all
    assert told([0.0, 0.0, 5.0], [1.0, 2.0, 3.0]) == {"x": None, "r": None}
    # those of the treatment: a mean of 0 is one, a ratio to 0 is none
    among = told([1.0, 2.0, 3.0], [0.0, 0.0, 5.0])
    assert among["x"][0] == pytest.approx(-1)
    assert among["r"] is None
    assert told([1.0], [2.0, 3.0]) == {"x": None, "r": None}
    assert told([1.0, 2.0], []) == {"x": None, "r": None}
    assert told([2.0] * 9, [3.0] * 9) == {"x": None, "r": None}
    low, high = told([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 6.0])["x"]
    assert -0.4 < low < 0.5 < high < 4


def test_an_effect_of_a_known_size_is_inside() -> None:
    frame = generated(12_000, {"control": 0.5, "green": 0.5}, {"green": 0.3})
    low, high = asked(frame, [METRICS["ctr"]], draws=500)["ctr"]
    assert 0.1 < low < 0.3 < high < 0.5
