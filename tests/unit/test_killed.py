"""Killed in the middle: the workspace opens again, and nothing half-written passes as done.

Each child says when it is in the middle of its work, and stands still there until it is killed.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lookalike import runs
from lookalike.contents import contents
from lookalike.errors import BadInput
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.fuzz import kills, stopping

from .worlds import add_users, add_vectors, communities, save_list

HERE = """
import sys, time
from lookalike.workspace import Workspace

def here():
    print("here", flush=True)
    time.sleep(60)

workspace = Workspace.open(sys.argv[1])
"""

IMPORT = """
import pyarrow as pa
from lookalike.importing import import_table
from lookalike.progress import Progress

def told(update):
    if update.fraction == 1:  # everything is written, nothing is committed
        here()

table = pa.table({"user_id": [f"new{n}" for n in range(5000)], "item_id": ["i"] * 5000})
import_table(workspace, "interactions", [table], progress=Progress(told))
"""

RUN = """
from lookalike import ranking, runs

run = runs.create(workspace, "expand", "killed", {})
with runs.under_way(workspace, run):
    runs.keep_epochs(workspace, run, [0.5, 0.25])
    nobody = ranking.Ranking(ranking.np.empty(0, ranking.RANKED), 1)
    ranking.np.save = lambda handle, _: (handle.write(b"half of it"), handle.flush(), here())
    ranking.save_ranking(workspace, run, nobody)
"""

EXPORT = """
import os
from pathlib import Path

import pyarrow as pa
from lookalike import export

os.fsync = lambda _: here()  # written, not yet under its name
members = pa.table({
    "row": pa.array([0, 1], pa.int32()),
    "score": pa.array([1.0, 0.5], pa.float32()),
    "rank": pa.array([1, 2], pa.int32()),
    "percentile": [100.0, 50.0],
})
export.write(workspace, members, export.template("csv"), Path(sys.argv[2]))
"""

COMPARE = """
from lookalike import comparison
from lookalike.progress import Progress

def told(update):
    if update.message.startswith("List 2"):  # one list is through, the next is under way
        here()

spec = comparison.Spec(("kept", "also", "third"), ("centroid", "random"), splits=2)
comparison.carry_out(workspace, comparison.ask(workspace, spec), Progress(told))
"""


@pytest.fixture
def folder(tmp_path):
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace:
        add_users(workspace, ["a", "b", "c"])
        add_vectors(workspace, [[0.0], [1.0], [2.0]])
        save_list(workspace, "kept", [0, 1, 2])
    return tmp_path / "ws"


def _kill_in_the_middle(code, *arguments):
    command = [sys.executable, "-c", HERE + code, *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        said = child.stdout.readline()
        assert said == b"here\n", child.stderr.read().decode()
    finally:
        child.kill()
        child.communicate()


def _reopened(folder):
    return Workspace.open(folder, settings=Settings(threads=1))


def _what_was_there_is_there(workspace):
    found = contents(workspace)
    assert (found.users, found.embedded, found.seed_lists) == (3, 3, 1)


def test_during_an_import_nothing_of_it_is_kept(folder):
    _kill_in_the_middle(IMPORT, folder)
    with _reopened(folder) as workspace:
        _what_was_there_is_there(workspace)
        assert contents(workspace).interactions == 0
        with workspace.write() as cursor:  # and it can be written again
            cursor.execute("INSERT INTO users (row, user_id) VALUES (3, 'd')")
    with _reopened(folder) as workspace:
        assert contents(workspace).users == 4


def test_during_a_run_it_is_interrupted_and_its_half_file_swept(folder):
    _kill_in_the_middle(RUN, folder)
    left = [path.name for path in (folder / "scores").iterdir()]
    assert len(left) == 1
    assert left[0].endswith(".partial")
    with _reopened(folder) as workspace:
        _what_was_there_is_there(workspace)
        (run,) = runs.recent(workspace)
        assert (run.title, run.status, run.metrics) == ("killed", "interrupted", {})
        assert run.finished is not None
        assert list((folder / "scores").iterdir()) == []
        from lookalike import expansion

        with pytest.raises(BadInput, match="not a finished expansion: expand, interrupted"):
            expansion.load(workspace, run.id)


def test_a_comparison_goes_on_after_the_lists_that_it_was_through_with(tmp_path):
    from lookalike import comparison, tested
    from lookalike.progress import Progress

    rng = np.random.default_rng(0)
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace:
        add_users(workspace, [f"u{row}" for row in range(60)])
        add_vectors(workspace, rng.normal(size=(60, 3)))
        for name in ("kept", "also", "third"):
            save_list(workspace, name, rng.choice(60, 10, replace=False))
    _kill_in_the_middle(COMPARE, tmp_path / "ws")
    with _reopened(tmp_path / "ws") as workspace:
        (run,) = runs.recent(workspace)
        assert (run.kind, run.status) == ("compare", "interrupted")
        assert list(tested.kept(workspace, run.id)) == ["kept"]
        heard = []
        comparison.go_on(workspace, run.id)
        resumed = comparison.carry_out(workspace, run.id, Progress(heard.append))
        done = [update.facts["seed_list"] for update in heard if "seed_list" in update.facts]
        assert done == ["also", "third"]
        whole = comparison.carry_out(workspace, comparison.ask(workspace, resumed.spec))
        assert resumed.points() == whole.points()
        assert resumed.findings() == whole.findings()


@pytest.mark.parametrize("there", [False, True])
def test_during_an_export_no_half_file_stands_under_its_name(folder, there):
    target = folder / "exports" / "audience.csv"
    target.parent.mkdir()
    if there:
        target.write_text("yesterday's")
    _kill_in_the_middle(EXPORT, folder, target)
    assert target.exists() == there
    assert [path for path in target.parent.iterdir() if path.name.endswith(".partial")]
    with _reopened(folder) as workspace, workspace.cursor() as cursor:
        _what_was_there_is_there(workspace)
        assert cursor.execute("SELECT count(*) FROM audiences").fetchone() == (0,)
    left = [path.read_text() for path in target.parent.iterdir()]
    assert left == (["yesterday's"] if there else [])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A workspace with lists, embeddings and one finished expansion, and what is in it."""
    folder = tmp_path_factory.mktemp("trained") / "ws"
    communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        stopping.expand(workspace)
    return folder, stopping.state(folder)


def _after_kills(work, trained, folder):
    """Kill a work at each of its write points in turn; yield the point and what is there then."""
    for at in itertools.count(1):
        shutil.copytree(trained[0], folder / str(at))
        point = stopping.killed(folder / str(at), work, at, folder / "told")
        yield point, stopping.state(folder / str(at))
        shutil.rmtree(folder / str(at))
        if not point:
            return


@pytest.mark.parametrize("work", ["import users", "import interactions", "import embeddings",
                                  "import features", "import engagement", "import items",
                                  "save a list"])  # fmt: skip
def test_what_is_one_transaction_is_there_whole_or_not_at_all(work, trained, tmp_path):
    before = trained[1]
    found = list(_after_kills(work, trained, tmp_path))
    assert [point for point, _ in found] == ["before a commit", "after a commit", ""]
    assert found[0][1] == before
    assert found[1][1] == found[2][1] != before


def test_a_training_counts_as_done_only_after_its_last_store_step(trained, tmp_path):
    found = list(_after_kills("expand", trained, tmp_path))
    assert {point for point, _ in found} == {
        "before a commit", "after a commit", "before a file has its name",
        "after a file has its name", "",
    }  # fmt: skip
    assert [after["done"] for _, after in found] == [1] * (len(found) - 2) + [2, 2]
    # what it stores on the way belongs to a run that is not done, and changes nothing else
    assert {after["tables"] for _, after in found} == {trained[1]["tables"]}


def test_an_export_is_recorded_only_once_its_file_is_there(trained, tmp_path):
    found = list(_after_kills("export", trained, tmp_path))
    points = [point for point, _ in found]
    assert points[:2] == ["before a file has its name", "after a file has its name"]
    assert [after["tables"] == trained[1]["tables"] for _, after in found] == [
        *[True] * (len(found) - 2),
        False,
        False,
    ]


def test_kills_at_any_moment(tmp_path):
    # what each kill leaves is judged after it, by kills.check and stopping.state
    finished = kills.run(2, seed=1, folder=tmp_path / "ws", longest=1.0)
    assert all(count > 0 for count in finished.values())
