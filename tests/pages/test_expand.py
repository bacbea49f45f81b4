from __future__ import annotations

import csv
import threading

import pytest
import session

from lookalike import expansion, runs, sample
from lookalike.errors import BadInput
from lookalike.progress import Progress
from tests.pages.conftest import button, numbers, texts


def upload(app, content: str, name: str = "mine.csv"):
    app.file_uploader[0].upload(name, content.encode(), "text/csv").run()
    assert not app.exception
    return app


def seeds(first: int = 120, count: int = 30) -> str:
    return "user_id,spend\n" + "".join(f"u{first + i:03d},{i + 1}\n" for i in range(count))


def test_without_embeddings_the_page_says_what_to_do(folder, visit):
    app = visit("expand")
    assert "no embeddings yet" in app.info[0].value
    assert not app.file_uploader


@pytest.mark.parametrize("page", ["expand", "compare"])
def test_while_data_is_loaded_the_page_follows_that(folder, visit, monkeypatch, page):
    gate, begun = threading.Event(), threading.Event()

    def carry_out(workspace, run: str, progress: Progress) -> None:
        with runs.under_way(workspace, run):
            progress.at(0.3, "Drawing the world")
            begun.set()
            assert gate.wait(60)

    monkeypatch.setattr(sample, "carry_out", carry_out)
    button(visit(), "Load the sample data").click().run()
    assert begun.wait(10)
    app = visit(page)
    gate.set()
    assert app.header[0].value == "Under way: Load the sample data"
    assert "no embeddings yet" not in texts(app)
    assert button(app, "Cancel")


def test_the_match_report_counts_every_id(ready, visit):
    app = upload(visit("expand"), seeds() + "nobody,1\nu120,5\n\n")
    assert numbers(app) == {"Ids": "32", "Matched": "30", "Unknown": "1", "Duplicates": "1"}
    assert "30 seeds are few" in texts(app)


def test_under_three_seeds_nothing_can_be_trained(ready, visit):
    app = upload(visit("expand"), "user_id\nu001\nu002\nnobody\n")
    assert "Only 2 of 3 ids" in app.error[0].value
    assert not any(one.label == "Train and test" for one in app.button)


@pytest.mark.parametrize(("known", "first"), [(15, "file:spend"), (14, "equal")])
def test_a_column_that_few_seeds_have_a_value_in_waits_to_be_chosen(ready, visit, known, first):
    lines = [f"u{120 + i:03d},{i + 1 if i < known else ''}" for i in range(30)]
    app = upload(visit("expand"), "\n".join(["user_id,spend", *lines]))
    (weights,) = (one for one in app.selectbox if one.label == "Weight by")
    assert weights.value == first


def test_very_few_seeds_are_warned_of_and_taken(ready, visit):
    app = upload(visit("expand"), seeds(count=6))
    assert "very few" in texts(app)
    assert app.radio[0].value == "auto"
    assert not button(app, "Train and test").disabled


def test_another_kind_of_file_is_named(ready, visit):
    app = upload(visit("expand"), "%PDF-1.7 something", "list.csv")
    assert "PDF" in app.error[0].value
    assert not any(one.label == "Train and test" for one in app.button)


def test_the_whole_way_from_upload_to_evidence(ready, visit, ended, tmp_path):
    app = upload(visit("expand"), seeds())
    assert app.selectbox[0].value == "file:spend"
    app = ended(button(app, "Train and test").click().run())
    said = texts(app)
    assert "At 5 % of users this finds" in said
    assert "weighted by spend" in said
    assert "20 seeds" in said or "30 seeds" in said
    audience = numbers(app)["People"]
    app.select_slider[0].set_value(0.2).run()
    assert int(numbers(app)["People"]) > int(audience)
    run = app.query_params["run"]
    run = run[0] if isinstance(run, list) else run
    result = expansion.load(session.workspace(), run)
    result.audience(0.2).to_csv(tmp_path / "audience.csv")
    lines = list(csv.DictReader((tmp_path / "audience.csv").open(encoding="utf-8")))
    assert len(lines) == int(numbers(app)["People"])
    assert not {line["user_id"] for line in lines} & {f"u{120 + i:03d}" for i in range(30)}


def test_a_second_visitor_sees_the_finished_run_by_its_link(ready, visit, ended):
    app = ended(button(upload(visit("expand"), seeds()), "Train and test").click().run())
    run = app.query_params["run"]
    other = visit("expand", run=run[0] if isinstance(run, list) else run)
    assert "At 5 % of users this finds" in texts(other)


def test_an_unknown_run_in_the_link_is_a_sentence(ready, visit):
    app = visit("expand", run="nonsense")
    assert "no run 'nonsense'" in app.error[0].value


def test_a_list_that_nearly_is_an_item_is_named_and_left_out(ready, visit):
    with session.workspace().cursor() as cursor:
        ids = cursor.execute(
            "SELECT user_id FROM users JOIN interactions USING (row) WHERE item_id = 'leak'"
        ).fetchall()
    app = upload(visit("expand"), "user_id\n" + "\n".join(user for (user,) in ids))
    assert "nearly are this list" in texts(app)
    assert app.checkbox[0].value is True


@pytest.fixture
def held(monkeypatch):
    """Training that waits until it is let go, and reports as training does."""
    gate = threading.Event()
    begun = threading.Event()

    def carry_out(workspace, run: str, progress: Progress) -> None:
        with runs.under_way(workspace, run):
            progress.at(0.3, "Training: epoch 3 of 20", epoch=3, epochs=20, loss=0.5)
            begun.set()
            while not gate.wait(0.01):
                progress.at(0.3, "Training: epoch 3 of 20")
            raise BadInput("It went wrong.", "Do this instead.")

    monkeypatch.setattr(expansion, "carry_out", carry_out)
    yield gate, begun
    gate.set()


def test_training_is_shown_and_can_be_cancelled(ready, visit, ended, held):
    app = button(upload(visit("expand"), seeds()), "Train and test").click().run()
    assert held[1].wait(10)
    app.run()
    assert button(app, "Cancel")
    button(app, "Cancel").click().run()
    app = ended(app)
    assert "cancelled" in texts(app)
    assert button(app, "Start again")


def test_a_failure_is_a_sentence_and_can_be_tried_again(ready, visit, ended, held):
    app = button(upload(visit("expand"), seeds()), "Train and test").click().run()
    held[0].set()
    app = ended(app)
    assert "It went wrong. Do this instead." in texts(app)
    assert button(app, "Start again")


def test_pasted_ids_and_saved_lists_work_like_files(ready, visit):
    app = visit("expand")
    app.segmented_control[0].set_value("Paste ids").run()
    app.text_area[0].set_value("u120\nu121\nu122\nu123").run()
    assert numbers(app)["Matched"] == "4"
    app.segmented_control[0].set_value("Saved list").run()
    app.selectbox[0].set_value("fans").run()
    assert numbers(app)["Matched"] == "40"
