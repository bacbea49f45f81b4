"""The two small files: ids come out as they came in, and a template gives nobody away."""

from __future__ import annotations

import csv
import io

import pytest

from lookalike import seeds
from lookalike.seeds.downloads import shapes, template_csv, unmatched_csv
from tests.unit.worlds import add_users

ODD = ["=cmd()", 'a"b,c', "0071", " u9", "1.2E+10", "ü\u202e"]


def test_unmatched_ids_come_out_verbatim_with_line_and_reason(workspace):
    add_users(workspace, ["u1", "u9x"])
    report = seeds.match(workspace, seeds.from_ids([*ODD, "u1", "U1"]), "any").report
    rows = list(csv.DictReader(io.StringIO(unmatched_csv(report).decode())))
    assert [row["id"] for row in rows] == [*(id_.strip() for id_ in ODD), "U1"]
    assert [row["line"] for row in rows] == ["1", "2", "3", "4", "5", "6", "8"]
    assert rows[-1]["reason"] == "Only capital letters differ"
    # no spreadsheet takes a reason for a formula
    assert all(row["reason"][0].isalpha() for row in rows)
    again = seeds.match(workspace, seeds.parse(unmatched_csv(report), "unmatched.csv"), "again").report
    assert again.unknown_ids.to_pylist() == report.unknown_ids.to_pylist()


def test_nothing_unmatched_is_a_heading_alone(workspace):
    add_users(workspace, ["u1"])
    report = seeds.match(workspace, seeds.from_ids(["u1"]), "any").report
    assert unmatched_csv(report).decode().split() == ['"line","id","reason"']


@pytest.mark.parametrize(
    ("ids", "made"),
    [
        ([f"u_{i:05d}" for i in range(50)], ["u_11111", "u_22222", "u_33333"]),
        ([f"{i}" for i in range(10, 90)], ["99", "00"]),
        (["ann", "bob"], ["xxx", "yyy", "zzz"]),
        (["ann@shop.de", "bob@web.com"], ["xxx@xxxx.xx", "yyy@yyyy.yy", "zzz@zzzz.zz"]),
        (
            [f"0f8fad5b-d9cb-469f-a165-{i:012x}" for i in range(9)],
            [f"{d * 8}-{d * 4}-{d * 4}-{d * 4}-{d * 12}" for d in "123"],
        ),
        (["=1+1", "=2+2"], []),
        ([], []),
    ],
)
def test_made_up_ids_have_the_shape_of_ours_and_are_nobodys(workspace, ids, made):
    if ids:
        add_users(workspace, ids)
    found = shapes(workspace)
    assert found == made
    assert not set(found) & set(ids)


def test_a_template_is_a_seed_file_that_matches_nobody(workspace):
    add_users(workspace, [f"u_{i:05d}" for i in range(50)])
    file = seeds.parse(template_csv(workspace), "template.csv")
    assert (file.id_column, list(file.values), file.rows) == ("user_id", ["value"], 3)
    assert seeds.match(workspace, file, "any").report.matched == 0


def test_without_users_the_template_still_shows_its_columns(workspace):
    assert template_csv(workspace).decode().startswith("user_id,value\nyour-user-id-1,12.50\n")
