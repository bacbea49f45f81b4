"""Learning from past campaigns on the page Data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lookalike import pretraining, runs
from lookalike.pretraining import carrying_out, family
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
    communities(folder)
    said = "Past campaigns"
    before = visit("compare").multiselect[0].options
    assert not [label for label in before if label.startswith(said)]
    with Workspace.open(folder) as workspace:
        pretraining.carry_out(workspace, pretraining.ask(workspace))
    options = visit("compare").multiselect[0].options
    assert [label for label in options if label.startswith(said)] == [said]
    assert set(options) - set(before) == {said}
