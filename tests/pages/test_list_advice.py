from __future__ import annotations

import pytest
import session

from lookalike import expansion, seeds
from lookalike.advice import advising
from lookalike.splits import folds_of
from tests.pages.conftest import button, numbers, texts
from tests.unit.worlds import save_list


@pytest.fixture
def quick(monkeypatch):
    """Two rounds of holding out, and expansions with one baseline beside."""
    monkeypatch.setattr(advising, "folds_of", lambda seeds, _, state: folds_of(seeds, 2, state))
    monkeypatch.setattr(expansion, "BESIDE", ("activity",))


def _ids(first: int, count: int, step: int = 1) -> str:
    return "user_id\n" + "".join(f"u{first + i * step:03d}\n" for i in range(count))


def _pasted(app, text: str):
    app.segmented_control[0].set_value("Paste ids").run()
    app.text_area[0].set_value(text).run()
    assert not app.exception
    return app


def test_a_list_with_something_in_common_is_told_so_before_training(ready, visit):
    app = _pasted(visit("expand"), _ids(120, 30))
    assert "have something in common" in texts(app)
    assert not any("random draw" in one.value for one in app.warning)


def test_a_random_draw_is_warned_of_before_training(ready, visit):
    app = _pasted(visit("expand"), _ids(0, 40, 12))
    assert any("look like a random draw" in one.value for one in app.warning)
    assert button(app, "Train and test")


def test_the_closer_look_answers_and_leads_back_to_the_list(ready, visit, ended, quick):
    app = _pasted(visit("expand"), _ids(120, 40))
    app = ended(button(app, "Look closer at this list").click().run())
    said = texts(app)
    assert [tab.label for tab in app.tabs] == ["More seeds?", "Weight by?", "Who does not belong?"]
    assert "Seed list: **Pasted list**" in said
    assert "no metric to weight by" in said
    assert "The list is one group." in said
    run = app.query_params["run"]
    again = visit("expand", run=run[0] if isinstance(run, list) else run)
    assert "The list is one group." in texts(again)
    app = button(app, "Expand this list").click().run()
    assert "Still here: Pasted list, 40 matched seeds." in texts(app)
    assert numbers(app)["Matched"] == "40"


def test_one_click_goes_on_without_a_group(ready, visit, ended, quick):
    rows = [*range(120, 160), *range(360, 380)]
    save_list(session.workspace(), "list", rows)
    app = visit("expand")
    app.segmented_control[0].set_value("Saved list").run()
    app.selectbox[0].set_value("list").run()
    app = ended(button(app, "Look closer at this list").click().run())
    assert "The list falls into 2 groups." in texts(app)
    assert "Group 2" in texts(app)
    assert button(app, "Go on with group 2 alone")
    app = button(app, "Go on without group 2").click().run()
    assert not app.exception
    assert "Still here: list without group 2" in texts(app)
    kept = seeds.load(session.workspace(), "list without group 2")
    assert abs(len(kept.rows) - 40) <= 2
    assert numbers(app)["Matched"] == str(len(kept.rows))


def test_a_finished_expansion_offers_the_closer_look(ready, visit, ended, quick):
    spec = expansion.Spec("fans", method="centroid", splits=1)
    run = expansion.ask(session.workspace(), spec)
    expansion.carry_out(session.workspace(), run)
    app = visit("expand", run=run)
    assert "Seed list: **fans**" in texts(app)
    app = ended(button(app, "Look closer at this list").click().run())
    assert "About this list" in texts(app)
    assert "What weighting" not in texts(app)
    assert "equal weights" in texts(app)


def test_an_advice_run_stands_among_the_recent_ones(ready, visit):
    store = session.workspace()
    advising.carry_out(store, advising.ask(store, advising.Spec("fans", splits=1)))
    app = visit()
    assert "Done" in texts(app)
