"""Several lists expanded from the page Lists: asked, followed, stopped, gone on with, downloaded."""

from __future__ import annotations

import threading

import pytest
import session

from lookalike import audience, batch, runs, seeds
from lookalike.batch import Spec, passing
from lookalike.cutting import Cut
from lookalike.errors import Cancelled
from tests.pages.conftest import button, texts


def _asked(app, *lists):
    app.multiselect(key="batch lists").set_value(list(lists)).run()
    app.selectbox(key="batch method").set_value("centroid").run()
    return app


def _run(app) -> str:
    run = app.query_params["run"]
    return run if isinstance(run, str) else run[0]


def test_lists_are_chosen_expanded_and_shown(ready, visit, ended):
    app = _asked(visit("lists"), "fans", "few", "tiny")
    app.selectbox(key="batch test").set_value("A quick look").run()
    app.multiselect(key="batch exclude").set_value(["buyers"]).run()
    app.number_input(key="batch holdout").set_value(20).run()
    app.segmented_control(key="batch size by").set_value("Number of users").run()
    app.number_input(key="batch number").set_value(50).run()
    button(app, "Expand 3 lists").click().run()
    assert not app.exception
    run = _run(app)
    ended(app)
    assert "2 lists expanded" in texts(app)
    assert "Back-tests of 2 lists find" in texts(app)
    assert "Not expanded: 1 list." in app.warning[0].value
    assert "The list has 2 ids" in app.warning[0].value
    table = app.dataframe[0].value
    assert table["List"].tolist() == ["fans", "few"]
    assert table["Seeds"].tolist() == ["40", "12"]
    assert [int(u) + int(h) for u, h in zip(table["Users"], table["Held back"], strict=True)] == [50, 50]
    assert all("%" in found for found in table["Held-out seeds found"])
    kept = batch.load(session.workspace(), run).spec
    assert (
        "Similarity, 50 users each, without the users of 1 list, 20 % held back, tested in 1 round. "
        "Asked on "
    ) in texts(app)
    assert (kept.cut.exclude, kept.cut.holdout, kept.splits) == (("buyers",), 0.2, 1)
    again = visit("lists", run=run)  # by its link, as after a reload or in another browser
    assert again.dataframe[0].value.equals(table)


def test_nothing_tested_is_said(ready, visit, ended):
    app = visit("lists")
    app.toggle(key="batch all").set_value(True).run()
    app.selectbox(key="batch method").set_value("centroid").run()
    button(app, "Expand 4 lists").click().run()
    ended(app)
    assert "Nothing was tested: how good these audiences are is not known." in texts(app)
    assert set(app.dataframe[0].value["Held-out seeds found"]) == {"not tested"}


def test_without_a_choice_there_is_nothing_to_start(ready, visit):
    assert button(visit("lists"), "Expand the lists").disabled


def test_it_is_followed_and_cancelled_and_goes_on(ready, visit, ended, monkeypatch):
    held, let = threading.Event(), threading.Event()
    score = passing.score

    def waiting(work, found, progress):
        held.set()
        let.wait(10)
        progress.at(0.0, "Scoring")
        return score(work, found, progress)

    monkeypatch.setattr(passing, "score", waiting)
    app = _asked(visit("lists"), "fans", "few")
    button(app, "Expand 2 lists").click().run()
    assert held.wait(30)
    run = _run(app)
    app.run()
    assert "You can leave this page" in texts(app)
    button(app, "Cancel").click().run()
    let.set()
    ended(app)
    assert "This was cancelled. 2 of 2 lists done and kept." in texts(app)
    button(app, "Go on").click().run()
    ended(app)
    assert _run(app) == run
    assert "2 lists expanded" in texts(app)


def test_interrupted_it_goes_on_unless_its_lists_have_changed(ready, visit, ended, monkeypatch):
    store = session.workspace()
    run = batch.ask(store, Spec(("fans", "few"), method="centroid", cut=Cut(size=20)))

    def stopped(*_):
        raise Cancelled

    with monkeypatch.context() as patched:
        patched.setattr(passing, "score", stopped)
        with pytest.raises(Cancelled):
            batch.carry_out(store, run)
    with store.write() as cursor:
        cursor.execute("UPDATE runs SET status = 'interrupted' WHERE id = ?", [run])
    app = visit("lists", run=run)
    assert "The server stopped while this was under way. 2 of 2 lists done and kept." in texts(app)
    with store.write() as cursor:
        cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'new')")
    button(app, "Go on").click().run()
    assert "It cannot go on: the data have changed (1 more interactions)" in app.error[0].value.replace(
        "\\", ""
    )
    button(app, "Start from the beginning").click().run()
    ended(app)
    assert _run(app) != run
    assert "2 lists expanded, 40 users in all." in texts(app)


def test_a_run_that_failed_says_why_and_starts_again(ready, visit, ended, monkeypatch):
    store = session.workspace()
    run = batch.ask(store, Spec(("fans",), method="centroid", cut=Cut(exclude=("few",))))
    seeds.rename(store, "few", "other")
    with pytest.raises(Exception, match="There is no seed list 'few'"):
        batch.carry_out(store, run)
    app = visit("lists", run=run)
    assert "It stopped on an error. There is no seed list 'few'" in texts(app).replace("\\", "")
    seeds.rename(store, "other", "few")
    button(app, "Start again").click().run()
    ended(app)
    assert "1 list expanded" in texts(app)


def test_the_files_are_downloaded_again_and_again_and_the_audiences_kept(ready, visit):
    store = session.workspace()
    spec = Spec(("fans", "few"), method="centroid", cut=Cut(size=20))
    result = batch.carry_out(store, batch.ask(store, spec))
    app = visit("lists", run=result.run.id)
    (download,) = app.get("download_button")
    assert download.proto.label == "Download 2 audiences"
    assert audience.exported(store) == []
    app.selectbox(key="batch which").set_value(1).run()
    (download,) = app.get("download_button")
    assert download.proto.label == "Download 1 audience"
    app.selectbox(key="batch which").set_value(None).run()
    with store.brief_file(".zip") as path:
        made = batch.zipped(result, path, "parquet")
    assert [one["file"]["name"] for one in made["lists"]] == ["fans.parquet", "few.parquet"]
    app = visit("lists")
    assert "fans" in app.dataframe[1].value["Audience"].tolist()
    number = audience.exported(store)[0].id
    app.selectbox(key="one audience").set_value(number).run()
    assert not app.exception


def test_the_overview_leads_to_it(ready, visit):
    store = session.workspace()
    result = batch.carry_out(store, batch.ask(store, Spec(("fans", "few"), method="centroid")))
    app = visit()
    assert runs.get(store, result.run.id).title == "2 lists"
    assert "Expand: 2 lists" in [link.proto.label for link in app.get("page_link")]


def test_a_workspace_without_lists_takes_files_and_expands_them(ready, visit, ended):
    store = session.workspace()
    for one in seeds.saved(store):
        seeds.remove(store, one.name)
    app = visit("lists")
    assert button(app, "Expand the lists").disabled
    files = {
        "spring.csv": "\n".join(f"u{row:03d}" for row in range(120, 150)),
        "autumn.csv": "\n".join(f"u{row:03d}" for row in range(240, 270)),
        "two.csv": "u001\nu002\nnobody",
        "empty.csv": "",
    }
    app.file_uploader[0].set_value(
        [(name, text.encode(), "text/csv") for name, text in files.items()]
    ).run()
    assert "3 lists saved." in app.success[0].value
    assert [one.value.split(".")[0] for one in app.warning] == [
        "two: Only 2 of 3 ids are users of this workspace; at least 3 are needed",
        "empty",
    ]
    app.selectbox(key="batch method").set_value("centroid").run()
    button(app, "Expand 3 lists").click().run()  # the files are still chosen, though lists exist now
    ended(app)
    assert "2 lists expanded" in texts(app)
    assert "Only 2 of 3 ids are users" in app.warning[0].value
    assert {one.name for one in seeds.saved(store)} == {"spring", "autumn", "two"}
