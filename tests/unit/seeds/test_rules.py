"""Rules: what each takes for the same, what it must not, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike import seeds
from lookalike.errors import BadInput
from lookalike.seeds.rules import AFFIXES, RULES, rule, rules
from tests.unit.worlds import add_users

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def found(workspace, ids, **choice):
    return seeds.match(workspace, seeds.from_ids(ids), "any", **choice)


@pytest.mark.parametrize(
    ("name", "ours", "given", "strange"),
    [
        ("ignore-case", "Ann", "aNN", "anne"),
        ("uuid", UUID, UUID.replace("-", "").upper(), UUID[:-1]),
        ("uuid", UUID, "{" + UUID + "}", "{}"),
        ("no-quotes", "u1", "'u1'", "u'1"),
        ("no-quotes", "u1", "[“u1”]", "[]"),
        ("no-spaces", "u 1", "u1", "u2"),
        ("no-spaces", "u1", "u\u00a0 1", "1"),
        ("no-decimals", "123", "123.0", "123.5"),
        ("no-decimals", "123", "123,00", "1230"),
        ("no-zeros", "00123", "123", "1230"),
        ("no-zeros", "123", "00123", "0x123"),
        ("number-alone", "u_00123", "123.0", "12a3"),
        ("number-alone", "u_123", "crm-123", "crm-124"),
        ("add-prefix:u_", "u_123", "123", "x123"),
        ("drop-prefix:u_", "123", "u_123", "u123"),
        ("add-suffix:@x", "ann@x", "ann", "anna"),
        ("drop-suffix:@x", "ann", "ann@x", "ann@y"),
    ],
)
def test_a_rule_matches_what_it_says_and_nothing_more(workspace, name, ours, given, strange):
    add_users(workspace, ["other", ours])
    assert found(workspace, [given, strange]).report.matched == 0
    by_rule = found(workspace, [given, strange], rule=name)
    assert by_rule.rows.tolist() == [1]
    assert by_rule.report.unknown_ids.to_pylist() == [strange]
    assert by_rule.report.rules == (name,)
    assert by_rule.report.matched_as == {name: 1}
    assert rule(name).label in by_rule.report.how()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ignore-cas", "no rule 'ignore-cas'"),
        ("drop-prefix", "does not say which"),
        ("drop-prefix:", "does not say which"),
        ("x:y", "no rule"),
    ],
)
def test_unknown_rules_are_refused(name, message):
    with pytest.raises(BadInput, match=message) as caught:
        rule(name)
    assert caught.value.hint


def test_rules_are_named_once_and_in_order():
    assert [one.name for one in rules(["no-zeros", "", "ignore-case", "no-zeros"])] == [
        "no-zeros",
        "ignore-case",
    ]
    assert rules("") == rules([]) == ()


def test_a_rule_under_which_an_id_could_be_several_users_is_refused(workspace):
    add_users(workspace, ["Ann", "ANN", "bob"])
    with pytest.raises(BadInput, match="'ann' could be 2 different users"):
        found(workspace, ["ann", "BOB"], rule="ignore-case")
    # where nothing asks for the two of them, they do no harm
    assert found(workspace, ["BOB", "Ann"], rule="ignore-case").rows.tolist() == [0, 2]


def test_several_rules_apply_in_turn(workspace):
    add_users(workspace, ["007", "Ann"])
    both = found(workspace, ["7", "ann"], rule=["no-zeros", "ignore-case"])
    assert both.rows.tolist() == [0, 1]
    assert both.report.matched_as == {"no-zeros": 1, "ignore-case": 1}


def test_the_exact_id_keeps_its_user_and_its_numbers(workspace):
    add_users(workspace, ["Ann", "bob"])
    file = seeds.from_ids(["ANN", "Ann", "bob", "BOB"], {"spend": [1, 2, 3, 4]})
    list_ = seeds.match(workspace, file, "any", rule="ignore-case")
    assert list_.rows.tolist() == [0, 1]
    assert list_.values["spend"].tolist() == [2, 3]
    assert list_.report.duplicates == 2
    assert [(p.line, p.text) for p in list_.report.problems] == [
        (1, "'ANN' names the same user as line 2."),
        (4, "'BOB' names the same user as line 3."),
    ]


PARTS = [
    "7",
    "07",
    "007",
    "7.0",
    "u_7",
    "U_7",
    "'7'",
    "7 ",
    "x",
    "1.5E+10",
    "u_",
    "8",
    "u_8",
    "08",
    "u8",
]


@given(
    ours=st.lists(st.sampled_from(PARTS), unique=True, min_size=1),
    ids=st.lists(st.sampled_from(PARTS), min_size=1),
    name=st.sampled_from([*RULES, *(f"{kind}:u_" for kind in AFFIXES)]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
def test_under_a_rule_every_row_has_one_fate_and_exact_matches_stay(workspace, ours, ids, name):
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM users")
    add_users(workspace, ours)
    exact = found(workspace, ids)
    assert sum(one.count for one in exact.report.why) == len(exact.report.unknown_ids)
    try:
        by_rule = found(workspace, ids, rule=name)
    except BadInput:  # it could be several users: the test above says when
        return
    report = by_rule.report
    assert report.rows == report.matched + report.unknown + report.duplicates + report.damaged
    assert set(exact.rows) <= set(by_rule.rows)
    assert len(np.unique(by_rule.rows)) == len(by_rule.rows) == report.matched
    assert set(report.unknown_ids.to_pylist()) <= set(exact.report.unknown_ids.to_pylist())
    offered = {one.rule: one.count for one in exact.report.why if one.rule}
    if name in offered:
        # what a reason promises is kept, or the id names a user that another one names
        gone = len(exact.report.unknown_ids) - len(report.unknown_ids)
        assert gone >= offered[name]
