"""Views in words."""

from __future__ import annotations

import pytest

from lookalike.methods.views import EXPERIENCED, NEAR, PENALTIES
from lookalike.methods.words import VIEWS, begun_sentence, carried_sentence, view_label


@pytest.mark.parametrize(
    "name",
    ["ridge als", "ridge wide", "ridge smooth", "ridge svd", "near", "tfidf", "network", *EXPERIENCED],
)
def test_every_view_has_a_name(name):
    assert view_label(name) in VIEWS.values()
    assert NEAR in VIEWS


def test_penalties_do_not_show():
    for base, penalties in PENALTIES.items():
        assert {view_label(f"{base} {one:g}") for one in penalties} == {VIEWS[base]}
    assert view_label("ridge all") == view_label("ridge imported") == "the imported embeddings"


def test_the_largest_three_are_told_with_their_shares():
    shares = {"ridge als": 0.4, "even 30": 0.3, "near": 0.2, "tfidf": 0.1}
    told = carried_sentence(shares, 0.0)
    assert told == (
        "This list was carried mostly by shared tastes (40 %), what they did, rarer items first (30 %) "
        "and closeness to the typical seed (20 %)."
    )
    assert "More active" in carried_sentence(shares, 0.2)
    assert "Less active" in carried_sentence(shares, -0.2)


def test_where_no_view_stands_out_it_is_said():
    shares = {f"{base} 1": 0.01 for base in ("raw", "even")} | dict.fromkeys(
        ("ridge als", "ridge svd", "near", "tfidf", "network", "ridge wide", "ridge smooth"), 0.14
    )
    assert carried_sentence(shares, 0.0).startswith("Many views carried this list about alike, first ")


def test_a_single_view_is_told_alone():
    assert carried_sentence({"ridge all": 0.9, "ridge imported": 0.1}, 0.0) == (
        "This list was carried mostly by the imported embeddings (100 %)."
    )


def test_what_a_list_began_with_is_said():
    assert "too few past lists" in begun_sentence(0, attentive=False)
    assert begun_sentence(1234, attentive=False).endswith("1,234 past lists have in common.")
    assert "weighed the seeds" in begun_sentence(1234, attentive=True)
    assert begun_sentence(0, attentive=False, groups=5).startswith("It took the seeds as 5 groups")
    assert "1,234 past lists have taught" in begun_sentence(1234, attentive=True, groups=7)
