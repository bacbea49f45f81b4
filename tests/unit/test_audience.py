"""Audiences that were exported: what is remembered of them, and their files."""

from __future__ import annotations

import csv
import hashlib

import numpy as np
import pytest

from lookalike import audience, export
from lookalike.cutting import Cut, select
from lookalike.errors import BadInput, NotFound
from lookalike.ranking import RANKED, Ranking

from .worlds import add_users


def _ranking(rows, scores, eligible=None):
    ranked = np.array(list(zip(rows, scores, strict=True)), RANKED)
    return Ranking(ranked, eligible or len(rows))


def write_csv(workspace, ranking, count, path):
    members = select(ranking, Cut(size=count), np.empty(0, np.int32)).table()
    return export.write(workspace, members, export.template("csv"), path).sha256


def record(workspace, run, name, ranking, cut, digest, template="csv"):
    chosen = select(ranking, cut, np.empty(0, np.int32))
    file = {"template": template, "rows": len(chosen), "sha256": digest}
    return audience.record(workspace, run, name, cut, chosen, file)


IDS = ["007", 'a"b', "c,d", "=1+1", "é b", "1E+10", "-5"]


@pytest.fixture
def ranked(workspace):
    add_users(workspace, IDS)
    return workspace, _ranking([2, 0, 1, 3, 4, 5, 6], [2.5, 1, 0.25, 0, -1, -2, -3], eligible=9)


def test_the_file_holds_ids_verbatim_and_the_best_first(ranked, tmp_path):
    workspace, ranking = ranked
    digest = write_csv(workspace, ranking, 3, tmp_path / "out.csv")
    written = (tmp_path / "out.csv").read_bytes()
    assert written.decode() == (
        'user_id,score,rank,percentile\n"c,d",2.5,1,100.0000\n007,1.0,2,85.7143\n"a""b",0.25,3,71.4286\n'
    )
    assert digest == hashlib.sha256(written).hexdigest()
    write_csv(workspace, ranking, 7, tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as handle:
        lines = list(csv.DictReader(handle))
    assert [line["user_id"] for line in lines] == [IDS[row] for row in ranking.candidates["row"]]
    assert [line["rank"] for line in lines] == list("1234567")


def test_the_same_input_gives_the_same_bytes(ranked, tmp_path):
    workspace, ranking = ranked
    digests = {write_csv(workspace, ranking, 5, tmp_path / name) for name in ("a.csv", "b ' c.csv")}
    assert len(digests) == 1
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b ' c.csv").read_bytes()
    assert write_csv(workspace, ranking, 4, tmp_path / "a.csv") not in digests


def test_what_cannot_be_written_leaves_what_was_there(ranked, tmp_path, monkeypatch):
    workspace, ranking = ranked
    target = tmp_path / "out.csv"
    target.write_text("yesterday's")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hashlib, "file_digest", full)
    with pytest.raises(BadInput, match=r"out\.csv cannot be written: No space left"):
        write_csv(workspace, ranking, 3, target)
    assert target.read_text() == "yesterday's"
    with pytest.raises(BadInput):
        write_csv(workspace, ranking, 3, tmp_path / "new.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "workspace"]


def test_a_folder_that_does_not_exist_is_said(ranked, tmp_path):
    workspace, ranking = ranked
    with pytest.raises(BadInput, match=r"out\.csv cannot be written") as raised:
        write_csv(workspace, ranking, 3, tmp_path / "nowhere" / "out.csv")
    assert raised.value.hint == "Choose a folder that exists and has room for it."


def test_an_export_is_remembered_once(ranked):
    workspace, ranking = ranked
    for run, digest, count in (("r1", "aa", 2), ("r1", "aa", 2), ("r1", "bb", 3), ("r2", "aa", 2)):
        record(workspace, run, "buyers", ranking, Cut(size=count), digest)
    with workspace.cursor() as cursor:
        kept = cursor.execute(
            "SELECT id, run, name, users, file_hash FROM audiences ORDER BY id"
        ).fetchall()
        members = cursor.execute(
            "SELECT row, rank, score, holdout FROM audience_members WHERE audience = 2 ORDER BY rank"
        ).fetchall()
        (total,) = cursor.execute("SELECT count(*) FROM audience_members").fetchone()
    assert kept == [
        (1, "r1", "buyers", 2, "aa"),
        (2, "r1", "buyers", 3, "bb"),
        (3, "r2", "buyers", 2, "aa"),
    ]
    assert members == [(2, 1, 2.5, False), (0, 2, 1.0, False), (1, 3, 0.25, False)]
    assert total == 7


def test_an_export_comes_back_with_its_users_and_scores(ranked):
    workspace, ranking = ranked
    assert audience.exported(workspace) == []
    record(workspace, "r1", "buyers", ranking, Cut(size=2), "aa")
    record(workspace, "r2", "fans", ranking, Cut(size=3), "bb")
    newest, oldest = audience.exported(workspace)
    assert (newest.id, newest.run, newest.name, newest.users) == (2, "r2", "fans", 3)
    assert (oldest.id, oldest.file_hash) == (1, "aa")
    table = audience.members(workspace, 2)
    assert table.column_names == ["user_id", "rank", "score", "holdout"]
    assert table.to_pylist()[:2] == [
        {"user_id": "c,d", "rank": 1, "score": 2.5, "holdout": False},
        {"user_id": "007", "rank": 2, "score": 1.0, "holdout": False},
    ]
    assert len(table) == 3


def test_an_audience_that_is_not_there_is_said(ranked):
    with pytest.raises(NotFound, match="no audience 7"):
        audience.members(ranked[0], 7)


def test_files_of_the_same_cut_are_one_audience(ranked):
    workspace, ranking = ranked
    cut = Cut(size=5, holdout=0.4, salt="x", tiers=(0.3,))
    for digest, template in (("aa", "csv"), ("bb", "meta"), ("aa", "csv")):
        assert record(workspace, "r1", "buyers", ranking, cut, digest, template) == 1
    (known,) = audience.exported(workspace)
    made = [(file["template"], file["sha256"]) for file in known.files]
    assert made == [("csv", "aa"), ("meta", "bb")]
    assert known.file_hash == "aa"


def test_a_remembered_audience_is_cut_again_without_its_run(ranked):
    workspace, ranking = ranked
    cut = Cut(size=5, holdout=0.4, salt="x", tiers=(0.3,))
    number = record(workspace, "r1", "buyers", ranking, cut, "aa")
    first = select(ranking, cut, np.empty(0, np.int32))
    again = audience.selection(workspace, number)
    assert 0 < first.held_out < 5
    assert again.whole().equals(first.whole())
    assert audience.get(workspace, number).held_out == first.held_out


def test_numbers_of_removed_audiences_are_not_given_out_again(ranked):
    workspace, ranking = ranked
    assert record(workspace, "r1", "buyers", ranking, Cut(size=2), "aa") == 1
    audience.remove(workspace, 1)
    assert audience.exported(workspace) == []
    assert record(workspace, "r1", "buyers", ranking, Cut(size=2), "aa") == 2
    with workspace.cursor() as cursor:
        assert cursor.execute("SELECT DISTINCT audience FROM audience_members").fetchall() == [(2,)]


def test_the_users_of_several_audiences(ranked):
    workspace, ranking = ranked
    record(workspace, "r1", "buyers", ranking, Cut(size=2), "aa")
    record(workspace, "r2", "buyers", ranking, Cut(size=3), "bb")
    assert audience.rows_of(workspace, (1, 2)).tolist() == [0, 1, 2]
    assert audience.rows_of(workspace, ()).tolist() == []
    with pytest.raises(NotFound, match="no audience 3"):
        audience.rows_of(workspace, (1, 3))


def test_an_audience_can_be_called_something_else(ranked):
    workspace, ranking = ranked
    record(workspace, "r1", "buyers", ranking, Cut(size=2), "aa")
    audience.rename(workspace, 1, " spring ")
    assert audience.get(workspace, 1).name == "spring"
    with pytest.raises(BadInput, match="has no name"):
        audience.rename(workspace, 1, "  ")


def test_the_same_cut_with_other_users_is_another_audience(ranked):
    workspace, ranking = ranked
    cut = Cut(size=2, exclude=("customers",))  # a list that was replaced between the two exports
    numbers = []
    for excluded, digest in (([], "aa"), ([2], "bb"), ([2], "cc")):
        chosen = select(ranking, cut, np.array(excluded, np.int32))
        file = {"template": "csv", "rows": 2, "sha256": digest}
        numbers.append(audience.record(workspace, "r1", "buyers", cut, chosen, file))
    assert numbers == [1, 2, 2]
    assert audience.selection(workspace, 2).rows.tolist() == [0, 1]


def test_somebody_who_was_forgotten_meanwhile_is_not_recorded(ranked):
    workspace, ranking = ranked
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM users WHERE row = 2")
    record(workspace, "r1", "buyers", ranking, Cut(size=3), "aa")
    assert audience.selection(workspace, 1).rows.tolist() == [0, 1]


def test_an_audience_of_an_older_release_is_written_with_its_runs_percentiles(ranked):
    workspace, ranking = ranked
    number = record(workspace, "r1", "buyers", ranking, Cut(size=2), "aa")
    with workspace.write() as cursor:
        cursor.execute("UPDATE audiences SET spec = '{\"users\": 2}'")
        cursor.execute(
            "INSERT INTO runs VALUES ('r1', 'expand', 'x', '{}', 'done', '', '2024-01-01', NULL, ?)",
            ['{"candidates": 7}'],
        )
    assert audience.selection(workspace, number).table()["percentile"].to_pylist() == [100, 85.7143]
