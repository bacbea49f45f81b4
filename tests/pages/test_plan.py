from __future__ import annotations

import pytest

from lookalike.workspace import Workspace
from tests.pages.conftest import numbers, texts
from tests.unit.experiment.data import generated


def field(app, label):
    """The field for a number, by its label."""
    (found,) = [one for one in app.number_input if one.label == label]
    return found


def test_the_answer_stands_there_at_once(visit):
    app = visit("plan")
    assert "151,000 users a variant" in texts(app)
    assert numbers(app) == {
        "Users in all": "302,000",
        "Users in the control": "151,000",
        "Weeks": "–",
        "Tested at": "5 %",
    }
    assert len(app.get("plotly_chart")) == 1


def of_kind(app, kind):
    """Choose what decides the test."""
    app.segmented_control[0].set_value(kind).run()
    assert not app.exception
    return app


def test_users_a_day_become_weeks(visit):
    app = visit("plan")
    field(app, "New users a day").set_value(10_000).run()
    assert "about 5 weeks at 10,000 new users a day" in texts(app)
    field(app, "Weeks there are").set_value(2).run()
    assert "140,000 users find a lift of 5.0 %" in texts(app)


@pytest.mark.parametrize(
    ("label", "value", "says"),
    [
        ("Relative lift, %", 0.0, "must lie between"),
        ("Relative lift, %", 0.0000001, "No test can find"),
    ],
)
def test_what_cannot_be_planned_is_said(visit, label, value, says):
    app = visit("plan")
    field(app, label).set_value(value).run()
    assert not app.exception
    assert says in texts(app)


def test_a_share_cannot_pass_all(visit):
    app = visit("plan")
    field(app, "Share of users now, %").set_value(60.0).run()
    field(app, "Relative lift, %").set_value(80.0).run()
    assert "would pass 100 %" in texts(app)


@pytest.mark.parametrize(
    ("kind", "says"), [("Rate", "of the rate in 80.0 %"), ("Amount", "of the mean in 80.0 %")]
)
def test_every_kind_is_planned(visit, kind, says):
    assert says in texts(of_kind(visit("plan"), kind))


def test_a_guardrail_can_decide_the_size(visit):
    app = visit("plan")
    (wanted,) = [one for one in app.toggle if "must not get worse" in one.label]
    wanted.set_value(True).run()
    assert "622,000 users a variant" in texts(app)
    assert "more than the lift" in texts(app)


def test_past_data_give_every_metric(visit):
    frame = generated(600, {"everybody": 1.0}).drop(columns="variant")
    app = of_kind(visit("plan"), "Past data")
    assert "users a variant" not in texts(app)
    app.file_uploader[0].upload("past.csv", frame.to_csv(index=False).encode(), "text/csv").run()
    assert not app.exception
    assert "lift of 5.0 % of click rate" in texts(app)
    smallest = app.dataframe[-1].value
    assert {"Click rate", "Hide rate", "Revenue per user"} <= set(smallest["Metric"])
    assert "Variance removed" in smallest
    (guardrail,) = [one for one in app.selectbox if one.label == "Guardrail"]
    guardrail.set_value("hdr").run()
    assert "hide rate gets no more than 5.0 % worse" in texts(app)


def test_a_file_of_something_else_is_refused(visit):
    app = of_kind(visit("plan"), "Past data")
    app.file_uploader[0].upload("past.csv", b"user_id,colour\na,red\n", "text/csv").run()
    assert not app.exception
    assert "nothing to measure" in texts(app)


def test_part_of_an_audience_is_held_out(visit):
    app = visit("plan")
    field(app, "Users of the audience").set_value(50_000).run()
    assert "Not even one half of the 50,000 users suffices" in texts(app)
    field(app, "Users of the audience").set_value(1_000_000).run()
    assert "Hold out" in "".join(one.value for one in app.success)


def test_an_exported_audience_can_be_chosen(visit, ready):
    with Workspace.open(ready) as workspace, workspace.write() as cursor:
        cursor.execute(
            "INSERT INTO audiences VALUES (1, 'r', 'buyers', TIMESTAMP '2026-01-02', '{}', 400000, 'x')"
        )
    app = visit("plan")
    assert "of the 400,000 users" in "".join(one.value for one in app.success)
