"""Groups of a list: found, tried without, and taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from lookalike.advice.arms import Arm, Tried, all_but_held, try_out
from lookalike.advice.hygiene import (
    Group,
    effect_sentence,
    group_arms,
    group_line,
    groups,
    hygiene,
    hygiene_sentence,
    remaining,
    title,
)
from lookalike.advice.themes import Facts
from lookalike.methods import METHODS
from lookalike.seeds import MatchReport, SeedList
from lookalike.splits import folds_of
from tests.unit.worlds import memory_pool


def _facts(users):
    """Everybody did six things of their own."""
    items = sp.csr_matrix(np.kron(np.eye(users), np.ones((1, 6))))
    return Facts(items, sp.csr_matrix((users, 0)), [], sp.csr_matrix((users, 0)), [])


@pytest.fixture(scope="module")
def tidied():
    """A list of 80 alike, six of them inactive, and 60 of another kind: tried with and without."""
    rng = np.random.default_rng(0)
    users = rng.normal(size=(900, 12))
    users[:80, 0] += 3
    users[80:200, 1] += 5  # as many users are of the other kind, but not on the list
    pool = memory_pool(users, eligible=np.setdiff1d(np.arange(900), np.arange(6)))
    positives = np.arange(140)
    found = groups(pool, positives, _facts(140), rng)
    fold_of = np.full(140, -1)
    fold_of[6:] = folds_of(134, 5)
    arms = {"whole": Arm(all_but_held(fold_of), np.ones(140))}
    arms |= group_arms(found, fold_of, np.ones(140))
    tried = try_out(pool, positives, fold_of, arms, METHODS["centroid"])
    return {group.key: group for group in found}, hygiene(tried, "whole", found)


def test_planted_segments_and_inactive_seeds_are_found(tidied):
    found, _ = tidied
    assert np.flatnonzero(found["inactive"].member).tolist() == list(range(6))
    truth = np.arange(140) >= 80
    assert np.mean(found["group 2"].member == truth) > 0.97
    assert np.mean(found["group 1"].member == ~truth) > 0.97
    assert "copies" not in found


def test_leaving_the_stray_segment_out_helps_the_others(tidied):
    _, rows = tidied
    effect = next(row for row in rows if row["key"] == "group 2")["effect"]
    assert effect["verdict"] == "better"
    assert 0 < effect["low"] <= effect["difference"] <= effect["high"]
    inactive = next(row for row in rows if row["key"] == "inactive")
    assert inactive["effect"]["verdict"] == "same"
    assert inactive["share"] == pytest.approx(6 / 140)
    assert "falls into 2 groups" in hygiene_sentence(rows)
    assert "in each other's way" in hygiene_sentence(rows)
    helping = [row for row in rows if row["key"] != "group 1"]
    assert "Leaving out group 2 helps: " in hygiene_sentence(helping)


def test_the_effect_is_over_those_who_stay():
    member = np.array([False, False, True, True])
    tried = Tried(
        np.array([0, 1, 2, 3]),
        {"whole": np.array([0.0, 0.5, 1.0, 1.0]), "outliers": np.array([0.5, 0.5, 0.0, 0.0])},
    )
    row = hygiene(tried, "whole", [Group("outliers", member, [])])[0]
    assert row["effect"]["difference"] == 0.25
    assert (row["seeds"], row["share"]) == (2, 0.5)


def test_a_group_without_which_too_few_remain_is_told_but_not_tried():
    fold_of = folds_of(6)
    most = Group("copies", np.arange(6) < 4, [])
    assert group_arms([most], fold_of, np.ones(6)) == {}
    tried = Tried(np.arange(6), {"whole": np.zeros(6)})
    row = hygiene(tried, "whole", [most])[0]
    assert row["effect"] is None
    assert "Too few seeds would remain" in group_line(row)


@pytest.mark.parametrize(
    ("verdict", "says"), [("better", "more of"), ("worse", "Keep them"), ("same", "about as well")]
)
def test_every_effect_has_its_sentence(verdict, says):
    effect = {"difference": 0.01, "low": -0.02, "high": 0.03, "verdict": verdict}
    assert says in effect_sentence(effect)
    assert "+1.0 points (-2.0 to +3.0)" in effect_sentence(effect)


def test_a_clean_list_is_said_to_be_one():
    assert hygiene_sentence([]) == "The list is one group. Nobody stands out."
    assert title("inactive") == "Inactive seeds"
    assert title("group 3") == "Group 3"


def test_what_remains_keeps_its_values():
    rows = np.array([3, 5, 9], np.int32)
    whole = SeedList("a", rows, {"spend": np.array([1.0, 2, 3])}, MatchReport(9, 3, 6, 0, 0, 0))
    left = remaining(whole, np.array([True, False, True]), "a without outliers")
    assert left.rows.tolist() == [3, 9]
    assert left.values["spend"].tolist() == [1, 3]
    assert left.report.counts() == MatchReport(2, 2, 0, 0, 0, 0).counts()
    assert left.times is None
    dated = replace(whole, times=np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "datetime64[s]"))
    left = remaining(dated, np.array([True, False, True]), "a without outliers")
    assert left.times.astype("datetime64[D]").astype(str).tolist() == ["2024-01-01", "2024-01-03"]
