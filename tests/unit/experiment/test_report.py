import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from lookalike.experiment import Readout, Spec, mean_metric, readout
from tests.unit.experiment.data import generated


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Every part of a readout has something to stand on: days, a segment, scores, a time before."""
    frame = generated(1_200, {"control": 0.5, "new": 0.5}, {"new": 0.4})
    rng = np.random.default_rng(2)
    frame["country"] = rng.choice(["DE", "FR"], len(frame))
    frame["score"] = rng.random(len(frame))
    second = frame.assign(date="2026-03-02", **{n: frame[n] // 2 for n in ("impressions", "clicks")})
    return pd.concat([frame.assign(date="2026-03-01"), second])


@pytest.fixture(scope="module")
def read(frame: pd.DataFrame) -> Readout:
    own = (mean_metric("tries", "hides", "tries"),)
    return readout(frame, metrics=own, preset="act-alike", bootstrap=100, rerandomise=100, primary="ctr")


def test_every_part_comes_back_from_json(read: Readout) -> None:
    parts = (
        "daily", "novelty", "segments", "heterogeneity", "decomposition", "bands", "depth", "verdicts",
        "checks",
    )  # fmt: skip
    assert [part for part in parts if not getattr(read, part)] == []
    assert read.aa is not None
    again = Readout.from_report(json.loads(json.dumps(read.report(), allow_nan=False)))
    for field in dataclasses.fields(Readout):
        assert getattr(again, field.name) == getattr(read, field.name), field.name


def test_a_report_of_an_older_version_is_read(read: Readout) -> None:
    """It has none of the later parts, and one that is no longer known."""
    kept = (
        "checks", "srm", "comparisons", "verdict", "decision", "control", "primary", "alpha", "users",
        "rows", "by_day", "columns", "planned", "fingerprint",
    )  # fmt: skip
    report = read.report()
    old = {name: report[name] for name in kept} | {"forgotten": 1}
    for metric in old["comparisons"][0]["metrics"]:
        for later in ("winsorised", "trimmed", "bootstrap_rel_ci", "rel_df"):
            del metric[later]
    again = Readout.from_report(old)
    assert (again.verdict, again.spec, again.daily, again.aa) == (read.verdict, Spec(), (), None)
    assert again.comparisons[0]["ctr"].rel_ci == read.comparisons[0]["ctr"].rel_ci
    assert again.comparisons[0]["ctr"].winsorised is None


def test_the_frame_spreads_intervals_and_parts(read: Readout) -> None:
    frame = read.to_frame().set_index("metric")
    result = read.comparisons[0]["ctr"]
    row = frame.loc["ctr"]
    assert (row["winsorised_rel_lift"], row["trimmed_rel_ci_low"]) == (
        result.winsorised.rel_lift,
        result.trimmed.rel_ci[0],
    )
    assert (row["bootstrap_rel_ci_low"], row["bootstrap_rel_ci_high"]) == result.bootstrap_rel_ci
    assert pd.isna(frame.loc["reach", "winsorised_rel_lift"])
    assert (row["control_variant"], row["n_control"]) == ("control", read.comparisons[0].n_control)


def test_a_notebook_shows_users_verdict_and_lifts(read: Readout) -> None:
    lines = repr(read).splitlines()
    assert lines[:2] == [f"Readout of {read.users:,} users, control 'control'", read.verdict]
    result = read.comparisons[0]["ctr"]
    (shown,) = [line for line in lines if line.strip().startswith("ctr ")]
    assert f"{result.rel_lift:+.1%} [{result.rel_ci[0]:+.1%}, {result.rel_ci[1]:+.1%}]" in shown


def test_a_broken_split_is_shown_above_its_numbers() -> None:
    frame = generated(900, {"control": 0.7, "new": 0.3})
    read = readout(frame)
    assert read.srm.status == "blocked"
    lines = repr(read).splitlines()
    assert lines[1].startswith("No verdict: the users are not split as planned")
    assert "The numbers all the same, not to be acted on:" in lines


def test_several_treatments_each_have_a_line() -> None:
    shares = {"control": 0.4, "x": 0.3, "y": 0.3}
    read = readout(generated(900, shares), planned=shares)
    assert [f"- {verdict.sentence}" in repr(read) for verdict in read.verdicts] == [True, True]


def test_the_figure_sets_the_adjusted_lifts_beside_those_seen(read: Readout) -> None:
    adjusted, seen = read.figure().data
    assert (adjusted.name, seen.name) == ("new, adjusted for the time before", "new, as seen")
    result = read.comparisons[0]["ctr"]
    assert result.rel_lift in seen.x
    assert result.cuped.rel_lift in adjusted.x
