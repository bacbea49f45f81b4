"""What a user may do wrong, and the sentence that answers it: a table to read.

Tables of users, interactions and so on have a table of their own beside the tests of importing.
"""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from lookalike import contents, expansion, readout, runs, seeds, uploads, weighting
from lookalike.commands.options import pairs, seed_files
from lookalike.cutting import parse_size
from lookalike.errors import LookalikeError
from lookalike.importing import KINDS, import_table
from lookalike.importing.snapshots import get
from lookalike.settings import Settings
from lookalike.workspace import DATABASE, Workspace
from tests.fuzz import stopping

from .worlds import communities

ONE = Settings(threads=1)
USERS = [f"u{n:03d}" for n in range(120, 180)]
DROP = "x'); DROP TABLE users; --"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad") / "ws"
    communities(folder)
    with Workspace.open(folder, settings=ONE) as workspace:
        yield workspace


def _file(data):
    return lambda *_: seeds.parse(data, "seeds.csv")


def _list(ids):
    def expand(world, _):
        found = seeds.match(world, seeds.from_ids(ids), "mine")
        expansion.check_size(len(found.rows), found.report.rows)

    return expand


def _book(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _expand(**spec):
    return lambda world, _: expansion.ask(world, replace(expansion.Spec("fans"), **spec))


def _size(text):
    return lambda *_: parse_size(text)


def _import(kind, text, **how):
    def work(world, folder):
        (folder / "table.csv").write_text(text)
        import_table(world, kind, [folder / "table.csv"], **how)

    return work


def _experiment(text):
    def work(_, folder):
        (folder / "results.csv").write_text(text)
        readout(folder / "results.csv")

    return work


def _workspace(change):
    """Change a closed copy of the workspace and open it."""

    def work(world, folder):
        shutil.copytree(world.path, folder / "ws", ignore=shutil.ignore_patterns("*.wal"))
        change(folder / "ws")
        Workspace.open(folder / "ws", settings=ONE)

    return work


def _version(number):
    def change(folder):
        (folder / DATABASE).unlink()
        with Workspace.open(folder, create=True, settings=ONE) as made, made.write() as cursor:
            cursor.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", [number])

    return change


def _other_database(folder):
    (folder / DATABASE).unlink()
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 1 AS x")


SEED_FILES = {
    "nothing in the file": (_file(b""), "seeds.csv is empty. A seed list has one user id a line."),
    "blank lines alone": (_file(b"\n \n"), "seeds.csv is empty."),
    "a heading alone": (_file(b"user_id\n"), "seeds.csv holds no user ids. Below the heading 'user_id'"),
    "a PDF called .csv": (_file(b"%PDF-1.7"), "seeds.csv is a PDF document, not a list of user ids."),
    "an archive called .csv": (_file(b"PK\x03\x04"), "seeds.csv is a zip archive"),
    "a Parquet file called .csv": (_file(b"PAR1"), "seeds.csv is a Parquet file"),
    "a web page called .csv": (_file(b"<html>Sign in"), "seeds.csv is a web page"),
    "JSON called .csv": (_file(b'[{"id": 1}]'), "seeds.csv is a JSON file"),
    "an old Excel file": (
        _file(b"\xd0\xcf\x11\xe0"),
        "an old (.xls) or a password-protected Excel file",
    ),
    "zero bytes": (_file(b"u1\0u2"), "seeds.csv is not a text file: it holds zero bytes."),
    "half a UTF-16 character": (
        _file(b"\xff\xfeu\x001"),
        "begins as UTF-16 text but is none further on.",
    ),
    "an empty first sheet": (_file(_book()), "The first sheet of seeds.csv is empty."),
    "a damaged workbook": (_file(_book(("u1",))[:2_000]), "seeds.csv is a zip archive"),
    "2,000 columns": (_file((b"u1," * 2_000 + b"\n") * 2), "at most 1,000 are read"),
    "decimal commas between commas": (_file(b"id,x\n" + b"u1,1,5\n" * 9), "have a decimal comma"),
    "no id known": (_list(["x", "y", "z"]), "None of the 3 ids is a user of this workspace; at least 3"),
    "two ids": (_list(USERS[:2]), "The list has 2 ids; at least 3 are needed. Add more seeds."),
    "two ids known of many": (_list([*USERS[:2], *"abcdef"]), "Only 2 of 8 ids are users"),
    "the same id over and over": (_list([USERS[0]] * 50), "Only 1 of 50 ids are users"),
    "a path that is none": (
        lambda world, folder: seeds.match_file(world, folder / "gone.csv"),
        "gone.csv cannot be read: No such file or directory.",
    ),
    "a folder without seed files": (lambda _, folder: seed_files(folder), "holds no seed files."),
    "a list without a name": (
        lambda world, _: seeds.save(world, replace(seeds.load(world, "fans"), name=" ")),
        "The seed list has no name.",
    ),
    "a name that is taken": (
        lambda world, _: seeds.save(world, seeds.load(world, "fans")),
        "There is a seed list 'fans' already.",
    ),
    "a saved list that is none": (
        _expand(seed_list="fens"),
        "There is no seed list 'fens'. Did you mean",
    ),
}

METRICS = {
    "a metric that is none": (_expand(weight=("spent",)), "There is nothing called 'spent'"),
    "equal weights and a metric": (
        _expand(weight=("equal", "spend")),
        "Equal weights cannot be combined",
    ),
    "a kind that is none": (
        lambda *_: weighting.transform(np.ones(3), "share"),
        "A metric's kind is 'share'; it must be count or rate.",
    ),
    "a table of metrics without numbers": (
        _import("engagement", "user_id,town\nu1,Bonn\n"),
        "There is no column of numbers beside user_id.",
    ),
    "a metric called row": (
        _import("engagement", "user_id,row\nu1,1\n"),
        "A metric cannot be called 'row'.",
    ),
}

CHOICES = {
    "a size in words": (_size("many"), "'many' is not an audience size. Write a share"),
    "a size of nothing": (_size(""), "'' is not an audience size."),
    "a size of none": (_size("0"), "'0' is not an audience size."),
    "a size below none": (_size("-5"), "'-5' is not an audience size."),
    "more than all": (_size("120%"), "'120%' is not an audience size."),
    "a decimal comma": (_size("2,5%"), "'2,5%' is not an audience size."),
    "a size without end": (_size("nan"), "'nan' is not an audience size."),
    "a method that is none": (_expand(method="logistik"), "Did you mean 'logistic'?"),
    "embeddings that are none": (_expand(snapshot=99), "There is no snapshot 99; there are: 1."),
    "a mapping that is none": (
        lambda *_: pairs(["user_id"]),
        "'user_id' is not of the form name=value.",
    ),
    "a mapping to a column that is none": (
        _import("items", "sku,x\na,1\n", mapping={"item_id": "skku"}),
        "table.csv has no column 'skku' to use as 'item_id'. Did you mean 'sku'?",
    ),
    "a kind of table that is none": (_import("user", "x\n1\n"), "Did you mean 'users'?"),
}

RESULTS = {
    "nothing in the results": (_experiment(""), "results.csv is empty."),
    "no variant": (_experiment("user_id,clicks\na,1\n"), "have no column for the variant"),
    "nothing to measure": (_experiment("user_id,variant,x\na,c,1\n"), "have nothing to measure"),
    "two columns of one name": (_experiment("user_id,variant,clicks,Clicks\n"), "two columns called"),
}

WORKSPACES = {
    "no workspace there": (
        lambda _, folder: Workspace.open(folder / "gone", settings=ONE),
        "There is no workspace in",
    ),
    "a file where the folder should be": (
        lambda _, folder: (
            (folder / "file").write_text(""),
            Workspace.open(folder / "file" / "ws", create=True, settings=ONE),
        ),
        "cannot be made",
    ),
    "of a newer version": (_workspace(_version("99")), "has schema version 99; this program works with"),
    "of no version": (_workspace(_version("none")), "has schema version none"),
    "of another program": (_workspace(_other_database), "is a DuckDB file but not a workspace"),
    "not a database": (
        _workspace(lambda folder: (folder / DATABASE).write_bytes(b"hello" * 9_000)),
        "cannot be read as a DuckDB file",
    ),
    "cut off": (
        _workspace(
            lambda folder: (folder / DATABASE).write_bytes((folder / DATABASE).read_bytes()[:5_000])
        ),
        "cannot be read as a DuckDB file",
    ),
    "no embeddings": (
        lambda _, folder: get(Workspace.open(folder / "new", create=True, settings=ONE)),
        "The workspace has no embeddings yet. Learn embeddings",
    ),
}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param(*row, id=f"{table}: {what}")
        for table, rows in {
            "seed list": SEED_FILES,
            "metrics": METRICS,
            "choices": CHOICES,
            "results": RESULTS,
            "workspace": WORKSPACES,
        }.items()
        for what, row in rows.items()
    ],
)
def test_every_bad_input_is_answered_by_its_sentence(given, sentence, world, tmp_path):
    before = contents.contents(world)
    with pytest.raises(LookalikeError) as refused:
        given(world, tmp_path)
    assert sentence in str(refused.value)
    assert refused.value.message.endswith((".", "'", ")")) or refused.value.hint
    assert "\n" not in str(refused.value)
    assert contents.contents(world) == before


@pytest.mark.parametrize(
    ("values", "kind", "missing", "negative", "weights"),
    [
        ([np.nan, np.nan, np.nan], "count", 3, 0, [1, 1, 1]),  # missing for all
        ([0, 0, 0], "count", 0, 0, [1, 1, 1]),  # zero for all
        ([7, 7, 7], "count", 0, 0, [1, 1, 1]),  # constant
        ([-5, -1, -2], "count", 0, 3, [1, 1, 1]),  # negative for all
        ([0, np.nan, np.e - 1], "count", 1, 0, [0.1, 0.55, 1.0]),  # missing for some: the median
        ([np.inf, 0, 0], "count", 1, 0, [1, 1, 1]),  # infinite is missing
    ],
)
def test_odd_metrics_weigh_as_the_rules_say(values, kind, missing, negative, weights):
    found = weighting.weigh([(np.array(values, float), kind)])
    assert (found.missing, found.negative) == (missing, negative)
    np.testing.assert_allclose(found.weights, np.array(weights) / np.mean(weights))


@pytest.mark.parametrize(
    "name", [DROP, 'a"b', "ü", "../../etc/passwd", "a\0b", "x" * 5_000, "=1+1", "{}", "%s"]
)
def test_names_are_only_names(name, world, tmp_path):
    """A list of that name is saved, loaded, expanded from and removed; a file of that name is kept."""
    users = contents.contents(world).users
    seeds.save(world, replace(seeds.load(world, "fans"), name=name))
    try:
        assert len(seeds.load(world, name).rows) == 40
        run = expansion.ask(world, expansion.Spec(name, method="centroid"))
        runs.cancel_queued(world, run)
    finally:
        seeds.remove(world, name)
    kept = uploads.keep(world, name, b"user_id\n")
    assert kept.parent == world.path / "uploads"
    assert kept.name.startswith("upload-")
    kept.unlink()
    assert contents.contents(world).users == users


@pytest.mark.parametrize("column", [DROP, 'a"b', "ü ö", "SELECT", "rowid", "n", "x0", "=1+1", "%s"])
def test_columns_of_any_name_are_imported_under_it(column, tmp_path):
    quoted = column.replace('"', '""')
    (tmp_path / "table.csv").write_text(f'user_id,"{quoted}"\na,1\nb,2\n')
    with Workspace.open(tmp_path / "ws", create=True, settings=ONE) as workspace:
        for kind in ("users", "engagement", "features"):
            assert import_table(workspace, kind, [tmp_path / "table.csv"]).kept == 2
        with workspace.cursor() as cursor:
            described = cursor.execute("SELECT column_name FROM (DESCRIBE engagement)").fetchall()
            features = cursor.execute("SELECT DISTINCT feature FROM features").fetchall()
    assert (column,) in described
    assert features == [(column,)]


@pytest.mark.parametrize("kind", KINDS)
def test_attributes_may_be_called_like_columns_of_other_tables(kind, tmp_path):
    names = [
        "n", "item_id", "ts", "kind", "value", "feature", "vector", "score", "rank", "holdout", "place",
        "percentile", "x0", "m0", "a0", "shown", "title", "moment", "key", "given", "fresh",
    ]  # fmt: skip
    users = pa.table({"user_id": ["a", "b", "c"], **{name: ["x", "y", "z"] for name in names}})
    with Workspace.open(tmp_path / "ws", create=True, settings=ONE) as workspace:
        import_table(workspace, "users", [users])
        table = stopping.table(kind, "new")
        assert import_table(workspace, kind, [table]).kept == len(table)
        found = seeds.match(workspace, seeds.from_ids(["a", "b", "x"]), "odd")
        assert found.report.matched == 2
        seeds.save(workspace, found)
        assert seeds.load(workspace, "odd").rows.tolist() == [0, 1]


def test_ids_of_any_text_are_only_ids(tmp_path):
    ids = [DROP, 'a"b', "../../x", "=1+1", "+49 1", "  b", "ü", "0017", "1e5", "a\tb"]
    with Workspace.open(tmp_path / "ws", create=True, settings=ONE) as workspace:
        import_table(workspace, "users", [pa.table({"user_id": ids})])
        with workspace.cursor() as cursor:
            held = cursor.execute("SELECT user_id FROM users ORDER BY row").fetchall()
        assert [one for (one,) in held] == ids
        stripped = [one for one in ids if one == one.strip()]
        found = seeds.match(workspace, seeds.from_ids(stripped), "odd")
        assert found.report.matched == len(stripped)


def test_nothing_is_read_outside_the_folder_by_an_uploads_name(world):
    path = uploads.keep(world, "/etc/passwd.parquet", b"x")
    assert Path(path).suffix == ".parquet"
    assert path.is_relative_to(world.path)
    path.unlink()
