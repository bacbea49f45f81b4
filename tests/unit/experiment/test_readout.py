import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput, NotFound
from lookalike.experiment import Readout, load, mean_metric, ratio_metric, readout, save
from lookalike.experiment.variants import choose_control
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.experiment.data import generated

METRIC_KEYS = {
    "metric", "control", "treatment", "abs_lift", "abs_ci", "rel_lift", "rel_ci", "p_value", "p_holm",
    "p_bh", "cuped", "always_valid_abs_ci", "always_valid_rel_ci", "mde80", "naive_p_value",
    "design_effect", "computable",
}  # fmt: skip


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return generated(3_000, {"control": 0.5, "new": 0.3, "newer": 0.2}, {"new": 0.5})


@pytest.fixture(scope="module")
def read(frame: pd.DataFrame) -> Readout:
    return readout(frame, planned={"control": 5, "new": 3, "newer": 2})


def test_the_report_has_the_keys_that_other_programs_rely_on(read: Readout) -> None:
    report = read.report()
    assert {"checks", "srm", "comparisons", "daily", "segments", "decomposition", "verdict"} <= set(
        report
    )
    assert {"name", "passed", "message"} <= set(report["checks"][0])
    assert {"p_value", "chi2", "observed", "planned"} <= set(report["srm"])
    assert {"control", "treatment", "n_control", "n_treatment", "metrics"} <= set(
        report["comparisons"][0]
    )
    metric = report["comparisons"][0]["metrics"][0]
    assert set(metric) >= METRIC_KEYS
    cuped = {"abs_lift", "rel_lift", "rel_ci", "p_value", "variance_reduction"}
    assert cuped <= set(metric["cuped"])


def test_it_is_rebuilt_from_its_json(read: Readout) -> None:
    again = Readout.from_report(json.loads(json.dumps(read.report(), allow_nan=False)))
    assert again.report() == read.report()
    assert again.comparisons == read.comparisons
    assert repr(again) == repr(read)


def test_a_planted_lift_is_found_and_said(frame: pd.DataFrame, read: Readout) -> None:
    low, high = read.comparisons[0]["ctr"].rel_ci
    assert low < 0.5 < high
    judged = readout(frame, planned={"control": 5, "new": 3, "newer": 2}, primary="ctr")
    assert judged.verdict.startswith("Keep running: with new, click rate is 58.4 % higher")
    assert [verdict.treatment for verdict in judged.verdicts] == ["new", "newer"]
    assert "hide rate" in judged.verdict  # 3,000 users are too few to vouch for it
    assert read.verdict.startswith("Keep running: with new, revenue per user is ")


def test_without_a_guardrail_it_ships(frame: pd.DataFrame) -> None:
    kept = [name for name in frame if not name.startswith("pre_") and name != "hides"]
    read = readout(frame[kept], planned={"control": 5, "new": 3, "newer": 2}, primary="ctr")
    assert read.verdict.startswith("Ship new: click rate is ")
    assert "Ship new" in repr(read)


def test_the_frame_has_a_row_a_comparison_and_metric(read: Readout) -> None:
    table = read.to_frame()
    assert len(table) == 2 * 8
    row = table[(table["treatment_variant"] == "new") & (table["metric"] == "ctr")].iloc[0]
    result = read.comparisons[0]["ctr"]
    assert (row["rel_ci_low"], row["rel_ci_high"]) == result.rel_ci
    assert row["cuped_p_value"] == result.cuped.p_value


def test_the_figure_has_a_trace_a_treatment_told_apart_by_more_than_colour(read: Readout) -> None:
    figure = read.figure()
    assert [trace.name for trace in figure.data] == ["new", "newer"]
    assert len({trace.marker.symbol for trace in figure.data}) == 2
    assert len({trace.marker.color for trace in figure.data}) == 2
    assert not set(figure.data[0].y) & set(figure.data[1].y)
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (0, 0)
    place = list(figure.layout.yaxis.ticktext).index("Click rate")
    result = read.comparisons[0]["ctr"]
    trace = figure.data[0]
    assert trace.x[place] == result.rel_lift
    assert trace.x[place] + trace.error_x.array[place] == pytest.approx(result.rel_ci[1])
    assert trace.x[place] - trace.error_x.arrayminus[place] == pytest.approx(result.rel_ci[0])


def test_days_in_any_order_read_like_users(frame: pd.DataFrame) -> None:
    """Every user's impressions and clicks, split over two days, shuffled."""
    columns = ["impressions", "clicks", "hides", "good_clicks", "revenue"]
    first = frame.assign(**{name: frame[name] // 2 for name in columns}, date="2024-05-01")
    second = frame.assign(**{name: frame[name] - first[name] for name in columns}, date="2024-05-02")
    days = pd.concat([first, second]).sample(frac=1, random_state=1)
    whole, summed = readout(frame), readout(days)
    assert summed.by_day
    assert (summed.rows, summed.users) == (6_000, 3_000)
    for a, b in zip(whole.comparisons[0].metrics, summed.comparisons[0].metrics, strict=True):
        assert a.p_value == pytest.approx(b.p_value, rel=1e-9)
        assert a.cuped.p_value == pytest.approx(b.cuped.p_value, rel=1e-9)


def test_the_fingerprint_is_of_the_data_not_of_their_order(frame: pd.DataFrame) -> None:
    assert readout(frame.iloc[::-1]).fingerprint == readout(frame).fingerprint
    assert readout(frame.assign(clicks=frame["clicks"] + 1)).fingerprint != readout(frame).fingerprint


@pytest.mark.parametrize(
    ("variants", "wanted", "control"),
    [
        (["b", "A"], None, "A"),
        (["new", "Control", "a"], None, "Control"),
        (["on", "off"], None, "off"),
        (["x", "Y"], "y", "Y"),
        (["only"], None, "only"),
    ],
)
def test_the_control_is_known_by_its_name(variants: list[str], wanted: str | None, control: str) -> None:
    assert choose_control(dict.fromkeys(variants), wanted) == control


def test_an_unknown_control_is_refused_with_what_there_is() -> None:
    with pytest.raises(BadInput, match="found gate_30, gate_40"):
        choose_control(dict.fromkeys(["gate_30", "gate_40"]))
    with pytest.raises(BadInput, match=r"no variant 'gate_4'. Did you mean 'gate_40'"):
        choose_control(dict.fromkeys(["gate_30", "gate_40"]), "gate_4")


def test_bad_choices_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="alpha is 5"):
        readout(frame, alpha=5)
    with pytest.raises(
        BadInput, match=r"primary metric 'ctx' is not in the results. Did you mean 'ctr'"
    ):
        readout(frame, primary="ctx")


def test_a_metric_of_ones_own_is_read_out(frame: pd.DataFrame) -> None:
    own = readout(frame, metrics=[mean_metric("mean_hides", "hides")]).comparisons[0]["mean_hides"]
    by_variant = frame.groupby("variant")["hides"].mean()
    assert own.control == pytest.approx(by_variant["control"])
    assert own.treatment == pytest.approx(by_variant["new"])


def test_one_variant_alone_is_said_and_not_judged() -> None:
    alone = readout(
        pd.DataFrame({"user_id": [1, 2], "variant": ["new", "new"], "clicks": [1, 2], "views": 9})
    )
    assert (alone.comparisons, alone.decision, alone.srm.p_value) == ((), "no verdict", None)
    json.dumps(alone.report(), allow_nan=False)
    assert len(alone.figure().data) == 0
    assert alone.to_frame().empty


cells = st.one_of(st.none(), st.integers(-2, 4), st.just(math.nan), st.just(math.inf), st.just(1e300))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c"]), cells, cells, cells),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_cells_no_number_is_nan(rows: list[tuple]) -> None:
    frame = pd.DataFrame(rows, columns=["user_id", "variant", "impressions", "clicks", "pre_clicks"])
    numbers = ["impressions", "clicks", "pre_clicks"]
    frame[numbers] = frame[numbers].astype(np.float64)
    settled = frame.groupby("user_id")["variant"].transform("nunique") == 1
    frame = pd.concat([frame, pd.DataFrame({"user_id": [9], "variant": ["a"], "clicks": [1.0]})])
    read = readout(frame, control="a")
    assert read.users == frame[:-1][settled]["user_id"].nunique() + 1
    text = json.dumps(read.report(), allow_nan=False)
    assert Readout.from_report(json.loads(text)).report() == read.report()


def test_a_saved_readout_is_shown_again(read: Readout, tmp_path) -> None:
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace:
        key = save(workspace, read, "Spring test")
        assert load(workspace, key).report() == read.report()
        with workspace.cursor() as cursor:
            name, fingerprint = cursor.execute("SELECT name, fingerprint FROM experiments").fetchone()
        assert (name, fingerprint) == ("Spring test", read.fingerprint)
        with pytest.raises(NotFound, match="no experiment 'nothing'"):
            load(workspace, "nothing")


def test_capital_letters_do_not_mix_up_columns() -> None:
    frame = generated(400, {"control": 0.5, "new": 0.5}).rename(columns={"clicks": "Clicks"})
    own = ratio_metric("per view", "Clicks", "impressions")
    read = readout(frame, metrics=[own]).comparisons[0]
    assert read["per view"].control == read["ctr"].control
    mixed = frame.assign(Net=1.0, Revenue=100.0).drop(columns="revenue")
    with pytest.raises(BadInput, match="'Revenue', whose name is taken but for capital letters"):
        readout(mixed, columns={"revenue": "Net"}, metrics=[mean_metric("gross", "Revenue")])
    with pytest.raises(BadInput, match="two metrics called"):
        readout(frame, metrics=[mean_metric("Rev", "hides"), mean_metric("rev", "hides")])


def test_the_fingerprint_is_of_segments_too(frame: pd.DataFrame) -> None:
    first = frame.assign(country=["DE", "FR"] * (len(frame) // 2))
    other = frame.assign(country=["DE", "US"] * (len(frame) // 2))
    assert readout(first).fingerprint != readout(other).fingerprint
    assert readout(first).fingerprint == readout(first.iloc[::-1]).fingerprint


def test_a_few_repeated_users_make_no_file_by_day(frame: pd.DataFrame) -> None:
    dated = frame.assign(date="2026-03-01")
    strays = dated.head(20).assign(date="2026-03-05")
    read = readout(pd.concat([dated, strays]))
    assert not read.by_day
    assert read.novelty == ()
    assert {check.name: check.count for check in read.checks}["several_rows_a_user"] == 20


def test_many_words_among_the_numbers_are_refused(frame: pd.DataFrame) -> None:
    commas = frame.assign(revenue=[f"{n},5" if n % 2 else str(n) for n in range(len(frame))])
    with pytest.raises(BadInput, match=r"'revenue' holds 1,500 cells that are no number.*point"):
        readout(commas)
