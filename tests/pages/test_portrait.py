"""What sets an audience apart, why somebody is in it, and the exported audiences, as parts of a page."""

from __future__ import annotations

import pytest
import session
import ui
from streamlit.testing.v1 import AppTest

from lookalike import audience, expansion
from lookalike.cutting import Cut
from tests.pages.conftest import button, numbers, texts

SIZE = 60


@pytest.fixture
def run(ready, monkeypatch):
    """A finished expansion of the fans, as quick as can be."""
    monkeypatch.setattr(expansion, "BESIDE", ())
    asked = expansion.ask(session.workspace(), expansion.Spec("fans", method="centroid", splits=1))
    expansion.carry_out(session.workspace(), asked)
    return asked


def _shown(run: str, **state: object) -> AppTest:
    def page(run: str, size: int) -> None:
        import numpy as np
        import portrait_view
        import session

        from lookalike import expansion

        result = expansion.load(session.workspace(), run)
        portrait_view.show(result, np.array(result.ranking.candidates["row"][:size]))

    app = AppTest.from_function(page, default_timeout=60, args=(run, SIZE))
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def _asked(app: AppTest, user_id: str) -> AppTest:
    app.text_input(key="why user").set_value(user_id).run()
    assert not app.exception, app.exception[0].message
    return app


def test_nothing_is_counted_before_it_is_opened(run):
    app = _shown(run)
    assert [one.label for one in app.expander] == [
        "What sets this audience apart",
        "Why is somebody in it, or not?",
    ]
    assert not app.dataframe
    assert not app.markdown


def test_opened_it_names_what_the_audience_has_more_of(run):
    app = _shown(run, portrait=True)
    said = texts(app)
    assert "Compared with the other users" in said
    assert "The seed list leans the same way in" in said
    assert "fewer than 10 people" in said
    first = app.dataframe[0].value
    assert {f"item i{item}" for item in range(12, 24)} >= set(first["What"])
    least = first["Times as many"].str.extract(r"\((.+)–")[0].astype(float)
    assert (least > 1).all()


def test_somebody_is_told_why_and_nobody_else_is_named(run):
    result = expansion.load(session.workspace(), run)
    row = int(result.ranking.candidates["row"][2])
    app = _asked(_shown(run, why=True), f" u{row:03d} ")
    said = texts(app)
    assert "They rank 3 of" in said
    assert numbers(app)["Rank"] == "3"
    assert "not the model's own reasons" in said
    assert "**They have:** item i" in said
    with session.workspace().cursor() as cursor:
        (noted,) = cursor.execute(
            "SELECT CAST(detail AS VARCHAR) FROM audit WHERE what = 'person looked up'"
        ).fetchone()
    assert f"u{row:03d}" not in noted


def test_who_may_not_download_sees_nobody(run, monkeypatch):
    monkeypatch.setattr(session, "may", lambda action: action == "look")
    app = _shown(run, why=True)
    assert not app.text_input
    assert "those who may download audiences" in texts(app)


def test_a_score_that_is_a_sum_can_be_taken_apart(ready, monkeypatch):
    monkeypatch.setattr(expansion, "BESIDE", ())
    store = session.workspace()
    run = expansion.ask(store, expansion.Spec("fans", method="ridge_raw", splits=1))
    row = int(expansion.carry_out(store, run).ranking.candidates["row"][0])
    app = _asked(_shown(run, why=True), f"u{row:03d}")
    app = button(app, "What is the score made of?").click().run()
    assert not app.exception, app.exception[0].message
    assert app.dataframe[-1].value["Adds"].sum() == pytest.approx(float(numbers(app)["Score"]), rel=0.01)


@pytest.mark.parametrize(
    ("user_id", "answer"),
    [("nobody", "There is no user 'nobody'"), ("u119", "not active in the last 30")],
)
def test_who_is_not_ranked_gets_a_sentence(run, user_id, answer):
    app = _asked(_shown(run, why=True), user_id)
    assert answer in texts(app)
    assert "Rank" not in numbers(app)


@pytest.fixture
def steps(monkeypatch):
    """Where the page leads; a part of a page has no pages beside it to link to."""
    led = []
    monkeypatch.setattr(ui, "step", lambda _, page, **query: led.append((page, query)))
    return led


def _listed() -> AppTest:
    def page() -> None:
        import audiences_view

        audiences_view.show()

    app = AppTest.from_function(page, default_timeout=60)
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def test_without_audiences_the_way_to_one_is_shown(ready, steps):
    assert "No audience has been exported yet" in texts(_listed())
    assert steps == [("expand", {})]


def test_who_may_not_remove_is_not_offered_to(run, steps, tmp_path, monkeypatch):
    expansion.load(session.workspace(), run).audience(Cut(size=20)).to_csv(tmp_path / "20.csv")
    monkeypatch.setattr(session, "may", lambda action: action == "look")
    app = _listed()
    app.selectbox(key="one audience").set_value(1).run()
    assert steps[-1] == ("expand", {"run": run})
    assert not app.button


def test_audiences_are_listed_held_against_each_other_and_removed(run, steps, tmp_path):
    result = expansion.load(session.workspace(), run)
    for size, holdout in ((20, 0.0), (40, 0.25)):
        result.audience(Cut(size=size, holdout=holdout)).to_csv(tmp_path / f"{size}.csv")
    app = _listed()
    table, common = (one.value for one in app.dataframe)
    assert table["Users"].tolist() == [40, 20]
    held_out = [one.held_out for one in audience.exported(session.workspace())]
    assert held_out[0] > held_out[1] == 0
    assert table["Held out"].tolist() == held_out
    assert any("reached by the other" in one.value for one in app.warning)
    assert common["In both"].tolist() == [20]
    assert "20 users in both: 50.0 % of" in texts(app)
    app.selectbox(key="one audience").set_value(1).run()
    assert steps[-1] == ("expand", {"run": run})
    assert "Remove **fans (1)** with its 20 users?" in texts(app)
    app = button(app, "Remove this audience").click().run()
    assert not app.exception
    assert [one.id for one in audience.exported(session.workspace())] == [2]
    assert len(app.dataframe) == 1
