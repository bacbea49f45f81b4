"""The page Methods: words for everybody, and what the workspace's own runs have shown."""

from __future__ import annotations

from dataclasses import replace

import method_tables
import numpy as np
import pytest
import session

from lookalike import comparison, explaining, past
from lookalike.explaining import Guide
from lookalike.methods import METHODS
from lookalike.methods.explained import EXPLAINED
from lookalike.track_record import Record, Row
from lookalike.training_cost import Cost
from tests.pages.conftest import button, texts
from tests.unit.methods.test_blending import past as past_lists


def _compared(*methods):
    """A comparison on two lists, done."""
    workspace = session.workspace()
    spec = comparison.Spec(("fans", "few"), methods, splits=1)
    return comparison.carry_out(workspace, comparison.ask(workspace, spec))


def _links(app):
    """Where the links of the page lead, by label."""
    return {one.label: (one.page, one.query_string) for one in app.get("page_link")}


def test_every_method_has_its_section_even_in_an_empty_workspace(folder, visit):
    app = visit("methods")
    assert app.title[0].value == "Methods"
    named = {one.anchor: one.value for one in app.subheader}
    assert named == {name: method.label for name, method in METHODS.items()}
    assert list(named) == sorted(METHODS, key=lambda name: EXPLAINED[name].beside)
    assert [one.value for one in app.header] == ["To make audiences", "To compare with"]
    said = texts(app)
    for name in METHODS:
        assert EXPLAINED[name].what in said
    assert "not known yet" in app.info[0].value
    assert "Compare methods on your lists" in _links(app)
    assert not app.dataframe


def test_a_comparison_fills_the_table_and_the_sections(ready, visit):
    visit("methods")
    _compared("centroid", "ridge", "random")
    app = visit("methods")  # read again, since a run has ended
    assert not app.info
    table = app.dataframe[0].value.set_index("Method")
    assert table["Of lists"].to_dict() == {
        "Ridge regression": 2, "Similarity": 2, "Random": 2,
    }  # fmt: skip
    assert table["Best on"].loc[["Ridge regression", "Similarity"]].sum() >= 2
    assert set(table.index[:3]) >= {"Ridge regression", "Similarity"}  # the best first
    said = texts(app)
    assert "From your comparisons, on 2 lists." in said
    assert "of 2 lists: too few to judge." in said
    assert "Training on a list takes" in said
    assert f"{len(METHODS) - 3} methods not tried here yet." in said


def test_a_link_leads_to_one_method_with_its_numbers(ready, visit):
    visit("methods")
    _compared("centroid", "logistic", "random")
    app = visit("methods", method="centroid")
    assert app.title[0].value == "Similarity"
    assert [one.value for one in app.header] == ["On your lists", "Cost"]
    table = app.dataframe[0].value
    assert table["Lists"].sum() == 2
    assert "Logistic regression, %" in table
    assert "Rocchio 1971" in texts(app)
    page, query = _links(app)["Expand a seed list with it"]
    assert (page, query) == ("expand", "method=centroid")
    assert "Logistic regression, %" not in visit("methods", method="logistic").dataframe[0].value
    assert "Expand a seed list with it" not in _links(visit("methods", method="random"))


def test_from_all_to_one_and_back(ready, visit):
    visit("methods")
    _compared("centroid", "ridge")
    app = visit("methods")
    button(app, "Ridge regression in numbers").click().run()
    assert app.title[0].value == "Ridge regression"
    assert app.query_params["method"] == "ridge"
    button(app, "All methods").click().run()
    assert app.title[0].value == "Methods"
    assert "method" not in app.query_params


def test_where_nothing_is_known_of_a_method_the_page_says_what_to_do(ready, visit):
    app = visit("methods", method="ridge")
    said = texts(app)
    assert "Nothing is known yet" in said
    assert "Nothing was measured here yet." in said
    assert "Compare methods on your lists" in _links(app)
    assert not app.dataframe


def test_what_was_not_learned_yet_says_where_to_learn_it(ready, visit):
    app = visit("methods", method="metaheac")
    assert "Not learned yet" in app.info[0].value
    assert _links(app)["Learn from past campaigns"][0] == "data"
    assert "Expand a seed list with it" not in _links(app)


def test_a_link_to_no_method_is_explained(ready, visit):
    app = visit("methods", method="rigde")
    assert "There is no method" in app.error[0].value
    assert "ridge" in app.error[0].value


def test_the_default_shows_what_past_lists_made_of_its_views(ready, visit):
    visit()
    views = past_lists(np.tile([0.1, 0.4, 0.2, 0.3], (12, 1)))
    object.__setattr__(views, "views", ("ridge als", "prior", "near", "tfidf"))
    past.save(session.workspace(), views)
    app = visit("methods", method="auto")
    assert app.dataframe[0].value.iloc[0].to_dict() == {
        "View": "Tastes that go with those of past lists", "Best on": 12, "Of tries": 12,
        "Mostly": None,
    }  # fmt: skip
    app = visit("methods", method="ridge_prior")
    assert "Best on 12 of 12 tries." in texts(app)


@pytest.mark.parametrize("page", ["expand", "compare"])
def test_where_a_method_is_chosen_a_link_tells_what_they_are(ready, visit, page):
    app = visit(page)
    if page == "expand":
        app.segmented_control[0].set_value("Saved list").run()
        app.selectbox[0].set_value("fans").run()
    assert _links(app)["What are these?"] == ("methods", "")


def test_a_method_that_the_address_names_is_chosen_for_expanding(ready, visit):
    app = visit("expand", method="centroid")
    app.segmented_control[0].set_value("Saved list").run()
    app.selectbox[0].set_value("fans").run()
    assert app.radio[0].value == "centroid"
    assert "Similarity" in app.radio[0].options
    assert "Logistic regression" not in app.radio[0].options
    app.toggle[0].set_value(True).run()
    assert app.radio[0].value == "centroid"
    assert "Logistic regression" in app.radio[0].options
    app = visit("expand", method="lsh")
    app.segmented_control[0].set_value("Saved list").run()
    app.selectbox[0].set_value("fans").run()
    assert app.radio[0].value == "lsh"  # one to compare with, which is not shown unasked
    app = visit("expand", method="nonsense")
    app.segmented_control[0].set_value("Saved list").run()
    app.selectbox[0].set_value("fans").run()
    assert app.radio[0].value == "auto"


def test_the_table_has_those_that_were_tried_or_trained_the_best_first():
    won = Record((Row("10 to 99 seeds", 12, 5, 0.5, 0.4, None),), "under 100 seeds")
    lost = Record((Row("10 to 99 seeds", 12, 0, 0.5, 0.6, None),))
    known = {
        "mlp": {"cost": Cost(1, 2.0, 2.0, 2.0)}, "ridge": {"record": lost}, "lsh": {"record": won},
    }  # fmt: skip
    every = (replace(one, **known.get(one.method, {})) for one in explaining.guide().methods)
    frame = method_tables.every(Guide(tuple(every), lists=12))
    assert frame.Method.tolist() == ["Shared regions", "Ridge regression", "Neural network"]
    assert frame.loc[0, ["Best on", "Of lists", "Mostly"]].tolist() == [5, 12, "under 100 seeds"]
    assert frame["To train"].tolist()[2] == "2.0 s"
    assert frame["Of lists"].isna().tolist() == [False, False, True]
    assert frame["Mostly"].isna().tolist() == [False, True, True]
