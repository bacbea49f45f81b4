"""Methods side by side: what is drawn is what was counted, and nothing is told by colour alone."""

from __future__ import annotations

import pandas as pd
import pytest

from lookalike import charts
from lookalike.charts import comparison as comparison_charts
from lookalike.charts.comparison import styles

KS = [0.002, 0.01, 0.05, 0.5]
LABELS = {"mlp": "Neural network", "logistic": "Logistic regression", "activity": "Most active users"}
LOOKS = styles(list(LABELS), ["activity"])


def _curves() -> pd.DataFrame:
    rows = [
        (method, k, recall * (k / 0.5) ** 0.3, 0.5 + recall / 4)
        for method, recall in (("mlp", 0.9), ("logistic", 0.8), ("activity", 0.6))
        for k in KS
    ]
    frame = pd.DataFrame(rows, columns=["method", "k", "recall", "precision"])
    for measure in ("recall", "precision"):
        frame[f"{measure}_low"] = 0.9 * frame[measure]
        frame[f"{measure}_high"] = 1.1 * frame[measure]
    return frame


@pytest.fixture
def buckets() -> pd.DataFrame:
    small = _curves().assign(bucket="3 to 9 seeds", lists=2)
    large = _curves().assign(bucket="10 to 19 seeds", lists=12)
    return pd.concat([small, large], ignore_index=True)


def by_name(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def test_a_bucket_of_few_lists_is_hollow_and_says_so(buckets):
    names = ["3 to 9 seeds", "10 to 19 seeds", "20 to 49 seeds"]
    panels = comparison_charts.panels(buckets, names, LABELS, LOOKS, few=10)
    assert list(panels) == ["3 to 9 seeds: 2 lists, too few to judge", "10 to 19 seeds: 12 lists"]
    hollow, full = (by_name(panel, "Neural network") for panel in panels.values())
    assert hollow.marker.symbol == full.marker.symbol + "-open"
    styled = {(t.line.dash, t.marker.symbol) for t in panels["10 to 19 seeds: 12 lists"].data if t.name}
    assert len(styled) == 3


def test_both_measures_are_drawn_in_percent_with_their_limits(buckets):
    for measure in ("recall", "precision"):
        panels = comparison_charts.panels(buckets, ["10 to 19 seeds"], LABELS, LOOKS, 10, measure)
        (panel,) = panels.values()
        line = by_name(panel, "Neural network")
        own = buckets[(buckets.bucket == "10 to 19 seeds") & (buckets.method == "mlp")]
        assert list(line.y) == pytest.approx(list(own[measure] * 100))
        assert line.customdata[:, 0].tolist() == pytest.approx(list(own[f"{measure}_low"] * 100))
        assert panel.layout.yaxis.title.text == comparison_charts.TITLES[measure]


def test_all_panels_of_a_measure_have_one_axis(buckets):
    names = ["3 to 9 seeds", "10 to 19 seeds"]
    for measure in ("recall", "precision"):
        panels = comparison_charts.panels(buckets, names, LABELS, LOOKS, 10, measure)
        ranges = {tuple(panel.layout.yaxis.range) for panel in panels.values()}
        assert len(panels) == 2
        assert len(ranges) == 1
        assert ranges.pop()[0] <= 100 * buckets[measure].min()


def test_the_lines_to_beat_are_grey_and_below_the_others(buckets):
    (panel,) = comparison_charts.panels(buckets, ["10 to 19 seeds"], LABELS, LOOKS, 10).values()
    assert panel.data[0].name == "Most active users"
    assert panel.data[0].line.color == charts.GREY
    assert panel.data[0].line.dash != "solid"


def test_thirty_methods_look_different_and_the_same_whoever_else_is_drawn():
    methods = [f"m{number}" for number in range(30)] + ["activity", "random"]
    looks = styles(methods, ["activity", "random"])
    assert len(set(looks.values())) == 32
    assert len({looks[name].colour for name in methods[:6]}) == 6
    assert [name for name in methods if looks[name].reference] == ["activity", "random"]


def test_small_multiples_share_one_legend(buckets):
    names = ["3 to 9 seeds", "10 to 19 seeds"]
    figure = comparison_charts.by_bucket(buckets, names, LABELS, LOOKS, few=10)
    assert {t.name for t in figure.data if t.showlegend} == set(LABELS.values())
    assert len([t for t in figure.data if t.showlegend]) == len(LABELS)
    assert {t.xaxis for t in figure.data} == {"x", "x2"}


def test_the_forest_shows_each_ratio_with_its_interval_and_few_lists_hollow():
    rows = [
        {"bucket": bucket, "method": method, "lists": lists, "lift_vs_baseline": lift,
         "lift_low": low, "lift_high": high}
        for bucket, lists in (("20 to 49 seeds", 1), ("all", 12))
        for method, lift, low, high in (("mlp", 1.1, 1.0, 1.3), ("activity", 0.5, None, None))
    ]  # fmt: skip
    figure = comparison_charts.forest(rows, LABELS, LOOKS, "logistic regression", few=10)
    own = by_name(figure, "Neural network")
    assert list(own.x) == [1.1, 1.1]
    assert [own.error_x.array[0], own.error_x.arrayminus[0]] == pytest.approx([0.2, 0.1])
    assert [symbol.endswith("-open") for symbol in own.marker.symbol] == [True, False]
    assert by_name(figure, "Most active users").error_x.array[0] == 0
    ticks = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert ticks == {"20 to 49 seeds<br>1 list, too few": 1, "All lists<br>12 lists": 0}
    assert figure.layout.shapes[0].x0 == 1
    heights = [trace.y[0] for trace in figure.data]
    assert heights[0] > 1 > heights[1]  # within the band of its bucket, on either side


def test_seconds_are_stacked_and_the_slowest_is_at_the_top():
    times = pd.DataFrame(
        [("prepare", "", 9), ("fit", "mlp", 5), ("score", "mlp", 2), ("fit", "logistic", 1),
         ("score", "logistic", 0.5)],
        columns=["stage", "method", "seconds"],
    )  # fmt: skip
    figure = comparison_charts.seconds(times, LABELS)
    training, scoring = figure.data
    assert list(training.y) == ["Logistic regression", "Neural network"]
    assert (list(training.x), list(scoring.x)) == ([1, 5], [0.5, 2])
    assert figure.layout.barmode == "stack"
