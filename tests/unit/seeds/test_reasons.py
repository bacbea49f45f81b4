"""Why ids did not match: the right reason, example, count and remedy, for ids broken on purpose."""

from __future__ import annotations

import pytest

from lookalike import seeds
from lookalike.seeds.rules import rule
from tests.unit.worlds import add_users

UUIDS = [f"0f8fad5b-d9cb-469f-a165-{i:012x}" for i in range(40)]


def why(workspace, ids):
    return seeds.match(workspace, seeds.from_ids(ids), "any").report.why


@pytest.mark.parametrize(
    ("ours", "given", "example", "reason"),
    [
        ("u_{}", "{}", "“u_123” for “123”", "The prefix “u_” of ours is missing"),
        ("{}", "crm:{}", "“123” for “crm:123”", "A prefix “crm:” that ours do not have"),
        ("auth0|{}", "{}", "“auth0|123” for “123”", "The prefix “auth0|” of ours is missing"),
        ("{}@shop", "{}", "“123@shop” for “123”", "The suffix “@shop” of ours is missing"),
        ("{}", "{}-web", "“123” for “123-web”", "A suffix “-web” that ours do not have"),
        ("00{}", "{}", "“00123” for “123”", "Only zeros in front differ"),
        ("u_{}", "U_{}", "“u_123” for “U_123”", "Only capital letters differ"),
        ("{}", "[{}]", "“123” for “[123]”", "Quotes or brackets around the ids"),
        ("{}", "{}.0", "“123” for “123.0”", "Decimals that a program added to whole numbers"),
        ("u {}", "u{}", "“u 123” for “u123”", "Spaces inside the ids"),
        ("u_00{}", "{}", "“u_00123” for “123”", "Only the number in the id is that of a user"),
        ("u_{}", "x-{}", "“u_123” for “x-123”", "Only the number in the id is that of a user"),
    ],
)
def test_every_common_fault_is_named_with_an_example_and_a_rule(workspace, ours, given, example, reason):
    add_users(workspace, [ours.format(i) for i in range(100, 160)])
    ids = [given.format(i) for i in range(123, 140)]
    (one,) = why(workspace, ids)
    assert one.reason.startswith(reason)
    assert (one.count, one.example()) == (17, example)
    assert one.sentence() == f"{one.reason}: 17 unmatched ids, such as {example}. {one.remedy}"
    report = seeds.match(workspace, seeds.from_ids(ids), "any", rule=one.rule).report
    assert (report.matched, report.why) == (17, ())
    assert report.matched_as == {rule(one.rule).name: 17}


def test_uuids_without_dashes_are_no_hashes(workspace):
    add_users(workspace, UUIDS)
    (one,) = why(workspace, [UUIDS[3].replace("-", "")])
    assert (one.rule, one.ours) == ("uuid", UUIDS[3])
    assert [one.kind for one in why(workspace, ["f" * 32])] == ["unknown"]


def test_the_width_of_ours_is_told_where_it_is_one(workspace):
    add_users(workspace, ["00123", "00456"])
    assert "(ours have 5 digits)" in why(workspace, ["123"])[0].reason
    add_users(workspace, ["0789012"])
    assert "digits" not in why(workspace, ["123"])[0].reason


def test_a_number_rounded_after_15_digits_is_known_by_ours(workspace):
    add_users(workspace, ["1234567890123456"])
    (one,) = why(workspace, ["1234567890123450"])
    assert one.reason == "Numbers that a spreadsheet rounded after 15 digits"
    assert (one.ours, one.rule) == ("1234567890123456", "")
    assert [one.kind for one in why(workspace, ["2234567890123450"])] == ["unknown"]


def test_lost_ids_are_named_by_what_happened_to_them(workspace):
    add_users(workspace, ["a"])
    ids = ["1.23E+10", "3-Mar", "4-Mar", "12.0", "nobody"]
    found = [(one.kind, one.count) for one in why(workspace, ids)]
    assert found == [("date", 2), ("shortened", 1), ("decimals", 1), ("unknown", 1)]


def test_every_unmatched_id_has_one_reason_and_the_commonest_comes_first(workspace):
    add_users(workspace, [f"u_{i}" for i in range(50)])
    ids = ["nobody", "U_1", "7", "8", "9", "somebody", "no one", "none at all", "1.2E+10", "u_1"]
    report = seeds.match(workspace, seeds.from_ids(ids), "any").report
    assert [one.kind for one in report.why] == ["add-prefix:u_", "ignore-case", "shortened", "unknown"]
    by_id = dict(
        zip(report.unknown_ids.to_pylist(), (report.why[i].kind for i in report.which), strict=True)
    )
    assert by_id == {
        **dict.fromkeys(("nobody", "somebody", "no one", "none at all"), "unknown"),
        **dict.fromkeys("789", "add-prefix:u_"),
        "U_1": "ignore-case",
        "1.2E+10": "shortened",
    }
    assert report.hint == report.why[0].sentence()
    assert report.unknown_lines.tolist() == list(range(1, 10))


def test_a_rule_that_would_be_refused_is_not_offered(workspace):
    add_users(workspace, ["Ann", "ANN"])
    (one,) = why(workspace, ["ann"])
    assert one.rule == ""
    assert "could be several users" in one.remedy


def test_numbers_that_agree_by_accident_are_no_reason(workspace):
    add_users(workspace, [f"u_{i}" for i in range(30)])
    ids = ["x5y", *(f"x{i}y" for i in range(1_000, 1_010))]
    assert [one.kind for one in why(workspace, ids)] == ["unknown"]


def test_a_very_long_id_does_not_fill_the_page(workspace):
    add_users(workspace, ["a"])
    assert len(why(workspace, ["x" * 50_000])[0].sentence()) < 500
