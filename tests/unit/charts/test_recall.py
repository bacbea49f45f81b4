from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lookalike import charts
from lookalike.charts import recall as recall_charts

KS = [0.002, 0.01, 0.05, 0.5]
LABELS = {"mlp": "Neural network", "logistic": "Logistic regression", "activity": "Most active users"}


@pytest.fixture
def curves() -> pd.DataFrame:
    rows = [
        (method, k, recall * (k / 0.5) ** 0.3, 0.9 * recall * (k / 0.5) ** 0.3, recall)
        for method, recall in (("mlp", 0.9), ("logistic", 0.8), ("activity", 0.6))
        for k in KS
    ]
    return pd.DataFrame(rows, columns=["method", "k", "recall", "low", "high"])


def by_name(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def test_recall_is_drawn_in_percent_with_its_interval(curves):
    figure = recall_charts.recall_curves(curves, "mlp", LABELS)
    own = by_name(figure, "Neural network")
    assert list(own.x) == [100 * k for k in KS]
    assert own.y[-1] == pytest.approx(90)
    band = by_name(figure, "95 % interval")
    assert max(band.y) == pytest.approx(90)
    assert min(band.y) == pytest.approx(100 * curves[curves.method == "mlp"].low.min())


def test_lines_differ_by_more_than_colour(curves):
    figure = recall_charts.recall_curves(curves, "mlp", LABELS)
    lines = [trace for trace in figure.data if trace.name != "95 % interval"]
    assert len({trace.line.dash for trace in lines}) == len(lines) == 4
    assert {trace.line.color for trace in lines if trace.name != "Neural network"} == {charts.GREY}


def test_a_random_ranking_finds_its_share_of_those_ranked(curves):
    figure = recall_charts.recall_curves(curves, "mlp", LABELS, chance=1.25)
    assert list(by_name(figure, "Random").y) == pytest.approx([0.25, 1.25, 6.25, 62.5])
    steep = recall_charts.recall_curves(curves, "mlp", LABELS, chance=4)
    assert by_name(steep, "Random").y[-1] == 100


def test_the_chosen_size_is_marked_and_named(curves):
    figure = recall_charts.recall_curves(curves, "mlp", LABELS, mark=0.05)
    (line,) = figure.layout.shapes
    assert line.x0 == line.x1 == pytest.approx(5)
    (label,) = figure.layout.annotations
    assert (label.text, label.x) == ("<b>5 %</b>", pytest.approx(np.log10(5)))
    assert not recall_charts.recall_curves(curves, "mlp", LABELS).layout.shapes
