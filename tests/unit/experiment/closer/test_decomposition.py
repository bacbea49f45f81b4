"""The parts of revenue per user: they sum, and their intervals are those made another way."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lookalike.experiment.closer.decomposition import Part, decompose, sentence, table
from tests.unit.experiment.tabled import people_of

NAMES = ["reach", "impressions_per_reached_user", "ecpm", "revenue_per_user"]


def world(users: int = 4_000, seed: int = 5, **lifts: float) -> pd.DataFrame:
    """Users of whom 70 % are reached; the treatment's lifts are planted part by part."""
    rng = np.random.default_rng(seed)
    on = np.arange(users) % 2 == 1
    reached = rng.random(users) < 0.7 * (1 + lifts.get("reach", 0) * on)
    activity = rng.gamma(2, 10, users) * (1 + lifts.get("impressions", 0) * on)
    impressions = reached * (1 + rng.poisson(activity))
    revenue = impressions * rng.gamma(1, 0.01, users) * (1 + lifts.get("ecpm", 0) * on)
    return pd.DataFrame(
        {"variant": np.where(on, "on", "off"), "impressions": impressions, "revenue": revenue}
    )


def parts_of(frame: pd.DataFrame, alpha: float = 0.05) -> tuple[Part, ...]:
    with people_of(frame) as people:
        return decompose(people, "off", alpha)


def logs(impressions: np.ndarray, revenue: np.ndarray) -> np.ndarray:
    """The logarithms of the three parts and the whole, users along the last axis."""
    reach, seen, earned = (x.mean(axis=-1) for x in (impressions > 0, impressions, revenue))
    return np.log([reach, seen / reach, earned / seen, earned])


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return world(reach=0.1, impressions=0.2, ecpm=-0.1)


def test_the_parts_are_those_of_numpy_and_sum_to_the_whole(frame):
    off, on = (part[["impressions", "revenue"]].to_numpy().T for _, part in frame.groupby("variant"))
    found = parts_of(frame)
    assert [part.part for part in found] == NAMES
    assert [part.log_lift for part in found] == pytest.approx(logs(*on) - logs(*off))
    *parts, whole = found
    assert sum(part.log_lift for part in parts) == pytest.approx(whole.log_lift, abs=1e-12)
    assert math.prod(1 + part.rel_lift for part in parts) == pytest.approx(1 + whole.rel_lift)
    assert sum(part.share for part in parts) == pytest.approx(1)


def test_the_intervals_are_those_of_the_delta_method_by_numpy(frame):
    """The gradient of the logarithms on the joint covariance of reached, impressions and revenue."""
    gradient = np.array([[1, 0, 0], [-1, 1, 0], [0, -1, 1], [0, 0, 1]])
    variances = []
    for _, part in frame.groupby("variant"):
        columns = np.array([part["impressions"] > 0, part["impressions"], part["revenue"]], float)
        g = gradient / columns.mean(axis=1)
        variances.append(np.diag(g @ np.cov(columns) @ g.T) / len(part))
    off, on = np.array(variances)
    df = (off + on) ** 2 / (off**2 / 1_999 + on**2 / 1_999)
    half = stats.t.ppf(0.995, df) * np.sqrt(off + on)
    for part, each in zip(parts_of(frame, alpha=0.01), half, strict=True):
        assert part.log_ci == pytest.approx((part.log_lift - each, part.log_lift + each), rel=1e-9)
        assert part.rel_ci == pytest.approx(tuple(np.expm1(part.log_ci)), rel=1e-9)


def test_a_bootstrap_over_users_finds_the_same_intervals(frame):
    rng, draws = np.random.default_rng(6), 600
    resampled = []
    for _, part in frame.groupby("variant"):
        values = part[["impressions", "revenue"]].to_numpy()
        drawn = values[rng.integers(0, len(values), (draws, len(values)))]
        resampled.append(logs(drawn[..., 0], drawn[..., 1]))
    lifts = resampled[1] - resampled[0]
    for part, drawn in zip(parts_of(frame), lifts, strict=True):
        width = part.log_ci[1] - part.log_ci[0]
        assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx(part.log_ci, abs=0.12 * width)
    for part, drawn in zip(parts_of(frame)[:3], lifts, strict=False):
        width = part.share_ci[1] - part.share_ci[0]
        low, high = np.quantile(drawn / lifts[3], [0.025, 0.975])
        assert (low, high) == pytest.approx(part.share_ci, abs=0.15 * width)


def test_what_was_planted_is_found_in_its_part():
    alone = {part.part: part for part in parts_of(world(20_000, impressions=0.2))}
    low, high = alone["impressions_per_reached_user"].rel_ci
    assert low < 0.19 < high  # a tenth of a reached user's impressions does not depend on activity
    assert low > 0.1
    for name in ("reach", "ecpm"):
        assert alone[name].rel_ci[0] < 0 < alone[name].rel_ci[1]


def test_a_change_that_may_be_chance_is_not_shared_out():
    found = parts_of(world(400))
    assert [part.share for part in found] == [None] * 4
    assert "which may be chance" in sentence(found)


def test_where_everybody_is_reached_reach_has_no_interval(frame):
    reach, *others = parts_of(frame[frame["impressions"] > 0])
    assert (reach.rel_lift, reach.log_lift, reach.log_ci) == (0.0, 0.0, None)
    assert all(part.log_ci for part in others)


@pytest.mark.parametrize(
    ("nothing", "why"),
    [
        ({"impressions": 0}, "reach is nothing in a variant"),
        ({"revenue": 0}, "eCPM is nothing in a variant"),
    ],
)
def test_a_part_that_is_nothing_leaves_nothing_to_take_apart(frame, nothing, why):
    empty = frame.assign(**{name: frame[name].where(frame["variant"] == "off", 0) for name in nothing})
    found = parts_of(empty)
    assert [part.log_lift for part in found] == [None] * 4
    assert sentence(found) == f"Revenue per user with on cannot be taken apart: {why}."
    json.dumps([dataclasses.asdict(part) for part in found], allow_nan=False)
    assert (table(found)["Change"] == "–").all()


def test_one_user_is_too_few(frame):
    first = frame[frame["impressions"] > 0].groupby("variant").head(1)
    assert sentence(parts_of(first)).endswith(
        ": there are too few users, or values out of all proportion."
    )


def test_values_out_of_all_proportion_are_not_taken_apart(frame):
    tiny = frame.assign(revenue=frame["revenue"].where(frame["variant"] == "on", 1e-300))
    tiny.loc[tiny["variant"] == "on", "revenue"] *= 1e15
    found = parts_of(tiny)
    assert [part.log_lift for part in found] == [None] * 4
    assert "out of all proportion" in sentence(found)
    json.dumps([dataclasses.asdict(part) for part in found], allow_nan=False)


def test_without_revenue_or_without_the_control_there_is_nothing(frame):
    assert parts_of(frame.drop(columns="revenue")) == ()
    assert parts_of(frame[frame["variant"] == "on"]) == ()
    assert table(()).empty


def test_the_sentence_and_the_table_say_the_same():
    def part(name, label, lift, ci, share):
        return Part(
            "new", name, label, 0.5, 0.6, math.log1p(lift), tuple(np.log1p(ci)), lift, ci, *share
        )

    found = [
        part("reach", "reach", 0.002, (-0.01, 0.01), (0.07, (-0.2, 0.3))),
        part(NAMES[1], "impressions per reached user", 0.034, (0.02, 0.05), (1.1, (0.8, 1.4))),
        part("ecpm", "eCPM", -0.005, (-0.02, 0.01), (-0.17, (-0.5, 0.2))),
        part(NAMES[3], "revenue per user", 0.031, (0.01, 0.05), (1.0, None)),
    ]
    assert sentence(found) == (
        "Revenue per user is 3.1 % higher with new: +0.2 % from reach, +3.4 % from impressions per "
        "reached user and −0.5 % from eCPM."
    )
    assert table(found).iloc[1].to_dict() == {
        "Part": "Impressions per reached user", "Change": "+3.4 % [2.0, 5.0]",
        "Share of the change": "110 % [80, 140]", "Control": "0.500", "Treatment": "0.600",
    }  # fmt: skip
    assert table(found)["Share of the change"].iloc[3] == "100 %"
    other = [dataclasses.replace(each, treatment="newer") for each in found]
    assert table([*found, *other])["Variant"].tolist() == ["new"] * 4 + ["newer"] * 4
