"""A forgotten person is in no table, no file and no free block; what is left still opens."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lookalike import (
    erasure,
    expansion,
    forgetting,
    mentions,
    past,
    priors,
    ranking,
    runs,
    seeds,
    uploads,
    vectors,
)
from lookalike.batch import keeping
from lookalike.contents import contents
from lookalike.errors import BadInput
from lookalike.importing import import_table, snapshots
from lookalike.one_pass import HELD, Reached
from lookalike.priors import HeadPrior
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import communities

ID = "Zoë.4711@mail"
ROW = 150  # one of the list "fans"
EMAIL = b"zoe-4711-mail"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Four communities, in which one person is everywhere a person can be."""
    folder = tmp_path_factory.mktemp("forgetting") / "ws"
    communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        _put_everywhere(workspace, folder)
        erasure.rewrite(workspace, _tables(workspace))
        with workspace.cursor() as cursor:
            cursor.execute("SET force_compression = 'uncompressed'")  # what is packed cannot be found
            cursor.execute("CHECKPOINT")
    return folder


@pytest.fixture
def folder(tmp_path, filled):
    shutil.copytree(filled, tmp_path / "ws")
    return tmp_path / "ws"


@pytest.fixture
def workspace(folder):
    with Workspace.open(folder, settings=Settings(threads=1)) as opened:
        yield opened


def _put_everywhere(workspace, folder):
    with workspace.write() as cursor:
        cursor.execute("ALTER TABLE users ADD COLUMN email VARCHAR")
        cursor.execute("UPDATE users SET user_id = ? WHERE row = ?", [ID, ROW])
        cursor.execute("UPDATE users SET email = ? WHERE row = ?", [EMAIL.decode(), ROW])
    bad = folder / "bad.csv"
    bad.write_text(f"user_id,clicks\n{ID},many\nu001,3\n{ID},4,5\n", "utf-8")
    report = import_table(workspace, "engagement", [bad])
    bad.unlink()
    run = runs.create(workspace, "import", "Import", {})
    runs.finish(workspace, run, report.report())
    bad = _vectors(folder)
    with pytest.raises(BadInput) as problem:
        import_table(workspace, "embeddings", [bad])
    bad.unlink()
    run = runs.create(workspace, "import", "Failed", {})
    with pytest.raises(BadInput), runs.under_way(workspace, run):
        raise problem.value
    features = folder / "features.csv"
    features.write_text(f"user_id,age\n{ID},41\nu001,20\n", "utf-8")
    import_table(workspace, "features", [features])
    features.unlink()
    order = np.array([(ROW, 3.0), (1, 2.0), (2, 1.0)], ranking.RANKED)
    ranking.save_ranking(workspace, "arun", ranking.Ranking(order, 3))
    keeping.save_ranking(workspace, "many", 0, order)
    keeping.save_state(workspace, "many", 0, "mark", Reached(10, [np.array([(ROW, 1.0)], HELD)]))
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO engagement (row, clicks) SELECT ?, 9", [ROW])
        cursor.execute("INSERT INTO audiences SELECT 1, 'arun', 'fans', now()::TIMESTAMP, '{}', 2, 'x'")
        cursor.execute(
            "INSERT INTO audience_members VALUES (1, ?, 1, 3, false), (1, 1, 2, 2, false)", [ROW]
        )
    past.save(workspace, _past())
    kept = HeadPrior(40, *(np.ones(1),) * 2, *(np.eye(1),) * 2, np.ones(1), np.eye(1))
    priors.save(workspace, snapshots.get(workspace), [], kept)
    vectors.load(workspace, snapshots.get(workspace))
    uploads.keep(workspace, "left.csv", f"user_id\n{ID}\n".encode())
    workspace.file_in("models", "pretraining-stopped.npz").write_bytes(b"networks that saw everybody")


def _vectors(folder):
    path = folder / "vectors.csv"
    path.write_text(f'user_id,vector\n{ID},"{ID}"\n', "utf-8")
    return path


def _past():
    two, view = np.array([2.0, 3.0]), np.ones((2, 1))
    return past.PastLists(
        1, ("one",), {}, two, two, view, view, np.ones((2, 1, 1)), (0.1,), two,
        np.array([4, ROW, 5, ROW, 6], np.int32), np.array([2, 5]),
    )  # fmt: skip


def _tables(workspace):
    with workspace.cursor() as cursor:
        return [name for (name,) in cursor.execute("SHOW TABLES").fetchall()]


def _quoting(workspace):
    """Tables in which the id, or the row, still stands."""
    found = set()
    with workspace.cursor() as cursor:
        for table in _tables(workspace):
            rows = cursor.execute(f"SELECT * FROM {table}").fetchall()
            cells = [str(cell) for row in rows for cell in row]
            if any(text in cell for cell in cells for text in (ID, json.dumps(ID)[1:-1])):
                found.add(table)
            names = [name for (name, *_) in cursor.execute(f"DESCRIBE {table}").fetchall()]
            if "row" in names and any(row[names.index("row")] == ROW for row in rows):
                found.add(table)
    return found


def _holding(folder, *needles):
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    }


def _needles(workspace):
    held = vectors.load(workspace, snapshots.get(workspace))
    place = held.positions(np.array([ROW], np.int32))[0]
    vector = np.array(held.matrix[place])
    return ID.encode(), json.dumps(ID)[1:-1].encode(), EMAIL, vector.tobytes()


def test_nothing_of_the_person_is_left_in_any_table_or_file(workspace, folder):
    needles = _needles(workspace)
    before = contents(workspace)
    assert _quoting(workspace) == {
        "users", "interactions", "features", "engagement", "seed_members", "audience_members",
        "embeddings_1", "runs",
    }  # fmt: skip
    for needle in needles:  # the search finds what is there
        assert "workspace.duckdb" in _holding(folder, needle)
    assert {"vectors/1.npy"} < _holding(folder, *needles)

    done = forgetting.forget(workspace, ID)

    assert _quoting(workspace) == set()
    assert _holding(folder, *needles) == set()
    assert done.users == 1
    assert done.rows == {
        "audience_members": 1, "embeddings_1": 1, "engagement": 2, "features": 1, "interactions": 10,
        "seed_members": 1, "users": 1,
    } | {"interactions": before.interactions - contents(workspace).interactions}  # fmt: skip
    assert ID not in repr(done)
    assert not list(workspace.folder("uploads").iterdir())
    assert not list(workspace.folder("models").glob("pretraining-*"))
    assert not forgetting.unfinished(workspace)


def test_what_is_left_is_as_it_was_less_one(workspace):
    before, embedded = contents(workspace), snapshots.get(workspace).users
    everybody = vectors.load(workspace, snapshots.get(workspace))
    forgetting.forget(workspace, ID)
    after = contents(workspace)
    assert (after.users, snapshots.get(workspace).users) == (before.users - 1, embedded - 1)
    held = vectors.load(workspace, snapshots.get(workspace))
    stays = everybody.rows != ROW
    np.testing.assert_array_equal(held.rows, everybody.rows[stays])
    np.testing.assert_array_equal(held.matrix, everybody.matrix[stays])
    assert ranking.load_ranking(workspace, "arun", 3).candidates["row"].tolist() == [1, 2]
    assert keeping.ranking(workspace, "many", 0)["row"].tolist() == [1, 2]
    assert keeping.state(workspace, "many", 0, "mark") is None
    assert priors.load(workspace, snapshots.get(workspace), []) is None  # means over users, too
    lists = past.load(workspace, 1)
    assert (lists.members.tolist(), lists.ends.tolist()) == ([4, 5, 6], [1, 3])
    with workspace.cursor() as cursor:
        assert cursor.execute("SELECT users FROM audiences").fetchone() == (1,)
        assert cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%filler%'"
                              ).fetchone() == (0,)  # fmt: skip


def test_a_row_is_never_given_out_again(workspace, tmp_path):
    with workspace.cursor() as cursor:
        (last,) = cursor.execute("SELECT user_id FROM users ORDER BY row DESC LIMIT 1").fetchone()
    forgetting.forget(workspace, [ID, last])
    path = tmp_path / "u.csv"
    path.write_text(f"user_id\n{last}\n")
    import_table(workspace, "users", [path])
    with workspace.cursor() as cursor:
        assert cursor.execute("SELECT row FROM users WHERE user_id = ?", [last]).fetchone() == (480,)


def test_an_expansion_opens_afterwards(workspace):
    spec = expansion.Spec(seed_list="fans", method="centroid", splits=2)
    result = expansion.carry_out(workspace, expansion.ask(workspace, spec))
    best = result.ranking.candidates["row"][0]
    count = len(result.ranking)
    with workspace.cursor() as cursor:
        (name,) = cursor.execute("SELECT user_id FROM users WHERE row = ?", [int(best)]).fetchone()
        (fan,) = cursor.execute(
            "SELECT user_id FROM users JOIN seed_members USING (row) JOIN seed_lists "
            "ON list = id AND name = 'fans' ORDER BY row LIMIT 1"
        ).fetchone()
    forgetting.forget(workspace, [name, fan])
    again = expansion.load(workspace, result.run.id)
    assert len(again.ranking) == count - 1
    assert again.ranking.candidates["row"][0] != best
    assert again.audience(10).rows == 10
    assert len(seeds.load(workspace, "fans").rows) == 39
    repeated = expansion.carry_out(workspace, expansion.ask(workspace, spec))
    assert len(repeated.ranking) >= count - 1


def test_an_unknown_user_is_a_sentence_and_changes_no_row(workspace):
    before = contents(workspace)
    done = forgetting.forget(workspace, "nobody")
    assert done.sentence() == "1 id was not known here, so there was nothing to forget of it."
    assert contents(workspace) == before
    with pytest.raises(BadInput, match="no user to forget"):
        forgetting.forget(workspace, [])


def test_nobody_is_forgotten_while_a_run_could_write_them_down_again(workspace):
    run = runs.create(workspace, "expand", "Expand fans", {})
    with pytest.raises(BadInput, match="'Expand fans' is under way"):
        forgetting.forget(workspace, ID)
    assert "users" in _quoting(workspace)
    runs.cancel_queued(workspace, run)
    assert forgetting.forget(workspace, ID).users == 1


KILLED = """
import os, signal, sys
from lookalike import erasure, forgetting
from lookalike.workspace import Workspace

module, name = {"files": (forgetting, "_files"), "tables": (erasure, "rewrite"),
                "blocks": (erasure, "_free")}[sys.argv[2]]
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, killed)
forgetting.forget(Workspace.open(sys.argv[1]), sys.argv[3])
"""


@pytest.mark.parametrize("where", ["files", "tables", "blocks"])
def test_killed_in_the_middle_it_is_finished_by_the_next_call(folder, where):
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        needles = _needles(workspace)
    command = [sys.executable, "-c", KILLED, str(folder), where, ID]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -9
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        assert forgetting.unfinished(workspace)
        again = forgetting.forget(workspace, ID)
        assert (again.users, again.resumed) == (0, True)
        assert "interrupted has been finished" in again.sentence()
        assert _quoting(workspace) == set()
        assert ranking.load_ranking(workspace, "arun", 3).candidates["row"].tolist() == [1, 2]
    assert _holding(folder, *needles) == set()


@pytest.mark.parametrize(
    ("text", "ids", "expected"),
    [
        ("row 3: 'u1'", ["u1"], "row 3: '(forgotten)'"),
        ("u1 is no user", ["u1"], "u1 is no user"),  # may be any word
        ("member-77 is no user", ["member-77"], "(forgotten) is no user"),
        ("member-778 is another", ["member-77"], "member-778 is another"),
        ({"examples": ["row 3: 'u1,4,5'"]}, ["u1"], {"examples": ["row 3: '(forgotten),4,5'"]}),
        ({"examples": ["row 3: 'x'"]}, ["3"], {"examples": ["row 3: 'x'"]}),
        ({"user_ids": ["7", "8"]}, ["7"], {"user_ids": ["(forgotten)", "8"]}),
        ({"rows": 7, "method": "7"}, ["7"], {"rows": 7, "method": "7"}),
        ("row 2: " + repr("x" * 60), ["x" * 70], "row 2: '(forgotten)'"),
    ],
)  # fmt: skip
def test_what_counts_as_a_mention(text, ids, expected):
    assert mentions.blanked(text, mentions.Wanted.of(ids)) == expected


def test_many_ids_are_looked_for_at_once():
    """A pattern an id and text would take hours for some thousand ids."""
    ids = [f"user-{number:05d}" for number in range(20_000)]
    points = [{"seed_list": f"list {n}", "note": "nothing of anybody"} for n in range(200)]
    assert mentions.quoting(points, ids) == []
    assert mentions.quoting({"examples": ["row 3: user-19999"]}, ids) == ["user-19999"]
    assert mentions.quoting(['a "b\\ü'], ['"b\\ü']) == ['"b\\ü']


def test_older_copies_that_still_hold_somebody_are_named(folder, workspace):
    (workspace.path / "workspace.duckdb.v1.bak").write_bytes(b"")
    (workspace.folder("backups") / "monday.zip").write_bytes(b"")
    with workspace.cursor() as cursor:
        (user,) = cursor.execute("SELECT user_id FROM users ORDER BY row LIMIT 1").fetchone()
    done = forgetting.forget(workspace, user)
    assert done.copies == ("backups/monday.zip", "workspace.duckdb.v1.bak")
    assert "yours to remove: backups/monday.zip, workspace.duckdb.v1.bak" in done.sentence()
