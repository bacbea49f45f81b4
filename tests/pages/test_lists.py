"""The page Lists, and what Expand says and offers about ids that did not match."""

from __future__ import annotations

import session

from lookalike import expansion, runs, seeds
from tests.pages.conftest import button, numbers, texts


def boxes(app) -> dict[str, bool]:
    return {one.label.replace("\\", ""): one.value for one in app.checkbox}


def upload(app, content: str, name: str = "mine.csv"):
    app.file_uploader[0].upload(name, content.encode(), "text/csv").run()
    assert not app.exception
    return app


def test_without_lists_the_page_says_where_they_come_from(folder, visit):
    app = visit("lists")
    assert "no saved lists yet" in app.info[0].value
    assert not app.selectbox


def test_saved_lists_are_shown_and_one_can_be_expanded(ready, visit):
    app = visit("lists")
    assert app.dataframe[0].value["List"].tolist()[-1] == "fans"
    assert "Choose two or more" in texts(app)
    app.selectbox[0].set_value("fans").run()
    button(app, "Expand this list").click().run()
    assert not app.exception
    assert numbers(app)["Matched"] == "40"
    assert "Still here: fans" in texts(app)


def test_a_list_is_renamed_and_its_runs_with_it(ready, visit):
    run = runs.create(session.workspace(), "expand", "fans", {"seed_list": "fans"})
    runs.cancel_queued(session.workspace(), run)
    app = visit("lists")
    app.selectbox[0].set_value("fans").run()
    app.text_input[0].set_value("Best fans")
    button(app, "Rename it").click().run()
    assert not app.exception
    assert "fans is now called Best fans." in app.success[0].value
    assert runs.get(session.workspace(), run).spec["seed_list"] == "Best fans"
    app.selectbox[0].set_value("Best fans").run()
    app.text_input[0].set_value("few")
    button(app, "Rename it").click().run()
    assert "'few' already" in app.error[0].value


def test_a_list_is_deleted_only_when_that_is_confirmed(ready, visit):
    run = runs.create(session.workspace(), "expand", "fans", {"seed_list": "fans"})
    app = visit("lists")
    app.selectbox[0].set_value("fans").run()
    assert "1 run used it" in texts(app)
    button(app, "Delete it").click().run()
    assert "is in use by a run" in app.error[0].value
    runs.cancel_queued(session.workspace(), run)
    app = visit("lists")
    app.selectbox[0].set_value("fans").run()
    assert "fans" in {one.name for one in seeds.saved(session.workspace())}
    button(app, "Delete it").click().run()
    assert not app.exception
    assert "fans" not in {one.name for one in seeds.saved(session.workspace())}


def test_two_lists_overlap_and_make_a_third(ready, visit):
    app = visit("lists")
    app.multiselect[0].set_value(["few", "tiny"]).run()
    row = app.dataframe[1].value.iloc[0]
    assert row["Common"] == 2
    assert (row["Of list"], row["Of other"], row["Jaccard"]) == ("16.7 %", "100.0 %", "0.167")
    app.segmented_control[0].set_value("Subtract").run()
    assert app.text_input[-1].value == "few without tiny"
    button(app, "Make the list").click().run()
    assert not app.exception
    assert "saved with 10 seeds" in app.success[0].value
    assert len(seeds.load(session.workspace(), "few without tiny").rows) == 10
    assert app.multiselect[0].value == ["few", "tiny"]
    app.multiselect[0].set_value(["fans", "tiny"]).run()
    app.segmented_control[0].set_value("Intersect").run()
    button(app, "Make the list").click().run()
    assert "Nobody would be on the new list" in app.error[0].value


def test_ids_without_their_prefix_are_explained_and_matched_only_when_asked(ready, visit):
    app = upload(visit("expand"), "user_id\n" + "".join(f"{i}\n" for i in range(120, 150)) + "U130\n")
    assert numbers(app)["Matched"] == "0"
    assert "The prefix “u” of ours is missing: 30 unmatched ids" in texts(app).replace("\\", "")
    label = "Match 30 more ids with the prefix “u” in front: “u120” for “120”"
    assert boxes(app)[label] is False
    next(box for box in app.checkbox if box.label.replace("\\", "") == label).check().run()
    assert not app.exception
    assert numbers(app)["Matched"] == "30"
    assert boxes(app)["Match with the prefix “u” in front (30 matched so)"] is True
    app.checkbox[1].check().run()  # capital letters, too: but that is a user matched already
    assert numbers(app) == {"Ids": "31", "Matched": "30", "Unknown": "0", "Duplicates": "1"}
    app.checkbox[0].uncheck().run()
    assert numbers(app)["Matched"] == "1"


def test_another_file_starts_without_the_rules_of_the_last(ready, visit):
    app = upload(visit("expand"), "user_id\n" + "".join(f"{i}\n" for i in range(120, 150)))
    app.checkbox[0].check().run()
    assert numbers(app)["Matched"] == "30"
    app = upload(app, "user_id\n" + "".join(f"{i}\n" for i in range(120, 140)), "other.csv")
    assert numbers(app)["Matched"] == "0"


def test_pasted_ids_can_be_matched_by_a_rule_too(ready, visit):
    app = visit("expand")
    app.segmented_control[0].set_value("Paste ids").run()
    app.text_area[0].set_value("U120\nU121\nU122\nu123").run()
    assert numbers(app)["Matched"] == "1"
    app.checkbox[0].check().run()
    assert numbers(app)["Matched"] == "4"


def test_a_list_is_saved_under_a_name_without_training(ready, visit):
    app = upload(visit("expand"), "user_id\n" + "".join(f"u{i}\n" for i in range(120, 150)))
    app.text_input[0].set_value("May buyers")
    button(app, "Save").click().run()
    assert not app.exception
    assert "Saved as May buyers." in app.success[0].value
    assert len(seeds.load(session.workspace(), "May buyers").rows) == 30
    app.text_input[0].set_value("fans")
    button(app, "Save").click().run()
    assert "'fans' already" in app.error[0].value
    assert runs.recent(session.workspace(), ["expand"]) == []


def test_a_run_whose_list_was_deleted_still_opens(ready, visit, ended):
    store = session.workspace()
    spec = expansion.Spec("fans", (), "centroid", (), splits=1)
    run = expansion.ask(store, spec)
    expansion.carry_out(store, run)
    seeds.remove(store, "fans")
    app = visit("expand", run=run)
    assert "At 5 % of users this finds" in texts(app)
    assert "The list has been deleted since" in texts(app)
