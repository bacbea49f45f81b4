import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike import seeds
from lookalike.errors import BadInput, NotFound

NAN = np.nan


@pytest.fixture
def peopled(workspace):
    """Ids u0 to u9 in rows 9 to 0, so that no order agrees with another by accident."""
    with workspace.write() as cur:
        cur.execute("INSERT INTO users (row, user_id) SELECT 9 - i, 'u' || i FROM range(10) t(i)")
        cur.execute("INSERT INTO users (row, user_id) VALUES (10, '007'), (11, '3.0'), (12, 'Ann')")
    return workspace


def matched(workspace, text, name="buyers"):
    return seeds.match(workspace, seeds.parse(text.encode(), "seeds.csv"), name)


def test_rows_are_sorted_and_values_follow_them(peopled):
    found = matched(peopled, "user_id,spend,ctr\nu1,10,0.1\nu3,30,\nu0,0,0.2\n")
    assert found.rows.tolist() == [6, 8, 9]
    assert found.rows.dtype == np.int32
    assert found.values["spend"].tolist() == [30, 10, 0]
    np.testing.assert_array_equal(found.values["ctr"], [NAN, 0.1, 0.2])
    assert found.report.counts() == {
        "rows": 3, "matched": 3, "unknown": 0, "duplicates": 0, "blank": 0, "damaged": 0,
    }  # fmt: skip
    assert found.report.problems == ()


def test_every_fate_of_an_id_is_counted_and_named(peopled):
    text = "user_id,spend\nu1,1\nnobody,2\nu1,3\n,4\n1.5E+10,5\nnobody,6\n3.0,7\nu2,x\nu3,1\n1.5E+10,9\n"
    found = matched(peopled, text)
    report = found.report
    assert report.counts() == {
        "rows": 9, "matched": 4, "unknown": 1, "duplicates": 3, "blank": 1, "damaged": 1,
    }  # fmt: skip
    # the first line of a repeated id counts, and "3.0" is a user of exactly that id
    assert dict(zip(found.rows.tolist(), found.values["spend"].tolist(), strict=True))[8] == 1
    assert 11 in found.rows
    assert [(problem.line, problem.kind) for problem in report.problems] == [
        (3, "unknown"),
        (4, "duplicate"),
        (5, "no id"),
        (6, "damaged"),
        (7, "duplicate"),
        (9, "value"),
        (11, "duplicate"),
    ]
    assert "'nobody' stands on line 3 already" in report.problems[4].text
    assert report.unknown_ids.to_pylist() == ["nobody", "1.5E+10"]


def test_only_the_first_problems_are_kept_and_all_unknown_ids(peopled):
    report = matched(peopled, "\n".join(["u1", *(f"x{i}" for i in range(1_500)), "u1"])).report
    assert [problem.line for problem in report.problems] == list(range(2, 22))
    assert len(report.unknown_ids) == report.unknown == 1_500


def test_a_heading_taken_for_an_id_is_pointed_out(peopled):
    report = matched(peopled, "kunde\nu1\nu2").report
    assert (report.problems[0].line, "looks like a heading" in report.problems[0].text) == (1, True)
    assert "heading" not in matched(peopled, "x9\nu1\nu2").report.problems[0].text
    assert "heading" not in matched(peopled, "User ID\nkunde\nu1\nu2").report.problems[0].text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("7\nu1\nu2", "Only zeros in front differ"),
        ("U1\nU2\nANN\nx", "Only capital letters differ: 3 unmatched ids, such as “u1” for “U1”"),
        ("\n".join(f"{i:064x}" for i in range(9)), "SHA-256 hashes"),
        ("u1\nsomebody", ""),
        ("u1", ""),
    ],
)
def test_the_hint_is_the_main_reason_for_unknown_ids(peopled, text, hint):
    found = matched(peopled, text).report.hint
    assert hint in found
    assert bool(found) == bool(hint)


def test_how_a_list_was_matched_is_saved_with_it(peopled):
    file = seeds.parse(b"u1\nANN\n", "seeds.csv")
    seeds.save(peopled, seeds.match(peopled, file, "any", rule="ignore-case"))
    report = seeds.load(peopled, "any").report
    assert report.rules == ("ignore-case",)
    assert report.matched_as == {"user_id": 1, "ignore-case": 1}
    assert report.why == ()


def test_a_list_of_an_older_release_still_loads(peopled):
    seeds.save(peopled, matched(peopled, "u1\nu2"))
    with peopled.write() as cursor:
        counts = dict.fromkeys(("unknown", "duplicates", "blank", "damaged"), 0)
        old = {"rows": 2, "matched": 2, **counts, "metrics": []}
        cursor.execute("UPDATE seed_lists SET report = ?", [json.dumps(old)])
    assert seeds.load(peopled, "buyers").report.rules == ()


def test_no_id_known_is_a_report_not_a_failure(peopled):
    found = matched(peopled, "user_id,v\na,1\nb,2")
    assert found.rows.tolist() == found.values["v"].tolist() == []
    assert found.report.unknown == 2


@given(
    ids=st.lists(
        st.sampled_from(["", "u1", "u2", "u3", "3.0", "1.5E+10", "4.0", "x", "y", "007", "7"]),
        min_size=1,
    ).filter(any)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
def test_every_row_has_exactly_one_fate(peopled, ids):
    found = seeds.match(peopled, seeds.from_ids(ids), "any")
    report = found.report
    assert report.rows == report.matched + report.unknown + report.duplicates + report.damaged
    assert report.rows + report.blank == len(ids)
    known = {"u1": 8, "u2": 7, "u3": 6, "3.0": 11, "007": 10}
    assert found.rows.tolist() == sorted({known[name] for name in ids if name in known})
    assert set(report.unknown_ids.to_pylist()) == set(ids) - set(known) - {""}


def test_a_saved_list_comes_back(peopled):
    text = 'user_id,spend,"odd "" \'name\nu1,10,1\nu3,,2\nnobody,5,3\n'.replace("'name\n", "'name\"\n")
    original = matched(peopled, text)
    number = seeds.save(peopled, original)
    found = seeds.load(peopled, "buyers")
    assert found.rows.tolist() == original.rows.tolist()
    assert found.rows.dtype == np.int32
    assert list(found.values) == ["spend", "odd \" 'name"]
    for name, column in original.values.items():
        np.testing.assert_array_equal(found.values[name], column)
    assert found.report.counts() == original.report.counts()
    (listed,) = seeds.saved(peopled)
    assert (listed.id, listed.name, listed.seeds, listed.metrics) == (
        number,
        "buyers",
        2,
        ("spend", "odd \" 'name"),
    )


def test_no_id_is_saved_beside_the_rows(peopled):
    seeds.save(peopled, matched(peopled, "u1\nu2\nsecret-id\n1.5E+10"))
    with peopled.cursor() as cur:
        (report,) = cur.execute("SELECT report::VARCHAR FROM seed_lists").fetchone()
    assert "secret-id" not in report
    assert "E+10" not in report
    assert "u1" not in report


def test_a_taken_name_is_refused_unless_replaced(peopled):
    first = seeds.save(peopled, matched(peopled, "u1\nu2"))
    with pytest.raises(BadInput, match="'buyers' already"):
        seeds.save(peopled, matched(peopled, "u3", " buyers "))
    assert seeds.load(peopled, "buyers").rows.tolist() == [7, 8]
    assert seeds.save(peopled, matched(peopled, "u3"), replace=True) == first
    assert seeds.load(peopled, "buyers").rows.tolist() == [6]
    assert len(seeds.saved(peopled)) == 1


def test_lists_stay_apart_and_go_one_by_one(peopled):
    seeds.save(peopled, matched(peopled, "u1", "one"))
    seeds.save(peopled, matched(peopled, "u2", "two"))
    assert [listed.name for listed in seeds.saved(peopled)] == ["two", "one"]
    seeds.remove(peopled, "one")
    assert [listed.name for listed in seeds.saved(peopled)] == ["two"]
    assert seeds.load(peopled, "two").rows.tolist() == [7]
    with peopled.cursor() as cur:
        assert cur.execute("SELECT count(*) FROM seed_members").fetchone() == (1,)


def test_what_cannot_be_saved_or_found_says_so(peopled):
    seeds.save(peopled, matched(peopled, "u1", "buyers"))
    for act in (seeds.load, seeds.remove):
        with pytest.raises(NotFound, match="Did you mean 'buyers'"):
            act(peopled, "buyer")
    with pytest.raises(BadInput, match="has no name"):
        seeds.save(peopled, matched(peopled, "u1", "  "))
    with pytest.raises(BadInput, match="no users of this workspace"):
        seeds.save(peopled, matched(peopled, "x", "strangers"))
