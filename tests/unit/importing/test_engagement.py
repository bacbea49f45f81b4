"""Engagement: one column a metric, its kind chosen by name and range, cells never guessed."""

from __future__ import annotations

import pytest

from lookalike.errors import BadInput
from lookalike.importing.engagement import looks_like_rate

STORED = (
    "SELECT users.user_id, e.* EXCLUDE (row) FROM engagement AS e JOIN users USING (row) ORDER BY row"
)


def test_metrics_get_their_kinds(load, ask):
    load("engagement", "user_id,clicks,ctr,open_pct\na,10,0.5,30\nb,0,0,70\n")
    assert ask(STORED) == [("a", 10.0, 0.5, 30.0), ("b", 0.0, 0.0, 70.0)]
    assert ask("FROM metrics ORDER BY name") == [
        ("clicks", "count"),
        ("ctr", "rate"),
        ("open_pct", "count"),
    ]


def test_upsert_by_user_and_metric(load, ask):
    load("engagement", "user_id,clicks\na,1\nb,2\n")
    report = load("engagement", "user_id,Clicks,revenue\nb,3,9.5\nc,4,\nb,,8\na,7,\n")
    assert ask(STORED) == [("a", 7.0, None), ("b", 2.0, 8.0), ("c", 4.0, None)]
    assert "the last one counts" in report.rejected[0].reason


def test_text_in_a_metric_costs_the_cell(load, ask):
    report = load("engagement", "user_id,clicks,revenue\na,many,1\nb,2,inf\n")
    assert ask(STORED) == [("a", None, 1.0), ("b", 2.0, None)]
    assert [(r.what, r.count, r.examples) for r in report.rejected] == [
        ("cell", 1, ("row 2: 'many'",)), ("cell", 1, ("row 3: 'inf'",)),
    ]  # fmt: skip
    assert report.rejected[0].reason.startswith("clicks is not a number")


def test_a_column_of_text_is_left_out(load, ask):
    report = load("engagement", "user_id,country,clicks\na,DE,1\n")
    assert ask("FROM metrics") == [("clicks", "count")]
    assert any("country" in note for note in report.notes)
    with pytest.raises(BadInput, match="no column of numbers"):
        load("engagement", "user_id,country\na,DE\n")


def test_a_chosen_kind_stays_unless_it_cannot_be(load, ask, workspace):
    load("engagement", "user_id,score,ctr\na,0.5,0.1\n")
    with workspace.write() as cursor:
        cursor.execute("UPDATE metrics SET kind = 'rate' WHERE name = 'score'")
    load("engagement", "user_id,score\nb,0.7\n")
    assert ("score", "rate") in ask("FROM metrics")
    report = load("engagement", "user_id,score,ctr\nb,0.7,12\n")
    assert ask("FROM metrics ORDER BY name") == [("ctr", "count"), ("score", "rate")]
    assert any("outside 0 to 1" in note for note in report.notes)


def test_names_are_quoted(load, ask):
    load("engagement", 'user_id,"a""; DROP TABLE users; --"\na,1\n')
    assert ask(STORED) == [("a", 1.0)]
    with pytest.raises(BadInput, match="'row'"):
        load("engagement", "user_id,Row\na,1\n")


@pytest.mark.parametrize("name", ["ctr", "hide_rate", "openRate", "CVR", "click_pct_7d", "share"])
def test_names_of_rates(name):
    assert looks_like_rate(name)


@pytest.mark.parametrize("name", ["clicks", "rated_items", "shares", "generation", "structure"])
def test_other_names(name):
    assert not looks_like_rate(name)
