"""What a workspace knows of the methods: read back from runs whose outcome is made up."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lookalike import explaining, general, past, runs, tested
from lookalike.errors import NotFound
from lookalike.evaluation import Ranks
from lookalike.methods import METHODS
from lookalike.methods.explained import EXPLAINED, Explained
from lookalike.training_cost import Cost
from tests.unit.methods.test_blending import past as past_lists
from tests.unit.worlds import add_users, add_vectors

FOUND = {1.0: 1, 0.75: 15, 0.5: 30, 0.25: 70, 0.0: 900}  # headline recall, and the rank that has it


def _ranks(headline, seconds=0.0):
    """Two folds of two seeds each among 1,000 users; a tenth of the seconds went into scoring."""
    rank = np.full(4, FOUND[headline])
    return Ranks(rank, np.array([0, 0, 1, 1]), np.array([1_000, 1_000]), 1_000, 4, seconds, seconds / 10)


def _compare(workspace, lists, *, status="done", leaking=()):
    """A comparison: by name of the list its seeds, and the recall and seconds of each method."""
    run = runs.create(workspace, "compare", "made up", {})
    for name, (seeds, found) in lists.items():
        ranks = {method: _ranks(*pair) for method, pair in found.items()}
        said = ("nearly an item",) if name in leaking else ()
        tested.keep(workspace, run, tested.Tested(name, seeds, ranks, leaking=said))
    with workspace.write() as cursor:
        cursor.execute("UPDATE runs SET status = ? WHERE id = ?", [status, run])


def test_without_a_workspace_there_are_words_alone():
    found = explaining.guide()
    assert [one.method for one in found.methods] == list(METHODS)
    assert {one.record.lists for one in found.methods} == {0}
    assert {(one.cost, one.past) for one in found.methods} == {(None, None)}
    assert (found.lists, found.past_lists) == (0, 0)


def test_an_empty_workspace_knows_no_more(workspace):
    assert explaining.guide(workspace) == explaining.guide()


def test_comparisons_say_who_is_best_and_what_it_takes(workspace):
    few = {"ridge": (0.75, 2.0), "mlp": (0.5, 20.0), "random": (0.25, 0.2)}
    many = {"ridge": (0.5, 4.0), "mlp": (0.5, 40.0), "random": (0.0, 0.2)}
    _compare(workspace, {"a": (20, few), "b": (30, few), "c": (3_000, many)})
    found = explaining.guide(workspace)
    assert (found.lists, found.leaking) == (3, 0)
    ridge, mlp, random = (found.of(name) for name in ("ridge", "mlp", "random"))
    assert (ridge.record.best, ridge.record.lists) == (3, 3)
    assert [(row.lists, row.best) for row in mlp.record.rows] == [(2, 0), (1, 1)]
    assert random.record.best == 0
    # 1.8 seconds in two folds, and so on; a line a fold
    assert ridge.cost == Cost(6, 0.9, 0.9, 1.8)
    assert found.of("auto").cost is None


def test_lists_that_leak_say_nothing_and_are_counted(workspace):
    found = {"ridge": (0.75, 1.0), "mlp": (0.5, 1.0)}
    _compare(workspace, {"a": (20, found), "b": (20, found)}, leaking=("b",))
    guide = explaining.guide(workspace)
    assert (guide.lists, guide.leaking, guide.of("ridge").record.lists) == (1, 1, 1)
    assert guide.of("ridge").cost.trainings == 4  # they took their time all the same


def test_a_comparison_that_stopped_counts_and_one_under_way_does_not(workspace):
    found = {"ridge": (0.75, 1.0), "mlp": (0.5, 1.0)}
    _compare(workspace, {"a": (20, found)}, status="cancelled")
    _compare(workspace, {"b": (20, found)}, status="running")
    assert explaining.guide(workspace).lists == 1


def test_of_two_comparisons_the_newer_counts(workspace):
    _compare(workspace, {"a": (20, {"ridge": (0.75, 1.0), "mlp": (0.5, 1.0)})})
    _compare(workspace, {"a": (20, {"ridge": (0.5, 1.0), "mlp": (1.0, 1.0)})})
    found = explaining.guide(workspace)
    assert (found.lists, found.of("ridge").record.best, found.of("mlp").record.best) == (1, 0, 1)


def test_methods_that_are_gone_and_words_for_none_break_nothing(workspace, monkeypatch):
    monkeypatch.setitem(EXPLAINED, "never", Explained("A.", "B.", "C.", "Ours"))
    _compare(workspace, {"a": (20, {"gone": (1.0, 1.0), "ridge": (0.5, 1.0), "mlp": (0.25, 1.0)})})
    found = explaining.guide(workspace)
    assert [one.method for one in found.methods] == list(METHODS)
    assert found.of("ridge").record.best == 1
    with pytest.raises(NotFound, match="no method 'rigde'") as raised:
        found.of("rigde")
    assert "ridge" in raised.value.hint


def _past(views, recall, own, network):
    """Past lists of 20 seeds each on which the views had these recalls."""
    count = len(recall)
    plain = past_lists(np.array(recall), np.array(own))
    return replace(
        plain,
        snapshot=1,
        views=views,
        sizes=np.full(count, 20.0),
        network=np.array(network),
        blended=np.full((count, 3, 6), 0.35),
    )


def test_past_lists_say_how_views_did_and_methods_that_are_one(workspace):
    add_users(workspace, [f"u{row}" for row in range(8)])
    add_vectors(workspace, np.random.default_rng(0).normal(size=(8, 3)))
    views = ("ridge als", "prior", "even 1", "even 3")
    # of the penalties that of the seeds counts, the second; the best one would have been the first
    recall = [[0.3, 0.4, 0.9, 0.1], [0.3, 0.2, 0.9, 0.1], [0.3, 0.4, 0.9, 0.1]]
    own = [[0.5, 0.5, 0.2, 0.6]] * 3
    past.save(workspace, _past(views, recall, own, [np.nan, 0.9, np.nan]))
    found = explaining.guide(workspace)
    assert found.past_lists == 3
    assert (found.of("ridge_prior").past.best, found.of("ridge_prior").past.lists) == (2, 3)
    assert found.of("ridge_raw").past.rows[0].recall == pytest.approx(0.1)
    assert (found.of("mlp").past.best, found.of("mlp").past.lists) == (1, 1)
    blend = found.of("auto_quick").past
    assert (blend.best, blend.lists, blend.rows[0].recall) == (0, 3, pytest.approx(0.35))
    assert found.of("ridge").past is None  # a single view of the embeddings is not all of them
    assert [label for label, _ in found.of("auto").views][:2] == [
        "tastes that go with those of past lists", "the neural network",
    ]  # fmt: skip
    assert not found.of("ridge").views


def test_a_guide_is_a_table(workspace):
    _compare(workspace, {"a": (20, {"ridge": (0.75, 2.0), "mlp": (0.5, 1.0)})})
    found = explaining.guide(workspace)
    assert repr(found) == f"Guide({len(METHODS)} methods; lists compared on: 1)"
    frame = found.to_frame().set_index("method")
    assert frame.loc["ridge", ["best", "lists"]].tolist() == [1, 1]
    assert frame.loc["ridge", "seconds"] == pytest.approx(0.9)
    assert np.isnan(frame.loc["auto", "seconds"])


def test_the_report_is_json(workspace):
    _compare(workspace, {"a": (20, {"ridge": (0.75, 1.0), "mlp": (0.5, 1.0)})})
    report = json.loads(json.dumps(explaining.guide(workspace).report(), allow_nan=False))
    assert (report["lists"], report["leaking"], report["past_lists"]) == (1, 0, 0)
    by_name = {one["name"]: one for one in report["methods"]}
    ridge = by_name["ridge"]
    assert ridge["sentences"] == list(EXPLAINED["ridge"].sentences)
    assert (ridge["compared"]["best"], ridge["compared"]["lists"]) == (1, 1)
    assert ridge["seconds"]["trainings"] == 2
    assert by_name["auto"]["seconds"] is None


def test_what_begins_with_past_campaigns_is_ready_once_it_was_learned(workspace):
    assert {one.method for one in explaining.guide().methods if not one.ready} == {
        name for name, method in METHODS.items() if method.general
    }
    add_users(workspace, [f"u{row}" for row in range(8)])
    snapshot = add_vectors(workspace, np.random.default_rng(0).normal(size=(8, 3)))
    general.keep(workspace, snapshot, 40, {"losses": {"metaheac": [0.5]}, "pace": {}}, {})
    found = explaining.guide(workspace)
    assert found.of("metaheac").ready
    assert not found.of("mmoe").ready
    assert found.of("ridge").ready
    add_vectors(workspace, np.random.default_rng(1).normal(size=(8, 3)))
    assert not explaining.guide(workspace).of("metaheac").ready  # it belongs to embeddings before
