"""Day by day: every look equals a readout of what was known by then."""

from __future__ import annotations

import dataclasses
import json
import math

import duckdb
import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt

from lookalike.experiment.closer.daily import LOOKS, by_day, cumulative
from lookalike.experiment.metrics import STANDARD, mean_metric
from lookalike.experiment.rows import borrowed, table_rows

ROLES = ["impressions", "clicks", "hides", "good_clicks", "revenue"]
METRICS = {metric.name: metric for metric in STANDARD}
FIRST = pd.Timestamp("2026-03-01")


def user_days(users: int, days: int, lift: float = 0.1, seed: int = 5) -> pd.DataFrame:
    """Rows of users who enter over the first half and are there on most days after."""
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, days // 2 + 1, users)
    frame = pd.DataFrame({"user": np.repeat(np.arange(users), days), "day": np.tile(range(days), users)})
    there = (frame.day >= entry[frame.user]) & (rng.random(len(frame)) < 0.6)
    frame = frame[there].reset_index(drop=True)
    variant = rng.choice(["control", "green", "blue"], users)[frame.user]
    taste = rng.beta(1, 5, users)[frame.user] * np.where(variant == "green", 1 + lift, 1)
    frame["impressions"] = rng.poisson(5, len(frame)).astype(float)
    frame["clicks"] = rng.binomial(frame.impressions.astype(int), taste.clip(0, 1)).astype(float)
    frame["hides"] = rng.binomial(frame.impressions.astype(int), 0.05).astype(float)
    frame["good_clicks"] = rng.binomial(frame.clicks.astype(int), 0.5).astype(float)
    frame["revenue"] = rng.gamma(0.3, 2, len(frame)) * (rng.random(len(frame)) < 0.2)
    frame["user_id"], frame["variant"] = "u" + frame.user.astype(str), variant
    frame["day"] = FIRST + pd.to_timedelta(frame.day, unit="D")
    return frame.drop(columns="user")


def summed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby(["user_id", "variant"], as_index=False)[ROLES].sum()


def tables(connection, days: pd.DataFrame) -> tuple:
    people = summed(days).merge(days.groupby("user_id").day.min().rename("first_day").reset_index())
    for name, frame, day in (("people", people, "first_day"), ("days", days, "day")):
        connection.register("incoming", frame)
        connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS "
            f"SELECT * REPLACE (CAST({day} AS DATE) AS {day}) FROM incoming"
        )
    return table_rows(connection, "people"), table_rows(connection, "days")


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def peer(frame: pd.DataFrame) -> dict:
    frame = frame.assign(paid=frame.revenue.gt(0) * 1.0, mille=frame.revenue * 1000)
    metrics = {
        "revenue_users": tt.Mean("paid"), "revenue_per_user": tt.Mean("revenue"),
        "ecpm": tt.RatioOfMeans("mille", "impressions"), "ctr": tt.RatioOfMeans("clicks", "impressions"),
    }  # fmt: skip
    found = tt.Experiment(metrics, variant="variant").analyze(
        frame, control="control", all_variants=True
    )
    return {(pair[1], name): result for pair, all_ in found.items() for name, result in all_.items()}


def close(ours: float, theirs: float) -> bool:
    return math.isclose(ours, theirs, rel_tol=1e-8, abs_tol=1e-12)


def equal_to_peer(row, theirs, users: pd.Series) -> bool:
    return (
        row.n_control == users["control"]
        and row.n_treatment == users[row.treatment]
        and close(row.abs_lift, theirs.effect_size)
        and close(row.abs_ci[0], theirs.effect_size_ci_lower)
        and close(row.rel_lift, theirs.rel_effect_size)
        and close(row.rel_ci[0], theirs.rel_effect_size_ci_lower)
        and close(row.rel_ci[1], theirs.rel_effect_size_ci_upper)
    )


def test_every_day_equals_the_peer_on_the_rows_until_then(connection) -> None:
    frame = user_days(1500, 8)
    metrics = [METRICS[name] for name in ("revenue_users", "revenue_per_user", "ecpm", "ctr")]
    people, days = tables(connection, frame)
    found = cumulative(people, days, metrics, "control")
    assert [(row.treatment, row.metric) for row in found[::8]] == [
        (treatment, metric.name) for treatment in ("blue", "green") for metric in metrics
    ]
    checked = 0
    for day in sorted(frame.day.unique())[1:]:
        until = summed(frame[frame.day <= day])
        expected = peer(until)
        for row in (row for row in found if row.day == f"{day:%Y-%m-%d}"):
            assert equal_to_peer(
                row, expected[row.treatment, row.metric], until.variant.value_counts()
            ), row
            checked += 1
    assert checked == 7 * 2 * 4


def test_totals_by_the_day_of_entry_equal_the_peer(connection) -> None:
    frame = user_days(1500, 8, seed=6)
    people, _ = tables(connection, frame)
    found = cumulative(people, None, [METRICS["ctr"], METRICS["revenue_per_user"]], "control")
    entry = frame.groupby("user_id").day.min()
    totals = summed(frame)
    for day in sorted({row.day for row in found})[1:]:
        there = totals[totals.user_id.map(entry) <= pd.Timestamp(day)]
        expected = peer(there)
        for row in (row for row in found if row.day == day):
            assert equal_to_peer(
                row, expected[row.treatment, row.metric], there.variant.value_counts()
            ), row


def test_the_always_valid_interval_is_its_formula(connection) -> None:
    frame = user_days(900, 6)
    people, days = tables(connection, frame)
    found = cumulative(people, days, [METRICS["ctr"]], "control", alpha=0.1)
    log_alpha = math.log(0.1)
    rho2 = (-2 * log_alpha + math.log(-2 * log_alpha + 1)) / 5000
    for row in found:
        until = summed(frame[frame.day <= pd.Timestamp(row.day)])
        squared, values = 0.0, []
        for variant in (row.control, row.treatment):
            arm = until[until.variant == variant]
            rate = arm.clicks.sum() / arm.impressions.sum()
            residual = (arm.clicks - rate * arm.impressions) / arm.impressions.mean() / rate
            squared += residual.var() / len(arm)
            values.append(rate)
        n = row.n_control + row.n_treatment
        spread = n * rho2 + 1
        half = math.sqrt(
            n * squared * 2 * spread / (n**2 * rho2) * (math.log(math.sqrt(spread)) - log_alpha)
        )
        ratio = values[1] / values[0]
        expected = (ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1)
        assert row.always_valid_rel_ci == pytest.approx(expected, rel=1e-8)


def test_the_last_day_is_the_whole_file_however_it_is_told(connection) -> None:
    people, days = tables(connection, user_days(600, 7))
    by_rows = cumulative(people, days, list(STANDARD), "control")
    by_entry = cumulative(people, None, list(STANDARD), "control")
    final = [row for row in by_rows if row.day == by_rows[-1].day]
    by_end = {(row.treatment, row.metric): row for row in by_entry}  # the last entry is the latest
    for row in final:
        other = by_end[row.treatment, row.metric]
        assert (row.n_control, row.n_treatment) == (other.n_control, other.n_treatment)
        assert row.abs_lift == pytest.approx(other.abs_lift, rel=1e-9)
        if row.rel_ci is None or other.rel_ci is None:
            assert row.rel_ci == other.rel_ci
        else:
            assert row.rel_ci == pytest.approx(other.rel_ci, rel=1e-9)


def test_a_relation_answers_like_a_table(connection) -> None:
    people, days = tables(connection, user_days(200, 4))
    metrics = [METRICS["ctr"]]
    own = cumulative(people, days, metrics, "control")
    with borrowed(connection.table("days"), "days elsewhere") as elsewhere:
        there = cumulative(people, elsewhere, metrics, "control")
    assert [row.day for row in there] == [row.day for row in own]
    assert [row.abs_lift for row in there] == pytest.approx([row.abs_lift for row in own], rel=1e-9)


def test_of_many_days_sixty_are_looked_at_and_no_row_is_lost(connection) -> None:
    frame = user_days(300, 150, seed=2)
    people, days = tables(connection, frame)
    metric = mean_metric("spend", "revenue")
    found = [row for row in cumulative(people, days, [metric], "control") if row.treatment == "green"]
    assert len(found) == LOOKS
    assert (found[0].day, found[-1].day) == ("2026-03-01", "2026-07-28")
    apart = np.diff(pd.to_datetime([row.day for row in found])).astype("timedelta64[D]").astype(int)
    assert set(apart) == {2, 3}
    for row in found[5::13]:
        until = summed(frame[frame.day <= pd.Timestamp(row.day)])
        mean = until.groupby("variant").revenue.mean()
        assert row.abs_lift == pytest.approx(mean["green"] - mean["control"], rel=1e-9)


def test_large_sums_with_little_variance_keep_their_interval(connection) -> None:
    """A raw sum of squares of 1e9 leaves nothing of a variance of 1."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        [
            (f"{user}", "control" if user % 2 else "green", FIRST + pd.Timedelta(days=day), value)
            for user in range(300)
            for day, value in ((0, 1e9), (1, rng.normal()))
        ],
        columns=["user_id", "variant", "day", "revenue"],
    ).assign(impressions=1.0, clicks=0.0, hides=0.0, good_clicks=0.0)
    people, days = tables(connection, frame)
    last = cumulative(people, days, [METRICS["revenue_per_user"]], "control")[-1]
    sums = summed(frame)
    sums.revenue -= 1e9
    arms = [sums[sums.variant == variant].revenue for variant in ("control", "green")]
    half = 1.968 * math.sqrt(sum(arm.var() / len(arm) for arm in arms))
    assert (last.abs_ci[1] - last.abs_ci[0]) / 2 == pytest.approx(half, rel=1e-3)


def test_whatever_is_not_known_yet_is_none(connection) -> None:
    frame = pd.DataFrame(
        [("a", "control", 0, 4), ("b", "control", 1, 4), ("c", "green", 1, 4), ("d", "green", 2, 6)],
        columns=["user_id", "variant", "day", "impressions"],
    ).assign(clicks=[1, 2, 0, 3], hides=0, good_clicks=0, revenue=0)
    frame["day"] = FIRST + pd.to_timedelta(frame.day, unit="D")
    people, days = tables(connection, frame)
    found = cumulative(people, days, list(STANDARD), "control")
    of = {(row.metric, row.day[-2:]): row for row in found}
    assert (of["ctr", "01"].n_treatment, of["ctr", "01"].abs_lift) == (0, None)
    assert of["ctr", "02"].rel_lift is None  # one user of the treatment
    assert of["ctr", "03"].rel_lift == pytest.approx((3 / 10) / (3 / 8) - 1)
    assert of["gcr", "03"].rel_ci is None
    assert of["ecpm", "03"].rel_ci is None
    text = json.dumps([dataclasses.asdict(row) for row in found], allow_nan=False)
    assert "2026-03-02" in text


def test_without_days_there_is_nothing_to_follow(connection) -> None:
    people, days = tables(connection, user_days(30, 3))
    undated = dataclasses.replace(people, columns=("user_id", "variant", "clicks"))
    assert cumulative(undated, None, list(STANDARD), "control") == ()
    assert cumulative(people, days, [], "control") == ()
    connection.execute("DELETE FROM days")
    assert cumulative(people, days, list(STANDARD), "control") == ()


def test_the_days_as_a_table_of_text(connection) -> None:
    people, days = tables(connection, user_days(400, 5))
    found = [row for row in cumulative(people, days, [METRICS["ctr"]], "control") if row.rel_ci][-2:]
    table = by_day([dataclasses.replace(found[-1], rel_lift=0.0512, rel_ci=(-0.0004, 0.1))])
    assert table.iloc[0, [0, 3, 4]].tolist() == ["2026-03-05", "+5.1 %", "[0.0, 10.0]"]
    nothing = dataclasses.replace(found[-1], rel_lift=None, rel_ci=None, always_valid_rel_ci=None)
    assert by_day([nothing]).iloc[0, 3:].tolist() == ["–", "–", "–"]
