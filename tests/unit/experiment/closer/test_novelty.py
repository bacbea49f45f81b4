"""Novelty: what fades is found, what does not is left alone, and the error is that of the users."""

from __future__ import annotations

import dataclasses
import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lookalike.experiment.closer.novelty import Novelty, by_half, novelty
from lookalike.experiment.metrics import STANDARD, mean_metric, ratio_metric
from lookalike.experiment.rows import table_rows

FIRST = pd.Timestamp("2026-03-01")
METRICS = {metric.name: metric for metric in STANDARD}


def played(
    users: int, first: float, second: float, seed: int, late: bool = False, days: int = 4
) -> pd.DataFrame:
    """User-days whose click rate differs between users; the treatment lifts it by half."""
    rng = np.random.default_rng(seed)
    treated = rng.random(users) < 0.5
    taste = rng.beta(1, 6, users)
    entry = rng.integers(0, days, users) if late else np.zeros(users, int)
    parts = []
    for day in range(days):
        lift = 1 + treated * (first if day < days // 2 else second)
        impressions = rng.poisson(4, users)
        clicks = rng.binomial(impressions, (taste * lift).clip(0, 1))
        frame = pd.DataFrame(
            {
                "user_id": np.arange(users),
                "variant": np.where(treated, "green", "control"),
                "day": (FIRST + pd.Timedelta(days=day)).date(),
                "impressions": impressions * 1.0,
                "clicks": clicks * 1.0,
            }
        )
        parts.append(frame[entry <= day])
    return pd.concat(parts)


def asked(frame: pd.DataFrame, metrics, alpha: float = 0.05):
    with duckdb.connect() as connection:
        connection.register("incoming", frame)
        connection.execute(
            "CREATE TABLE days AS SELECT * REPLACE (CAST(day AS DATE) AS day) FROM incoming"
        )
        return novelty(table_rows(connection, "days"), metrics, "control", alpha)


def halves(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a user of the first half: clicks and impressions of either half."""
    middle = (FIRST + pd.Timedelta(days=2)).date()
    half = np.where(frame.day < middle, "1", "2")
    wide = frame.pivot_table(
        index=["user_id", "variant"], columns=half, values=["clicks", "impressions"], aggfunc="sum"
    )
    wide = wide[wide["impressions", "1"].notna()].fillna(0)
    wide.columns = ["".join(pair) for pair in wide.columns]
    return wide.reset_index()


def test_change_and_error_equal_a_delta_method_worked_out_apart() -> None:
    frame = played(3000, 0.3, 0.05, seed=1, late=True)
    (row,) = asked(frame, [METRICS["ctr"]])
    wide = halves(frame)
    logs, errors, sizes = [], [], []
    for variant in ("control", "green"):
        arm = wide[wide.variant == variant]
        growth = np.log(
            arm.clicks2.sum() / arm.impressions2.sum() / (arm.clicks1.sum() / arm.impressions1.sum())
        )
        influence = (
            arm.clicks2 / arm.clicks2.mean()
            - arm.impressions2 / arm.impressions2.mean()
            - arm.clicks1 / arm.clicks1.mean()
            + arm.impressions1 / arm.impressions1.mean()
        )
        logs.append(growth)
        errors.append(influence.var() / len(arm))
        sizes.append(len(arm))
    change, se = logs[1] - logs[0], np.sqrt(sum(errors))
    df = sum(errors) ** 2 / sum(e**2 / (n - 1) for e, n in zip(errors, sizes, strict=True))
    assert (row.n_control, row.n_treatment) == tuple(sizes)
    assert row.change == pytest.approx(np.expm1(change), rel=1e-9)
    half = stats.t.ppf(0.975, df) * se
    assert row.change_ci == pytest.approx((np.expm1(change - half), np.expm1(change + half)), rel=1e-9)
    assert row.p_value == pytest.approx(2 * stats.t.sf(abs(change) / se, df), rel=1e-9)


def test_the_interval_agrees_with_resampled_users() -> None:
    frame = played(2500, 0.3, 0.1, seed=2)
    (row,) = asked(frame, [METRICS["ctr"]])
    wide, rng, drawn = halves(frame), np.random.default_rng(0), []
    arms = [
        wide.loc[wide.variant == variant, ["clicks2", "impressions2", "clicks1", "impressions1"]]
        for variant in ("green", "control")
    ]
    for _ in range(600):
        growth = []
        for arm in arms:
            weights = rng.multinomial(len(arm), np.full(len(arm), 1 / len(arm)))
            c2, i2, c1, i1 = weights @ arm.to_numpy()
            growth.append(c2 / i2 / (c1 / i1))
        drawn.append(np.log(growth[0] / growth[1]))
    width = np.log1p(row.change_ci[1]) - np.log1p(row.change_ci[0])
    assert width == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.1)


def trials(users: int, runs: int, first: float, second: float) -> tuple[pd.DataFrame, list]:
    """Two days of users with an outcome of their own for every run, told apart by column."""
    rng = np.random.default_rng(9)
    treated = rng.random(users) < 0.4
    impressions = rng.poisson(12, (2, users)) + 1
    columns = {"impressions": impressions.ravel() * 1.0}
    for run in range(runs):
        taste = rng.beta(1, 6, users)
        lifts = 1 + np.outer([first, second], treated)
        clicks = rng.binomial(impressions, (taste * lifts).clip(0, 1))
        columns[f"clicks {run}"] = clicks.ravel() * 1.0
    days = np.repeat([FIRST.date(), (FIRST + pd.Timedelta(days=1)).date()], users)
    names = np.tile(np.where(treated, "green", "control"), 2)
    frame = pd.DataFrame(
        {"user_id": np.tile(np.arange(users), 2), "variant": names, "day": days, **columns}
    )
    return frame, [ratio_metric(f"run {run}", f"clicks {run}", "impressions") for run in range(runs)]


def test_it_keeps_its_level_and_finds_what_fades() -> None:
    """An effect that stays is seldom called a trend, one that goes away mostly is."""
    runs = 150
    steady = asked(*trials(600, runs, 0.2, 0.2))
    alarms = sum(row.p_value < 0.05 for row in steady)
    # at 5 % there are 0 with a chance of 0.05 %, and 17 and more with one of 0.3 %
    assert 0 < alarms < 17
    assert np.mean([row.p_value for row in steady]) == pytest.approx(0.5, abs=0.08)
    fading = asked(*trials(3000, 10, 0.3, 0.0))
    assert sum(row.trend == "fades" for row in fading) >= 9


def test_trends_have_their_words() -> None:
    (fades,) = asked(played(6000, 0.5, 0.05, seed=3), [METRICS["ctr"]])
    assert fades.trend == "fades"
    assert fades.sentence == (
        f"The effect on click rate fades: {100 * fades.first_rel_lift:+.1f} % in the first half, "
        f"{100 * fades.second_rel_lift:+.1f} % in the second."
    )
    (grows,) = asked(played(6000, 0.05, 0.6, seed=3), [METRICS["ctr"]])
    assert (grows.trend, grows.change > 0) == ("grows", True)
    (turns,) = asked(played(9000, 0.4, -0.4, seed=3), [METRICS["ctr"]])
    assert turns.trend == "turns"
    (steady,) = asked(played(500, 0.0, 0.0, seed=3), [METRICS["ctr"]])
    assert (steady.trend, steady.sentence) == (None, "")


def test_newcomers_of_the_second_half_do_not_count() -> None:
    frame = played(2000, 0.2, 0.2, seed=4)
    late = frame.assign(user_id=frame.user_id + 10_000, clicks=frame.impressions)
    late = late[late.day >= (FIRST + pd.Timedelta(days=2)).date()]
    (alone,) = asked(frame, [METRICS["ctr"]])
    (among,) = asked(pd.concat([frame, late]), [METRICS["ctr"]])
    assert among.change == pytest.approx(alone.change, rel=1e-9)
    assert among.n_control == alone.n_control


def test_a_mistyped_date_does_not_move_the_middle() -> None:
    frame = played(2000, 0.4, 0.1, seed=8, days=5)
    strayed = frame[:1].assign(user_id=-1, day=pd.Timestamp("1970-01-01").date())
    (plain,) = asked(frame, [METRICS["ctr"]])
    (among,) = asked(pd.concat([strayed, frame]), [METRICS["ctr"]])
    assert among.change == pytest.approx(plain.change, rel=0.02)
    assert among.n_control + among.n_treatment == plain.n_control + plain.n_treatment + 1


def test_holm_over_the_metrics_of_a_treatment() -> None:
    frame = played(4000, 0.5, 0.05, seed=5)
    metrics = [METRICS["ctr"], mean_metric("clicks", "clicks"), METRICS["impressions_per_user"]]
    ctr, clicks, impressions = asked(frame, metrics)
    raw = sorted(row.p_value for row in (ctr, clicks, impressions))
    assert min(row.p_holm for row in (ctr, clicks, impressions)) == pytest.approx(3 * raw[0])
    assert impressions.trend is None


def test_what_cannot_be_computed_is_none() -> None:
    frame = played(60, 0.0, 0.0, seed=6)
    silent = frame.assign(clicks=0.0)
    (none,) = asked(silent, [METRICS["ctr"]])
    assert (none.change, none.p_value, none.p_holm, none.trend) == (None, None, None, None)
    same = frame.assign(clicks=frame.impressions)
    (constant,) = asked(same, [METRICS["ctr"]])
    assert (constant.first_rel_lift, constant.p_value) == (pytest.approx(0), None)
    one_day = frame[frame.day == FIRST.date()]
    assert asked(one_day, [METRICS["ctr"]]) == ()
    assert asked(frame[frame.variant == "green"], [METRICS["ctr"]]) == ()
    one_each = frame[frame.user_id.isin(frame.groupby("variant").user_id.min())]
    (few,) = asked(one_each, [METRICS["ctr"]])
    assert (few.n_control, few.n_treatment, few.p_value) == (1, 1, None)
    json.dumps([dataclasses.asdict(row) for row in (none, constant, few)], allow_nan=False)


def test_the_halves_as_a_table_of_text() -> None:
    found = Novelty(
        "control",
        "green",
        "ctr",
        "click rate",
        9,
        9,
        0.081,
        0.02,
        -0.0564,
        (-0.1, -0.0002),
        0.0004,
        0.0032,
    )
    nothing = Novelty("control", "green", "ecpm", "eCPM", 1, 9)
    assert by_half([found, nothing]).to_dict("records") == [
        {
            "Metric": "Click rate", "First half": "+8.1 %", "Second half": "+2.0 %",
            "Change": "−5.6 % [−10.0, 0.0]", "p": "< 0.001", "Holm p": "0.0032",
        },
        {
            "Metric": "eCPM", "First half": "–", "Second half": "–",
            "Change": "–", "p": "–", "Holm p": "–",
        },
    ]  # fmt: skip
    several = by_half([found, dataclasses.replace(found, treatment="blue")])
    assert several.Variant.tolist() == ["green", "blue"]
