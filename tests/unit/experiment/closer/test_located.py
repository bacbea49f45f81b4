"""Faults planted in one place are named there, and false alarms are rare."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lookalike.experiment.closer.located import mix, split_by_before, split_by_segment
from lookalike.experiment.metrics import STANDARD, mean_metric
from tests.unit.experiment.tabled import people_of

CTR = next(metric for metric in STANDARD if metric.name == "ctr")
EVEN = {"off": 1, "on": 1}


def split(cells: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Users off and on by country."""
    rows = [
        (variant, country)
        for country, counts in cells.items()
        for variant, count in zip(("off", "on"), counts, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows, columns=["variant", "segment country"])


def by_country(cells: dict[str, tuple[int, int]], planned: dict[str, float] = EVEN):
    with people_of(split(cells)) as people:
        (check,) = split_by_segment(people, ["country"], planned)
    return check


def test_the_value_is_named_even_where_the_overall_shares_pass():
    cells = {"DE": (600, 450), "FR": (950, 1_090), "US": (1_000, 1_010)}
    off, on = np.array(list(cells.values())).sum(axis=0)
    assert stats.chisquare([off, on]).pvalue > 0.9
    check = by_country(cells)
    assert not check.passed
    assert check.name == "split_by_segment_country"
    assert check.message == (
        "The split is off where country is DE: off 600 where 525 were planned (p < 0.001); where "
        "country is FR: off 950 where 1,020 were planned (p = 0.004)."
    )
    assert check.count == 2
    expected = 2 * stats.chisquare([950, 1_090]).pvalue  # Holm: two of three are left
    assert f"{expected:.3f}" == "0.004"


def test_a_planned_split_is_no_fault():
    cells = {"DE": (900, 100), "FR": (1_790, 210)}
    assert by_country(cells, {"off": 0.9, "on": 0.1}).passed
    assert not by_country(cells).passed


def test_a_fault_that_is_everywhere_is_not_located():
    check = by_country({"DE": (600, 400), "FR": (620, 380), "US": (590, 410)})
    assert check.message == "The split is off at every value of country: off has too many users."
    opposite = by_country({"DE": (600, 400), "FR": (400, 600)})
    assert "where country is DE" in opposite.message
    assert "where country is FR" in opposite.message


def test_more_than_three_are_counted():
    cells = {name: (700, 500) if name < "F" else (500, 500) for name in "ABCDEFG"}
    assert by_country(cells).message.endswith("; and at 2 more.")


def test_a_handful_of_users_is_not_judged():
    assert by_country({"DE": (9, 0), "FR": (500, 500)}).passed
    assert by_country({"DE": (3, 0)}, {"off": 1, "on": 1, "gone": 1}).passed


def test_false_alarms_are_rare():
    """Segments of twelve values each, at random: one in a hundred families may name one."""
    rng, users, runs = np.random.default_rng(23), 1_200, 100
    segments = {f"segment s{k}": rng.choice(list("abcdefghijkl"), users) for k in range(runs)}
    frame = pd.DataFrame({"variant": rng.choice(["off", "on"], users), **segments})
    with people_of(frame) as people:
        alone = [split_by_segment(people, [f"s{k}"], EVEN)[0] for k in range(60)]
        family = split_by_segment(people, [f"s{k}" for k in range(runs)], EVEN)
    assert sum(not check.passed for check in alone) <= 4  # 0.6 expected
    assert sum(not check.passed for check in family) <= 1


def test_the_level_of_activity_where_users_are_lost_is_named():
    """The most active users of "on" were filtered away as if they were robots."""
    rng, users = np.random.default_rng(4), 6_000
    before = rng.poisson(rng.gamma(1, 8, users)).astype(float)
    frame = pd.DataFrame({"variant": rng.choice(["off", "on"], users), "pre_impressions": before})
    lost = (frame["variant"] == "on") & (before > 15) & (rng.random(users) < 0.4)
    with people_of(frame[~lost]) as people:
        (check,) = split_by_before(people, "pre_impressions", EVEN)
    assert check.name == "split_by_before"
    assert check.message.startswith(
        "The split is off among users with 12 to 77 impressions before: off 711 where 610 were planned"
    )
    with people_of(frame) as people:
        assert split_by_before(people, "pre_impressions", EVEN)[0].passed


def groups_before(before: list[float]) -> str:
    """The message where every group is off, one time this way and one time that."""
    frame = pd.DataFrame({"variant": "off", "pre_good_clicks": before})
    frame.loc[frame["pre_good_clicks"] > frame["pre_good_clicks"].min(), "variant"] = "on"
    with people_of(frame) as people:
        return split_by_before(people, "pre_good_clicks", EVEN)[0].message


def test_no_activity_is_a_group_and_ties_stay_together():
    message = groups_before([0.0] * 100 + [2.0] * 200)
    assert "among users with no good clicks before: off 100 where 50 were planned" in message
    assert "among users with 2 good clicks before: off 0 where 100 were planned" in message
    assert "among users with 1 to 2.5 " in groups_before([0.0] * 100 + [1.0, 2.5] * 90 + [3.0] * 200)


def test_nobody_was_active_before():
    frame = pd.DataFrame({"variant": ["off"] * 100 + ["on"] * 100, "pre_clicks": 0.0})
    with people_of(frame) as people:
        (check,) = split_by_before(people, "pre_clicks", EVEN)
    assert check.passed
    assert check.message == (
        "No level of clicks before the test has a split further from the plan than chance allows."
    )


def paradox(rng: np.random.Generator, on_phones: float) -> pd.DataFrame:
    """Clicks are rare on phones; "on" raises the rate a fifth on both, and has more phones."""
    users = 6_000
    on = np.arange(users) % 2 == 1
    phone = rng.random(users) < np.where(on, on_phones, 0.3)
    impressions = rng.integers(5, 15, users)
    rate = np.where(phone, 0.05, 0.2) * np.where(on, 1.2, 1.0)
    return pd.DataFrame(
        {
            "variant": np.where(on, "on", "off"),
            "impressions": impressions,
            "clicks": rng.binomial(impressions, rate),
            "segment device": np.where(phone, "phone", "desk"),
        }
    )


def test_a_textbook_paradox_is_named_with_both_numbers():
    frame = paradox(np.random.default_rng(1), on_phones=0.7)
    with people_of(frame) as people:
        (check,) = mix(people, ["device"], [CTR], "off")
    sums = frame.groupby("variant")[["clicks", "impressions"]].sum()
    rates = sums["clicks"] / sums["impressions"]
    overall = 100 * (1 - rates["on"] / rates["off"])
    # users of both variants taken together, half of whom have phones
    shares = frame["segment device"].value_counts(normalize=True)
    means = frame.groupby(["variant", "segment device"])[["clicks", "impressions"]].mean()
    alike = {
        name: (means.loc[name]["clicks"] * shares).sum()
        / (means.loc[name]["impressions"] * shares).sum()
        for name in ("off", "on")
    }
    same_mix = 100 * (alike["on"] / alike["off"] - 1)
    assert 15 < same_mix < 25
    assert check.name == "mix_of_segment_device"
    assert not check.passed
    assert check.message == (
        f"With on, click rate is {overall:.1f} % lower overall, but {same_mix:.1f} % higher at the same "
        "mix of device: the variants hold different users."
    )


def test_the_same_mix_is_no_paradox():
    with people_of(paradox(np.random.default_rng(1), on_phones=0.3)) as people:
        (check,) = mix(people, ["device"], [CTR], "off")
    assert check.passed
    assert check.message == "No lift turns around when the variants are given the same mix of device."


def test_values_of_one_variant_alone_are_not_standardised():
    frame = paradox(np.random.default_rng(1), on_phones=0.7)
    frame["segment device"] = frame["segment device"] + frame["variant"].where(frame.index % 2 == 0, "")
    with people_of(frame) as people:
        assert mix(people, ["device"], [CTR], "off")[0].passed
    with people_of(frame.assign(variant="off")) as people:
        assert mix(people, ["device"], [CTR], "off")[0].passed


@pytest.mark.parametrize("lift", [0.0, 0.15])
def test_a_split_at_random_hardly_ever_turns_a_lift_around(lift):
    """The worst case: the segment explains nearly all of the variance, so its mix moves the mean."""
    rng, users, runs = np.random.default_rng(9), 400, 60
    on = rng.random(users) < 0.5
    columns: dict[str, object] = {"variant": np.where(on, "on", "off")}
    for k in range(runs):
        tier = rng.permutation(users) % 4
        base = np.array([1.0, 5.0, 9.0, 20.0])[tier]
        columns[f"spend {k}"] = base * (1 + rng.normal(0, 0.2, users)) + lift * on
        columns[f"segment tier {k}"] = np.array(list("abcd"))[tier]
    alarms = 0
    with people_of(pd.DataFrame(columns)) as people:
        for k in range(runs):
            (check,) = mix(people, [f"tier {k}"], [mean_metric("spend", f"spend {k}")], "off")
            alarms += not check.passed
    assert alarms <= 1
