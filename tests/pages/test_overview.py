from __future__ import annotations

from lookalike import runs
from lookalike.workspace import DATABASE, Workspace
from tests.pages.conftest import button, numbers, texts


def test_an_empty_workspace_offers_the_sample_and_nothing_else(visit):
    app = visit()
    assert [one.label for one in app.button] == ["Load the sample data"]
    assert "empty" in texts(app)
    assert not app.metric


def test_a_filled_workspace_shows_its_counts_and_the_next_step(ready, visit):
    app = visit()
    assert numbers(app) == {"Users": "480", "Embedding columns": "37", "Metrics": "0", "Seed lists": "4"}
    assert [one.label for one in app.button] == ["Expand a seed list"]


def test_recent_runs_stand_with_their_state(ready, visit):
    with Workspace.open(ready) as workspace:
        runs.create(workspace, "expand", "My *best* list", {})
    app = visit()  # opening the workspace marks what was under way
    assert "Interrupted" in texts(app)


def test_users_without_embeddings_lead_to_the_data_page(folder, visit):
    with Workspace.open(folder, create=True) as workspace, workspace.write() as cursor:
        cursor.execute("INSERT INTO users (row, user_id) VALUES (0, 'a')")
        cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'i')")
    assert button(visit(), "Learn embeddings")


def test_a_workspace_that_cannot_be_opened_is_explained(folder, visit):
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"not a database" * 1000)
    app = visit()
    assert app.title[0].value == "The workspace cannot be opened"
    assert "restore it from a backup" in app.error[0].value
    assert (folder / DATABASE).read_bytes() == b"not a database" * 1000
    (folder / DATABASE).unlink()
    button(app, "Try again").click().run()
    assert app.title[0].value == "Lookalike Workbench"
