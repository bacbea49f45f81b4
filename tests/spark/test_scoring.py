"""On Spark the same audiences come out as on one machine, however the work is divided."""

from __future__ import annotations

import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadInput
from lookalike.methods.ridge import Head
from lookalike.methods.stored import Stored
from lookalike.spark import Asked, score
from lookalike.spark.scoring import _Group
from tests.spark.worlds import LISTS, check_same, written

WIDTH = 3


@pytest.fixture
def folder(tmp_path):
    """A folder that takes tables of users."""

    def write(table: pa.Table, about: str | None = None) -> str:
        shutil.rmtree(tmp_path / "given", ignore_errors=True)
        (tmp_path / "given" / "users").mkdir(parents=True)
        pq.write_table(table, tmp_path / "given" / "users" / "part.parquet")
        if about is not None:
            (tmp_path / "given" / "about.json").write_text(about, "utf-8")
        return str(tmp_path / "given")

    return write


def users(count: int = 40, first: int = 0) -> dict[str, pa.Array]:
    """Vectors alone, as another system may write them; the first column falls from user to user."""
    rows = np.arange(first, first + count, dtype=np.int32)
    vectors = np.zeros((count, WIDTH), np.float32)
    vectors[:, 0] = -rows
    return {
        "row": pa.array(rows),
        "user_id": pa.array([f"id {row}" for row in rows]),
        "vector": pa.array(vectors.tolist(), pa.list_(pa.float32())),
    }


def first_column(size: float = 5, without: tuple[int, ...] = (), name: str = "list") -> Asked:
    head = Head(np.array([1, 0, 0], np.float32))
    return Asked(name, Stored(head, (), {}), size, np.array(without, np.int32))


def test_twenty_lists_get_the_audiences_of_one_machine(spark, world, tmp_path):
    done = score(spark, world.asked, str(world.users), str(tmp_path / "out"))
    assert (done.eligible, done.short, done.again) == (world.eligible, (), ())
    assert done.rows == {name: len(ids) for name, (ids, _) in world.audiences.items()}
    check_same(world, tmp_path / "out")


def test_in_groups_and_with_a_sample_they_are_the_same(spark, world, tmp_path):
    out = str(tmp_path / "out")
    done = score(spark, world.asked, str(world.users), out, lists_at_once=LISTS // 2 + 1, sample=50)
    assert done.rows == {name: len(ids) for name, (ids, _) in world.audiences.items()}
    check_same(world, tmp_path / "out")


def test_a_run_that_stopped_is_told_from_one_that_ended(spark, folder, tmp_path, monkeypatch):
    write, sent = _Group.write, []

    def stopping(group, out, mode, last):
        write(group, out, mode, last)
        sent.extend(group.sent)
        raise RuntimeError("no power")

    given, out = folder(pa.table(users())), str(tmp_path / "out")
    asked = [first_column(name="one"), first_column(name="two")]
    with monkeypatch.context() as patched:
        patched.setattr(_Group, "write", stopping)
        with pytest.raises(RuntimeError, match="no power"):
            score(spark, asked, given, out, lists_at_once=1)
    assert written(tmp_path / "out").keys() == {"one"}
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    # what was sent to the executors is gone from them, however a group ends
    assert [one._jbroadcast.isValid() for one in sent] == [False]
    with pytest.raises(BadInput, match=r"out exists already and holds no _SUCCESS: a run .* stopped"):
        score(spark, asked, given, out, lists_at_once=1)
    score(spark, asked, given, out, lists_at_once=1, overwrite=True)
    assert (tmp_path / "out" / "_SUCCESS").exists()
    assert written(tmp_path / "out").keys() == {"one", "two"}
    with pytest.raises(BadInput, match=r"out exists already\. Choose another"):
        score(spark, asked, given, out)


def test_a_list_whose_sample_misled_is_scored_again(spark, world, tmp_path, monkeypatch):
    def too_high(group, plan):
        floors = plan.floors.copy()
        floors[[1, 4]] = [world.audiences[world.asked[place].name][1][0] for place in (1, 4)]
        return floors

    monkeypatch.setattr("lookalike.spark.scoring._Group.floors", too_high)
    done = score(spark, world.asked, str(world.users), str(tmp_path / "out"), sample=50)
    assert done.again == (world.asked[1].name, world.asked[4].name)
    check_same(world, tmp_path / "out")


def test_vectors_alone_will_do_and_nobody_of_the_list_is_in_its_audience(spark, folder, tmp_path):
    asked = [first_column(without=(3, 0)), first_column(0.05, name="a/b: c=d%")]
    done = score(spark, asked, folder(pa.table(users())), str(tmp_path / "out"))
    assert done.rows == {"list": 5, "a/b: c=d%": 2}
    found = written(tmp_path / "out")
    assert found["list"]["user_id"].to_pylist() == [f"id {row}" for row in (1, 2, 4, 5, 6)]
    assert found["a/b: c=d%"]["user_id"].to_pylist() == ["id 0", "id 1"]


def test_only_the_eligible_are_taken_and_counted(spark, folder, tmp_path):
    table = pa.table(users() | {"eligible": pa.array([row % 2 == 1 for row in range(40)])})
    done = score(spark, [first_column(0.1)], folder(table), str(tmp_path / "out"))
    assert (done.eligible, done.rows) == (20, {"list": 2})
    assert written(tmp_path / "out")["list"]["user_id"].to_pylist() == ["id 1", "id 3"]


def test_where_there_are_too_few_it_says_so(spark, folder, tmp_path):
    done = score(spark, [first_column(40, (1, 2))], folder(pa.table(users())), str(tmp_path / "out"))
    assert (done.rows, done.short) == ({"list": 38}, ("list",))


def test_a_folder_is_replaced_only_when_asked(spark, folder, tmp_path):
    given, out = folder(pa.table(users())), tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("kept", "utf-8")
    with pytest.raises(BadInput, match=r"out exists already .*is of another kind\. .*--overwrite"):
        score(spark, [first_column()], given, str(out))
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    score(spark, [first_column()], given, str(out), overwrite=True)
    assert written(out).keys() == {"list"}


def _with(**columns):
    return pa.table(users() | columns)


BAD = {
    "no id": (pa.table(users()).drop_columns(["user_id"]), "no column 'user_id'; they have row, vector"),
    "of another kind": (_with(row=pa.array([str(row) for row in range(40)])), "is string; int was"),
    "doubles": (
        _with(vector=users()["vector"].cast(pa.list_(pa.float64()))),
        "'vector' of the users' files is array<double>; array<float> or binary was",
    ),
    "another width": (_with(vector=pa.array([[1.0, 2.0]] * 40, pa.list_(pa.float32()))), "have 2"),
    "seen by a task alone": (
        _with(vector=pa.array([[1.0, 2.0, 3.0]] * 39 + [[1.0, np.nan, 1.0]], pa.list_(pa.float32()))),
        "user in row 39 holds something that is not a number",
    ),
    "a row twice": (_with(row=pa.array([0, 0, *range(2, 40)], pa.int32())), "The row 0 stands for two"),
    "nobody": (_with(eligible=pa.array([False] * 40)), "No user in .* is eligible"),
}


@pytest.mark.parametrize(("table", "said"), BAD.values(), ids=BAD)
def test_users_that_cannot_be_used_are_refused_in_a_sentence(spark, folder, tmp_path, table, said):
    with pytest.raises(BadInput, match=said):
        score(spark, [first_column()], folder(table), str(tmp_path / "out"))
    assert not any((tmp_path / "out").glob("list=*"))


def test_what_is_asked_is_checked_before_anything_is_scored(spark, folder, tmp_path):
    given, out = folder(pa.table(users())), str(tmp_path / "out")
    with pytest.raises(BadInput, match="asked for 41 users; 40 in the files"):
        score(spark, [first_column(41)], given, out)
    with pytest.raises(BadInput, match=r"no Parquet files of users in .*nowhere"):
        score(spark, [first_column()], str(tmp_path / "nowhere"), out)
    with pytest.raises(BadInput, match=r"about\.json beside the users is not"):
        score(spark, [first_column()], folder(pa.table(users()), "{}"), out)
    assert not (tmp_path / "out").exists()
