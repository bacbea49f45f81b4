"""Size, exclusions, hold-out, tiers and the file's form, as a visitor chooses them."""

from __future__ import annotations

import pytest
import session

from lookalike import expansion
from lookalike.cutting import Cut
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.pages.conftest import button, numbers, texts


@pytest.fixture
def done(ready, visit):
    """The page of a finished expansion, and its result."""
    workspace = session.workspace()
    spec = expansion.Spec("fans", method="centroid", splits=2)
    result = expansion.carry_out(workspace, expansion.ask(workspace, spec))
    return visit("expand", run=result.run.id), result


def again(app):
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def downloads(app):
    return [one.label for one in app.get("download_button")]


def size_by(app, way):
    app.segmented_control(key="size by").set_value(way)
    return again(app)


def test_a_percentage_between_the_marks_of_the_curve(done):
    app, result = done
    size_by(app, "Percent")
    app.number_input(key="size percent").set_value(7.0)
    assert numbers(again(app))["People"] == f"{result.audience(0.07).rows:,}"
    assert f"Download {result.audience(0.07).rows} users" in downloads(app)


def test_a_number_of_users_and_a_score(done):
    app, result = done
    size_by(app, "Number of users")
    app.number_input(key="size users").set_value(33)
    assert numbers(again(app))["People"] == "33"
    size_by(app, "Lowest score")
    lowest = float(result.ranking.candidates["score"][49])
    app.number_input(key="size score").set_value(lowest - 1e-6)
    assert numbers(again(app))["People"] == "50"


def test_a_score_that_nobody_reaches_leaves_the_evidence_in_sight(done):
    app, _ = done
    size_by(app, "Lowest score")
    app.number_input(key="size score").set_value(99.0)
    again(app)
    assert "Nobody scores 99 or more" in texts(app)
    assert "held-out seeds" in texts(app)
    assert not downloads(app)
    assert app.get("plotly_chart")


def test_hold_out_tiers_and_exclusions_come_together(done):
    app, result = done
    app.select_slider(key="size").set_value(0.3)
    app.number_input(key="holdout").set_value(20)
    app.multiselect(key="tiers").set_value([0.1, 0.02])
    app.multiselect(key="exclude").set_value(["few"])
    again(app)
    cut = Cut(size=0.3, holdout=0.2, tiers=(0.02, 0.1), exclude=("few",))
    chosen = result.audience(cut)
    assert chosen.held_out > 0
    assert f"{chosen.held_out} of them are held back; {chosen.rows} are in the download." in texts(app)
    tiers = next(frame.value for frame in app.dataframe if "Tier" in frame.value)
    assert tiers["People"].tolist() == [str(end) for _, end in chosen.selection.ends]
    assert tiers["Tier"].tolist() == ["2 %", "10 %", "30 %"]
    assert downloads(app)[:2] == [
        f"Download {chosen.rows} users",
        f"The {chosen.held_out} users held back",
    ]
    assert f"{chosen.selection.excluded} ranked users are left out" in texts(app)


def test_an_earlier_audience_can_be_left_out(done, visit, tmp_path):
    app, result = done
    first = result.audience(30)
    first.write(tmp_path / "a.csv")
    app = visit("expand", run=result.run.id)
    size_by(app, "Number of users")
    app.number_input(key="size users").set_value(20)
    app.multiselect(key=f"exclude audiences {result.run.id}").set_value([1])
    again(app)
    assert "30 ranked users are left out" in texts(app)


def test_the_first_rows_of_the_file_are_shown(done):
    app, _ = done
    app.session_state["file preview"] = True
    again(app)
    rows = next(frame.value for frame in app.dataframe if "user_id" in frame.value)
    assert rows["rank"].tolist() == ["1", "2", "3", "4", "5"]
    assert len(rows) == 5


def test_a_platform_without_contact_data_is_a_sentence(done):
    app, _ = done
    app.selectbox(key="format").set_value("meta")
    again(app)
    assert "No attribute of the users holds" in texts(app).replace("\\", "")
    assert not downloads(app)


def test_a_platform_with_contact_data_says_what_is_in_the_file(ready, visit):
    with Workspace.open(ready, settings=Settings(threads=1)) as workspace:
        with workspace.write() as cursor:
            cursor.execute("ALTER TABLE users ADD COLUMN email VARCHAR")
        with workspace.write() as cursor:
            cursor.execute("UPDATE users SET email = user_id || '@example.com' WHERE row % 2 = 0")
        spec = expansion.Spec("fans", method="centroid", splits=2)
        result = expansion.carry_out(workspace, expansion.ask(workspace, spec))
        rows = result.audience(0.05).selection.rows
    app = visit("expand", run=result.run.id)
    app.selectbox(key="format").set_value("tiktok")
    again(app)
    said = texts(app).replace("\\", "")
    assert f"this file has {int((rows % 2 == 0).sum())}" in said
    assert "no identifier on record" in said
    assert downloads(app)
    assert not [frame for frame in app.dataframe if "user_id" in frame.value]


def test_who_could_be_in_it_is_drawn_with_the_losses(done):
    app, _ = done
    assert "448 eligible" in texts(app) or "448 users are eligible" in texts(app)
    assert any("seeds themselves" in str(chart.proto) for chart in app.get("plotly_chart"))


def test_segments_and_the_window_narrow_the_pool_before_training(ready, visit, ended):
    with Workspace.open(ready, settings=Settings(threads=1)) as workspace, workspace.write() as cursor:
        cursor.execute("UPDATE users SET country = CASE WHEN row < 240 THEN 'DE' ELSE 'FR' END")
    app = visit("expand")
    app.segmented_control[0].set_value("Saved list")
    again(app)
    next(one for one in app.selectbox if "fans" in one.options).set_value("fans")
    again(app)
    app.session_state["pool"] = True
    app.multiselect(key="segment country").set_value(["FR"])
    again(app)
    button(app, "Train and test").click()
    again(app)
    assert "Only 0 of the 40 matched seeds are among the users" in texts(app)
    app.multiselect(key="segment country").set_value(["DE"])
    again(app)
    assert any("country is not DE" in str(chart.proto) for chart in app.get("plotly_chart"))
