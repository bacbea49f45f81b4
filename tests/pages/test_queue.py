"""Runs that wait: whose turn it is, what the page says of it, and cancelling at once."""

from __future__ import annotations

import threading

import pytest
import session
import signing
from words import minutes, ordinal

from lookalike import runs

from .conftest import button, texts


@pytest.fixture
def busy(ready, monkeypatch):
    """Somebody's run holds the only worker until it is let go."""
    go = threading.Event()
    entered(lambda *_: go.wait(30), "eve", monkeypatch)
    yield go
    go.set()


def entered(work, who, monkeypatch):
    """A run of somebody's own, and its id."""
    run = runs.create(session.store(), "expand", f"list of {who}", {"method": "auto"})
    monkeypatch.setattr(session, "owner", lambda: who)
    session.start(run, work)
    return run


def nothing(workspace, run, _):
    with runs.under_way(workspace, run):
        runs.finish(workspace, run, {})


def bars(app):
    return [one.proto.text for one in app.get("progress")]


def test_each_sees_their_own_place_and_people_take_turns(busy, visit, monkeypatch):
    mine = [entered(nothing, "ann", monkeypatch) for _ in range(3)]
    other = entered(nothing, "bob", monkeypatch)
    assert [session.trainer().place(run) for run in (mine[0], other, *mine[1:])] == [1, 2, 3, 4]
    app = visit("expand", run=other)
    assert bars(app) == ["2nd in the queue"]
    assert "People take turns" in texts(app)


def test_the_page_tells_about_how_long(busy, visit, monkeypatch):
    run = entered(nothing, "ann", monkeypatch)
    monkeypatch.setattr(session.trainer(), "wait", lambda _: 200.0)
    assert bars(visit("expand", run=run)) == ["1st in the queue, about 3 minutes"]


def test_what_waits_is_cancelled_at_once_and_the_rest_moves_up(busy, visit, monkeypatch):
    first, second = entered(nothing, "ann", monkeypatch), entered(nothing, "bob", monkeypatch)
    app = button(visit("expand", run=first), "Cancel").click().run()
    assert "This was cancelled. Nothing of it was kept." in texts(app)
    assert runs.get(session.store(), first).status == "cancelled"
    assert session.trainer().place(second) == 1


def test_where_nobody_signs_in_a_tab_is_a_person(ready, monkeypatch):
    assert session.owner() == session.owner()
    monkeypatch.setattr(signing, "closed", lambda: True)
    monkeypatch.setattr(session, "visitor", lambda: type("V", (), {"name": "ann@x.org"}))
    assert session.owner() == "ann@x.org"


def test_imports_and_learning_run_alone(busy, monkeypatch):
    given = []
    monkeypatch.setattr(
        session.trainer(), "submit", lambda *_, **how: given.append((how["kind"], how["alone"]))
    )
    for kind in ("expand", "compare", "import", "embed"):
        session.start(runs.create(session.store(), kind, "x", {}), nothing)
    assert given == [("expand", False), ("compare", False), ("import", True), ("embed", True)]


@pytest.mark.parametrize(
    ("place", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (21, "21st")],
)
def test_places_are_written_as_people_write_them(place, text):
    assert ordinal(place) == text


@pytest.mark.parametrize(("seconds", "text"), [(5, "a minute"), (89, "a minute"), (150, "2 minutes")])
def test_a_guess_is_told_in_whole_minutes(seconds, text):
    assert minutes(seconds) == text
