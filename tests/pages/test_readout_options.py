from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lookalike import audience
from lookalike.cutting import Cut, select
from lookalike.ranking import RANKED, Ranking
from lookalike.workspace import Workspace
from tests.pages.conftest import button, texts
from tests.pages.results import (
    OPTIONS,
    as_csv,
    chosen,
    drawn,
    field,
    labels,
    metrics,
    run,
    titles,
    two_halves,
    uploaded,
    verdict,
)

AUDIENCE = "The audience that the test was made with"


@pytest.fixture
def frame() -> pd.DataFrame:
    return two_halves()


def test_three_variants_get_a_sentence_each(folder, visit, frame):
    frame["variant"] = (["control", "bold", "mild"] * 134)[:400]
    app = uploaded(visit("experiment"), "three.csv", as_csv(frame))
    (sentences,) = [
        one.value for one in app.markdown if one.value.startswith("- ") and "share the risk" in one.value
    ]
    assert [line.split("with ")[1].split(",")[0] for line in sentences.splitlines()] == ["bold", "mild"]
    assert metrics(app)["Variant"].unique().tolist() == ["bold", "mild"]
    assert field(app, "selectbox", "Treatment").value == "bold"
    together = field(app, "checkbox", "Correct p-values")
    before = next(one.value for one in app.dataframe if "Holm p" in one.value)
    run(together.set_value(True), app)
    after = next(one.value for one in app.dataframe if "Holm p" in one.value)
    assert not after["Holm p"].equals(before["Holm p"])


def test_an_uneven_split_blocks_the_verdict_unless_it_was_planned(folder, visit, frame):
    uneven = frame[(frame.variant == "control") | (frame.index % 6 == 1)]
    app = uploaded(visit("experiment"), "uneven.csv", as_csv(uneven))
    assert "not split as planned" in app.error[0].value
    assert app.dataframe[0].value["Variant"].tolist() == ["bold", "control"]
    assert not [one for one in app.markdown if one.value.startswith("##")]
    assert "The numbers all the same (not to be acted on)" in labels(app, "expander")
    assert not titles(app)
    run(field(app, "number_input", "bold").set_value(25.0), app)
    assert "The shares add up to 75.0 %; they are taken in proportion." in texts(app)
    run(field(app, "number_input", "control").set_value(75.0), app)
    assert not app.error
    assert "add up" not in texts(app)
    assert "than in control" in verdict(app)


def test_columns_of_any_name_can_be_chosen_and_are_remembered(folder, visit, frame):
    odd = frame.rename(columns={"user_id": "who", "variant": "cohort", "revenue": "euros"})
    app = uploaded(visit("experiment"), "odd.csv", as_csv(odd))
    assert "no column that is surely the user or the variant" in app.error[0].value
    assert drawn(app).index(app.error[0].value) < drawn(app).index(OPTIONS)
    chosen(app, "User", "who")
    assert "no column that is surely the variant" in app.error[0].value
    chosen(app, "Variant", "cohort")
    assert not app.error
    assert "Revenue per user" not in set(metrics(app)["Metric"])
    chosen(app, "Revenue", "euros")
    told = verdict(app)
    assert "Revenue per user" in set(metrics(app)["Metric"])

    app = uploaded(visit("experiment"), "next.csv", as_csv(odd.iloc[::-1]))
    assert "Filled in as the last time" in texts(app)
    assert field(app, "selectbox", "Variant").value == "cohort"
    assert verdict(app) == told
    assert not field(app, "expander", OPTIONS).proto.expanded
    chosen(app, "Revenue", "(none)")
    assert "Revenue per user" not in set(metrics(app)["Metric"])


def test_a_column_of_another_preset_is_no_mistake(folder, visit, frame):
    frame["calls"] = 1 + frame.index % 3
    app = uploaded(visit("experiment"), "calls.csv", as_csv(frame))
    chosen(app, "Sessions", "calls")
    chosen(app, "Metrics", "content")
    assert not app.error
    assert metrics(app)["Metric"].tolist() == ["Exposures per user"]
    chosen(app, "Metrics", "act-alike")
    assert len(metrics(app)) == 8


def test_a_name_that_misleads_can_be_overruled(folder, visit, frame):
    frame = frame.rename(columns={"variant": "cohort"}).assign(group=frame.index % 40)
    app = uploaded(visit("experiment"), "groups.csv", as_csv(frame))
    assert "no column that is surely the variant" in app.error[0].value
    chosen(app, "Variant", "group")
    assert "names more than 20 variants" in app.error[0].value
    chosen(app, "Variant", "cohort")
    assert "than in control" in verdict(app)


def test_further_columns_are_picked_and_metrics_defined_and_removed(folder, visit, frame):
    frame["bought"] = np.where(frame.index % 8 < 2, "TRUE", "FALSE")
    frame["depth"] = frame.index % 7 + 0.5
    app = uploaded(visit("experiment"), "own.csv", as_csv(frame))
    picked = field(app, "multiselect", "Further columns")
    assert picked.options == ["bought (share)", "depth (mean)"]  # ids are nothing to measure
    assert "user_id" not in field(app, "selectbox", "Column").options
    assert "user_id" not in field(app, "multiselect", "Read out by").options
    run(picked.set_value(["bought", "depth"]), app)
    table = metrics(app).set_index("Metric")
    assert table.loc["Bought", "Control"] == "25.0 %"
    assert table.loc["Depth", "Control"] == f"{frame.depth[frame.variant == 'control'].mean():#.3g}"

    run(button(app, "Add").click(), app)
    assert "The metric has no name." in app.error[0].value
    field(app, "text_input", "Name").set_value("clicks a *step*")
    field(app, "selectbox", "What it is").select("ratio")
    field(app, "selectbox", "Column").select("clicks")
    field(app, "selectbox", "Divided by").select("depth")
    field(app, "selectbox", "Wished for").select("down")
    field(app, "number_input", "Guardrail").set_value(2.0)
    run(button(app, "Add").click(), app)
    assert not app.error
    assert (
        "**clicks a \\*step\\***: ratio of clicks / depth, less of it is better, guardrail of 2 %"
        in texts(app)
    )
    control = frame[frame.variant == "control"]
    table = metrics(app).set_index("Metric")
    assert table.loc["Clicks a *step*", "Control"] == (
        f"{control.clicks.sum() / control.depth.sum():#.3g}"
    )
    (cautions,) = [one.value for one in app.dataframe if "Guardrail" in one.value]
    assert cautions.set_index("Metric").loc["Clicks a *step*", "Guardrail"] == "Not ruled out"
    run(button(app, "Add").click(), app)
    assert "There is a metric 'clicks a \\*step\\*' already." in app.error[0].value

    app = uploaded(visit("experiment"), "next.csv", as_csv(frame.iloc[::-1]))
    assert {"Bought", "Depth", "Clicks a *step*"} <= set(metrics(app)["Metric"])
    run(button(app, "Remove").click(), app)
    assert "Clicks a *step*" not in set(metrics(app)["Metric"])
    assert "Depth" in set(metrics(app)["Metric"])


def test_segments_more_intervals_and_tests_of_the_tests(folder, visit, frame):
    frame["country"] = ["de", "de", "fr", "fr"] * 100
    frame["shelf"] = ["a", "a", "a", "a", "b", "b", "b", "b"] * 50
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    by = field(app, "multiselect", "Read out by")
    assert by.value == ["country"]
    run(by.set_value(["shelf"]), app)
    assert "By shelf (exploratory)" in titles(app)
    assert "By country (exploratory)" not in titles(app)
    run(field(app, "multiselect", "Read out by").set_value([]), app)
    assert not [title for title in titles(app) if title.startswith("By ")]

    narrow, level = metrics(app)["Lift"], field(app, "selectbox", "Intervals")
    run(level.select(99), app)
    assert "99 % intervals" in texts(app)
    assert not metrics(app)["Lift"].equals(narrow)

    field(app, "checkbox", "Intervals by resampling").set_value(True)
    run(field(app, "checkbox", "Test the tests").set_value(True), app)
    assert [one for one in app.dataframe if "Interval by resampling" in one.value]
    assert "The tests, tested on this file (A/A)" in titles(app)


@pytest.fixture
def campaign(ready) -> pd.DataFrame:
    """What 400 users did of whom an audience of the workspace held out every fourth."""
    ranked = np.zeros(400, RANKED)
    ranked["row"], ranked["score"] = np.arange(400), np.linspace(1, 0, 400)
    with Workspace.open(ready) as workspace:
        cut = Cut(size=400)
        chosen = select(Ranking(ranked, 480), cut, np.empty(0, np.int32))
        file = {"template": "csv", "sha256": "hash"}
        audience.record(workspace, "gone", "buyers", cut, chosen, file)
        with workspace.write() as cursor:
            cursor.execute("UPDATE audience_members SET holdout = rank % 4 = 0")
            ids = cursor.execute("SELECT user_id FROM users WHERE row < 400 ORDER BY row").fetchall()
    rng = np.random.default_rng(0)
    impressions = rng.poisson(9, 400) + 1
    return pd.DataFrame(
        {
            "user_id": [one for (one,) in ids],
            "impressions": impressions,
            "clicks": rng.binomial(impressions, 0.3),
        }
    )


def test_who_was_held_out_of_an_audience_is_its_control(visit, campaign):
    app = uploaded(visit("experiment"), "campaign.csv", as_csv(campaign))
    assert "surely the variant" in app.error[0].value
    chosen(app, AUDIENCE, 1)
    assert not app.error
    assert "than in holdout" in verdict(app)  # one in four was planned: no uneven split
    assert app.dataframe[0].value.set_index("Variant")["Users"].to_dict() == {
        "audience": "300",
        "holdout": "100",
    }
    assert "How far can we expand?" in titles(app)


def test_an_audience_gives_scores_to_variants_of_the_file(visit, campaign):
    campaign["variant"] = ["control", "new"] * 200
    campaign.loc[:20, "user_id"] = [f"nobody {n}" for n in range(21)]
    app = uploaded(visit("experiment"), "campaign.csv", as_csv(campaign))
    assert "How far can we expand?" not in titles(app)
    chosen(app, AUDIENCE, 1)
    assert "Users who are not in the audience, left out: 21." in texts(app)
    assert "than in control" in verdict(app)
    assert "How far can we expand?" in titles(app)


def test_an_audience_of_other_people_is_a_sentence(visit, campaign):
    campaign["user_id"] = "z" + campaign.user_id
    app = uploaded(visit("experiment"), "campaign.csv", as_csv(campaign))
    chosen(app, AUDIENCE, 1)
    assert "None of the users in the results is in the audience." in app.error[0].value
