"""Learning from past lists, as a visitor meets it: in the background, once, and never in the way."""

from __future__ import annotations

import threading

import preparing
import pytest
import session

from lookalike import preparation, runs

from .conftest import button, texts
from .test_expand import seeds, upload

NOTE = "the default method is learning from past lists (40 % done)"


@pytest.fixture
def gate(monkeypatch):
    """Preparation is due, and holds still at 40 % until it is let go."""
    go, due = threading.Event(), [True]

    def carry_out(workspace, run, progress):
        with runs.under_way(workspace, run):
            due[0] = False
            progress.at(0.4, "Past list 4 of 10")
            go.wait(30)
            runs.finish(workspace, run, {"lists": 10})

    monkeypatch.setattr(preparation, "due", lambda _: 1 if due[0] else None)
    monkeypatch.setattr(preparation, "carry_out", carry_out)
    yield go
    go.set()


def test_it_begins_with_the_first_visit_and_says_so(ready, visit, gate, ended):
    visit("overview")
    app = upload(visit("expand"), seeds())
    assert NOTE in texts(app)
    assert NOTE in texts(visit("compare"))
    found = runs.recent(session.workspace(), ["prepare"])
    assert [run.status for run in found] == ["running"]
    gate.set()
    app = ended(app)
    assert "past lists" not in texts(app)
    assert runs.get(session.workspace(), found[0].id).status == "done"


def test_training_does_not_wait_for_it(ready, visit, gate):
    app = upload(visit("expand"), seeds())
    button(app, "Train and test").click().run()
    assert session.trainer().place(app.query_params["run"][0]) == 0


def test_it_can_be_left_to_the_command_line(ready, visit, gate, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_PREPARE", "0")
    visit("overview")
    assert runs.recent(session.workspace(), ["prepare"]) == []


def test_a_result_says_which_views_carried_the_list(ready, visit, ended):
    app = upload(visit("expand"), seeds())
    said = texts(ended(button(app, "Train and test").click().run()))
    assert "carried" in said
    assert "The views were not tried on past lists yet" in said


@pytest.mark.parametrize(
    ("lists", "says"), [(30, "has learned from past lists"), (0, "could not learn from past lists")]
)
def test_its_end_is_told_as_it_was(ready, visit, monkeypatch, lists, says):
    store = session.workspace()
    run = runs.create(store, "prepare", "Learn from past lists", {"snapshot": 1})
    runs.finish(store, run, {"lists": lists})
    jobs = iter([object()])  # under way when the page is drawn, and over in the next moment
    monkeypatch.setattr(preparing, "_job", lambda: next(jobs, None))
    assert says in texts(visit("compare"))


def test_a_workspace_with_too_few_items_prepares_nothing(ready, visit):
    visit("overview")
    assert runs.recent(session.workspace(), ["prepare"]) == []
    assert preparation.due(session.workspace()) is None
