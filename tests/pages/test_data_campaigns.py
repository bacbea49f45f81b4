"""Learning from past campaigns on the page Data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lookalike import pretraining, runs
from lookalike.errors import Cancelled
from lookalike.pretraining import carrying_out, family
from lookalike.progress import Progress
from lookalike.workspace import Workspace
from tests.pages.conftest import button, texts
from tests.unit.worlds import communities


@pytest.fixture
def quick(monkeypatch):
    small = replace(family.FULL, rounds=25, tasks=2, most_seeds=8, others=16)
    monkeypatch.setitem(family.EVERY, "metaheac", small)


@pytest.mark.usefixtures("quick")
def test_past_campaigns_are_learned_from(folder, visit, ended):
    communities(folder)
    app = visit("data")
    assert "needs but a few seeds of a new list" in texts(app)
    button(app, "Learn from past campaigns").click().run()
    run = app.query_params["run"]
    app = ended(app)
    assert "Learned from 51 past campaigns." in app.success[0].value
    assert len(app.get("plotly_chart")) == 1
    assert "held back, and looked for" in texts(app)
    assert "Learned from 51 past campaigns on" in texts(visit("data"))
    with Workspace.open(folder) as workspace:
        assert runs.get(workspace, run).metrics["campaigns"] == 51


def test_too_few_are_told(folder, visit, ended, monkeypatch):
    monkeypatch.setattr(carrying_out, "FEWEST", 99)
    communities(folder)
    app = visit("data")
    button(app, "Learn from past campaigns").click().run()
    assert "too little to learn from: 51 past campaigns" in ended(app).info[0].value


@pytest.mark.usefixtures("quick")
def test_only_what_was_learned_can_be_chosen(folder, visit):
    import session

    communities(folder)
    said = "Past campaigns"
    before = visit("compare").multiselect[0].options
    assert not [label for label in before if label.startswith(said)]
    workspace = session.workspace()
    pretraining.carry_out(workspace, pretraining.ask(workspace))
    options = visit("compare").multiselect[0].options
    assert [label for label in options if label.startswith(said)] == [said]
    assert set(options) - set(before) == {said}


@pytest.mark.parametrize("reached", [True, False])
def test_one_that_was_cancelled_says_whether_anything_is_kept(folder, visit, ended, quick, reached):
    import session

    communities(folder)
    visit("data")
    workspace = session.workspace()
    run, heard = pretraining.ask(workspace), []
    progress = Progress(heard.append, lambda: not reached or any("loss" in one.facts for one in heard))
    with pytest.raises(Cancelled):
        pretraining.carry_out(workspace, run, progress)
    app = visit("data", run=run)
    kept = "What was learned so far is kept." if reached else "Nothing was learned yet."
    assert app.info[0].value == f"This was cancelled. {kept}"
    app = ended(button(app, "Go on" if reached else "Start again").click().run())
    assert "Learned from 51 past campaigns." in app.success[0].value
    assert app.query_params["run"] == run
