"""Importing a file as a run: the report is kept, the upload is not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lookalike import intake, runs, uploads
from lookalike.errors import BadInput, Cancelled
from lookalike.progress import Progress

ROWS = "user_id,item_id,value\na,x,1\n,x,1\nb,y,many\nb,y,2\n".encode("utf-16")


def counted(workspace) -> int:
    with workspace.cursor() as cursor:
        return cursor.execute("SELECT count(*) FROM interactions").fetchone()[0]


def test_a_run_keeps_the_report_and_removes_the_upload(workspace):
    path = intake.receive(workspace, "clicks.csv", ROWS)
    run = intake.ask(workspace, "interactions", path, {}, "clicks.csv")
    assert runs.get(workspace, run).title == "Import interactions from clicks.csv"
    done = intake.carry_out(workspace, run)
    kept = runs.get(workspace, run)
    assert kept.status == "done"
    assert intake.report_of(kept) == done
    assert (done.rows, done.kept, done.created_users) == (4, 2, 2)
    assert done.notes == ("clicks.csv was read as utf-16.",)
    assert not path.exists()


def test_a_failed_run_speaks_of_the_file_by_its_name(workspace):
    path = intake.receive(workspace, "clicks.csv", b"who\na\n")
    run = intake.ask(workspace, "interactions", path, {}, "clicks.csv")
    with pytest.raises(BadInput, match=r"^clicks\.csv has no column 'user_id'"):
        intake.carry_out(workspace, run)
    assert runs.get(workspace, run).message.startswith("clicks.csv has no column")
    assert not path.exists()


def test_a_cancelled_run_leaves_nothing(workspace):
    path = intake.receive(workspace, "clicks.csv", ROWS)
    run = intake.ask(workspace, "interactions", path, {}, "clicks.csv")
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        intake.carry_out(workspace, run, Progress(None, lambda: next(answers)))
    assert runs.get(workspace, run).status == "cancelled"
    assert counted(workspace) == 0
    assert not path.exists()


def test_a_file_on_the_server_stays(workspace, tmp_path):
    path = tmp_path / "clicks.csv"
    path.write_bytes(ROWS)
    intake.carry_out(workspace, intake.ask(workspace, "interactions", path, {}))
    assert counted(workspace) == 2
    assert path.exists()


def test_a_waiting_import_keeps_its_file(workspace):
    waiting = intake.receive(workspace, "a.csv", ROWS)
    intake.ask(workspace, "interactions", waiting, {}, "a.csv")
    forgotten = intake.receive(workspace, "b.csv", ROWS)
    for path in (waiting, forgotten):
        os.utime(path, (time.time() - uploads.DAY - 1,) * 2)
    intake.receive(workspace, "c.csv", ROWS)
    assert waiting.exists()
    assert not forgotten.exists()


def test_a_look_calls_the_file_by_its_name(workspace):
    path = intake.receive(workspace, "clicks.csv", ROWS)
    seen = intake.look(path, "interactions", {}, "clicks.csv")
    assert seen.source == "clicks.csv"
    assert seen.sentence() == "Recognised: user_id, item_id, value. clicks.csv was read as utf-16."
    with pytest.raises(BadInput, match=r"^clicks\.csv has no column 'zz'"):
        intake.look(path, "interactions", {"user_id": "zz"}, "clicks.csv")


@pytest.mark.parametrize("text", ["/etc/passwd", "table.csv", "/data/key.pem", " "])
def test_only_whole_paths_of_tables_are_taken(text):
    with pytest.raises(BadInput, match="path"):
        intake.at(text)


def test_a_typed_path_may_have_spaces_around_it():
    assert intake.at(" /data/table.PARQUET ") == Path("/data/table.PARQUET")


def test_an_unknown_kind_is_refused_before_anything_is_entered(workspace, tmp_path):
    with pytest.raises(BadInput, match="'user' is not a kind"):
        intake.ask(workspace, "user", tmp_path / "a.csv", {})
    assert runs.recent(workspace) == []
