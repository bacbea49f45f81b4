from __future__ import annotations

import pytest
import session

from lookalike import expansion
from tests.pages.conftest import numbers, texts


@pytest.fixture
def done(ready, visit):
    """The page of a finished expansion, and its result."""
    workspace = session.workspace()
    spec = expansion.Spec("fans", method="centroid", splits=3)
    result = expansion.carry_out(workspace, expansion.ask(workspace, spec))
    return visit("expand", run=result.run.id), result


def test_every_size_has_its_expected_look_alikes_and_their_assumption(done):
    app, result = done
    for size in (0.05, 0.2):
        app.select_slider[0].set_value(size).run()
        assert not app.exception
        there = result.at(size)
        assert numbers(app)["Expected look-alikes"] == f"{100 * there['share']:.0f} %"
        assert numbers(app)["People"] == f"{there['people']:.0f}"
        said = texts(app).replace("\\", "")
        assert result.share_sentence(size) in said
        assert "if there are as many look-alikes as seeds: 40" in said


def test_the_assumption_can_be_changed(done):
    app, result = done
    assumed = app.number_input(key=f"look-alikes {result.run.id}")
    assert assumed.value == 40
    assumed.set_value(10).run()
    assert not app.exception
    there = result.assuming(10).at(0.05)
    assert there["share"] < result.at(0.05)["share"]
    shown = numbers(app)
    assert shown["Expected look-alikes"] == f"{100 * there['share']:.0f} %"
    assert shown["Held-out seeds found"] == f"{100 * there['recall']:.0f} %"
    assert "if there are 10 look-alikes among the other users" in texts(app)


def test_the_expected_look_alikes_are_drawn_on_demand(done):
    app, _ = done
    assert "How many of an audience are look-alikes" not in texts(app)
    app.segmented_control[0].set_value("Expected look-alikes").run()
    assert not app.exception
    assert "How many of an audience are look-alikes, if there are as many" in texts(app)
