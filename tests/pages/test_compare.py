from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lookalike import comparison, seeds
from lookalike.errors import Cancelled
from lookalike.progress import Progress
from tests.pages.conftest import button, texts

QUICK = ("centroid", "random")


def _comparison(lists, stop_after=None, **spec):
    """A comparison in the app's workspace, cancelled after so many lists; its id."""
    import session

    workspace, heard = session.workspace(), []
    run = comparison.ask(workspace, comparison.Spec(lists, QUICK, splits=1, **spec))

    def stop():
        return stop_after is not None and sum("list_done" in u.facts for u in heard) >= stop_after

    try:
        comparison.carry_out(workspace, run, Progress(heard.append, stop))
    except Cancelled:
        assert stop_after is not None
    return run


def test_without_embeddings_the_page_says_what_to_do(folder, visit):
    assert "no embeddings yet" in visit("compare").info[0].value


def test_methods_are_compared_on_saved_lists(ready, visit, ended):
    app = visit("compare")
    app.multiselect[0].set_value(["centroid", "logistic", "random"]).run()
    app.slider[0].set_value(1).run()
    app = ended(button(app, "Compare").click().run())
    said = texts(app)
    assert "finds most" in said
    assert "only 2 of its seeds" in said
    assert "3 lists, 1 round each" in said
    assert [one.value for one in app.header] == [
        "By audience size", "Against logistic regression", "Time", "The same in numbers",
    ]  # fmt: skip
    table = app.dataframe[0].value
    assert set(table.Method) == {"Similarity", "Logistic regression", "Random"}
    assert set(table[table.Bucket == "All lists"].Lists) == {3}
    assert not app.pills  # nothing to choose among so few


def test_nothing_chosen_is_a_sentence(ready, visit):
    app = visit("compare")
    app.multiselect[0].set_value([]).run()
    button(app, "Compare").click().run()
    assert "No method was chosen" in app.error[0].value


def test_precision_is_the_second_view(ready, visit):
    visit("compare")
    run = _comparison(("fans", "few"))
    app = visit("compare", run=run)
    app.segmented_control[0].set_value("precision").run()
    assert not app.exception
    assert "50 % is chance" in texts(app)


def test_a_cancelled_comparison_shows_what_it_has_and_goes_on(ready, visit, ended):
    visit("compare")
    run = _comparison(("fans", "few", "buyers"), stop_after=1)
    app = visit("compare", run=run)
    assert "This was cancelled. 1 of 3 lists done and kept." in app.info[0].value
    assert "Over the one list, similarity finds most" in texts(app)
    app = ended(button(app, "Go on").click().run())
    assert "3 lists, 1 round each" in texts(app)
    assert app.query_params["run"] == run


def test_a_comparison_cancelled_before_its_first_list_starts_again(ready, visit, ended):
    visit("compare")
    run = _comparison(("fans", "few"), stop_after=0)
    app = visit("compare", run=run)
    assert "No list was done yet" in app.info[0].value
    assert not app.dataframe
    app = ended(button(app, "Start again").click().run())
    assert "2 lists, 1 round each" in texts(app)


def test_an_interrupted_comparison_says_what_is_kept(ready, visit):
    visit("compare")
    run = _comparison(("fans", "few"), stop_after=1)
    import session

    with session.workspace().write() as cursor:
        cursor.execute("UPDATE runs SET status = 'interrupted' WHERE id = ?", [run])
    app = visit("compare", run=run)
    assert "The server stopped while this was under way. 1 of 2 lists done" in app.warning[0].value
    assert button(app, "Start from the beginning")


def test_a_run_that_ends_while_the_page_is_drawn_is_read_again(ready, visit, monkeypatch):
    import session

    visit("compare")
    run = _comparison(("fans", "few"), stop_after=1)
    before = [replace(session.runs.get(session.workspace(), run), status="running", finished=None)]
    read = session.linked_run
    monkeypatch.setattr(session, "linked_run", lambda *kinds: before.pop() if before else read(*kinds))
    app = visit("compare", run=run)
    assert not before
    assert "This was cancelled. 1 of 2 lists done and kept." in app.info[0].value
    assert not app.error


def test_the_first_curves_show_while_the_rest_is_running(ready, visit, monkeypatch):
    import session

    from lookalike.jobs import Job

    visit("compare")
    run = _comparison(("fans", "few"), stop_after=1)
    with session.workspace().write() as cursor:
        cursor.execute("UPDATE runs SET status = 'running' WHERE id = ?", [run])
    monkeypatch.setattr(session, "job_of", lambda entry: Job(entry.id, print))
    app = visit("compare", run=run)
    deadline = time.monotonic() + 30
    while "So far: 1 list of 2" not in texts(app):  # they are drawn beside the page
        assert time.monotonic() < deadline
        app.run()
    assert app.get("plotly_chart")


def test_a_running_comparison_without_a_list_says_what_will_come(ready, visit, monkeypatch):
    import session

    from lookalike.jobs import Job

    visit("compare")
    run = _comparison(("fans", "few"), stop_after=0)
    monkeypatch.setattr(session, "job_of", lambda entry: Job(entry.id, print))
    assert "The first curves appear here" in texts(visit("compare", run=run))


def test_several_files_are_taken_in_and_a_bad_one_is_named(ready, visit, ended):
    app = visit("compare")
    app.segmented_control[0].set_value("Upload files").run()
    good = "\n".join(f"u{row:03d}" for row in range(120, 150)).encode()
    app.file_uploader[0].set_value(
        [("one.csv", good, "text/csv"), ("empty.csv", b"", "text/csv"),
         ("two.csv", good.replace(b"u12", b"u24"), "text/csv")]
    ).run()  # fmt: skip
    assert "2 lists saved." in app.success[0].value
    assert "empty.csv is empty" in app.warning[0].value
    matched = pd.DataFrame(app.dataframe[0].value)
    assert list(matched["List"]) == ["one", "two"]
    app.multiselect[0].set_value(list(QUICK)).run()
    app = ended(button(app, "Compare").click().run())
    assert "Comparison of **2 lists**" in texts(app)


def test_own_edges_group_the_lists(ready, visit, ended):
    app = visit("compare")
    app.multiselect[0].set_value(list(QUICK)).run()
    app.selectbox[0].set_value("own edges").run()
    app.text_input[0].set_value("20, x").run()
    assert "neither a choice of buckets" in app.error[0].value
    app.text_input[0].set_value("20, 100").run()
    app = ended(button(app, "Compare").click().run())
    assert set(app.dataframe[0].value.Bucket) == {"Under 20 seeds", "20 to 99 seeds", "All lists"}


def test_a_split_by_time_is_offered_where_seeds_have_one(ready, visit, ended):
    assert not visit("compare").radio
    from dataclasses import replace

    import session

    store = session.workspace()
    dates = np.datetime64("2024-01-01", "s") + np.arange(40) * np.timedelta64(1, "D")
    seeds.save(store, replace(seeds.load(store, "fans"), name="dated", times=dates))
    app = visit("compare")
    app.radio[0].set_value("time").run()
    assert app.slider[0].disabled
    app.toggle[0].set_value(False).run()
    app.multiselect[0].set_value(["dated"]).run()
    app.multiselect[1].set_value(list(QUICK)).run()
    app = ended(button(app, "Compare").click().run())
    assert "1 list, the latest fifth of each held out" in texts(app)


def test_many_methods_start_with_the_four_that_tell_most(ready, visit, monkeypatch):
    from lookalike.compared import Comparison

    monkeypatch.setattr("lookalike.compared.SHOWN", 1)
    visit("compare")
    import session

    spec = comparison.Spec(("fans", "few"), ("centroid", "logistic", "random"), splits=1)
    run = comparison.ask(session.workspace(), spec)
    result = comparison.carry_out(session.workspace(), run)
    assert isinstance(result, Comparison)
    app = visit("compare", run=run)
    assert app.pills[0].value == result.telling
    assert len(result.telling) == 1
    app.pills[0].set_value([]).run()
    assert not app.exception


@pytest.fixture(autouse=True)
def _fresh():
    import compare_running

    compare_running.seen.clear()
