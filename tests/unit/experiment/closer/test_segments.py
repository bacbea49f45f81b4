"""Planted differences between segments are found, absent ones are not."""

import dataclasses
import json
import math

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

from lookalike.charts.segment import forest, waterfall
from lookalike.experiment.closer.decomposition import decompose
from lookalike.experiment.closer.located import mix, split_by_before, split_by_segment
from lookalike.experiment.closer.segments import Heterogeneity, SegmentLift, by_segment, sentence, table
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import STANDARD, mean_metric
from lookalike.experiment.rows import borrowed
from tests.unit.experiment.data import generated, moments_of
from tests.unit.experiment.tabled import people_of

CTR = next(metric for metric in STANDARD if metric.name == "ctr")
SPEND = mean_metric("spend", "spend")


def world(users: int, lifts: dict[str, float], seed: int = 3) -> pd.DataFrame:
    """Spend of mean 10 with a lift of its own in every country; nothing by device."""
    rng = np.random.default_rng(seed)
    country = rng.choice(list(lifts), users)
    variant = rng.choice(["off", "on"], users)
    lift = np.array([lifts[name] for name in country]) * (variant == "on")
    return pd.DataFrame(
        {
            "variant": variant,
            "spend": rng.gamma(2, 5, users) * (1 + lift),
            "segment country": country,
            "segment device": rng.choice(["phone", "desk"], users),
        }
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return world(12_000, {"DE": 0.0, "FR": 0.0, "JP": 0.0, "US": 0.4})


@pytest.fixture(scope="module")
def found(frame) -> tuple[tuple[SegmentLift, ...], tuple[Heterogeneity, ...]]:
    with people_of(frame) as people:
        return by_segment(people, ["country", "device"], [SPEND], "off")


def test_a_segment_is_compared_like_an_experiment_of_its_own(frame, found):
    for lift in found[0]:
        part = frame[frame[f"segment {lift.segment}"] == lift.value]
        arms = [part.loc[part["variant"] == name, "spend"].to_numpy() for name in ("off", "on")]
        own = compare(SPEND, *(moments_of(SPEND, {"spend": x}) for x in arms))
        assert (lift.n_control, lift.n_treatment) == tuple(map(len, arms))
        assert lift.p_value == pytest.approx(stats.ttest_ind(*arms, equal_var=False).pvalue, rel=1e-8)
        assert lift.rel_ci == pytest.approx(own.rel_ci, rel=1e-9)


def test_the_planted_difference_is_found_where_it_is(found):
    lifts, tests = found
    country, device = tests
    assert country.p_holm < 1e-6
    assert device.p_holm > 0.05
    assert country.df == 3
    us = next(lift for lift in lifts if lift.value == "US")
    assert us.p_bh < 0.001
    assert us.shrunken_ci[0] < 0.4 < us.shrunken_ci[1]
    assert country.pooled < us.shrunken < us.rel_lift


def test_the_test_of_heterogeneity_is_that_of_a_peer(frame, found):
    ratios, errors = [], []
    for name in ("DE", "FR", "JP", "US"):
        part = frame[frame["segment country"] == name]
        arms = [part.loc[part["variant"] == each, "spend"] for each in ("off", "on")]
        ratios.append(math.log(arms[1].mean() / arms[0].mean()))
        errors.append(sum(x.var(ddof=1) / len(x) / x.mean() ** 2 for x in arms))
    peer = combine_effects(np.array(ratios), np.array(errors), method_re="dl")
    country = found[1][0]
    assert country.q == pytest.approx(peer.q, rel=1e-8)
    assert country.tau2 == pytest.approx(peer.tau2, rel=1e-8)
    assert country.i2 == pytest.approx(peer.i2, rel=1e-8)
    assert country.p_value == pytest.approx(stats.chi2.sf(peer.q, 3), rel=1e-8)


def test_p_values_are_adjusted_over_what_they_belong_to():
    frame = world(3_000, {"DE": 0.0, "FR": 0.1, "JP": 0.2})
    frame = frame.assign(more=frame["spend"] ** 2)
    metrics = [SPEND, mean_metric("more", "more")]
    extra = frame.assign(variant=np.where(frame["variant"] == "on", "third", "off")).sample(500)
    with people_of(pd.concat([frame, extra])) as people:
        lifts, tests = by_segment(people, ["country", "device"], metrics, "off")
    assert len(tests) == 2 * 2 * 2
    for test in tests:
        own = [x for x in lifts if all(getattr(x, k) == getattr(test, k) for k in
               ("segment", "treatment", "metric"))]  # fmt: skip
        expected = multipletests([x.p_value for x in own], method="fdr_bh")[1]
        assert [x.p_bh for x in own] == pytest.approx(expected.tolist())
    for treatment in ("on", "third"):
        own = [test for test in tests if test.treatment == treatment]
        expected = multipletests([test.p_value for test in own], method="holm")[1]
        assert [test.p_holm for test in own] == pytest.approx(expected.tolist())


def test_what_is_too_small_is_not_computable_and_nothing_is_nan():
    frame = generated(1_200, {"control": 0.5, "new": 0.5})
    place = np.full(len(frame), "big", dtype=object)
    place[:400] = "second"
    control, new = (np.flatnonzero(frame["variant"] == name) for name in ("control", "new"))
    place[control[:1]] = "one against none"
    place[[control[1], new[0]]] = "one each"
    place[[*control[2:6], *new[1:5]]] = "nothing seen"
    place[[*control[6:10], *new[5:9]]] = None
    frame.loc[place == "nothing seen", ["impressions", "clicks", "hides"]] = 0
    frame["segment place"] = pd.Series(place, dtype="object").replace({None: np.nan})
    with people_of(frame.drop(columns="user_id")) as people:
        lifts, tests = by_segment(people, ["place"], STANDARD, "control")
    text = json.dumps([dataclasses.asdict(x) for x in (*lifts, *tests)], allow_nan=False)
    assert "(none)" in text
    ctr = {lift.value: lift for lift in lifts if lift.metric == "ctr"}
    assert [name for name, lift in ctr.items() if not lift.computable] == [
        "nothing seen", "one each", "one against none",
    ]  # fmt: skip
    assert ctr["nothing seen"].control is None
    assert (ctr["one against none"].n_control, ctr["one against none"].n_treatment) == (1, 0)
    assert ctr["(none)"].shrunken is None  # four users an arm say nothing of how much they say
    tested = next(test for test in tests if test.metric == "ctr")
    assert tested.df == 1
    cells = table(lifts)
    assert cells.loc[cells["Value"] == "one each", "Lift"].tolist() == ["Not computable"] * 8
    assert not cells.isna().any(axis=None)


def test_one_value_alone_has_nothing_to_differ_from():
    with people_of(world(400, {"DE": 0.1})) as people:
        lifts, (test,) = by_segment(people, ["country"], [SPEND], "off")
    assert lifts[0].computable
    assert (test.q, test.p_holm, test.pooled, lifts[0].shrunken) == (None, None, None, None)
    assert "cannot be told" in sentence(test)


def test_a_file_of_one_variant_has_no_lifts():
    with people_of(world(50, {"DE": 0.1}).assign(variant="off")) as people:
        assert by_segment(people, ["country"], [SPEND], "off") == ((), ())


def test_without_differences_q_holds_its_level_even_where_values_are_small():
    """Ten countries of 40 users a variant, spend as skewed as an exponential."""
    rng, runs = np.random.default_rng(17), 300
    metrics = [mean_metric(f"spend {k}", f"spend {k}") for k in range(runs)]
    frame = pd.DataFrame(rng.gamma(1, 5, (800, runs)), columns=[metric.name for metric in metrics])
    frame["variant"] = np.tile(["off", "on"], 400)
    frame["segment country"] = np.repeat([f"c{k}" for k in range(10)], 80)
    with people_of(frame) as people:
        _, tests = by_segment(people, ["country"], metrics, "off")
    alarms = sum(test.p_value < 0.05 for test in tests)
    assert alarms / runs < 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


cells = st.sampled_from([0.0, 1.0, 3.0, -2.0, 1e15, 1e-300])


# without shrinking, which takes minutes of queries
@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", None]), cells, cells),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 40),
)
def test_whatever_the_cells_no_number_is_nan(rows, times):
    frame = pd.DataFrame(rows * times, columns=["variant", "segment s", "impressions", "revenue"])
    frame["segment s"] = frame["segment s"].astype("object").where(frame["segment s"].notna(), None)
    metrics = [metric for metric in STANDARD if set(metric.columns) <= {"impressions", "revenue"}]
    with people_of(frame) as people:
        lifts, tests = by_segment(people, ["s"], metrics, "a")
        parts = decompose(people, "a")
        checks = (
            *mix(people, ["s"], metrics, "a"),
            *split_by_segment(people, ["s"], {"a": 1, "b": 1, "c": 2}),
            *split_by_before(people, "revenue", {"a": 1, "b": 1, "c": 2}),
        )
    plain = [dataclasses.asdict(row) for row in (*lifts, *tests, *parts, *checks)]
    json.dumps(plain, allow_nan=False)
    for test in tests:
        sentence(test)
    assert not table(lifts).isna().any(axis=None)
    forest([dataclasses.asdict(row) for row in lifts], "a")
    for treatment in {part.treatment for part in parts}:
        waterfall([dataclasses.asdict(part) for part in parts if part.treatment == treatment])


def test_somebody_elses_relation_is_read_where_it_lies(frame, found):
    many = frame.assign(**{"segment city": [f"city {k % 37}" for k in range(len(frame))]})
    with duckdb.connect() as connection:
        relation = connection.from_df(many).select("* REPLACE (CAST(spend AS DOUBLE) AS spend)")
        with borrowed(relation, "their people") as people:
            lifts, _ = by_segment(people, ["country", "device"], [SPEND], "off")
            cities, _ = by_segment(people, ["city"], [SPEND], "off")
    assert [(x.value, x.n_control) for x in lifts] == [(x.value, x.n_control) for x in found[0]]
    assert len(cities) == 20
    assert sum(x.n_control + x.n_treatment for x in cities) == len(frame)


def test_the_sentence_says_which_way_it_is(found):
    country, device = found[1]
    assert sentence(country).startswith(
        "The lift of spend with on differs by country more than chance explains (p < 0.001, Holm); "
        "about 9"
    )
    assert sentence(device).startswith("No sign that the lift of spend with on differs by device")


def test_the_table_is_text(found):
    cells = table(found[0])
    assert list(cells)[:3] == ["Segment", "Value", "Metric"]
    us = cells[cells["Value"] == "US"].iloc[0]
    lift = next(lift for lift in found[0] if lift.value == "US")
    assert us["Users"] == f"{lift.n_control + lift.n_treatment:,}"
    assert us["Lift"].startswith(f"{100 * lift.rel_lift:+.1f} % [")
    assert us["BH p"] == "< 0.001"
    several = [*found[0], dataclasses.replace(found[0][0], treatment="third")]
    assert table(several).columns[0] == "Variant"
    assert table([]).empty
