from __future__ import annotations

import io
import json
import os
import time

import openpyxl
import pandas as pd
import pytest

from lookalike import forgetting, learning, runs
from lookalike.importing import KINDS, TEMPLATES, import_table, snapshots
from lookalike.workspace import Workspace
from tests.pages.conftest import button, numbers, texts

# 40 users and 12 items in two halves that never meet, as a table of a shop would have it
ROWS = "".join(f"u{user},i{item}\n" for user in range(40) for item in range(12) if user % 2 == item % 2)
INTERACTIONS = f"user_id,item_id\n{ROWS}".encode()


def uploaded(app, name: str, content: bytes):
    app.file_uploader(key="import file").upload(name, content).run()
    assert not app.exception, app.exception[0].message
    return app


def primary(app) -> list[str]:
    return [one.label for one in app.button if one.proto.type == "primary"]


def test_an_empty_workspace_begins_with_an_import(folder, visit):
    app = visit("data")
    assert "This workspace is empty" in texts(app)
    assert not app.metric
    assert primary(app) == []
    assert app.file_uploader


def test_import_and_learn_from_the_file_to_the_embeddings(folder, visit, ended):
    app = uploaded(visit("data"), "clicks.csv", INTERACTIONS)
    assert app.dataframe[0].value.iloc[0].tolist() == ["u0", "i0"]
    assert "Recognised: user_id, item_id." in texts(app).replace("\\", "")
    assert primary(app) == ["Import"]

    button(app, "Import").click().run()
    run = app.query_params["run"]
    app = ended(app)
    assert numbers(app) == {"Rows read": "240", "Kept": "240", "Left out": "0", "New users": "40"}
    assert primary(app) == ["Learn embeddings from the interactions"]
    assert not list((folder / "uploads").iterdir())
    assert numbers(visit("data", run=run)) == numbers(app)

    app = visit("data")
    assert primary(app) == ["Learn embeddings"]
    assert numbers(app)["With embeddings"] == "0.0 %"
    button(app, "Learn embeddings").click().run()
    app = ended(app)
    assert "40 users have embeddings" in app.success[0].value

    app = visit("data")
    assert numbers(app)["With embeddings"] == "100.0 %"
    assert primary(app) == []
    assert app.dataframe[1].value["source"].tolist() == ["240 interactions"]


def test_columns_that_are_not_recognised_are_asked_for(folder, visit, ended):
    content = INTERACTIONS.replace(b"user_id,item_id", b"Besucher,item_id")
    app = uploaded(visit("data"), "clicks.csv", content)
    assert button(app, "Import").disabled
    app.selectbox[0].select("Besucher").run()
    button(app, "Import").click().run()
    assert numbers(ended(app))["Kept"] == "240"


def test_a_column_that_could_be_two_is_asked_for(folder, visit, ended):
    content = "uid,member_id,item_id\n1,a,x\n2,b,x\n"
    app = uploaded(visit("data"), "clicks.csv", content.encode())
    assert app.selectbox[0].options == ["uid", "member_id"]
    app.selectbox[0].select("member_id").run()
    button(app, "Import").click().run()
    ended(app)
    with Workspace.open(folder).cursor() as cursor:
        assert cursor.execute("SELECT user_id FROM users ORDER BY row").fetchall() == [("a",), ("b",)]


def test_what_was_left_out_is_shown_with_its_rows(folder, visit, ended):
    content = "user_id,item_id,value\na,x,1\n,y,1\nb,y,many\n"
    app = uploaded(visit("data"), "clicks.csv", content.encode())
    button(app, "Import").click().run()
    app = ended(app)
    assert numbers(app)["Left out"] == "2"
    reasons = app.dataframe[0].value.set_index("reason")["examples"]
    assert reasons.to_dict() == {
        "user_id is empty": "row 3",
        "value is not a number": "row 4: 'many'",
    }


def test_a_failed_import_says_why_and_leads_back(folder, visit, ended):
    app = visit("data")
    app.segmented_control(key="import kind").set_value("engagement").run()
    app = uploaded(app, "metrics.csv", b"user_id,plan\na,gold\n")
    button(app, "Import").click().run()
    app = ended(app)
    assert "no column of numbers" in app.error[0].value
    assert not list((folder / "uploads").iterdir())
    button(app, "Choose the file again").click().run()
    assert "run" not in app.query_params
    assert app.file_uploader


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "picture.csv is a picture"),
        ("sheet.csv", b"PK\x03\x04....", "sheet.csv is a zip archive"),
        ("../../up.csv", b"a,a\n1,2\n", "../../up.csv names a column more than once"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(folder, visit, name, content, message):
    app = uploaded(visit("data"), name, content)
    assert message in app.error[0].value
    assert "Import" not in [one.label for one in app.button]


def test_a_file_on_the_server_is_imported_where_it_lies(folder, visit, ended, tmp_path):
    file = tmp_path / "clicks.csv"
    file.write_bytes(INTERACTIONS)
    app = visit("data")
    app.segmented_control(key="import from").set_value("A file on the server").run()
    app.text_input[0].set_value("/etc/passwd").run()
    assert "not the path of a table" in app.error[0].value
    app.text_input[0].set_value(str(file)).run()
    button(app, "Import").click().run()
    assert numbers(ended(app))["Kept"] == "240"
    assert file.exists()


def test_new_interactions_make_learning_the_next_step_again(ready, visit):
    with Workspace.open(ready) as workspace:
        learning.carry_out(workspace, learning.ask(workspace))
        assert primary(visit("data")) == []
        with workspace.write() as cursor:
            cursor.execute("INSERT INTO interactions (row, item_id) VALUES (0, 'new')")
        assert primary(visit("data")) == ["Learn embeddings"]


def test_a_run_of_another_page_and_a_wrong_one_are_sentences(ready, visit):
    with Workspace.open(ready) as workspace:
        other = runs.create(workspace, "expand", "A list", {})
    assert "run of another page" in visit("data", run=other).error[0].value
    assert "There is no run" in visit("data", run="nothing").error[0].value


def test_an_interrupted_import_says_so(ready, visit):
    with Workspace.open(ready) as workspace:
        run = runs.create(workspace, "import", "Import users from a.csv", {"path": "a", "name": "a"})
    app = visit("data", run=run)  # opening the workspace marks what was under way
    assert "The server stopped" in app.warning[0].value
    assert primary(app) == ["Choose the file again"]


def test_uploads_that_nobody_imported_are_forgotten(folder, visit):
    app = uploaded(visit("data"), "first.csv", INTERACTIONS)
    (left,) = (folder / "uploads").iterdir()
    os.utime(left, (time.time() - 90_000,) * 2)
    uploaded(visit("data"), "second.csv", INTERACTIONS)
    (kept,) = (folder / "uploads").iterdir()
    assert kept != left
    app.run()  # the browser still holds it
    assert not app.error
    assert button(app, "Import")


def test_the_snapshot_table_counts_as_the_workspace_does(ready, visit):
    shown = visit("data").dataframe[1].value
    with Workspace.open(ready) as workspace:
        (held,) = snapshots.snapshots(workspace)
    assert shown[["id", "users", "columns"]].to_numpy().tolist() == [[held.id, held.users, held.dim]]


def chosen(app, kind: str, name: str, content: bytes):
    app.segmented_control(key="import kind").set_value(kind).run()
    return uploaded(app, name, content)


def test_a_workbook_is_imported_like_any_table(folder, visit, ended):
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in (["user_id", "clicks"], ["007", 3], [8, 4]):
        book.active.append(row)
    book.save(held)
    app = chosen(visit("data"), "engagement", "metrics.xlsx", held.getvalue())
    assert app.dataframe[0].value.to_numpy().tolist() == [["007", "3"], ["8", "4"]]
    button(app, "Import").click().run()
    assert numbers(ended(app))["New users"] == "2"


def test_the_report_says_what_was_new_and_what_was_there(folder, visit, ended):
    for expected in (
        ("0", "240 interactions new"),
        ("0", "0 interactions new, 0 changed, 240 the same"),
    ):
        app = uploaded(visit("data"), "clicks.csv", INTERACTIONS)
        button(app, "Import").click().run()
        app = ended(app)
        assert (numbers(app)["Left out"], expected[1] in texts(app)) == (expected[0], True)


def test_every_kind_has_a_template_that_can_be_imported(workspace, tmp_path):
    assert set(TEMPLATES) == set(KINDS)
    for kind, text in TEMPLATES.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        report = import_table(workspace, kind, [path])
        assert (report.rows, report.kept, report.rejected, report.noticed) == (2, 2, (), ())


def test_the_tables_show_coverage_and_freshness(ready, visit):
    shown = visit("data").dataframe[0].value.set_index("Table")
    assert shown.loc["Users", ["Rows", "Users covered", "Of all users"]].tolist() == [
        480,
        480,
        "100.0 %",
    ]
    assert shown.loc["Users", "Newest"] == "01 May 2024, 00:00 UTC"
    assert shown.loc["Items", ["Rows", "Of all users", "Newest"]].tolist() == [0, "–", "–"]
    assert pd.isna(shown.loc["Items", "Users covered"])


def test_a_set_of_embeddings_is_removed_after_a_confirmation(ready, visit):
    app = visit("data")
    assert button(app, "Remove").disabled
    app.selectbox(key="remove snapshot").select_index(0).run()
    assert button(app, "Remove").disabled
    app.checkbox(key="remove for good").check().run()
    button(app, "Remove").click().run()
    assert not app.exception
    assert "There are none yet" in texts(app)
    with Workspace.open(ready) as workspace:
        assert snapshots.snapshots(workspace) == []


def test_a_user_is_forgotten_after_a_confirmation(ready, visit):
    app = visit("data")
    app.text_input(key="forget user").set_value("u000").run()
    assert button(app, "Forget").disabled
    app.checkbox(key="forget for good").check().run()
    button(app, "Forget").click().run()
    assert not app.exception
    assert "1 user is forgotten" in app.success[0].value
    assert numbers(app)["Users"] == "479"
    assert app.text_input(key="forget user").value == ""
    with Workspace.open(ready).cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM users WHERE user_id = 'u000'").fetchone() == (0,)
        assert "u000" not in str(cursor.execute("FROM audit").fetchall())


def test_a_user_is_not_forgotten_while_a_run_is_under_way(ready, visit):
    app = visit("data")
    app.text_input(key="forget user").set_value("u000").run()
    app.checkbox(key="forget for good").check().run()
    with Workspace.open(ready) as workspace:
        run = runs.create(workspace, "expand", "Fans", {})
        button(app, "Forget").click().run()
        assert "under way" in app.error[0].value
        runs.cancel_queued(workspace, run)


def test_an_interrupted_forgetting_is_offered_to_be_finished(ready, visit):
    with Workspace.open(ready) as workspace, workspace.write() as cursor:
        note = json.dumps({"rows": [0], "tables": ["users"]})
        cursor.execute("INSERT INTO meta VALUES (?, ?)", [forgetting.UNFINISHED, note])
    app = visit("data")
    assert "was interrupted" in app.warning[0].value
    button(app, "Finish it").click().run()
    assert not app.exception
    assert not app.warning
