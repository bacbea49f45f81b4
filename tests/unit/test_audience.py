"""Ranking, sizes, and a file that stands under its name only when it is whole."""

from __future__ import annotations

import csv
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike import audience
from lookalike.audience import (
    RANKED,
    Ranking,
    load_ranking,
    parse_size,
    rank,
    record,
    save_ranking,
    write_csv,
)
from lookalike.errors import BadInput, NotFound

from .worlds import add_users, memory_pool


def _ranking(rows, scores, eligible=None):
    ranked = np.array(list(zip(rows, scores, strict=True)), RANKED)
    return Ranking(ranked, eligible or len(rows))


def test_seeds_and_the_ineligible_are_not_ranked():
    pool = memory_pool(np.zeros((6, 1)), eligible=[0, 1, 3, 4, 5], rows=np.arange(10, 70, 10, np.int32))
    ranking = rank(pool, np.array([5, 1, 9, 8, 2, 7], np.float32), np.array([2, 3]))
    assert ranking.candidates["row"].tolist() == [60, 10, 50, 20]
    assert ranking.candidates["score"].tolist() == [7, 5, 2, 1]
    assert ranking.eligible == 5


def test_equal_scores_go_by_the_hash_of_the_row():
    pool = memory_pool(np.zeros((300, 1)))
    scores = (np.arange(300) % 2).astype(np.float32)
    ranked = rank(pool, scores, np.array([], int)).candidates["row"]
    expected = sorted(range(300), key=lambda row: (-scores[row], pool.tie_order[row]))
    assert ranked.tolist() == expected
    assert abs(np.corrcoef(ranked[:150], np.arange(150))[0, 1]) < 0.33  # four standard errors


def test_the_lowest_scores_come_last():
    pool = memory_pool(np.zeros((4, 1)))
    scores = np.array([-np.inf, 3, -5, np.inf], np.float32)
    assert rank(pool, scores, np.array([], int)).candidates["row"].tolist() == [3, 1, 2, 0]


@pytest.mark.parametrize(
    ("size", "count"),
    [(0.05, 10), (1.0, 150), (0.0001, 1), (0.029, 5), (1, 1), (150, 150), (150.0, 150), (0.9, 150)],
)
def test_a_share_is_of_the_eligible_and_a_count_is_a_count(size, count):
    assert _ranking(range(150), [0] * 150, eligible=200).count(size) == count


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (0, "0 is no audience"),
        (-0.5, "-0.5 is no audience"),
        (float("nan"), "nan is no audience"),
        (151, "You asked for 151 users; 150 are available"),
        (float("inf"), "150 are available"),
    ],
)
def test_an_impossible_size_is_refused(size, says):
    with pytest.raises(BadInput, match=says):
        _ranking(range(150), [0] * 150, eligible=200).count(size)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.05", 0.05), ("5%", 0.05), (" 5 % ", 0.05), ("100%", 1.0), ("1.0", 1.0), (".5", 0.5),
        ("0.1%", 0.001), ("1", 1), ("50000", 50_000), ("50,000", 50_000), ("1,234,567", 1_234_567),
        ("50_000", 50_000), ("50 000", 50_000), ("1e-2", 0.01),
    ],
)  # fmt: skip
def test_sizes_are_read(text, size):
    assert parse_size(text) == size
    assert type(parse_size(text)) is type(size)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0%",
        "-5",
        "-5%",
        "101%",
        "1.5",
        "five",
        "nan",
        "inf",
        "5%%",
        "%",
        "²",
        "0,05",
        "2,5%",
        "5,00",
    ],
)
def test_other_sizes_are_refused_in_a_sentence(text):
    with pytest.raises(BadInput, match="is not an audience size") as raised:
        parse_size(text)
    assert "0.05 or 5%" in raised.value.hint


@given(st.integers(1, 10**9))
def test_counts_come_back(count):
    assert parse_size(str(count)) == parse_size(f"{count:,}") == count


@given(st.floats(1e-6, 1.0))
def test_shares_come_back(share):
    assert parse_size(repr(share)) == share
    assert parse_size(f"{100 * share!r}%") == pytest.approx(share)


@given(st.text("0123456789.,%_ -+eE²infa\n", max_size=8))
def test_any_text_is_a_size_or_refused(text):
    try:
        size = parse_size(text)
    except BadInput:
        return
    assert (isinstance(size, int) and size >= 1) or 0 < size <= 1


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
        'user_id,score,rank,percentile\n"c,d",2.5,1,100.0\n007,1.0,2,85.7143\n"a""b",0.25,3,71.4286\n'
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

    monkeypatch.setattr(audience.hashlib, "file_digest", full)
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
    assert raised.value.hint == "Choose a folder that exists."


def test_an_export_is_remembered_once(ranked):
    workspace, ranking = ranked
    for run, digest, count in (("r1", "aa", 2), ("r1", "aa", 2), ("r1", "bb", 3), ("r2", "aa", 2)):
        record(workspace, run, "buyers", ranking, count, digest)
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
    record(workspace, "r1", "buyers", ranking, 2, "aa")
    record(workspace, "r2", "fans", ranking, 3, "bb")
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


def test_a_ranking_comes_back_as_it_was_saved(ranked):
    workspace, ranking = ranked
    save_ranking(workspace, "r1", ranking)
    found = load_ranking(workspace, "r1", 9)
    np.testing.assert_array_equal(found.candidates, ranking.candidates)
    assert (found.eligible, len(found)) == (9, 7)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_scores_that_are_gone_are_said(ranked, harm):
    workspace, ranking = ranked
    save_ranking(workspace, "r1", ranking)
    harm(workspace.file_in("scores", "r1.npy"))
    with pytest.raises(BadInput, match="no longer in the workspace folder"):
        load_ranking(workspace, "r1", 9)
