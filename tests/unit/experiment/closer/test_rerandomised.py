"""A/A on one's own users: every p-value is the readout's, and clicks counted singly give it away."""

from __future__ import annotations

import dataclasses
import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lookalike.errors import Cancelled
from lookalike.experiment.closer import random_groups
from lookalike.experiment.closer.rerandomised import AA, FalseAlarms, false_alarms, in_words, rerandomise
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import STANDARD, mean_metric, ratio_metric
from lookalike.experiment.rows import table_rows
from lookalike.progress import Progress
from tests.unit.experiment.data import generated, moments_of

METRICS = {metric.name: metric for metric in STANDARD}
CTR = METRICS["ctr"]


def asked(frame: pd.DataFrame, metrics, shares=(0.5, 0.5), seed: int = 0, **options):
    """The result, and the users in the order in which they were assigned."""
    with duckdb.connect() as connection:
        connection.register("incoming", frame)
        connection.execute("CREATE TABLE people AS SELECT * FROM incoming")
        people = table_rows(connection, "people")
        found = rerandomise(people, metrics, shares, np.random.default_rng(seed), **options)
        order = connection.sql("SELECT * FROM people ORDER BY hash(user_id), user_id").df()
        return found, order


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return generated(1500, {"control": 0.5, "green": 0.5})


def test_every_p_value_is_that_of_the_readout(frame: pd.DataFrame) -> None:
    runs = 12
    found, users = asked(frame, list(STANDARD), (0.7, 0.3), seed=4, runs=runs)
    drawn = np.random.default_rng(4).integers(0, 65_536, (runs, len(users)), np.uint16)
    treated = drawn < round(0.3 * 65_536)
    assert 0.25 < treated.mean() < 0.35
    for metric, row in zip(STANDARD, found.metrics, strict=True):
        results = []
        for chosen in treated:
            arms = [
                {name: users.loc[keep, name].to_numpy() for name in metric.columns}
                for keep in (~chosen, chosen)
            ]
            results.append(compare(metric, *(moments_of(metric, arm) for arm in arms)))
        assert row.p_values == pytest.approx(sorted(r.p_value for r in results), rel=1e-9)
        naive = sorted(r.naive_p_value for r in results if r.naive_p_value is not None)
        assert row.naive_p_values == pytest.approx(naive, rel=1e-9)
        assert (len(naive) > 0) == metric.is_rate
    spend = next(row for row in found.metrics if row.metric == "revenue_per_user")
    welch = [
        stats.ttest_ind(users.revenue[chosen], users.revenue[~chosen], equal_var=False).pvalue
        for chosen in treated
    ]
    assert spend.p_values == pytest.approx(sorted(welch), rel=1e-9)


def test_ours_keeps_its_level_and_the_naive_tool_does_not(frame: pd.DataFrame) -> None:
    found, _ = asked(frame, [CTR, METRICS["revenue_per_user"]], seed=1, runs=600)
    ctr, revenue = found.metrics
    assert (found.users, found.sampled, found.runs) == (1500, False, 600)
    for row in (ctr, revenue):
        assert 0.024 < row.rate < 0.08  # three standard errors
        assert row.rate_ci[0] < row.rate < row.rate_ci[1]
        assert len(row.p_values) == 101
        assert np.abs(np.array(row.p_values) - (np.arange(101) + 0.5) / 101).max() < 0.08
    assert ctr.naive_rate > 0.2
    assert revenue.naive_rate is None
    exact = stats.binomtest(round(ctr.rate * 600), 600).proportion_ci()
    assert ctr.rate_ci == pytest.approx((exact.low, exact.high), rel=1e-9)


def test_large_values_keep_their_variance() -> None:
    rng, users = np.random.default_rng(2), 2000
    noise = rng.normal(size=(2, users))
    frame = pd.DataFrame(
        {"user_id": np.arange(users), "high": 1e9 + noise[0], "low": noise[0], "base": 1e9 + noise[1]}
    )
    metrics = [mean_metric("high", "high"), mean_metric("low", "low"), ratio_metric("r", "high", "base")]
    found, _ = asked(frame, metrics, runs=60)
    high, low, ratio = found.metrics
    assert high.p_values == pytest.approx(low.p_values, rel=1e-4, abs=1e-6)
    assert ratio.runs == 60
    assert stats.kstest(ratio.p_values, "uniform").pvalue > 0.001


def test_what_cannot_be_tested_is_none() -> None:
    frame = pd.DataFrame({"user_id": np.arange(40), "zero": 0.0, "same": 0.1, "x": np.arange(40.0)})
    metrics = [
        mean_metric("same", "same"), ratio_metric("to nothing", "x", "zero"),
        ratio_metric("constant", "x", "x"), mean_metric("fine", "x"),
    ]  # fmt: skip
    found, _ = asked(frame, metrics, runs=20)
    *gone, fine = found.metrics
    for row in gone:
        assert (row.runs, row.rate, row.rate_ci, row.p_values) == (0, None, None, ())
    assert fine.runs == 20
    json.dumps(dataclasses.asdict(found), allow_nan=False)
    (alone,) = asked(frame[:2], [mean_metric("fine", "x")], runs=20)[0].metrics
    assert alone.runs == 0
    (nobody,) = asked(frame[:0], [mean_metric("fine", "x")], runs=20)[0].metrics
    assert nobody.runs == 0


def test_more_users_than_needed_are_sampled(frame: pd.DataFrame, monkeypatch) -> None:
    monkeypatch.setattr("lookalike.experiment.closer.rerandomised.MOST", 400)
    monkeypatch.setattr(random_groups, "MOST", 400)
    found, _ = asked(frame, [CTR], runs=10)
    again, _ = asked(frame.sample(frac=1, random_state=1), [CTR], runs=10)
    assert found.sampled
    assert 340 < found.users <= 400
    assert again.metrics[0].p_values == pytest.approx(found.metrics[0].p_values, rel=1e-9)


def test_it_tells_how_far_it_is_and_can_be_stopped(frame: pd.DataFrame) -> None:
    heard: list[float] = []
    asked(frame, [CTR], runs=5, progress=Progress(lambda update: heard.append(update.fraction)))
    assert heard
    assert heard[-1] == 1
    with pytest.raises(Cancelled):
        asked(frame, [CTR], runs=5, progress=Progress(cancelled=lambda: True))


def told(rate, naive, name: str = "click rate") -> FalseAlarms:
    return FalseAlarms(name, name, 500, rate, (0.03, 0.07), naive, naive and (0.3, 0.4), (), ())


def test_in_words_and_as_a_table() -> None:
    rows = (told(0.048, 0.348), told(0.052, None, "eCPM"), FalseAlarms("a", "a", 0, *[None] * 4, (), ()))
    found = AA(300_000, False, 500, 0.05, (0.5, 0.5), rows)
    assert in_words(found) == (
        "In 500 random splits of 300,000 users, where there is nothing to find, the tests here raised "
        "an alarm in 4.8 to 5.2 % of cases; 5.0 % is right. "
        "A naive tool would have done so in 34.8 %."
    )
    assert false_alarms(found).to_numpy().tolist() == [
        ["Click rate", "4.8 % [3.0, 7.0]", "34.8 % [30.0, 40.0]"],
        ["eCPM", "5.2 % [3.0, 7.0]", "–"],
        ["A", "–", "–"],
    ]
    assert in_words(dataclasses.replace(found, metrics=rows[2:])) == ""
    sampled = dataclasses.replace(found, sampled=True, metrics=rows[1:2])
    assert "300,000 sampled users" in in_words(sampled)
    assert in_words(sampled).endswith("alarm in 5.2 % of cases; 5.0 % is right.")
